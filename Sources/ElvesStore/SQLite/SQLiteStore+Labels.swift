package import ElvesModel
import GRDB

extension SQLiteStore {
    package func label(_ agent: AgentID, set: [Label], remove: [LabelName]) async throws(StoreError) {
        try await change { database in
            let isKnown = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM agent WHERE id = ? AND revoked_at IS NULL)",
                arguments: [agent.text])
            guard isKnown == true else { throw StoreError.notFound("a valid agent \(agent)") }
            for name in remove {
                try database.execute(
                    sql: "DELETE FROM agent_label WHERE agent = ? AND name = ?", arguments: [agent.text, name.text])
            }
            for label in set {
                try database.execute(
                    sql: """
                        INSERT INTO agent_label (agent, name, value) VALUES (?, ?, ?)
                        ON CONFLICT (agent, name) DO UPDATE SET value = excluded.value
                        """,
                    arguments: [agent.text, label.name.text, label.value])
            }
            let count = try Int.fetchOne(
                database, sql: "SELECT COUNT(*) FROM agent_label WHERE agent = ?", arguments: [agent.text])
            guard count ?? 0 <= Label.limit else { throw StoreError.tooManyLabels(agent) }
        }
    }
}
