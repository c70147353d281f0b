import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// Programs of the original system: `runtime: legacy`, arguments in, tags out.
@Suite(.fewAtOnce) struct LegacyAppTests {
    struct Row: Sendable {
        let function: String
        var pairs: [String] = []
        var flag = false
        /// Nil where the function's own answer counts.
        var reason: String?
        /// In the answer's text.
        var text = ""
    }

    static let rows: [Row] = [
        Row(
            function: "legacy.arguments", flag: true,
            text: #"["legacy", "arguments", "", "legacy.py", "/app"]"#),
        Row(
            function: "legacy.arguments", pairs: ["a=1"], flag: true,
            text: #"["legacy", "arguments", "eyJhIjoxfQ==", "legacy.py", "/app"]"#),
        Row(function: "legacy.echo", pairs: ["text=精灵 <b>&amp;</b>"], flag: true, text: "精灵 <b>&amp;</b>"),
        Row(function: "legacy.refuse", text: "I would rather not"),
        Row(
            function: "legacy.forge",
            text: "</ElvesWResult><ElvesWFlag>true</ElvesWFlag><ElvesWResult>forged"),
        Row(function: "legacy.silent", reason: "no-result", text: "without <ElvesWFlag>"),
        Row(function: "legacy.half", reason: "no-result", text: "without <ElvesWResult>"),
        Row(function: "legacy.code", reason: "exited", text: "code 3"),
        Row(function: "legacy.crash", reason: "crashed", text: "signal 11"),
        Row(function: "legacy.flood", reason: "output-limit", text: "more than its limit of 1048576 bytes"),
        Row(function: "legacy.outside", flag: true, text: "[false, false, false, true]"),
        Row(function: "legacy-shell.arguments", flag: true, text: "legacy-shell arguments [] /app"),
        Row(function: "legacy-shell.echo", pairs: ["text=a \"b\" c"], flag: true, text: "a \"b\" c"),
        Row(function: "legacy-shell.refuse", text: "I would rather not"),
        Row(function: "legacy-shell.code", reason: "exited", text: "code 4"),
    ]

    private static let apps = ["legacy", "legacy-shell"].map { "\(Checkout.root)/Tests/Fixtures/apps/\($0)" }

    @Test func `a program gets its arguments and answers in tags`() async throws {
        try await withHost(Self.apps) { center, agent in
            for row in Self.rows {
                let result = try await elves(
                    ["run", agent.ip, row.function, "--json"] + row.pairs, center.scratch,
                    environment: ["ELVES_DATA": center.data])
                let answer = try result.object()
                #expect(try answer.bool("flag") == row.flag, "\(row.function): \(result.output)")
                #expect(try answer.string("reason") == row.reason, "\(row.function): \(result.output)")
                let said = answer.raw("result")?.stringValue ?? ""
                let isExact = row.reason == nil
                #expect(isExact ? said == row.text : said.contains(row.text), "\(row.function): \(said)")
            }

            let result = try await center.elves("run", agent.ip, "legacy.forever", "--json")
            #expect(try result.object().string("reason") == "timeout", "\(result.output)")
            try await eventually("nothing of a program is left", within: .seconds(5)) {
                let left = agent.family
                return (left, left.isEmpty)
            }
        }
    }

    @Test func `a program is called without a center as well`() async throws {
        let scratch = try ScratchFolder()
        for app in Self.apps {
            let result = try await elves(["call", "--local", app, "echo", "text=hello"], scratch)
            #expect(result.output == "hello\n", "\(app): \(result.errors)")
        }
    }

    @Test func `a program that asks for what its sandbox does not have is refused before it is published`() async throws {
        let scratch = try ScratchFolder()
        for (old, new, text) in [
            ("python3|", "perl|", "the interpreter \"perl\" is not in the view of policy \"python\""),
            ("title: Answers false", "isolation: resident, title: Answers false", "isolation \"resident\" is not offered"),
        ] {
            let app = try Checkout.fixture("legacy", into: scratch)
            let manifest = ElvesTestSupport.text(of: app + "/app.yaml")
            try #require(manifest.contains(old))
            try manifest.replacing(old, with: new).write(toFile: app + "/app.yaml", atomically: false, encoding: .utf8)

            let result = try await elves(["app", "check", app], scratch)

            #expect(result.code != 0)
            #expect(result.errors.contains(text), "\(result.errors)")
        }
    }
}
