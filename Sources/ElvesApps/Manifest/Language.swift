package import ElvesModel

extension Manifest {
    /// The language an app is written in: the name of the policy that says how its workers are started.
    ///
    /// 1 to 32 lower-case ASCII letters, digits and `-`, beginning with a letter. Open on purpose: a host runs every
    /// language that it has a policy for.
    package struct Language: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
        package let rawValue: String

        package static let rule = "1 to 32 lower-case letters, digits and -, beginning with a letter"

        /// - Throws: `InvalidName` naming the text and the rule.
        package init(_ text: String) throws(InvalidName) {
            guard let language = Self(rawValue: text) else {
                throw InvalidName(what: "language", text: text, rule: Self.rule)
            }
            self = language
        }

        /// Nil for a text that breaks the rule.
        package init?(rawValue: String) {
            func isLetter(_ byte: UInt8) -> Bool { byte.isASCIILetter && byte >= UInt8(ascii: "a") }
            let isAllowed = rawValue.utf8.allSatisfy { isLetter($0) || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
            guard let first = rawValue.utf8.first, isLetter(first), isAllowed, rawValue.utf8.count <= 32 else {
                return nil
            }
            self.rawValue = rawValue
        }

        package init(from decoder: any Decoder) throws {
            try self.init(decoder.singleValueContainer().decode(String.self))
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(rawValue)
        }

        package var description: String { rawValue }
    }
}
