package import ElvesApps
import ElvesEgress
import ElvesFlow
import ElvesJSON
package import ElvesModel
import ElvesPolicy
package import ElvesProtocol
import ElvesSandbox
package import ElvesWorkers
import Logging
import NIOCore

/// One version of an app, ready to run: its sandbox prepared, and a host of workers for each isolation mode and set of limits.
///
/// Made by `RuntimeFactory`.
package final class AppRuntime: Sendable {
    package let app: InstalledApp
    /// What an operator lets the app have, as it was when this was made.
    let grants: [Grant]
    let policy: PolicyInUse
    /// The most that the app might be granted then; nil where nobody had signed any.
    let ceiling: AppCeiling?
    /// The layers of the sandbox that its workers do without: somebody has accepted that, or this user cannot have them.
    let missingLayers: [String]
    private let hosts: [Place: WorkerHost]
    private let proxy: EgressProxy?

    /// Functions of the same isolation mode and limits share their workers.
    struct Place: Hashable {
        let isolation: Manifest.Isolation
        let limits: Manifest.Limits

        init(_ function: Manifest.Function, in manifest: Manifest) {
            isolation = function.isolation
            limits = manifest.limits(of: function)
        }
    }

    init(
        _ app: InstalledApp, grants: [Grant], policy: PolicyInUse, ceiling: AppCeiling?, missingLayers: [String],
        hosts: [Place: WorkerHost], proxy: EgressProxy?
    ) {
        self.missingLayers = missingLayers
        self.app = app
        self.grants = grants
        self.policy = policy
        self.ceiling = ceiling
        self.hosts = hosts
        self.proxy = proxy
    }

    /// Runs a function; the function must be one of the manifest's.
    package func run(_ call: WorkerCall, _ function: Manifest.Function, _ caller: WorkerHost.Caller) {
        hosts[Place(function, in: app.manifest)]?.submit(call, caller)
    }

    /// Ends a call, if it is one of its own.
    package func cancel(_ task: TaskID) {
        for host in hosts.values { host.cancel(task) }
    }

    /// Takes no further call; `drained` is called when the last worker of all hosts is gone.
    package func drain(_ drained: @escaping @Sendable () -> Void) {
        let remaining = Countdown(hosts.count) { [proxy] in
            proxy?.close()
            drained()
        }
        for host in hosts.values { host.drain { remaining.next() } }
    }

    /// Ends every worker at once; calls, later ones too, are answered with `verdict`. `drained` is called as by `drain`.
    func abandon(because verdict: WorkerAnswer, _ drained: @escaping @Sendable () -> Void) {
        let remaining = Countdown(hosts.count) { [proxy] in
            proxy?.close()
            drained()
        }
        for host in hosts.values { host.abandon(because: verdict) { remaining.next() } }
    }

    func sweep(at now: Duration) {
        for host in hosts.values { host.sweep(at: now) }
    }
}
