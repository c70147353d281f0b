/// The times of many calls of one kind.
struct Latencies {
    /// In nanoseconds, ascending.
    private let sorted: [Int64]
    /// The time in which all of them were made, by however many callers.
    let wall: Duration

    init(_ nanoseconds: [Int64], wall: Duration) {
        sorted = nanoseconds.sorted()
        self.wall = wall
    }

    var count: Int { sorted.count }

    /// The smallest time that at least this share of the calls did not exceed; zero for no calls.
    func percentile(_ share: Double) -> Duration {
        guard !sorted.isEmpty else { return .zero }
        let rank = Int((Double(sorted.count) * share).rounded(.up))
        return .nanoseconds(sorted[max(0, min(sorted.count, rank) - 1)])
    }

    /// The ones with the smallest median, or with the most calls a second where several callers wait for each other.
    static func best(of rounds: [Latencies], callers: Int) -> Latencies {
        let best = rounds.min {
            callers == 1 ? $0.percentile(0.5) < $1.percentile(0.5) : $0.perSecond > $1.perSecond
        }
        return best ?? Latencies([], wall: .seconds(1))
    }

    var perSecond: Double { Double(count) / (wall / .seconds(1)) }
}

/// Times `count` runs of `body` one after the other.
func measure(_ count: Int, _ body: () throws -> Void) rethrows -> Latencies {
    let start = ContinuousClock.now
    let nanoseconds = try times(count, body)
    return Latencies(nanoseconds, wall: ContinuousClock.now - start)
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    var microseconds: Double { Double(nanoseconds) / 1000 }
}
