package import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
package import ElvesProtocol
package import ElvesSandbox
package import ElvesWorkers
package import Logging
package import NIOCore

/// One version of an app, ready to run: its sandbox prepared, and a host of workers for each isolation mode it uses.
package final class AppRuntime: Sendable {
    package let app: InstalledApp
    private let hosts: [Manifest.Isolation: WorkerHost]

    /// - Throws: `PlanError` if the app asks for more than its language's policy offers.
    package init(
        _ app: InstalledApp, policy: CompiledPolicy, identity: SandboxIdentity, launcher: Launcher, loop: any EventLoop,
        log: Logger
    ) throws(PlanError) {
        self.app = app
        let plan = SandboxPlan(
            policy: policy.policy, appFolder: app.folder, entry: app.manifest.entry,
            requestedPaths: app.manifest.readRequests.map(\.path), identity: identity)
        let sandbox = try PreparedSandbox(plan, filter: policy.filter)
        var appLog = log
        appLog[metadataKey: "app"] = "\(app.manifest.name)"
        appLog[metadataKey: "version"] = "\(app.manifest.version)"
        var hosts: [Manifest.Isolation: WorkerHost] = [:]
        for isolation in Set(app.manifest.functions.map(\.isolation)) {
            var configuration = WorkerPool.Configuration(
                hello: WorkerHello(
                    app: app.manifest.name, version: app.manifest.version, entry: app.manifest.entry,
                    isolation: isolation.rawValue,
                    limits: JSONLimits(bytes: sandbox.resources.stdoutLine, depth: 64)),
                reusesWorkers: isolation == .resident)
            configuration.outputLimit = sandbox.resources.stderr
            hosts[isolation] = WorkerHost(
                configuration, sandbox: sandbox, launcher: launcher, loop: loop, log: appLog)
        }
        self.hosts = hosts
    }

    /// Runs a function; the function must be one of the manifest's.
    package func run(_ call: WorkerCall, _ function: Manifest.Function, _ caller: WorkerHost.Caller) {
        hosts[function.isolation]?.submit(call, caller)
    }

    /// Takes no further call; `drained` is called when the last worker of all hosts is gone.
    package func drain(_ drained: @escaping @Sendable () -> Void) {
        let remaining = Countdown(hosts.count, then: drained)
        for host in hosts.values { host.drain { remaining.next() } }
    }

    func sweep(at now: Duration) {
        for host in hosts.values { host.sweep(at: now) }
    }
}
