package import ElvesModel

/// What a client trusts, and which file it may trust next.
///
/// Pure: files come as bytes, the time is given once, and a refused file changes nothing. The order is root, timestamp, snapshot,
/// targets (section 5 of the specification); who calls out of order is refused.
package struct TrustedSet: Sendable {
    /// The time against which every expiry is held, fixed for one update.
    package let now: Timestamp
    package private(set) var root: SignedFile<RootMetadata>
    package private(set) var timestamp: SignedFile<TimestampMetadata>?
    package private(set) var snapshot: SignedFile<SnapshotMetadata>?
    package private(set) var targets: SignedFile<TargetsMetadata>?

    /// Begins with a root that is trusted already. It must be signed by its own keys; it may be expired.
    package init(root bytes: [UInt8], now: Timestamp) throws(TrustError) {
        let file: SignedFile<RootMetadata> = try Self.parse(bytes, "root")
        try file.role.authority(for: .root).verify(file)
        root = file
        self.now = now
    }

    // MARK: Root

    /// Takes the next root: one version higher, signed as the trusted one asks and as it asks itself.
    package mutating func take(root bytes: [UInt8]) throws(TrustError) {
        let file: SignedFile<RootMetadata> = try Self.parse(bytes, "root")
        try root.role.authority(for: .root).verify(file)
        guard file.role.version == root.role.version + 1 else {
            throw .wrongVersion(role: "root", version: file.role.version, expected: root.role.version + 1)
        }
        try file.role.authority(for: .root).verify(file)
        root = file
    }

    /// - Throws: `TrustError.expired` if the newest root is no longer valid.
    package func checkRoot() throws(TrustError) { try checkExpiry(of: root, "root") }

    // MARK: Timestamp

    /// Takes a timestamp that was trusted in an earlier update, which may have expired since: it still keeps newer ones from going
    /// back. One that the root's keys no longer sign is refused, which is how a repository recovers from versions run too high.
    package mutating func recall(timestamp bytes: [UInt8]) throws(TrustError) {
        let file: SignedFile<TimestampMetadata> = try Self.parse(bytes, "timestamp")
        try root.role.authority(for: .timestamp).verify(file)
        timestamp = file
    }

    /// Takes the repository's timestamp.
    ///
    /// - Returns: Whether it is newer than the trusted one; with an equal version the trusted one stays.
    package mutating func take(timestamp bytes: [UInt8]) throws(TrustError) -> Bool {
        let file: SignedFile<TimestampMetadata> = try Self.parse(bytes, "timestamp")
        try root.role.authority(for: .timestamp).verify(file)
        if let trusted = timestamp?.role {
            guard file.role.version >= trusted.version else {
                throw .rollback(role: "timestamp", version: file.role.version, trusted: trusted.version)
            }
            if file.role.version == trusted.version {
                try checkTimestamp()
                return false
            }
            guard file.role.snapshot.version >= trusted.snapshot.version else {
                throw .rollback(role: "snapshot", version: file.role.snapshot.version, trusted: trusted.snapshot.version)
            }
        }
        try checkExpiry(of: file, "timestamp")
        timestamp = file
        return true
    }

    private func checkTimestamp() throws(TrustError) {
        if let timestamp { try checkExpiry(of: timestamp, "timestamp") }
    }

    // MARK: Snapshot

    /// Takes a snapshot that was trusted in an earlier update.
    ///
    /// Its bytes are not held against the timestamp's digest: they were, when it came.
    ///
    /// - Returns: Whether it is the one that the timestamp names, so that none has to be fetched.
    package mutating func recall(snapshot bytes: [UInt8]) throws(TrustError) -> Bool {
        let file: SignedFile<SnapshotMetadata> = try Self.parse(bytes, "snapshot")
        try root.role.authority(for: .snapshot).verify(file)
        snapshot = file
        return timestamp?.role.snapshot.version == file.role.version && !file.role.expires.isOver(at: now)
    }

    /// Takes the repository's snapshot: the one that the timestamp names, and no role in it older than before.
    package mutating func take(snapshot bytes: [UInt8]) throws(TrustError) {
        guard let announced = timestamp?.role.snapshot else { throw .roleNotInSnapshot(role: "snapshot") }
        try announced.check(bytes, "snapshot")
        let file: SignedFile<SnapshotMetadata> = try Self.parse(bytes, "snapshot")
        try root.role.authority(for: .snapshot).verify(file)
        guard file.role.version == announced.version else {
            throw .wrongVersion(role: "snapshot", version: file.role.version, expected: announced.version)
        }
        for (name, trusted) in snapshot?.role.meta ?? [:] {
            let role = name.hasSuffix(".json") ? String(name.dropLast(5)) : name
            guard let new = file.role.meta[name] else { throw .roleVanished(role: role) }
            guard new.version >= trusted.version else {
                throw .rollback(role: role, version: new.version, trusted: trusted.version)
            }
        }
        try checkExpiry(of: file, "snapshot")
        snapshot = file
    }

    // MARK: Targets

    /// What the snapshot says about the file of a role that lists targets.
    package func announced(_ role: String) throws(TrustError) -> MetaFile {
        guard let announced = snapshot?.role.file(ofRole: role) else { throw .roleNotInSnapshot(role: role) }
        return announced
    }

    /// Takes the top-level targets, whether from an earlier update or from the repository.
    package mutating func take(targets bytes: [UInt8]) throws(TrustError) {
        targets = try check(bytes, role: "targets", authority: root.role.authority(for: .targets))
    }

    /// Checks the file of a delegated role against the snapshot and against the delegation through which it is asked. Nothing is
    /// kept: through another delegation it must pass that one's keys.
    package func check(
        _ bytes: [UInt8], role: String, authority: RoleAuthority
    ) throws(TrustError) -> SignedFile<TargetsMetadata> {
        let announced = try announced(role)
        try announced.check(bytes, role)
        let file: SignedFile<TargetsMetadata> = try Self.parse(bytes, role)
        try authority.verify(file)
        guard file.role.version == announced.version else {
            throw .wrongVersion(role: role, version: file.role.version, expected: announced.version)
        }
        try checkExpiry(of: file, role)
        return file
    }

    // MARK: Shared

    private static func parse<Role>(_ bytes: [UInt8], _ name: String) throws(TrustError) -> SignedFile<Role> {
        do throws(MetadataError) {
            return try SignedFile(parsing: bytes, name: name)
        } catch {
            throw .malformed(error)
        }
    }

    private func checkExpiry<Role>(of file: SignedFile<Role>, _ name: String) throws(TrustError) {
        guard !file.role.expires.isOver(at: now) else {
            throw .expired(role: name, version: file.role.version, at: file.role.expires)
        }
    }
}

extension MetaFile {
    /// Why a file is not the one that is meant; nil if it is.
    func disagreement(with bytes: [UInt8]) -> String? {
        if let length, Int64(bytes.count) != length { return "it has \(bytes.count) bytes instead of \(length)" }
        return digests?.mismatch(bytes)
    }

    func check(_ bytes: [UInt8], _ role: String) throws(TrustError) {
        if let reason = disagreement(with: bytes) {
            throw .wrongContent(what: "metadata \(quoted(role, 80))", reason: reason)
        }
    }
}
