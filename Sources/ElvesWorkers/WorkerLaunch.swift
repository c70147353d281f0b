import ElvesFlow
import ElvesModel
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
    /// Watches the workers to learn from them, in the place of whoever refuses their calls; nil for every worker that counts.
    let recorder: RunRecorder?

    /// Who hears of a worker's refused calls.
    struct Watch: Sendable {
        let log: ViolationLog
        /// Called once, from any thread, when the worker must be ended.
        let tripped: @Sendable () -> Void
    }

    package init(
        host: SandboxHost, sandbox: PreparedSandbox, rule: ViolationRule,
        secrets: @escaping @Sendable () throws -> [UInt8]? = { nil }, recorder: RunRecorder? = nil
    ) {
        self.host = host
        self.sandbox = sandbox
        self.rule = rule
        self.secrets = secrets
        self.recorder = recorder
    }

    /// Blocks for about a millisecond.
    func start(arguments: [String] = [], _ watch: Watch) throws -> StartedWorker {
        let group = try host.groups.group(sandbox.groupLimits)
        let startedAt = Clocks.systemWall()
        do {
            return StartedWorker(
                process: try launch(arguments, watch, group), group: group, startedAt: startedAt, sandbox: sandbox,
                recorder: recorder)
        } catch {
            try? group.remove()
            throw error
        }
    }

    private func launch(_ arguments: [String], _ watch: Watch, _ group: WorkerGroup) throws -> LaunchedProcess {
        let process = try host.launcher.launch(
            sandbox, arguments: arguments, secrets: secrets(), cgroups: group.paths, notify: sandbox.usesNotify)
        do {
            if let socket = process.notify {
                if let recorder {
                    try host.supervisor.record(socket: socket) { recorder.observe($0) }
                } else {
                    try host.supervisor.watch(socket: socket, log: watch.log, rule: rule, tripped: watch.tripped)
                }
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

/// A worker's process, and the group of all that it starts.
struct StartedWorker: Sendable {
    let process: LaunchedProcess
    let group: WorkerGroup
    let startedAt: Timestamp
    let sandbox: PreparedSandbox
    let recorder: RunRecorder?

    /// What is known of the call by which the filter ended the worker; blocks, for a fraction of a second at most.
    ///
    /// - Parameter process: The worker's.
    func fatalCall(process: Int32?) -> FatalCall {
        KernelLog.fatalCall(of: sandbox.user, process: process, from: startedAt)
    }

    /// Waits for the launcher's end, removes the group and tells what it used; blocks.
    func finish() -> WorkerUse {
        _ = try? process.reap()
        let end = group.end()
        recorder?.ended(end)
        // What stays is swept by the next agent of the host.
        try? group.remove()
        var use = WorkerUse()
        use.oomKills = end.oomKills
        use.refusedProcesses = end.refusedProcesses ?? 0
        use.memoryLimit = end.peakMemory == nil ? nil : sandbox.groupLimits.memory
        use.cpuMicroseconds = end.cpuMicroseconds
        use.cpuLimit = sandbox.processorSeconds
        use.writesOnlyScratch = sandbox.writesOnlyScratch
        return use
    }
}
