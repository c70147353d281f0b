/// Shell patterns over target paths: `*`, `?`, `[abc]`, `[a-z]` and `[!abc]`, each within one part of the path.
enum PathPattern {
    /// Whether a pattern fits a whole path: as many parts, and each fits.
    static func matches(_ pattern: String, _ path: String) -> Bool {
        let patterns = parts(pattern)
        let parts = parts(path)
        return patterns.count == parts.count && zip(patterns, parts).allSatisfy { matchesPart($0, $1) }
    }

    private static func parts(_ text: String) -> [[Unicode.Scalar]] {
        text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
    }

    /// Linear in the part's length for each `*`: after a mismatch only the last one is tried further on.
    private static func matchesPart(_ pattern: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
        var (place, index) = (0, 0)
        var retry: (place: Int, index: Int)?
        while index < text.count {
            if place < pattern.count, pattern[place] == "*" {
                retry = (place + 1, index)
                place += 1
            } else if place < pattern.count, let next = step(pattern, place, text[index]) {
                place = next
                index += 1
            } else if let last = retry {
                (place, index) = (last.place, last.index + 1)
                retry = (last.place, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }

    /// The place behind the element at `place` if that fits one character; nil if it does not.
    private static func step(_ pattern: [Unicode.Scalar], _ place: Int, _ character: Unicode.Scalar) -> Int? {
        switch pattern[place] {
        case "?": return place + 1
        case "[":
            guard let end = endOfSet(pattern, place) else { return character == "[" ? place + 1 : nil }
            let isNegated = pattern[place + 1] == "!"
            let set = pattern[(place + (isNegated ? 2 : 1))..<end]
            return contains(Array(set), character) != isNegated ? end + 1 : nil
        case let own: return own == character ? place + 1 : nil
        }
    }

    /// Where the set that begins at `place` has its `]`; nil if it has none, and the `[` stands for itself.
    private static func endOfSet(_ pattern: [Unicode.Scalar], _ place: Int) -> Int? {
        var first = place + 1
        if first < pattern.count, pattern[first] == "!" { first += 1 }
        // A `]` that comes first is a member.
        guard first < pattern.count else { return nil }
        return pattern[(first + 1)...].firstIndex(of: "]")
    }

    private static func contains(_ set: [Unicode.Scalar], _ character: Unicode.Scalar) -> Bool {
        var index = 0
        while index < set.count {
            if index + 2 < set.count, set[index + 1] == "-" {
                if set[index] <= character, character <= set[index + 2] { return true }
                index += 3
            } else {
                if set[index] == character { return true }
                index += 1
            }
        }
        return false
    }
}
