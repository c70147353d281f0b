package import ElvesModel
package import ElvesProtocol

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
