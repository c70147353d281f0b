import ElvesJSON
import Foundation
import Testing

/// Which texts the reader takes and which it refuses.
@Suite struct StrictReaderTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "7", "-7", "0.5", "-0.0", "1e5", "1E+5", "1.25e-300", "1e999",
        "9223372036854775807", "-9223372036854775808", "999999999999999999", "12345678901234567890.0",
        #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\u00E9""#, #""\ud83d\ude00""#, #""\uFFFF""#,
        "\"\u{7F}\"", "\"\u{80}\"", "\"\u{7FF}\"", "\"\u{800}\"", "\"\u{D7FF}\"", "\"\u{E000}\"", "\"\u{FFFF}\"",
        "\"\u{10000}\"", "\"\u{10FFFF}\"", "\"\u{2028}\"", "[]", "[ ]", "[1]", "[1,2]", "[[],{}]", "{}", "{ }",
        #"{"":0}"#, #"{"a":1,"A":2}"#, #"{"a":{"a":{"a":[]}}}"#, #"[{"a":1},{"a":2}]"#, " \t\r\n1 \t\r\n",
        "{\n  \"a\" : [ 1 , 2 ] ,\n  \"b\" : null\n}",
    ])
    func `a good text is kept byte for byte`(text: String) throws {
        #expect(try RawJSON(validating: text).text == text)
        let data = Data(text.utf8)
        if text != "1e999" {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) }
        }
    }

    @Test(arguments: BadText.table)
    func `a bad text is refused with its place and its reason`(_ bad: BadText) throws {
        let error = #expect(throws: JSONError.self) { try RawJSON(validating: bad.bytes) }

        #expect(error?.offset == bad.offset)
        #expect(error?.reason.contains(bad.reason) == true, "\(error?.reason ?? "")")
    }

    @Test func `the table of bad texts is as long as it should be`() {
        #expect(BadText.table.count >= 60)
        #expect(Set(BadText.table.map(\.bytes)).count == BadText.table.count)
    }

    /// Table 3-7 of the Unicode standard, with each of its bounds and its neighbours.
    @Test func `every two, three and four byte sequence is taken exactly where the standard takes it`() {
        let bounds: [UInt8] = [
            0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
            0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF,
        ]
        let quote = UInt8(ascii: "\"")
        var wrong: [[UInt8]] = []
        for first in UInt8(0x80)...0xFF {
            for second in bounds {
                for rest in [[], [0x80], [0xBF], [0x7F], [0x80, 0x80], [0xBF, 0xBF], [0x80, 0x7F], [0x80, 0xC0]] as [[UInt8]] {
                    let bytes = [first, second] + rest
                    let isTaken = (try? RawJSON(validating: [quote] + bytes + [quote])) != nil
                    if isTaken != (String(validating: bytes, as: UTF8.self) != nil) { wrong.append(bytes) }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test(arguments: UInt8(0)...0x1F)
    func `a control character in a string must be escaped`(byte: UInt8) {
        #expect(throws: JSONError.self) { try RawJSON(validating: [0x22, byte, 0x22]) }
        #expect(throws: Never.self) { try RawJSON(validating: "\"\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))\"") }
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
    func `nesting is taken up to the limit and refused one deeper`(open: String, close: String) {
        let step = open.contains("[{") ? 2 : 1
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth / step) + "1" + String(repeating: close, count: depth / step)
        }

        #expect(throws: Never.self) { try RawJSON(validating: nested(64)) }
        #expect(throws: JSONError.self) { try RawJSON(validating: nested(64 + step)) }
        #expect(throws: Never.self) { try RawJSON(validating: nested(10), limits: JSONLimits(depth: 10)) }
        #expect(throws: JSONError.self) { try RawJSON(validating: nested(10 + step), limits: JSONLimits(depth: 10)) }
        #expect(throws: JSONError.self) { try RawJSON(validating: String(repeating: open, count: 100_000)) }
    }

    @Test func `a text is taken up to its limit of bytes`() {
        #expect(throws: Never.self) { try RawJSON(validating: "[1,2]", limits: JSONLimits(bytes: 5)) }
        let error = #expect(throws: JSONError.self) { try RawJSON(validating: "[1,2]", limits: JSONLimits(bytes: 4)) }
        #expect(
            error == #expect(throws: JSONError.self) {
                try JSONObject(parsing: Array("[1,2]".utf8), limits: JSONLimits(bytes: 4))
            })
        #expect(error?.offset == 0 && error?.reason == "5 bytes, more than the 4 allowed")
    }

    @Test func `100 000 keys are read, and a last one that stood before is found`() throws {
        let members = (0..<100_000).map { "\"key\($0)\":\($0)" }.joined(separator: ",")

        let object = try JSONObject(parsing: Array("{\(members)}".utf8), limits: JSONLimits(bytes: 1 << 24))
        #expect(object.keys.count == 100_000)
        #expect(try object.integer("key99999") == 99_999)

        let error = #expect(throws: JSONError.self) {
            try RawJSON(validating: "{\(members),\"ke\\u00790\":0}", limits: JSONLimits(bytes: 1 << 24))
        }
        #expect(error?.reason == "key \"key0\" stands twice")
    }

    @Test(arguments: [2, 16, 17, 18, 100])
    func `a key that stands twice is found, however many there are`(count: Int) {
        var keys = (0..<count - 1).map { "\"k\($0)\":0" }
        #expect(throws: Never.self) { try RawJSON(validating: "{\((keys + [#""K0":0"#]).joined(separator: ","))}") }

        keys.append(#""\u006B0":0"#)
        #expect(throws: JSONError.self) { try RawJSON(validating: "{\(keys.joined(separator: ","))}") }
    }

    /// RFC 8259, 8.3: names are compared code unit by code unit, so the composed and the decomposed é are two names.
    @Test(arguments: [2, 16, 17, 18, 100])
    func `keys that only look the same are two keys, however many there are`(count: Int) throws {
        let keys = (0..<count - 2).map { "\"k\($0)\":0" } + ["\"\u{E9}\":1", "\"e\u{301}\":2"]

        let object = try JSONObject(parsing: Array("{\(keys.joined(separator: ","))}".utf8))

        #expect(object.keys.count == count)
        #expect(try object.integer("\u{E9}") == 1)
        #expect(try object.integer("e\u{301}") == 2)
    }

    /// Whatever Foundation's reader refuses, this one must refuse too.
    @Test func `no random text is taken that is not JSON`() throws {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "-", "0", ".", "e", "true", "null", " ", "\"", "\\", "\\u12",
        ]
        var state: UInt64 = 42
        var taken = 0
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            guard let raw = try? RawJSON(validating: text) else { continue }
            taken += 1
            #expect(throws: Never.self, "\(text)") {
                try JSONSerialization.jsonObject(with: Data(raw.bytes), options: .fragmentsAllowed)
            }
        }
        #expect(taken > 10)
    }
}

/// A text the reader must refuse.
struct BadText: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let offset: Int
    let reason: String

    init(_ text: String, _ offset: Int, _ reason: String) { self.init(Array(text.utf8), offset, reason) }

    init(_ bytes: [UInt8], _ offset: Int, _ reason: String) {
        self.bytes = bytes
        self.offset = offset
        self.reason = reason
    }

    var testDescription: String { String(decoding: bytes, as: UTF8.self).debugDescription }

    static let table: [BadText] =
        [
            // Nothing, or more than one value.
            BadText("", 0, "the text ends"), BadText("  ", 2, "the text ends"), BadText("1 2", 2, "text after"),
            BadText("null,", 4, "text after"), BadText("{}{}", 2, "text after"), BadText("[]]", 2, "text after"),
            BadText("\"a\"x", 3, "text after"), BadText("1\0", 1, "text after"), BadText("\u{FEFF}1", 0, "no value begins"),
            BadText("1\u{A0}", 1, "text after"), BadText("\u{0B}1", 0, "no value begins"),
            // Words.
            BadText("nul", 3, "expected null"), BadText("True", 0, "no value begins"), BadText("falsy", 4, "expected false"),
            BadText("nulll", 4, "text after"), BadText("NaN", 0, "no value begins"), BadText("Infinity", 0, "no value begins"),
            BadText("undefined", 0, "no value begins"), BadText("'a'", 0, "no value begins"),
            BadText("// 1", 0, "no value begins"),
            // Numbers.
            BadText("-", 1, "needs a digit"), BadText("+1", 0, "no value begins"), BadText(".5", 0, "no value begins"),
            BadText("01", 0, "may not begin with 0"), BadText("-01", 0, "may not begin with 0"),
            BadText("00", 0, "may not begin with 0"), BadText("1.", 2, "follow the point"),
            BadText("1.e1", 2, "follow the point"),
            BadText("1e", 2, "follow the exponent"), BadText("1e+", 3, "follow the exponent"), BadText("0x10", 1, "text after"),
            BadText("1_000", 1, "text after"), BadText("--1", 1, "needs a digit"), BadText("-Infinity", 1, "needs a digit"),
            BadText("9223372036854775808", 0, "64-bit range"), BadText("-9223372036854775809", 0, "64-bit range"),
            BadText("[18446744073709551615]", 1, "64-bit range"), BadText("100000000000000000000", 0, "64-bit range"),
            // Arrays.
            BadText("[", 1, "the text ends"), BadText("[1", 2, "expected , or ]"), BadText("[1,", 3, "the text ends"),
            BadText("[1,]", 3, "no value begins"), BadText("[,1]", 1, "no value begins"),
            BadText("[1 2]", 3, "expected , or ]"),
            BadText("[1}", 2, "expected , or ]"), BadText("]", 0, "no value begins"),
            // Objects.
            BadText("{", 1, "expected a key"), BadText("{1:2}", 1, "expected a key"), BadText("{a:1}", 1, "expected a key"),
            BadText("{'a':1}", 1, "expected a key"), BadText(#"{"a"}"#, 4, "expected :"), BadText(#"{"a" 1}"#, 5, "expected :"),
            BadText(#"{"a":}"#, 5, "no value begins"), BadText(#"{"a":1"#, 6, "expected , or }"),
            BadText(#"{"a":1,}"#, 7, "expected a key"), BadText(#"{,"a":1}"#, 1, "expected a key"),
            BadText(#"{"a":1]"#, 6, "expected , or }"), BadText(#"{"a"::1}"#, 5, "no value begins"),
            // The same key twice.
            BadText(#"{"a":1,"a":1}"#, 7, #"key "a" stands twice"#), BadText(#"{"a":1,"b":2,"a":3}"#, 13, "stands twice"),
            BadText(#"{"a":1,"\u0061":2}"#, 7, "stands twice"), BadText(#"{"\u0061":1,"a":2}"#, 12, "stands twice"),
            BadText(#"{"\u00E9":1,"\u00e9":2}"#, 12, "stands twice"), BadText(#"{"/":1,"\/":2}"#, 7, "stands twice"),
            BadText(#"{"😀":1,"\ud83d\ude00":2}"#, 10, "stands twice"), BadText(#"{"":1,"":2}"#, 6, "stands twice"),
            BadText(#"[{"x":{"a":1,"a":2}}]"#, 13, "stands twice"),
            // Strings.
            BadText("\"", 1, "does not end"), BadText("\"a", 2, "does not end"), BadText(#""\""#, 3, "does not end"),
            BadText(#""\"#, 2, "does not end"), BadText(#""\x41""#, 2, "no such escape"),
            BadText(#""\'""#, 2, "no such escape"),
            BadText(#""\U0041""#, 2, "no such escape"), BadText(#""\0""#, 2, "no such escape"),
            BadText(#""\u""#, 3, "four hexadecimal digits"), BadText(#""\u12""#, 3, "four hexadecimal digits"),
            BadText(#""\u12G4""#, 5, "four hexadecimal digits"), BadText(#""\u+123""#, 3, "four hexadecimal digits"),
            BadText("\"a\nb\"", 2, "control character"), BadText("\"\t\"", 1, "control character"),
            // Surrogates.
            BadText(#""\ud800""#, 7, "high surrogate"), BadText(#""\ud83dx""#, 7, "high surrogate"),
            BadText(#""\ud83d\n""#, 7, "high surrogate"), BadText(#""\ud83d\u0041""#, 13, "high surrogate"),
            BadText(#""\ud83d\ud83d""#, 13, "high surrogate"), BadText(#""\udc00""#, 7, "low surrogate"),
            BadText(#""\ude00\ud83d""#, 7, "low surrogate"),
        ]
        + [
            // UTF-8: a lone continuation, overlong forms, surrogates, beyond U+10FFFF, cut short.
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF], [0xE0, 0xA0],
            [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ].map { BadText([0x22] + $0 + [0x22], 1, "invalid UTF-8") } + [BadText([0x22, 0xF0, 0x90], 1, "invalid UTF-8")]
}
