import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// That an agent takes a stored task on, as it writes it down before the function starts: enough to report the attempt if the
/// agent ends before there is a result.
package struct TaskIntent: Equatable, Sendable {
    package let id: AttemptID
    package let trace: TraceID
    package let app: AppName
    package let function: String
    /// When the order came.
    package let receivedAt: Timestamp

    package init(_ order: RunOrder, receivedAt: Timestamp) {
        id = order.id
        trace = order.trace
        app = order.app
        function = order.function
        self.receivedAt = receivedAt
    }

    /// One line of JSON, without its line feed.
    package var line: [UInt8] {
        RawJSON.object { members in
            members.add("task", id.task.text)
            members.add("attempt", id.number)
            members.add("trace", trace.text)
            members.add("app", app.text)
            members.add("function", function)
            members.add("received_at", receivedAt.microseconds)
        }.bytes
    }

    /// - Throws: `JSONError` or `InvalidName` saying what is wrong with the line.
    package init(line: [UInt8]) throws {
        let object = try JSONObject(parsing: line)
        id = AttemptID(
            TaskID(try object.require("task", object.string("task"))),
            Int(clamping: try object.require("attempt", object.integer("attempt"))))
        trace = TraceID(try object.require("trace", object.string("trace")))
        app = try AppName(object.require("app", object.string("app")))
        function = try object.require("function", object.string("function"))
        receivedAt = Timestamp(microseconds: try object.require("received_at", object.integer("received_at")))
    }

    /// What the next agent says of the attempt.
    package func lost(at now: Timestamp) -> TaskReport {
        TaskReport(
            task: id.task, trace: trace, app: app, version: nil, function: function, flag: .error,
            result: .string(
                "the agent ended while it had this task; whether the function ran, and how far, is unknown. "
                    + "Look on the host before you start it again"),
            reason: .agentLost, receivedAt: receivedAt, startedAt: nil, endedAt: now, attempt: id.number)
    }
}
