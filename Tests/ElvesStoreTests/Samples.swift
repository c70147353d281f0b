import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore

let noon = Timestamp(microseconds: 1_750_000_000_000_000)

func seconds(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: noon.microseconds + seconds * 1_000_000) }

func digest(_ seed: UInt8) -> Digest { Digest(bytes: Array(repeating: seed, count: 32)) }

func address(_ last: UInt8) throws -> IPv4Address {
    guard let address = IPv4Address("10.0.0.\(last)") else { throw InvalidName(what: "address", text: "\(last)", rule: "") }
    return address
}

func agent(_ name: String, at last: UInt8 = 1, joined: Timestamp = noon) throws -> AgentRecord {
    AgentRecord(id: AgentID(name), address: try address(last), hostName: "host \"\(name)\"", joinedAt: joined)
}

func token(_ seed: UInt8, _ kind: TokenRecord.Kind = .join, lives: Int64 = 60) -> TokenRecord {
    TokenRecord(digest: digest(seed), kind: kind, createdAt: noon, expiresAt: seconds(lives))
}

func version(
    _ text: String, of app: String = "hello", digest seed: UInt8 = 1, at time: Timestamp = noon,
    manifest: String? = #"{"title":"Hällo"}"#
) throws -> VersionRecord {
    VersionRecord(
        app: try AppName(app), version: try AppVersion(text), digest: digest(seed), size: 1 << 33, title: "Hällo '\(app)'",
        publishedAt: time, manifest: try manifest.map { try RawJSON(validating: $0) }, publishedBy: Administrator("local"))
}

func key(_ id: String, of app: String = "hello", created: Timestamp = noon) throws -> KeyRecord {
    let sources = ["10.0.0.0/8", "192.168.1.7"].compactMap { IPv4Range($0) }
    return KeyRecord(
        id: AuthID(id), secret: "s3cret '\"", app: try AppName(app), sources: sources, once: true, createdAt: created)
}

func task(
    _ id: String, by agent: String = "agent-1", flag: TaskFlag = .succeeded, result: String = #"{"a" : [1,"é"]}"#,
    reason: Reason? = nil, version: String? = "1.0.0", endedAt: Timestamp = seconds(1)
) throws -> TaskRecord {
    TaskRecord(
        agent: AgentID(agent),
        report: TaskReport(
            task: TaskID(id), trace: TraceID("trace"), app: try AppName("hello"),
            version: try version.map { try AppVersion($0) },
            function: "greet\0", flag: flag, result: try RawJSON(validating: result), reason: reason, receivedAt: noon,
            startedAt: version == nil ? nil : noon, endedAt: endedAt))
}

extension CenterStore {
    /// Joins an agent with a token of its own.
    func join(_ agent: AgentRecord, tokenSeed: UInt8) async throws {
        try await add(token(tokenSeed))
        try await join(agent, token: digest(tokenSeed), at: noon)
    }
}

extension CenterStore {
    /// Records reports of tasks that the store knows nothing else of.
    func record(_ tasks: [TaskRecord]) async throws(StoreError) {
        try await apply(tasks.map { .late($0.report, by: $0.agent) })
    }
}
