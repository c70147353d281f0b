package import ElvesModel
package import ElvesTUF

/// The half of a repository that says what operators may grant: the `policy` role, from its state in the center to the next
/// version. Pure.
package struct PolicyRoleEditor: Sendable {
    private var delegated: DelegatedFile

    /// - Parameters:
    ///   - targets: The top-level targets, which say who may sign policies.
    ///   - current: What the center serves for the role today; nil before the first version.
    /// - Throws: `EditError.policyNotDelegated`.
    package init(targets: TargetsMetadata, current: SignedFile<TargetsMetadata>?, now: Timestamp) throws {
        guard let delegated = try DelegatedFile(role: PolicyRole.name, targets: targets, current: current, now: now) else {
            throw EditError.policyNotDelegated
        }
        self.delegated = delegated
    }

    package var file: SignedFile<TargetsMetadata> { delegated.file }

    /// Whether `file` is to be signed yet.
    package var isNew: Bool { delegated.isNew }

    /// Takes up a file that was signed by others and awaits more signatures.
    ///
    /// - Throws: `EditError.damaged` if it does not follow on what the center has.
    package mutating func resume(_ started: SignedFile<TargetsMetadata>) throws { try delegated.resume(started) }

    /// Names a file, in place of the one of that name. The same again changes nothing, unless what was signed is soon to expire.
    ///
    /// - Throws: `EditError.strangePolicy`, `.policyTooLong`.
    package mutating func put(_ name: String, digest: Digest, size: Int, now: Timestamp) throws {
        let path = PolicyRole.path(of: name)
        guard PolicyRole.file(of: path) != nil else { throw EditError.strangePolicy(name) }
        guard size <= PolicyRole.sizeLimit else { throw EditError.policyTooLong(name, bytes: size) }
        let target = TargetFile(length: Int64(size), digests: FileDigests(sha256: digest))
        if file.role.targets[path] == target, !delegated.isExpiring(now) { return }
        try delegated.change(now) { $0.targets[path] = target }
    }

    /// - Throws: `EditError.keyIsNotThere` if the key is none of the role's.
    package mutating func sign(with key: SigningKey) throws { try delegated.sign(with: key) }

    /// Who has signed, and how many must.
    package var signatures: SignatureCount { delegated.signatures }
}
