package import ElvesJSON
package import ElvesModel

/// Everything that was decided about a task when it was admitted. It never changes afterwards.
package struct TaskSpec: Sendable, Equatable, Codable {
    package let id: TaskID
    package let trace: TraceID
    package let origin: TaskOrigin
    package let agent: AgentID
    package let app: AppName
    package let function: String
    package let param: RawJSON
    /// The time the function has, from the order's arrival at the agent.
    package let timeout: Duration
    /// Whether the app's processor is told how the task ended.
    package let callsProcessor: Bool
    /// The tasks of the same queue that have to end first.
    package let after: [TaskDependency]
    /// Nil for a function that may not be started twice.
    package let retry: RetryRule?
    package let offline: OfflineRule
    /// The version that has to run; nil takes the one that is online when the task arrives.
    package let pin: AppAssignment?
    package let admittedAt: Timestamp

    package init(
        id: TaskID, trace: TraceID, origin: TaskOrigin, agent: AgentID, app: AppName, function: String, param: RawJSON,
        timeout: Duration, callsProcessor: Bool = false, after: [TaskDependency] = [], retry: RetryRule? = nil,
        offline: OfflineRule = .original, pin: AppAssignment? = nil, admittedAt: Timestamp
    ) {
        self.id = id
        self.trace = trace
        self.origin = origin
        self.agent = agent
        self.app = app
        self.function = function
        self.param = param
        self.timeout = timeout
        self.callsProcessor = callsProcessor
        self.after = after
        self.retry = retry
        self.offline = offline
        self.pin = pin
        self.admittedAt = admittedAt
    }

    /// Whether the task is stored before it is sent, and kept until it has ended.
    package var isStored: Bool { origin != .call }

    package func order(attempt: Int) -> RunOrder {
        RunOrder(
            task: id, trace: trace, app: app, function: function, param: param, timeout: timeout, pin: pin,
            attempt: attempt, isStored: isStored)
    }

    /// As the store keeps it.
    package var json: RawJSON {
        .object { members in
            members.add("id", id.text)
            members.add("trace", trace.text)
            members.add("origin", origin.json)
            members.add("agent", agent.text)
            members.add("app", app.text)
            members.add("function", function)
            members.add("param", param)
            members.add("timeout_ms", timeout.milliseconds)
            if callsProcessor { members.add("processor", true) }
            if !after.isEmpty { members.add("after", after.map(\.json)) }
            members.add("retry", ifPresent: retry?.json)
            members.add("offline", offline.json)
            members.add("pin", ifPresent: pin?.json)
            members.add("admitted_at", admittedAt.microseconds)
        }
    }

    /// - Throws: `JSONError` or `InvalidName` naming the member.
    package init(_ object: JSONObject) throws {
        self.init(
            id: TaskID(try object.require("id", object.string("id"))),
            trace: TraceID(try object.require("trace", object.string("trace"))),
            origin: try TaskOrigin(object.require("origin", object.raw("origin"))),
            agent: AgentID(try object.require("agent", object.string("agent"))),
            app: try AppName(object.require("app", object.string("app"))),
            function: try object.require("function", object.string("function")),
            param: object.raw("param") ?? .null,
            timeout: .milliseconds(try object.require("timeout_ms", object.integer("timeout_ms"))),
            callsProcessor: try object.bool("processor") ?? false,
            after: try (object.array("after") ?? []).map(TaskDependency.init),
            retry: try object.raw("retry").map(RetryRule.init),
            offline: try OfflineRule(object.require("offline", object.raw("offline"))),
            pin: try object.raw("pin").map(AppAssignment.init),
            admittedAt: Timestamp(microseconds: try object.require("admitted_at", object.integer("admitted_at"))))
    }
}
