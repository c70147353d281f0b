/// What an operator says of an agent, as in `role=web`; the first half of what targets are made of, beside the host's facts.
public struct Label: Hashable, Sendable {
    public let name: LabelName
    /// 1 to 255 bytes without control characters.
    public let value: String

    /// The most one agent may have.
    public static let limit = 64

    /// - Throws: `InvalidName` naming the value and the rule.
    public init(_ name: LabelName, _ value: String) throws(InvalidName) {
        let isPrintable = value.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard (1...255).contains(value.utf8.count), isPrintable else {
            throw InvalidName(what: "label value", text: value, rule: "1 to 255 bytes without control characters")
        }
        self.name = name
        self.value = value
    }
}

/// The name of a label: 1 to 63 ASCII letters, digits, `_`, `.` and `-`, beginning with a letter and not ending with `-`, since
/// `NAME-` on the command line takes a label away.
public struct LabelName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// - Throws: `InvalidName` naming the text and the rule.
    public init(_ text: String) throws(InvalidName) {
        let others: [UInt8] = [UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-")]
        let allowed = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || others.contains($0) }
        guard let first = text.utf8.first, first.isASCIILetter, allowed, text.utf8.count <= 63, !text.hasSuffix("-") else {
            throw InvalidName(
                what: "label name", text: text,
                rule: "1 to 63 letters, digits, _, . and -, beginning with a letter and not ending with -")
        }
        self.text = text
    }

    public static func < (left: LabelName, right: LabelName) -> Bool { left.text < right.text }
    public var description: String { text }
}
