/// The name by which an app is called: the `app` parameter of the REST API and the first half of its archive's name.
///
/// 1 to 25 ASCII letters, digits and `-`, beginning with a letter: the width of the original's column, and no `_`, since the
/// archive `{app}_{version}.zip` is split at its first underscore.
public struct AppName: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public let text: String

    /// - Throws: `InvalidName` naming the text and the rule.
    public init(_ text: String) throws(InvalidName) {
        let allowed = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        guard let first = text.utf8.first, first.isASCIILetter, allowed, text.utf8.count <= 25 else {
            throw InvalidName(
                what: "app name", text: text, rule: "1 to 25 letters, digits and -, beginning with a letter")
        }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public static func < (left: AppName, right: AppName) -> Bool { left.text < right.text }
    public var description: String { text }
}

/// A text that breaks the grammar of what it should name.
public struct InvalidName: Error, Equatable, CustomStringConvertible {
    public let what: String
    public let text: String
    public let rule: String

    public init(what: String, text: String, rule: String) {
        self.what = what
        self.text = text
        self.rule = rule
    }

    public var description: String { "\(what) \"\(text.prefix(80))\" is not valid: \(rule)" }
}

extension UInt8 {
    package var isASCIILetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
    }
    package var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    package var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }
}
