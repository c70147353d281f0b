import DequeModule
package import ElvesModel
package import ElvesProtocol

/// What an agent owes its center: which tasks it took on, and which results the center has not acknowledged.
///
/// Pure. An attempt at a task is taken on once, however often the order comes, and reported once; its report is kept until the
/// center says it is recorded, through any number of links and restarts. A stored order is started only after it was written
/// down that it is taken on. Of one task never two attempts run at the same time.
package struct Delivery {
    package enum Effect: Equatable, Sendable {
        /// Write down, durably, that the order is taken on. `intended` follows, or `notIntended`.
        case intend(RunOrder)
        case execute(RunOrder)
        /// End the task that is being executed, with all its processes; `finished` follows all the same.
        case cancel(TaskID)
        /// The order is not executed, but answered; `finished` follows.
        case turnDown(RunOrder, WorkerAnswer)
        /// Keep the result where it survives the agent's death, before anything else is done with it.
        case spool(TaskReport)
        case send(TaskReport)
        /// The spooled result may go.
        case forget(AttemptID)
    }

    private struct Run {
        let order: RunOrder
        /// It is being written down that the order is taken on; nothing was started.
        var isIntended: Bool
        /// A later attempt, which waits for this one to end: the center has given this one up.
        var next: RunOrder?
    }

    private var running: [TaskID: Run] = [:]
    /// In the order in which they ended.
    private var unacknowledged: Deque<TaskReport> = []
    /// Of each task in `unacknowledged`: its latest attempt there, and how many there are.
    private var reported: [TaskID: (last: Int, count: Int)] = [:]
    private var isLinked = false
    /// More than a center has with one agent at once.
    private static let holdingLimit = 2 * TaskBook.instantLimit

    /// - Parameter recovered: The results found in the spool, in their order.
    package init(recovered: [TaskReport]) {
        for report in recovered { owe(report) }
    }

    /// The attempts the center must not give up: sent with the first frame of a link.
    ///
    /// Of the results only the last: results are sent in their order, so those the center has not seen are the newest.
    package var holding: [AttemptID] {
        unacknowledged.suffix(Self.holdingLimit).map(\.id)
            + running.values.flatMap { [$0.order.id] + ($0.next.map { [$0.id] } ?? []) }
    }

    /// Whether nothing is left to run or to hand over.
    package var isIdle: Bool { running.isEmpty && unacknowledged.isEmpty }

    package mutating func received(_ order: RunOrder) -> [Effect] {
        if let run = running[order.task] {
            guard order.attempt > (run.next ?? run.order).attempt else { return [] }
            running[order.task]?.next = order
            return run.isIntended ? [cancel(run.order)] : [.cancel(order.task)]
        }
        if let known = reported[order.task], known.last >= order.attempt { return [] }
        return take(order)
    }

    /// It is written down that the order is taken on.
    package mutating func intended(_ order: RunOrder) -> [Effect] {
        guard let run = running[order.task], run.order.attempt == order.attempt, run.isIntended else { return [] }
        running[order.task]?.isIntended = false
        return [.execute(order)]
    }

    /// It could not be written down that the order is taken on.
    package func notIntended(_ order: RunOrder, because text: String) -> [Effect] {
        guard let run = running[order.task], run.order.attempt == order.attempt, run.isIntended else { return [] }
        return [
            .turnDown(
                order,
                .error(
                    .journal,
                    "\(text). What is not written down first could be started twice, so the function was not run: make room on "
                        + "the disk of the agent's data folder, or repair it"))
        ]
    }

    package mutating func finished(_ report: TaskReport) -> [Effect] {
        owe(report)
        let effects: [Effect] = isLinked ? [.spool(report), .send(report)] : [.spool(report)]
        guard let run = running[report.task], run.order.attempt == report.attempt else { return effects }
        running[report.task] = nil
        return run.next.map { effects + take($0) } ?? effects
    }

    /// Somebody wants the task to end. One that is not running has ended, or was never here.
    package mutating func cancelled(_ task: TaskID) -> [Effect] {
        guard let run = running[task] else { return [] }
        running[task]?.next = nil
        let waiting: [Effect] = run.next.map { [cancel($0)] } ?? []
        return waiting + (run.isIntended ? [cancel(run.order)] : [.cancel(task)])
    }

    /// The oldest report of the task is recorded: reports are sent, and so acknowledged, in their order.
    package mutating func acknowledged(_ task: TaskID) -> [Effect] {
        guard let known = reported[task], let index = unacknowledged.firstIndex(where: { $0.task == task }) else { return [] }
        reported[task] = known.count == 1 ? nil : (known.last, known.count - 1)
        return [.forget(unacknowledged.remove(at: index).id)]
    }

    /// The center has welcomed the agent: everything it has not acknowledged is sent again.
    package mutating func linked() -> [Effect] {
        isLinked = true
        return unacknowledged.map { .send($0) }
    }

    package mutating func unlinked() { isLinked = false }

    private func cancel(_ order: RunOrder) -> Effect {
        .turnDown(order, .error(.cancelled, "cancelled before it started; the function was not run"))
    }

    private mutating func take(_ order: RunOrder) -> [Effect] {
        running[order.task] = Run(order: order, isIntended: order.isStored)
        return [order.isStored ? .intend(order) : .execute(order)]
    }

    private mutating func owe(_ report: TaskReport) {
        unacknowledged.append(report)
        let known = reported[report.task] ?? (0, 0)
        reported[report.task] = (max(report.attempt, known.last), known.count + 1)
    }
}
