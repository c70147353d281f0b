/// The id of one callback, the same in every attempt: its receiver tells by it what it has had already.
///
/// It stands in a header and in the text that is signed, whose parts are separated by dots: so it has neither a dot nor anything
/// that could end a line.
public struct DeliveryID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String

    /// - Throws: `InvalidName` naming the text and the rule.
    public init(_ text: String) throws(InvalidName) {
        let allowed = text.utf8.allSatisfy {
            $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        guard allowed, (1...64).contains(text.utf8.count) else {
            throw InvalidName(what: "delivery id", text: text, rule: "1 to 64 letters, digits, _ and -")
        }
        self.text = text
    }

    /// A new one.
    public init(from randomness: Randomness) { text = "msg_" + randomness.hex(bytes: 16) }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}
