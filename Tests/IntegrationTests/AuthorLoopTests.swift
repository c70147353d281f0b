import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// From `elves app new` to an app that runs on a host, as an author goes.
@Suite(.fewAtOnce) struct AuthorLoopTests {
    /// Without any network, where the tester may take it away.
    private static let offline = geteuid() == 0 ? ["unshare", "--net"] : []

    /// Runs `elves` in a folder.
    private static func author(
        _ arguments: [String], in folder: String, _ scratch: ScratchFolder, prefix: [String] = []
    ) async throws -> CommandResult {
        try await run(
            "/usr/bin/env", ["-C", folder] + prefix + [Checkout.binary] + arguments, scratch, limit: .seconds(300))
    }

    @Test(arguments: ["python", "shell", "csharp", "swift"])
    func `a new app is green from any folder, offline, and runs on a host`(_ language: String) async throws {
        let scratch = try ScratchFolder()
        let elsewhere = try scratch.makeFolder("some where/else")
        let made = try await Self.author(
            ["app", "new", "good-day", "--lang", language], in: elsewhere, scratch, prefix: Self.offline)
        #expect(made.code == 0 && made.output.contains("elves app test good-day"), "\(made.errors)")
        let folder = elsewhere + "/good-day"

        let tested = try await Self.author(["app", "test", "good-day"], in: elsewhere, scratch, prefix: Self.offline)
        #expect(tested.code == 0 && tested.output.hasSuffix(" passed, 0 failed\n"), "\(tested.output)\(tested.errors)")

        let cases = folder + "/tests/cases.yaml"
        let wrong = "  - {name: is wrong, function: greet, param: {name: Ada}, expect: {flag: true, result: Bye}}\n"
        try (text(of: cases) + wrong).write(toFile: cases, atomically: false, encoding: .utf8)
        let failed = try await Self.author(["app", "test", "--case", "is wrong"], in: folder, scratch)
        #expect(failed.code == 1)
        #expect(failed.output.contains("FAIL  is wrong"))
        #expect(failed.output.contains(#"result is "Hello, Ada!", expected "Bye""#), "\(failed.output)")

        var archives: [[UInt8]] = []
        for number in 0..<2 {
            let output = try scratch.makeFolder("packed-\(number)")
            try await Self.author(["app", "pack", folder, "--output", output], in: output, scratch).succeeded()
            archives.append(bytes(of: output + "/good-day_1.0.0.zip"))
        }
        #expect(archives[0] == archives[1] && !archives[0].isEmpty)

        try await withHost([scratch.file("packed-0/good-day_1.0.0.zip")]) { center, agent in
            #expect(try await center.call(agent, "good-day.greet", "name=Ada")?.stringValue == "Hello, Ada!")
            // Where the schema asks for a name the center refuses, else the app does.
            let refused = try await center.elves("run", agent.ip, "good-day.greet", "--json")
            #expect(refused.code == 1 && (refused.output + refused.errors).contains("name"), "\(refused.errors)")
        }
    }

    @Test(arguments: [("python", "good_day.py"), ("shell", "good-day.sh")])
    func `an app that is watched is called again after each save`(_ language: String, _ source: String) async throws {
        let scratch = try ScratchFolder()
        try await elves(["app", "new", "good-day", "--lang", language, "--output", scratch.path], scratch).succeeded()
        let file = scratch.file("good-day/\(source)")
        let good = text(of: file)
        let watching = try LongRunning(
            ["app", "run", scratch.file("good-day"), "greet", "name=Ada", "--watch"], name: "watch", scratch)
        func waits(_ times: Int) async throws {
            try await eventually("it waits for save \(times)", within: .seconds(30)) {
                let seen = watching.process.errors.components(separatedBy: "waiting for the next save").count - 1
                return ("\(seen): \(watching.process.errors.suffix(500))", seen >= times)
            }
        }
        do {
            try await waits(1)
            try good.replacing("Hello", with: "Salve").write(toFile: file, atomically: true, encoding: .utf8)
            try await waits(2)
            // What does not even load is said, and the next save is waited for all the same.
            try "}".write(toFile: file, atomically: true, encoding: .utf8)
            try await waits(3)
            try good.replacing("Hello", with: "Good day").write(toFile: file, atomically: true, encoding: .utf8)
            try await eventually("the last save is called", within: .seconds(30)) {
                let output = watching.process.output
                return (output, output.hasSuffix("Good day, Ada!\n"))
            }
        } catch {
            await watching.process.kill()
            throw error
        }
        await watching.process.kill()
        let answers = watching.process.output.split(separator: "\n")
        #expect(answers.first == "Hello, Ada!")
        #expect(answers.contains("Salve, Ada!"))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        var code: Int32 = 65
        let text: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let refusals: [Row] = [
        Row(
            arguments: ["new", "good-day", "--lang", "cobol"],
            text: "for \"cobol\"; there is one for csharp, python, shell, swift"),
        Row(arguments: ["new", "good-day", "--lang", "../python"], text: "there is no template"),
        Row(arguments: ["new", "Good Day"], text: "Good Day"),
        Row(arguments: ["new", "taken"], text: "taken is there already: choose another name or --output"),
        Row(arguments: ["test", "empty"], code: 1, text: "app.yaml"),
        Row(arguments: ["test", "caseless"], text: "caseless has no tests/cases.yaml: write a case for each function"),
        Row(arguments: ["test", "wrong"], text: "tests/cases.yaml line 2, column 6: unknown key \"fun\""),
        Row(arguments: ["test", "unasked"], text: "the app asks for no path that has /etc/passwd"),
        Row(arguments: ["run", "caseless", "nosuch"], text: "probe has no function \"nosuch\"; it has: count"),
    ]

    @Test func `what an author gets wrong is said`() async throws {
        let scratch = try ScratchFolder()
        for name in ["taken", "empty"] { try scratch.makeFolder(name) }
        for (name, cases) in [
            ("caseless", nil), ("wrong", "cases:\n  - {fun: count}\n"),
            ("unasked", "cases:\n  - {name: a, function: count, files: {/etc/passwd: x}, expect: {flag: true}}\n"),
        ] {
            let folder = try Checkout.fixture("probe", into: scratch)
            try FileManager.default.moveItem(atPath: folder, toPath: scratch.file(name))
            guard let cases else { continue }
            try scratch.makeFolder("\(name)/tests")
            try scratch.write("\(name)/tests/cases.yaml", Array(cases.utf8))
        }
        for row in Self.refusals {
            let result = try await Self.author(["app"] + row.arguments, in: scratch.path, scratch)
            #expect(result.code == row.code, "\(row.testDescription): \(result.errors)")
            #expect(result.errors.contains(row.text), "\(row.testDescription): \(result.errors)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(!left.contains { $0.hasSuffix(".new") })
    }

    @Test func `a case shows the app its own files, secrets and network, and looks at what was written`() async throws {
        let scratch = try ScratchFolder()
        let app = try Checkout.fixture(
            "probe",
            adding: """
                secrets: [token]
                sandbox:
                  filesystem:
                    read: [{path: /etc/machine-id, reason: tests}]
                    write: [{path: /srv/probe, reason: tests}]
                  network: [{host: "example.test:80", reason: tests}]

                """, into: scratch)
        try FileManager.default.createDirectory(atPath: app + "/tests", withIntermediateDirectories: false)
        let cases = """
            cases:
              - {name: file, function: read, param: {path: /etc/machine-id}, files: {/etc/machine-id: mine},
                 expect: {result: mine}}
              - {name: secret, function: reveal, param: {name: token}, secrets: {token: abc}, expect: {contains: {secret: abc}}}
              - {name: written, function: write, param: {path: /srv/probe/out, text: new}, expect: {files: {/srv/probe/out: new}}}
              - {name: not written, function: count, expect: {files: {/srv/probe/out: new}}}
              - {name: network, function: fetch, param: {place: "example.test:80"}, network: {"example.test:80": {body: hi}},
                 expect: {result: hi}}
              - {name: elsewhere, function: fetch, param: {place: "other.test:80"}, network: {"example.test:80": {body: hi}},
                 expect: {flag: false, result: 403}}
              - {name: logs, function: tell, expect: {logs: [found it, odd]}}

            """
        try cases.write(toFile: app + "/tests/cases.yaml", atomically: false, encoding: .utf8)

        let result = try await elves(["app", "test", app, "--json"], scratch)

        #expect(result.code == 1)
        let wrapped = try JSONObject(parsing: Array(#"{"cases":\#(result.output)}"#.utf8))
        let verdicts = try (wrapped.array("cases") ?? []).map { try JSONObject($0) }
        #expect(
            try verdicts.map { try $0.string("name") } == [
                "file", "secret", "written", "not written", "network", "elsewhere", "logs",
            ])
        #expect(try verdicts.map { try $0.bool("passed") } == [true, true, true, false, true, true, true], "\(result.output)")
        #expect(result.output.contains("/srv/probe/out is not there"))
        #expect(!FileManager.default.fileExists(atPath: "/srv/probe"))
    }
}
