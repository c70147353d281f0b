/// The values of one argument that a condition asks for, in the bits that the kernel reads.
struct ArgumentSet: Sendable, Equatable {
    /// From 0 to 5.
    let index: UInt32
    let width: ArgumentWidth
    let values: Values

    enum Values: Sendable, Equatable {
        /// `argument & mask == value`; no bit of either is outside the width.
        case masked(mask: UInt64, value: UInt64)
        /// Both ends included.
        case between(UInt64, UInt64)
        case allBut(UInt64)
    }

    func contains(_ register: UInt64) -> Bool {
        let argument = register & width.mask
        return switch values {
        case .masked(let mask, let value): argument & mask == value
        case .between(let first, let last): first <= argument && argument <= last
        case .allBut(let value): argument != value
        }
    }

    /// Whether every argument is in it.
    var isEverything: Bool {
        switch values {
        case .masked(let mask, _): mask == 0
        case .between(let first, let last): first == 0 && last == width.mask
        case .allBut: false
        }
    }

    /// Whether it is certain that no argument is in both sets.
    func isDisjoint(from other: ArgumentSet) -> Bool {
        switch (values, other.values) {
        case (.masked(let mask, let value), .masked(let otherMask, let otherValue)):
            mask & otherMask & (value ^ otherValue) != 0
        case (.allBut(let value), _): other.single == value
        case (_, .allBut(let value)): single == value
        default: bounds.upperBound < other.bounds.lowerBound || other.bounds.upperBound < bounds.lowerBound
        }
    }

    /// Whether it is certain that every argument of the other set is in this one.
    func covers(_ other: ArgumentSet) -> Bool {
        switch (values, other.values) {
        case (.masked(let mask, let value), .masked(let otherMask, let otherValue)):
            mask & otherMask == mask && otherValue & mask == value
        default: values == other.values || other.single.map(contains) == true
        }
    }

    /// The only value, if it is clear that there is one only.
    private var single: UInt64? {
        switch values {
        case .masked(width.mask, let value): value
        case .between(let first, let last) where first == last: first
        default: nil
        }
    }

    private var bounds: ClosedRange<UInt64> {
        switch values {
        case .masked(let mask, let value): value...(value | (width.mask & ~mask))
        case .between(let first, let last): first...last
        case .allBut: 0...width.mask
        }
    }
}

extension ArgumentSet {
    /// The same set as masks, of which an argument matches at least one; for widths that libseccomp cannot compare.
    ///
    /// At most as many as the width has bits.
    var asMasks: [(mask: UInt64, value: UInt64)] {
        switch values {
        case .masked(let mask, let value): [(mask, value)]
        case .allBut(let value): bits.map { (1 << $0, ~value & (1 << $0)) }
        case .between(let first, let last) where first == last: [(width.mask, first)]
        case .between(0, let last): last == width.mask ? [(0, 0)] : below(last + 1)
        // Only one end is ever given.
        case .between(let first, _): above(first - 1)
        }
    }

    private var bits: Range<UInt64> { 0..<UInt64(width.rawValue) }

    /// Less than `limit`: equal to it above one of its set bits, and 0 in that bit.
    private func below(_ limit: UInt64) -> [(mask: UInt64, value: UInt64)] {
        bits.filter { limit & (1 << $0) != 0 }.map { bit in
            let above = width.mask & ~((1 << (bit + 1)) - 1)
            return (above | (1 << bit), limit & above)
        }
    }

    /// More than `limit`: equal to it above one of its clear bits, and 1 in that bit.
    private func above(_ limit: UInt64) -> [(mask: UInt64, value: UInt64)] {
        bits.filter { limit & (1 << $0) == 0 }.map { bit in
            let above = width.mask & ~((1 << (bit + 1)) - 1)
            return (above | (1 << bit), (limit & above) | (1 << bit))
        }
    }
}

extension SeccompCondition {
    /// What it asks of an argument of the given width; nil if nothing can satisfy it.
    ///
    /// Comparisons are those of unsigned numbers, as the kernel's filters compare. A mask that reaches beyond the width is
    /// cut to it, since the kernel never sees the rest.
    func arguments(of width: ArgumentWidth) -> ArgumentSet? {
        func set(_ values: ArgumentSet.Values) -> ArgumentSet { ArgumentSet(index: index, width: width, values: values) }
        let fits = value <= width.mask
        switch comparison {
        case .maskedEqual:
            guard secondValue <= width.mask else { return nil }
            return set(.masked(mask: value & width.mask, value: secondValue))
        case .equal: return fits ? set(.masked(mask: width.mask, value: value)) : nil
        case .notEqual: return set(fits ? .allBut(value) : .masked(mask: 0, value: 0))
        case .lessThan: return value == 0 ? nil : set(.between(0, min(value - 1, width.mask)))
        case .lessOrEqual: return set(.between(0, min(value, width.mask)))
        case .greaterThan: return value >= width.mask ? nil : set(.between(value + 1, width.mask))
        case .greaterOrEqual: return fits ? set(.between(value, width.mask)) : nil
        }
    }
}
