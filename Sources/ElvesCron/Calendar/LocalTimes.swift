/// The times that an expression means on a clock that is never changed.
///
/// A local time is written as the seconds from 1970-01-01 00:00:00 on that clock.
struct LocalTimes: Sendable {
    /// Bits 0 to 59, never none.
    let seconds: UInt64
    let minutes: UInt64
    /// Bits 0 to 23.
    var hours: UInt64
    /// Bits 1 to 12.
    let months: UInt64
    /// One for each of `CronExpression.years`.
    let years: [Bool]
    let days: DayRule

    /// The earliest time that is meant and is not before `start`; nil if there is none up to the last year.
    func first(from start: Int64) -> Int64? {
        let start = max(0, start)
        // Beyond every year that counts, and below what would overflow.
        guard start < 1 << 40 else { return nil }
        let today = Int(start / 86_400)
        guard var date = date(from: today) else { return nil }
        if date == today {
            if let second = secondOfDay(from: Int(start % 86_400)) { return Int64(today) * 86_400 + Int64(second) }
            guard let later = self.date(from: today + 1) else { return nil }
            date = later
        }
        return secondOfDay(from: 0).map { Int64(date) * 86_400 + Int64($0) }
    }

    /// The hour of a local time.
    static func hour(of time: Int64) -> Int { Int(time % 86_400) / 3600 }

    /// The first date that is meant from this one on, in days since 1970-01-01.
    private func date(from day: Int) -> Int? {
        let start = CivilDate(days: day)
        var month = start.month
        var lowestDay = start.day
        for year in start.year...max(start.year, CronExpression.years.upperBound) {
            guard CronExpression.years.contains(year) else { return nil }
            if years[year - CronExpression.years.lowerBound] {
                while let candidate = Self.bit(of: months, from: month) {
                    if candidate > month { lowestDay = 1 }
                    if let day = Self.bit(of: days.days(year: year, month: candidate), from: lowestDay) {
                        return CivilDate(year: year, month: candidate, day: day).days
                    }
                    month = candidate + 1
                    lowestDay = 1
                }
            }
            month = 1
            lowestDay = 1
        }
        return nil
    }

    private func secondOfDay(from start: Int) -> Int? {
        var hour = start / 3600
        var minute = start / 60 % 60
        var second = start % 60
        if hours & 1 << UInt64(hour) != 0 {
            if minutes & 1 << UInt64(minute) != 0, let found = Self.bit(of: seconds, from: second) {
                return hour * 3600 + minute * 60 + found
            }
            minute += 1
            second = 0
            if let found = Self.bit(of: minutes, from: minute) {
                return hour * 3600 + found * 60 + seconds.trailingZeroBitCount
            }
        }
        hour += 1
        guard let found = Self.bit(of: hours, from: hour) else { return nil }
        return found * 3600 + minutes.trailingZeroBitCount * 60 + seconds.trailingZeroBitCount
    }

    /// The lowest bit that is set and not below `lowest`.
    private static func bit(of bits: UInt64, from lowest: Int) -> Int? {
        let rest = lowest > 63 ? 0 : (bits >> UInt64(lowest)) << UInt64(lowest)
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
