import ElvesJSON
package import ElvesModel
import ElvesProtocol
import GRDB

extension SQLiteStore {
    package func record(_ tasks: [TaskRecord]) async throws(StoreError) {
        try await change { database in
            let insert = try database.cachedStatement(
                sql: """
                    INSERT INTO task (id, agent, app, function, flag, reason, ended_at, report)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET late_report = excluded.report
                    WHERE late_report IS NULL AND agent = excluded.agent AND report <> excluded.report
                      AND json_extract(report, '$.version') IS NULL AND reason IN ('agent-lost', 'timeout')
                    """)
            for task in tasks {
                let report = task.report
                try insert.execute(arguments: [
                    report.task.text, task.agent.text, report.app.text, report.function, report.flag.rawValue,
                    report.reason?.word, report.endedAt.microseconds, RawJSON.object { report.add(to: &$0) }.text,
                ])
            }
        }
    }

    package func task(_ id: TaskID) async throws(StoreError) -> TaskRecord? {
        try await read { database in
            try Row.fetchOne(
                database, sql: "SELECT agent, report, late_report FROM task WHERE id = ?", arguments: [id.text]
            ).map(taskRecord)
        }
    }

    package func recentTasks(limit: Int) async throws(StoreError) -> [TaskRecord] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT agent, report, late_report FROM task ORDER BY number DESC LIMIT ?",
                arguments: [limit]
            ).map(taskRecord)
        }
    }
}

private func taskRecord(_ row: Row) throws -> TaskRecord {
    let late: String? = row["late_report"]
    return TaskRecord(
        agent: AgentID(row["agent"]), report: try taskReport(row["report"]), lateReport: try late.map(taskReport))
}

private func taskReport(_ text: String) throws -> TaskReport {
    try TaskReport(JSONObject(parsing: Array(text.utf8), limits: JSONLimits(bytes: .max, depth: 80)))
}
