package import ElvesFlow
import ElvesJSON
package import ElvesModel
import ElvesProtocol
import GRDB

extension SQLiteStore {
    package func apply(_ changes: [TaskChange]) async throws(StoreError) {
        try await change { database in
            for change in changes { try write(change, in: database) }
        }
    }

    package func task(_ id: TaskID) async throws(StoreError) -> TaskRecord? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT \(recordColumns) FROM task WHERE id = ?", arguments: [id.text])
                .map(taskRecord)
        }
    }

    package func recentTasks(limit: Int) async throws(StoreError) -> [TaskRecord] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT \(recordColumns) FROM task ORDER BY number DESC LIMIT ?", arguments: [limit]
            ).map(taskRecord)
        }
    }

    package func unendedTask(_ id: TaskID) async throws(StoreError) -> TaskLife? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM unended_task WHERE id = ?", arguments: [id.text]).map(taskLife)
        }
    }

    package func unendedTasks() async throws(StoreError) -> UnendedTasks {
        try await read { database in
            var all = UnendedTasks()
            all.tasks = try Row.fetchAll(database, sql: "SELECT * FROM unended_task ORDER BY number")
                .map { (try taskLife($0), $0["number"]) }
            all.queues = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM queue WHERE state IN ('open', 'running')
                      OR state = 'stopped' AND id IN (SELECT queue FROM unended_task)
                    """
            ).map(queueLife)
            return all
        }
    }

    package func queue(_ id: QueueID) async throws(StoreError) -> QueueRecord? {
        try await read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM queue WHERE id = ?", arguments: [id.text])
            else { return nil }
            return QueueRecord(
                life: try queueLife(row),
                unended: try Row.fetchAll(
                    database, sql: "SELECT * FROM unended_task WHERE queue = ? ORDER BY number", arguments: [id.text]
                ).map(taskLife),
                ended: try Row.fetchAll(
                    database, sql: "SELECT \(recordColumns) FROM task WHERE queue = ? ORDER BY number",
                    arguments: [id.text]
                ).map(taskRecord))
        }
    }
}

private func write(_ change: TaskChange, in database: Database) throws {
    switch change {
    case .admitted(let life, let number):
        let (state, at) = stored(life.state)
        try database.cachedStatement(
            sql: "INSERT INTO unended_task (id, number, queue, state, state_at, attempt, spec) VALUES (?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            life.spec.id.text, number, life.spec.origin.queue?.text, state, at, life.attempt, life.spec.json.text,
        ])
    case .moved(let life):
        let (state, at) = stored(life.state)
        try database.cachedStatement(sql: "UPDATE unended_task SET state = ?, state_at = ?, attempt = ? WHERE id = ?")
            .execute(arguments: [state, at, life.attempt, life.spec.id.text])
    case .attempted(let report):
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO attempt (task, attempt, report) VALUES (?, ?, ?)")
            .execute(arguments: [report.task.text, report.attempt, RawJSON.object { report.add(to: &$0) }.text])
    case .ended(let outcome):
        if outcome.spec.isStored {
            try database.cachedStatement(sql: "DELETE FROM unended_task WHERE id = ?")
                .execute(arguments: [outcome.spec.id.text])
        }
        try write(outcome.report, by: outcome.spec.agent, outcome, in: database)
    case .late(let report, let agent):
        try write(report, by: agent, nil, in: database)
    case .cron(let change): try keep(change, in: database)
    case .callback(let id, let app, let body, let now):
        try SQLiteStore.insertDelivery(
            DeliveryRecord(id: id, app: app, body: body, createdAt: now, dueAt: now), in: database)
    case .queue(let life):
        try database.cachedStatement(
            sql: """
                INSERT INTO queue (id, app, state, concurrency, created_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET state = excluded.state
                """
        ).execute(arguments: [
            life.id.text, life.app.text, life.state.rawValue, life.concurrency, life.createdAt.microseconds,
        ])
    }
}

private func write(_ report: TaskReport, by agent: AgentID, _ outcome: TaskOutcome?, in database: Database) throws {
    try database.cachedStatement(
        sql: """
            INSERT INTO task (id, agent, app, function, flag, reason, ended_at, report, queue, sent_at, spec)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET late_report = excluded.report
            WHERE late_report IS NULL AND agent = excluded.agent AND report <> excluded.report
              AND json_extract(report, '$.version') IS NULL AND reason IN ('agent-lost', 'timeout')
            """
    ).execute(arguments: [
        report.task.text, agent.text, report.app.text, report.function, report.flag.rawValue, report.reason?.word,
        report.endedAt.microseconds, RawJSON.object { report.add(to: &$0) }.text, outcome?.spec.origin.queue?.text,
        outcome?.sentAt?.microseconds, outcome?.spec.json.text,
    ])
}

private func stored(_ state: TaskLife.State) -> (word: String, at: Int64?) {
    switch state {
    case .open: ("open", nil)
    case .blocked: ("blocked", nil)
    case .ready(let from): ("ready", from?.microseconds)
    case .sent(let at): ("sent", at.microseconds)
    // Not written: a task that has ended goes to the other table.
    case .ended: ("ended", nil)
    }
}

private func taskLife(_ row: Row) throws -> TaskLife {
    let at = (row["state_at"] as Int64?).map { Timestamp(microseconds: $0) }
    let word: String = row["state"]
    let state: TaskLife.State
    switch (word, at) {
    case ("open", _): state = .open
    case ("blocked", _): state = .blocked
    case ("ready", let at): state = .ready(from: at)
    case ("sent", let at?): state = .sent(at: at)
    default: throw StoreError.unavailable("a task is in the state \"\(word)\", which this release does not know")
    }
    return TaskLife(try taskSpec(row["spec"]), state: state, attempt: row["attempt"])
}

private func queueLife(_ row: Row) throws -> QueueLife {
    let word: String = row["state"]
    guard let state = QueueLife.State(rawValue: word) else {
        throw StoreError.unavailable("a queue is in the state \"\(word)\", which this release does not know")
    }
    return QueueLife(
        id: QueueID(row["id"]), app: try AppName(row["app"]), createdAt: Timestamp(microseconds: row["created_at"]),
        concurrency: row["concurrency"], state: state)
}

private let recordColumns = "agent, report, late_report, sent_at, spec"

private func taskRecord(_ row: Row) throws -> TaskRecord {
    let (late, spec): (String?, String?) = (row["late_report"], row["spec"])
    return TaskRecord(
        agent: AgentID(row["agent"]), report: try taskReport(row["report"]), lateReport: try late.map(taskReport),
        spec: try spec.map(taskSpec), sentAt: (row["sent_at"] as Int64?).map { Timestamp(microseconds: $0) })
}

private func taskSpec(_ text: String) throws -> TaskSpec {
    try TaskSpec(JSONObject(parsing: Array(text.utf8), limits: JSONLimits(bytes: .max, depth: 80)))
}

private func taskReport(_ text: String) throws -> TaskReport {
    try TaskReport(JSONObject(parsing: Array(text.utf8), limits: JSONLimits(bytes: .max, depth: 80)))
}
