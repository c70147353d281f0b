/// What goes on for ever in a zone: `CET-1CEST,M3.5.0,M10.5.0/3`, as POSIX writes `TZ` and RFC 8536 extends it.
struct PosixZone: Equatable {
    /// Added to UTC, in seconds.
    let standard: Int64
    let summer: Summer?

    struct Summer: Equatable {
        let offset: Int64
        let start: Change
        let end: Change
    }

    /// When clocks are changed each year.
    struct Change: Equatable {
        enum Day: Equatable {
            /// A day of the week, 0 for Sunday, of a month; the fifth week is the last one.
            case week(month: Int, week: Int, day: Int)
            /// 1 to 365, the 29th of February not counted.
            case withoutLeapDay(Int)
            /// 0 to 365.
            case ofYear(Int)
        }
        let day: Day
        /// From midnight, in seconds, on the clock before the change; may be before or after the day.
        let time: Int64
    }

    init?(_ text: [UInt8]) {
        var reader = Reader(rest: text[...])
        guard reader.name(), let standard = reader.time(hours: 24) else { return nil }
        self.standard = -standard
        guard !reader.rest.isEmpty else {
            summer = nil
            return
        }
        guard reader.name() else { return nil }
        var offset = self.standard + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let given = reader.time(hours: 24) else { return nil }
            offset = -given
        }
        guard let start = reader.change(), let end = reader.change(), reader.rest.isEmpty else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }

    /// The changes after a moment, up to the end of the last year that counts.
    func changes(after moment: Int64) -> [(at: Int64, offset: Int64)] {
        guard let summer else { return [(moment + 1, standard)] }
        let first = max(CronExpression.years.lowerBound, CivilDate(days: Int(max(0, moment) / 86_400)).year - 1)
        let last = CronExpression.years.upperBound + 1
        guard first <= last else { return [] }
        return (first...last).flatMap { year in
            [
                (at: summer.start.second(in: year) - standard, offset: summer.offset),
                (at: summer.end.second(in: year) - summer.offset, offset: standard),
            ]
        }.filter { $0.at > moment }.sorted { $0.at < $1.at }
    }
}

extension PosixZone.Change {
    /// On the clock before the change, in seconds from 1970-01-01 00:00:00.
    fileprivate func second(in year: Int) -> Int64 {
        let newYear = CivilDate(year: year, month: 1, day: 1).days
        let days: Int
        switch day {
        case .ofYear(let day): days = newYear + day
        case .withoutLeapDay(let day):
            days = newYear + day - 1 + (day >= 60 && CivilDate.length(ofMonth: 2, year: year) == 29 ? 1 : 0)
        case .week(let month, let week, let day):
            let first = CivilDate(year: year, month: month, day: 1)
            let length = CivilDate.length(ofMonth: month, year: year)
            var place = 1 + (day + 1 - first.dayOfWeek + 7) % 7 + (week - 1) * 7
            if place > length { place -= 7 }
            days = first.days + place - 1
        }
        return Int64(days) * 86_400 + time
    }
}

extension PosixZone {
    /// Each part it reads it takes from the front of `rest`.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// At least three letters, or other characters in `<` `>`.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                rest = rest[(end + 1)...]
                return true
            }
            let letters = rest.prefix { (0x41...0x5A).contains($0 & 0xDF) }
            rest = rest.dropFirst(letters.count)
            return letters.count >= 3
        }

        /// `[+-]hh[:mm[:ss]]`, in seconds.
        mutating func time(hours limit: Int) -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(), hours <= limit else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] {
                guard take(":") else { break }
                guard let part = number(), part < 60 else { return nil }
                seconds += part * unit
            }
            return Int64(isNegative ? -seconds : seconds)
        }

        /// `,M3.5.0/2`, `,J60` or `,59`.
        mutating func change() -> Change? {
            guard take(","), let day = day() else { return nil }
            guard take("/") else { return Change(day: day, time: 7200) }
            return time(hours: 167).map { Change(day: day, time: $0) }
        }

        private mutating func day() -> Change.Day? {
            if take("M") {
                guard let month = number(), take("."), let week = number(), take("."), let day = number(),
                    (1...12).contains(month), (1...5).contains(week), (0...6).contains(day)
                else { return nil }
                return .week(month: month, week: week, day: day)
            }
            let isWithoutLeapDay = take("J")
            guard let day = number(), day <= 365, day >= (isWithoutLeapDay ? 1 : 0) else { return nil }
            return isWithoutLeapDay ? .withoutLeapDay(day) : .ofYear(day)
        }

        private mutating func number() -> Int? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            guard (1...3).contains(digits.count) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
    }
}
