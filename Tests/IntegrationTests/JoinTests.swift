import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Testing

/// How hosts become agents, and cease to be.
@Suite(.fewAtOnce) struct JoinTests {
    @Test func `a join token counts once`() async throws {
        try await withCenter { center in
            let first = try await Agent(joining: center, ip: "127.0.0.1")

            let second = try await join(center, first.token, ip: "127.0.0.2")

            #expect(second.code == 1)
            #expect(
                second.errors == """
                    elves: the center refused: the token is unknown, expired or was used before: create a new one with \
                    `elves token create`

                    """)
            #expect(try await center.agents().count == 1)
        }
    }

    @Test func `a join token expires`() async throws {
        try await withCenter { center in
            let first = try await Agent(joining: center, ip: "127.0.0.1")
            let administrator = try await center.newToken("--admin")
            var request = HTTPExchange(target: "/admin/v1/tokens")
            request.method = "POST"
            request.headers = [("Authorization", "Bearer \(administrator)")]
            request.body = Array(#"{"kind":"join","lifetime_seconds":1}"#.utf8)
            let reply = try await request.send(to: center.port)
            let token = reply.body.split(separator: "\"")[3]

            // The address is taken, so that no attempt uses the token up before it expires.
            try await eventually("the token is expired") {
                let result = try await join(center, String(token), ip: first.ip)
                return (result.errors, result.errors.contains("expired"))
            }
        }
    }

    @Test func `an address belongs to one agent until that is revoked`() async throws {
        try await withCenter { center in
            let first = try await Agent(joining: center, ip: "127.0.0.1")
            let token = try await center.newToken()

            let refused = try await join(center, token, ip: "127.0.0.1")
            try await center.elves("agents", "revoke", first.id).succeeded()
            let taken = try await join(center, token, ip: "127.0.0.1")

            #expect(refused.code == 1)
            #expect(refused.errors.contains("the address 127.0.0.1 belongs to another agent"))
            #expect(taken.code == 0, "\(taken.errors)")
        }
    }

    @Test func `a token of another center is not sent to this one`() async throws {
        try await withCenter(options: []) { center in
            try await withCenter { other in
                let token = try await other.newToken()

                let result = try await join(center, token, ip: "127.0.0.1")

                #expect(result.code == 1)
                #expect(result.errors.contains("the center's certificate is not the one the token was made for"))
                #expect(try await center.agents().isEmpty)
            }
        }
    }

    @Test func `a join that cannot be says why`() async throws {
        try await withCenter { center in
            let agent = try await Agent(joining: center, ip: "127.0.0.1")
            let token = try await center.newToken()
            let rows: [(url: String, token: String, ip: String, data: String, code: Int32, text: String)] = [
                ("http://127.0.0.1:1", token, "127.0.0.2", "x", 69, "the center at http://127.0.0.1:1 cannot be reached"),
                ("http://10.1.2.3:80", token, "127.0.0.2", "x", 65, "https beyond this machine"),
                ("nonsense", token, "127.0.0.2", "x", 65, "https://HOST:PORT"),
                (center.addresses.http, "secret", "127.0.0.2", "x", 65, "the text that `elves token create` printed"),
                (center.addresses.http, token, "nowhere", "x", 64, "--ip nowhere is not an IPv4 address"),
                (center.addresses.http, token, "127.0.0.2", "a-127.0.0.1", 78, "holds an agent that has joined already"),
            ]
            for row in rows {
                let result = try await elves(
                    ["agent", "join", row.url, "--token", row.token, "--ip", row.ip, "--data", center.scratch.file(row.data)],
                    center.scratch)
                #expect(result.code == row.code, "\(row)")
                #expect(result.errors.contains(row.text), "\(row): \(result.errors)")
                #expect(!result.errors.contains(row.token), "\(row)")
            }
            #expect(try await center.agents().map(\.agent.text) == [agent.id])
        }
    }

    @Test func `a revoked agent loses its link at once and gets no other`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let key = try await center.newKey(for: "apptest")

            try await center.elves("agents", "revoke", agent.ip).succeeded()

            try await eventually("the agent is refused") {
                let errors = agent.process?.errors ?? ""
                return (errors, errors.contains("the center refused this agent"))
            }
            let listed = try #require(try await center.agents().first)
            #expect(listed.isRevoked)
            #expect(!listed.isOnline)
            let call = SignedRequest("rt/exec", ["app": "apptest", "func": "version", "ip": agent.ip], key: key)
            let reply = try await call.send(to: center.port)
            #expect(reply.body == #"{"flag":"false","error":"[401.6]Unauthorized AuthId Permission Denied"}"#)
        }
    }

    private func join(_ center: Center, _ token: String, ip: String) async throws -> CommandResult {
        try await elves(
            ["agent", "join", center.addresses.http, "--token", token, "--ip", ip, "--data", center.scratch.file("new")],
            center.scratch)
    }
}
