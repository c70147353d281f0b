package import ElvesJSON

/// The root of trust: which keys may sign which of the four roles.
package struct RootMetadata: RoleMetadata {
    package static let type = RoleType.root
    package static let members: Set<String> = ["consistent_snapshot", "keys", "roles"]

    package var header: RoleHeader
    /// Whether files have their version or digest in their name.
    package var consistentSnapshot: Bool
    package var keys: KeyTable
    /// Has all four.
    package var roles: [RoleType: RoleKeys]

    package init(header: RoleHeader, consistentSnapshot: Bool = true, keys: KeyTable, roles: [RoleType: RoleKeys]) {
        self.header = header
        self.consistentSnapshot = consistentSnapshot
        self.keys = keys
        self.roles = roles
    }

    package init(header: RoleHeader, reading object: JSONObject) throws(JSONError) {
        self.header = header
        consistentSnapshot = try object.bool("consistent_snapshot") ?? false
        keys = try KeyTable(reading: object.object("keys"))
        let object = try object.object("roles")
        roles = [:]
        for type in RoleType.allCases {
            do throws(JSONError) {
                roles[type] = try RoleKeys(reading: object.object(type.rawValue))
            } catch {
                throw .message("role \"\(type.rawValue)\": \(error.reason)")
            }
        }
        if let other = object.keys.first(where: { RoleType(rawValue: $0) == nil }) {
            throw .message("it names a role \(quoted(other, 80)), which no root can delegate to")
        }
    }

    package func write(to members: inout JSONWriter.Members) {
        members.add("consistent_snapshot", consistentSnapshot)
        members.add("keys") { keys.write(to: &$0) }
        members.add("roles") { members in
            for type in RoleType.allCases {
                if let role = roles[type] { members.add(type.rawValue) { role.write(to: &$0) } }
            }
        }
    }

    /// Who signs a role's file.
    package func authority(for type: RoleType) -> RoleAuthority {
        let role = roles[type] ?? RoleKeys(keyIDs: [], threshold: 1)
        return RoleAuthority(
            delegator: "root version \(version)", role: type.rawValue, keyIDs: role.keyIDs, threshold: role.threshold,
            keys: keys)
    }
}
