package import ElvesModel
import ElvesProtocol

/// What a task that has not ended waits for.
package enum TaskWait: Equatable, Sendable {
    /// Its queue is still being built.
    case commit(QueueID)
    case tasks([TaskID])
    case pause(until: Timestamp)
    /// Its agent is not linked.
    case agent(AgentID)
    /// Its agent has all the tasks it may have at once.
    case place(AgentID, most: Int)
    /// Its queue has all the tasks out that it may.
    case turn(QueueID, most: Int)
    /// Its agent has it.
    case report(AgentID, sentAt: Timestamp, isLinked: Bool)
    /// The next moment.
    case nothing
}

extension TaskBook {
    /// What a task waits for; nil if there is no such task any more.
    package func wait(of task: TaskID, at now: Timestamp) -> TaskWait? {
        guard let entry = entries[task] else { return nil }
        let spec = entry.life.spec
        let desk = desks[spec.agent]
        switch entry.life.state {
        case .ended: return nil
        case .open: return spec.origin.queue.map(TaskWait.commit) ?? .nothing
        case .blocked: return .tasks(inOrder(entry.parents))
        case .sent(let at): return .report(spec.agent, sentAt: at, isLinked: desk?.session != nil)
        case .ready(let from):
            if let from, from > now { return .pause(until: from) }
            guard let desk, desk.session != nil else { return .agent(spec.agent) }
            if desk.stored.count >= limits.stored { return .place(spec.agent, most: limits.stored) }
            if let id = spec.origin.queue, let queue = queues[id], let most = queue.life.concurrency,
                queue.sent.count >= most
            {
                return .turn(id, most: most)
            }
            return .nothing
        }
    }
}

extension TaskWait: CustomStringConvertible {
    package var description: String {
        switch self {
        case .commit(let queue): "queue \(queue) is not committed"
        case .tasks(let tasks):
            "comes after \(tasks.prefix(3).map(\.text).joined(separator: ", "))"
                + (tasks.count > 3 ? " and \(tasks.count - 3) more" : "")
                + ", which \(tasks.count == 1 ? "has" : "have") not ended"
        case .pause(let until): "failed before; is tried again at \(until.iso8601)"
        case .agent(let agent): "agent \(agent) is not connected"
        case .place(let agent, let most): "agent \(agent) has \(most) tasks, as many as it may"
        case .turn(let queue, let most): "queue \(queue) has \(most) of its tasks with agents, as many as it may"
        case .report(let agent, let at, true): "agent \(agent) has had it since \(at.iso8601)"
        case .report(let agent, let at, false):
            "agent \(agent) has had it since \(at.iso8601) and is not connected: it may be running"
        case .nothing: "is about to be sent"
        }
    }
}
