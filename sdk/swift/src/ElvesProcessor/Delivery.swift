/// A verified request of a center.
public struct Delivery: Equatable, Sendable {
    /// The same each time this delivery is sent.
    public let id: String
    /// What it is about, such as `task.finished`.
    public let type: String
    /// How a task ended; nil for types that this version does not know, which are to be answered with 200 and ignored.
    public let outcome: Outcome?

    init(id: String, _ body: JSON) throws(BadBody) {
        self.id = id
        type = try body.value("type", "a text", \.text)
        outcome = type == "task.finished" ? try Outcome(body.value("data", "an object", \.object)) : nil
    }
}

/// How a task ended.
public struct Outcome: Equatable, Sendable {
    public let instruction: Instruction
    public let flag: Flag
    /// What the function answered, or a text that says why there is no answer.
    public let result: JSON
    /// Why the flag is not true, when it was not the function itself that said so.
    public let reason: String?
    /// From the call on the agent to its answer.
    public let cost: Duration

    /// Whether the function did what it is for.
    public enum Flag: Int, Sendable {
        case noAnswer = -1
        case `false` = 0
        case `true` = 1
    }

    init(_ data: JSON) throws(BadBody) {
        instruction = try Instruction(data.value("instruction", "an object", \.object))
        flag = try data.value("flag", "1, 0 or -1") { $0.integer.flatMap(Flag.init(rawValue:)) }
        guard let result = data["result"] else { throw BadBody("there is no \"result\"") }
        self.result = result
        reason = try data.optional("reason", "a text", \.text)
        let milliseconds = try data.value("cost_ms", "a number from 0 on") { $0.number.flatMap { $0 >= 0 ? $0 : nil } }
        cost = .milliseconds(min(milliseconds, Self.century))
    }

    private static let century = 3_155_760_000_000.0
}

/// What was to be done.
public struct Instruction: Equatable, Sendable {
    public let id: String
    /// The address of the agent.
    public let ip: String
    public let agent: String
    /// `rt`, `queue`, `cron` or `agent-cron`.
    public let mode: String
    public let app: String
    public let version: String
    public let function: String
    public let param: JSON
    /// Seconds.
    public let timeout: Double

    init(_ data: JSON) throws(BadBody) {
        id = try data.value("id", "a text", \.text)
        ip = try data.value("ip", "a text", \.text)
        agent = try data.value("agent", "a text", \.text)
        mode = try data.value("mode", "a text", \.text)
        app = try data.value("app", "a text", \.text)
        version = try data.value("version", "a text", \.text)
        function = try data.value("function", "a text", \.text)
        param = data["param"] ?? .null
        timeout = try data.value("timeout", "a number", \.number)
    }
}

/// What is wrong with a body.
struct BadBody: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

extension JSON {
    /// The value itself, if it is an object.
    fileprivate var object: JSON? { members == nil ? nil : self }

    fileprivate func value<Value>(_ key: String, _ kind: String, _ read: (JSON) -> Value?) throws(BadBody) -> Value {
        guard let value = self[key].flatMap(read) else { throw BadBody("\"\(key)\" is not \(kind)") }
        return value
    }

    fileprivate func optional<Value>(
        _ key: String, _ kind: String, _ read: (JSON) -> Value?
    ) throws(BadBody) -> Value? {
        guard let value = self[key], !value.isNull else { return nil }
        guard let read = read(value) else { throw BadBody("\"\(key)\" is not \(kind)") }
        return read
    }
}
