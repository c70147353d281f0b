import ElvesJSON
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// What an agent gives an app beside its policy: grants, secrets, languages; and what a zygote leaves of a call.
@Suite(.fewAtOnce) struct GrantedAppTests {
    @Test func `an app is online where all it asks for is granted, and stays so without a center`() async throws {
        let scratch = try ScratchFolder()
        let folder = try scratch.makeSharedFolder("shown")
        chmod(try scratch.write("shown/there", Array("from the host".utf8)), 0o644)
        let app = try Checkout.fixture(
            "probe", adding: "sandbox: {filesystem: {read: [{path: \"\(folder)\", reason: tests}]}}\n", into: scratch)
        try await withHost([], keepsPorts: true) { center, agent in
            try await center.publish(app)
            try await center.bind("probe", to: agent, grants: ["read:/etc"])

            let refused = try await center.waitFor("probe", on: agent, "has a problem") { $0.problem != nil }
            #expect(refused?.online == nil)
            let hint = "--grant read:\(folder)"
            for command in [["agents"], ["app", "status", "probe"]] {
                let said = try await elves(command, center.scratch, environment: ["ELVES_DATA": center.data])
                #expect(said.output.contains(hint), "\(command): \(said.output)")
            }
            #expect(try await center.elves("run", agent.ip, "probe.count").errors.contains("not-installed"))

            try await center.bind("probe", to: agent, grants: ["read:\(folder)"])
            try await center.waitFor("probe", "1.0.0", onlineOn: agent)
            #expect(try await center.call(agent, "probe.read", "path=\(folder)/there")?.stringValue == "from the host")
            let status = try await center.elves("app", "status", "probe", "--json").succeeded().object()
            let host = try JSONObject(try #require(try status.array("hosts")?.first))
            #expect(try host.array("grants")?.compactMap(\.stringValue) == ["read:\(folder)"])
            #expect(try host.string("problem") == nil)

            // The agent comes back while its center is away, and knows by itself what it had.
            await center.kill()
            await agent.kill()
            try agent.launch()
            try await center.start()
            try await center.waitFor("probe", "1.0.0", onlineOn: agent)
            #expect(try await center.call(agent, "probe.read", "path=\(folder)/there")?.stringValue == "from the host")
            #expect(try await center.agents().first?.apps.first?.problem == nil)

            // What is taken back is gone with the next call.
            try await center.bind("probe", to: agent, grants: [])
            try await center.waitFor("probe", on: agent, "has a problem") { $0.problem?.contains(hint) == true }
        }
    }

    @Test func `secrets are the host's, readable by nobody else, and read anew by each worker`() async throws {
        let scratch = try ScratchFolder()
        let app = try Checkout.fixture("probe", adding: "secrets: [token, other]\n", into: scratch)
        try await withHost([app]) { center, agent in
            func reveal(_ name: String = "token") async throws -> CommandResult {
                try await center.elves("run", agent.ip, "probe.reveal", "name=\(name)", "--json")
            }
            let file = "\(agent.data)/secrets/probe.json"
            for (secrets, mode, text) in [
                (nil, 0, "\(file) is not there"),
                (
                    #"{"token":"hidden-1","other":"x"}"#, 0o640,
                    "\(file) can be read by others than this agent: make the agent its owner and chmod 600 it"
                ),
                (#"{"token":"hidden-1"}"#, 0o600, "secret \\\"other\\\" of probe is not in \(file)"),
                (#"{"token":["hidden-1"]}"#, 0o600, "\(file) is no JSON object of texts"),
            ] {
                if let secrets { try agent.write(secrets: secrets, of: "probe", mode: mode) }
                let refused = try await reveal()
                #expect(refused.code == 1)
                #expect(refused.output.replacing("\\/", with: "/").contains(text), "\(refused.output)")
            }
            for value in ["hidden-1", "hidden-2"] {
                try agent.write(secrets: #"{"token":"\#(value)","other":"x","more":"y"}"#, of: "probe")
                let answer = try await reveal()
                #expect(answer.output.contains(#""result":{"secret":"\#(value)","environment":false}"#), "\(answer.output)")
            }
            #expect(try await reveal("more").code == 1, "the manifest does not name it")
            for log in [center.process?.errors, agent.process?.errors] { #expect(log?.contains("hidden-") == false) }
            #expect(!text(of: agent.data + "/spool.jsonl").contains("hidden-3"))
        }
    }

    @Test func `a call of a zygote finds nothing of the calls before it`() async throws {
        let scratch = try ScratchFolder()
        try await withHost([try Checkout.fixture("probe", into: scratch)]) { center, agent in
            for _ in 0..<3 { #expect(try await center.call(agent, "probe.count")?.text == "1") }
            let workers = agent.workers
            for _ in 0..<2 {
                let left = try await center.call(agent, "probe.leave")?.text
                #expect(left == #"{"processes":1,"files":["left"]}"#)
                let found = try await center.call(agent, "probe.left")?.text
                #expect(found == #"{"processes":0,"files":[]}"#)
            }
            #expect(!workers.isEmpty && agent.workers == workers, "one worker had all calls")
        }
    }

    @Test func `a language is a policy that is put into the folder`() async throws {
        let scratch = try ScratchFolder()
        let policies = scratch.file("policies")
        try FileManager.default.copyItem(atPath: "\(Checkout.root)/sandbox/policies", toPath: policies)
        let environment = ["ELVES_POLICIES": policies]
        let app = try scratch.makeFolder("tally")
        try FileManager.default.copyItem(atPath: "\(Checkout.root)/sdk/by-hand/worker.awk", toPath: app + "/worker.awk")
        try """
        name: tally
        version: 1.0.0
        language: tally
        entry: worker.awk
        functions:
          count: {isolation: resident, timeout: 10}
          echo: {isolation: fresh, timeout: 10}

        """.write(toFile: app + "/app.yaml", atomically: false, encoding: .utf8)
        let unknown = try await elves(["app", "check", app], scratch, environment: environment)
        #expect(unknown.code != 0 && unknown.errors.contains("apps in tally cannot be run here"), "\(unknown.errors)")

        let policy = text(of: "\(policies)/awk.yaml").replacing("name: awk", with: "name: tally")
        try await withCenter { center in
            try await withAgent(of: center, environment: environment) { agent in
                try policy.write(toFile: policies + "/tally.yaml", atomically: true, encoding: .utf8)
                try await elves(["app", "pack", app, "--output", scratch.path], scratch, environment: environment).succeeded()
                try await center.trust("tally")
                try await elves(
                    ["app", "publish", scratch.file("tally_1.0.0.zip"), "--key", center.key], scratch,
                    environment: environment.merging(["ELVES_DATA": center.data]) { $1 }
                ).succeeded()
                try await center.bind("tally", to: agent)
                try await center.waitFor("tally", "1.0.0", onlineOn: agent)

                #expect(try await center.call(agent, "tally.count")?.text == "1")
                #expect(try await center.call(agent, "tally.count")?.text == "2")
                #expect(try await center.call(agent, "tally.echo", "a=精灵")?.text == #"{"a":"精灵"}"#)
            }
        }
    }
}
