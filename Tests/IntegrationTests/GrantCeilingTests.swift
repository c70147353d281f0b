import ElvesJSON
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// What operators may grant is signed by people whose keys lie in no center.
@Suite(.fewAtOnce) struct GrantCeilingTests {
    /// Signs and sends the most that `probe` may be granted.
    private func allow(_ grants: String..., version: Int, in center: Center) async throws {
        let file = try center.scratch.write(
            "grants.yaml",
            Array(
                """
                schema: elves.grants/v1
                version: \(version)
                summary: what this fleet may grant
                apps:
                  - {name: probe, grants: [\(grants.map { "\"\($0)\"" }.joined(separator: ", "))], reason: a test, approvedBy: ops}

                """.utf8))
        let said = try await center.elves("repo", "policy", file, "--key", center.key).succeeded()
        #expect(said.output.contains("published"), "\(said.output)")
    }

    @Test func `an agent and its center grant as far as the signed policy goes, with and without each other`() async throws {
        let scratch = try ScratchFolder()
        let folder = try scratch.makeSharedFolder("shown")
        chmod(try scratch.write("shown/there", Array("from the host".utf8)), 0o644)
        let app = try Checkout.fixture(
            "probe", adding: "sandbox: {filesystem: {read: [{path: \"\(folder)\", reason: tests}]}}\n", into: scratch)
        try await withHost([], keepsPorts: true) { center, agent in
            try await center.publish(app)
            let early = try await center.elves("repo", "policy", scratch.write("grants.yaml", []), "--key", center.key)
            #expect(early.code == 65 && early.errors.contains("grants.yaml:1:1: the file is empty"), "\(early.errors)")

            // Bound before anything was signed, by an operator who was there first.
            await agent.kill()
            try await center.bind("probe", to: agent, grants: ["read:\(folder)"])
            try await center.elves(
                "repo", "delegate", "--policy", "--key", center.key, "--repository", center.repository, "--sign", center.key
            ).succeeded()
            try await center.elves("repo", "publish", "--repository", center.repository).succeeded()
            try await allow("read:/srv/other", version: 1, in: center)
            let above = try await center.elves("app", "bind", "probe", agent.ip, "--grant", "read:\(folder)")
            #expect(above.code == 1, "\(above.output)")
            #expect(
                above.errors.contains("read:\(folder) is above what the signed grants.yaml lets probe have"), "\(above.errors)")

            try agent.launch()
            let refused = try await center.waitFor("probe", on: agent, "has a problem") { $0.problem != nil }
            #expect(refused?.online == nil)
            #expect(refused?.problem?.contains("above what the signed grants.yaml lets this app have") == true)

            // The agent asks again by itself, and knows it from then on without a center.
            try await allow("read:\(folder)", version: 2, in: center)
            try await center.waitFor("probe", "1.0.0", onlineOn: agent)
            #expect(try await center.call(agent, "probe.read", "path=\(folder)/there")?.stringValue == "from the host")
            await center.kill()
            await agent.kill()
            try agent.launch()
            try await center.start()
            try await center.waitFor("probe", "1.0.0", onlineOn: agent)
            #expect(try await center.call(agent, "probe.read", "path=\(folder)/there")?.stringValue == "from the host")
            let view = try await center.elves("repo", "status", "--center", "--json").succeeded().object()
            let roles = try (view.array("roles") ?? []).map { try JSONObject($0) }
            let policy = try #require(try roles.first { try $0.string("role") == "policy" })
            #expect(try policy.integer("version") == 2)
        }
    }

    @Test func `a delegation is for an app or for the policy`() async throws {
        let scratch = try ScratchFolder()
        for arguments in [["delegate", "--key", "x.pub"], ["delegate", "hello", "--policy", "--key", "x.pub"], ["revoke"]] {
            let said = try await elves(["repo"] + arguments, scratch)
            #expect(said.code == 64 && said.errors.contains("--policy"), "\(said.errors)")
        }
    }
}
