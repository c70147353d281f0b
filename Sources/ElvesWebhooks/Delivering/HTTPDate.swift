package import ElvesModel

extension Timestamp {
    /// Reads the date of an HTTP header in its one form that may be sent: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7). The
    /// name of the day is not looked at.
    package init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard text.utf8.count == 29, words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])),
            let day = Self.number(words[1], in: 1...31), let year = Self.number(words[3], in: 1970...9999)
        else { return nil }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = Self.number(time[0], in: 0...23), let minute = Self.number(time[1], in: 0...59),
            let second = Self.number(time[2], in: 0...60)
        else { return nil }
        // Years begin in March here, so that the day that leap years add is their last.
        let shifted = Int64(month) < 2 ? year - 1 : year
        let dayOfYear = (153 * ((Int64(month) + 10) % 12) + 2) / 5 + day - 1
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        self.init(microseconds: (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000)
    }

    private static func number(_ text: Substring, in range: ClosedRange<Int64>) -> Int64? {
        guard text.utf8.allSatisfy(\.isASCIIDigit), let number = Int64(text), range.contains(number) else { return nil }
        return number
    }
}
