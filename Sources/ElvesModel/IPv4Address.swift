/// An IPv4 address as the REST API writes it: four decimal numbers of 0 to 255.
///
/// Leading zeros are accepted, as the original does, and dropped: `010.0.0.1` is `10.0.0.1`, never octal.
public struct IPv4Address: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public let number: UInt32

    public init?(_ text: String) {
        var number: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                number = number << 8 | octet
                (octet, digits, dots) = (0, 0, dots + 1)
            } else {
                guard byte.isASCIIDigit, digits < 3 else { return nil }
                octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard octet <= 255 else { return nil }
            }
        }
        guard dots == 3, digits > 0 else { return nil }
        self.number = number << 8 | octet
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let address = Self(text) else {
            throw InvalidName(what: "address", text: text, rule: "an IPv4 address as in 10.0.0.8")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.number < right.number }

    public var description: String {
        "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
    }
}

/// A range of IPv4 addresses in the form `10.0.0.0/8`; a bare address is a range of one.
public struct IPv4Range: Hashable, Sendable, Codable, CustomStringConvertible {
    private let base: UInt32
    private let prefix: Int

    public init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2, let address = IPv4Address(String(halves[0])) else { return nil }
        let bits = halves.count == 2 ? halves[1] : "32"
        guard bits.utf8.allSatisfy(\.isASCIIDigit), let prefix = Int(bits), (0...32).contains(prefix) else { return nil }
        self.prefix = prefix
        base = address.number & Self.mask(prefix)
    }

    public static let loopback = IPv4Range(base: 127 << 24, prefix: 8)

    private init(base: UInt32, prefix: Int) {
        self.base = base
        self.prefix = prefix
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let range = Self(text) else {
            throw InvalidName(what: "address range", text: text, rule: "ADDRESS/BITS as in 10.0.0.0/8")
        }
        self = range
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public func contains(_ address: IPv4Address) -> Bool { address.number & Self.mask(prefix) == base }

    private static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefix) }

    public var description: String {
        let address = "\(base >> 24).\(base >> 16 & 255).\(base >> 8 & 255).\(base & 255)"
        return "\(address)/\(prefix)"
    }
}
