package import ElvesModel

/// When metadata ceases to be valid: a UTC time in whole seconds, written `2026-01-31T12:00:00Z`.
package struct ExpiryTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    /// - Returns: nil if the text is not of this form or no time of the calendar.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20 else { return nil }
        for (index, separator) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z")] {
            guard [bytes[index]] == Array(separator.utf8) else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64? {
            var result: Int64 = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                result = result * 10 + Int64(byte - 0x30)
            }
            return result
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month), year >= 1,
            day >= 1, day <= Self.days(in: month, of: year), hour < 24, minute < 60, second < 60
        else { return nil }
        seconds = Self.days(to: year, month, day) * 86400 + hour * 3600 + minute * 60 + second
    }

    /// Whether the time is over at `now`: metadata is valid before its expiry, no longer at it.
    package func isOver(at now: Timestamp) -> Bool { seconds <= now.seconds }

    package static func < (left: ExpiryTime, right: ExpiryTime) -> Bool { left.seconds < right.seconds }

    package var description: String {
        String(Timestamp(microseconds: seconds * 1_000_000).iso8601.dropLast(5)) + "Z"
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Days from 1970-01-01, in the Gregorian calendar with years counted from March.
    private static func days(to year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
