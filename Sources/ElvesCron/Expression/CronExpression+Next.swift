package import ElvesModel

extension CronExpression {
    /// The first time it is meant to run after a moment; nil if there is none before the year 2100. Whole seconds.
    ///
    /// The work is bounded, also for what never runs (`0 0 0 31 2 ?`).
    package func next(after moment: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        second(after: moment.wholeSeconds, in: zone).map { Timestamp(microseconds: $0 * 1_000_000) }
    }

    /// The times after a moment, up to a number of them.
    package func fires(after moment: Timestamp, in zone: TimeZoneRules, limit: Int) -> CronFires {
        CronFires(expression: self, zone: zone, last: moment, left: limit)
    }

    private func second(after moment: Int64, in zone: TimeZoneRules) -> Int64? {
        var moment = max(moment, Self.earliest)
        guard moment < Self.latest else { return nil }
        var period = zone.period(at: moment)
        while true {
            if let second = first(after: moment, in: period, of: zone) { return second }
            guard let following = zone.period(after: period), following.start < Self.latest else { return nil }
            if isMadeUp(at: following.start, before: period, after: following) { return following.start }
            moment = following.start - 1
            period = following
        }
    }

    /// The first time within one period, the times left out that a clock shows the second time.
    private func first(after moment: Int64, in period: TimeZoneRules.Period, of zone: TimeZoneRules) -> Int64? {
        var start = moment + 1
        while let local = times.first(from: start + period.offset), local - period.offset < period.end {
            let second = local - period.offset
            guard isNamed(local), zone.isRepeated(second, in: period) else { return second }
            start = second + 1
        }
        return nil
    }

    /// Whether the clock skips a time that stands for a time of day.
    private func isMadeUp(at second: Int64, before: TimeZoneRules.Period, after: TimeZoneRules.Period) -> Bool {
        let skipped = second + before.offset..<second + max(before.offset, after.offset)
        guard namedHours != 0, !skipped.isEmpty, skipped.count < 86_400 else { return false }
        var named = times
        named.hours = namedHours
        return named.first(from: skipped.lowerBound).map(skipped.contains) ?? false
    }

    private func isNamed(_ local: Int64) -> Bool { namedHours & 1 << UInt64(LocalTimes.hour(of: local)) != 0 }

    /// More than a day before the first year, and after the last.
    private static let earliest = Int64(-3 * 86_400)
    private static let latest = Int64(CivilDate(year: years.upperBound + 1, month: 1, day: 3).days) * 86_400
}

/// Times one after the other; ends after a number of them, or where there are no more.
package struct CronFires: Sequence, IteratorProtocol, Sendable {
    fileprivate let expression: CronExpression
    fileprivate let zone: TimeZoneRules
    fileprivate var last: Timestamp
    fileprivate var left: Int

    package mutating func next() -> Timestamp? {
        guard left > 0, let next = expression.next(after: last, in: zone) else { return nil }
        left -= 1
        last = next
        return next
    }
}

extension Timestamp {
    /// Rounded down.
    var wholeSeconds: Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
