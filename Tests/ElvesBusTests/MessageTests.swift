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

    init() throws {
        app = try AppName("hello")
        version = try AppVersion("1.0.0")
        status = AgentStatus(
            apps: [AppReport(app: app, online: version, problem: nil)], facts: try RawJSON(validating: #"{"os":"linux"}"#))
        report = TaskReport(
            task: TaskID("T"), trace: TraceID("X"), app: app, version: nil, function: "f", flag: .error,
            result: try RawJSON(validating: #"[ "é", {"a":null} ]"#), reason: .sandbox(layer: "seccomp"),
            receivedAt: Timestamp(microseconds: 1), startedAt: nil, endedAt: Timestamp(microseconds: 2))
    }

    @Test func `every message survives being written down`() throws {
        let order = RunOrder(
            task: TaskID("T"), trace: TraceID("X"), app: app, function: "f", param: report.result, timeout: .milliseconds(1500))
        let assignment = AppAssignment(app: app, version: version, digest: Digest(bytes: 0..<32), size: 7)
        let messages: [any Codable & Sendable] = [
            RunNow(agent: agent, app: app, function: "f", param: report.result, timeout: .milliseconds(1500)),
            AgentLinked(agent: agent, session: 3, holding: [AttemptID("A")]), AgentUnlinked(agent: agent, session: 3),
            TaskReported(agent: agent, session: 3, report: report), SendRun(session: 3, order: order),
            SendAcknowledgement(session: 3, task: TaskID("A")), SendAssignments(agent: agent, apps: [assignment]),
            CloseLinks(agent: agent), FindKey(id: AuthID("K")), FindBoundAgent(app: app, address: try address("10.0.0.1")),
            CheckCall(agent: agent, app: app, function: "f", param: report.result), CallVerdict.accepted(timeout: .seconds(5)),
            CallVerdict.badParameter("/a: is missing"), CallVerdict.unknown,
            ListBoundAgents(app: app), FindApp(app: app), ListAssignments(agent: agent),
            AgentHeard(agent: agent, status: status, agentVersion: nil), AgentGone(agent: agent), FindPresence(agent: agent),
            FindSignedVersion(app: app, version: version), FindTrustRoot(), FindArchive(digest: Digest(bytes: 0..<32)),
            FindGrantRefusal(app: app, grants: [try Grant("read:/srv")]),
            SignedVersion.named(digest: Digest(bytes: 0..<32), size: 7), SignedVersion.noRepository,
            RunNow.Reply.reported(report), RunNow.Reply.unreachable(TaskID("T")), RunNow.Reply.busy(TaskID("T")),
            KeyGrant(secret: "s", app: app, sources: [.loopback]),
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
            RunNow.route, AgentLinked.route, AgentUnlinked.route, TaskReported.route, SendRun.route, SendAcknowledgement.route,
            SendAssignments.route, CloseLinks.route, FindKey.route, FindBoundAgent.route, ListBoundAgents.route, FindApp.route,
            CheckCall.route,
            ListAssignments.route, AgentHeard.route, AgentGone.route, FindPresence.route, FindSignedVersion.route,
            FindTrustRoot.route, FindArchive.route, FindGrantRefusal.route,
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
