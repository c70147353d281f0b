/// What the clocks of one time zone show at every moment up to the last year that counts.
///
/// Time is cut into periods with one offset each; neighbours differ in it.
package struct TimeZoneRules: Equatable, Sendable {
    /// As the database of time zones names it, for example `Europe/Berlin`.
    package let name: String
    /// In seconds since 1970 in UTC, ascending; the first one is before all time.
    private let starts: [Int64]
    /// What is added to UTC, in seconds.
    private let offsets: [Int64]

    package static let utc = TimeZoneRules(name: "UTC", first: 0, changes: [])

    /// - Parameter changes: Ascending moments and the offsets from then on.
    init(name: String, first: Int64, changes: [(at: Int64, offset: Int64)]) {
        self.name = name
        var starts = [Int64.min]
        var offsets = [first]
        for change in changes where change.offset != offsets.last {
            starts.append(change.at)
            offsets.append(change.offset)
        }
        self.starts = starts
        self.offsets = offsets
    }

    /// A stretch of time with one offset.
    struct Period: Equatable {
        fileprivate let index: Int
        let start: Int64
        /// Not part of it; `Int64.max` if it does not end.
        let end: Int64
        let offset: Int64
    }

    func period(at second: Int64) -> Period {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle } else { high = middle }
        }
        return period(low)
    }

    func period(after period: Period) -> Period? {
        period.index + 1 < starts.count ? self.period(period.index + 1) : nil
    }

    /// The moments between `first` and `last` at which the clocks are changed, and by how many seconds they are put forward then.
    package func changes(from first: Int64, through last: Int64) -> [(at: Int64, forward: Int64)] {
        starts.indices.dropFirst().filter { (first...max(first, last)).contains(starts[$0]) }
            .map { (starts[$0], offsets[$0] - offsets[$0 - 1]) }
    }

    /// What is added to UTC at a moment, in seconds.
    package func offset(at second: Int64) -> Int64 { period(at: second).offset }

    /// Whether a clock has shown the local time of `second` before it, in an earlier period.
    func isRepeated(_ second: Int64, in period: Period) -> Bool {
        let local = second + period.offset
        var index = period.index - 1
        // An hour is repeated after hours; no zone was put back by more than a day.
        while index >= 0, starts[index + 1] > second - 2 * 86_400 {
            let earlier = local - offsets[index]
            if earlier >= starts[index], earlier < starts[index + 1] { return true }
            index -= 1
        }
        return false
    }

    private func period(_ index: Int) -> Period {
        Period(
            index: index, start: starts[index], end: index + 1 < starts.count ? starts[index + 1] : .max, offset: offsets[index]
        )
    }
}
