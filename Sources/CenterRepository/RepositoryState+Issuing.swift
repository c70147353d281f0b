import Crypto
package import ElvesModel
import ElvesRepository
import ElvesTUF

extension RepositoryState {
    /// Signs a new snapshot or timestamp where one is to be replaced: after half of its time, or because the root names another
    /// key. A center may so be away for half a day, and agents do not notice.
    ///
    /// - Returns: Whether something is new.
    package mutating func renew(now: Timestamp) throws -> Bool {
        guard root != nil, let snapshot, let timestamp else { return false }
        let newSnapshot = isDue(snapshot, lifetime: Lifetime.snapshot, now: now)
        guard newSnapshot || isDue(timestamp, lifetime: Lifetime.timestamp, now: now) else { return false }
        try issue(now: now, newSnapshot: newSnapshot)
        return true
    }

    /// Signs what makes the present targets and apps current.
    ///
    /// - Parameter newSnapshot: Whether any of them, or the root, has changed.
    mutating func issue(now: Timestamp, newSnapshot: Bool) throws {
        let snapshot = newSnapshot ? try nextSnapshot(now) : self.snapshot
        guard let snapshot, let key = signer(of: .timestamp) else { throw RepositoryRefusal.notOnlineKey(role: "timestamp") }
        let file = try SignedFile(
            TimestampMetadata(
                header: RoleHeader(
                    version: (timestamp?.role.version ?? 0) + 1, expires: Lifetime.expiry(Lifetime.timestamp, from: now)),
                snapshot: Self.entry(snapshot)))
        serve(snapshot, file.adding(try key.signature(of: file)))
    }

    private func nextSnapshot(_ now: Timestamp) throws -> SignedFile<SnapshotMetadata> {
        guard let key = signer(of: .snapshot) else { throw RepositoryRefusal.notOnlineKey(role: "snapshot") }
        guard let targets else { throw RepositoryRefusal.targetsMissing }
        var meta = ["targets.json": Self.entry(targets)]
        for (app, file) in apps { meta["\(AppRole.name(of: app)).json"] = Self.entry(file) }
        if let policy { meta["\(PolicyRole.name).json"] = Self.entry(policy.file) }
        let file = try SignedFile(
            SnapshotMetadata(
                header: RoleHeader(
                    version: (snapshot?.role.version ?? 0) + 1, expires: Lifetime.expiry(Lifetime.snapshot, from: now)),
                meta: meta))
        return file.adding(try key.signature(of: file))
    }

    /// With length and digest, so that a client takes nothing else for it.
    private static func entry<Role>(_ file: SignedFile<Role>) -> MetaFile {
        MetaFile(
            version: file.role.version, length: Int64(file.bytes.count),
            digests: FileDigests(sha256: ElvesModel.Digest(bytes: SHA256.hash(data: file.bytes))))
    }

    private func isDue<Role>(_ file: SignedFile<Role>, lifetime: Duration, now: Timestamp) -> Bool {
        guard let root, signer(of: Role.type) != nil else { return false }
        let isSigned = (try? root.authority(for: Role.type).verify(file)) != nil
        return !isSigned || file.role.expires < Lifetime.expiry(lifetime / 2, from: now)
    }

    /// The center's key for a role; nil if the root does not give the role to one key that the center has.
    func signer(of type: RoleType) -> SigningKey? {
        guard let role = root?.roles[type], role.threshold == 1 else { return nil }
        return onlineKeys.last { key in (try? key.publicKey.id()).map(role.keyIDs.contains) == true }
    }
}
