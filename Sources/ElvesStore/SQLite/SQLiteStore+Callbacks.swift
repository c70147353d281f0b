package import ElvesModel
import GRDB

extension SQLiteStore: CallbackStore {
    // MARK: Endpoints

    package func callbackEndpoint(of app: AppName) async throws(StoreError) -> CallbackEndpoint? {
        try await read { try endpoints(in: $0, of: app).first }
    }

    package func callbackEndpoints() async throws(StoreError) -> [CallbackEndpoint] {
        try await read { try endpoints(in: $0, of: nil) }
    }

    package func set(_ endpoint: CallbackEndpoint) async throws(StoreError) {
        try await change { database in
            try requireApp(endpoint.app, in: database)
            try database.execute(
                sql: """
                    INSERT INTO callback_endpoint (app, url, disabled_reason) VALUES (?, ?, ?)
                    ON CONFLICT (app) DO UPDATE SET url = excluded.url, disabled_reason = excluded.disabled_reason
                    """,
                arguments: [endpoint.app.text, endpoint.url, endpoint.disabledReason])
            try database.execute(sql: "DELETE FROM callback_secret WHERE app = ?", arguments: [endpoint.app.text])
            for (place, secret) in endpoint.secrets.enumerated() {
                try database.execute(
                    sql: "INSERT INTO callback_secret (app, place, secret, until) VALUES (?, ?, ?, ?)",
                    arguments: [endpoint.app.text, place, secret.text, secret.until?.microseconds])
            }
        }
    }

    package func removeCallbackEndpoint(of app: AppName, at now: Timestamp) async throws(StoreError) {
        try await change { database in
            try database.execute(sql: "DELETE FROM callback_endpoint WHERE app = ?", arguments: [app.text])
            guard database.changesCount == 1 else { throw StoreError.notFound("a processor of \(app)") }
            try giveUp(app, noEndpoint, at: now, in: database)
        }
    }

    package func disableCallbackEndpoint(of app: AppName, reason: String, at now: Timestamp) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: "UPDATE callback_endpoint SET disabled_reason = ? WHERE app = ?", arguments: [reason, app.text])
            try giveUp(app, reason, at: now, in: database)
        }
    }

    // MARK: Deliveries

    package func dueDeliveries(at now: Timestamp, perEndpoint limit: Int) async throws(StoreError) -> [DueDeliveries] {
        try await read { database in
            let due = try database.cachedStatement(
                sql: """
                    SELECT * FROM delivery WHERE app = ? AND state = 'pending' AND due_at <= ? ORDER BY due_at, number LIMIT ?
                    """)
            return try endpoints(in: database, of: nil).compactMap { endpoint -> DueDeliveries? in
                guard endpoint.disabledReason == nil else { return nil }
                let rows = try Row.fetchAll(due, arguments: [endpoint.app.text, now.microseconds, limit])
                return rows.isEmpty ? nil : DueDeliveries(endpoint: endpoint, deliveries: try rows.map(deliveryRecord))
            }
        }
    }

    package func nextDelivery(after now: Timestamp) async throws(StoreError) -> Timestamp? {
        try await read { database in
            try Int64.fetchOne(
                database, sql: "SELECT due_at FROM delivery WHERE state = 'pending' AND due_at > ? ORDER BY due_at LIMIT 1",
                arguments: [now.microseconds]
            ).map(Timestamp.init(microseconds:))
        }
    }

    package func settle(_ delivery: DeliveryRecord) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: """
                    UPDATE delivery SET state = ?, attempts = ?, due_at = ?, problem = ?
                    WHERE id = ? AND (state = 'pending' OR state = 'dead' AND ? = 'delivered')
                    """,
                arguments: [
                    delivery.state.rawValue, delivery.attempts, delivery.dueAt.microseconds, delivery.problem,
                    delivery.id.text, delivery.state.rawValue,
                ])
        }
    }

    package func delivery(_ id: DeliveryID) async throws(StoreError) -> DeliveryRecord? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM delivery WHERE id = ?", arguments: [id.text]).map(deliveryRecord)
        }
    }

    package func deadDeliveries(of app: AppName?, limit: Int) async throws(StoreError) -> [DeliveryRecord] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM delivery WHERE state = 'dead' AND (?1 IS NULL OR app = ?1)
                    ORDER BY due_at DESC, number DESC LIMIT ?2
                    """,
                arguments: [app?.text, limit]
            ).map(deliveryRecord)
        }
    }

    package func redeliver(_ id: DeliveryID, at now: Timestamp) async throws(StoreError) {
        try await change { database in
            let app = try String.fetchOne(
                database, sql: "SELECT app FROM delivery WHERE id = ? AND state <> 'pending'", arguments: [id.text])
            guard let app else { throw StoreError.notFound("a delivered or dead callback \(id)") }
            let canGo = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM callback_endpoint WHERE app = ? AND disabled_reason IS NULL)",
                arguments: [app])
            guard canGo == true else { throw StoreError.notFound("a processor of \(app) that takes callbacks") }
            try database.execute(
                sql: "UPDATE delivery SET state = 'pending', attempts = 0, due_at = ?, problem = NULL WHERE id = ?",
                arguments: [now.microseconds, id.text])
        }
    }

    package func forgetDeliveries(deliveredBefore: Timestamp, deadBefore: Timestamp) async throws(StoreError) {
        try await change { database in
            for (state, time) in [("delivered", deliveredBefore), ("dead", deadBefore)] {
                try database.execute(
                    sql: "DELETE FROM delivery WHERE state = ? AND due_at < ?", arguments: [state, time.microseconds])
            }
        }
    }

    // MARK: Outbox

    /// Writes a delivery down, within the transaction that records what it tells of.
    ///
    /// Where the app's endpoint is disabled it is dead at once, and on record as such. The same one again changes nothing.
    ///
    /// - Returns: Whether it waits to be sent: false where the app has no endpoint, and nothing is kept then.
    @discardableResult
    static func insertDelivery(_ delivery: DeliveryRecord, in database: Database) throws -> Bool {
        let endpoint = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT disabled_reason FROM callback_endpoint WHERE app = ?"),
            arguments: [delivery.app.text])
        guard let endpoint else { return false }
        let disabled: String? = endpoint["disabled_reason"]
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO delivery (id, app, body, created_at, state, attempts, due_at, problem)
                VALUES (?, ?, ?, ?, ?, 0, ?, ?)
                """
        ).execute(arguments: [
            delivery.id.text, delivery.app.text, delivery.body, delivery.createdAt.microseconds,
            (disabled == nil ? DeliveryRecord.State.pending : .dead).rawValue, delivery.dueAt.microseconds, disabled,
        ])
        return disabled == nil && database.changesCount == 1
    }

    /// Writes deliveries down by themselves, where what they tell of is on record already.
    package func add(_ deliveries: [DeliveryRecord]) async throws(StoreError) {
        try await change { database in
            for delivery in deliveries { try Self.insertDelivery(delivery, in: database) }
        }
    }
}

private let noEndpoint = "the app has no processor any more"

private func giveUp(_ app: AppName, _ problem: String, at now: Timestamp, in database: Database) throws {
    try database.execute(
        sql: "UPDATE delivery SET state = 'dead', due_at = ?, problem = ? WHERE app = ? AND state = 'pending'",
        arguments: [now.microseconds, problem, app.text])
}

/// - Parameter app: Nil for all.
private func endpoints(in database: Database, of app: AppName?) throws -> [CallbackEndpoint] {
    var secrets: [String: [CallbackSecret]] = [:]
    let rows = try Row.fetchAll(
        database, sql: "SELECT * FROM callback_secret WHERE ?1 IS NULL OR app = ?1 ORDER BY app, place",
        arguments: [app?.text])
    for row in rows {
        let until: Int64? = row["until"]
        secrets[row["app"], default: []].append(
            CallbackSecret(text: row["secret"], until: until.map(Timestamp.init(microseconds:))))
    }
    return try Row.fetchAll(
        database, sql: "SELECT * FROM callback_endpoint WHERE ?1 IS NULL OR app = ?1 ORDER BY app", arguments: [app?.text]
    ).map { row in
        CallbackEndpoint(
            app: try AppName(row["app"]), url: row["url"], secrets: secrets[row["app"]] ?? [],
            disabledReason: row["disabled_reason"])
    }
}

private func deliveryRecord(_ row: Row) throws -> DeliveryRecord {
    let state: String = row["state"]
    guard let state = DeliveryRecord.State(rawValue: state) else {
        throw StoreError.unavailable("state \"\(state)\" in table delivery")
    }
    return DeliveryRecord(
        id: try DeliveryID(row["id"]), app: try AppName(row["app"]), body: row["body"],
        createdAt: Timestamp(microseconds: row["created_at"]), state: state, attempts: row["attempts"],
        dueAt: Timestamp(microseconds: row["due_at"]), problem: row["problem"])
}
