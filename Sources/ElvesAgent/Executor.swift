import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesProtocol
import ElvesSandbox
import ElvesSchema
import ElvesWorkers
import Logging
import NIOCore
import Synchronization

/// Runs orders on the versions of apps that are online, and lets versions that went offline end their calls.
final class Executor: Sendable {
    private struct State {
        var online: [AppName: AppRuntime] = [:]
        /// Runtimes that end their last calls.
        var leaving: [AppRuntime] = []
        /// Runtimes that tasks ask for by their version.
        var pinned: [AppRuntime] = []
        /// Why nothing of an app runs: the answer to its calls, until a version of it is online again.
        var condemned: [AppName: WorkerAnswer] = [:]
        /// Versions with calls or workers left, the online ones included.
        var live: [AppKey: Int] = [:]
    }

    private let state = Mutex(State())
    private let factory: RuntimeFactory
    private let clocks: Clocks

    init(factory: RuntimeFactory, clocks: Clocks) {
        self.factory = factory
        self.clocks = clocks
    }

    /// Prepares a version to run, without making it the one that takes new calls.
    ///
    /// - Throws: Why this host cannot run it.
    func prepare(_ app: InstalledApp, grants: [Grant], ceiling: AppCeiling?) async throws -> AppRuntime {
        try await factory.prepare(app, grants: grants, ceiling: ceiling)
    }

    /// Whether a version that was prepared would be prepared so today.
    ///
    /// - Throws: Why this host would not run it.
    func stands(_ runtime: AppRuntime, ceiling: AppCeiling?) async throws -> Bool {
        try await factory.stands(runtime, ceiling: ceiling)
    }

    /// From now on the policies of this host are read again.
    func forgetPolicies() { factory.forgetPolicies() }

    /// What takes calls: the versions that are online, and those that tasks ask for by their number.
    var serving: (online: [AppRuntime], pinned: [AppRuntime]) { state.withLock { (Array($0.online.values), $0.pinned) } }

    /// New calls take this version from now on; calls of the one before end on that one.
    ///
    /// - Parameter retired: Called when the version before has ended its last call.
    func bringOnline(_ runtime: AppRuntime, retired: @escaping @Sendable () -> Void) {
        let before = state.withLock { state in
            state.live[runtime.app.key, default: 0] += 1
            state.condemned[runtime.app.key.app] = nil
            return state.online.updateValue(runtime, forKey: runtime.app.key.app)
        }
        if let before { retire(before, retired) }
    }

    func takeOffline(_ app: AppName, retired: @escaping @Sendable () -> Void) {
        if let before = state.withLock({ $0.online.removeValue(forKey: app) }) { retire(before, retired) }
    }

    /// Ends everything of a version at once, whether it is online or ends its last calls. Where it was online, or nothing is,
    /// calls of the app are answered with `verdict` until a version of it is online again.
    func condemn(_ key: AppKey, because verdict: WorkerAnswer) {
        let (online, leaving, pinned) = state.withLock { state in
            let online = state.online[key.app].flatMap { $0.app.key == key ? $0 : nil }
            if online != nil { state.online[key.app] = nil }
            if state.online[key.app] == nil { state.condemned[key.app] = verdict }
            let pinned = state.pinned.filter { $0.app.key == key }
            state.pinned.removeAll { $0.app.key == key }
            return (online, state.leaving.filter { $0.app.key == key }, pinned)
        }
        if let online { online.abandon(because: verdict) { self.forget(online) } }
        for runtime in leaving { runtime.abandon(because: verdict) {} }
        for runtime in pinned { runtime.abandon(because: verdict) { self.forget(runtime) } }
    }

    /// Keeps a version beside the one that is online, until `letGo`.
    func keep(_ runtime: AppRuntime) {
        state.withLock { state in
            state.live[runtime.app.key, default: 0] += 1
            state.pinned.append(runtime)
        }
    }

    /// Whether a version that was kept may still run.
    func isKept(_ runtime: AppRuntime) -> Bool { state.withLock { $0.pinned.contains { $0 === runtime } } }

    /// Ends a version that was kept, after its last call.
    func letGo(_ runtime: AppRuntime) {
        let wasKept = state.withLock { state in
            defer { state.pinned.removeAll { $0 === runtime } }
            return state.pinned.contains { $0 === runtime }
        }
        if wasKept { retire(runtime) {} } else { runtime.drain {} }
    }

    /// The versions that are online, by app.
    var online: [AppName: AppKey] { state.withLock { $0.online.mapValues(\.app.key) } }

    /// The layers of the sandbox that this host cannot give.
    var missingLayers: [MissingLayer] { factory.missingLayers }

    /// What the app that is online runs under.
    func policy(of app: AppName) -> PolicyInUse? { state.withLock { $0.online[app]?.policy } }

    /// What the app that is online was prepared with.
    func grants(of app: AppName) -> [Grant]? { state.withLock { $0.online[app]?.grants } }

    /// The versions whose files are needed.
    var live: Set<AppKey> { state.withLock { Set($0.live.keys) } }

    /// Lets idle workers go.
    func sweep() {
        let runtimes = state.withLock { Array($0.online.values) + $0.pinned }
        for runtime in runtimes { runtime.sweep(at: clocks.monotonic()) }
    }

    /// Answers an order that is not run.
    func refuse(_ order: RunOrder, _ verdict: WorkerAnswer, finished: (TaskReport) -> Void) {
        let now = clocks.wall()
        finished(TaskReport(of: order, verdict, receivedAt: now, startedAt: nil, endedAt: now, by: nil))
    }

    /// Ends a call, whichever version it runs on; one that is not here has ended.
    func cancel(_ task: TaskID) {
        let runtimes = state.withLock { Array($0.online.values) + $0.leaving + $0.pinned }
        for runtime in runtimes { runtime.cancel(task) }
    }

    /// Runs an order; `finished` is called exactly once, on the agent's loop if the order could be run at all.
    ///
    /// - Parameter pinned: The version to run; nil takes the one that is online.
    func run(
        _ order: RunOrder, on pinned: AppRuntime? = nil, finished: @escaping @Sendable (TaskReport) -> Void
    ) {
        let receivedAt = clocks.wall()
        let clocks = clocks
        let (online, verdict) = state.withLock { ($0.online[order.app], $0.condemned[order.app]) }
        let runtime = pinned ?? online
        let report: @Sendable (WorkerAnswer, Timestamp?) -> Void = { answer, started in
            finished(
                TaskReport(
                    of: order, answer, receivedAt: receivedAt, startedAt: started, endedAt: clocks.wall(), by: runtime))
        }
        guard let runtime else {
            if let verdict { return report(verdict, nil) }
            return report(.error(.notInstalled, "app [\(order.app)] not install !"), nil)
        }
        guard let function = runtime.app.manifest.function(order.function) else {
            let names = runtime.app.manifest.functions.map(\.name).joined(separator: ", ")
            let text =
                "\(order.app) \(runtime.app.manifest.version) has no function \"\(order.function.prefix(64))\"; it has: \(names)"
            return report(.error(.unknownFunction, text), nil)
        }
        if let refusal = function.parameterSchema?.refusal(of: order.param) {
            return report(.error(.badParameter, refusal), nil)
        }
        let call = WorkerCall(
            id: order.task, function: order.function, param: order.param, timeout: min(order.timeout, function.timeout))
        let times = CallTimes()
        runtime.run(
            call, function,
            WorkerHost.Caller(
                started: { times.start(clocks.wall()) }, answered: { report($0, times.startedAt) }))
    }

    private func retire(_ runtime: AppRuntime, _ retired: @escaping @Sendable () -> Void) {
        state.withLock { $0.leaving.append(runtime) }
        runtime.drain { [self] in
            forget(runtime)
            retired()
        }
    }

    private func forget(_ runtime: AppRuntime) {
        state.withLock { state in
            state.leaving.removeAll { $0 === runtime }
            guard let count = state.live[runtime.app.key] else { return }
            state.live[runtime.app.key] = count == 1 ? nil : count - 1
        }
    }
}

extension TaskReport {
    /// - Parameter runtime: The version that ran, or would have.
    fileprivate init(
        of order: RunOrder, _ answer: WorkerAnswer, receivedAt: Timestamp, startedAt: Timestamp?, endedAt: Timestamp,
        by runtime: AppRuntime?
    ) {
        self.init(
            task: order.task, trace: order.trace, app: order.app, version: runtime?.app.manifest.version,
            function: order.function, flag: answer.flag, result: answer.result, reason: answer.reason,
            receivedAt: receivedAt, startedAt: startedAt, endedAt: endedAt,
            sandbox: runtime.flatMap { SandboxRecord(answer.violations, of: $0) }, attempt: order.attempt,
            digest: runtime?.app.digest, policy: runtime.map { "\($0.policy.name)@\($0.policy.digest.hex)" })
    }
}

/// When a worker took a call.
private final class CallTimes: Sendable {
    private let started = Mutex<Timestamp?>(nil)
    var startedAt: Timestamp? { started.withLock { $0 } }
    func start(_ now: Timestamp) { started.withLock { $0 = now } }
}
