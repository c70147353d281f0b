import ElvesModel

/// A version of anything: 1 to 8 numbers with dots between them, with or without a `v` before and a suffix behind.
///
/// Numbers that are missing are 0. A suffix that begins with a letter, or with `~`, makes it a version before the release
/// (`1.2-rc.1`, `1.2~beta`); one that begins with a digit makes it a later build of it (`6.1.0-18-amd64`, a kernel of Debian).
/// Suffixes are compared part by part, parts ending at `.` and `-`: numbers as numbers and before words, words by their bytes,
/// fewer parts first. What follows a `+` does not count.
///
/// Two texts that are both versions of apps have the order of `AppVersion` where an app is compared.
struct TargetVersion: Sendable, Comparable, CustomStringConvertible {
    let text: String
    private let numbers: [Number]
    private let stage: Stage
    private let suffix: [Part]

    /// Before the release, the release itself, a later build.
    private enum Stage: Int { case prerelease, release, build }

    /// Digits without zeros before them, so that no number is too large.
    private struct Number: Hashable, Comparable {
        let digits: String

        init(_ digits: Substring) { self.digits = String(digits.drop { $0 == "0" }) }

        static func < (left: Self, right: Self) -> Bool {
            (left.digits.utf8.count, left.digits) < (right.digits.utf8.count, right.digits)
        }
    }

    private enum Part: Hashable, Comparable {
        case number(Number)
        case word(String)
    }

    /// Nil if it is none.
    init?(_ text: String) {
        guard text.utf8.count <= 128, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        var rest = text[...].prefix { $0 != "+" }
        if rest.first == "v" || rest.first == "V" { rest = rest.dropFirst() }
        let core = rest.prefix { $0 != "-" && $0 != "~" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...8).contains(numbers.count), numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isASCIIDigit) })
        else { return nil }
        let tail = rest[core.endIndex...]
        let parts = tail.isEmpty ? [] : tail.dropFirst().split(omittingEmptySubsequences: false) { $0 == "." || $0 == "-" }
        guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let isBuild = tail.first == "-" && tail.dropFirst().utf8.first?.isASCIIDigit == true
        self.text = text
        var trimmed = numbers.map { Number($0) }
        while trimmed.count > 1, trimmed.last?.digits.isEmpty == true { trimmed.removeLast() }
        self.numbers = trimmed
        stage = tail.isEmpty ? .release : isBuild ? .build : .prerelease
        suffix = parts.map {
            $0.utf8.allSatisfy(\.isASCIIDigit) ? .number(Number($0)) : .word(String($0))
        }
    }

    static func < (left: TargetVersion, right: TargetVersion) -> Bool {
        if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
        if left.stage != right.stage { return left.stage.rawValue < right.stage.rawValue }
        return left.suffix.lexicographicallyPrecedes(right.suffix)
    }

    /// Equal by order: `1.2` is `v1.2.0`.
    static func == (left: TargetVersion, right: TargetVersion) -> Bool {
        left.numbers == right.numbers && left.stage == right.stage && left.suffix == right.suffix
    }

    var description: String { text }
}
