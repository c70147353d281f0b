package import ElvesModel
package import ElvesProtocol

/// What an agent owes its center: which tasks it took on, and which results the center has not acknowledged.
///
/// Pure. A task is taken on once, however often the order comes; its result is kept until the center says it is recorded,
/// through any number of links and restarts.
package struct Delivery {
    package enum Effect: Equatable, Sendable {
        case execute(RunOrder)
        /// Keep the result where it survives the agent's death, before anything else is done with it.
        case spool(TaskReport)
        case send(TaskReport)
        /// The spooled result may go.
        case forget(TaskID)
    }

    private var running: Set<TaskID> = []
    /// In the order in which they ended.
    private var unacknowledged: [TaskReport] = []
    private var isLinked = false

    /// - Parameter recovered: The results found in the spool, in their order.
    package init(recovered: [TaskReport]) { unacknowledged = recovered }

    /// The tasks the center must not give up: sent with the first frame of a link.
    ///
    /// Of the results only the last: a center has no more tasks than `TaskBook.instantLimit` with one agent, and results are
    /// sent in their order, so those it has not seen are the newest.
    package var holding: [TaskID] { unacknowledged.suffix(TaskBook.instantLimit).map(\.task) + running }

    /// Whether nothing is left to run or to hand over.
    package var isIdle: Bool { running.isEmpty && unacknowledged.isEmpty }

    package mutating func received(_ order: RunOrder) -> [Effect] {
        guard !running.contains(order.task), !unacknowledged.contains(where: { $0.task == order.task }) else { return [] }
        running.insert(order.task)
        return [.execute(order)]
    }

    package mutating func finished(_ report: TaskReport) -> [Effect] {
        running.remove(report.task)
        unacknowledged.append(report)
        return isLinked ? [.spool(report), .send(report)] : [.spool(report)]
    }

    package mutating func acknowledged(_ task: TaskID) -> [Effect] {
        guard let index = unacknowledged.firstIndex(where: { $0.task == task }) else { return [] }
        unacknowledged.remove(at: index)
        return [.forget(task)]
    }

    /// The center has welcomed the agent: everything it has not acknowledged is sent again.
    package mutating func linked() -> [Effect] {
        isLinked = true
        return unacknowledged.map { .send($0) }
    }

    package mutating func unlinked() { isLinked = false }
}
