import ElvesApps
import ElvesModel
import Testing

@Suite struct ManifestRefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let expected: String

        init(_ name: String, _ expected: String, _ text: String) {
            testDescription = name
            self.text = text
            self.expected = expected
        }

        /// A good document with one piece replaced.
        init(_ name: String, _ expected: String, replacing old: String, by new: String) {
            let good = Samples.manifest()
            let parts = good.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
            self.init(name, expected, parts.joined(separator: new))
        }

        /// A good document with lines at its end.
        init(_ name: String, _ expected: String, adding more: String) {
            self.init(name, expected, Samples.manifest() + "\n" + more)
        }
    }

    static let rows: [Row] = [
        Row("empty", "line 1, column 1: the document is empty", ""),
        Row("only a comment", "the document is empty", "# nothing\n"),
        Row("a list", "line 1, column 1: \"app.yaml\": expected a map", "- a\n"),
        Row("a word", "expected a map", "hello"),
        Row("not YAML", "line 2, column 1: did not find expected ',' or ']'", "name: [a, b"),
        Row("a tab for indentation", "line 2, column 1", "functions:\n\tgreet: {}"),
        Row("two documents", "column", adding: "---\nname: other"),
        Row(
            "unknown key", "line 8, column 1: unknown key \"colour\"; accepted here: name, version",
            adding: "colour: red"),
        Row("unknown key of a function", "line 8, column 5: unknown key \"retries\"", adding: "    retries: 3"),
        Row(
            "unknown key of the sandbox", "line 9, column 3: unknown key \"devices\"; accepted here: filesystem, network",
            adding: "sandbox:\n  devices: any"),
        Row("a key with an escape character", #"unknown key "\u{1b}[2J""#, adding: #""\e[2J": 1"#),
        Row("duplicate key", "key \"name\" is there twice", adding: "name: again"),
        Row("duplicate function", "key \"greet\" is there twice", adding: "  greet: {}"),
        Row("anchor", "line 1, column 7: anchors and aliases are not accepted", replacing: "hello", by: "&a hello"),
        Row("alias", "anchors and aliases are not accepted", adding: "title: &a x\nminimum_agent: *a"),
        Row("anchored key", "anchors and aliases are not accepted", adding: "&a title: x"),
        Row("undefined alias", "found undefined alias", adding: "title: *a"),
        Row("tag", "line 2, column 10: tags are not accepted", replacing: "1.0.0", by: "!!str 1.0.0"),
        Row("tagged map", "tags are not accepted", replacing: "functions:", by: "functions: !!map"),
        Row("own tag", "tags are not accepted", adding: "title: !python/object x"),
        Row("key that is a list", "line 8, column 1: a key must be text", adding: "[a]: b"),
        Row("merge key", "unknown key \"<<\"", adding: "<<: {title: x}"),
        Row("name missing", "line 1, column 1: \"name\" is missing", replacing: "name: hello\n", by: ""),
        Row("version missing", "\"version\" is missing", replacing: "version: 1.0.0\n", by: ""),
        Row("language missing", "\"language\" is missing", replacing: "language: python\n", by: ""),
        Row("entry missing", "\"entry\" is missing", replacing: "entry: main.py\n", by: ""),
        Row("name with _", "line 1, column 7: \"name\": 1 to 25 letters", replacing: "hello", by: "hel_lo"),
        Row("name empty", "\"name\": expected text", replacing: "name: hello", by: "name:"),
        Row("version of two parts", "line 2, column 10: \"version\": MAJOR.MINOR.PATCH", replacing: "1.0.0", by: "1.0"),
        Row("version with +", "\"version\": MAJOR.MINOR.PATCH", replacing: "1.0.0", by: "1.0.0+b"),
        Row("minimum agent", "\"minimum_agent\": MAJOR.MINOR.PATCH", adding: "minimum_agent: two"),
        Row("title empty", "\"title\": is empty", adding: "title: '  '"),
        Row("title of two lines", "\"title\": has a control character", adding: "title: \"a\\nb\""),
        Row("title a list", "\"title\": expected text", adding: "title: [a]"),
        Row("title long", "\"title\": has more than 200 bytes", adding: "title: \(String(repeating: "x", count: 201))"),
        Row(
            "language in upper case", "line 3, column 11: \"language\": 1 to 32 lower-case letters, digits and -",
            replacing: "python", by: "Perl"),
        Row("language that climbs", "\"language\": 1 to 32 lower-case letters", replacing: "python", by: "../python"),
        Row("language of 33", "\"language\": 1 to 32", replacing: "python", by: String(repeating: "a", count: 33)),
        Row(
            "entry climbs", "\"entry\": expected a file below the app's folder", replacing: "main.py", by: "../main.py"),
        Row("entry absolute", "the path is absolute", replacing: "main.py", by: "/bin/sh"),
        Row("entry backslash", "backslash", replacing: "main.py", by: "a\\b.py"),
        Row("entry a folder", "not a folder", replacing: "main.py", by: "worker/"),
        Row("entry in .elves", "a part of .elves", replacing: "main.py", by: ".elves/python/elves/__main__.py"),
        Row(
            "no function", "an app has at least one function", replacing: "functions:\n  greet:\n    title: Say hello",
            by: "functions: {}"),
        Row(
            "functions a list", "\"functions\": expected a map",
            replacing: "functions:\n  greet:\n    title: Say hello", by: "functions: [greet]"),
        Row("function with -", "line 8, column 3: \"functions.say-it\": a function's name", adding: "  say-it: {}"),
        Row("function with _ first", "a function's name", adding: "  _it: {}"),
        Row("function of 33", "a function's name", adding: "  \(String(repeating: "f", count: 33)): {}"),
        Row("function without a map", "\"functions.other\": expected a map", adding: "  other:"),
        Row("isolation unknown", "expected one of resident, fresh, zygote", adding: "    isolation: none"),
        Row(
            "timeout 0",
            "line 8, column 14: \"functions.greet.timeout\": expected a whole number of seconds from 1 to 86400",
            adding: "    timeout: 0"),
        Row("timeout 86401", "from 1 to 86400", adding: "    timeout: 86401"),
        Row("timeout 1.5", "from 1 to 86400", adding: "    timeout: 1.5"),
        Row("timeout 90s", "from 1 to 86400", adding: "    timeout: 90s"),
        Row("timeout as text", "from 1 to 86400", adding: "    timeout: '90'"),
        Row("timeout huge", "from 1 to 86400", adding: "    timeout: 99999999999999999999"),
        Row("idempotent yes", "\"functions.greet.idempotent\": expected true or false", adding: "    idempotent: yes"),
        Row("read_only as text", "expected true or false", adding: "    read_only: 'true'"),
        Row(
            "keyword of a schema unknown",
            "line 10, column 13: \"functions.greet.param.properties.a.minimun\": \"minimun\" is not a keyword that is enforced; did you",
            adding: "    param:\n      properties:\n        a: {minimun: 1}"),
        Row(
            "value of a keyword", "line 8, column 44: \"functions.greet.param.anyOf[1].type\": expected one of null",
            adding: "    param: {anyOf: [{}, {minimum: 1, type: text}]}"),
        Row(
            "default that breaks its schema", "line 9, column 16: \"functions.greet.param.default\": breaks the schema",
            adding: "    param:\n      default: 1\n      type: object"),
        Row(
            "number too large", "no JSON: an integer outside the 64-bit range",
            adding: "    param: {const: 99999999999999999999}"),
        Row("param a list", "\"functions.greet.param\": expected a JSON Schema", adding: "    param: []"),
        Row(
            "read path relative", "line 11, column 15: \"sandbox.filesystem.read[0].path\": expected an absolute path",
            adding: read("var/log", "x")),
        Row("read path climbs", "expected an absolute path", adding: read("/var/../etc", "x")),
        Row("read path doubled", "expected an absolute path", adding: read("/var//log", "x")),
        Row("read path with a slash at the end", "expected an absolute path", adding: read("/var/", "x")),
        Row("read path the root", "expected an absolute path", adding: read("/", "x")),
        Row("reason empty", "read[0].reason\": is empty", adding: read("/var", "''")),
        Row("reason missing", "\"reason\" is missing", adding: "sandbox: {filesystem: {read: [{path: /var}]}}"),
        Row(
            "path twice", "/var is asked for twice",
            adding: "sandbox: {filesystem: {read: [{path: /var, reason: a}, {path: /var, reason: b}]}}"),
        Row(
            "path to read and to write", "line 8, column 81: \"sandbox.filesystem.read[0].path\": /v is asked for twice",
            adding: "sandbox: {filesystem: {write: [{path: /v, reason: a}], read: [{reason: b, path: /v}]}}"),
        Row(
            "write path relative", "\"sandbox.filesystem.write[0].path\": expected an absolute path",
            adding: "sandbox: {filesystem: {write: [{path: var, reason: a}]}}"),
        Row("deep", "nested deeper than 64", adding: "    param: {a: \(nested(70))}"),
        Row("very deep", "Maximum nesting level", adding: "    param: {a: \(nested(30_000))}"),
        Row(
            "very deep lists in blocks", "Maximum nesting level",
            adding: "x: \n  " + String(repeating: "- ", count: 20_000)),
        Row("laughs", "more than 16 words begin with & or *", laughs(keyed: false)),
        Row("laughs in keys", "more than 16 words begin with & or *", laughs(keyed: true)),
        Row("a NUL byte", "line 1, column 1: control characters", adding: "title: \u{0}"),
        Row("too large", "has 65537 bytes: a manifest has at most 65536", String(repeating: "#", count: 65_537)),
    ]

    static func read(_ path: String, _ reason: String) -> String {
        "sandbox:\n  filesystem:\n    read:\n      - path: \(path)\n        reason: \(reason)"
    }

    static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    /// Each level names the one before nine times.
    static func laughs(keyed: Bool) -> String {
        (0..<20).map { level in
            let inner = level == 0 ? "x" : Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            return keyed ? "? &a\(level) [\(inner)]\n: x\n" : "k\(level): &a\(level) [\(inner)]\n"
        }.joined()
    }

    @Test(arguments: rows + ManifestRequestRows.all)
    func `a bad document is refused with its place`(_ row: Row) throws {
        let error = #expect(throws: ManifestError.self) { try Manifest(yaml: Array(row.text.utf8)) }
        let message = error?.description ?? ""
        #expect(message.contains(row.expected), "\(message)")
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: ManifestError.notText) { try Manifest(yaml: Array("title: ".utf8) + [0xFF]) }
    }

    @Test func `a document of exactly the limit is read`() throws {
        let text = Samples.manifest() + "\n#"
        let bytes = Array(text.utf8) + Array(repeating: UInt8(ascii: "x"), count: Manifest.byteLimit - text.utf8.count)

        #expect(try Manifest(yaml: bytes).name.text == "hello")
    }
}
