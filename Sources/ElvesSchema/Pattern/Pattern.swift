/// A regular expression in the part of ECMA-262 (with its `u` flag) that needs no memory: everything but references back to
/// groups and looking around.
///
/// Matched by following all possibilities side by side, so that the time is at most the length of the text times that of the
/// expression. An engine that goes back and tries again, as the one of the standard library does, can be made to take for
/// ever by a caller who knows the expression.
package struct Pattern: Sendable {
    package let source: String
    let program: [PatternInstruction]
    let classes: [CharacterClass]

    /// - Throws: `PatternError` saying what is not understood.
    package init(_ source: String) throws(PatternError) {
        var parser = PatternParser(source)
        var builder = PatternBuilder()
        try builder.add(try parser.expression())
        try builder.append(.match)
        self.source = source
        program = builder.program
        classes = builder.classes
    }

    /// Whether it is found anywhere in a text.
    ///
    /// - Parameter steps: How many steps may be taken; what was taken is subtracted.
    /// - Returns: Nil if there were not enough steps.
    package func matches(_ text: String, steps: inout Int) -> Bool? {
        var matcher = PatternMatcher(self, steps: steps)
        defer { steps = matcher.steps }
        return matcher.run(text)
    }
}

package struct PatternError: Error, CustomStringConvertible {
    /// Counted in characters, from 1.
    package let position: Int
    package let reason: String

    package var description: String { "not a regular expression that can be used, at character \(position): \(reason)" }
}

enum PatternInstruction: Sendable {
    case match
    case scalar(Unicode.Scalar)
    /// Any character but the end of a line.
    case any
    case characterClass(Int)
    /// Goes on at both places.
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    case wordBoundary(isPositive: Bool)
}

/// A set of characters.
struct CharacterClass: Sendable, Equatable {
    /// Ascending and apart once `sorted` has made them so.
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [(members: Set<Unicode.GeneralCategory>, isNegated: Bool)] = []
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let isIn =
            hasRange(with: scalar.value)
            || categories.contains { $0.members.contains(scalar.properties.generalCategory) != $0.isNegated }
        return isIn != isNegated
    }

    private func hasRange(with value: UInt32) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(value)
    }

    /// The same set, fit for looking into.
    var sorted: CharacterClass {
        var result = self
        result.ranges = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.ranges.last, range.lowerBound <= last.upperBound + 1 {
                result.ranges[result.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.ranges.append(range)
            }
        }
        return result
    }

    static func == (left: CharacterClass, right: CharacterClass) -> Bool {
        left.ranges == right.ranges && left.isNegated == right.isNegated
            && left.categories.elementsEqual(right.categories) { $0.members == $1.members && $0.isNegated == $1.isNegated }
    }

    static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    static let wordCharacters: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    static let blanks: [ClosedRange<UInt32>] = [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ]

    /// Everything that is not in sorted ranges.
    static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        return result + [next...0x10FFFF]
    }
}
