package import ElvesFlow
import ElvesJSON
import ElvesModel
package import ElvesProtocol
package import ElvesSandbox
package import Logging
package import NIOCore
import NIOPosix

/// Runs the calls of one app version in one isolation mode: carries what happens to `WorkerPool` and does what it decides.
///
/// Everything happens on one event loop; `submit`, `drain` and `sweep` may be called from any thread.
package final class WorkerHost: Sendable {
    /// What the caller of one call is told, on the event loop.
    package struct Caller: Sendable {
        /// A worker has the call now.
        package let started: @Sendable () -> Void
        /// The call is over. Comes exactly once.
        package let answered: @Sendable (WorkerAnswer) -> Void

        package init(started: @escaping @Sendable () -> Void, answered: @escaping @Sendable (WorkerAnswer) -> Void) {
            self.started = started
            self.answered = answered
        }
    }

    private struct State {
        var pool: WorkerPool
        var processes: [WorkerPool.WorkerID: WorkerProcess] = [:]
        var callers: [TaskID: Caller] = [:]
        var deadlines: [TaskID: Scheduled<Void>] = [:]
        var drained: (@Sendable () -> Void)?
    }

    private let state: NIOLoopBoundBox<State>
    private let loop: any EventLoop
    private let lineLimit: Int
    private let launcher: Launcher
    private let sandbox: PreparedSandbox
    private let log: Logger

    package init(
        _ configuration: WorkerPool.Configuration, sandbox: PreparedSandbox, launcher: Launcher, loop: any EventLoop,
        log: Logger
    ) {
        state = NIOLoopBoundBox.makeBoxSendingValue(State(pool: WorkerPool(configuration)), eventLoop: loop)
        lineLimit = configuration.hello.limits.bytes
        self.loop = loop
        self.sandbox = sandbox
        self.launcher = launcher
        self.log = log
    }

    package func submit(_ call: WorkerCall, _ caller: Caller) {
        onLoop {
            self.state.value.callers[call.id] = caller
            self.move { $0.submit(call) }
        }
    }

    /// Takes no further call; `drained` is called when the last worker is gone.
    package func drain(_ drained: @escaping @Sendable () -> Void) {
        onLoop {
            self.state.value.drained = drained
            self.move { $0.drain() }
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
            let process = WorkerProcess(loop: loop, lineLimit: lineLimit, events: events(of: id))
            state.value.processes[id] = process
            process.start(launcher, sandbox)
        case .write(let id, let message):
            state.value.processes[id]?.write(message.line)
        case .kill(let id):
            state.value.processes[id]?.kill()
        case .start(let timer, let delay):
            let scheduled = loop.scheduleTask(in: TimeAmount(delay)) { self.move { $0.expired(timer) } }
            if case .deadline(let task) = timer { state.value.deadlines[task] = scheduled }
        case .started(let task):
            state.value.callers[task]?.started()
        case .answer(let task, let answer):
            state.value.deadlines.removeValue(forKey: task)?.cancel()
            state.value.callers.removeValue(forKey: task)?.answered(answer)
        case .log(let level, let message):
            log.log(level: Logger.Level(rawValue: level) ?? .info, "worker: \(message)")
        case .drained:
            state.value.drained?()
            state.value.drained = nil
        }
    }

    private func events(of id: WorkerPool.WorkerID) -> WorkerProcess.Events {
        WorkerProcess.Events(
            line: { line in self.move { $0.received(line, from: id) } },
            lineTooLong: { self.move { $0.lineTooLong(from: id) } },
            settled: { self.move { $0.settled(id) } },
            closedOutput: { self.move { $0.closedOutput(id) } },
            standardError: { buffer in
                let text = String(buffer: buffer)
                self.move { $0.wroteStandardError(text, bytes: buffer.readableBytes, from: id) }
            },
            ended: { ending in
                self.state.value.processes[id] = nil
                self.move { $0.ended(id, ending) }
            })
    }
}
