package import ElvesTUF

extension RepositoryEditor {
    /// What one role's newest version needs, and has.
    package struct RoleStatus: Sendable {
        package let role: String
        package let version: Int64
        package let expires: ExpiryTime
        /// For a root that replaces another: by the old one's keys and by its own.
        package let signatures: [SignatureCount]

        package var isComplete: Bool { signatures.allSatisfy { $0.missing == 0 } }
    }

    /// Root, then targets.
    package var status: [RoleStatus] {
        [
            RoleStatus(
                role: "root", version: root.role.version, expires: root.role.expires,
                signatures: counts(of: roots.count - 1)),
            RoleStatus(
                role: "targets", version: targets.role.version, expires: targets.role.expires,
                signatures: [SignatureCount(targets, by: root.role.authority(for: .targets))]),
        ]
    }

    /// Adds a key's signature to all that await one of its.
    ///
    /// - Returns: The roles that were signed; empty where nothing awaits this key.
    /// - Throws: `EditError.keySignsNothing` if the key is of none of the roles.
    package mutating func sign(with key: SigningKey) throws -> [String] {
        let id = try key.publicKey.id()
        var signed: [String] = []
        var isKnown = false
        let rootCounts = counts(of: roots.count - 1)
        if rootCounts.contains(where: { $0.keyIDs.contains(id) }) {
            isKnown = true
            // What has all its signatures may be published already, and is never changed.
            if rootCounts.contains(where: { $0.missing > 0 }), !rootCounts.contains(where: { $0.signers.contains(id) }) {
                setRoot(root.adding(try key.signature(of: root)))
                signed.append("root")
            }
        }
        let count = SignatureCount(targets, by: root.role.authority(for: .targets))
        if count.keyIDs.contains(id) {
            isKnown = true
            if count.missing > 0, !count.signers.contains(id) {
                setTargets(targets.adding(try key.signature(of: targets)))
                signed.append("targets")
            }
        }
        guard isKnown else { throw EditError.keySignsNothing(id) }
        return signed
    }

    /// What a center is sent: all roots, and the targets.
    ///
    /// - Throws: `EditError.incomplete` naming what still lacks signatures.
    package func complete() throws -> (roots: [SignedFile<RootMetadata>], targets: SignedFile<TargetsMetadata>) {
        let lacking = status.flatMap { role in
            role.signatures.filter { $0.missing > 0 }.map {
                "\(role.role) version \(role.version) lacks \($0.missing) of the \($0.threshold) by \($0.delegator)"
            }
        }
        guard lacking.isEmpty else { throw EditError.incomplete(lacking) }
        return (roots, targets)
    }

    /// The signatures that a root needs: by its own keys, and by those of the root before it.
    func counts(of index: Int) -> [SignatureCount] {
        let authorities = [index > 0 ? roots[index - 1] : nil, roots[index]].compactMap { $0?.role.authority(for: .root) }
        return authorities.map { SignatureCount(roots[index], by: $0) }
    }

    func missing(of index: Int) -> [SignatureCount] { counts(of: index).filter { $0.missing > 0 } }
}
