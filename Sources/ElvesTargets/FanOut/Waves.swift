package import ElvesFlow

/// How many hosts of a call to many are begun before one waits for those that were begun.
package enum Waves: Codable, Equatable, Sendable, CustomStringConvertible {
    /// The same number, or part of all, again and again; all at once with 100 %.
    case batches(RolloutPlan.Share)
    /// So many from the first on, then so many, then all: `1,5,20%`, as rollouts count them.
    case growing([RolloutPlan.Share])

    package static let together = Waves.batches(.all)
    /// Of a list.
    package static let limit = 20

    /// Reads `10`, `25%` or `1,5,20%`; nil for everything else, and for shares of 0.
    package init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let shares = parts.compactMap { RolloutPlan.Share(String($0)) }
        guard shares.count == parts.count, shares.count <= Self.limit, shares.allSatisfy({ $0.atLeast(of: 1_000_000) > 0 })
        else { return nil }
        self = shares.count == 1 ? .batches(shares[0]) : .growing(shares)
    }

    /// How many hosts have begun when each wave has, ascending; the last is `total`. Empty for no hosts.
    package func ends(of total: Int) -> [Int] {
        guard total > 0 else { return [] }
        switch self {
        case .batches(let share):
            let size = max(1, share.atLeast(of: total))
            return stride(from: size, to: total, by: size) + [total]
        case .growing(let shares):
            var ends: [Int] = []
            // A part of few hosts may be less than the number before it: that wave is empty.
            for share in shares + [.all] where share.atLeast(of: total) > ends.last ?? 0 {
                ends.append(share.atLeast(of: total))
            }
            return ends
        }
    }

    package var description: String {
        switch self {
        case .batches(let share): "\(share)"
        case .growing(let shares): shares.map(\.description).joined(separator: ",")
        }
    }
}
