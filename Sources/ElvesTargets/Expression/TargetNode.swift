import ElvesJSON
import ElvesModel
import ElvesSchema

/// A target expression as a tree. Groups of the same kind are one group, so that what means the same by `and` and `or` alone is
/// the same tree.
indirect enum TargetNode: Equatable, Sendable {
    case all
    /// Bare words: ids, addresses or host names.
    case named([TargetWord])
    case term(TargetTerm)
    case not(TargetNode)
    case and([TargetNode])
    case or([TargetNode])
}

struct TargetTerm: Equatable, Sendable {
    let field: TargetField
    let test: TargetTest
}

enum TargetField: Equatable, Sendable {
    case agent, ip, host
    /// The names of the apps that are online there.
    case app
    /// The version of that app that is online there.
    case appVersion(AppName)
    case label(LabelName)
    case fact(String)
}

enum TargetTest: Equatable, Sendable {
    case equals(TargetWord, isNegated: Bool)
    case matches(TargetPattern, isNegated: Bool)
    case isOneOf([TargetWord], isNegated: Bool)
    case compares(TargetOrder, TargetNumber)
    case comparesVersion(TargetOrder, TargetVersion)
    case exists
}

/// A value as it was written: in quotes every character stands for itself, bare `*` is any text and `?` any one character.
struct TargetWord: Equatable, Sendable {
    let text: String
    let isGlob: Bool
    /// What the text means where an address is compared.
    let range: IPv4Range?
    /// What the text means where a number is compared.
    let number: JSONNumber?

    init(_ text: String, isQuoted: Bool = false) {
        self.text = text
        isGlob = !isQuoted && text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
        range = IPv4Range(text)
        number = jsonNumber(text)
    }
}

struct TargetPattern: Equatable, Sendable {
    let pattern: Pattern
    static func == (left: Self, right: Self) -> Bool { left.pattern.source == right.pattern.source }
}

/// A number, and how it was written.
struct TargetNumber: Equatable, Sendable {
    let text: String
    let number: JSONNumber
}

enum TargetOrder: String, CaseIterable, Sendable {
    case less = "<", atMost = "<=", more = ">", atLeast = ">="

    func holds<T: Comparable>(_ left: T, _ right: T) -> Bool {
        switch self {
        case .less: left < right
        case .atMost: left <= right
        case .more: left > right
        case .atLeast: left >= right
        }
    }
}

/// A text that is a number of JSON; nil for every other, and for one with more digits than can be compared exactly.
func jsonNumber(_ text: String) -> JSONNumber? {
    guard text.utf8.count <= 100, let first = text.utf8.first, first == UInt8(ascii: "-") || first.isASCIIDigit,
        let raw = try? RawJSON(validating: text), case .number(let number)? = try? JSONValue(raw)
    else { return nil }
    return number
}
