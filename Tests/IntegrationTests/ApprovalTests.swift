import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// A version that asks for more than was approved waits for somebody else's word.
@Suite(.fewAtOnce) struct ApprovalTests {
    @Test func `a version that asks for more stops until somebody other than its publisher approves it`() async throws {
        try await withCenter(keepsPorts: true) { center in
            try await withAgent(of: center) { agent in
                let site = ApprovalSite(center: center, agent: agent, remote: try await center.newToken("--admin"))
                try agent.write(secrets: #"{"host":"0"}"#, of: "gated")
                try await site.publish("1.0.0", reads: [])
                try await center.bind("gated", to: agent)
                try await center.waitFor("gated", "1.0.0", onlineOn: agent)

                // More than before: published, and not online.
                let more = try await site.publish("1.1.0", reads: ["/etc/hosts"], refusedWith: "needs approval")
                #expect(more.errors.contains("+ request.read: /etc/hosts  (tests)"), "\(more.errors)")
                #expect(try await site.status().waiting.map(\.changes) == [["+ request.read: /etc/hosts  (tests)"]])
                try await site.refuses("app", "promote", "gated@1.1.0", with: "needs approval")
                try await site.refuses("app", "promote", "gated@1.1.0", "--waves", "1", with: "needs approval")
                try await site.refuses("run", agent.ip, "gated@1.1.0.version", with: "needs approval")
                #expect(try await center.call(agent, "gated.version")?.stringValue == "1.0.0")

                // Its publisher's word does not count; after a restart neither.
                try await site.refuses("app", "approve", "gated@1.1.0", with: "somebody else must approve it")
                await center.kill()
                try await center.start()
                try await site.refuses("app", "approve", "gated@1.1.0", with: "somebody else must approve it")

                let approved = try await site.elvesAsAnother("app", "approve", "gated@1.1.0").succeeded()
                #expect(approved.output.contains("+ request.read: /etc/hosts  (tests)"))
                try await center.elves("app", "promote", "gated@1.1.0").succeeded()
                #expect(try await site.status().online.text == "1.1.0")

                // Less, and the same again, need nobody; what was approved stays so through a restart.
                try await site.publish("1.2.0", reads: [])
                await center.kill()
                try await center.start()
                try await site.publish("1.3.0", reads: ["/etc/hosts"])
                #expect(try await site.status().online.text == "1.3.0")
                #expect(try await site.status().waiting.isEmpty)
            }
        }
    }

    @Test func `approving what is not published says so`() async throws {
        try await withCenter { center in
            let result = try await center.elves("app", "approve", "gated@1.0.0")
            #expect(result.code == 1 && result.errors.contains("gated 1.0.0 is not published"))
            #expect(try await center.elves("app", "approve", "gated").code == 64)
        }
    }
}

private struct ApprovalSite {
    let center: Center
    let agent: Agent
    /// The token of a second administrator.
    let remote: String

    @discardableResult
    func publish(_ version: String, reads paths: [String], refusedWith text: String? = nil) async throws -> CommandResult {
        let list = paths.map { "{path: \($0), reason: tests}" }.joined(separator: ", ")
        let app = try Checkout.fixture(
            "gated", adding: "sandbox: {filesystem: {read: [\(list)]}}\n", version: version, into: center.scratch)
        try "/etc".write(toFile: app + "/gates", atomically: false, encoding: .utf8)
        try await center.trust("gated")
        let result = try await center.elves("app", "publish", app, "--key", center.key)
        guard let text else { return try result.succeeded() }
        #expect(result.code == 1 && result.errors.contains(text), "\(result.errors)")
        return result
    }

    func refuses(_ arguments: String..., with text: String) async throws {
        let result = try await elves(arguments, center.scratch, environment: ["ELVES_DATA": center.data])
        #expect(result.code == 1 && result.errors.contains(text), "\(arguments): \(result)")
    }

    func elvesAsAnother(_ arguments: String...) async throws -> CommandResult {
        try await elves(
            arguments, center.scratch, environment: ["ELVES_URL": center.addresses.http, "ELVES_TOKEN": remote])
    }

    func status() async throws -> AppStatusView {
        try await center.elves("app", "status", "gated", "--json").succeeded().decode(AppStatusView.self)
    }
}
