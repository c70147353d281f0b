package import ElvesFlow
import ElvesJSON
package import ElvesModel
package import ElvesProtocol
package import ElvesSandbox
package import Logging
package import NIOCore
import NIOPosix

/// Runs the calls of one app version in one isolation mode: carries what happens to `WorkerPool` and does what it decides.
///
/// Everything happens on one event loop; `submit`, `cancel`, `drain` and `sweep` may be called from any thread.
package final class WorkerHost: Sendable {
    /// What the caller of one call is told, on the event loop.
    package struct Caller: Sendable {
        /// A worker has the call now.
        package let started: @Sendable () -> Void
        /// The call is over. Comes exactly once.
        package let answered: @Sendable (WorkerAnswer) -> Void
        /// A line the worker logged meanwhile: level and text.
        package var logged: @Sendable (String, String) -> Void = { _, _ in }
        /// How far the call is: percent, text, or both.
        package var progressed: @Sendable (Int64?, String?) -> Void = { _, _ in }

        package init(started: @escaping @Sendable () -> Void, answered: @escaping @Sendable (WorkerAnswer) -> Void) {
            self.started = started
            self.answered = answered
        }
    }

    private struct State {
        var pool: WorkerPool
        var runs: [WorkerPool.WorkerID: WorkerRun] = [:]
        /// Who has which call.
        var workers: [TaskID: WorkerPool.WorkerID] = [:]
        var callers: [TaskID: Caller] = [:]
        var deadlines: [TaskID: Scheduled<Void>] = [:]
        var drained: (@Sendable () -> Void)?
    }

    private let state: NIOLoopBoundBox<State>
    private let loop: any EventLoop
    private let lineLimit: Int
    private let contract: WorkerContract
    private let launch: WorkerLaunch
    private let log: Logger

    package init(
        _ configuration: WorkerPool.Configuration, contract: WorkerContract, launch: WorkerLaunch, loop: any EventLoop,
        log: Logger
    ) {
        state = NIOLoopBoundBox.makeBoxSendingValue(State(pool: WorkerPool(configuration)), eventLoop: loop)
        lineLimit = configuration.hello.limits.bytes
        self.loop = loop
        self.contract = contract
        self.launch = launch
        self.log = log
    }

    package func submit(_ call: WorkerCall, _ caller: Caller) {
        onLoop {
            self.state.value.callers[call.id] = caller
            self.move { $0.submit(call) }
        }
    }

    /// Ends a call, with all the processes of its worker if it does not end by itself; one that is not here has ended.
    package func cancel(_ task: TaskID) {
        onLoop { self.move { $0.cancel(task) } }
    }

    /// Takes no further call; `drained` is called when the last worker is gone.
    package func drain(_ drained: @escaping @Sendable () -> Void) {
        onLoop {
            self.state.value.drained = drained
            self.move { $0.drain() }
        }
    }

    /// Ends every worker at once and takes no further call: each is answered with `verdict`. After it, `drained` is called as for
    /// `drain`.
    package func abandon(because verdict: WorkerAnswer, _ drained: @escaping @Sendable () -> Void) {
        onLoop {
            let before = self.state.value.drained
            self.state.value.drained = {
                before?()
                drained()
            }
            self.move { $0.abandon(because: verdict) }
        }
    }

    /// Lets workers go that have been idle for long; `now` is the caller's monotonic clock.
    package func sweep(at now: Duration) {
        onLoop { self.move { $0.sweep(at: now) } }
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.inEventLoop { body() } else { loop.execute(body) }
    }

    // MARK: Effects

    private func move(_ decide: (inout WorkerPool) -> [WorkerPool.Effect]) {
        for effect in decide(&state.value.pool) { perform(effect) }
    }

    private func perform(_ effect: WorkerPool.Effect) {
        switch effect {
        case .spawn(let id):
            let log = ViolationLog()
            state.value.runs[id] = WorkerRun(process: start(id, log), log: log)
        case .write(let id, let message):
            if case .call(let call) = message { state.value.workers[call.id] = id }
            state.value.runs[id]?.process.write(message)
        case .kill(let id):
            state.value.runs[id]?.process.kill()
        case .start(let timer, let delay):
            let scheduled = loop.scheduleTask(in: TimeAmount(delay)) { self.move { $0.expired(timer) } }
            if case .deadline(let task) = timer { state.value.deadlines[task] = scheduled }
        case .started(let task):
            state.value.callers[task]?.started()
        case .answer(let task, let answer):
            state.value.deadlines.removeValue(forKey: task)?.cancel()
            let violations = state.value.workers.removeValue(forKey: task).flatMap { state.value.runs[$0]?.takeViolations() }
            var answer = answer
            if let violations, !violations.isEmpty {
                answer.violations = violations
                tell(violations, task)
            }
            state.value.callers.removeValue(forKey: task)?.answered(answer)
        case .log(let level, let message, let task):
            log.log(level: Logger.Level(rawValue: level) ?? .info, "worker: \(message)")
            if let task { state.value.callers[task]?.logged(level, message) }
        case .progress(let task, let percent, let message):
            state.value.callers[task]?.progressed(percent, message)
        case .drained:
            state.value.drained?()
            state.value.drained = nil
        }
    }

    private func tell(_ violations: Violations, _ task: TaskID?) {
        var metadata: Logger.Metadata = ["violations": "\(violations.kinds)"]
        if violations.more > 0 { metadata["more"] = "\(violations.more)" }
        if let task { metadata["task"] = "\(task)" }
        log.warning("sandbox violation", metadata: metadata)
    }

    /// The supervisor will answer none of the worker's calls any more.
    private func tripped(_ id: WorkerPool.WorkerID) {
        guard let taken = state.value.runs[id]?.keepViolations(), let fatal = taken.fatal else { return }
        move { $0.tripped(id, by: fatal, refused: taken.total) }
    }

    private func start(_ id: WorkerPool.WorkerID, _ log: ViolationLog) -> any HostedWorker {
        let standardError: (ByteBuffer) -> Void = { buffer in
            let text = String(buffer: buffer)
            self.move { $0.wroteStandardError(text, bytes: buffer.readableBytes, from: id) }
        }
        let ended: (WorkerRemains) -> Void = { remains in
            self.state.value.runs[id]?.note(remains)
            self.move { $0.ended(id, remains.ending, use: remains.use, fatalCall: remains.fatalCall) }
            // What it tried without a call, or after its answer.
            if var run = self.state.value.runs.removeValue(forKey: id) {
                let rest = run.takeViolations()
                if !rest.isEmpty { self.tell(rest, nil) }
            }
        }
        let watch = WorkerLaunch.Watch(log: log) { self.onLoop { self.tripped(id) } }
        switch contract {
        case .lines:
            let process = WorkerProcess(
                loop: loop,
                events: .init(
                    output: .lines(
                        limit: lineLimit, received: { line in self.move { $0.received(line, from: id) } },
                        tooLong: { self.move { $0.lineTooLong(from: id) } }, settled: { self.move { $0.settled(id) } }),
                    closedOutput: { self.move { $0.closedOutput(id) } }, standardError: standardError, ended: ended))
            process.start { [launch] in try launch.start(watch) }
            return process
        case .tags:
            return LegacyWorker(
                launch, watch, loop: loop, outputLimit: lineLimit,
                events: .init(
                    line: { line in
                        self.move { $0.received(line, from: id) }
                        self.move { $0.settled(id) }
                    },
                    outputTooLong: { self.move { $0.lineTooLong(from: id) } }, standardError: standardError, ended: ended))
        }
    }
}

/// How a host and a worker understand each other.
package enum WorkerContract: Sendable {
    /// The worker protocol (`sdk/protocol`).
    case lines
    /// The original system's: arguments in, tags on standard output, a process each call.
    case tags
}

/// A worker as its host sees it, whatever it really is. Confined to the host's event loop.
protocol HostedWorker {
    /// What its resources refused until now; nothing once it has gone.
    var counts: GroupCounts { get }
    func write(_ message: HostMessage)
    func kill()
}
