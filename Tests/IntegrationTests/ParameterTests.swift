import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// Parameters that break a function's schema: refused by the center, by an agent and by the command line, and explained.
@Suite(.fewAtOnce) struct ParameterTests {
    /// apptest with a function whose schema says something of everything.
    private static func app(in scratch: ScratchFolder, version: String = "1.1.0") throws -> String {
        let folder = try Checkout.copy(Checkout.apptest, version: version, into: scratch)
        let path = folder + "/app.yaml"
        let manifest = text(of: path).replacing("timeout: 10", with: "timeout: 1", maxReplacements: 1)
            .replacing(Self.before, with: Self.after)
        try #require(manifest.contains(Self.after))
        try manifest.write(toFile: path, atomically: false, encoding: .utf8)
        return folder
    }

    private static let before = """
              properties:
                my:
                  description: What to answer, a text or any other value
                  examples: [toryzen]

        """
    private static let after = """
              properties:
                my:
                  type: string
                  description: What to answer
                limit: {type: integer, minimum: 1, maximum: 10, default: 3}
                level: {enum: [low, high]}
              required: [my]
              additionalProperties: false

        """

    static let refusals: [(pairs: [String], code: Int32, text: String)] = [
        (["my=x", "limit=0"], 1, "elves: apptest.helloword: /limit: 0 is less than the minimum 1\n"),
        (["limit=3"], 1, "apptest.helloword: /my: is missing, and must be there"),
        (["my=x", "level=middle"], 1, #"/level: must be one of "low", "high""#),
        (["my=x", "limit=many"], 65, "limit must be an integer; \"many\" is not"),
        (["my=x", "lmit=4"], 65, #"there is no parameter "lmit"; did you mean limit?"#),
        (["my=x", "colour=4"], 65, #"there is no parameter "colour"; known: my, limit, level"#),
        ([#"--param={"my":"x","colour":4}"#], 1, "/colour: there is no such parameter; known: my, limit, level"),
        (["--param=[]"], 1, "apptest.helloword: is an array, must be an object"),
    ]

    @Test func `what breaks a schema is refused before a task is made of it`() async throws {
        let scratch = try ScratchFolder()
        let app = try Self.app(in: scratch)
        try await withHost([app]) { center, agent in
            for row in Self.refusals {
                let result = try await elves(
                    ["run", agent.ip, "apptest.helloword"] + row.pairs, scratch, environment: ["ELVES_DATA": center.data])
                #expect(result.code == row.code && result.errors.contains(row.text), "\(row.pairs): \(result.errors)")
            }
            let key = try await center.newKey(for: "apptest")
            for (param, error) in [
                (#"{"my":"x","limit":0}"#, "[403.2]Request Params (param) Illegal"),
                ("", "[403.2]Request Params (param) Illegal"),
                (#"{"my":"x","limit":10}"#, ""),
            ] {
                let request = SignedRequest(
                    "rt/exec", ["app": "apptest", "func": "helloword", "ip": agent.ip, "param": param], key: key)
                #expect(try await V2Answer(request.send(to: center.port)).error == error, "\(param)")
            }
            #expect(try await center.tasks().count == 1)
            // Text where the schema says text, whatever it looks like.
            #expect(try await center.call(agent, "apptest.helloword", "my=4")?.text == #""4""#)
        }
    }

    @Test func `a call without a timeout of its own waits as long as the function may take, not for ever`() async throws {
        let scratch = try ScratchFolder()
        let app = try Self.app(in: scratch)
        try await withHost([app]) { center, agent in
            let key = try await center.newKey(for: "apptest")
            let request = SignedRequest(
                "rt/exec",
                ["app": "apptest", "func": "helloword", "ip": agent.ip, "param": #"{"my":"x"}"#, "timeout": "0"], key: key)
            agent.process?.send(SIGSTOP)
            defer { agent.process?.send(SIGCONT) }

            let answer = try await V2Answer(request.send(to: center.port, within: .seconds(30)))

            #expect(answer.flag == -1)
            #expect(answer.message == "the agent did not report before the deadline")
            #expect((3000..<10_000).contains(answer.cost))
        }
    }

    @Test func `an agent checks what a center without the manifest lets through, until the version is published again`()
        async throws
    {
        try await withHost([Checkout.apptest], keepsPorts: true) { center, agent in
            await center.kill()
            // As a release before manifests left it.
            try await run(
                "/usr/bin/python3",
                [
                    "-c",
                    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('UPDATE app_version SET manifest = NULL'); c.commit()",
                    center.data + "/center.sqlite",
                ], center.scratch
            ).succeeded()
            try await center.start()
            try await center.waitFor("apptest", "1.0.0", onlineOn: agent)

            let byAgent = try await center.elves("run", agent.ip, "apptest.slow", "--param", #"{"seconds":-1}"#)
            let unknown = try await center.elves("app", "show", "apptest")
            try await center.publish(Checkout.apptest)
            let byCenter = try await center.elves("run", agent.ip, "apptest.slow", "--param", #"{"seconds":-1}"#)

            #expect(byAgent.code == 1)
            #expect(byAgent.output == "/seconds: -1 is less than the minimum 0\n")
            #expect(byAgent.errors == "flag false, reason bad-param\n")
            #expect(unknown.errors.contains("apptest 1.0.0 was published before manifests were kept"))
            #expect(byCenter.errors == "elves: apptest.slow: /seconds: -1 is less than the minimum 0\n")
        }
    }

    static let help = """
        apptest 1.1.0: The smallest app that shows everything a function can do

        helloword  Answers the text given as "my"
          (at most 1 s, resident, changes nothing, may be repeated)
          my=STRING  (required)
              What to answer
          limit=INTEGER  (1 to 10; 3 when left out)
          level=STRING  (one of "low", "high")

        """

    @Test func `an app explains its functions, from a folder and from the center`() async throws {
        let scratch = try ScratchFolder()
        let app = try Self.app(in: scratch)
        try await withCenter { center in
            try await center.publish(app)
            let commands: [(arguments: [String], isWhole: Bool)] = [
                (["app", "show", app, "helloword"], true), (["app", "show", "apptest.helloword"], true),
                (["app", "show", "apptest", "helloword", "--app-version", "1.1.0"], true),
                (["run", "10.0.0.1", "apptest.helloword", "--help"], false), (["run", "-h", "10.0.0.1", "apptest"], false),
                (["call", "--local", app, "--help"], false), (["call", "--help", "--local", app, "helloword"], false),
            ]
            for command in commands {
                let result = try await elves(command.arguments, scratch, environment: ["ELVES_DATA": center.data])
                #expect(result.code == 0, "\(command.arguments): \(result.errors)")
                #expect(
                    command.isWhole ? result.output == Self.help : result.output.contains(Self.help.dropLast()),
                    "\(command.arguments): \(result.output)")
                #expect(command.isWhole || result.output.contains("USAGE: elves"), "\(result.output)")
            }
        }
    }

    @Test func `an app's functions are there as JSON, and what is not there is named`() async throws {
        let scratch = try ScratchFolder()
        let app = try Self.app(in: scratch)

        let shown = try await elves(["app", "show", app, "--json"], scratch).succeeded().object()
        let functions = try (shown.array("functions") ?? []).map { try JSONObject($0) }
        #expect(try functions.map { try $0.string("name") } == ["helloword", "slow", "version", "fresh", "counter"])
        #expect(functions.first?.raw("param")?.text.hasPrefix(#"{"type":"object","properties":{"my":"#) == true)

        let misspelt = try await elves(["app", "show", app, "helloworld"], scratch)
        #expect(misspelt.code == 65)
        #expect(
            misspelt.errors.contains(#"apptest has no function "helloworld"; did you mean helloword? it has: helloword, slow"#))
        for arguments in [["run", "--help"], ["call", "-h"]] {
            let plain = try await elves(arguments, scratch)
            #expect(plain.code == 0 && plain.output.contains("USAGE: elves") && !plain.output.contains("explain"), "\(plain)")
        }
    }

    @Test func `a local call is checked like any other`() async throws {
        let scratch = try ScratchFolder()
        let app = try Self.app(in: scratch)

        let refused = try await elves(["call", "--local", app, "helloword", "my=x", "limit=11"], scratch)
        let good = try await elves(["call", "--local", app, "helloword", "my=4"], scratch)

        #expect(refused.code == 1)
        #expect(refused.output == "/limit: 11 is more than the maximum 10\n")
        #expect(refused.errors == "flag false, reason bad-param\n")
        #expect(good.code == 0 && good.output == "4\n")
    }
}
