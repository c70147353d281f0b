import ElvesApps
import ElvesJSON
import ElvesModel
import ElvesSchema
import Foundation
import Testing

@Suite struct ManifestTests {
    @Test func `reads every key`() throws {
        let manifest = try Manifest(
            yaml: Array(
                """
                # A comment.
                name: disk-usage
                version: "1.4.2-beta.1"
                title: Disk usage
                language: python
                entry: worker/main.py
                build: ["sh", "build.sh"]
                minimum_agent: 2.0.0
                limits:
                  memory: 64MiB
                  processes: 8
                  files: 64
                  output: 1MiB
                secrets: [token, API_KEY]
                processor:
                  url: https://example.com/results
                functions:
                  report:
                    title: Report & more
                    isolation: resident
                    limits:
                      memory: 1GiB
                    timeout: 86400
                    idempotent: true
                    read_only: true
                    param:
                      type: object
                      properties:
                        path: {type: string, pattern: "^/", default: "/1"}
                        depth: {type: integer, minimum: 1, maximum: 1.5e3}
                      required: [path]
                      additionalProperties: false
                  Clean_2:
                    isolation: zygote
                sandbox:
                  filesystem:
                    read:
                      - path: /var/log
                        reason: to measure it
                    write:
                      - path: /var/cache/disk-usage
                        reason: to keep the last report
                  network:
                    - host: example.com:443
                      reason: to send the report
                    - host: "[2001:db8::1]:8080"
                      reason: to send it twice
                    - host: "*:*"
                      reason: to send it everywhere
                """.utf8))

        #expect(manifest.name.text == "disk-usage")
        #expect(manifest.version.text == "1.4.2-beta.1")
        #expect(manifest.title == "Disk usage")
        #expect(manifest.language.rawValue == "python")
        #expect(manifest.entry == "worker/main.py")
        #expect(manifest.minimumAgent?.text == "2.0.0")
        #expect(manifest.functions.map(\.name) == ["report", "Clean_2"])
        let report = try #require(manifest.function("report"))
        #expect(report.title == "Report & more")
        #expect(report.isolation == .resident)
        #expect(report.timeout == .seconds(86_400))
        #expect(report.isIdempotent && report.isReadOnly)
        #expect(
            report.parameterSchema?.source.text
                == #"{"type":"object","properties":{"path":{"type":"string","pattern":"^/","default":"/1"},"#
                + #""depth":{"type":"integer","minimum":1,"maximum":1.5e3}},"required":["path"],"#
                + #""additionalProperties":false}"#)
        #expect(manifest.function("Clean_2")?.isolation == .zygote)
        #expect(manifest.readRequests.map(\.path) == ["/var/log"])
        #expect(manifest.readRequests.map(\.reason) == ["to measure it"])
        #expect(manifest.writeRequests.map(\.path) == ["/var/cache/disk-usage"])
        #expect(manifest.networkRequests.map(\.name) == ["example.com", "[2001:db8::1]", "*"])
        #expect(manifest.networkRequests.map(\.port) == [443, 8080, nil])
        #expect(manifest.build == ["sh", "build.sh"])
        #expect(manifest.runtime == nil && manifest.interpreter == nil)
        #expect(manifest.secrets == ["token", "API_KEY"])
        #expect(manifest.processor?.url == "https://example.com/results")
        #expect(manifest.limits == .init(memory: 64 << 20, processes: 8, files: 64, output: 1 << 20))
        #expect(manifest.limits(of: report) == .init(memory: 1 << 30, processes: 8, files: 64, output: 1 << 20))
        #expect(manifest.archiveName == "disk-usage_1.4.2-beta.1.zip")
    }

    @Test func `what is left out has its default`() throws {
        let manifest = try Manifest(yaml: Array(Samples.manifest().utf8))

        #expect(manifest.title == "hello")
        #expect(manifest.minimumAgent == nil)
        #expect(manifest.readRequests.isEmpty && manifest.writeRequests.isEmpty && manifest.networkRequests.isEmpty)
        #expect(manifest.build == nil && manifest.processor == nil && manifest.secrets.isEmpty)
        #expect(manifest.limits == .init())
        let function = try #require(manifest.functions.first)
        #expect(function.isolation == .fresh)
        #expect(function.timeoutSeconds == 90)
        #expect(!function.isIdempotent && !function.isReadOnly)
        #expect(function.parameterSchema == nil)
    }

    @Test(arguments: [
        ("1", "1"), ("-0.5", "-0.5"), ("1e9", "1e9"), ("007", #""007""#), ("0x10", #""0x10""#), ("1.", #""1.""#),
        ("yes", #""yes""#), ("true", "true"), ("\"true\"", #""true""#), ("~", "null"), ("", "null"),
        ("'a\"b\\c'", #""a\"b\\c""#), ("\"a\\tb\\u0001\"", #""a\tb\u0001""#), (".inf", #"".inf""#), ("é", #""é""#),
    ])
    func `a word of a schema becomes JSON by YAML's core schema`(_ word: String, _ json: String) throws {
        let text = Samples.manifest() + "\n    param: {const: \(word)}\n"

        #expect(try Manifest(yaml: Array(text.utf8)).functions.first?.parameterSchema?.source.text == #"{"const":\#(json)}"#)
    }

    @Test(arguments: ["python", "csharp", "swift", "shell", "java", "awk", "lua-5"])
    func `a language is any name: what runs it is the host's business`(_ language: String) throws {
        let text = Samples.manifest().replacingOccurrences(of: "python", with: language)

        #expect(try Manifest(yaml: Array(text.utf8)).language.rawValue == language)
    }

    @Test(arguments: [
        ("main.php", nil, "main.php"), ("php|main.php", "php", "main.php"),
        ("/usr/bin/python3.11|bin/a.py", "/usr/bin/python3.11", "bin/a.py"),
    ])
    func `a legacy entry may name its interpreter`(_ entry: String, _ interpreter: String?, _ file: String) throws {
        let text = Samples.manifest().replacingOccurrences(of: "entry: main.py", with: "runtime: legacy\nentry: \(entry)")

        let manifest = try Manifest(yaml: Array(text.utf8))

        #expect(manifest.runtime == .legacy)
        #expect(manifest.interpreter == interpreter)
        #expect(manifest.entry == file)
    }

    @Test(arguments: [
        "", "limits: {memory: 64MiB}", "secrets: [a]\nprocessor: {url: \"http://a.test\"}", "build: [make]",
        "sandbox: {filesystem: {write: [{path: /a, reason: b}]}, network: [{host: \"*:25\", reason: c}]}",
    ])
    func `survives JSON`(_ more: String) throws {
        let manifest = try Manifest(yaml: Array((Samples.manifest() + "\n" + more).utf8))

        let json = try JSONEncoder().encode(manifest)

        #expect(try JSONDecoder().decode(Manifest.self, from: json) == manifest)
        #expect(String(decoding: json, as: UTF8.self).contains(#""read_only":false"#))
    }

    @Test func `what was stored before a key existed is read with the key's default`() throws {
        let json = """
            {"name":"hello","version":"1.0.0","title":"hello","language":"python","entry":"main.py","read_requests":[],
            "functions":[{"name":"greet","title":"Say hello","isolation":"fresh","timeout":90,"idempotent":false,
            "read_only":false}]}
            """

        let manifest = try JSONDecoder().decode(Manifest.self, from: Data(json.utf8))

        #expect(try manifest == Manifest(yaml: Array(Samples.manifest().utf8)))
    }

    @Test func `a language that names no policy file is not read from JSON either`() throws {
        let json = try JSONEncoder().encode(Manifest(yaml: Array(Samples.manifest().utf8)))
        let bad = String(decoding: json, as: UTF8.self).replacingOccurrences(of: #""python""#, with: #""..\/x""#)

        #expect(throws: (any Error).self) { try JSONDecoder().decode(Manifest.self, from: Data(bad.utf8)) }
    }
}
