package import ElvesModel

/// A day of the calendar, in UTC.
package struct PolicyDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since 1970-01-01.
    private let number: Int

    /// - Parameter text: As in `2026-01-31`; nil if it is no day.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month), day >= 1
        else { return nil }
        number = Self.number(year, month, day)
        // A day that the month does not have is one of the next month.
        guard description == text else { return nil }
    }

    package init(_ time: Timestamp) {
        let day: Int64 = 86_400
        let (quotient, rest) = time.seconds.quotientAndRemainder(dividingBy: day)
        number = Int(rest < 0 ? quotient - 1 : quotient)
    }

    package func days(until other: PolicyDate) -> Int { other.number - number }

    package static func < (left: PolicyDate, right: PolicyDate) -> Bool { left.number < right.number }

    package var description: String {
        // Years that begin in March put the leap day at their end; 400 of them have 146,097 days.
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }

    private static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
}
