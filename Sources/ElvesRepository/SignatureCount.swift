package import ElvesTUF

/// How far the signing of one file has come, by the word of one delegator.
package struct SignatureCount: Sendable, Equatable {
    /// Whose keys count, as in `root version 3`.
    package let delegator: String
    package let keyIDs: [String]
    /// Those of them that have signed.
    package let signers: [String]
    package let threshold: Int64

    package init<Role>(_ file: SignedFile<Role>, by authority: RoleAuthority) {
        delegator = authority.delegator
        keyIDs = authority.keyIDs
        signers = authority.signers(of: file)
        threshold = authority.threshold
    }

    package var missing: Int64 { max(0, threshold - Int64(signers.count)) }
}
