import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesLink
import ElvesModel
import ElvesProtocol
import Logging
import NIOCore

/// Takes orders, has them run, and hands results over until the center has them: carries events to `Delivery` and does what
/// it decides. Everything happens on the agent's loop.
final class TaskDesk: Sendable {
    private struct State {
        var delivery: Delivery
        let spool: Spool
        var connection: LinkConnection?
        /// Called when nothing is left to run or to hand over.
        var whenIdle: (@Sendable () -> Void)?
        /// Whether an order came since `hasCalmedDown` was asked last.
        var isBusy = true
        var hasRested = false
        var isStopping = false
    }

    private let state: NIOLoopBoundBox<State>
    private let loop: any EventLoop
    private let executor: Executor
    private let pins: PinnedVersions
    private let clocks: Clocks
    private let log: Logger

    init(spool: sending Spool, executor: Executor, pins: PinnedVersions, loop: any EventLoop, clocks: Clocks, log: Logger) {
        let delivery = Delivery(recovered: spool.recovered)
        state = NIOLoopBoundBox.makeBoxSendingValue(State(delivery: delivery, spool: spool), eventLoop: loop)
        self.executor = executor
        self.pins = pins
        self.loop = loop
        self.clocks = clocks
        self.log = log
    }

    /// The tasks to name in the first frame of a link. On the loop.
    var holding: [AttemptID] { state.value.delivery.holding }

    /// The center has welcomed the agent. On the loop.
    func linked(_ connection: LinkConnection) {
        state.value.connection = connection
        perform(state.value.delivery.linked())
    }

    /// On the loop.
    func unlinked(_ connection: LinkConnection) {
        guard state.value.connection?.number == connection.number else { return }
        state.value.connection = nil
        state.value.delivery.unlinked()
    }

    /// On the loop.
    func received(_ order: RunOrder) {
        state.value.isBusy = true
        guard !state.value.isStopping || holding.contains(order.id) else { return turnAway(order) }
        perform(state.value.delivery.received(order))
    }

    /// Somebody wants the task to end. On the loop.
    func cancelled(_ task: TaskID) { perform(state.value.delivery.cancelled(task)) }

    /// From now on nothing is taken on: this agent is about to end. On the loop.
    func stopTaking() { state.value.isStopping = true }

    private func turnAway(_ order: RunOrder) {
        // The center sends a stored task again to the agent that comes next, which is not told that it holds it.
        if order.isStored { return }
        refuse(order, .error(.busy, "the agent is stopping; the function was not run"))
    }

    private func refuse(_ order: RunOrder, _ verdict: WorkerAnswer) {
        executor.refuse(order, verdict) { self.finished($0) }
    }

    /// Whether the time since this was asked last is the first in which nothing happened. On the loop.
    func hasCalmedDown() -> Bool {
        defer { state.value.isBusy = !state.value.delivery.isIdle }
        guard !state.value.isBusy else {
            state.value.hasRested = false
            return false
        }
        defer { state.value.hasRested = true }
        return !state.value.hasRested
    }

    /// On the loop.
    func acknowledged(_ task: TaskID) { perform(state.value.delivery.acknowledged(task)) }

    /// Calls `idle` once, when nothing is left to run or to hand over.
    func notify(whenIdle idle: @escaping @Sendable () -> Void) {
        loop.execute {
            self.state.value.whenIdle = idle
            self.checkIdle()
        }
    }

    private func perform(_ effects: [Delivery.Effect]) {
        // A result that is kept and sent is written as JSON once.
        var frame: [UInt8]?
        for effect in effects {
            switch effect {
            case .intend(let order): intend(order)
            case .execute(let order):
                run(order) { report in
                    if self.loop.inEventLoop { self.finished(report) } else { self.loop.execute { self.finished(report) } }
                }
            case .cancel(let task):
                pins.cancel(task)
                executor.cancel(task)
            case .turnDown(let order, let verdict): refuse(order, verdict)
            case .spool(let report):
                let bytes = AgentFrame.result(report).bytes
                frame = bytes
                attempt { try state.value.spool.keep(report.id, frame: bytes) }
            case .send(let report):
                state.value.connection?.send(frame ?? AgentFrame.result(report).bytes)
                frame = nil
            case .forget(let id):
                attempt { try state.value.spool.forget(id) }
            }
        }
        checkIdle()
    }

    /// Lets versions go that no task has asked for. On the loop.
    func sweep() { pins.sweep() }

    private func intend(_ order: RunOrder) {
        state.value.spool.intend(TaskIntent(order, receivedAt: clocks.wall())) { result in
            switch result {
            case .success: self.perform(self.state.value.delivery.intended(order))
            case .failure(let error): self.perform(self.state.value.delivery.notIntended(order, because: "\(error)"))
            }
        }
    }

    private func run(_ order: RunOrder, finished: @escaping @Sendable (TaskReport) -> Void) {
        guard let pin = order.pin, executor.online[order.app]?.version != pin.version else {
            return executor.run(order, finished: finished)
        }
        pins.run(order, on: pin, finished: finished)
    }

    private func finished(_ report: TaskReport) { perform(state.value.delivery.finished(report)) }

    /// A spool that cannot be written (a full disk) must not keep results from a center that is there: they are still sent, and
    /// held in memory until they are acknowledged.
    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { log.error("\(error): results survive only as long as this agent runs") }
    }

    private func checkIdle() {
        guard let idle = state.value.whenIdle, state.value.delivery.isIdle else { return }
        state.value.whenIdle = nil
        idle()
    }
}
