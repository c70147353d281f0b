import ElvesModel
import ElvesTUF

/// The file of a delegated role on its way from what the center has to the next version.
///
/// Pure. A change of a version that has all its signatures gives the next version without any.
struct DelegatedFile: Sendable {
    let role: String
    private(set) var file: SignedFile<TargetsMetadata>
    private let authority: RoleAuthority
    /// Whether `file` is to be signed yet: it is newer than what the center has.
    private(set) var isNew: Bool
    /// Whether what the center has is not signed by those who may sign today: what it names was left behind.
    let leftBehind: Bool

    /// - Parameters:
    ///   - targets: The top-level targets, which say who may sign.
    ///   - current: What the center serves for the role today; nil before the first version. Where it is not signed by those
    ///     who may today, only its version number counts.
    /// - Returns: Nil if nobody may sign for the role.
    init?(
        role: String, targets: TargetsMetadata, current: SignedFile<TargetsMetadata>?, now: Timestamp
    ) throws {
        self.role = role
        guard let delegations = targets.delegations, case .listed(let roles) = delegations.roles,
            let delegation = roles.first(where: { $0.name == role })
        else { return nil }
        authority = delegations.authority(for: delegation, delegator: "targets")
        if let current, (try? authority.verify(current)) != nil {
            (file, isNew, leftBehind) = (current, false, false)
        } else {
            let header = RoleHeader(
                version: (current?.role.version ?? 0) + 1, expires: Lifetime.expiry(Lifetime.delegated, from: now))
            file = try SignedFile(TargetsMetadata(header: header), name: role)
            (isNew, leftBehind) = (true, current != nil)
        }
    }

    /// Takes up a file that was signed by others and awaits more signatures.
    ///
    /// - Throws: `EditError.damaged` if it does not follow on what the center has.
    mutating func resume(_ started: SignedFile<TargetsMetadata>) throws {
        guard started.role.version == file.role.version + (isNew ? 0 : 1) else {
            throw EditError.damaged(
                """
                \(role) version \(started.role.version) was started, and the center has version \
                \(file.role.version - (isNew ? 1 : 0)) by now: start again without the .signed.json
                """)
        }
        file = started
        isNew = true
    }

    /// Whether what is signed ends so soon that it is to be signed anew whenever its signers are at it.
    func isExpiring(_ now: Timestamp) -> Bool {
        !isNew && file.role.expires < Lifetime.expiry(Lifetime.renewal, from: now)
    }

    mutating func change(_ now: Timestamp, _ body: (inout TargetsMetadata) -> Void) throws {
        var changed = file.role
        body(&changed)
        changed.header.version += isNew ? 0 : 1
        changed.header.expires = Lifetime.expiry(Lifetime.delegated, from: now)
        file = try SignedFile(changed, name: role)
        isNew = true
    }

    /// - Throws: `EditError.keyIsNotThere` if the key is none of the role's.
    mutating func sign(with key: SigningKey) throws {
        let signature = try key.signature(of: file)
        guard authority.keyIDs.contains(signature.keyID) else {
            throw EditError.keyIsNotThere(role: role, key: signature.keyID)
        }
        file = file.adding(signature)
    }

    /// Who has signed, and how many must.
    var signatures: SignatureCount { SignatureCount(file, by: authority) }
}
