import ElvesWorker
import Glibc
import Testing

struct LifeTests {
    let host = Host()

    private struct NoDisk: Error {}

    @Test func `an app that cannot be loaded ends with 70 and is never ready`() {
        let (messages, code) = host.run([], Host.call("f"), load: { throw NoDisk() })
        #expect(code == .notLoaded)
        #expect(messages.map { $0["level"] } == ["error"])
        #expect(messages.first?["message"]?.text?.contains("NoDisk") == true)
    }

    @Test func `two functions of one name cannot be loaded`() {
        let (messages, code) = host.run([Function("f") { _ in .true }, Function("f") { _ in .false(1) }])
        #expect(code == .notLoaded)
        #expect(messages.first?["message"]?.text?.contains(#""f" is there twice"#) == true)
    }

    @Test func `ready names the functions by code point`() {
        host.say(Host.hello, #"{"type":"bye"}"#)
        let names = ["é", "z", "_", "a", "Z"]
        #expect(host.worker.serve { names.map { Function($0) { _ in .true } } } == .done)
        #expect(host.heard().first?["functions"] == ["Z", "_", "a", "z", "é"])
    }

    @Test(arguments: [
        #""isolation":"zygote""#, #""isolation":"cosy""#, #""isolation":1"#, #""scratch":7"#, #""limits":[]"#,
        #""limits":{"depth":0}"#, #""limits":{"line_bytes":"1"}"#, #""secrets_descriptor":2"#,
        #""secrets_descriptor":"3""#, #""protocols":1"#,
    ])
    func `a hello that cannot be followed is refused`(field: String) {
        let line = field.contains("protocols") ? "" : #""protocols":[1],"#
        host.say(#"{"type":"hello","app":"a","entry":"x",\#(line)\#(field)}"#)
        #expect(host.worker.serve { [] } == .refused)
        #expect(host.heard().map { $0["level"] } == ["error"])
    }

    @Test func `the refusal of zygote names it`() {
        host.say(#"{"type":"hello","protocols":[1],"app":"a","entry":"x","isolation":"zygote"}"#)
        #expect(host.worker.serve { [] } == .refused)
        #expect(host.heard().first?["message"]?.text?.contains("zygote") == true)
    }

    @Test func `limits beyond all measure do no harm`() {
        let limits = #"{"line_bytes":9223372036854775807,"depth":9223372036854775807}"#
        let hello = #"{"type":"hello","protocols":[1],"app":"a","entry":"x","limits":\#(limits)}"#
        let host = host
        let asks = Function("f") { param in
            host.worker.log("at work", .info)
            return .true([param, JSON(host.worker.seesCancel())])
        }
        let (messages, code) = host.run([asks], hello: hello, Host.call("f", "[1]"))
        #expect(messages.last?["result"] == [JSON.list([1]), false])
        #expect(code == .done)
    }

    @Test func `an unknown type is named`() {
        let (messages, code) = host.run([], #"{"type":"dance"}"#)
        #expect(code == .refused)
        #expect(messages.first?["message"]?.text?.contains(#""dance""#) == true)
    }

    @Test func `secrets are read to their end, and the descriptor is closed before the app is loaded`() {
        let descriptor = pipe(holding: #"{"token":"hush","key":""}"#)
        let hello =
            #"{"type":"hello","protocols":[1],"app":"a","entry":"x","secrets_descriptor":\#(descriptor)}"#
        host.say(hello, #"{"type":"bye"}"#)
        let host = host
        var flags: Int32 = 0
        _ = host.worker.serve {
            flags = fcntl(descriptor, F_GETFD)
            return []
        }
        #expect(flags == -1)
        #expect(host.worker.secrets["token"] == "hush")
        #expect(host.worker.secrets["key"] == "")
    }

    @Test func `a refusal of secrets does not repeat them`() {
        let descriptor = pipe(holding: #"{"token":"hush","key":7}"#)
        host.say(#"{"type":"hello","protocols":[1],"app":"a","entry":"x","secrets_descriptor":\#(descriptor)}"#)
        #expect(host.worker.serve { [] } == .refused)
        #expect(host.heard().allSatisfy { !$0.description.contains("hush") })
    }

    @Test func `a long log line is cut, however its characters are written`() {
        let hello = #"{"type":"hello","protocols":[1],"app":"a","entry":"x","limits":{"line_bytes":300}}"#
        let host = host
        let logs = Function("f") { _ in
            for text in [String(repeating: "\u{1}", count: 999), String(repeating: "🧝", count: 999), "short"] {
                host.worker.log(text, .info)
            }
            return .true
        }
        let (messages, _) = host.run([logs], hello: hello, Host.call("f"))
        #expect(messages.map { $0["type"] } == ["log", "log", "log", "result"])
        #expect(messages[0]["message"]?.text?.hasSuffix("... (cut, 999 characters in all)") == true)
        #expect(messages[1]["message"]?.text?.hasPrefix("🧝🧝") == true)
        #expect(messages[2]["message"] == "short")
        #expect(messages.allSatisfy { $0.description.utf8.count <= 300 })
    }

    /// A descriptor to read the text from.
    private func pipe(holding text: String) -> Int32 {
        var ends: [Int32] = [-1, -1]
        Glibc.pipe(&ends)
        write(ends[1], text, text.utf8.count)
        close(ends[1])
        return ends[0]
    }
}
