import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// What an app's processor is told when a task has ended: the event `task.ended`.
package struct TaskEndedEvent: Sendable {
    /// The longest body, in bytes; what Standard Webhooks advises. A longer result is left out, with its size and where it is.
    package static let limit = 20 << 10

    package let report: TaskReport
    package let agent: AgentID
    package let origin: TaskOrigin
    /// From 1.
    package let attempt: Int
    /// When the center took the task on.
    package let queuedAt: Timestamp
    /// When it went to the agent; nil if it never did.
    package let sentAt: Timestamp?
    /// Where the whole result can be fetched: a path of the center's REST API.
    package let resultPath: String

    package init(
        report: TaskReport, agent: AgentID, origin: TaskOrigin, attempt: Int, queuedAt: Timestamp, sentAt: Timestamp?,
        resultPath: String
    ) {
        self.report = report
        self.agent = agent
        self.origin = origin
        self.attempt = attempt
        self.queuedAt = queuedAt
        self.sentAt = sentAt
        self.resultPath = resultPath
    }

    /// Of a task that was stored.
    package init(spec: TaskSpec, report: TaskReport, sentAt: Timestamp?) {
        self.init(
            report: report, agent: spec.agent, origin: spec.origin, attempt: report.attempt, queuedAt: spec.admittedAt,
            sentAt: sentAt, resultPath: "/admin/v1/tasks/\(spec.id)")
    }

    /// The body of the callback: one JSON object, at most `limit` bytes.
    package func body() -> [UInt8] {
        let whole = json(withResult: true)
        return whole.count <= Self.limit ? whole : json(withResult: false)
    }

    private func json(withResult: Bool) -> [UInt8] {
        var writer = JSONWriter(reserving: withResult ? report.result.bytes.count + 1024 : 1024)
        writer.object { members in
            members.add("type", "task.ended")
            members.add("timestamp", report.endedAt.iso8601)
            members.add("data") { data in
                data.add("id", report.task.text)
                data.add("trace", report.trace.text)
                data.add("app", report.app.text)
                data.add("function", report.function)
                data.add("version", ifPresent: report.version?.text)
                data.add("agent", agent.text)
                data.add("attempt", attempt)
                data.add("flag", report.flag.rawValue)
                data.add("reason", ifPresent: report.reason?.word)
                switch origin {
                case .call, .submission: break
                case .queue(let id): data.add("queue", id.text)
                case .cron(let id, let planned):
                    data.add("cron", id.text)
                    data.add("planned_at", planned.iso8601)
                case .agentCron(let rule, let planned):
                    data.add("agent_cron", rule)
                    data.add("planned_at", planned.iso8601)
                }
                data.add("queued_at", queuedAt.iso8601)
                data.add("sent_at", ifPresent: sentAt?.iso8601)
                data.add("started_at", ifPresent: report.startedAt?.iso8601)
                data.add("ended_at", report.endedAt.iso8601)
                if withResult {
                    data.add("result", report.result)
                } else {
                    data.add("result_size", report.result.bytes.count)
                    data.add("result_path", resultPath)
                }
            }
        }
        return writer.bytes
    }
}
