package import ElvesModel

/// When a callback is tried again.
package enum DeliverySchedule {
    /// When the attempts are due, in seconds from the first: within a day, close together at first.
    private static let offsets: [Int64] = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]

    /// How many attempts there are.
    package static var attempts: Int { offsets.count }

    /// The time of the next attempt, if there is one.
    ///
    /// The pause, not the time since the first attempt, is stretched by the jitter: a center that was away for hours goes on with
    /// the attempts that are left, and does not spend them all at once.
    ///
    /// - Parameters:
    ///   - made: Attempts made, from 1.
    ///   - now: When the last one failed.
    package static func next(afterAttempt made: Int, at now: Timestamp, _ jitter: Jitter) -> Timestamp? {
        guard offsets.indices.contains(made), made > 0 else { return nil }
        let pause = (offsets[made] - offsets[made - 1]) * 1_000_000
        return Timestamp(microseconds: now.microseconds + pause / 1000 * (1000 + jitter.thousandths))
    }
}

/// By how much a pause is stretched or shortened, so that what failed together is not tried together.
package struct Jitter: Sendable, Equatable {
    package static let limit: Int64 = 200

    /// From -200 to 200.
    package let thousandths: Int64

    package init(thousandths: Int64) { self.thousandths = min(max(thousandths, -Self.limit), Self.limit) }

    package init(from randomness: Randomness) {
        let number = randomness.bytes(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        self.init(thousandths: number % (2 * Self.limit + 1) - Self.limit)
    }
}
