import ElvesJSON

/// To whom a targets role delegates.
package struct Delegations: Hashable, Sendable {
    package enum Roles: Hashable, Sendable {
        /// Asked in this order.
        case listed([DelegatedRole])
        case succinct(SuccinctRoles)
    }

    package var keys: KeyTable
    package var roles: Roles
    package var unrecognized: [JSONEntry]

    package init(keys: KeyTable, roles: [DelegatedRole]) {
        self.keys = keys
        self.roles = .listed(roles)
        unrecognized = []
    }

    init(reading object: JSONObject) throws(JSONError) {
        keys = try KeyTable(reading: object.object("keys"))
        let listed = try object.array("roles")
        let succinct = object.raw("succinct_roles").flatMap { $0 == .null ? nil : $0 }
        switch (listed, succinct) {
        case (let listed?, nil): roles = .listed(try Self.read(listed))
        case (nil, .some): roles = .succinct(try SuccinctRoles(reading: object.object("succinct_roles")))
        default: throw .message("delegations must have either roles or succinct_roles")
        }
        unrecognized = object.entries(except: ["keys", "roles", "succinct_roles"])
    }

    private static func read(_ elements: [RawJSON]) throws(JSONError) -> [DelegatedRole] {
        var roles: [DelegatedRole] = []
        var names: Set<String> = []
        for element in elements {
            guard element.bytes.first == UInt8(ascii: "{") else { throw .message("a delegated role must be an object") }
            let role = try DelegatedRole(reading: JSONObject(element))
            guard names.insert(role.name).inserted else {
                throw .message("delegated role \(quoted(role.name, 80)) stands twice")
            }
            roles.append(role)
        }
        return roles
    }

    var json: RawJSON {
        .object {
            $0.add("keys") { keys.write(to: &$0) }
            switch roles {
            case .listed(let roles): $0.add("roles", roles.map(\.json))
            case .succinct(let roles): $0.add("succinct_roles", roles.json)
            }
            $0.add(unrecognized)
        }
    }

    /// The delegations that cover a target, in the order in which they are asked.
    package func roles(covering path: String) -> [DelegatedRole] {
        switch roles {
        case .listed(let roles): roles.filter { $0.covers(path) }
        case .succinct(let roles): [roles.role(of: path)]
        }
    }

    /// Who signs a delegated role's file; `delegator` is the role that has these delegations.
    package func authority(for role: DelegatedRole, delegator: String) -> RoleAuthority {
        RoleAuthority(
            delegator: quoted(delegator, 80), role: role.name, keyIDs: role.keys.keyIDs, threshold: role.keys.threshold,
            keys: keys
        )
    }
}
