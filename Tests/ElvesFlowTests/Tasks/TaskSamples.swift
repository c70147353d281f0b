import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol

let firstAgent = AgentID("agent-1")
let otherAgent = AgentID("agent-2")
let firstLink = LinkSession(number: 1)
let secondLink = LinkSession(number: 2)

/// So many seconds after noon, on both clocks.
func after(_ seconds: Int64) -> Moment {
    Moment(wall: noon + .seconds(seconds), steady: .seconds(seconds))
}

func spec(
    _ id: String, on agent: AgentID = firstAgent, origin: TaskOrigin = .submission, after: [TaskDependency] = [],
    retry: RetryRule? = nil, offline: OfflineRule = .original, timeout: Duration = .seconds(5)
) throws -> TaskSpec {
    TaskSpec(
        id: TaskID(id), trace: TraceID("trace-\(id)"), origin: origin, agent: agent, app: try AppName("hello"),
        function: "greet", param: .string(id), timeout: timeout, after: after, retry: retry, offline: offline,
        admittedAt: noon)
}

func queue(_ id: String, concurrency: Int? = nil) throws -> QueueLife {
    QueueLife(id: QueueID(id), app: try AppName("hello"), createdAt: noon, concurrency: concurrency)
}

/// What an agent reports of an attempt at a task.
func report(_ id: String, attempt: Int, flag: TaskFlag = .succeeded, reason: Reason? = nil) throws -> TaskReport {
    TaskReport(
        task: TaskID(id), trace: TraceID("trace-\(id)"), app: try AppName("hello"), version: try AppVersion("1.0.0"),
        function: "greet", flag: flag, result: .string("done"), reason: reason, receivedAt: noon, startedAt: noon,
        endedAt: noon, attempt: attempt)
}

extension TaskBook {
    /// A book whose first agent is linked.
    static func linked(limits: Limits = Limits()) -> TaskBook {
        var book = TaskBook(limits: limits)
        _ = book.linked(firstAgent, firstLink, holding: [], at: after(0))
        return book
    }
}

extension TaskStep {
    /// The tasks that leave for agents, in their order.
    var sent: [String] {
        (now + afterwards).compactMap { if case .send(_, let order) = $0 { order.task.text } else { nil } }
    }

    /// How tasks have ended, in their order: id and reason, or flag.
    var ends: [String] {
        changes.compactMap { change in
            guard case .ended(let outcome) = change else { return nil }
            return "\(outcome.spec.id) \(outcome.report.reason?.word ?? "\(outcome.report.flag.rawValue)")"
        }
    }
}
