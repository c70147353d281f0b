package import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// Runs a function on an agent and waits for its answer (the original's `syncJob`).
package struct RunNow: BusCall {
    package enum Reply: Codable, Sendable {
        case reported(TaskReport)
        case unreachable(TaskID)
        case busy(TaskID)
    }
    package static let route = BusRoute(.scheduler, "runNow")

    package let agent: AgentID
    package let app: AppName
    package let function: String
    package let param: RawJSON
    package let timeout: Duration
    /// The version that has to run, whatever is online there; nil takes the one that is.
    package let pin: AppAssignment?

    package init(
        agent: AgentID, app: AppName, function: String, param: RawJSON, timeout: Duration, pin: AppAssignment? = nil
    ) {
        self.pin = pin
        self.agent = agent
        self.app = app
        self.function = function
        self.param = param
        self.timeout = timeout
    }
}

/// An agent's link is up; `holding` are the attempts it still has.
package struct AgentLinked: BusCast {
    package static let route = BusRoute(.scheduler, "agentLinked")
    package let agent: AgentID
    package let session: Int
    package let holding: [AttemptID]

    package init(agent: AgentID, session: Int, holding: [AttemptID]) {
        self.agent = agent
        self.session = session
        self.holding = holding
    }
}

package struct AgentUnlinked: BusCast {
    package static let route = BusRoute(.scheduler, "agentUnlinked")
    package let agent: AgentID
    package let session: Int

    package init(agent: AgentID, session: Int) {
        self.agent = agent
        self.session = session
    }
}

/// An agent reports what became of a task.
package struct TaskReported: BusCast {
    package static let route = BusRoute(.scheduler, "taskReported")
    package let agent: AgentID
    package let session: Int
    package let report: TaskReport

    package init(agent: AgentID, session: Int, report: TaskReport) {
        self.agent = agent
        self.session = session
        self.report = report
    }
}
