import ElvesApps
import ElvesModel
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
                minimum_agent: 2.0.0
                functions:
                  report:
                    title: Report & more
                    isolation: resident
                    timeout: 86400
                    idempotent: true
                    read_only: true
                    param:
                      type: object
                      properties:
                        path: {type: string, pattern: "^/", default: "yes"}
                        depth: {type: integer, minimum: 1, maximum: 1.5e3}
                      required: [path]
                      additionalProperties: false
                  Clean_2: {}
                sandbox:
                  filesystem:
                    read:
                      - path: /var/log
                        reason: to measure it
                """.utf8))

        #expect(manifest.name.text == "disk-usage")
        #expect(manifest.version.text == "1.4.2-beta.1")
        #expect(manifest.title == "Disk usage")
        #expect(manifest.language == .python)
        #expect(manifest.entry == "worker/main.py")
        #expect(manifest.minimumAgent?.text == "2.0.0")
        #expect(manifest.functions.map(\.name) == ["report", "Clean_2"])
        let report = try #require(manifest.function("report"))
        #expect(report.title == "Report & more")
        #expect(report.isolation == .resident)
        #expect(report.timeout == .seconds(86_400))
        #expect(report.isIdempotent && report.isReadOnly)
        #expect(
            report.parameterSchema
                == #"{"type":"object","properties":{"path":{"type":"string","pattern":"^/","default":"yes"},"#
                + #""depth":{"type":"integer","minimum":1,"maximum":1.5e3}},"required":["path"],"#
                + #""additionalProperties":false}"#)
        #expect(manifest.readRequests.map(\.path) == ["/var/log"])
        #expect(manifest.readRequests.map(\.reason) == ["to measure it"])
        #expect(manifest.archiveName == "disk-usage_1.4.2-beta.1.zip")
    }

    @Test func `what is left out has its default`() throws {
        let manifest = try Manifest(yaml: Array(Samples.manifest().utf8))

        #expect(manifest.title == "hello")
        #expect(manifest.minimumAgent == nil)
        #expect(manifest.readRequests.isEmpty)
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

        #expect(try Manifest(yaml: Array(text.utf8)).functions.first?.parameterSchema == #"{"const":\#(json)}"#)
    }

    @Test(arguments: ["python", "csharp", "swift", "shell"])
    func `every language is read, only Python runs today`(_ language: String) throws {
        let text = Samples.manifest().replacingOccurrences(of: "python", with: language)

        #expect(try Manifest(yaml: Array(text.utf8)).language.isRunnable == (language == "python"))
    }

    @Test func `survives JSON`() throws {
        let manifest = try Manifest(yaml: Array(Samples.manifest().utf8))

        let json = try JSONEncoder().encode(manifest)

        #expect(try JSONDecoder().decode(Manifest.self, from: json) == manifest)
        #expect(String(decoding: json, as: UTF8.self).contains(#""read_only":false"#))
    }
}
