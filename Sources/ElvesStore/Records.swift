package import ElvesFlow
package import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// A host that has joined.
package struct AgentRecord: Sendable, Equatable, Codable {
    package let id: AgentID
    /// Its `ip` in `/api/v2`; unique among agents that are not revoked.
    package let address: IPv4Address
    package let hostName: String
    package let joinedAt: Timestamp
    package var revokedAt: Timestamp?

    package init(id: AgentID, address: IPv4Address, hostName: String, joinedAt: Timestamp, revokedAt: Timestamp? = nil) {
        self.id = id
        self.address = address
        self.hostName = hostName
        self.joinedAt = joinedAt
        self.revokedAt = revokedAt
    }
}

/// A label of an agent.
package struct LabelRecord: Sendable, Hashable {
    package let agent: AgentID
    package let label: Label

    package init(agent: AgentID, label: Label) {
        self.agent = agent
        self.label = label
    }
}

/// A published version of an app. Its archive is a file named by the digest.
package struct VersionRecord: Sendable, Equatable, Codable {
    package let app: AppName
    package let version: AppVersion
    package let digest: Digest
    package let size: Int64
    package let title: String
    package let publishedAt: Timestamp
    /// What the app says of itself, as JSON; nil for one that was published before manifests were kept.
    package let manifest: RawJSON?
    /// The administrator who published it; nil for one that was published before they were kept.
    package let publishedBy: Administrator?

    package init(
        app: AppName, version: AppVersion, digest: Digest, size: Int64, title: String, publishedAt: Timestamp,
        manifest: RawJSON?, publishedBy: Administrator?
    ) {
        self.app = app
        self.version = version
        self.digest = digest
        self.size = size
        self.title = title
        self.publishedAt = publishedAt
        self.manifest = manifest
        self.publishedBy = publishedBy
    }
}

/// That somebody has seen what a version asks for and lets it have that.
package struct ApprovalRecord: Sendable, Equatable, Codable {
    package let app: AppName
    package let version: AppVersion
    package let approvedBy: Administrator
    package let approvedAt: Timestamp

    package init(app: AppName, version: AppVersion, approvedBy: Administrator, approvedAt: Timestamp) {
        self.app = app
        self.version = version
        self.approvedBy = approvedBy
        self.approvedAt = approvedAt
    }
}

/// The version of an app that its agents should have online.
package struct OnlineRecord: Sendable, Equatable, Codable {
    package let app: AppName
    package let version: AppVersion
    package let since: Timestamp
    /// The version that was online before it; nil where there was none.
    package let before: AppVersion?

    package init(app: AppName, version: AppVersion, since: Timestamp, before: AppVersion? = nil) {
        self.app = app
        self.version = version
        self.since = since
        self.before = before
    }
}

/// The last rollout of an app, as JSON of the component that decides it.
package struct RolloutRecord: Sendable, Equatable, Codable {
    package let app: AppName
    package let state: String

    package init(app: AppName, state: String) {
        self.app = app
        self.state = state
    }
}

/// An app that an agent may run.
package struct BindingRecord: Sendable, Hashable, Codable {
    package let app: AppName
    package let agent: AgentID
    /// What the app may have on that host beside its language's policy, sorted.
    package let grants: [Grant]

    package init(app: AppName, agent: AgentID, grants: [Grant] = []) {
        self.app = app
        self.agent = agent
        self.grants = grants
    }
}

/// A key of `/api/v2`. The secret is kept in clear, since the old signature needs it; the file is the center's alone.
package struct KeyRecord: Sendable, Equatable, Codable {
    package let id: AuthID
    package let secret: String
    package let app: AppName
    package let sources: [IPv4Range]
    /// Whether each of its signatures counts once only.
    package let once: Bool
    package let createdAt: Timestamp
    package var revokedAt: Timestamp?

    package init(
        id: AuthID, secret: String, app: AppName, sources: [IPv4Range], once: Bool, createdAt: Timestamp,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.secret = secret
        self.app = app
        self.sources = sources
        self.once = once
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}

/// A token that was handed out once; only its digest is kept.
package struct TokenRecord: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable {
        /// Lets one agent join, once.
        case join
        /// Lets an administrator use the center over the network until it expires.
        case admin
    }

    package let digest: Digest
    package let kind: Kind
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    package var usedAt: Timestamp?

    package init(digest: Digest, kind: Kind, createdAt: Timestamp, expiresAt: Timestamp, usedAt: Timestamp? = nil) {
        self.digest = digest
        self.kind = kind
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }
}

/// A task that has ended.
package struct TaskRecord: Sendable, Equatable {
    package let agent: AgentID
    package let report: TaskReport
    /// The agent's report, where it came after the center had given the task up; `report` is then what the caller was told.
    package var lateReport: TaskReport?
    /// What the task was; nil where this center never knew it, and of tasks from before it was kept.
    package let spec: TaskSpec?
    /// When its last attempt was sent; nil if none was.
    package let sentAt: Timestamp?

    package init(
        agent: AgentID, report: TaskReport, lateReport: TaskReport? = nil, spec: TaskSpec? = nil, sentAt: Timestamp? = nil
    ) {
        self.agent = agent
        self.report = report
        self.lateReport = lateReport
        self.spec = spec
        self.sentAt = sentAt
    }
}

/// The tasks that have not ended, and the queues that have such tasks or may get some.
package struct UnendedTasks: Sendable {
    package var tasks: [(life: TaskLife, number: Int)] = []
    package var queues: [QueueLife] = []

    package init() {}
}

/// A queue with all its tasks.
package struct QueueRecord: Sendable, Equatable {
    package let life: QueueLife
    package let unended: [TaskLife]
    package let ended: [TaskRecord]

    package init(life: QueueLife, unended: [TaskLife], ended: [TaskRecord]) {
        self.life = life
        self.unended = unended
        self.ended = ended
    }
}

/// A schedule. What it is and how it stands is JSON of the component that decides it.
package struct CronRecord: Sendable, Equatable {
    package let id: CronID
    package let app: AppName
    package let agent: AgentID
    package let draft: String
    package let clock: String
    package let createdAt: Timestamp
    /// The tasks of its latest runs by their numbers.
    package var running: [Int: TaskID] = [:]

    package init(id: CronID, app: AppName, agent: AgentID, draft: String, clock: String, createdAt: Timestamp) {
        self.id = id
        self.app = app
        self.agent = agent
        self.draft = draft
        self.clock = clock
        self.createdAt = createdAt
    }
}

/// Everything but the tasks, as it stood when the center started.
package struct StoreSnapshot: Sendable, Equatable {
    package var agents: [AgentRecord] = []
    /// Those of an agent in the order of their names.
    package var labels: [LabelRecord] = []
    package var versions: [VersionRecord] = []
    /// In the order in which they were given.
    package var approvals: [ApprovalRecord] = []
    package var online: [OnlineRecord] = []
    package var rollouts: [RolloutRecord] = []
    package var bindings: [BindingRecord] = []
    package var keys: [KeyRecord] = []

    package init() {}
}
