import Crypto
import CryptoExtras

/// What a public key can do: say whether it signed something.
package struct KeyVerifier: Sendable {
    private enum Form {
        case ed25519(Curve25519.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey, _RSA.Signing.Padding, RSADigest)
    }

    private enum RSADigest { case sha256, sha384, sha512 }

    private let form: Form

    /// - Returns: nil if type or scheme are unknown or the text is no key of them. RSA keys have at least 2048 bits.
    package init?(_ key: PublicKey) {
        switch (key.type, key.scheme) {
        case ("ed25519", "ed25519"):
            guard let raw = bytes(hex: key.value), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else {
                return nil
            }
            form = .ed25519(key)
        case ("ecdsa", "ecdsa-sha2-nistp256"), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
            guard let key = Self.p256(key.value) else { return nil }
            form = .p256(key)
        case ("ecdsa", "ecdsa-sha2-nistp384"), ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"):
            guard let key = try? P384.Signing.PublicKey(pemRepresentation: key.value) else { return nil }
            form = .p384(key)
        case ("rsa", let scheme):
            guard let (padding, digest) = Self.rsaScheme(scheme),
                let key = try? _RSA.Signing.PublicKey(pemRepresentation: key.value)
            else { return nil }
            form = .rsa(key, padding, digest)
        default:
            return nil
        }
    }

    /// PEM, or the uncompressed point in hexadecimal, as older repositories have it.
    private static func p256(_ text: String) -> P256.Signing.PublicKey? {
        if let point = bytes(hex: text) { return try? P256.Signing.PublicKey(x963Representation: point) }
        return try? P256.Signing.PublicKey(pemRepresentation: text)
    }

    private static func rsaScheme(_ scheme: String) -> (_RSA.Signing.Padding, RSADigest)? {
        switch scheme {
        case "rsassa-pss-sha256": (.PSS, .sha256)
        case "rsassa-pss-sha384": (.PSS, .sha384)
        case "rsassa-pss-sha512": (.PSS, .sha512)
        case "rsa-pkcs1v15-sha256": (.insecurePKCS1v1_5, .sha256)
        case "rsa-pkcs1v15-sha384": (.insecurePKCS1v1_5, .sha384)
        case "rsa-pkcs1v15-sha512": (.insecurePKCS1v1_5, .sha512)
        default: nil
        }
    }

    /// Whether `signature` is this key's over `message`. A malformed signature is a wrong one.
    package func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        switch form {
        case .ed25519(let key):
            return key.isValidSignature(signature, for: message)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .p384(let key):
            guard let signature = try? P384.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .rsa(let key, let padding, let digest):
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return switch digest {
            case .sha256: key.isValidSignature(signature, for: SHA256.hash(data: message), padding: padding)
            case .sha384: key.isValidSignature(signature, for: SHA384.hash(data: message), padding: padding)
            case .sha512: key.isValidSignature(signature, for: SHA512.hash(data: message), padding: padding)
            }
        }
    }

    /// The key's own bytes, the same under whatever id, scheme or spelling it is listed: who has one key has one vote.
    package var identity: [UInt8] {
        switch form {
        case .ed25519(let key): Array(key.rawRepresentation)
        case .p256(let key): Array(key.x963Representation)
        case .p384(let key): Array(key.x963Representation)
        case .rsa(let key, _, _): Array(key.derRepresentation)
        }
    }
}
