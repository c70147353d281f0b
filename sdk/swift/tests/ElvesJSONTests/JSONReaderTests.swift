import ElvesJSON
import Testing

struct JSONReaderTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-7", -7),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), ("1.5e3", 1500.0),
            ("1E-2", 0.01), (#""a\u00e9\ud83e\udddd\n\/""#, "aé🧝\n/"), ("[]", []), ("{}", [:]),
            ("[1 , [2,\t[]]]\r\n", .list([1, .list([2, .list([])])])),
            (#"{"a":1,"b":{"c":null}}"#, ["a": 1, "b": ["c": JSON.null] as JSON]),
        ] as [(String, JSON)])
    func `reads what is JSON`(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
    }

    @Test(
        arguments: [
            ("", "the text ends"), ("nul", "no value"), ("NaN", "no value"), ("-", "no digit"), ("+1", "no value"),
            ("01", "text after the value"), ("1.", "no digit"), ("1e", "no digit"), (".5", "no value"),
            ("[1,]", "no value"), ("[1 2]", "no \",\" or \"]\""), ("[", "the text ends"), ("{,}", "no key"),
            (#"{"a"}"#, "no \":\""), (#"{"a":1,}"#, "no key"), (#"{"a":1 "b":2}"#, "no \",\" or \"}\""),
            (#"{"a":1,"\u0061":2}"#, #"the key "a" is there twice"#), (#""a"#, "ends inside of a string"),
            ("\"\u{1}\"", "control character"), (#""\x""#, "unknown escape"), (#""\u12g4""#, "without four digits"),
            (#""\ud83e""#, "half of a surrogate pair"), (#""\udddd""#, "half of a surrogate pair"),
            (#""\ud83e\u0041""#, "half of a surrogate pair"), (#""\ud83e\ud83e""#, "half of a surrogate pair"),
            ("1 1", "text after the value"), ("\u{feff}1", "no value"),
        ] as [(String, String)])
    func `refuses what is not, and says why`(text: String, reason: String) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.description.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: [[0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF]] as [[UInt8]])
    func `refuses bytes that are not UTF-8, in texts and beside them`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0x5C, 0x6E] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try JSON(parsing: bytes + Array("1".utf8)) }
    }

    @Test func `counts the depth of objects and lists together`() throws {
        #expect(try JSON(parsing: #"[{"a":[]}]"#, depth: 3)["a"] == nil)
        #expect(throws: JSONError.self) { try JSON(parsing: #"[{"a":[]}]"#, depth: 2) }
        #expect(try JSON(parsing: "1", depth: 0) == 1)
    }

    @Test func `a limit that is far too high does not take the whole stack`() {
        let text = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONError.self) { try JSON(parsing: text, depth: .max) }
    }

    @Test func `an integer beyond 64 bits is a number`() throws {
        #expect(try JSON(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try JSON(parsing: "1e400") == .number(.infinity))
    }

    @Test func `keys are told apart by their bytes, few or many`() throws {
        #expect(try JSON(parsing: #"{"é":1,"e\#u{301}":2}"#).members?.count == 2)
        let many = (0..<100).map { #""key\#($0)":\#($0)"# }.joined(separator: ",")
        #expect(try JSON(parsing: "{\(many)}")["key99"] == 99)
        #expect(throws: JSONError.self) { try JSON(parsing: "{\(many),\"key3\":0}") }
    }
}
