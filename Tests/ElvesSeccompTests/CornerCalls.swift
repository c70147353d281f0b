import ElvesSeccomp

/// Calls at the corners of what a profile says, so that a comparison that is off by one bit or by one shows.
enum CornerCalls {
    /// All that tables may ever hold, and the ends of the ranges in which numbers mean something else.
    static let numbers =
        Array(UInt32(0)...1023) + [
            0x3FFF_FFFF, 0x4000_0000, 0x4000_0001, 0x4000_0201, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xC000_0000,
            0xFFFF_FFFE, 0xFFFF_FFFF,
        ]

    private static let general: [UInt64] = [
        0, 1, .max, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 32 | 1, 1 << 63,
    ]

    /// For each condition of the call: the general corners in its argument, and the values around what it compares with.
    /// Pairs of conditioned arguments are crossed.
    static func arguments(
        of number: UInt32, in profile: SeccompProfile, on architecture: SeccompArchitecture
    ) -> [[UInt64]] {
        var calls = general.map { [UInt64](repeating: $0, count: 6) }
        for index in 0..<6 {
            for value in general { calls.append(place([(index, value)])) }
        }
        guard let name = SystemCallTable.shared.entry(number, on: architecture)?.name else { return calls }
        let rules = profile.rules.filter { $0.names.contains(name) && !$0.conditions.isEmpty }
        var corners: [Int: Set<UInt64>] = [:]
        for condition in rules.flatMap(\.conditions) {
            corners[Int(condition.index), default: []].formUnion(values(around: condition))
        }
        let indices = corners.keys.sorted()
        for index in indices { calls += corners[index, default: []].map { place([(index, $0)]) } }
        for (position, first) in indices.enumerated() {
            for second in indices[(position + 1)...] {
                for a in corners[first, default: []] {
                    for b in corners[second, default: []] { calls.append(place([(first, a), (second, b)])) }
                }
            }
        }
        return calls
    }

    private static func values(around condition: SeccompCondition) -> Set<UInt64> {
        let isMasked = condition.comparison == .maskedEqual
        let wanted = isMasked ? condition.secondValue : condition.value
        var values: Set<UInt64> = [
            0, .max, wanted, wanted &+ 1, wanted &- 1, wanted | 1 << 32, wanted | 0xFFFF_FFFF << 32, wanted | 1 << 63,
            wanted | 1 << 16, wanted | 1 << 31, ~wanted,
        ]
        if isMasked {
            for bit in 0..<64 where condition.value & (1 << UInt64(bit)) != 0 { values.insert(wanted ^ (1 << UInt64(bit))) }
            values.insert(wanted | ~condition.value)
        }
        return values
    }

    private static func place(_ values: [(index: Int, value: UInt64)]) -> [UInt64] {
        var arguments = [UInt64](repeating: 0, count: 6)
        for (index, value) in values { arguments[index] = value }
        return arguments
    }
}
