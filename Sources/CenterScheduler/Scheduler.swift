package import ElvesBus
import ElvesFlow
package import ElvesModel
import ElvesProtocol
import ElvesStore
import ServiceLifecycle
import Synchronization

/// Sends tasks to agents and brings their outcomes back: carries events to `Dispatch` and does what it decides.
///
/// A caller is answered as soon as the agent's report is here. The report is recorded behind that, and only then
/// acknowledged: until the record is durable, the agent's spool keeps it.
package final class Scheduler: Service {
    private struct State {
        var dispatch = Dispatch()
        var waiting: [TaskID: CheckedContinuation<RunNow.Reply, Never>] = [:]
        var timers: [TaskID: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())
    private let bus: any Bus
    private let recorder: ResultRecorder
    private let clocks: Clocks
    private let timers: Timers
    private let randomness: Randomness

    package init(
        bus: any Bus, recorder: ResultRecorder, clocks: Clocks, timers: Timers, randomness: Randomness
    ) {
        self.bus = bus
        self.recorder = recorder
        self.clocks = clocks
        self.timers = timers
        self.randomness = randomness
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.serve(RunNow.self) { message, trace in await self.run(message, trace) }
        bus.receive(AgentLinked.self) { message, _ in
            self.move {
                $0.linked(
                    message.agent, .init(number: message.session), holding: Set(message.holding.map(\.task)),
                    at: self.clocks.wall())
            }
        }
        bus.receive(AgentUnlinked.self) { message, _ in
            self.move {
                $0.unlinked(message.agent, .init(number: message.session))
                return []
            }
        }
        bus.receive(TaskReported.self) { message, _ in
            self.move { $0.reported(message.report, by: message.agent, .init(number: message.session)) }
        }
    }

    /// Waits for the center's end, and then keeps nobody waiting.
    package func run() async throws {
        try? await gracefulShutdown()
        move { $0.stop(at: clocks.wall()) }
    }

    private func run(_ message: RunNow, _ trace: TraceID) async -> RunNow.Reply {
        let order = RunOrder(
            task: randomness.id(), trace: trace, app: message.app, function: message.function, param: message.param,
            timeout: message.timeout, pin: message.pin)
        return await withCheckedContinuation { continuation in
            state.withLock { $0.waiting[order.task] = continuation }
            move { $0.submit(order, to: message.agent, at: clocks.wall()) }
        }
    }

    private func move(_ decide: (inout Dispatch) -> [Dispatch.Effect]) {
        for effect in state.withLock({ decide(&$0.dispatch) }) { perform(effect) }
    }

    private func perform(_ effect: Dispatch.Effect) {
        switch effect {
        case .send(let session, let order):
            bus.cast(SendRun(session: session.number, order: order), trace: order.trace)
        case .startTimer(let task, let delay):
            let cancel = timers.start(delay) { self.move { $0.expired(task, at: self.clocks.wall()) } }
            let isOver = state.withLock { state in
                guard state.waiting[task] != nil else { return true }
                state.timers[task] = cancel
                return false
            }
            if isOver { cancel() }
        case .answer(let task, let verdict):
            let (waiting, cancel) = state.withLock {
                ($0.waiting.removeValue(forKey: task), $0.timers.removeValue(forKey: task))
            }
            cancel?()
            switch verdict {
            case .reported(let report): waiting?.resume(returning: .reported(report))
            case .unreachable: waiting?.resume(returning: .unreachable(task))
            case .busy: waiting?.resume(returning: .busy(task))
            }
        case .record(let report, let agent, let session):
            let isQueued = recorder.record(TaskRecord(agent: agent, report: report)) { [bus] in
                guard let session else { return }
                bus.cast(SendAcknowledgement(session: session.number, task: report.task), trace: report.trace)
            }
            // The agent keeps what is not acknowledged, and sends it again over its next link.
            if !isQueued { bus.cast(CloseLinks(agent: agent), trace: report.trace) }
        }
    }
}
