package import ElvesModel

// Versions of apps on their hosts: bodies below `/admin/v1/apps/{app}`.

/// `POST …/promote`
package struct PromoteRequest: Codable, Sendable {
    package let version: AppVersion
    /// `3` or `10%` each; absent puts the version online everywhere at once.
    package let waves: [String]?
    /// The function that says whether a host is healthy.
    package let health: String?
    /// How many hosts may fail, `3` or `10%`; absent means none.
    package let maxErrors: String?
    /// How long a wave must prove itself, in seconds; absent means not at all.
    package let pauseSeconds: Int?
    /// How long a host may take, in seconds; absent means 300.
    package let hostSeconds: Int?

    package init(
        version: AppVersion, waves: [String]? = nil, health: String? = nil, maxErrors: String? = nil,
        pauseSeconds: Int? = nil, hostSeconds: Int? = nil
    ) {
        self.version = version
        self.waves = waves
        self.health = health
        self.maxErrors = maxErrors
        self.pauseSeconds = pauseSeconds
        self.hostSeconds = hostSeconds
    }

    enum CodingKeys: String, CodingKey {
        case version, waves, health
        case maxErrors = "max_errors"
        case pauseSeconds = "pause_seconds"
        case hostSeconds = "host_seconds"
    }
}

/// `GET …/status`: which version each host should have, and has.
package struct AppStatusView: Codable, Sendable {
    package let app: AppName
    /// The version that counts for hosts outside of a running rollout.
    package let online: AppVersion
    package let before: AppVersion?
    /// Published versions that need approval.
    package let waiting: [WaitingView]
    package let rollout: RolloutView?
    package let hosts: [HostView]

    package init(
        app: AppName, online: AppVersion, before: AppVersion?, waiting: [WaitingView], rollout: RolloutView?,
        hosts: [HostView]
    ) {
        self.waiting = waiting
        self.app = app
        self.online = online
        self.before = before
        self.rollout = rollout
        self.hosts = hosts
    }

    package struct WaitingView: Codable, Sendable {
        package let version: AppVersion
        /// What it asks for beyond what was approved, a line each.
        package let changes: [String]

        package init(version: AppVersion, changes: [String]) {
            self.version = version
            self.changes = changes
        }
    }

    package struct RolloutView: Codable, Sendable {
        package let version: AppVersion
        /// `running`, `finished` or `backed-out`.
        package let state: String
        /// The wave that runs, from 1, and how many there are.
        package let wave: Int?
        package let waves: Int
        package let reason: String?
        package let errors: Int
        package let allowedErrors: Int

        package init(
            version: AppVersion, state: String, wave: Int?, waves: Int, reason: String?, errors: Int, allowedErrors: Int
        ) {
            self.version = version
            self.state = state
            self.wave = wave
            self.waves = waves
            self.reason = reason
            self.errors = errors
            self.allowedErrors = allowedErrors
        }

        enum CodingKeys: String, CodingKey {
            case version, state, wave, waves, reason, errors
            case allowedErrors = "allowed_errors"
        }
    }

    package struct HostView: Codable, Sendable {
        package let agent: AgentID
        package let ip: IPv4Address
        package let isLinked: Bool
        package let wanted: AppVersion?
        package let online: AppVersion?
        package let problem: String?
        /// Its part in the last rollout: `waiting`, `assigned`, `checking`, `healthy` or `failed`; nil without one.
        package let state: String?
        package let grants: [Grant]

        package init(
            agent: AgentID, ip: IPv4Address, isLinked: Bool, wanted: AppVersion?, online: AppVersion?, problem: String?,
            state: String?, grants: [Grant]
        ) {
            self.agent = agent
            self.ip = ip
            self.isLinked = isLinked
            self.wanted = wanted
            self.online = online
            self.problem = problem
            self.state = state
            self.grants = grants
        }

        enum CodingKeys: String, CodingKey {
            case agent, ip, wanted, online, problem, state, grants
            case isLinked = "linked"
        }
    }
}

/// `POST …/approve`
package struct ApproveRequest: Codable, Sendable {
    package let version: AppVersion
    package init(version: AppVersion) { self.version = version }
}

package struct ApproveReply: Codable, Sendable {
    package let app: AppName
    package let version: AppVersion
    /// What it has beyond what was approved before, a line each.
    package let changes: [String]

    package init(app: AppName, version: AppVersion, changes: [String]) {
        self.app = app
        self.version = version
        self.changes = changes
    }
}

/// `POST …/rollback`
package struct RollbackReply: Codable, Sendable {
    /// The version that counts now.
    package let version: AppVersion
    package init(version: AppVersion) { self.version = version }
}
