import Crypto
import CryptoExtras
import ElvesModel
import Foundation
import SwiftASN1

/// A private key behind a passphrase: `EncryptedPrivateKeyInfo` of PKCS #8 with PBES2, scrypt and AES-256-CBC.
///
/// The form of RFC 5958, RFC 8018 and RFC 7914, which `openssl pkey` reads as well.
enum EncryptedPrivateKey {
    static let pemType = "ENCRYPTED PRIVATE KEY"

    /// What one guess of the passphrase costs.
    private struct Cost {
        let salt: [UInt8]
        let rounds: Int
        let blockSize: Int
        let parallelism: Int

        /// 16 MiB and about a quarter of a second for each guess. OpenSSL reads no key that takes more than 32 MiB.
        static func new(_ randomness: Randomness) -> Cost {
            Cost(salt: randomness.bytes(16), rounds: 1 << 14, blockSize: 8, parallelism: 5)
        }

        /// A file that asks for more would only keep the machine busy.
        var isAcceptable: Bool {
            (2...1 << 20).contains(rounds) && (1...32).contains(blockSize) && (1...16).contains(parallelism)
                && rounds * blockSize * 128 <= 256 << 20
        }

        func key(for passphrase: String) throws -> SymmetricKey {
            try KDF.Scrypt.deriveKey(
                from: Data(passphrase.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize,
                parallelism: parallelism, maxMemory: 320 << 20)
        }
    }

    private static let pbes2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 13]
    private static let scrypt: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11591, 4, 11]
    private static let aes256CBC: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 1, 42]

    // MARK: Sealing

    /// - Parameter key: The DER of a `PrivateKeyInfo`.
    /// - Returns: The DER of an `EncryptedPrivateKeyInfo`.
    static func seal(_ key: [UInt8], passphrase: String, randomness: Randomness) throws -> [UInt8] {
        let cost = Cost.new(randomness)
        let vector = randomness.bytes(16)
        let sealed = try AES._CBC.encrypt(key, using: cost.key(for: passphrase), iv: AES._CBC.IV(ivBytes: vector))
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) { info in
            try info.appendConstructedNode(identifier: .sequence) { algorithm in
                try algorithm.serialize(pbes2)
                try algorithm.appendConstructedNode(identifier: .sequence) { parameters in
                    try parameters.appendConstructedNode(identifier: .sequence) { try serialize(cost, into: &$0) }
                    try parameters.appendConstructedNode(identifier: .sequence) { scheme in
                        try scheme.serialize(aes256CBC)
                        try scheme.serialize(ASN1OctetString(contentBytes: vector[...]))
                    }
                }
            }
            try info.serialize(ASN1OctetString(contentBytes: Array(sealed)[...]))
        }
        return serializer.serializedBytes
    }

    private static func serialize(_ cost: Cost, into derivation: inout DER.Serializer) throws {
        try derivation.serialize(scrypt)
        try derivation.appendConstructedNode(identifier: .sequence) { parameters in
            try parameters.serialize(ASN1OctetString(contentBytes: cost.salt[...]))
            try parameters.serialize(cost.rounds)
            try parameters.serialize(cost.blockSize)
            try parameters.serialize(cost.parallelism)
        }
    }

    // MARK: Opening

    /// - Parameter sealed: The DER of an `EncryptedPrivateKeyInfo`.
    /// - Returns: The DER of the `PrivateKeyInfo` in it.
    static func open(_ sealed: [UInt8], passphrase: String) throws(KeyFileError) -> [UInt8] {
        let parts: (cost: Cost, vector: [UInt8], content: [UInt8])
        do { parts = try parse(sealed) } catch let error as KeyFileError { throw error } catch { throw .notAKey }
        guard parts.cost.isAcceptable else { throw .unknownEncryption("scrypt with costs beyond the limit") }
        guard let key = try? parts.cost.key(for: passphrase), let vector = try? AES._CBC.IV(ivBytes: parts.vector),
            let opened = try? AES._CBC.decrypt(parts.content, using: key, iv: vector)
        else { throw .wrongPassphrase }
        return Array(opened)
    }

    private static func parse(_ der: [UInt8]) throws -> (cost: Cost, vector: [UInt8], content: [UInt8]) {
        try DER.sequence(DER.parse(der), identifier: .sequence) { info in
            let (cost, vector) = try sequence(&info) { algorithm in
                try expect(pbes2, in: &algorithm)
                return try sequence(&algorithm) { parameters in
                    let cost = try sequence(&parameters) { derivation in
                        try expect(scrypt, in: &derivation)
                        return try sequence(&derivation) { try self.cost(in: &$0) }
                    }
                    let vector = try sequence(&parameters) { scheme in
                        try expect(aes256CBC, in: &scheme)
                        return Array(try ASN1OctetString(derEncoded: &scheme).bytes)
                    }
                    return (cost, vector)
                }
            }
            return (cost, vector, Array(try ASN1OctetString(derEncoded: &info).bytes))
        }
    }

    private static func sequence<T>(
        _ nodes: inout ASN1NodeCollection.Iterator, _ read: (inout ASN1NodeCollection.Iterator) throws -> T
    ) throws -> T {
        guard let node = nodes.next() else { throw KeyFileError.notAKey }
        return try DER.sequence(node, identifier: .sequence, read)
    }

    private static func cost(in parameters: inout ASN1NodeCollection.Iterator) throws -> Cost {
        let cost = Cost(
            salt: Array(try ASN1OctetString(derEncoded: &parameters).bytes), rounds: try Int(derEncoded: &parameters),
            blockSize: try Int(derEncoded: &parameters), parallelism: try Int(derEncoded: &parameters))
        // The length of the key is optional and says nothing that AES-256 does not.
        if let length = parameters.next(), try Int(derEncoded: length) != 32 { throw KeyFileError.unknownEncryption("scrypt") }
        return cost
    }

    private static func expect(_ algorithm: ASN1ObjectIdentifier, in nodes: inout ASN1NodeCollection.Iterator) throws {
        let found = try ASN1ObjectIdentifier(derEncoded: &nodes)
        guard found == algorithm else { throw KeyFileError.unknownEncryption("\(found)") }
    }
}
