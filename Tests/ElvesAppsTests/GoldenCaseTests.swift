import ElvesApps
import ElvesJSON
import Testing

/// Golden cases as they stand in a file, and what they find in an answer.
@Suite struct GoldenCaseTests {
    private let manifest: Manifest

    init() throws { manifest = try Manifest(yaml: Array(Samples.manifest().utf8)) }

    @Test func `a case says what its file says`() throws {
        let text = """
            cases:
              - name: greets Ada
                function: greet
                param: {name: Ada, times: 2}
                files: {/proc/loadavg: "0.5\\n", /etc/motd: ""}
                secrets: {token: " abc\\n"}
                network:
                  example.test:80: {status: 404, headers: {content-type: text/plain}, body: "no"}
                  "*:443": {}
                timeout: 5
                expect:
                  flag: true
                  result: [1, {a: null}]
                  contains: {a: 1}
                  matches: "^Hello"
                  reason: bad-param
                  logs: [one, "two\\tthree"]
                  files: {/srv/out: "x\\n"}
              - {name: plain, function: greet, expect: {flag: false}}
            """
        let cases = try GoldenCase.read(Array(text.utf8), of: manifest)

        #expect(cases.map(\.name) == ["greets Ada", "plain"])
        let first = try #require(cases.first)
        #expect(first.function == "greet")
        #expect(first.param.text == #"{"name":"Ada","times":2}"#)
        #expect(first.files == ["/proc/loadavg": Array("0.5\n".utf8), "/etc/motd": []])
        #expect(first.secrets == ["token": " abc\n"])
        let answer = try #require(first.network["example.test:80"])
        #expect(answer.status == 404 && answer.headers == ["content-type": "text/plain"] && answer.body == "no")
        let plain = try #require(first.network["*:443"])
        #expect(plain.status == 200 && plain.headers.isEmpty && plain.body.isEmpty)
        #expect(first.timeoutSeconds == 5)
        #expect(first.expectation.flag == true)
        #expect(first.expectation.result?.json.text == #"[1,{"a":null}]"#)
        #expect(first.expectation.matches?.text == "^Hello")
        #expect(first.expectation.reason == "bad-param")
        #expect(first.expectation.logs == ["one", "two\tthree"])
        #expect(first.expectation.files == ["/srv/out": Array("x\n".utf8)])
        let second = try #require(cases.last)
        #expect(second.param == .emptyObject)
        #expect(second.files.isEmpty && second.secrets.isEmpty && second.network.isEmpty)
        #expect(second.timeoutSeconds == nil && second.expectation.result == nil)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: String
        let text: String

        init(_ name: String, _ expected: String, _ text: String) {
            testDescription = name
            self.expected = expected
            self.text = text
        }

        /// A good case with a further line.
        init(_ name: String, _ expected: String, adding line: String) {
            self.init(name, expected, "cases:\n  - name: a\n    function: greet\n    expect: {flag: true}\n    \(line)\n")
        }

        /// A case with this expectation.
        init(_ name: String, _ expected: String, expecting: String) {
            self.init(name, expected, "cases:\n  - name: a\n    function: greet\n    expect: \(expecting)\n")
        }
    }

    static let refusals: [Refusal] = [
        Refusal("empty", "line 1, column 1: the document is empty", ""),
        Refusal("a list", "expected a map", "- a"),
        Refusal("not YAML", "line 2, column 1", "cases: [a\n"),
        Refusal("no cases", "line 1, column 1: \"cases\" is missing", "{}"),
        Refusal("cases empty", "line 1, column 8: \"cases\": no case is there", "cases: []"),
        Refusal("cases a map", "\"cases\": expected a list", "cases: {a: b}"),
        Refusal("unknown key", "line 2, column 1: unknown key \"case\"; accepted here: cases", "cases: []\ncase: []"),
        Refusal(
            "unknown key of a case", "line 5, column 5: unknown key \"params\"; accepted here: name, function, param, files",
            adding: "params: {}"),
        Refusal(
            "unknown key of an expectation", "line 4, column 14: unknown key \"results\"; accepted here: flag, result",
            expecting: "{results: 1}"),
        Refusal(
            "unknown key of an answer", "unknown key \"code\"; accepted here: status, headers, body",
            adding: "network: {\"a:80\": {code: 200}}"),
        Refusal(
            "name missing", "line 2, column 5: \"name\" is missing", "cases:\n  - function: greet\n    expect: {flag: true}"),
        Refusal("function missing", "\"function\" is missing", "cases:\n  - name: a\n    expect: {flag: true}"),
        Refusal("expectation missing", "\"expect\" is missing", "cases:\n  - name: a\n    function: greet"),
        Refusal(
            "function unknown", "line 2, column 25: \"cases[0].function\": hello has no function \"leave\"; it has: greet",
            "cases:\n  - {name: a, function: leave, expect: {flag: true}}"),
        Refusal(
            "name twice", "line 3, column 5: \"cases[1]\": the name \"a\" is there twice",
            "cases:\n  - {name: a, function: greet, expect: {flag: true}}\n  - {name: a, function: greet, expect: {flag: true}}"
        ),
        Refusal("nothing expected", "nothing is expected, so nothing could fail", expecting: "{}"),
        Refusal("flag a number", "\"cases[0].expect.flag\": expected true or false", expecting: "{flag: 1}"),
        Refusal("flag in quotes", "expected true or false", expecting: "{flag: \"true\"}"),
        Refusal("pattern wrong", "line 4, column 23: \"cases[0].expect.matches\": no pattern", expecting: "{matches: \"(\"}"),
        Refusal("logs a text", "\"cases[0].expect.logs\": expected a list", expecting: "{logs: a}"),
        Refusal("reason empty", "\"cases[0].expect.reason\": is empty", expecting: "{reason: \"\"}"),
        Refusal("file relative", "expected an absolute path", adding: "files: {proc/loadavg: x}"),
        Refusal("file a list", "expected text", adding: "files: {/a: [x]}"),
        Refusal("secret a map", "expected text", adding: "secrets: {a: {b: c}}"),
        Refusal(
            "status out of range", "expected a whole number of an HTTP status from 100 to 599",
            adding: "network: {\"a:1\": {status: 99}}"),
        Refusal(
            "timeout 0", "line 5, column 14: \"cases[0].timeout\": expected a whole number of seconds", adding: "timeout: 0"),
        Refusal("parameter with a key twice", "key \"b\" is there twice", adding: "param: {b: 1, b: 2}"),
        Refusal("tag", "tags are not accepted", adding: "param: !!str 1"),
        Refusal("alias", "anchors and aliases are not accepted", adding: "param: &a {b: 1}"),
        Refusal("too long", "has 1048577 bytes", "#" + String(repeating: "x", count: 1 << 20)),
    ]

    @Test(arguments: refusals)
    func `a file that is wrong is refused with line and column`(_ row: Refusal) throws {
        let error = #expect(throws: GoldenCaseError.self) { try GoldenCase.read(Array(row.text.utf8), of: manifest) }

        #expect(error?.description.hasPrefix("tests/cases.yaml") == true, "\(String(describing: error))")
        #expect(error?.description.contains(row.expected) == true, "\(String(describing: error))")
    }

    @Test func `a file that is not text is refused`() throws {
        #expect(throws: GoldenCaseError.self) { try GoldenCase.read([0xFF, 0xFE], of: manifest) }
    }
}

/// `Expectation.differences`.
@Suite struct ExpectationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let expectation: String
        var result = #""Hello, Ada!""#
        var flag = true
        var reason: String?
        var logs: [String] = []
        /// A part of each difference, in order; none where all is as expected.
        var differences: [String] = []
        var testDescription: String { "\(expectation) of \(result)" }
    }

    static let rows: [Row] = [
        Row(expectation: "{flag: true}"),
        Row(expectation: "{flag: false}", differences: ["flag is true, expected false"]),
        Row(
            expectation: "{flag: true}", flag: false, reason: "raised",
            differences: ["flag is false, expected true; the reason is raised"]),
        Row(expectation: "{reason: bad-param}", flag: false, reason: "bad-param"),
        Row(expectation: "{reason: bad-param}", flag: false, differences: ["reason is none, expected bad-param"]),
        Row(expectation: "{reason: bad-param}", flag: false, reason: "raised", differences: ["reason is raised, expected"]),

        Row(expectation: #"{result: "Hello, Ada!"}"#),
        Row(expectation: #"{result: "Hello"}"#, differences: [#"result is "Hello, Ada!", expected "Hello""#]),
        Row(expectation: "{result: {a: 1, b: [true, null]}}", result: #"{"b":[true,null],"a":1}"#),
        Row(expectation: "{result: {a: 1}}", result: #"{"a":1,"b":2}"#, differences: ["result is"]),
        Row(expectation: "{result: [1, 2]}", result: "[2,1]", differences: ["result is [2,1], expected [1,2]"]),
        Row(expectation: "{result: 1}", result: #""1""#, differences: ["result is"]),
        Row(expectation: "{result: \"1\"}", result: "1", differences: ["result is"]),
        Row(expectation: "{result: null}", result: "null"),
        Row(expectation: "{result: null}", result: "{}", differences: ["result is {}, expected null"]),
        Row(expectation: "{result: 0.5}", result: "0.5"),
        Row(expectation: "{result: 1}", result: "1.0"),
        Row(expectation: "{result: 1e2}", result: "100"),

        Row(expectation: "{contains: Ada}"),
        Row(expectation: "{contains: Bob}", differences: [#"does not contain "Bob""#]),
        Row(expectation: "{contains: {}}", result: #"{"a":1}"#),
        Row(expectation: "{contains: {}}", result: "[]", differences: ["does not contain {}"]),
        Row(expectation: "{contains: {a: 1}}", result: #"{"a":1,"b":2}"#),
        Row(expectation: "{contains: {a: 2}}", result: #"{"a":1}"#, differences: ["does not contain"]),
        Row(expectation: "{contains: {c: null}}", result: #"{"a":1}"#, differences: ["does not contain"]),
        Row(expectation: "{contains: {a: {b: {c: x}}}}", result: #"{"a":{"b":{"c":"axb","d":1}},"e":2}"#),
        Row(expectation: "{contains: [3, 1]}", result: "[1,2,3]"),
        Row(expectation: "{contains: [4]}", result: "[1,2,3]", differences: ["does not contain [4]"]),
        Row(expectation: "{contains: [{name: ada}]}", result: #"[{"name":"bob"},{"name":"ada","id":1}]"#),
        Row(expectation: "{contains: 1}", result: "[1]", differences: ["does not contain 1"]),

        Row(expectation: "{matches: \"^Hello, A[a-z]+!$\"}"),
        Row(expectation: "{matches: Ada}"),
        Row(expectation: "{matches: \"^Ada\"}", differences: ["does not match ^Ada"]),
        Row(expectation: "{matches: \".*\"}", result: "17", differences: ["result is 17, which does not match .*"]),

        Row(expectation: "{logs: [greeting, Ada]}", logs: ["greeting Ada"]),
        Row(
            expectation: "{logs: [bye]}", logs: ["greeting Ada", "done"],
            differences: [#"no log line has "bye"; there is greeting Ada | done"#]),
        Row(expectation: "{logs: [bye]}", differences: ["there is none"]),

        Row(
            expectation: "{flag: false, reason: raised, result: 1, contains: 2, matches: x, logs: [y]}",
            differences: ["flag", "reason", "expected 1", "contain 2", "match x", "log line"]),
        Row(
            expectation: "{result: 1}", result: "\"\(String(repeating: "x", count: 5000))\"", differences: ["xxx…, expected 1"]),
    ]

    @Test(arguments: rows)
    func `what differs is said in a sentence each`(_ row: Row) throws {
        let manifest = try Manifest(yaml: Array(Samples.manifest().utf8))
        let file = "cases:\n  - {name: a, function: greet, expect: \(row.expectation)}"
        let expectation = try #require(try GoldenCase.read(Array(file.utf8), of: manifest).first).expectation

        let found = expectation.differences(
            flag: row.flag, result: try RawJSON(validating: row.result), reason: row.reason, logs: row.logs)

        try #require(found.count == row.differences.count, "\(found)")
        for (found, part) in zip(found, row.differences) { #expect(found.contains(part), "\(found)") }
        #expect(found.allSatisfy { $0.count < 1000 })
    }
}
