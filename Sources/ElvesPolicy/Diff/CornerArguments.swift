import ElvesSeccomp

/// All combinations of the argument values at which one of some conditions could turn.
///
/// A masked comparison turns with a bit of its mask, an ordered one beside its value; what lies between two corners is
/// answered like one of them.
struct CornerArguments: Sequence {
    private let corners: [[UInt64]]

    /// More than these are not tried for one call.
    static let limit = 100_000

    init(_ conditions: [SeccompCondition]) {
        var corners: [Set<UInt64>] = Array(repeating: [0], count: 6)
        for condition in conditions where condition.index < 6 {
            corners[Int(condition.index)].formUnion(condition.corners)
        }
        self.corners = corners.map { $0.sorted() }
    }

    func makeIterator() -> AnyIterator<[UInt64]> {
        var places = [Int](repeating: 0, count: corners.count)
        var left = Self.limit
        return AnyIterator {
            guard left > 0, places[0] < corners[0].count else { return nil }
            left -= 1
            let arguments = zip(corners, places).map { $0[$1] }
            // Counts like an odometer, the last wheel fastest; the first runs over at the end.
            var wheel = corners.count - 1
            places[wheel] += 1
            while wheel > 0, places[wheel] == corners[wheel].count {
                places[wheel] = 0
                wheel -= 1
                places[wheel] += 1
            }
            return arguments
        }
    }
}

extension SeccompCondition {
    fileprivate var corners: [UInt64] {
        guard comparison == .maskedEqual else { return [0, value &- 1, value, value &+ 1, .max] }
        let bits = (0..<64).map { UInt64(1) << $0 }.filter { value & $0 != 0 }
        // Of a mask that compares a whole number, the ends and the middle stand for the rest.
        let turning = bits.count > 16 ? [bits[0], bits[1], bits[bits.count / 2], bits[bits.count - 1]] : bits
        return [0, secondValue, secondValue | ~value, .max] + turning.map { secondValue ^ $0 }
    }
}
