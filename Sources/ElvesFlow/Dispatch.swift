import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// Which tasks are on their way to which agents, and what their callers are told.
///
/// Pure. An instant task is sent at most once. Its caller gets exactly one verdict: the agent's report, or that the agent was
/// not there, or was lost with the task, or that time was up. Every report is recorded and acknowledged, however late.
package struct Dispatch {
    /// One connection of one agent; a later one of the same agent has a higher number.
    package struct Session: Hashable, Sendable, Comparable {
        package let number: Int
        package init(number: Int) { self.number = number }
        package static func < (left: Session, right: Session) -> Bool { left.number < right.number }
    }

    package enum Verdict: Equatable, Sendable {
        case reported(TaskReport)
        /// The agent has no link; the task was not sent.
        case unreachable
        /// The agent has as many tasks as it may.
        case busy
    }

    package enum Effect: Equatable, Sendable {
        case send(Session, RunOrder)
        case answer(TaskID, Verdict)
        /// Record the report, then acknowledge it to the agent if it came from one.
        case record(TaskReport, agent: AgentID, acknowledgeTo: Session?)
        case startTimer(TaskID, after: Duration)
    }

    private struct Flight {
        let order: RunOrder
        let agent: AgentID
        let sentAt: Timestamp
    }

    private var sessions: [AgentID: Session] = [:]
    private var flights: [TaskID: Flight] = [:]
    private var tasksOfAgent: [AgentID: Set<TaskID>] = [:]
    private var isStopping = false
    private let limitPerAgent: Int
    /// The tasks one agent may have at once.
    package static let limitPerAgent = 4096
    /// How much longer than the function's own time the center waits for the report.
    private let grace: Duration

    package init(limitPerAgent: Int = Dispatch.limitPerAgent, grace: Duration = .seconds(2)) {
        self.limitPerAgent = limitPerAgent
        self.grace = grace
    }

    package var tasksInFlight: Int { flights.count }

    package mutating func submit(_ order: RunOrder, to agent: AgentID, at now: Timestamp) -> [Effect] {
        guard let session = sessions[agent], !isStopping else { return [.answer(order.task, .unreachable)] }
        guard tasksOfAgent[agent, default: []].count < limitPerAgent else { return [.answer(order.task, .busy)] }
        flights[order.task] = Flight(order: order, agent: agent, sentAt: now)
        tasksOfAgent[agent, default: []].insert(order.task)
        return [.send(session, order), .startTimer(order.task, after: order.timeout + grace)]
    }

    /// An agent has come, or come back. What it was sent before and does not hold is lost: its process died with it.
    package mutating func linked(
        _ agent: AgentID, _ session: Session, holding: Set<TaskID>, at now: Timestamp
    ) -> [Effect] {
        if let current = sessions[agent], current > session { return [] }
        sessions[agent] = session
        let lost = tasksOfAgent[agent, default: []].subtracting(holding).sorted { $0.text < $1.text }
        return lost.flatMap { task in
            conclude(task, .agentLost, "the agent restarted while it had this task; whether it ran is unknown", at: now)
        }
    }

    /// A link is gone. Its tasks wait for the agent to come back, or for their time to be up.
    package mutating func unlinked(_ agent: AgentID, _ session: Session) {
        if sessions[agent] == session { sessions[agent] = nil }
    }

    package mutating func reported(_ report: TaskReport, by agent: AgentID, _ session: Session) -> [Effect] {
        let record = Effect.record(report, agent: agent, acknowledgeTo: session)
        // A report on another agent's task answers nobody.
        guard let flight = flights[report.task], flight.agent == agent else { return [record] }
        land(report.task)
        return [.answer(report.task, .reported(report)), record]
    }

    package mutating func expired(_ task: TaskID, at now: Timestamp) -> [Effect] {
        guard let flight = flights[task] else { return [] }
        let isLinked = sessions[flight.agent] != nil
        return isLinked
            ? conclude(task, .timeout, "the agent did not report before the deadline", at: now)
            : conclude(task, .agentLost, "the agent was lost and did not come back before the deadline", at: now)
    }

    /// The center is about to end: nobody is kept waiting. Nothing is recorded, since what the agents hold is reported to the
    /// center that comes next.
    package mutating func stop(at now: Timestamp) -> [Effect] {
        isStopping = true
        let text = "the center is stopping; what became of the task is recorded under its id when the center is back"
        return flights.keys.sorted { $0.text < $1.text }.compactMap { task in
            land(task).map { .answer(task, .reported(verdict(on: $0, .centerStopping, text, at: now))) }
        }
    }

    /// Ends a task without its agent's report.
    private mutating func conclude(_ task: TaskID, _ reason: Reason, _ text: String, at now: Timestamp) -> [Effect] {
        guard let flight = land(task) else { return [] }
        let report = verdict(on: flight, reason, text, at: now)
        return [.answer(task, .reported(report)), .record(report, agent: flight.agent, acknowledgeTo: nil)]
    }

    private func verdict(on flight: Flight, _ reason: Reason, _ text: String, at now: Timestamp) -> TaskReport {
        TaskReport(
            task: flight.order.task, trace: flight.order.trace, app: flight.order.app, version: nil,
            function: flight.order.function, flag: .error, result: .string(text), reason: reason,
            receivedAt: flight.sentAt, startedAt: nil, endedAt: now)
    }

    @discardableResult
    private mutating func land(_ task: TaskID) -> Flight? {
        guard let flight = flights.removeValue(forKey: task) else { return nil }
        tasksOfAgent[flight.agent]?.remove(task)
        if tasksOfAgent[flight.agent]?.isEmpty == true { tasksOfAgent[flight.agent] = nil }
        return flight
    }
}
