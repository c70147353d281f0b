import ElvesJSON
import ElvesModel
import GRDB

extension SQLiteStore {
    package func snapshot() async throws(StoreError) -> StoreSnapshot {
        try await read { database in
            var snapshot = StoreSnapshot()
            snapshot.agents = try Row.fetchAll(database, sql: "SELECT * FROM agent ORDER BY joined_at, id").map { row in
                AgentRecord(
                    id: AgentID(row["id"]), address: try address(row["address"]), hostName: row["host_name"],
                    joinedAt: timestamp(row["joined_at"]), revokedAt: optionalTimestamp(row["revoked_at"]))
            }
            snapshot.labels = try Row.fetchAll(database, sql: "SELECT * FROM agent_label ORDER BY agent, name").map { row in
                LabelRecord(agent: AgentID(row["agent"]), label: try Label(LabelName(row["name"]), row["value"]))
            }
            snapshot.versions = try Row.fetchAll(database, sql: "SELECT * FROM app_version ORDER BY published_at, app")
                .map { row in
                    let manifest: String? = row["manifest"]
                    let publisher: String? = row["published_by"]
                    return VersionRecord(
                        app: try AppName(row["app"]), version: try AppVersion(row["version"]),
                        digest: try Digest(hex: row["digest"]), size: row["size"], title: row["title"],
                        publishedAt: timestamp(row["published_at"]),
                        manifest: try manifest.map { try RawJSON(validating: $0) },
                        publishedBy: publisher.map { Administrator($0) })
                }
            snapshot.approvals = try Row.fetchAll(database, sql: "SELECT * FROM approval ORDER BY number").map { row in
                ApprovalRecord(
                    app: try AppName(row["app"]), version: try AppVersion(row["version"]),
                    approvedBy: Administrator(row["approved_by"]), approvedAt: timestamp(row["approved_at"]))
            }
            snapshot.online = try Row.fetchAll(database, sql: "SELECT * FROM online ORDER BY app").map { row in
                OnlineRecord(
                    app: try AppName(row["app"]), version: try AppVersion(row["version"]), since: timestamp(row["since"]),
                    before: try (row["before"] as String?).map { try AppVersion($0) })
            }
            snapshot.rollouts = try Row.fetchAll(database, sql: "SELECT * FROM rollout ORDER BY app").map { row in
                RolloutRecord(app: try AppName(row["app"]), state: row["state"])
            }
            snapshot.bindings = try Row.fetchAll(database, sql: "SELECT * FROM binding ORDER BY app, agent").map { row in
                let grants: String = row["grants"]
                return BindingRecord(
                    app: try AppName(row["app"]), agent: AgentID(row["agent"]),
                    grants: try grants.split(separator: "\n").map { try Grant(String($0)) })
            }
            snapshot.keys = try Row.fetchAll(database, sql: "SELECT * FROM auth_key ORDER BY created_at, id").map { row in
                let sources: String = row["sources"]
                return KeyRecord(
                    id: AuthID(row["id"]), secret: row["secret"], app: try AppName(row["app"]),
                    sources: sources.split(separator: " ").compactMap { IPv4Range(String($0)) },
                    once: row["once"], createdAt: timestamp(row["created_at"]), revokedAt: optionalTimestamp(row["revoked_at"]))
            }
            return snapshot
        }
    }
}

private func timestamp(_ microseconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds) }

private func optionalTimestamp(_ microseconds: Int64?) -> Timestamp? { microseconds.map(timestamp) }

private func address(_ text: String) throws -> IPv4Address {
    guard let address = IPv4Address(text) else { throw StoreError.unavailable("address \"\(text)\" in table agent") }
    return address
}
