import ElvesJSON
package import ElvesModel
import ElvesProtocol
import GRDB

/// The store of a center that is one process: an SQLite file in write-ahead mode.
package struct SQLiteStore: CenterStore {
    private let pool: DatabasePool
    private let writer: GroupCommit

    /// Opens the file, or makes it, and brings its tables up to date.
    ///
    /// - Throws: `StoreError.unavailable` if the file cannot be opened or SQLite would not wait for the disk.
    package init(path: String) throws(StoreError) {
        do {
            var configuration = Configuration()
            configuration.foreignKeysEnabled = true
            configuration.busyMode = .timeout(5)
            pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL while it opens the pool, under which a loss of power may undo a commit that was acknowledged.
            let synchronous = try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                return try Int.fetchOne(database, sql: "PRAGMA synchronous")
            }
            guard synchronous == 2 else {
                throw StoreError.unavailable("synchronous is \(synchronous ?? -1) after it was set to FULL (2)")
            }
            try Schema.migrator.migrate(pool)
            writer = GroupCommit(pool)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable("\(path): \(error)")
        }
    }

    package func join(_ agent: AgentRecord, token: Digest, at now: Timestamp) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: "UPDATE token SET used_at = ? WHERE digest = ? AND kind = 'join' AND used_at IS NULL AND expires_at > ?",
                arguments: [now.microseconds, token.hex, now.microseconds])
            guard database.changesCount == 1 else { throw StoreError.tokenInvalid }
            let isTaken = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM agent WHERE address = ? AND revoked_at IS NULL)",
                arguments: [agent.address.description])
            guard isTaken != true else { throw StoreError.addressTaken(agent.address) }
            try database.execute(
                sql: "INSERT INTO agent (id, address, host_name, joined_at) VALUES (?, ?, ?, ?)",
                arguments: [agent.id.text, agent.address.description, agent.hostName, agent.joinedAt.microseconds])
        }
    }

    package func revoke(_ agent: AgentID, at now: Timestamp) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: "UPDATE agent SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                arguments: [now.microseconds, agent.text])
            guard database.changesCount == 1 else { throw StoreError.notFound("a valid agent \(agent)") }
        }
    }

    package func add(_ token: TokenRecord) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: "INSERT INTO token (digest, kind, created_at, expires_at) VALUES (?, ?, ?, ?)",
                arguments: [
                    token.digest.hex, token.kind.rawValue, token.createdAt.microseconds, token.expiresAt.microseconds,
                ])
        }
    }

    package func isAdministrator(_ token: Digest, at now: Timestamp) async throws(StoreError) -> Bool {
        try await read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM token WHERE digest = ? AND kind = 'admin' AND expires_at > ?)",
                arguments: [token.hex, now.microseconds]) ?? false
        }
    }

    package func publish(_ version: VersionRecord) async throws(StoreError) {
        try await change { database in
            let known = try String.fetchOne(
                database, sql: "SELECT digest FROM app_version WHERE app = ? AND version = ?",
                arguments: [version.app.text, version.version.text])
            if let known, known != version.digest.hex {
                throw StoreError.versionTaken(version.app, version.version)
            }
            if known == nil {
                try database.execute(
                    sql: """
                        INSERT INTO app_version (app, version, digest, size, title, published_at, manifest, published_by)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        version.app.text, version.version.text, version.digest.hex, version.size, version.title,
                        version.publishedAt.microseconds, version.manifest?.text, version.publishedBy?.text,
                    ])
            } else {
                try database.execute(
                    sql: "UPDATE app_version SET manifest = ? WHERE app = ? AND version = ? AND manifest IS NULL",
                    arguments: [version.manifest?.text, version.app.text, version.version.text])
            }
            // The first version of an app is online at once: there is nothing before it.
            try database.execute(
                sql: "INSERT OR IGNORE INTO online (app, version, since) VALUES (?, ?, ?)",
                arguments: [version.app.text, version.version.text, version.publishedAt.microseconds])
        }
    }

    package func approve(_ approval: ApprovalRecord) async throws(StoreError) {
        try await change { database in
            try requireVersion(approval.app, approval.version, in: database)
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO approval (app, version, approved_by, approved_at) VALUES (?, ?, ?, ?)
                    """,
                arguments: [
                    approval.app.text, approval.version.text, approval.approvedBy.text, approval.approvedAt.microseconds,
                ])
        }
    }

    package func promote(_ online: OnlineRecord, rollout: RolloutRecord?) async throws(StoreError) {
        try await change { database in
            try requireVersion(online.app, online.version, in: database)
            try database.execute(
                sql: "UPDATE online SET version = ?, since = ?, before = ? WHERE app = ?",
                arguments: [
                    online.version.text, online.since.microseconds, online.before?.text, online.app.text,
                ])
            if let rollout {
                try write(rollout, in: database)
            } else {
                try database.execute(sql: "DELETE FROM rollout WHERE app = ?", arguments: [online.app.text])
            }
        }
    }

    package func keep(_ rollout: RolloutRecord) async throws(StoreError) {
        try await change { database in
            try requireApp(rollout.app, in: database)
            try write(rollout, in: database)
        }
    }

    package func bind(_ binding: BindingRecord) async throws(StoreError) {
        try await change { database in
            try requireApp(binding.app, in: database)
            let isKnown = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM agent WHERE id = ? AND revoked_at IS NULL)",
                arguments: [binding.agent.text])
            guard isKnown == true else { throw StoreError.notFound("agent \(binding.agent)") }
            try database.execute(
                sql: """
                    INSERT INTO binding (app, agent, grants) VALUES (?, ?, ?)
                    ON CONFLICT (app, agent) DO UPDATE SET grants = excluded.grants
                    """,
                arguments: [
                    binding.app.text, binding.agent.text, binding.grants.map(\.description).joined(separator: "\n"),
                ])
        }
    }

    package func unbind(_ app: AppName, from agent: AgentID) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: "DELETE FROM binding WHERE app = ? AND agent = ?", arguments: [app.text, agent.text])
            guard database.changesCount == 1 else {
                throw StoreError.notFound("a binding of \(app) to agent \(agent)")
            }
        }
    }

    package func add(_ key: KeyRecord) async throws(StoreError) {
        try await change { database in
            try requireApp(key.app, in: database)
            try database.execute(
                sql: "INSERT INTO auth_key (id, secret, app, sources, once, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    key.id.text, key.secret, key.app.text, key.sources.map(\.description).joined(separator: " "),
                    key.once, key.createdAt.microseconds,
                ])
        }
    }

    package func revoke(_ key: AuthID, at now: Timestamp) async throws(StoreError) {
        try await change { database in
            try database.execute(
                sql: "UPDATE auth_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                arguments: [now.microseconds, key.text])
            guard database.changesCount == 1 else { throw StoreError.notFound("a valid key \(key)") }
        }
    }

    // MARK: Access

    /// Runs `body` in the next commit.
    func change(_ body: @escaping @Sendable (Database) throws -> Void) async throws(StoreError) {
        do {
            try await writer.write(body)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(StoreError) -> T {
        do {
            return try await pool.read(body)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

func requireApp(_ app: AppName, in database: Database) throws {
    let isKnown = try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM online WHERE app = ?)", arguments: [app.text])
    guard isKnown == true else { throw StoreError.notFound("app \(app)") }
}

private func requireVersion(_ app: AppName, _ version: AppVersion, in database: Database) throws {
    let isPublished = try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM app_version WHERE app = ? AND version = ?)",
        arguments: [app.text, version.text])
    guard isPublished == true else { throw StoreError.notFound("\(app) \(version)") }
}

private func write(_ rollout: RolloutRecord, in database: Database) throws {
    try database.execute(
        sql: "INSERT INTO rollout (app, state) VALUES (?, ?) ON CONFLICT (app) DO UPDATE SET state = excluded.state",
        arguments: [rollout.app.text, rollout.state])
}
