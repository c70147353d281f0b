package import ElvesJSON
package import ElvesModel

/// What made a task.
package enum TaskOrigin: Sendable, Hashable, Codable {
    /// A caller who waits for the answer. Such a task is sent at most once, and is not stored before it has ended.
    case call
    /// A caller who reads the outcome later.
    case submission
    case queue(QueueID)
    /// A schedule of the center, for the time that was planned.
    case cron(CronID, planned: Timestamp)
    /// A schedule of the agent itself, by the name of its rule.
    case agentCron(String, planned: Timestamp)

    /// The kind, as answers and the record name it.
    package var kind: String {
        switch self {
        case .call: "rt"
        case .submission: "task"
        case .queue: "queue"
        case .cron: "cron"
        case .agentCron: "agent-cron"
        }
    }

    /// The queue, schedule or rule that made the task.
    package var source: String? {
        switch self {
        case .call, .submission: nil
        case .queue(let id): id.text
        case .cron(let id, _): id.text
        case .agentCron(let rule, _): rule
        }
    }

    /// The time for which a schedule made the task.
    package var planned: Timestamp? {
        switch self {
        case .call, .submission, .queue: nil
        case .cron(_, let planned), .agentCron(_, let planned): planned
        }
    }

    package var queue: QueueID? { if case .queue(let id) = self { id } else { nil } }

    package var json: RawJSON {
        .object { members in
            members.add("kind", kind)
            members.add("source", ifPresent: source)
            if let planned { members.add("planned_at", planned.microseconds) }
        }
    }

    /// - Throws: `JSONError` naming the member.
    package init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        let kind = try object.require("kind", object.string("kind"))
        func source() throws -> String { try object.require("source", object.string("source")) }
        func planned() throws -> Timestamp {
            Timestamp(microseconds: try object.require("planned_at", object.integer("planned_at")))
        }
        switch kind {
        case "rt": self = .call
        case "task": self = .submission
        case "queue": self = .queue(QueueID(try source()))
        case "cron": self = .cron(CronID(try source()), planned: try planned())
        case "agent-cron": self = .agentCron(try source(), planned: try planned())
        default: throw JSONError.message("unknown kind of task \"\(kind.prefix(40))\"")
        }
    }
}
