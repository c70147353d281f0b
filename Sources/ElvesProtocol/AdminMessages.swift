package import ElvesModel

// What the command line and a center say to each other: JSON bodies below `/admin/v1`, on the center's local socket, or on
// its HTTPS port with an administrator's token.

/// `POST /join/v1`: a host wants to be an agent.
package struct JoinRequest: Codable, Sendable {
    package let token: String
    package let certificateRequest: String
    package let hostName: String
    /// The agent's `ip` in `/api/v2`; nil takes the address the request comes from.
    package let address: IPv4Address?

    package init(token: String, certificateRequest: String, hostName: String, address: IPv4Address?) {
        self.token = token
        self.certificateRequest = certificateRequest
        self.hostName = hostName
        self.address = address
    }

    enum CodingKeys: String, CodingKey {
        case token, address
        case certificateRequest = "certificate_request"
        case hostName = "host_name"
    }
}

package struct JoinReply: Codable, Sendable {
    package let agent: AgentID
    package let address: IPv4Address
    package let certificate: String
    package let authority: String
    /// The newest root metadata of the center's repository; nil if it has none yet.
    package let root: String?
    /// The port of the link on the host that was joined; set by the center that answers.
    package var linkPort: Int?

    package init(
        agent: AgentID, address: IPv4Address, certificate: String, authority: String, root: String?, linkPort: Int? = nil
    ) {
        self.agent = agent
        self.address = address
        self.certificate = certificate
        self.authority = authority
        self.root = root
        self.linkPort = linkPort
    }

    enum CodingKeys: String, CodingKey {
        case agent, address, certificate, authority, root
        case linkPort = "link_port"
    }
}

/// `POST /admin/v1/tokens`
package struct TokenRequest: Codable, Sendable {
    package enum Kind: String, Codable, Sendable { case join, admin }
    package let kind: Kind
    package let lifetimeSeconds: Int

    package init(kind: Kind, lifetimeSeconds: Int) {
        self.kind = kind
        self.lifetimeSeconds = lifetimeSeconds
    }

    enum CodingKeys: String, CodingKey {
        case kind
        case lifetimeSeconds = "lifetime_seconds"
    }
}

package struct TokenReply: Codable, Sendable {
    package let token: String
    package init(token: String) { self.token = token }
}

/// An agent, as `GET /admin/v1/agents` lists it.
package struct AgentView: Codable, Sendable {
    package let agent: AgentID
    package let ip: IPv4Address
    package let hostName: String
    package let isOnline: Bool
    package let isRevoked: Bool
    package let lastHeard: String?
    package let version: String?
    package let apps: [AppReport]
    package let labels: [String: String]
    /// What the agent last told of its host; empty if it was not heard of since the center started.
    package let facts: [String: HostFactView]

    package init(
        agent: AgentID, ip: IPv4Address, hostName: String, isOnline: Bool, isRevoked: Bool, lastHeard: String?,
        version: String?, apps: [AppReport], labels: [String: String], facts: [String: HostFactView]
    ) {
        self.agent = agent
        self.ip = ip
        self.hostName = hostName
        self.isOnline = isOnline
        self.isRevoked = isRevoked
        self.lastHeard = lastHeard
        self.version = version
        self.apps = apps
        self.labels = labels
        self.facts = facts
    }

    enum CodingKeys: String, CodingKey {
        case agent, ip, version, apps, labels, facts
        case hostName = "host_name"
        case isOnline = "online"
        case isRevoked = "revoked"
        case lastHeard = "last_heard"
    }
}

/// An app, as `GET /admin/v1/apps` lists it.
package struct AppView: Codable, Sendable {
    package let app: AppName
    package let title: String
    package let online: AppVersion?
    /// All published versions, oldest first.
    package let versions: [AppVersion]
    /// Addresses of the agents it is bound to.
    package let agents: [IPv4Address]

    package init(app: AppName, title: String, online: AppVersion?, versions: [AppVersion], agents: [IPv4Address]) {
        self.app = app
        self.title = title
        self.online = online
        self.versions = versions
        self.agents = agents
    }
}

/// The answer to `POST /admin/v1/apps?name=ARCHIVE`, the archive as body, and to `POST /admin/v1/publications`.
package struct PublishReply: Codable, Sendable {
    package let app: AppName
    package let version: AppVersion
    package let sha256: Digest
    package let size: Int64

    package init(app: AppName, version: AppVersion, sha256: Digest, size: Int64) {
        self.app = app
        self.version = version
        self.sha256 = sha256
        self.size = size
    }
}

/// `POST` and `DELETE /admin/v1/bindings`
package struct BindingRequest: Codable, Sendable {
    package let app: AppName
    /// An agent's id, address or host name.
    package let agent: String
    /// What the app may have there beside its language's policy; replaces what was granted before.
    package let grants: [Grant]?

    package init(app: AppName, agent: String, grants: [Grant] = []) {
        self.app = app
        self.agent = agent
        self.grants = grants
    }
}

/// `POST /admin/v1/keys`
package struct KeyRequest: Codable, Sendable {
    package let app: AppName
    package let sources: [IPv4Range]
    /// Whether each of its signatures counts once only.
    package let once: Bool

    package init(app: AppName, sources: [IPv4Range], once: Bool = false) {
        self.app = app
        self.sources = sources
        self.once = once
    }
}

package struct KeyReply: Codable, Sendable {
    package let authID: AuthID
    package let authKey: String

    package init(authID: AuthID, authKey: String) {
        self.authID = authID
        self.authKey = authKey
    }

    enum CodingKeys: String, CodingKey {
        case authID = "auth_id"
        case authKey = "auth_key"
    }
}

/// A key, as `GET /admin/v1/keys` lists it; the secret is shown once, at creation.
package struct KeyView: Codable, Sendable {
    package let authID: AuthID
    package let app: AppName
    package let sources: [IPv4Range]
    package let once: Bool
    package let isRevoked: Bool
    package let createdAt: String

    package init(authID: AuthID, app: AppName, sources: [IPv4Range], once: Bool, isRevoked: Bool, createdAt: String) {
        self.authID = authID
        self.app = app
        self.sources = sources
        self.once = once
        self.isRevoked = isRevoked
        self.createdAt = createdAt
    }

    enum CodingKeys: String, CodingKey {
        case authID = "auth_id"
        case app, sources, once
        case isRevoked = "revoked"
        case createdAt = "created_at"
    }
}

/// The body of every refusal below `/admin/v1` and `/join/v1`.
package struct AdminRefusal: Codable, Sendable {
    package let error: String
    package init(error: String) { self.error = error }
}
