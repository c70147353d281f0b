import ElvesJSON
import Foundation
import Testing

@Suite struct RawJSONTests {
    @Test(arguments: [
        ("1", "1"), (" 1 ", "1"), ("[ 1 ,\n2 ]", "[1,2]"), ("{ \"a b\" : \" c \" }", #"{"a b":" c "}"#),
        (#"[ "\" , \\" , 2 ]"#, #"["\" , \\",2]"#), (#"{ "a\\" : 1 }"#, #"{"a\\":1}"#), ("\t{ }\r\n", "{}"),
        (#"["\u0020"]"#, #"["\u0020"]"#), ("\" \"", "\" \""),
    ])
    func `compact leaves out the blanks between the parts and no other`(text: String, expected: String) throws {
        let raw = try RawJSON(validating: text)

        #expect(raw.compact.text == expected)
        #expect(raw.compact.compact == raw.compact)
    }

    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#" "blanks" "#, "blanks"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{08}\u{0C}\n\r\t"), (#""\u0041\u00e9\u4E2D""#, "Aé中"),
        (#""\ud83d\ude00!\uD83D\uDE00""#, "😀!😀"), (#""a\u0000b""#, "a\0b"), (#""中\n文""#, "中\n文"),
        (#""e\u0301""#, "e\u{301}"), (#""\u0065\u0301""#, "e\u{301}"), (#""\ud800\udc00\udbff\udfff""#, "\u{10000}\u{10FFFF}"),
        (#""\\u0041""#, "\\u0041"), (#""\uFFFE\uFFFF""#, "\u{FFFE}\u{FFFF}"),
    ])
    func `a string value is its text, unescaped`(text: String, expected: String) throws {
        let value = try #require(try RawJSON(validating: text).stringValue)

        #expect(Array(value.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test(arguments: ["1", "null", "true", "[\"a\"]", "{\"a\":\"b\"}"])
    func `a value that is no string has no text`(text: String) throws {
        #expect(try RawJSON(validating: text).stringValue == nil)
    }

    @Test func `built values are the text they should be`() {
        #expect(RawJSON.null.text == "null")
        #expect(RawJSON.emptyObject.text == "{}")
        #expect(RawJSON.bool(true).text == "true" && RawJSON.bool(false).text == "false")
        #expect(RawJSON.integer(Int64.min).text == "-9223372036854775808")
        #expect(RawJSON.array([]).text == "[]")
        #expect(RawJSON.array([.integer(1), .string("a"), .array([.null])]).text == #"[1,"a",[null]]"#)
        #expect(RawJSON.object { $0.add("a", 1) }.text == #"{"a":1}"#)
    }

    @Test func `a raw value travels through Codable as it is, and a bad one is refused`() throws {
        let raw = try RawJSON(validating: #"{ "a" : "\u00e9" }"#)

        let data = try JSONEncoder().encode([raw])
        #expect(try JSONDecoder().decode([RawJSON].self, from: data) == [raw])
        #expect(throws: (any Error).self) { try JSONDecoder().decode([RawJSON].self, from: Data(#"["{"]"#.utf8)) }
    }
}

@Suite struct JSONWriterTests {
    /// Every character that could need an escape, and some that do not.
    static let hardTexts = [
        "", "a", "\"", "\\", "\\\"", "/", "\u{08}\u{0C}\n\r\t", String(decoding: UInt8(0)...0x1F, as: UTF8.self),
        "\u{7F}\u{80}",
        "é", "e\u{301}", "中文", "😀", "\u{10FFFF}", "\u{2028}\u{2029}", "</script>", "a\0b", "\r\n",
    ]

    @Test(arguments: hardTexts)
    func `a string comes out as Foundation and our own reader read it`(text: String) throws {
        let raw = RawJSON.object { $0.add(text, text) }

        let read = try #require(JSONSerialization.jsonObject(with: Data(raw.bytes)) as? [String: String])
        #expect(read.first.map { Array($0.key.utf8) } == Array(text.utf8))
        #expect(read.first.map { Array($0.value.utf8) } == Array(text.utf8))
        #expect(try Array(#require(RawJSON(validating: RawJSON.string(text).bytes).stringValue).utf8) == Array(text.utf8))
    }

    @Test func `an object of everything is well formed and says what was added`() throws {
        var writer = JSONWriter(reserving: 0)
        writer.object { members in
            members.add("text", "a\"b")
            members.add("yes", true)
            members.add("no", false)
            members.add("least", Int64.min)
            members.add("most", Int64.max)
            members.add("byte", UInt8(255))
            members.add("raw", RawJSON.array([.null]))
            members.add("there", ifPresent: "x")
            members.add("gone", ifPresent: String?.none)
            members.add("raw there", ifPresent: RawJSON.integer(1))
            members.add("raw gone", ifPresent: RawJSON?.none)
            members.add("inner") { inner in
                inner.add("a", 1)
                inner.add("empty") { _ in }
                inner.add("b", [RawJSON]())
            }
            members.add("texts", ["a", "b\n"])
            members.add("values", [RawJSON.integer(1), .bool(false)])
            members.add("none", [String]())
        }

        let expected =
            #"{"text":"a\"b","yes":true,"no":false,"least":-9223372036854775808,"most":9223372036854775807,"byte":255,"#
            + #""raw":[null],"there":"x","raw there":1,"inner":{"a":1,"empty":{},"b":[]},"texts":["a","b\n"],"#
            + #""values":[1,false],"none":[]}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
        #expect(throws: Never.self) { try RawJSON(validating: writer.bytes) }
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(writer.bytes)) }
    }

    @Test func `an object without members is well formed`() {
        var writer = JSONWriter()
        writer.object { _ in }

        #expect(writer.bytes == Array("{}".utf8))
    }
}
