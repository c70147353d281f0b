import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// Lines that no worker may write, each written by a real worker past its SDK. `@ID@` stands for the running call's id.
@Suite(.fewAtOnce) struct HostileOutputTests {
    struct Row: Sendable {
        let name: String
        let bytes: [UInt8]
        /// In what the caller is told.
        let cause: String

        init(_ name: String, _ text: String, _ cause: String) { self.init(name, bytes: Array(text.utf8), cause) }

        init(_ name: String, bytes: [UInt8], _ cause: String) {
            (self.name, self.bytes, self.cause) = (name, bytes, cause)
        }
    }

    private static func result(_ value: [UInt8]) -> [UInt8] {
        Array(#"{"type":"result","id":"@ID@","flag":true,"result":"#.utf8) + value + Array("}".utf8)
    }

    private static func result(_ value: String) -> [UInt8] { result(Array(value.utf8)) }

    static let rows: [Row] = [
        // Not JSON.
        Row("a print", "hello", "no message"),
        Row("an empty line", "", "no message"),
        Row("blanks", "   ", "no message"),
        Row("the original's tags", "<ElvesWFlag>true</ElvesWFlag>", "no message"),
        Row("a byte order mark", bytes: [0xEF, 0xBB, 0xBF] + result("1"), "no message"),
        Row("single quotes", "{'type':'result'}", "no message"),
        Row("a comment", #"{"type":"log","message":"x"} // why"#, "no message"),
        Row("a comma at the end", #"{"type":"log","message":"x",}"#, "no message"),
        Row("two messages on a line", #"{"type":"log","message":"x"}{"type":"log","message":"y"}"#, "no message"),
        Row("not a number", bytes: result("NaN"), "no message"),
        Row("infinity", bytes: result("Infinity"), "no message"),
        Row("a leading zero", bytes: result("01"), "no message"),
        Row("a word", bytes: result("True"), "no message"),
        Row("an unfinished text", bytes: result(#""open"#), "no message"),
        Row("an unknown escape", bytes: result(#""\x41""#), "no message"),
        Row("a tab in a text", bytes: result("\"\t\""), "no message"),
        Row("a NUL in a text", bytes: result([0x22, 0x00, 0x22]), "no message"),
        Row("invalid UTF-8", bytes: result([0x22, 0xFF, 0x22]), "UTF-8"),
        Row("an overlong slash", bytes: result([0x22, 0xC0, 0xAF, 0x22]), "UTF-8"),
        Row("half a surrogate pair", bytes: result(#""\ud800""#), "surrogate"),
        // JSON, but no message.
        Row("a list", "[]", "no message"),
        Row("a text", #""result""#, "no message"),
        Row("a number", "42", "no message"),
        Row("without type", #"{"id":"@ID@","flag":true,"result":1}"#, #""type""#),
        Row("a type that is no text", #"{"type":7}"#, #""type""#),
        Row("an unknown type", #"{"type":"exec","command":"id"}"#, #""exec""#),
        Row("a type in capitals", #"{"type":"RESULT","id":"@ID@","flag":true,"result":1}"#, #""RESULT""#),
        Row("a key twice", #"{"type":"result","id":"@ID@","flag":false,"flag":true,"result":1}"#, "flag"),
        Row("a key twice, once escaped", #"{"type":"result","id":"@ID@","flag":false,"fl\u0061g":true,"result":1}"#, "flag"),
        Row("a key twice inside the result", bytes: result(#"{"a":1,"a":2}"#), #"a"#),
        Row("65 levels", bytes: result(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)), "deep"),
        Row("50,000 levels", bytes: result(String(repeating: "[", count: 50_000)), "deep"),
        // Messages that say too little, or the wrong thing.
        Row("ready once more", #"{"type":"ready","protocol":1,"sdk":"x","language":"x","functions":[]}"#, "ready twice"),
        Row("a result without flag", #"{"type":"result","id":"@ID@","result":1}"#, #""flag""#),
        Row("a flag that is a text", #"{"type":"result","id":"@ID@","flag":"true","result":1}"#, #""flag""#),
        Row("a flag that is a number", #"{"type":"result","id":"@ID@","flag":1,"result":1}"#, #""flag""#),
        Row("a result without result", #"{"type":"result","id":"@ID@","flag":true}"#, #""result""#),
        Row("a result without id", #"{"type":"result","flag":true,"result":1}"#, #""id""#),
        Row("an id that is a number", #"{"type":"result","id":7,"flag":true,"result":1}"#, #""id""#),
        Row(
            "another call's id", #"{"type":"result","id":"0000000000000000","flag":true,"result":1}"#, "a call it does not have"
        ),
        Row("an empty id", #"{"type":"result","id":"","flag":true,"result":1}"#, "a call it does not have"),
        Row("progress of another call", #"{"type":"progress","id":"0000000000000000","percent":1}"#, "a call it does not have"),
        Row("progress without id", #"{"type":"progress","percent":1}"#, #""id""#),
        Row("a percent that is a text", #"{"type":"progress","id":"@ID@","percent":"all"}"#, #""percent""#),
        Row("a log line without message", #"{"type":"log","level":"info"}"#, #""message""#),
        Row("a message that is a number", #"{"type":"log","level":"info","message":7}"#, #""message""#),
        Row("a level that is a list", #"{"type":"log","level":["info"],"message":"x"}"#, #""level""#),
        Row("a reason that is an object", #"{"type":"result","id":"@ID@","flag":false,"result":1,"reason":{}}"#, #""reason""#),
    ]

    @Test func `a line that no worker may write ends its call with a cause that names it, and the next call works`()
        async throws
    {
        try await withHost([Checkout.hostile]) { center, agent in
            for row in Self.rows {
                let param = RawJSON.object { $0.add("base64", Data(row.bytes).base64EncodedString()) }
                let result = try await center.elves(
                    "run", agent.ip, "hostile.raw", "--param", param.text, "--json", limit: .seconds(20))
                let answer = try result.object()
                #expect(try answer.string("reason") == "protocol", "\(row.name): \(result.output)")
                #expect(try answer.bool("flag") == false, "\(row.name)")
                let said = answer.raw("result")?.stringValue ?? ""
                #expect(said.contains(row.cause), "\(row.name): \(said)")
                // What was written is named by its place, never repeated at length.
                #expect(said.utf8.count < 400, "\(row.name)")
            }
            #expect(try await center.call(agent, "hostile.ok")?.text == #""ok""#)
            #expect(agent.process?.isRunning == true)
        }
    }
}
