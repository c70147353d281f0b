package import ElvesModel
package import ElvesProtocol

/// One connection of one agent; a later one of the same agent has a higher number.
package struct LinkSession: Hashable, Sendable, Comparable {
    package let number: Int
    package init(number: Int) { self.number = number }
    package static func < (left: LinkSession, right: LinkSession) -> Bool { left.number < right.number }
}

/// What a move of a `TaskBook` has done.
package enum TaskEffect: Equatable, Sendable {
    case send(LinkSession, RunOrder)
    case cancel(LinkSession, TaskID)
    /// Tells who waits for an instant task.
    case answer(TaskID, Verdict)
    /// An agent's report is recorded: tells the agent, and whoever wants to know what it says.
    case acknowledge(LinkSession, TaskReport, by: AgentID)
    /// Tells whoever wants to know.
    case ended(TaskOutcome)

    package enum Verdict: Equatable, Sendable {
        case reported(TaskReport)
        /// The agent has no link; the task was not sent.
        case unreachable
        /// The agent has as many tasks as it may.
        case busy
    }
}

/// What a move of a `TaskBook` asks for.
package struct TaskStep: Equatable, Sendable {
    /// At once.
    package var now: [TaskEffect] = []
    /// In one transaction.
    package var changes: [TaskChange] = []
    /// When the changes, and those of all moves before, are durable. Nothing that was not written leaves the center, and no
    /// word about a task overtakes the task.
    package var afterwards: [TaskEffect] = []

    package init() {}
}

/// The two clocks at one moment: the wall's for records, the steady one for deadlines.
package struct Moment: Equatable, Sendable {
    package let wall: Timestamp
    package let steady: Duration

    package init(wall: Timestamp, steady: Duration) {
        self.wall = wall
        self.steady = steady
    }
}
