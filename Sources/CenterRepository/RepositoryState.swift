package import ElvesModel
package import ElvesProtocol
package import ElvesRepository
package import ElvesTUF

/// What a center's repository serves, and what it takes in.
///
/// Pure: files, archives and the clock are the caller's. What `take` accepts, every client accepts that trusts the first root
/// or what was served before: it is tried on exactly their rules.
package struct RepositoryState: Sendable {
    /// The center's keys for snapshot and timestamp, newest last; the root says which of them counts.
    package var onlineKeys: [SigningKey]
    /// Version n stands at n - 1; empty without a repository.
    package private(set) var roots: [SignedFile<RootMetadata>] = []
    package private(set) var targets: SignedFile<TargetsMetadata>?
    /// What apps' authors sent last; kept when an app's delegation is withdrawn, since a snapshot never forgets a role.
    package private(set) var apps: [AppName: SignedFile<TargetsMetadata>] = [:]
    /// What may be granted, as it was sent last; kept as well when its delegation is withdrawn.
    package private(set) var policy: SignedPolicy?
    package private(set) var snapshot: SignedFile<SnapshotMetadata>?
    package private(set) var timestamp: SignedFile<TimestampMetadata>?

    package init(onlineKeys: [SigningKey]) { self.onlineKeys = onlineKeys }

    /// What was served before, as it lay on the disk.
    init(
        onlineKeys: [SigningKey], roots: [SignedFile<RootMetadata>], targets: SignedFile<TargetsMetadata>,
        apps: [AppName: SignedFile<TargetsMetadata>], policy: SignedPolicy?, snapshot: SignedFile<SnapshotMetadata>,
        timestamp: SignedFile<TimestampMetadata>
    ) {
        self.onlineKeys = onlineKeys
        self.roots = roots
        self.targets = targets
        self.apps = apps
        self.policy = policy
        self.snapshot = snapshot
        self.timestamp = timestamp
    }

    package var root: RootMetadata? { roots.last?.role }

    // MARK: Taking in

    /// Takes metadata in, all of it or nothing, and signs the snapshot and timestamp that make it current.
    ///
    /// - Parameters:
    ///   - archives: The sizes of the uploaded archives, by digest.
    ///   - files: The texts of the policies that came with it, by target path.
    /// - Returns: Whether anything of it is new.
    /// - Throws: `RepositoryRefusal`; nothing has changed then.
    @discardableResult
    package mutating func take(
        _ upload: [RoleText], archives: [Digest: Int64], files: [String: String] = [:], now: Timestamp
    ) throws -> Bool {
        var next = self
        var changed: [String: SignedFile<TargetsMetadata>] = [:]
        var isNew = false
        for item in upload {
            let bytes = Array(item.text.utf8)
            switch item.role {
            case "root": isNew = try next.take(root: bytes) || isNew
            case "targets": isNew = try next.take(targets: bytes) || isNew
            case PolicyRole.name:
                guard try next.take(policy: bytes, files) else { continue }
                changed[PolicyRole.name] = next.policy?.file
                isNew = true
            default:
                guard let app = AppRole.app(of: item.role) else { throw RepositoryRefusal.unknownRole(item.role) }
                guard try next.take(app, bytes, archives) else { continue }
                changed[item.role] = next.apps[app]
                isNew = true
            }
        }
        guard isNew else { return false }
        try next.checkRoot()
        try next.issue(now: now, newSnapshot: true)
        try next.judge(after: self, changed: changed, now: now)
        self = next
        return true
    }

    /// - Returns: Whether it is new; the same again is nothing.
    private mutating func take(root bytes: [UInt8]) throws(RepositoryRefusal) -> Bool {
        let file: SignedFile<RootMetadata> = try Self.parse(bytes, "root")
        let current = Int64(roots.count)
        if (1...max(1, current)).contains(file.role.version), current > 0 {
            guard roots[Int(file.role.version) - 1].bytes == bytes else {
                throw .outdated(role: "root", version: file.role.version, current: current)
            }
            return false
        }
        guard file.role.version == current + 1 else { throw .rootGap(version: file.role.version, current: current) }
        roots.append(file)
        return true
    }

    private mutating func take(targets bytes: [UInt8]) throws(RepositoryRefusal) -> Bool {
        let file: SignedFile<TargetsMetadata> = try Self.parse(bytes, "targets")
        guard try Self.isNewer(file, than: targets, "targets") else { return false }
        targets = file
        return true
    }

    private mutating func take(
        _ app: AppName, _ bytes: [UInt8], _ archives: [Digest: Int64]
    ) throws(RepositoryRefusal) -> Bool {
        let name = AppRole.name(of: app)
        let file: SignedFile<TargetsMetadata> = try Self.parse(bytes, name)
        guard try Self.isNewer(file, than: apps[app], name) else { return false }
        for (path, target) in file.role.targets.sorted(by: { $0.key < $1.key }) {
            guard AppRole.version(of: path, app: app) != nil, let digest = target.digests.sha256 else {
                throw .strangeTarget(role: name, path: path)
            }
            guard let size = archives[digest] else { throw .archiveMissing(path: path, digest: digest) }
            guard size == target.length else { throw .archiveDiffers(path: path, signed: target.length, size: size) }
        }
        apps[app] = file
        return true
    }

    private mutating func take(policy bytes: [UInt8], _ files: [String: String]) throws(RepositoryRefusal) -> Bool {
        let file: SignedFile<TargetsMetadata> = try Self.parse(bytes, PolicyRole.name)
        guard try Self.isNewer(file, than: policy?.file, PolicyRole.name) else { return false }
        policy = try SignedPolicy(file, files: files, before: policy)
        return true
    }

    private static func isNewer<Role>(
        _ file: SignedFile<Role>, than current: SignedFile<Role>?, _ role: String
    ) throws(RepositoryRefusal) -> Bool {
        guard let current else { return true }
        if file.bytes == current.bytes { return false }
        guard file.role.version > current.role.version else {
            throw .outdated(role: role, version: file.role.version, current: current.role.version)
        }
        return true
    }

    /// The archives that metadata asks for, to be looked up before it is taken in. What cannot be read asks for none.
    static func archives(in upload: [RoleText]) -> Set<Digest> {
        Set(
            upload.filter { AppRole.app(of: $0.role) != nil }.flatMap { item in
                let file = try? SignedFile<TargetsMetadata>(parsing: Array(item.text.utf8), name: item.role)
                return (file?.role.targets.values).map { $0.compactMap(\.digests.sha256) } ?? []
            })
    }

    /// What is served from now on.
    mutating func serve(_ snapshot: SignedFile<SnapshotMetadata>, _ timestamp: SignedFile<TimestampMetadata>) {
        self.snapshot = snapshot
        self.timestamp = timestamp
    }

    // MARK: Judging

    /// What only this center asks of a root, beyond what clients do.
    private func checkRoot() throws(RepositoryRefusal) {
        guard let root else { throw .rootMissing }
        guard root.consistentSnapshot else { throw .notConsistent }
        for type in [RoleType.snapshot, .timestamp] where signer(of: type) == nil { throw .notOnlineKey(role: type.rawValue) }
        guard targets != nil else { throw .targetsMissing }
    }

    /// Tries what would be served on a client that trusts the first root, and on one that trusts what was served before.
    private func judge(
        after before: RepositoryState, changed: [String: SignedFile<TargetsMetadata>], now: Timestamp
    ) throws(RepositoryRefusal) {
        guard let first = roots.first, let delegations = targets?.role.delegations else {
            throw changed.keys.min().map { .notDelegated(role: $0) } ?? .targetsMissing
        }
        do throws(TrustError) {
            let fresh = try updated(TrustedSet(root: first.bytes, now: now), from: nil)
            if let root = before.roots.last {
                _ = try updated(TrustedSet(root: root.bytes, now: now), from: before)
            }
            for (name, file) in changed {
                guard let role = delegation(of: name) else { continue }
                _ = try fresh.check(
                    file.bytes, role: role.name, authority: delegations.authority(for: role, delegator: "targets"))
            }
        } catch {
            throw .untrusted(error)
        }
        for name in changed.keys.sorted() where delegation(of: name) == nil { throw .notDelegated(role: name) }
    }

    /// A client after its update from this repository.
    private func updated(_ client: TrustedSet, from before: RepositoryState?) throws(TrustError) -> TrustedSet {
        var client = client
        for root in roots where root.role.version > client.root.role.version { try client.take(root: root.bytes) }
        try client.checkRoot()
        // A client drops what the new root's keys did not sign.
        if let known = before?.timestamp { try? client.recall(timestamp: known.bytes) }
        if let known = before?.snapshot { _ = try? client.recall(snapshot: known.bytes) }
        guard let timestamp, let snapshot, let targets else { throw .roleNotInSnapshot(role: "targets") }
        _ = try client.take(timestamp: timestamp.bytes)
        try client.take(snapshot: snapshot.bytes)
        try client.take(targets: targets.bytes)
        return client
    }

    private static func parse<Role>(_ bytes: [UInt8], _ name: String) throws(RepositoryRefusal) -> SignedFile<Role> {
        do { return try SignedFile(parsing: bytes, name: name) } catch { throw .malformed(error) }
    }
}
