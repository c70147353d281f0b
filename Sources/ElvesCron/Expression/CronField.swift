/// The fields of a cron expression, in the order in which they stand.
package enum CronField: Int, CaseIterable, Sendable, CustomStringConvertible {
    case second, minute, hour, dayOfMonth, month, dayOfWeek, year

    package var description: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day of month"
        case .month: "month"
        case .dayOfWeek: "day of week"
        case .year: "year"
        }
    }

    /// The numbers it may hold. A week begins with Sunday, 1, as in Quartz.
    package var numbers: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 1...7
        case .year: CronExpression.years
        }
    }

    /// What may stand for its numbers, the first for the lowest.
    var names: [String] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .dayOfWeek: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    /// The longest step: a longer one would be a single number in disguise.
    var longestStep: Int {
        switch self {
        case .year: numbers.count - 1
        case .second, .minute, .hour: numbers.upperBound
        case .dayOfMonth, .month, .dayOfWeek: numbers.count
        }
    }

    /// What it takes, for people.
    package var allowed: String {
        let general = "\(numbers.lowerBound) to \(numbers.upperBound), * , - /"
        switch self {
        case .second, .minute, .hour, .year: return general
        case .month: return "1 to 12 or JAN to DEC, * , - /"
        case .dayOfMonth: return "\(general) ? L L-3 LW 15W"
        case .dayOfWeek: return "1 (Sunday) to 7 or SUN to SAT, * , - / ? L 6L FRIL 6#3"
        }
    }
}
