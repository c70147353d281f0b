package import ElvesSandbox
import Glibc

/// How workers of one app version are started.
package struct WorkerLaunch: Sendable {
    let host: SandboxHost
    let sandbox: PreparedSandbox
    /// What ends a worker that tries too much.
    let rule: ViolationRule
    /// What a worker finds on `WorkerHello.secretsDescriptor`, asked for at each start; nil for an app without secrets.
    let secrets: @Sendable () throws -> [UInt8]?

    /// Who hears of a worker's refused calls.
    struct Watch: Sendable {
        let log: ViolationLog
        /// Called once, from any thread, when the worker must be ended.
        let tripped: @Sendable () -> Void
    }

    package init(
        host: SandboxHost, sandbox: PreparedSandbox, rule: ViolationRule,
        secrets: @escaping @Sendable () throws -> [UInt8]? = { nil }
    ) {
        self.host = host
        self.sandbox = sandbox
        self.rule = rule
        self.secrets = secrets
    }

    func start(arguments: [String] = [], _ watch: Watch) throws -> LaunchedProcess {
        let process = try host.launcher.launch(sandbox, arguments: arguments, secrets: secrets(), notify: sandbox.usesNotify)
        do {
            if let socket = process.notify {
                try host.supervisor.watch(socket: socket, log: watch.log, rule: rule, tripped: watch.tripped)
            }
        } catch {
            // The supervisor has closed its own. Without the control socket the sandbox ends.
            for descriptor in [process.standardInput, process.standardOutput, process.standardError, process.control] {
                close(descriptor)
            }
            _ = try? process.reap()
            throw error
        }
        return process
    }
}
