import ElvesJSON
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct WorkerMessageTests {
    // MARK: What the host says

    @Test func `each message of the host is the line the protocol page shows`() throws {
        let hello = WorkerHello(
            app: try AppName("hello"), version: try AppVersion("1.2.3"), entry: "hello.py", isolation: "warm",
            limits: JSONLimits(bytes: 1000, depth: 9))
        let call = WorkerCall(
            id: TaskID("T1"), function: "greet", param: try RawJSON(validating: #"{"name":"ä\n"}"#),
            timeout: .milliseconds(1500))

        #expect(
            text(.hello(hello)) == #"{"type":"hello","protocols":[1],"app":"hello","version":"1.2.3","entry":"hello.py","#
                + #""isolation":"warm","limits":{"line_bytes":1000,"depth":9}}"# + "\n")
        #expect(
            text(.call(call)) == #"{"type":"call","id":"T1","function":"greet","param":{"name":"ä\n"},"timeout_ms":1500}"#
                + "\n")
        #expect(text(.cancel(TaskID("T1"))) == #"{"type":"cancel","id":"T1"}"# + "\n")
        #expect(text(.bye) == #"{"type":"bye"}"# + "\n")
    }

    @Test func `a message is one line, whatever its texts hold`() {
        let call = WorkerCall(id: TaskID("a\nb"), function: "c\rd\n", param: .string("e\nf"), timeout: .seconds(1))

        #expect(HostMessage.call(call).line.filter { $0 == 0x0A }.count == 1)
    }

    // MARK: What workers say

    @Test(arguments: [
        (
            #"{"type":"ready","protocol":1,"sdk":"python 1","functions":["a","b"]}"#,
            WorkerMessage.ready(protocolVersion: 1, sdk: "python 1", functions: ["a", "b"])
        ),
        (#"{"type":"ready","protocol":7}"#, .ready(protocolVersion: 7, sdk: "", functions: [])),
        (#"{"type":"log","level":"warning","message":"m"}"#, .log(level: "warning", message: "m")),
        (#"{"type":"log","message":"m"}"#, .log(level: "info", message: "m")),
        (
            #"{"type":"progress","id":"T","percent":50,"message":"half"}"#,
            .progress(id: TaskID("T"), percent: 50, message: "half")
        ),
        (#"{"type":"progress","id":"T"}"#, .progress(id: TaskID("T"), percent: nil, message: nil)),
        (#"{"type":"progress","id":"T","percent":99.9}"#, .progress(id: TaskID("T"), percent: 99, message: nil)),
        (#"{"type":"progress","id":"T","percent":-1}"#, .progress(id: TaskID("T"), percent: 0, message: nil)),
        (#"{"type":"progress","id":"T","percent":1e999}"#, .progress(id: TaskID("T"), percent: 100, message: nil)),
        (
            #"{"type":"result","id":"T","flag":true,"result":{"a":[1]}}"#,
            .result(id: TaskID("T"), flag: true, result: raw(#"{"a":[1]}"#), reason: nil)
        ),
        (
            #"{"type":"result","id":"T","flag":false,"result":null,"reason":"bad-param"}"#,
            .result(id: TaskID("T"), flag: false, result: .null, reason: "bad-param")
        ),
    ])
    func `each message of a worker is read, with what may be missing`(line: String, message: WorkerMessage) throws {
        #expect(try WorkerMessage(line: Array(line.utf8), limits: JSONLimits()) == message)
    }

    @Test(arguments: ["ready", "log", "progress", "result"])
    func `unknown members are passed over`(type: String) throws {
        let known = #""type":"\#(type)","protocol":1,"message":"m","id":"T","flag":true,"result":1"#

        let bare = try WorkerMessage(line: Array("{\(known)}".utf8), limits: JSONLimits())
        let more = try WorkerMessage(line: Array(#"{"new":{"a":[]},\#(known),"x":null}"#.utf8), limits: JSONLimits())

        #expect(bare == more)
    }

    @Test(arguments: [
        ("", "expected an object"), ("[]", "expected an object"), ("hello", "expected an object"),
        ("{}", #"member "type" is missing"#),
        (#"{"type":null}"#, #"member "type" is missing"#), (#"{"type":1}"#, #"member "type" must be a string"#),
        (#"{"type":"Ready","protocol":1}"#, #"unknown message type "Ready""#), (#"{"type":""}"#, #"unknown message type """#),
        (#"{"type":"hello"}"#, #"unknown message type "hello""#),
        (#"{"type":"ready"}"#, #"member "protocol" is missing"#),
        (#"{"type":"ready","protocol":"1"}"#, #"member "protocol" must be an integer"#),
        (#"{"type":"ready","protocol":1.5}"#, #"member "protocol" must be an integer"#),
        (#"{"type":"ready","protocol":1,"functions":"a"}"#, #"member "functions" must be an array"#),
        (#"{"type":"log"}"#, #"member "message" is missing"#),
        (#"{"type":"log","message":{}}"#, #"member "message" must be a string"#),
        (#"{"type":"progress","percent":1}"#, #"member "id" is missing"#),
        (#"{"type":"progress","id":"T","percent":"1"}"#, #"member "percent" must be a number"#),
        (#"{"type":"result","flag":true,"result":1}"#, #"member "id" is missing"#),
        (#"{"type":"result","id":"T","result":1}"#, #"member "flag" is missing"#),
        (#"{"type":"result","id":"T","flag":"true","result":1}"#, #"member "flag" must be true or false"#),
        (#"{"type":"result","id":"T","flag":true}"#, #"member "result" is missing"#),
        (#"{"type":"result","id":"T","flag":true,"result":1,"flag":false}"#, #"key "flag" stands twice"#),
        (#"{"type":"result","id":"T","flag":true,"result":1}{}"#, "text after the value"),
        (#"{"type":"result","id":"T","flag":true,"result":1"#, "expected , or } in an object"),
        (#"{"type":"result","id":"T","flag":true,"result":"\ud800"}"#, "a high surrogate without its low one"),
        (#"{"type":"result","id":"T","flag":true,"result":01}"#, "a number may not begin with 0"),
    ])
    func `a hostile line is refused with what is wrong`(line: String, reason: String) {
        let error = #expect(throws: JSONError.self) { try WorkerMessage(line: Array(line.utf8), limits: JSONLimits()) }

        #expect(error?.reason == reason)
    }

    @Test func `a long unknown type is told in its first 40 characters`() {
        let line = #"{"type":"\#(String(repeating: "x", count: 100))"}"#

        let error = #expect(throws: JSONError.self) { try WorkerMessage(line: Array(line.utf8), limits: JSONLimits()) }
        #expect(error?.reason == #"unknown message type "\#(String(repeating: "x", count: 40))""#)
    }

    @Test func `a line beyond its limits is refused`() {
        let line = Array(#"{"type":"log","message":"","x":[[]]}"#.utf8)

        #expect(throws: Never.self) { try WorkerMessage(line: line, limits: JSONLimits(bytes: line.count, depth: 3)) }
        #expect(throws: JSONError.self) { try WorkerMessage(line: line, limits: JSONLimits(bytes: line.count - 1, depth: 3)) }
        #expect(throws: JSONError.self) { try WorkerMessage(line: line, limits: JSONLimits(bytes: line.count, depth: 2)) }
    }

    private func text(_ message: HostMessage) -> String { String(decoding: message.line, as: UTF8.self) }
}

/// A value from a text that is known to be good.
func raw(_ text: String) -> RawJSON { (try? RawJSON(validating: text)) ?? .string("bad sample: \(text)") }
