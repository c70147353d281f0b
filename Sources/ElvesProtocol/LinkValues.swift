package import ElvesJSON
package import ElvesModel

package enum LinkProtocol {
    /// The versions of the link this build speaks.
    package static let versions = [1]
    /// The name by which both ends agree on this protocol in the TLS handshake.
    package static let alpn = "elves.link.v1"
    /// The name in the center's certificate that an agent expects, whatever address it dialled.
    package static let serverName = "center.elves.internal"
    /// The longest frame, in bytes: a worker's longest line and its envelope.
    package static let frameLimit = 2 << 20
}

/// An app version that an agent should have online.
package struct AppAssignment: Sendable, Hashable, Codable {
    package let app: AppName
    package let version: AppVersion
    package let digest: Digest
    /// Of the archive, in bytes.
    package let size: Int64
    /// What the app may have on the agent's host beside its language's policy.
    package let grants: [Grant]

    package init(app: AppName, version: AppVersion, digest: Digest, size: Int64, grants: [Grant] = []) {
        self.app = app
        self.version = version
        self.digest = digest
        self.size = size
        self.grants = grants
    }

    var json: RawJSON {
        .object { members in
            members.add("app", app.text)
            members.add("version", version.text)
            members.add("sha256", digest.hex)
            members.add("size", size)
            if !grants.isEmpty { members.add("grants", grants.map { RawJSON.string($0.description) }) }
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        app = try AppName(object.require("app", object.string("app")))
        version = try AppVersion(object.require("version", object.string("version")))
        digest = try Digest(hex: object.require("sha256", object.string("sha256")))
        size = try object.require("size", object.integer("size"))
        grants = try (object.array("grants") ?? []).compactMap(\.stringValue).map { try Grant($0) }
    }
}

/// What an agent says of one app it has.
package struct AppReport: Sendable, Hashable, Codable {
    package let app: AppName
    /// The version that takes new calls; nil while there is none.
    package let online: AppVersion?
    /// Why the assigned version is not online, in words; nil when all is well.
    package let problem: String?
    /// The version that has the problem.
    package let problemVersion: AppVersion?
    /// The version of the app that was last found changed on this host, since the agent started; it may be repaired by now.
    package let quarantine: Quarantine?
    /// What the version that is online runs under.
    package let policy: PolicyInUse?

    package init(
        app: AppName, online: AppVersion?, problem: String?, problemVersion: AppVersion? = nil,
        quarantine: Quarantine? = nil, policy: PolicyInUse? = nil
    ) {
        self.app = app
        self.online = online
        self.problem = problem
        self.problemVersion = problemVersion
        self.quarantine = quarantine
        self.policy = policy
    }

    var json: RawJSON {
        .object { members in
            members.add("app", app.text)
            members.add("online", ifPresent: online?.text)
            members.add("problem", ifPresent: problem)
            members.add("problem_version", ifPresent: problemVersion?.text)
            if let quarantine { members.add("quarantine", quarantine.json) }
            if let policy { members.add("policy", policy.json) }
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        app = try AppName(object.require("app", object.string("app")))
        online = try object.string("online").map { try AppVersion($0) }
        problem = try object.string("problem")
        problemVersion = try object.string("problem_version").map { try AppVersion($0) }
        quarantine = try object.raw("quarantine").map(Quarantine.init)
        policy = try object.raw("policy").map(PolicyInUse.init)
    }
}

/// A version whose files on a host were found to be others than were installed.
package struct Quarantine: Sendable, Hashable, Codable {
    package let version: AppVersion
    /// When it was found, by the agent's clock.
    package let at: Timestamp
    /// What differs, in words, and where the folder is kept.
    package let finding: String

    package init(version: AppVersion, at: Timestamp, finding: String) {
        self.version = version
        self.at = at
        self.finding = finding
    }

    var json: RawJSON {
        .object { members in
            members.add("version", version.text)
            members.add("at_us", at.microseconds)
            members.add("finding", finding)
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        version = try AppVersion(object.require("version", object.string("version")))
        at = Timestamp(microseconds: try object.require("at_us", object.integer("at_us")))
        finding = try object.require("finding", object.string("finding"))
    }
}

/// How an agent stands: sent at the start of a link and with every heartbeat.
package struct AgentStatus: Sendable, Hashable, Codable {
    package let apps: [AppReport]
    /// The host's facts: one flat JSON object.
    package let facts: RawJSON
    /// The layers of the sandbox that the host cannot give.
    package let missingLayers: [MissingLayer]

    package init(apps: [AppReport], facts: RawJSON, missingLayers: [MissingLayer] = []) {
        self.apps = apps
        self.facts = facts
        self.missingLayers = missingLayers
    }

    func add(to members: inout JSONWriter.Members) {
        members.add("apps", apps.map(\.json))
        members.add("facts", facts)
        if !missingLayers.isEmpty { members.add("missing_layers", missingLayers.map(\.json)) }
    }

    init(_ object: JSONObject) throws {
        apps = try (object.array("apps") ?? []).map(AppReport.init)
        facts = object.raw("facts") ?? .emptyObject
        missingLayers = try (object.array("missing_layers") ?? []).map(MissingLayer.init)
    }
}

/// A call the center sends to an agent.
package struct RunOrder: Sendable, Equatable, Codable {
    package let task: TaskID
    package let trace: TraceID
    package let app: AppName
    package let function: String
    package let param: RawJSON
    /// The time the function has, from the order's arrival at the agent; at most the function's own timeout.
    package let timeout: Duration
    /// The version that has to run, whatever is online; nil takes the one that is.
    package let pin: AppAssignment?
    /// Which attempt at the task this is, from 1. The report carries it, and only the last one sent counts.
    package let attempt: Int
    /// Whether the agent writes down that it takes the task on before it starts it, so that it is never started twice.
    package let isStored: Bool
    /// A timeout that leaves it to the function's own: longer than any manifest allows.
    package static let functionsOwnTimeout = Duration.seconds(86_400)

    package init(
        task: TaskID, trace: TraceID, app: AppName, function: String, param: RawJSON, timeout: Duration,
        pin: AppAssignment? = nil, attempt: Int = 1, isStored: Bool = false
    ) {
        self.pin = pin
        self.attempt = attempt
        self.isStored = isStored
        self.task = task
        self.trace = trace
        self.app = app
        self.function = function
        self.param = param
        self.timeout = timeout
    }
}

/// What became of a call, as the agent that ran it reports it. Carries everything the record needs, so that a center that
/// lost its own note of the task can still record it.
package struct TaskReport: Sendable, Equatable, Codable {
    package let task: TaskID
    package let trace: TraceID
    package let app: AppName
    /// The version that ran; nil if none did.
    package let version: AppVersion?
    package let function: String
    package let flag: TaskFlag
    /// The function's answer, or a text about what went wrong.
    package let result: RawJSON
    package let reason: Reason?
    package let receivedAt: Timestamp
    /// When a worker got the call; nil if none did.
    package let startedAt: Timestamp?
    package let endedAt: Timestamp
    /// Nil if its sandbox has nothing to tell.
    package let sandbox: SandboxRecord?
    /// The attempt that the order named.
    package let attempt: Int
    /// SHA-256 of the archive of the version that ran; nil if none did.
    package let digest: Digest?
    /// The policy that it ran under, as `name@digest`; nil if none did.
    package let policy: String?

    package init(
        task: TaskID, trace: TraceID, app: AppName, version: AppVersion?, function: String, flag: TaskFlag,
        result: RawJSON, reason: Reason?, receivedAt: Timestamp, startedAt: Timestamp?, endedAt: Timestamp,
        sandbox: SandboxRecord? = nil, attempt: Int = 1, digest: Digest? = nil, policy: String? = nil
    ) {
        self.digest = digest
        self.policy = policy
        self.attempt = attempt
        self.task = task
        self.trace = trace
        self.app = app
        self.version = version
        self.function = function
        self.flag = flag
        self.result = result
        self.reason = reason
        self.receivedAt = receivedAt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.sandbox = sandbox
    }

    /// The time from the order's arrival to its end, in milliseconds: the `worker_costtime` of the REST API.
    package var costMilliseconds: Int64 { max(0, (endedAt.microseconds - receivedAt.microseconds) / 1000) }
}
