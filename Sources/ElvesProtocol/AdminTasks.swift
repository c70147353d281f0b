package import ElvesJSON
package import ElvesModel

/// `POST /admin/v1/run`
package struct RunRequest: Sendable {
    /// An agent's id, address or host name.
    package let agent: String
    package let app: AppName
    /// The version that has to run; nil takes the one that is online there.
    package let version: AppVersion?
    package let function: String
    package let param: RawJSON
    package let timeout: Duration

    package init(
        agent: String, app: AppName, version: AppVersion? = nil, function: String, param: RawJSON, timeout: Duration
    ) {
        self.agent = agent
        self.app = app
        self.version = version
        self.function = function
        self.param = param
        self.timeout = timeout
    }

    package var json: RawJSON {
        .object { members in
            members.add("agent", agent)
            members.add("app", app.text)
            members.add("version", ifPresent: version?.text)
            members.add("function", function)
            members.add("param", param)
            members.add("timeout_ms", timeout.milliseconds)
        }
    }

    /// - Throws: `JSONError` or `InvalidName` naming the member.
    package init(_ object: JSONObject) throws {
        agent = try object.require("agent", object.string("agent"))
        app = try AppName(object.require("app", object.string("app")))
        version = try object.string("version").map { try AppVersion($0) }
        function = try object.require("function", object.string("function"))
        param = object.raw("param") ?? .null
        timeout = .milliseconds(try object.integer("timeout_ms") ?? 90_000)
    }
}

/// A task that has ended, as `POST /admin/v1/run` and `GET /admin/v1/tasks/ID` show it: the members of its report and
/// `agent`; `late_report` where the agent's own report came after the center had given the task up; and where the center knows
/// them, `origin`, `queued_at` and `sent_at`, in microseconds as all times of a report.
package struct TaskView: Sendable {
    package let agent: AgentID
    package let report: TaskReport
    package let lateReport: TaskReport?
    package let origin: TaskOrigin?
    package let queuedAt: Timestamp?
    package let sentAt: Timestamp?

    package init(
        agent: AgentID, report: TaskReport, lateReport: TaskReport?, origin: TaskOrigin? = nil, queuedAt: Timestamp? = nil,
        sentAt: Timestamp? = nil
    ) {
        self.agent = agent
        self.report = report
        self.lateReport = lateReport
        self.origin = origin
        self.queuedAt = queuedAt
        self.sentAt = sentAt
    }

    package var json: RawJSON {
        .object { members in
            members.add("agent", agent.text)
            report.add(to: &members)
            members.add("origin", ifPresent: origin?.json)
            if let queuedAt { members.add("queued_at", queuedAt.microseconds) }
            if let sentAt { members.add("sent_at", sentAt.microseconds) }
            if let lateReport { members.add("late_report") { lateReport.add(to: &$0) } }
        }
    }

    /// - Throws: `JSONError` or `InvalidName` naming the member.
    package init(_ object: JSONObject) throws {
        agent = AgentID(try object.require("agent", object.string("agent")))
        report = try TaskReport(object)
        lateReport = try object.raw("late_report").map { try TaskReport(JSONObject($0)) }
        origin = try object.raw("origin").map { try TaskOrigin($0) }
        queuedAt = try object.integer("queued_at").map { Timestamp(microseconds: $0) }
        sentAt = try object.integer("sent_at").map { Timestamp(microseconds: $0) }
    }
}
