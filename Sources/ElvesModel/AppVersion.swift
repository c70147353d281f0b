/// A version of an app in the form of Semantic Versioning 2.0.0: `MAJOR.MINOR.PATCH`, optionally `-PRERELEASE`.
///
/// Build metadata (`+…`) is refused: two archives that differ only there would have the same precedence. At most 30 bytes,
/// the width of the original's column.
public struct AppVersion: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public let text: String
    private let numbers: [Int]
    private let prerelease: [Identifier]

    /// One dot-separated part of a prerelease; numeric ones rank below the others (Semantic Versioning, rule 11).
    private enum Identifier: Hashable, Comparable {
        case number(Int)
        case word(String)
    }

    /// - Throws: `InvalidName` naming the text and the rule.
    public init(_ text: String) throws(InvalidName) {
        let invalid = InvalidName(
            what: "version", text: text, rule: "MAJOR.MINOR.PATCH as in 1.4.2 or 1.4.2-beta.1, at most 30 characters")
        guard text.utf8.count <= 30 else { throw invalid }
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let core = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        let numbers = core.compactMap { Self.number($0) }
        guard core.count == 3, numbers.count == 3 else { throw invalid }
        var prerelease: [Identifier] = []
        if halves.count == 2 {
            for part in halves[1].split(separator: ".", omittingEmptySubsequences: false) {
                guard !part.isEmpty, part.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }) else {
                    throw invalid
                }
                if part.utf8.allSatisfy(\.isASCIIDigit) {
                    guard let number = Self.number(part) else { throw invalid }
                    prerelease.append(.number(number))
                } else {
                    prerelease.append(.word(String(part)))
                }
            }
        }
        self.text = text
        self.numbers = numbers
        self.prerelease = prerelease
    }

    /// A number without sign or leading zero.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit), text == "0" || text.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return Int(text)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// Precedence by rule 11 of Semantic Versioning: a prerelease comes before its release.
    public static func < (left: AppVersion, right: AppVersion) -> Bool {
        if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
        if left.prerelease.isEmpty || right.prerelease.isEmpty { return !left.prerelease.isEmpty && right.prerelease.isEmpty }
        return left.prerelease.lexicographicallyPrecedes(right.prerelease)
    }

    public var description: String { text }
}
