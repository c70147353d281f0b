import Crypto
import ElvesJSON
package import ElvesModel

/// What a file must hash to. A file counts only if all of them agree, so one of an unknown algorithm lets no file through.
package struct FileDigests: Hashable, Sendable {
    /// Hexadecimal by algorithm; lower-case where the algorithm is known. Never empty.
    package let entries: [String: String]

    package init(sha256 digest: ElvesModel.Digest) { entries = ["sha256": digest.hex] }

    package var sha256: ElvesModel.Digest? { entries["sha256"].flatMap { try? ElvesModel.Digest(hex: $0) } }

    /// The digest that stands in front of a target's name: SHA-256 if there is one.
    package var preferred: String { entries["sha256"] ?? entries.min { $0.key < $1.key }?.value ?? "" }

    private static let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]

    init(reading object: JSONObject) throws(JSONError) {
        var entries: [String: String] = [:]
        for key in object.keys {
            guard let digest = try object.string(key) else { throw .message("digest \(quoted(key, 40)) must be a text") }
            let isHex = digest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            if let length = Self.lengths[key], digest.utf8.count != length || !isHex {
                throw .message("digest \"\(key)\" must be \(length) lower-case hexadecimal characters")
            }
            entries[key] = digest
        }
        guard !entries.isEmpty else { throw .message("member \"hashes\" must not be empty") }
        self.entries = entries
    }

    var json: RawJSON {
        .object { members in
            for (name, digest) in entries.sorted(by: { $0.key < $1.key }) { members.add(name, digest) }
        }
    }

    /// Hashes a file piece by piece.
    package struct Hasher: Sendable {
        private var sha256 = SHA256()
        private var sha384: SHA384?
        private var sha512: SHA512?
        private let expected: FileDigests

        package init(for expected: FileDigests) {
            self.expected = expected
            sha384 = expected.entries["sha384"] == nil ? nil : SHA384()
            sha512 = expected.entries["sha512"] == nil ? nil : SHA512()
        }

        package mutating func update(_ bytes: [UInt8]) {
            sha256.update(data: bytes)
            sha384?.update(data: bytes)
            sha512?.update(data: bytes)
        }

        /// Why the file is another; nil if all digests agree.
        package func mismatch() -> String? {
            for (algorithm, digest) in expected.entries.sorted(by: { $0.key < $1.key }) {
                let own: String?
                switch algorithm {
                case "sha256": own = hex(sha256.finalize())
                case "sha384": own = sha384.map { hex($0.finalize()) }
                case "sha512": own = sha512.map { hex($0.finalize()) }
                default: return "it was announced with a digest \(quoted(algorithm, 40)), which this program does not know"
                }
                if own != digest { return "its SHA-\(algorithm.dropFirst(3)) is another" }
            }
            return nil
        }
    }

    /// Why a file of these bytes is another; nil if all digests agree.
    package func mismatch(_ bytes: [UInt8]) -> String? {
        var hasher = Hasher(for: self)
        hasher.update(bytes)
        return hasher.mismatch()
    }
}

/// Bytes as lower-case hexadecimal.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// The bytes a hexadecimal text stands for; nil if it is none.
func bytes(hex text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
        result.append(high << 4 | low)
    }
    return result
}

private func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
