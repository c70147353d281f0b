import ElvesJSON
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct LinkFrameTests {
    // MARK: Both ways

    @Test func `each frame of an agent comes back as it was`() throws {
        let sample = try Sample()
        for frame in sample.agentFrames {
            #expect(try AgentFrame(bytes: frame.bytes) == frame)
            #expect(throws: Never.self) { try RawJSON(validating: frame.bytes) }
        }
    }

    @Test func `each frame of the center comes back as it was`() throws {
        let sample = try Sample()
        for frame in sample.centerFrames {
            #expect(try CenterFrame(bytes: frame.bytes) == frame)
            #expect(throws: Never.self) { try RawJSON(validating: frame.bytes) }
        }
    }

    @Test func `unknown members are passed over`() throws {
        let sample = try Sample()
        for frame in sample.agentFrames {
            #expect(try AgentFrame(bytes: withUnknownMembers(frame.bytes)) == frame)
        }
        for frame in sample.centerFrames {
            #expect(try CenterFrame(bytes: withUnknownMembers(frame.bytes)) == frame)
        }
    }

    @Test func `a result of the deepest nesting and any blanks travels untouched`() throws {
        let result = try RawJSON(validating: String(repeating: "[ ", count: 62) + "1" + String(repeating: " ]", count: 62))
        let report = try Sample().report(result: result)

        #expect(try AgentFrame(bytes: AgentFrame.result(report).bytes) == .result(report))
        let view = TaskView(agent: AgentID("a"), report: report, lateReport: report)
        let read = try TaskView(JSONObject(view.json))
        #expect(read.report == report && read.lateReport == report)
    }

    // MARK: What may be missing

    @Test func `what a frame may leave out has its default`() throws {
        #expect(try center(#"{"type":"refuse"}"#) == .refuse(reason: "no reason given"))
        #expect(try center(#"{"type":"apps"}"#) == .apps([]))
        #expect(
            try center(#"{"type":"welcome","protocol":1,"heartbeat_ms":5000}"#)
                == .welcome(.init(protocolVersion: 1, heartbeat: .seconds(5), apps: [])))
        #expect(try agent(#"{"type":"heartbeat"}"#) == .heartbeat(AgentStatus(apps: [], facts: .emptyObject)))
        #expect(
            try agent(#"{"type":"hello","agent_version":"0"}"#)
                == .hello(
                    AgentHello(
                        protocols: [], agentVersion: "0", holding: [], status: AgentStatus(apps: [], facts: .emptyObject))))
        #expect(
            try agent(#"{"type":"hello","agent_version":"0","protocols":[1,"2",3.5,4],"holding":["a",1,"b"]}"#)
                == .hello(
                    AgentHello(
                        protocols: [1, 4], agentVersion: "0", holding: [AttemptID("a"), AttemptID("b")],
                        status: AgentStatus(apps: [], facts: .emptyObject))))
    }

    // MARK: Hostile frames

    static let task = #""task":"T","app":"hello","function":"f","result":1,"received_at":1,"ended_at":2"#
    static let app = #""app":"hello","version":"1.0.0","size":1"#

    @Test(arguments: [
        ("", "expected an object"), ("[]", "expected an object"), ("{}", #"member "type" is missing"#),
        (#"{"type":7}"#, #"member "type" must be a string"#), (#"{"type":"welcome"}"#, #"unknown frame type "welcome""#),
        (#"{"type":"HELLO"}"#, #"unknown frame type "HELLO""#),
        (#"{"type":"hello"}"#, #"member "agent_version" is missing"#),
        (#"{"type":"hello","agent_version":"0","protocols":1}"#, #"member "protocols" must be an array"#),
        (#"{"type":"hello","agent_version":"0","holding":{}}"#, #"member "holding" must be an array"#),
        (#"{"type":"heartbeat","apps":[1]}"#, "expected an object"),
        (#"{"type":"heartbeat","apps":{}}"#, #"member "apps" must be an array"#),
        (#"{"type":"heartbeat","apps":[{}]}"#, #"member "app" is missing"#),
        (#"{"type":"heartbeat","apps":[{"app":"../x"}]}"#, #"app name "../x" is not valid"#),
        (#"{"type":"heartbeat","apps":[{"app":"a","online":"1"}]}"#, #"version "1" is not valid"#),
        (#"{"type":"result"}"#, #"member "flag" is missing"#),
        (#"{"type":"result","flag":2,\#(task)}"#, "flag must be -1, 0 or 1"),
        (#"{"type":"result","flag":true,\#(task)}"#, #"member "flag" must be an integer"#),
        (#"{"type":"result","flag":1,"version":"x",\#(task)}"#, #"version "x" is not valid"#),
        (
            #"{"type":"result","flag":1,"task":"T","app":"a","function":"f","received_at":1,"ended_at":2}"#,
            #"member "result" is missing"#
        ),
        (#"{"type":"result","flag":1,"started_at":"1",\#(task)}"#, #"member "started_at" must be an integer"#),
        (#"{"type":"result","flag":1,"flag":0,\#(task)}"#, #"key "flag" stands twice"#),
    ])
    func `a hostile frame of an agent is refused with what is wrong`(text: String, reason: String) {
        let error = #expect(throws: (any Error).self) { try agent(text) }

        #expect(error.map { "\($0)".contains(reason) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: [
        ("null", "expected an object"), (#"{"type":"hello"}"#, #"unknown frame type "hello""#),
        (#"{"type":"welcome"}"#, #"member "protocol" is missing"#),
        (#"{"type":"welcome","protocol":1}"#, #"member "heartbeat_ms" is missing"#),
        (#"{"type":"refuse","reason":1}"#, #"member "reason" must be a string"#),
        (#"{"type":"apps","apps":[{\#(app)}]}"#, #"member "sha256" is missing"#),
        (#"{"type":"apps","apps":[{"sha256":"AB",\#(app)}]}"#, #"digest "AB" is not valid"#),
        (#"{"type":"ack"}"#, #"member "task" is missing"#), (#"{"type":"ack","task":1}"#, #"member "task" must be a string"#),
        (#"{"type":"run","task":"T","app":"a","function":"f","timeout_ms":1}"#, #"member "param" is missing"#),
        (#"{"type":"run","task":"T","app":"a","function":"f","param":1}"#, #"member "timeout_ms" is missing"#),
        (#"{"type":"run","task":"T","app":"a_b","function":"f","param":1,"timeout_ms":1}"#, #"app name "a_b" is not valid"#),
        (
            #"{"type":"run","task":"T","app":"a","function":"f","param":1,"timeout_ms":1.5}"#,
            #"member "timeout_ms" must be an integer"#
        ),
    ])
    func `a hostile frame of the center is refused with what is wrong`(text: String, reason: String) {
        let error = #expect(throws: (any Error).self) { try center(text) }

        #expect(error.map { "\($0)".contains(reason) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: [Int64.min, -1, 0, Int64.max])
    func `no number in a frame is too much for the reader or the writer`(number: Int64) throws {
        let run = try center(#"{"type":"run","task":"T","app":"a","function":"f","param":1,"timeout_ms":\#(number)}"#)
        #expect(try CenterFrame(bytes: run.bytes) == run)
        let result = try agent(
            #"{"type":"result","flag":0,"task":"T","app":"a","function":"f","result":1,"received_at":\#(number),"ended_at":\#(number)}"#
        )
        #expect(try AgentFrame(bytes: result.bytes) == result)
    }

    @Test func `a frame of more bytes than the limit is refused`() {
        let text = String(repeating: "x", count: LinkProtocol.frameLimit)

        #expect(throws: JSONError.self) { try agent(#"{"type":"hello","agent_version":"\#(text)"}"#) }
    }

    // MARK: Reports

    @Test(arguments: [(0, 0, 0), (0, 999, 0), (0, 1000, 1), (5000, 8999, 3), (1000, 0, 0)] as [(Int64, Int64, Int64)])
    func `the cost of a task is whole milliseconds and never negative`(received: Int64, ended: Int64, cost: Int64) throws {
        let report = TaskReport(
            task: TaskID("T"), trace: TraceID(""), app: try AppName("a"), version: nil, function: "f", flag: .error,
            result: .null, reason: nil, receivedAt: Timestamp(microseconds: received), startedAt: nil,
            endedAt: Timestamp(microseconds: ended))

        #expect(report.costMilliseconds == cost)
    }

    @Test func `a run request comes back as it was, and asks for 90 s if it says nothing`() throws {
        let request = RunRequest(
            agent: "10.0.0.1", app: try AppName("hello"), function: "greet", param: raw(#"{"a":1}"#), timeout: .seconds(7))

        let read = try RunRequest(JSONObject(request.json))
        #expect(read.agent == "10.0.0.1" && read.app.text == "hello" && read.function == "greet")
        #expect(read.param == request.param && read.timeout == .seconds(7))
        let least = try RunRequest(JSONObject(raw(#"{"agent":"a","app":"b","function":"c"}"#)))
        #expect(least.timeout == .seconds(90) && least.param == .null)
    }

    private func agent(_ text: String) throws -> AgentFrame { try AgentFrame(bytes: Array(text.utf8)) }
    private func center(_ text: String) throws -> CenterFrame { try CenterFrame(bytes: Array(text.utf8)) }

    private func withUnknownMembers(_ bytes: [UInt8]) -> [UInt8] {
        Array(#"{"unknown":[{"type":"x"}],"#.utf8) + bytes.dropFirst().dropLast() + Array(#","later":null}"#.utf8)
    }
}

private struct Sample {
    let app: AppName
    let version: AppVersion
    let assignment: AppAssignment

    init() throws {
        app = try AppName("hello")
        version = try AppVersion("1.2.3-rc.1")
        assignment = AppAssignment(app: app, version: version, digest: Digest(bytes: 0..<32), size: .max)
    }

    func report(
        version: AppVersion? = nil, flag: TaskFlag = .error, result: RawJSON = .null, reason: Reason? = nil,
        startedAt: Timestamp? = nil
    ) -> TaskReport {
        TaskReport(
            task: TaskID("T\"\n"), trace: TraceID("ä"), app: app, version: version, function: "f\\", flag: flag, result: result,
            reason: reason, receivedAt: Timestamp(microseconds: -1), startedAt: startedAt,
            endedAt: Timestamp(microseconds: .max))
    }

    var agentFrames: [AgentFrame] {
        let status = AgentStatus(
            apps: [
                AppReport(app: app, online: version, problem: nil),
                AppReport(
                    app: app, online: nil, problem: "no \"disk\"",
                    quarantine: Quarantine(version: version, at: Timestamp(microseconds: 5), finding: "\"main.py\"")),
            ], facts: raw(#"{"os":"linux","cores":2}"#))
        return [
            .hello(
                AgentHello(
                    protocols: [1, 2], agentVersion: "0.1.0", holding: [AttemptID("A"), AttemptID(TaskID("ß\t"), 3)],
                    status: status)),
            .heartbeat(status), .heartbeat(AgentStatus(apps: [], facts: .emptyObject)), .result(report()),
            .result(
                report(
                    version: version, flag: .succeeded, result: raw(#"{"a":[1,"x"]}"#), startedAt: Timestamp(microseconds: 5))),
            .result(report(version: version, flag: .failed, result: .string("no"), reason: .badParameter)),
            .result(report(reason: .sandbox(layer: "seccomp"))),
            .result(
                TaskReport(
                    task: TaskID("T"), trace: TraceID("X"), app: app, version: version, function: "f", flag: .succeeded,
                    result: .null, reason: nil, receivedAt: Timestamp(microseconds: 1),
                    startedAt: nil, endedAt: Timestamp(microseconds: 2), attempt: 2, digest: assignment.digest,
                    policy: "python@\(assignment.digest)")),
        ]
    }

    var centerFrames: [CenterFrame] {
        [
            .welcome(.init(protocolVersion: 1, heartbeat: .milliseconds(1500), apps: [assignment, assignment])),
            .welcome(.init(protocolVersion: 1, heartbeat: .zero, apps: [])), .refuse(reason: "no\nway"), .apps([]),
            .apps([assignment]), .heartbeat, .acknowledge(TaskID("T\"")),
            .run(
                RunOrder(
                    task: TaskID("T"), trace: TraceID("X"), app: app, function: "f", param: raw(#"[ {"a" : 1} ]"#),
                    timeout: RunOrder.functionsOwnTimeout)),
            .run(
                RunOrder(
                    task: TaskID("T"), trace: TraceID("X"), app: app, function: "f", param: .null, timeout: .seconds(1),
                    attempt: 3, isStored: true)),
            .cancel(TaskID("T")),
        ]
    }
}
