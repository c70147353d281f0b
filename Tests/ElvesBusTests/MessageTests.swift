import ElvesBus
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Foundation
import Testing

/// A bus between processes must be able to write every message down and read it again.
@Suite struct MessageTests {
    private let agent = AgentID("agent-1")
    private let app: AppName
    private let version: AppVersion
    private let status: AgentStatus
    private let report: TaskReport
    private let violation: ViolationReported

    init() throws {
        app = try AppName("hello")
        version = try AppVersion("1.0.0")
        status = AgentStatus(
            apps: [AppReport(app: app, online: version, problem: nil)], facts: try RawJSON(validating: #"{"os":"linux"}"#))
        report = TaskReport(
            task: TaskID("T"), trace: TraceID("X"), app: app, version: nil, function: "f", flag: .error,
            result: try RawJSON(validating: #"[ "é", {"a":null} ]"#), reason: .sandbox(layer: "seccomp"),
            receivedAt: Timestamp(microseconds: 1), startedAt: nil, endedAt: Timestamp(microseconds: 2))
        let refused = Violation(
            call: "ptrace", arguments: [16, 0, 0, 0, 0, .max], action: .killed, source: .notify, count: 2,
            firstAt: Timestamp(microseconds: 1))
        let told = SandboxRecord(
            policy: "python", policyVersion: 3, digest: Digest(bytes: 0..<32), violations: Violations(kinds: [refused]))
        violation = try #require(
            ViolationReported(
                TaskReport(
                    task: TaskID("T"), trace: TraceID("X"), app: app, version: version, function: "f", flag: .error,
                    result: .null, reason: nil, receivedAt: Timestamp(microseconds: 1), startedAt: nil,
                    endedAt: Timestamp(microseconds: 2), sandbox: told), by: agent))
    }

    @Test func `only a task whose sandbox refused something is told of`() {
        #expect(ViolationReported(report, by: agent) == nil)
        #expect(violation.task == TaskID("T") && violation.version == version && violation.sandbox.violations.total == 2)
    }

    @Test func `every message survives being written down`() throws {
        let order = RunOrder(
            task: TaskID("T"), trace: TraceID("X"), app: app, function: "f", param: report.result, timeout: .milliseconds(1500))
        let assignment = AppAssignment(app: app, version: version, digest: Digest(bytes: 0..<32), size: 7)
        let queue = QueueID("Q")
        let draft = TaskDraft(
            id: TaskID("T"), agent: agent, app: app, function: "f", param: report.result, timeout: .milliseconds(1500),
            callsProcessor: true, after: [TaskDependency(TaskID("A"), when: .always)],
            retry: try RetryRule(attempts: 2, pause: .seconds(1)))
        let spec = TaskSpec(
            id: draft.id, trace: TraceID("X"), origin: .queue(queue), agent: agent, app: app, function: "f",
            param: draft.param, timeout: draft.timeout, admittedAt: Timestamp(microseconds: 5))
        let messages: [any Codable & Sendable] = [
            RunNow(draft), SubmitTask(draft, origin: .cron(CronID("C"), planned: Timestamp(microseconds: 5))),
            StopTask(task: TaskID("T")), ExplainTask(task: TaskID("T")), MoveQueue(queue, of: app, .open(concurrency: 3)),
            MoveQueue(queue, of: app, .add([draft])), MoveQueue(queue, of: app, .stop(kill: true)),
            MoveQueue.Reply.refused(.queueNotOpen(queue, state: "running")), SubmitTask.Reply.admitted,
            CreateQueue(app: app), ChangeQueue(queue, of: app, .commit), FindQueue(queue, of: app),
            RunQueue(app: app, drafts: [draft], concurrency: 2), RunQueue.Reply.refused(.overloaded),
            QueueView(
                queue: queue, app: app, state: "running", createdAt: Timestamp(microseconds: 5), concurrency: nil,
                tasks: [QueuedTask(spec: spec, standing: .ended(report)), QueuedTask(spec: spec, standing: .sent)]),
            TaskEnded(spec: spec, report: report, sentAt: nil), SendCancel(session: 3, task: TaskID("T")),
            AgentLinked(agent: agent, session: 3, holding: [AttemptID("A")]), AgentUnlinked(agent: agent, session: 3),
            TaskReported(agent: agent, session: 3, report: report), SendRun(session: 3, order: order),
            SendAcknowledgement(session: 3, task: TaskID("A")), SendAssignments(agent: agent, apps: [assignment]),
            CloseLinks(agent: agent), FindKey(id: AuthID("K")), FindBoundAgent(app: app, address: try address("10.0.0.1")),
            CheckCall(agent: agent, app: app, function: "f", param: report.result),
            CallVerdict.accepted(timeout: .seconds(5), isIdempotent: true),
            CallVerdict.badParameter("/a: is missing"), CallVerdict.unknown,
            ListBoundAgents(app: app), FindApp(app: app), ListAssignments(agent: agent),
            AgentHeard(agent: agent, status: status, agentVersion: nil), AgentGone(agent: agent), FindPresence(agent: agent),
            FindSignedVersion(app: app, version: version), FindTrustRoot(), FindArchive(digest: Digest(bytes: 0..<32)),
            FindGrantRefusal(app: app, grants: [try Grant("read:/srv")]),
            SignedVersion.named(digest: Digest(bytes: 0..<32), size: 7), SignedVersion.noRepository,
            RunNow.Reply.reported(report), RunNow.Reply.unreachable(TaskID("T")), RunNow.Reply.busy(TaskID("T")),
            KeyGrant(secret: "s", app: app, sources: [.loopback], once: true),
            violation,
            AppSummary(app: app, title: "t", online: nil, lastUpdate: Timestamp(microseconds: 5)),
            AgentPresence(isOnline: true, lastHeard: Timestamp(microseconds: 5), agentVersion: "0", status: status),
        ]
        for message in messages { #expect(try writtenTwice(message), "\(message)") }
        let orderAgain = try JSONDecoder().decode(RunOrder.self, from: JSONEncoder().encode(order))
        #expect(orderAgain == order)
        #expect(try JSONDecoder().decode(TaskReport.self, from: JSONEncoder().encode(report)) == report)
    }

    @Test func `no two messages go the same way`() {
        let routes = [
            RunNow.route, SubmitTask.route, StopTask.route, ExplainTask.route, MoveQueue.route, TaskEnded.route,
            CreateQueue.route, ChangeQueue.route, FindQueue.route, RunQueue.route, SendCancel.route, AgentLinked.route,
            AgentUnlinked.route, TaskReported.route, SendRun.route, SendAcknowledgement.route,
            SendAssignments.route, CloseLinks.route, FindKey.route, FindBoundAgent.route, ListBoundAgents.route, FindApp.route,
            CheckCall.route,
            ListAssignments.route, AgentHeard.route, AgentGone.route, FindPresence.route, FindSignedVersion.route,
            FindTrustRoot.route, FindArchive.route, FindGrantRefusal.route, ViolationReported.route,
        ]

        #expect(Set(routes).count == routes.count)
    }

    /// Whether a message that was written and read is written the same again.
    private func writtenTwice<Message: Codable>(_ message: Message) throws -> Bool {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let first = try encoder.encode(message)
        return try encoder.encode(JSONDecoder().decode(Message.self, from: first)) == first
    }

    private func address(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }
}
