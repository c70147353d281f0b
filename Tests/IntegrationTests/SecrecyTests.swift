import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// Secrets that pass through a center and an agent, and their logs, at the level that says most.
@Suite(.fewAtOnce) struct SecrecyTests {
    @Test func `no key, token or private key stands in a log or on standard output`() async throws {
        try await withHost([Checkout.apptest, Checkout.hostile], keepsPorts: true) { center, agent in
            let key = try await center.newKey(for: "apptest")
            let foreign = try await center.newKey(for: "apptest", from: "10.0.0.0/8")
            let unused = try await center.newToken()
            let administrator = try await center.newToken("--admin")
            try await useEverything(center, agent, key, foreign, administrator, unused)
            await agent.kill()
            try await agent.start()
            await center.kill()
            try await center.start()
            _ = try await agents(center, administrator)

            var secrets = [key.secret, foreign.secret, "PRIVATE KEY"]
            for token in [agent.token, unused, administrator] {
                secrets += token.split(separator: "-").dropFirst(2).map(String.init)
            }
            let agentKey = try #require(
                try JSONObject(parsing: bytes(of: agent.data + "/agent.json")).string("key"))
            for pem in [text(of: center.data + "/identity/authority.key"), agentKey] {
                let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.map(String.init)
                #expect(!lines.isEmpty)
                secrets += lines
            }
            for process in [center.process, agent.process].compactMap(\.self) {
                #expect(process.errors.utf8.count > 200)
                for secret in secrets {
                    #expect(!secret.isEmpty)
                    #expect(!process.errors.contains(secret))
                    #expect(!process.output.contains(secret))
                }
            }
        }
    }

    @Test func `files with secrets are their owner's alone`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let rows: [(path: String, mode: Int)] = [
                (center.data, 0o700), (center.data + "/identity", 0o700), (center.data + "/identity/authority.key", 0o600),
                (center.data + "/admin.sock", 0o600), (agent.data, 0o700), (agent.data + "/agent.json", 0o600),
            ]
            for row in rows {
                let attributes = try FileManager.default.attributesOfItem(atPath: row.path)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == row.mode, "\(row.path)")
            }
        }
    }

    /// Calls and commands of every kind, good and bad, with each secret in them.
    private func useEverything(
        _ center: Center, _ agent: Agent, _ key: APIKey, _ foreign: APIKey, _ administrator: String, _ join: String
    ) async throws {
        let call = SignedRequest("rt/exec", ["app": "apptest", "func": "helloword", "ip": agent.ip], key: key)
        let stale = call.with { $0.timestamp = "1" }
        let secretAsID = call.with { $0.key = APIKey(id: key.secret, secret: key.secret) }
        let requests = [call, stale, secretAsID, call.bending("sign", "x"), call.with { $0.key = foreign }]
        for request in requests + [call.setting("func", "slow").setting("timeout", "1"), call.setting("param", "{")] {
            for method in SignedRequest.Method.allCases {
                _ = try await request.with { $0.method = method }.send(to: center.port)
            }
        }
        for function in ["garbage", "exit_middle", "segfault"] {
            _ = try await center.elves("run", agent.ip, "hostile.\(function)")
        }
        _ = try await agents(center, administrator)
        _ = try await agents(center, join)
        for token in [agent.token, administrator] {
            let refused = try await elves(
                ["agent", "join", center.addresses.http, "--token", token, "--data", center.scratch.file("x")], center.scratch)
            #expect(refused.code == 1)
        }
    }

    private func agents(_ center: Center, _ token: String) async throws -> CommandResult {
        try await elves(
            ["agents"], center.scratch, environment: ["ELVES_URL": center.addresses.http, "ELVES_TOKEN": token])
    }
}
