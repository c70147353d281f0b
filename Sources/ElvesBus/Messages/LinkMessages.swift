package import ElvesModel
package import ElvesProtocol

/// Sends an order over one link of an agent; lost if that link is gone.
package struct SendRun: BusCast {
    package static let route = BusRoute(.link, "run")
    package let session: Int
    package let order: RunOrder

    package init(session: Int, order: RunOrder) {
        self.session = session
        self.order = order
    }
}

/// Tells an agent to end a task now; lost if that link is gone.
package struct SendCancel: BusCast {
    package static let route = BusRoute(.link, "cancel")
    package let session: Int
    package let task: TaskID

    package init(session: Int, task: TaskID) {
        self.session = session
        self.task = task
    }
}

/// Tells an agent that a task's result is recorded.
package struct SendAcknowledgement: BusCast {
    package static let route = BusRoute(.link, "acknowledge")
    package let session: Int
    package let task: TaskID

    package init(session: Int, task: TaskID) {
        self.session = session
        self.task = task
    }
}

/// Tells an agent, if it has a link, all the apps it should have online.
package struct SendAssignments: BusCast {
    package static let route = BusRoute(.link, "assign")
    package let agent: AgentID
    package let apps: [AppAssignment]

    package init(agent: AgentID, apps: [AppAssignment]) {
        self.agent = agent
        self.apps = apps
    }
}

/// Closes every link of an agent: its certificate counts no more.
package struct CloseLinks: BusCast {
    package static let route = BusRoute(.link, "close")
    package let agent: AgentID

    package init(agent: AgentID) { self.agent = agent }
}
