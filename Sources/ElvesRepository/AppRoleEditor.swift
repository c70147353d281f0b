import ElvesJSON
package import ElvesModel
package import ElvesTUF

/// The author's half of a repository: one app's role, from its state in the center to the next version.
///
/// Pure. A change of a version that has all its signatures gives the next version without any.
package struct AppRoleEditor: Sendable {
    package let app: AppName
    private var delegated: DelegatedFile

    /// - Parameters:
    ///   - targets: The top-level targets, which say who the authors are.
    ///   - current: What the center serves for the app today; nil before the first version. Where today's authors did not sign
    ///     it, only its version number counts.
    /// - Throws: `EditError.notDelegated`.
    package init(
        app: AppName, targets: TargetsMetadata, current: SignedFile<TargetsMetadata>?, now: Timestamp
    ) throws {
        self.app = app
        guard let delegated = try DelegatedFile(role: AppRole.name(of: app), targets: targets, current: current, now: now)
        else { throw EditError.notDelegated(app) }
        self.delegated = delegated
    }

    package var file: SignedFile<TargetsMetadata> { delegated.file }

    /// Whether `file` is to be signed yet: it is newer than what the center has.
    package var isNew: Bool { delegated.isNew }

    /// Whether what the center has is not signed by today's authors: its versions were left behind.
    package var leftBehind: Bool { delegated.leftBehind }

    /// Takes up a file that was signed by others and awaits more signatures.
    ///
    /// - Throws: `EditError.damaged` if it does not follow on what the center has.
    package mutating func resume(_ started: SignedFile<TargetsMetadata>) throws { try delegated.resume(started) }

    /// Names an archive. The same archive again changes nothing, unless what was signed is soon to expire: then all of it is to
    /// be signed anew.
    ///
    /// - Parameter floor: The lowest version that an agent may go back to once it has had this one; nil keeps that of the
    ///   version before.
    /// - Throws: `EditError.versionTaken` if the version is there with another archive.
    package mutating func add(
        _ version: AppVersion, digest: Digest, size: Int64, facts: ReleaseFacts, floor: AppVersion?, now: Timestamp
    ) throws {
        if let floor, version < floor { throw EditError.floorAboveVersion(floor: floor, version: version) }
        let path = AppRole.path(of: version, app: app)
        let floor = floor ?? self.floor(below: version)
        let target = TargetFile(length: size, digests: FileDigests(sha256: digest), custom: facts.json(floor: floor))
        if let known = file.role.targets[path] {
            guard known.digests.sha256 == digest else { throw EditError.versionTaken(app, version) }
            if known.custom?.compact == target.custom, !delegated.isExpiring(now) { return }
        }
        try delegated.change(now) { $0.targets[path] = target }
    }

    /// Whether exactly this archive is named, and signed by as many as must.
    package func names(_ version: AppVersion, _ digest: Digest) -> Bool {
        !delegated.isNew && file.role.targets[AppRole.path(of: version, app: app)]?.digests.sha256 == digest
    }

    /// Whether exactly this archive is named, and need not be signed anew for a while.
    package func isPublished(_ version: AppVersion, digest: Digest, now: Timestamp) -> Bool {
        names(version, digest) && !delegated.isExpiring(now)
    }

    /// The floor of the highest version up to this one.
    private func floor(below version: AppVersion) -> AppVersion? {
        let versions = file.role.targets.keys.compactMap { AppRole.version(of: $0, app: app) }.filter { $0 <= version }
        guard let highest = versions.max(), let custom = file.role.targets[AppRole.path(of: highest, app: app)]?.custom,
            let text = try? JSONObject(custom).string("floor")
        else { return nil }
        return try? AppVersion(text)
    }

    /// Withdraws a version: agents install it no more.
    package mutating func withdraw(_ version: AppVersion, now: Timestamp) throws {
        let path = AppRole.path(of: version, app: app)
        guard file.role.targets[path] != nil else { throw EditError.versionNotThere(app, version) }
        try delegated.change(now) { $0.targets[path] = nil }
    }

    /// Lets the same versions count for another half year.
    package mutating func renew(now: Timestamp) throws { try delegated.change(now) { _ in } }

    /// - Throws: `EditError.keyIsNotThere` if the key is no author's.
    package mutating func sign(with key: SigningKey) throws { try delegated.sign(with: key) }

    /// Who has signed, and how many must.
    package var signatures: SignatureCount { delegated.signatures }
}
