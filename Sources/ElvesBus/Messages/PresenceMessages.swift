package import ElvesModel
package import ElvesProtocol

/// An agent told how its apps stand, or its link is gone: for who keeps track of versions.
package struct PresenceChanged: BusCast {
    package static let route = BusRoute(.supervisor, "presenceChanged")
    package let agent: AgentID
    /// Nil when the link is gone.
    package let apps: [AppReport]?

    package init(agent: AgentID, apps: [AppReport]?) {
        self.agent = agent
        self.apps = apps
    }
}
