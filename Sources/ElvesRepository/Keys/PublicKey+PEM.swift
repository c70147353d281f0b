import Crypto
import CryptoExtras
package import ElvesTUF
import SwiftASN1

extension PublicKey {
    /// Reads the file of a public key, as metadata carries it.
    package init(pem: String) throws(KeyFileError) {
        guard let document = try? PEMDocument(pemString: pem) else { throw .notAKey }
        guard document.discriminator == "PUBLIC KEY" else {
            throw document.discriminator.hasSuffix("PRIVATE KEY") ? .wrongHalf(isPrivate: true) : .notAKey
        }
        if let key = try? Curve25519.Signing.PublicKey(derRepresentation: document.derBytes) {
            self.init(ed25519: key)
        } else if let key = try? P256.Signing.PublicKey(derRepresentation: document.derBytes) {
            self.init(p256: key)
        } else {
            throw .unknownAlgorithm
        }
    }

    init(ed25519 key: Curve25519.Signing.PublicKey) {
        let digits = Array("0123456789abcdef".utf8)
        let hex = key.rawRepresentation.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        self.init(type: "ed25519", scheme: "ed25519", value: String(decoding: hex, as: UTF8.self))
    }

    init(p256 key: P256.Signing.PublicKey) {
        self.init(type: "ecdsa", scheme: "ecdsa-sha2-nistp256", value: key.pemRepresentation)
    }
}

extension SigningKey {
    /// A signature over the signed part of a file, under the id that `PublicKey.id()` gives the key.
    package func signature<Role>(of file: SignedFile<Role>) throws -> RoleSignature {
        RoleSignature(keyID: try publicKey.id(), bytes: try signature(over: file.signedBytes))
    }
}
