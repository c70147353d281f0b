import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Testing

/// A center as it is run for real: over HTTPS, with its own authority.
@Suite(.fewAtOnce) struct SecureCenterTests {
    @Test func `a center over HTTPS is joined, administered with a token and called by any client`() async throws {
        try await withCenter(options: []) { center in
            #expect(center.addresses.http.hasPrefix("https://127.0.0.1:"))
            let authority = center.data + "/identity/authority.pem"
            let administrator = try await center.newToken("--admin")
            let remote = ["ELVES_URL": center.addresses.http, "ELVES_TOKEN": administrator]
            try await withAgent(of: center) { agent in
                try await center.trust("apptest")
                try await elves(
                    ["app", "publish", Checkout.apptest, "--key", center.key], center.scratch, environment: remote
                ).succeeded()
                try await elves(["app", "bind", "apptest", agent.ip], center.scratch, environment: remote).succeeded()
                try await center.waitFor("apptest", "1.0.0", onlineOn: agent)
                let agents = try await elves(["agents", "--json"], center.scratch, environment: remote).succeeded()
                #expect(try agents.decode([AgentView].self).map(\.isOnline) == [true])

                let health = try await curl(center, authority, "/healthz")
                #expect(health.output == #"{"status":"ok"}"#)
                let key = try await center.newKey(for: "apptest")
                let call = SignedRequest(
                    "rt/exec", ["app": "apptest", "func": "helloword", "ip": agent.ip, "param": #"{"my":"a b"}"#], key: key)
                let answer = try await curl(center, authority, call.target)
                #expect(answer.output.contains(#""worker_message":"a b""#))
            }
        }
    }

    @Test func `who does not know the center's authority does not trust it`() async throws {
        try await withCenter(options: []) { center in
            try await withCenter(in: center.scratch, name: "other", options: []) { other in
                let stranger = try await curl(center, other.data + "/identity/authority.pem", "/healthz")
                // curl says 60 for an unknown authority, 35 for one of the same name with another key.
                #expect([35, 60].contains(stranger.code) && stranger.output.isEmpty, "\(stranger)")

                let administrator = try await other.newToken("--admin")
                let result = try await elves(
                    ["agents"], center.scratch,
                    environment: ["ELVES_URL": center.addresses.http, "ELVES_TOKEN": administrator])
                #expect(result.code == 1)
                #expect(result.errors == "elves: the center's certificate is not the one the token was made for\n")
            }
        }
    }

    @Test func `an agent's link is refused to who has no certificate of the center`() async throws {
        try await withCenter(options: []) { center in
            let result = try await run(
                "/usr/bin/curl", ["-sS", "--max-time", "10", "-k", "https://\(center.addresses.link)/"], center.scratch)

            #expect(result.code != 0)
            #expect(result.output.isEmpty)
        }
    }

    private func curl(_ center: Center, _ authority: String, _ target: String) async throws -> CommandResult {
        try await run(
            "/usr/bin/curl", ["-sS", "--max-time", "30", "--cacert", authority, center.addresses.http + target],
            center.scratch)
    }
}
