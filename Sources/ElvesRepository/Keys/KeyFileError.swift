/// Why a text is not a key that can be used here.
package enum KeyFileError: Error, Equatable, CustomStringConvertible {
    /// No PEM block of a key.
    case notAKey
    /// A public key where a private one is needed, or the other way round.
    case wrongHalf(isPrivate: Bool)
    /// A key of another algorithm than Ed25519 and ECDSA P-256.
    case unknownAlgorithm
    /// Encrypted by another scheme than scrypt with AES-256-CBC, or with costs beyond the limit.
    case unknownEncryption(String)
    case passphraseMissing
    /// What comes out is no key: another passphrase, or damage.
    case wrongPassphrase

    package var description: String {
        switch self {
        case .notAKey: "not a key: a PEM file is expected, as `elves repo new-key` makes it"
        case .wrongHalf(isPrivate: true): "a private key, where the public half is expected (the file that ends in .pub)"
        case .wrongHalf(isPrivate: false): "a public key, where the private half is expected (the file without .pub)"
        case .unknownAlgorithm: "a key of another algorithm than Ed25519 and ECDSA P-256"
        case .unknownEncryption(let what):
            "encrypted in another way than scrypt and AES-256-CBC (\(what)): `openssl pkcs8 -topk8 -scrypt` converts it"
        case .passphraseMissing: "encrypted, and no passphrase was given"
        case .wrongPassphrase: "cannot be decrypted: is it the right passphrase?"
        }
    }
}
