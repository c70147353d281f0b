import ElvesFlow
import ElvesJSON
package import ElvesModel
package import ElvesProtocol
import GRDB

extension SQLiteStore {
    package func add(_ cron: CronRecord) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: "INSERT INTO cron (id, app, agent, draft, clock, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    cron.id.text, cron.app.text, cron.agent.text, cron.draft, cron.clock, cron.createdAt.microseconds,
                ])
        }
    }

    package func remove(_ cron: CronID) async throws(StoreError) {
        try await change { database in
            try database.execute(sql: "DELETE FROM cron WHERE id = ?", arguments: [cron.text])
            guard database.changesCount == 1 else { throw StoreError.notFound("schedule \(cron)") }
        }
    }

    package func crons() async throws(StoreError) -> [CronRecord] {
        try await read { database in
            var records = try Row.fetchAll(database, sql: "SELECT * FROM cron").map { row in
                CronRecord(
                    id: CronID(row["id"]), app: try AppName(row["app"]), agent: AgentID(row["agent"]), draft: row["draft"],
                    clock: row["clock"], createdAt: Timestamp(microseconds: row["created_at"]))
            }
            for index in records.indices {
                let rows = try Row.fetchAll(
                    database,
                    sql:
                        "SELECT number, task FROM cron_fire WHERE cron = ? AND number IS NOT NULL ORDER BY number DESC LIMIT 1000",
                    arguments: [records[index].id.text])
                for row in rows { records[index].running[row["number"]] = TaskID(row["task"]) }
            }
            return records
        }
    }

    package func lastRun(of cron: CronID) async throws(StoreError) -> (planned: Timestamp, task: TaskID)? {
        try await read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT planned, task FROM cron_fire WHERE cron = ? AND number IS NOT NULL ORDER BY number DESC LIMIT 1",
                arguments: [cron.text]
            ).map { (Timestamp(microseconds: $0["planned"]), TaskID($0["task"])) }
        }
    }

    package func lastReport(of cron: CronID) async throws(StoreError) -> TaskReport? {
        try await read { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT report FROM cron_fire JOIN task ON task.id = cron_fire.task
                    WHERE cron = ? AND cron_fire.number IS NOT NULL ORDER BY cron_fire.number DESC LIMIT 1
                    """,
                arguments: [cron.text]
            ).map { try TaskReport(JSONObject(parsing: Array($0.utf8), limits: JSONLimits(bytes: .max, depth: 80))) }
        }
    }
}

/// The planned times of a schedule that are kept.
private let keptFires = 1000

func keep(_ change: CronChange, in database: Database) throws {
    try database.cachedStatement(sql: "UPDATE cron SET clock = ? WHERE id = ?")
        .execute(arguments: [change.clock, change.cron.text])
    // Removed meanwhile: its runs go on as tasks, and nothing is kept of them here.
    guard database.changesCount == 1 else { return }
    for fire in change.fires {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO cron_fire (cron, planned, number, task, count, why) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            change.cron.text, fire.planned.microseconds, fire.run?.number, fire.run?.task.text, fire.count, fire.why,
        ])
    }
    try database.cachedStatement(
        sql: """
            DELETE FROM cron_fire WHERE cron = ?1 AND planned <
              (SELECT planned FROM cron_fire WHERE cron = ?1 ORDER BY planned DESC LIMIT 1 OFFSET \(keptFires))
            """
    ).execute(arguments: [change.cron.text])
}
