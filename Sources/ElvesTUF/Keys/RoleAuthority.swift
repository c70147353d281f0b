/// Who may sign one role's file, as one delegator says.
package struct RoleAuthority: Sendable {
    /// For errors, as in `root version 3`.
    package let delegator: String
    package let role: String
    package let keyIDs: [String]
    package let threshold: Int64
    package let keys: KeyTable

    package init(delegator: String, role: String, keyIDs: [String], threshold: Int64, keys: KeyTable) {
        self.delegator = delegator
        self.role = role
        self.keyIDs = keyIDs
        self.threshold = threshold
        self.keys = keys
    }

    /// The ids of the role's keys that signed a file. A key that is listed under two ids counts once, and so appears once.
    package func signers<Role>(of file: SignedFile<Role>) -> [String] {
        var identities: Set<[UInt8]> = []
        var signers: [String] = []
        let allowed = Set(keyIDs)
        for signature in file.signatures where allowed.contains(signature.keyID) && !signers.contains(signature.keyID) {
            guard let key = keys[signature.keyID], let verifier = KeyVerifier(key), !identities.contains(verifier.identity),
                let value = bytes(hex: signature.value), verifier.isValid(value, over: file.signedBytes)
            else { continue }
            identities.insert(verifier.identity)
            signers.append(signature.keyID)
        }
        return signers
    }

    /// - Throws: `TrustError.notSigned` if fewer keys signed the file than the role needs.
    package func verify<Role>(_ file: SignedFile<Role>) throws(TrustError) {
        let count = signers(of: file).count
        guard count >= threshold else {
            throw .notSigned(
                role: role, version: file.role.version, by: delegator, signatures: count, threshold: threshold)
        }
    }
}
