package import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// The key of an `auth_id`; nil if there is none or it was revoked.
package struct FindKey: BusCall {
    package typealias Reply = KeyGrant?
    package static let route = BusRoute(.supervisor, "findKey")
    package let id: AuthID

    package init(id: AuthID) { self.id = id }
}

/// What a v2 key is and may do.
package struct KeyGrant: Codable, Sendable, Equatable {
    package let secret: String
    package let app: AppName
    /// Addresses from which the key may be used.
    package let sources: [IPv4Range]
    /// Whether each of its signatures counts once only.
    package let once: Bool

    package init(secret: String, app: AppName, sources: [IPv4Range], once: Bool = false) {
        self.secret = secret
        self.app = app
        self.sources = sources
        self.once = once
    }
}

/// The agent at an address that is bound to an app; nil if there is none.
package struct FindBoundAgent: BusCall {
    package typealias Reply = AgentID?
    package static let route = BusRoute(.supervisor, "findBoundAgent")
    package let app: AppName
    package let address: IPv4Address

    package init(app: AppName, address: IPv4Address) {
        self.app = app
        self.address = address
    }
}

/// The address of an agent; nil if there is no such agent.
package struct FindAgentAddress: BusCall {
    package typealias Reply = IPv4Address?
    package static let route = BusRoute(.supervisor, "findAgentAddress")
    package let agent: AgentID

    package init(agent: AgentID) { self.agent = agent }
}

/// The addresses of all agents bound to an app, in ascending order.
package struct ListBoundAgents: BusCall {
    package typealias Reply = [IPv4Address]
    package static let route = BusRoute(.supervisor, "listBoundAgents")
    package let app: AppName

    package init(app: AppName) { self.app = app }
}

/// An app and its online version; nil if there is no such app.
package struct FindApp: BusCall {
    package typealias Reply = AppSummary?
    package static let route = BusRoute(.supervisor, "findApp")
    package let app: AppName

    package init(app: AppName) { self.app = app }
}

package struct AppSummary: Codable, Sendable, Equatable {
    package let app: AppName
    package let title: String
    package let online: AppVersion?
    package let lastUpdate: Timestamp

    package init(app: AppName, title: String, online: AppVersion?, lastUpdate: Timestamp) {
        self.app = app
        self.title = title
        self.online = online
        self.lastUpdate = lastUpdate
    }
}

/// Whether an app, as an agent has it, takes a call: asked before a task is made of it.
package struct CheckCall: BusCall {
    package typealias Reply = CallVerdict
    package static let route = BusRoute(.supervisor, "checkCall")
    package let agent: AgentID
    package let app: AppName
    package let function: String
    package let param: RawJSON
    /// The version that is to run; nil means the one the agent should have online.
    package let pin: AppVersion?

    package init(agent: AgentID, app: AppName, function: String, param: RawJSON, pin: AppVersion? = nil) {
        self.agent = agent
        self.app = app
        self.function = function
        self.param = param
        self.pin = pin
    }
}

package enum CallVerdict: Codable, Sendable, Equatable {
    /// The parameters are what the function takes, for the time it says itself; an idempotent one may be started again.
    case accepted(timeout: Duration, isIdempotent: Bool)
    /// What breaks the function's schema, for the caller.
    case badParameter(String)
    /// The center knows of no such function, or the app was published before manifests were kept: the agent answers.
    case unknown
}

/// An agent found the files of a version changed on its host; nothing of it runs there until it has a clean copy.
package struct VersionQuarantined: BusCast, Equatable {
    package static let route = BusRoute(.supervisor, "versionQuarantined")
    package let agent: AgentID
    package let app: AppName
    package let quarantine: Quarantine

    package init(agent: AgentID, app: AppName, quarantine: Quarantine) {
        self.agent = agent
        self.app = app
        self.quarantine = quarantine
    }
}

/// What a linking agent should have online; nil if the agent is unknown or revoked.
package struct ListAssignments: BusCall {
    package typealias Reply = [AppAssignment]?
    package static let route = BusRoute(.supervisor, "listAssignments")
    package let agent: AgentID

    package init(agent: AgentID) { self.agent = agent }
}
