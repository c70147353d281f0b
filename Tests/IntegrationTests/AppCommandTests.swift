import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// The way of an app through the command line: check, pack, publish, list, bind, unbind; and the keys for it.
@Suite(.fewAtOnce) struct AppCommandTests {
    @Test func `an app is checked and packed the same from its folder and from its archive`() async throws {
        let scratch = try ScratchFolder()

        let packed = try await elves(["app", "pack", Checkout.apptest, "--output", scratch.path, "--json"], scratch)
            .succeeded().object()
        let archive = try packed.require("path", packed.string("path"))
        let folder = try await elves(["app", "check", Checkout.apptest, "--json"], scratch).succeeded().object()
        let again = try await elves(["app", "check", archive, "--json"], scratch).succeeded().object()

        #expect(archive == scratch.file("apptest_1.0.0.zip"))
        for checked in [folder, again] {
            #expect(try checked.string("app") == "apptest")
            #expect(try checked.string("version") == "1.0.0")
            #expect(try checked.string("sha256") == packed.string("sha256"))
            #expect(
                try checked.array("functions")?.compactMap(\.stringValue)
                    == ["helloword", "slow", "version", "fresh", "counter"])
        }
    }

    @Test func `a function is called without a center`() async throws {
        let result = try await elves(
            ["call", "--local", Checkout.apptest, "helloword", "my=精灵", "--json"], ScratchFolder())

        #expect(result.code == 0)
        #expect(result.output == #"{"flag":true,"result":"精灵","reason":null}"# + "\n")
    }

    @Test func `a bound app runs until it is unbound`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            #expect(try await center.call(agent, "apptest.version")?.text == #""1.0.0""#)
            let listed = try #require(try await center.apps().first)
            #expect(listed.app.text == "apptest")
            #expect(listed.versions.map(\.text) == ["1.0.0"])
            #expect(listed.online?.text == "1.0.0")
            #expect(listed.agents.map(\.description) == [agent.ip])

            try await center.elves("app", "unbind", "apptest", agent.ip).succeeded()

            let refused = try await center.elves("run", agent.ip, "apptest.version")
            #expect(refused.code == 1)
            #expect(refused.errors.contains("apptest is not bound to 127.0.0.1"))
            try await eventually("the agent has let the app go") {
                let apps = try await center.agents().first?.apps ?? []
                return ("\(apps) \(agent.family)", apps.isEmpty && agent.family.isEmpty)
            }
        }
    }

    @Test func `an app is bound to an agent by its id, address or host name`() async throws {
        try await withHost([]) { center, agent in
            try await center.publish(Checkout.apptest)
            let hostName = try #require(try await center.agents().first).hostName
            for name in [agent.id, agent.ip, hostName] {
                try await center.elves("app", "bind", "apptest", name).succeeded()
                #expect(try await center.apps().first?.agents.map(\.description) == [agent.ip], "\(name)")
                try await center.elves("app", "unbind", "apptest", name).succeeded()
                #expect(try await center.apps().first?.agents == [], "\(name)")
            }
        }
    }

    @Test func `a fresh function has a process of its own and a resident one remembers`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            var counts: [String: [Int64?]] = [:]
            for function in ["fresh", "counter"] {
                for _ in 0..<3 {
                    let result = try #require(try await center.call(agent, "apptest.\(function)"))
                    counts[function, default: []].append(try JSONObject(result).integer("calls"))
                }
            }

            #expect(counts["fresh"] == [1, 1, 1])
            #expect(counts["counter"] == [1, 2, 3])
        }
    }

    @Test func `the same archive may be published again and another of its version may not`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let changed = try Checkout.copy(Checkout.apptest, version: "1.0.0", into: center.scratch)
            let file = changed + "/apptest.py"
            try (text(of: file) + "# changed\n").write(toFile: file, atomically: false, encoding: .utf8)

            try await center.publish(Checkout.apptest)
            let refused = try await center.elves("app", "publish", changed)

            #expect(refused.code == 1)
            #expect(
                refused.errors
                    == "elves: apptest 1.0.0 is published already with other content: raise the version in app.yaml\n")
            #expect(try await center.apps().first?.versions.map(\.text) == ["1.0.0"])
            #expect(try await center.call(agent, "apptest.version")?.text == #""1.0.0""#)
        }
    }

    @Test func `keys are listed without their secrets and as revoked once they are`() async throws {
        try await withCenter { center in
            try await center.publish(Checkout.apptest)
            let local = try await center.newKey(for: "apptest")
            let remote = try await center.newKey(for: "apptest", from: "10.0.0.0/8", "192.168.1.7")

            try await center.elves("key", "revoke", local.id).succeeded()
            let listed = try await center.elves("key", "list", "--json").succeeded()
            let keys = try listed.decode([KeyView].self)

            #expect(keys.map(\.authID.text) == [local.id, remote.id])
            #expect(keys.map(\.isRevoked) == [true, false])
            #expect(keys.map { $0.sources.map(\.description) } == [["127.0.0.0/8"], ["10.0.0.0/8", "192.168.1.7/32"]])
            for key in [local, remote] { #expect(!listed.output.contains(key.secret)) }
            #expect(try await center.elves("key", "revoke", local.id).code == 1)
        }
    }
}
