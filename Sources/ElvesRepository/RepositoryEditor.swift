package import ElvesModel
package import ElvesTUF

/// The offline half of a repository: the chain of roots and the top-level targets, and every move that changes them.
///
/// Pure: files, prompts and the clock are the caller's. A change to a version that has all its signatures gives the next
/// version, without any; a change to one that lacks some changes it in place and drops those it has, since nobody signed
/// the new content. So of each role only the newest version may be incomplete, and only complete ones are ever published.
package struct RepositoryEditor: Sendable {
    /// The roles whose keys are kept offline, and the one whose key is the center's.
    package enum Role: String, Sendable, CaseIterable {
        case root, targets
        /// Snapshot and timestamp, which the center signs by itself.
        case online
    }

    /// Version n stands at n - 1.
    package private(set) var roots: [SignedFile<RootMetadata>]
    package private(set) var targets: SignedFile<TargetsMetadata>

    // MARK: Beginning

    /// A new repository: version 1 of both roles, unsigned.
    package init(
        rootKeys: [PublicKey], rootThreshold: Int64, targetsKeys: [PublicKey], targetsThreshold: Int64, onlineKey: PublicKey,
        now: Timestamp
    ) throws {
        var root = RootMetadata(
            header: RoleHeader(version: 1, expires: Lifetime.expiry(Lifetime.root, from: now)), keys: [:], roles: [:])
        for type in RoleType.allCases { root.roles[type] = RoleKeys(keyIDs: [], threshold: 1) }
        try root.change(.root, removing: [], adding: rootKeys, threshold: rootThreshold)
        try root.change(.targets, removing: [], adding: targetsKeys, threshold: targetsThreshold)
        try root.change(.online, removing: [], adding: [onlineKey], threshold: 1)
        roots = [try SignedFile(root)]
        targets = try SignedFile(
            TargetsMetadata(
                header: RoleHeader(version: 1, expires: Lifetime.expiry(Lifetime.targets, from: now)),
                delegations: Delegations(keys: [:], roles: [])))
    }

    /// Takes up a repository where it was left.
    ///
    /// - Throws: `EditError.damaged` if the files do not follow from each other.
    package init(roots: [SignedFile<RootMetadata>], targets: SignedFile<TargetsMetadata>) throws {
        guard let newest = roots.last else { throw EditError.damaged("there is no root") }
        self.roots = roots
        self.targets = targets
        for (index, root) in roots.enumerated() {
            guard root.role.version == index + 1 else {
                throw EditError.damaged("root version \(index + 1) says that it is version \(root.role.version)")
            }
            if root.role.version != newest.role.version, !missing(of: index).isEmpty {
                throw EditError.damaged("root version \(index + 1) has a successor and lacks signatures")
            }
        }
    }

    package var root: SignedFile<RootMetadata> { roots[roots.count - 1] }

    // MARK: Keys

    /// Exchanges keys of a role; with nothing to exchange, the role's file counts from now for its full time again.
    ///
    /// - Parameters:
    ///   - removing: Ids, or beginnings of ids that fit one key.
    ///   - threshold: Nil leaves it, as far as the keys allow.
    package mutating func rotate(
        _ role: Role, removing: [String], adding: [PublicKey], threshold: Int64?, now: Timestamp
    ) throws {
        let isRenewal = removing.isEmpty && adding.isEmpty && threshold == nil
        if isRenewal, role == .targets { return try changeTargets(now) { _ in } }
        if role == .online {
            guard adding.count == 1 else { throw EditError.onlineKeyNeeded }
            let replaced = root.role.roles[.timestamp]?.keyIDs ?? []
            return try changeRoot(now) { try $0.change(.online, removing: replaced, adding: adding, threshold: 1) }
        }
        let known = root.role.roles[role == .root ? .root : .targets]?.keyIDs ?? []
        let ids = try removing.map { try Self.id($0, among: known, of: role.rawValue) }
        try changeRoot(now) { try $0.change(role, removing: ids, adding: adding, threshold: threshold) }
        // A client that meets the new keys needs targets that they have signed.
        if role == .targets { try changeTargets(now) { _ in } }
    }

    private static func id(_ beginning: String, among ids: [String], of role: String) throws -> String {
        let fitting = ids.filter { $0.hasPrefix(beginning) }
        guard !beginning.isEmpty, fitting.count == 1 else { throw EditError.keyIsNotThere(role: role, key: beginning) }
        return fitting[0]
    }

    // MARK: Delegations

    /// The apps that somebody may sign, and `policy` if somebody may sign that, in the order of their roles' names.
    package var delegations: [DelegatedRole] {
        guard case .listed(let roles) = targets.role.delegations?.roles else { return [] }
        return roles
    }

    /// Lets the holders of keys sign an app's versions, in place of who could before.
    package mutating func delegate(_ app: AppName, to keys: [PublicKey], threshold: Int64, now: Timestamp) throws {
        try delegate(AppRole.name(of: app), to: keys, threshold, now) {
            AppRole.delegation(of: app, keyIDs: $0, threshold: threshold)
        }
    }

    /// Lets the holders of keys sign what operators may grant, in place of who could before. From now on agents grant nothing
    /// that is not signed so.
    package mutating func delegatePolicy(to keys: [PublicKey], threshold: Int64, now: Timestamp) throws {
        try delegate(PolicyRole.name, to: keys, threshold, now) { PolicyRole.delegation(keyIDs: $0, threshold: threshold) }
    }

    private mutating func delegate(
        _ name: String, to keys: [PublicKey], _ threshold: Int64, _ now: Timestamp, _ make: ([String]) -> DelegatedRole
    ) throws {
        var table: KeyTable = [:]
        for key in keys { table[try key.id()] = key }
        guard !table.isEmpty else { throw EditError.noKeys(role: name) }
        guard (1...Int64(table.count)).contains(threshold) else {
            throw EditError.thresholdOutOfRange(role: name, threshold: threshold, keys: table.count)
        }
        let role = make(table.keys.sorted())
        let others = delegations.filter { $0.name != name }
        try changeTargets(now) { targets in
            targets.setDelegations((others + [role]).sorted { $0.name < $1.name }, adding: table)
        }
    }

    /// Nobody may sign the app any more, and no agent installs any of its versions.
    package mutating func revoke(_ app: AppName, now: Timestamp) throws {
        guard try revoke(AppRole.name(of: app), now) else { throw EditError.notDelegated(app) }
    }

    /// Nobody bounds what operators may grant any more.
    package mutating func revokePolicy(now: Timestamp) throws {
        guard try revoke(PolicyRole.name, now) else { throw EditError.policyNotDelegated }
    }

    private mutating func revoke(_ name: String, _ now: Timestamp) throws -> Bool {
        let others = delegations.filter { $0.name != name }
        guard others.count < delegations.count else { return false }
        try changeTargets(now) { $0.setDelegations(others, adding: [:]) }
        return true
    }

    // MARK: Changing

    mutating func setRoot(_ file: SignedFile<RootMetadata>) { roots[roots.count - 1] = file }

    mutating func setTargets(_ file: SignedFile<TargetsMetadata>) { targets = file }

    private mutating func changeRoot(_ now: Timestamp, _ body: (inout RootMetadata) throws -> Void) throws {
        var role = root.role
        try body(&role)
        role.header.expires = Lifetime.expiry(Lifetime.root, from: now)
        if missing(of: roots.count - 1).isEmpty {
            role.header.version += 1
            roots.append(try SignedFile(role))
        } else {
            roots[roots.count - 1] = try SignedFile(role)
        }
    }

    private mutating func changeTargets(_ now: Timestamp, _ body: (inout TargetsMetadata) -> Void) throws {
        var role = targets.role
        body(&role)
        role.header.expires = Lifetime.expiry(Lifetime.targets, from: now)
        // By the keys of any root: what was complete once may have been published.
        let wasComplete = roots.contains { (try? $0.role.authority(for: .targets).verify(targets)) != nil }
        if wasComplete { role.header.version += 1 }
        targets = try SignedFile(role)
    }
}

extension RootMetadata {
    fileprivate mutating func change(
        _ role: RepositoryEditor.Role, removing: [String], adding: [PublicKey], threshold: Int64?
    ) throws {
        let types: [RoleType] =
            switch role {
            case .root: [.root]
            case .targets: [.targets]
            case .online: [.snapshot, .timestamp]
            }
        for type in types {
            var changed = roles[type] ?? RoleKeys(keyIDs: [], threshold: 1)
            changed.keyIDs.removeAll { removing.contains($0) }
            for key in adding {
                let id = try key.id()
                guard !changed.keyIDs.contains(id) else { throw EditError.keyIsThere(role: role.rawValue, key: id) }
                changed.keyIDs.append(id)
                keys[id] = key
            }
            guard !changed.keyIDs.isEmpty else { throw EditError.noKeys(role: role.rawValue) }
            changed.threshold = threshold ?? changed.threshold
            guard (1...Int64(changed.keyIDs.count)).contains(changed.threshold) else {
                throw EditError.thresholdOutOfRange(
                    role: role.rawValue, threshold: changed.threshold, keys: changed.keyIDs.count)
            }
            roles[type] = changed
        }
        let used = Set(roles.values.flatMap(\.keyIDs))
        keys = keys.filter { used.contains($0.key) }
    }
}

extension TargetsMetadata {
    fileprivate mutating func setDelegations(_ roles: [DelegatedRole], adding table: KeyTable) {
        let used = Set(roles.flatMap(\.keys.keyIDs))
        let keys = (delegations?.keys ?? [:]).merging(table, uniquingKeysWith: { $1 }).filter { used.contains($0.key) }
        delegations = Delegations(keys: keys, roles: roles)
    }
}
