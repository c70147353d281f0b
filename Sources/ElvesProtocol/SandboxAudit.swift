package import ElvesModel

/// `GET /admin/v1/sandbox/audit`: every policy that is in use on the agents that have a link, and who let it be so.
package struct SandboxAudit: Codable, Sendable {
    package let madeAt: Timestamp
    package let uses: [Use]
    package let hosts: [Host]

    package init(madeAt: Timestamp, uses: [Use], hosts: [Host]) {
        self.madeAt = madeAt
        self.uses = uses
        self.hosts = hosts
    }

    /// An app that is online on an agent.
    package struct Use: Codable, Sendable {
        package let app: AppName
        package let version: AppVersion
        package let agent: AgentID
        package let policy: PolicyInUse
        /// What it has there beside the policy.
        package let grants: [Grant]
        /// The administrator who published the version; nil for one that was published before they were kept.
        package let publishedBy: Administrator?
        /// Who let it have more than the version before; nil where nobody had to.
        package let approvedBy: Administrator?
        package let approvedAt: Timestamp?

        package init(
            app: AppName, version: AppVersion, agent: AgentID, policy: PolicyInUse, grants: [Grant],
            publishedBy: Administrator?, approvedBy: Administrator?, approvedAt: Timestamp?
        ) {
            self.app = app
            self.version = version
            self.agent = agent
            self.policy = policy
            self.grants = grants
            self.publishedBy = publishedBy
            self.approvedBy = approvedBy
            self.approvedAt = approvedAt
        }

        enum CodingKeys: String, CodingKey {
            case app, version, agent, policy, grants
            case publishedBy = "published_by"
            case approvedBy = "approved_by"
            case approvedAt = "approved_at_us"
        }
    }

    package struct Host: Codable, Sendable {
        package let agent: AgentID
        package let ip: IPv4Address
        package let hostName: String
        /// False for one that is not there to be asked: what runs on it is not known.
        package let isLinked: Bool
        package let missingLayers: [MissingLayer]

        package init(
            agent: AgentID, ip: IPv4Address, hostName: String, isLinked: Bool, missingLayers: [MissingLayer]
        ) {
            self.agent = agent
            self.ip = ip
            self.hostName = hostName
            self.isLinked = isLinked
            self.missingLayers = missingLayers
        }

        enum CodingKeys: String, CodingKey {
            case agent, ip
            case hostName = "host_name"
            case isLinked = "linked"
            case missingLayers = "missing_layers"
        }
    }

    enum CodingKeys: String, CodingKey {
        case uses, hosts
        case madeAt = "made_at_us"
    }
}
