import ElvesWorker
import Testing

struct AnswerTests {
    let host = Host()

    private struct Broken: Error {
        let part: String
    }

    @Test func `a flag and any value become a result`() {
        let (messages, code) = host.run(
            [Function("f") { param in .true(["got": param]) }], Host.call("f", #"{"a":[1]}"#))
        let result: JSON = ["got": ["a": [1]] as JSON]
        #expect(messages == [["type": "result", "id": "1", "flag": true, "result": result]])
        #expect(code == .done)
    }

    @Test func `false has no reason when the function says it`() {
        let (messages, _) = host.run([Function("f") { _ in .false("no") }], Host.call("f"))
        #expect(messages == [["type": "result", "id": "1", "flag": false, "result": "no"]])
    }

    @Test func `an error is a log line and the reason exception`() {
        let (messages, _) = host.run([Function("f") { _ in throw Broken(part: "wheel") }], Host.call("f"))
        #expect(messages.map { $0["type"] } == ["log", "result"])
        #expect(messages.last?["reason"] == "exception")
        #expect(messages.last?["result"]?.text?.contains("wheel") == true)
    }

    @Test func `BadParam and Cancelled have reasons of their own and no log line`() {
        let (bad, _) = host.run([Function("f") { _ in throw BadParam("pass more") }], Host.call("f"))
        #expect(bad == [["type": "result", "id": "1", "flag": false, "result": "pass more", "reason": "bad-param"]])
        let (cancelled, _) = Host().run([Function("f") { _ in throw Cancelled("at 3 of 7") }], Host.call("f"))
        #expect(
            cancelled == [["type": "result", "id": "1", "flag": false, "result": "at 3 of 7", "reason": "cancelled"]])
    }

    @Test func `false after a cancel that was seen is cancelled`() {
        let host = host
        let asks = Function("f") { _ in host.worker.seesCancel() ? .false("gave up") : .true }
        let (messages, _) = host.run([asks], Host.call("f"), #"{"type":"cancel","id":"1"}"#, Host.call("f"))
        #expect(messages.map { $0["reason"] } == ["cancelled", nil])
        #expect(messages.map { $0["flag"] } == [false, true])
    }

    @Test func `a result that is not JSON, or too deep, is an exception`() {
        let (number, _) = host.run([Function("f") { _ in .true(Double.nan) }], Host.call("f"))
        #expect(number.last?["reason"] == "exception")
        var deep: JSON = []
        for _ in 0..<63 { deep = .list([deep]) }
        let answer = deep
        let (levels, _) = Host().run([Function("f") { _ in .true(answer) }], Host.call("f"))
        #expect(levels.last?["reason"] == "exception")
    }

    @Test func `a result that is too long names its size and the limit`() {
        let hello = #"{"type":"hello","protocols":[1],"app":"a","entry":"x","limits":{"line_bytes":200}}"#
        let (messages, _) = host.run(
            [Function("f") { param in .true(String(repeating: "x", count: try param.integer("count"))) }], hello: hello,
            Host.call("f", #"{"count":150}"#), Host.call("f", #"{"count":151}"#))
        #expect(messages.map { $0["reason"] } == [nil, "output-limit"])
        #expect(messages.last?["result"] == "the result takes a line of 201 bytes, the limit is 200")
    }

    @Test func `an unknown function lists those there are`() {
        let (messages, _) = host.run(
            [Function("walk") { _ in .true }, Function("run") { _ in .true }], Host.call("fly"))
        #expect(messages.last?["result"] == #"no function "fly"; there is run, walk"#)
        #expect(messages.last?["reason"] == "unknown-function")
    }

    @Test func `a parameter of the wrong kind is refused by name`() {
        let reads = Function("f") { param in
            .true([try param.text("name"), try param.text("to", default: "all"), "\(try param.integer("times"))"])
        }
        let (messages, _) = host.run(
            [reads], Host.call("f"), Host.call("f", #"{"name":"a"}"#), Host.call("f", #"{"name":"a","times":1.5}"#),
            Host.call("f", #"{"name":7,"times":1}"#), Host.call("f", "[1]"),
            Host.call("f", #"{"name":"a","times":2.0,"to":null}"#))
        #expect(
            messages.map { $0["result"] } == [
                #"pass "name", a text"#, #"pass "times", an integer"#, #""times" has to be an integer, not a number"#,
                #""name" has to be a text, not a number"#, #"pass an object with "name", not a list"#,
                ["a", "all", "2"],
            ])
        #expect(messages.dropLast().allSatisfy { $0["reason"] == "bad-param" })
    }
}
