import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Testing

/// Labels, and which agents an expression means, through the program.
@Suite(.fewAtOnce) struct TargetTests {
    @Test func `agents are found by their labels and facts, and it is said why others are not`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let offline = try await Agent(joining: center, ip: "127.0.0.2")
            let first = try await center.elves("agents", "label", agent.ip, "role=web", "rack=12", "old=1").succeeded()
            #expect(first.output == "\(agent.ip): old=1, rack=12, role=web\n")
            try await center.elves("agents", "label", agent.ip, "old-", "rack=13").succeeded()
            try await center.elves("agents", "label", offline.ip, "role=db").succeeded()
            let listed = try await center.agents()
            #expect(listed.first { $0.agent.text == agent.id }?.labels == ["role": "web", "rack": "13"])

            for text in [
                "label.role = web", "label.rack > 12", "fact.cpus >= 1 and app = apptest", "fact.kernel version>= 2.6",
                agent.ip,
                "not label.role in (db)",
            ] {
                #expect(try await matched(center, text) == [agent.id], "\(text)")
            }
            #expect(try await Set(matched(center, "*")) == [agent.id, offline.id])
            let explained = try await center.elves("target", "test", "label.role = web", "--explain").succeeded()
            #expect(explained.output.contains("not label.role = web: label.role is \"db\""))
            #expect(explained.output.contains("1 of 2 agents match label.role = web"))

            // A revoked agent is nobody's target, and a center that was killed still knows the labels.
            try await center.elves("agents", "revoke", offline.ip).succeeded()
            await center.kill()
            try await center.start()
            #expect(try await matched(center, "label.role exists") == [agent.id])
        }
    }

    @Test func `what is no target or no label is refused, and no match has a code of its own`() async throws {
        try await withCenter { center in
            let agent = try await Agent(joining: center, ip: "127.0.0.1")
            let rows: [(arguments: [String], code: Int32, text: String)] = [
                (["target", "test", "label.role == web"], 64, "column 13: expected a value"),
                (["target", "test", "label.role = web"], 1, "no agent matches; --explain says why"),
                (["agents", "label", agent.ip, "role"], 64, "\"role\" is neither NAME=VALUE nor NAME-"),
                (["agents", "label", agent.ip, "role=a", "role=b"], 64, "label role is given twice"),
                (["agents", "label", agent.ip, "1=a"], 65, "label name \"1\" is not valid"),
                (["agents", "label", agent.ip, "role="], 65, "label value \"\" is not valid"),
                (["agents", "label", "nobody", "role=a"], 1, "no single agent is called \"nobody\""),
                (["agents", "label", agent.ip] + (0..<65).map { "l\($0)=x" }, 1, "more than 64 labels"),
            ]
            for row in rows {
                let result = try await elves(row.arguments, center.scratch, environment: ["ELVES_DATA": center.data])
                #expect(result.code == row.code, "\(row.arguments.prefix(4)): \(result.errors)")
                #expect(result.errors.contains(row.text), "\(row.arguments.prefix(4)): \(result.errors)")
            }
            #expect(try await center.agents().map(\.labels) == [[:]])
        }
    }

    private func matched(_ center: Center, _ text: String) async throws -> [String] {
        let result = try await center.elves("target", "test", text, "--json").succeeded()
        return try (result.object().array("agents") ?? []).map { try JSONObject($0).string("agent") ?? "" }
    }
}
