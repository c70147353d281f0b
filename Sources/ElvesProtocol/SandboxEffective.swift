package import ElvesModel

/// `GET /admin/v1/sandbox/effective?app=&version=&agent=`: what decides over the sandbox of one version of an app on one agent,
/// beside its manifest.
package struct SandboxEffective: Codable, Sendable {
    package let app: AppName
    package let version: AppVersion
    package let agent: AgentID
    package let ip: IPv4Address
    /// The name of its policy.
    package let language: String
    /// Whether the agent could be asked.
    package let isLinked: Bool
    /// What it has there beside the policy; nil where the app is not bound to the agent.
    package let grants: [Grant]?
    /// What its workers run under now; nil where this version is not online there.
    package let policy: PolicyInUse?
    /// What the agent's host cannot give to anybody.
    package let missingLayers: [MissingLayer]

    package init(
        app: AppName, version: AppVersion, agent: AgentID, ip: IPv4Address, language: String, isLinked: Bool, grants: [Grant]?,
        policy: PolicyInUse?, missingLayers: [MissingLayer]
    ) {
        self.app = app
        self.version = version
        self.agent = agent
        self.ip = ip
        self.language = language
        self.isLinked = isLinked
        self.grants = grants
        self.policy = policy
        self.missingLayers = missingLayers
    }

    enum CodingKeys: String, CodingKey {
        case app, version, agent, ip, language, grants, policy
        case isLinked = "linked"
        case missingLayers = "missing_layers"
    }
}
