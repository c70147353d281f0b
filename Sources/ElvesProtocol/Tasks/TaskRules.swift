package import ElvesJSON
package import ElvesModel

/// A task that has to end before another one may be sent.
package struct TaskDependency: Sendable, Hashable, Codable {
    /// How it has to end. A task that was stopped or skipped has neither succeeded nor failed.
    package enum Condition: String, Sendable, Hashable, Codable, CaseIterable {
        case success, failure, always
    }

    package let task: TaskID
    package let when: Condition

    package init(_ task: TaskID, when: Condition = .success) {
        self.task = task
        self.when = when
    }

    var json: RawJSON {
        .object { members in
            members.add("task", task.text)
            members.add("when", when.rawValue)
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        task = TaskID(try object.require("task", object.string("task")))
        let word = try object.string("when") ?? Condition.success.rawValue
        guard let condition = Condition(rawValue: word) else {
            throw JSONError.message("when must be success, failure or always, not \"\(word.prefix(40))\"")
        }
        when = condition
    }
}

/// When a task that did not succeed is tried again. Only functions that their author declared idempotent are.
package struct RetryRule: Sendable, Hashable, Codable {
    /// How often the task is tried in all, 1…20.
    package let attempts: Int
    /// The pause before the second attempt; each later one is twice as long, up to an hour.
    package let pause: Duration
    private static let longestPause = Duration.seconds(3600)

    /// - Throws: `JSONError` naming what is allowed.
    package init(attempts: Int, pause: Duration) throws(JSONError) {
        guard (1...20).contains(attempts) else { throw .message("attempts must be 1 to 20, not \(attempts)") }
        guard pause >= .zero, pause <= Self.longestPause else { throw .message("pause must be 0 to 3600 seconds") }
        self.attempts = attempts
        self.pause = pause
    }

    /// The pause after so many attempts.
    package func pause(after attempts: Int) -> Duration {
        var pause = self.pause
        for _ in 1..<max(1, attempts) where pause < Self.longestPause { pause = pause * 2 }
        return min(pause, Self.longestPause)
    }

    var json: RawJSON {
        .object { members in
            members.add("attempts", attempts)
            members.add("pause_ms", pause.milliseconds)
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        try self.init(
            attempts: Int(clamping: object.require("attempts", object.integer("attempts"))),
            pause: .milliseconds(try object.integer("pause_ms") ?? 1000))
    }
}

/// What becomes of a task whose agent is not connected when the task could be sent.
package struct OfflineRule: Sendable, Hashable, Codable {
    /// How long the task waits for the agent.
    package let patience: Duration
    /// Whether it is skipped then, and has not failed.
    package let skips: Bool

    package init(patience: Duration, skips: Bool = false) {
        self.patience = patience
        self.skips = skips
    }

    /// As long as the original tried to connect to an agent.
    package static let original = OfflineRule(patience: .seconds(30))

    var json: RawJSON {
        .object { members in
            members.add("patience_ms", patience.milliseconds)
            if skips { members.add("skips", true) }
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        patience = .milliseconds(try object.require("patience_ms", object.integer("patience_ms")))
        skips = try object.bool("skips") ?? false
    }
}
