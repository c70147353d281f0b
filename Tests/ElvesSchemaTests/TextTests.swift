import ElvesJSON
import ElvesSchema
import Testing

/// Patterns and formats, through schemas as their authors write them.
@Suite struct TextTests {
    static func accepts(_ keyword: String, _ argument: String, _ text: String) throws -> Bool {
        let schema = RawJSON.object { $0.add(keyword, argument) }
        return try Schema(compiling: schema).refusal(of: .string(text)) == nil
    }

    @Test(arguments: [
        ("abc", "xabcx", true), ("abc", "abx", false), ("^abc$", "abc", true), ("^abc$", "abcd", false), ("", "anything", true),
        ("^$", "", true), ("^$", "a", false), ("a|b|cd", "xcd", true), ("^(a|bc)+$", "abcbca", true),
        ("^(a|bc)+$", "abb", false),
        ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false), ("^a{2}$", "aa", true),
        ("^a{2,}$", "aaaaa", true), ("^a{0}b$", "b", true), ("^a??b+?c*?$", "bcc", true), ("^.$", "é", true),
        ("^.$", "😀", true),
        ("^.$", "\n", false), ("^[a-c]$", "b", true), ("^[^a-c]$", "b", false), ("^[^a-c]$", "\n", true), ("^[]$", "", false),
        ("^[^]$", "x", true), ("^[-a]$", "-", true), ("^[a-]$", "-", true), ("^[\\]\\\\]+$", "]\\", true),
        ("^[\\d_]+$", "1_2", true),
        ("^\\d+$", "٣", false), ("^\\w+$", "aZ_09", true), ("^\\w$", "é", false), ("^\\W$", "é", true),
        ("^\\s$", "\u{A0}", true),
        ("^\\S+$", "a b", false), ("^\\D$", "1", false), ("\\bfoo\\b", "a foo b", true), ("\\bfoo\\b", "afoo", false),
        ("\\Boo", "foo", true), ("^\\x41\\u0042\\u{1F600}$", "AB😀", true), ("^\\ud83d\\ude00$", "😀", true),
        ("^\\p{Lu}\\p{L}$", "Éa", true),
        ("^\\P{L}$", "1", true), ("^[\\p{N}x]+$", "x٣", true), ("^\\t\\n\\r\\f\\v\\0$", "\t\n\r\u{C}\u{B}\0", true),
        ("^\\/\\-\\.$", "/-.", true), ("^(?:a|(?<name>b))$", "b", true), ("^(|a)*b$", "aab", true), ("(a*)*", "", true),
        ("^(a{1,3}){2}$", "aaaaaa", true), ("^[\\b]$", "\u{8}", true), ("a^b", "ab", false), ("(^|,)x", "y,x", true),
    ])
    func `a pattern is found or not`(_ pattern: String, _ text: String, _ isFound: Bool) throws {
        #expect(try Self.accepts("pattern", pattern, text) == isFound)
    }

    @Test(arguments: [
        ("(a", "the group is not closed"), ("a)", "closes no group"), ("[a", "] is missing"), ("*a", "nothing to repeat"),
        ("a**", "nothing to repeat"), ("^*", "cannot be repeated"), ("\\b+", "cannot be repeated"), ("a{3,2}", "expected {N}"),
        ("a{,2}", "expected {N}"), ("a{1001}", "more than 1000"), ("{", "write \\ before it"), ("]", "write \\ before it"),
        ("[b-a]", "ends before it begins"), ("[a-\\d]", "ends with one character"), ("(?=a)", "ahead and behind"),
        ("(?<!a)", "ahead and behind"), ("(a)\\1", "references to groups"), ("\\k<a>", "references to groups"),
        ("\\", "nothing follows"),
        ("\\A", "\\A is not known"), ("\\xZ", "2 hexadecimal digits"), ("\\u12", "4 hexadecimal digits"),
        ("\\ud800", "half a character"),
        ("\\p{Latin}", "general category"), ("\\pL", "general category"), ("((a{100}){100}){100}", "too large"),
        (String(repeating: "(", count: 70), "nested deeper"), ("\\u{110000}", "a character's number"),
    ])
    func `what is not understood is refused`(_ pattern: String, _ reason: String) throws {
        let error = #expect(throws: SchemaError.self) { try Self.accepts("pattern", pattern, "") }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*(.*)*x$", "^([a-z]+)*[0-9]$", "(a?){50}a{50}$"])
    func `an expression that makes other engines try for ever takes its length in time`(_ pattern: String) throws {
        #expect(try !Self.accepts("pattern", pattern, String(repeating: "a", count: 20_000) + "!"))
    }

    @Test func `a class of thousands of characters costs no more than one of a few`() throws {
        let members = stride(from: 0x4E00, to: 0x9FFF, by: 2).compactMap(Unicode.Scalar.init).map(String.init).joined()
        let (good, bad) = (
            String(repeating: "\u{4E00}", count: 50_000), String(repeating: "\u{4E00}", count: 50_000) + "\u{4E01}"
        )
        #expect(try Self.accepts("pattern", "^[\(members)]*$", good))
        #expect(try !Self.accepts("pattern", "^[\(members)]*$", bad))
        #expect(try Self.accepts("pattern", "^[c-ea-dx-z]+$", "abcdexyz"))
        #expect(try !Self.accepts("pattern", "^[c-ea-dx-z]+$", "f"))
    }

    @Test func `a text too long for its pattern is refused, not followed`() throws {
        let schema = try Schema(compiling: .object { $0.add("pattern", "([a-z]?){200}!") })
        #expect(
            schema.refusal(of: .string(String(repeating: "a", count: 500_000)))
                == "takes too much work to be checked: make it smaller")
    }

    static let formats: [(format: String, good: [String], bad: [String])] = [
        (
            "date", ["2026-01-31", "2024-02-29", "2000-02-29", "0001-12-31"],
            ["2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-04-31", "26-01-01", "2026-1-1", "2026-01-01 ", ""]
        ),
        (
            "time", ["12:00:00Z", "23:59:60Z", "00:00:00.123456789+14:00", "08:30:06z", "15:59:60-08:00"],
            [
                "12:00:00", "24:00:00Z", "12:60:00Z", "12:00:61Z", "12:00:60Z", "12:00:00.Z", "12:00:00+24:00", "12:00:00+1",
                "12.00.00Z",
            ]
        ),
        (
            "date-time", ["2026-01-31T12:00:00Z", "2026-01-31t12:00:00.5+01:00", "1998-12-31T23:59:60Z"],
            ["2026-01-31 12:00:00Z", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2026-01-31", "T12:00:00Z"]
        ),
        (
            "email", ["a@example.com", "a.b+c@example.com", "o'neil@a", "a@[127.0.0.1]"],
            ["a", "@example.com", "a@", ".a@b.c", "a.@b.c", "a..b@b.c", "a b@c.d", "a@-b.c", "a@[1]", "a@b@c d"]
        ),
        (
            "ipv4", ["0.0.0.0", "255.255.255.255", "192.0.2.1"],
            ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "a.b.c.d", "1.2.3.4 ", ""]
        ),
        (
            "ipv6",
            [
                "::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "1::", "::ffff:192.0.2.1", "1:2:3:4:5:6:1.2.3.4",
                "64:ff9b::1.2.3.4",
            ],
            [
                ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7::8", ":1::",
                "1::1:",
                "::1.2.3", "1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "fe80::1%eth0", "::1.2.3.4:1",
            ]
        ),
        (
            "hostname", ["a", "example.com", "a-b.c1", String(repeating: "a", count: 63)],
            [
                "", "-a", "a-", "a..b", "a_b", "a.", String(repeating: "a", count: 64),
                String(repeating: "a.", count: 127) + "a", "é",
            ]
        ),
        (
            "uri", ["https://example.com/a?b=c#d", "mailto:a@b.c", "urn:x:y", "http://[::1]:80/", "file:///etc", "a:%41"],
            [
                "", "example.com", "/a", "1a:b", "a b:c", "http://a b", "http://a/%4", "http://a/%zz", "a:#b#c", "http://[::1",
                "http://[x]/", "a:é", "a:<",
            ]
        ),
        (
            "uuid", ["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"],
            [
                "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g",
                "123e4567-e89b-12d3-a456-4266141740", "",
            ]
        ),
    ]

    @Test(arguments: formats.map(\.format))
    func `a format is told from what only looks like it`(_ name: String) throws {
        let row = try #require(Self.formats.first { $0.format == name })
        for text in row.good { #expect(try Self.accepts("format", name, text), "\(text)") }
        for text in row.bad { #expect(try !Self.accepts("format", name, text), "\(text)") }
    }
}
