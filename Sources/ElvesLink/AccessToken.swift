import Crypto
package import ElvesModel

/// A secret handed out once, which also tells whom to trust: `elves-` + the fingerprint of the center's authority + `-` +
/// 32 random hexadecimal characters. The center keeps only its digest.
package struct AccessToken: Sendable {
    package let text: String
    /// The SHA-256 of the certificate of the authority that the center's certificate must be signed by.
    package let authority: ElvesModel.Digest

    package init(authority: ElvesModel.Digest, randomness: Randomness) {
        self.authority = authority
        text = "elves-\(authority.hex)-\(randomness.hex(bytes: 16).lowercased())"
    }

    /// - Throws: `InvalidName`, which does not repeat the token.
    package init(_ text: String) throws(InvalidName) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "elves", parts[2].utf8.count == 32,
            let authority = try? ElvesModel.Digest(hex: String(parts[1]))
        else {
            throw InvalidName(what: "token", text: "…", rule: "the text that `elves token create` printed")
        }
        self.text = text
        self.authority = authority
    }

    package var digest: ElvesModel.Digest { Self.digest(of: text) }

    package static func digest(of text: String) -> ElvesModel.Digest {
        ElvesModel.Digest(bytes: SHA256.hash(data: Array(text.utf8)))
    }
}
