package import ElvesJSON
package import ElvesModel

/// A frame from an agent to its center.
package enum AgentFrame: Sendable, Equatable {
    /// The first frame: who speaks which versions, and which attempts the agent still holds (running, or with a result that the
    /// center has not acknowledged).
    case hello(AgentHello)
    case heartbeat(AgentStatus)
    case result(TaskReport)

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { members in
            switch self {
            case .hello(let hello):
                members.add("type", "hello")
                members.add("protocols", hello.protocols.map { RawJSON.integer($0) })
                members.add("agent_version", hello.agentVersion)
                members.add("holding", hello.holding.map(\.text))
                hello.status.add(to: &members)
            case .heartbeat(let status):
                members.add("type", "heartbeat")
                status.add(to: &members)
            case .result(let report):
                members.add("type", "result")
                report.add(to: &members)
            }
        }
        return writer.bytes
    }

    /// - Throws: `JSONError` or `InvalidName` saying what is wrong with the frame.
    package init(bytes: [UInt8]) throws {
        let object = try JSONObject(parsing: bytes, limits: JSONLimits(bytes: LinkProtocol.frameLimit, depth: 80))
        let type = try object.require("type", object.string("type"))
        switch type {
        case "hello":
            self = .hello(
                AgentHello(
                    protocols: try (object.array("protocols") ?? []).compactMap { Int($0.text) },
                    agentVersion: try object.require("agent_version", object.string("agent_version")),
                    holding: try (object.array("holding") ?? []).compactMap(\.stringValue).map { AttemptID($0) },
                    status: try AgentStatus(object)))
        case "heartbeat": self = .heartbeat(try AgentStatus(object))
        case "result": self = .result(try TaskReport(object))
        default: throw JSONError.message("unknown frame type \"\(type.prefix(40))\"")
        }
    }
}

/// The content of an agent's first frame.
package struct AgentHello: Sendable, Equatable {
    package let protocols: [Int]
    package let agentVersion: String
    package let holding: [AttemptID]
    package let status: AgentStatus

    package init(protocols: [Int], agentVersion: String, holding: [AttemptID], status: AgentStatus) {
        self.protocols = protocols
        self.agentVersion = agentVersion
        self.holding = holding
        self.status = status
    }
}

extension TaskReport {
    package func add(to members: inout JSONWriter.Members) {
        members.add("task", task.text)
        members.add("trace", trace.text)
        members.add("app", app.text)
        members.add("version", ifPresent: version?.text)
        members.add("function", function)
        members.add("flag", flag.rawValue)
        members.add("result", result)
        members.add("reason", ifPresent: reason?.word)
        members.add("received_at", receivedAt.microseconds)
        if let startedAt { members.add("started_at", startedAt.microseconds) }
        members.add("ended_at", endedAt.microseconds)
        if let sandbox { members.add("sandbox", sandbox.json) }
        if attempt != 1 { members.add("attempt", attempt) }
        members.add("digest", ifPresent: digest?.hex)
        members.add("policy", ifPresent: policy)
    }

    package init(_ object: JSONObject) throws {
        let flag = try object.require("flag", object.integer("flag"))
        guard let flag = TaskFlag(rawValue: Int(flag)) else { throw JSONError.message("flag must be -1, 0 or 1") }
        self.init(
            task: TaskID(try object.require("task", object.string("task"))),
            trace: TraceID(try object.string("trace") ?? ""),
            app: try AppName(object.require("app", object.string("app"))),
            version: try object.string("version").map { try AppVersion($0) },
            function: try object.require("function", object.string("function")),
            flag: flag,
            result: try object.require("result", object.raw("result")),
            reason: try object.string("reason").map { Reason($0) },
            receivedAt: Timestamp(microseconds: try object.require("received_at", object.integer("received_at"))),
            startedAt: try object.integer("started_at").map { Timestamp(microseconds: $0) },
            endedAt: Timestamp(microseconds: try object.require("ended_at", object.integer("ended_at"))),
            sandbox: try object.raw("sandbox").map(SandboxRecord.init),
            attempt: Int(clamping: try object.integer("attempt") ?? 1),
            digest: try object.string("digest").map { try Digest(hex: $0) },
            policy: try object.string("policy"))
    }
}
