/// A SHA-256 digest, as 64 lower-case hexadecimal characters.
public struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
    public let hex: String

    /// - Throws: `InvalidName` if the text is not 64 lower-case hexadecimal characters.
    public init(hex: String) throws(InvalidName) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ $0.isASCIIDigit || (0x61...0x66).contains($0) }) else {
            throw InvalidName(what: "digest", text: hex, rule: "64 lower-case hexadecimal characters")
        }
        self.hex = hex
    }

    /// - Parameter bytes: The 32 bytes of a SHA-256.
    public init(bytes: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(hex: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    public var description: String { hex }
}
