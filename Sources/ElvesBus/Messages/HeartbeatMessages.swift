package import ElvesModel
package import ElvesProtocol

/// An agent was heard of: at the start of a link, and with every heartbeat.
package struct AgentHeard: BusCast {
    package static let route = BusRoute(.heartbeat, "agentHeard")
    package let agent: AgentID
    package let status: AgentStatus
    package let agentVersion: String?

    /// - Parameter agentVersion: The release the agent runs; nil in a heartbeat, which does not repeat it.
    package init(agent: AgentID, status: AgentStatus, agentVersion: String?) {
        self.agent = agent
        self.status = status
        self.agentVersion = agentVersion
    }
}

/// An agent's link is gone.
package struct AgentGone: BusCast {
    package static let route = BusRoute(.heartbeat, "agentGone")
    package let agent: AgentID

    package init(agent: AgentID) { self.agent = agent }
}

/// What the heartbeats say of an agent; nil if it was never heard of since the center started.
package struct FindPresence: BusCall {
    package typealias Reply = AgentPresence?
    package static let route = BusRoute(.heartbeat, "findPresence")
    package let agent: AgentID

    package init(agent: AgentID) { self.agent = agent }
}

package struct AgentPresence: Codable, Sendable, Equatable {
    package let isOnline: Bool
    package let lastHeard: Timestamp
    package let agentVersion: String
    package let status: AgentStatus

    package init(isOnline: Bool, lastHeard: Timestamp, agentVersion: String, status: AgentStatus) {
        self.isOnline = isOnline
        self.lastHeard = lastHeard
        self.agentVersion = agentVersion
        self.status = status
    }
}
