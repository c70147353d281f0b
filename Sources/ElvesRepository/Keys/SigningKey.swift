import Crypto
import CryptoExtras
package import ElvesModel
package import ElvesTUF
import Foundation
import SwiftASN1

/// A private key that signs metadata.
package struct SigningKey: Sendable {
    /// What `elves repo new-key` can make.
    package enum Algorithm: String, Sendable, CaseIterable {
        case ed25519
        case ecdsa = "ecdsa-p256"
    }

    private enum Secret: Sendable {
        case ed25519(Curve25519.Signing.PrivateKey)
        case ecdsa(P256.Signing.PrivateKey)
    }

    private let secret: Secret

    /// Makes a new key.
    package init(_ algorithm: Algorithm = .ed25519) {
        secret =
            switch algorithm {
            case .ed25519: .ed25519(Curve25519.Signing.PrivateKey())
            case .ecdsa: .ecdsa(P256.Signing.PrivateKey())
            }
    }

    package var algorithm: Algorithm {
        switch secret {
        case .ed25519: .ed25519
        case .ecdsa: .ecdsa
        }
    }

    // MARK: Files

    /// Whether the text of a private key's file needs a passphrase.
    package static func needsPassphrase(_ pem: String) -> Bool {
        (try? PEMDocument(pemString: pem))?.discriminator == EncryptedPrivateKey.pemType
    }

    /// Reads a private key's file.
    ///
    /// - Parameter passphrase: Ignored where the key is not encrypted.
    package init(pem: String, passphrase: String?) throws(KeyFileError) {
        guard let document = try? PEMDocument(pemString: pem) else { throw .notAKey }
        switch document.discriminator {
        case EncryptedPrivateKey.pemType:
            guard let passphrase else { throw .passphraseMissing }
            let der = try EncryptedPrivateKey.open(document.derBytes, passphrase: passphrase)
            // A wrong passphrase passes the padding once in 256 times.
            do { try self.init(der: der) } catch { throw (try? DER.parse(der)) == nil ? .wrongPassphrase : error }
        case "PRIVATE KEY": try self.init(der: document.derBytes)
        case "PUBLIC KEY": throw .wrongHalf(isPrivate: false)
        default: throw .notAKey
        }
    }

    private init(der: [UInt8]) throws(KeyFileError) {
        if let key = try? Curve25519.Signing.PrivateKey(derRepresentation: der) {
            secret = .ed25519(key)
        } else if let key = try? P256.Signing.PrivateKey(derRepresentation: der) {
            secret = .ecdsa(key)
        } else {
            throw .unknownAlgorithm
        }
    }

    /// The text of the private key's file.
    ///
    /// - Parameter passphrase: Nil leaves the key in clear.
    package func pem(passphrase: String?, randomness: Randomness) throws -> String {
        let der =
            switch secret {
            case .ed25519(let key): Array(key.derRepresentation)
            case .ecdsa(let key): Array(key.derRepresentation)
            }
        guard let passphrase else { return PEMDocument(type: "PRIVATE KEY", derBytes: der).pemString + "\n" }
        let sealed = try EncryptedPrivateKey.seal(der, passphrase: passphrase, randomness: randomness)
        return PEMDocument(type: EncryptedPrivateKey.pemType, derBytes: sealed).pemString + "\n"
    }

    /// The text of the public half's file.
    package var publicPEM: String {
        switch secret {
        case .ed25519(let key): key.publicKey.pemRepresentation + "\n"
        case .ecdsa(let key): key.publicKey.pemRepresentation + "\n"
        }
    }

    package var publicKey: PublicKey {
        switch secret {
        case .ed25519(let key): PublicKey(ed25519: key.publicKey)
        case .ecdsa(let key): PublicKey(p256: key.publicKey)
        }
    }

    // MARK: Signing

    /// The signature as TUF carries it: 64 bytes for Ed25519, DER for ECDSA over SHA-256.
    package func signature(over bytes: [UInt8]) throws -> [UInt8] {
        switch secret {
        case .ed25519(let key): Array(try key.signature(for: bytes))
        case .ecdsa(let key): Array(try key.signature(for: bytes).derRepresentation)
        }
    }
}
