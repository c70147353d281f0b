extension CronExpression {
    /// What it means, for people: `at 02:30:00, on Monday to Friday`.
    package var sentence: String {
        [
            clock, day, parts.months.isEvery ? nil : "in \(parts.months.words)",
            parts.years.isEvery ? nil : "in \(parts.years.words)",
        ]
        .compactMap { $0 }.joined(separator: ", ")
    }

    private var clock: String {
        let (seconds, minutes, hours) = (parts.seconds.values, parts.minutes.values, parts.hours.values)
        if seconds.count == 1, minutes.count == 1, hours.count <= 4 {
            return "at " + hours.map { "\(two($0)):\(two(minutes[0])):\(two(seconds[0]))" }.joined(separator: ", ")
        }
        var units: [String] = []
        if seconds != [0] { units.append(parts.seconds.isEvery ? "every second" : "second \(parts.seconds.words)") }
        units.append(parts.minutes.isEvery ? "every minute" : "minute \(parts.minutes.words)")
        units.append(parts.hours.isEvery ? "every hour" : "hour \(parts.hours.words)")
        return units.joined(separator: " of ")
    }

    private var day: String {
        switch parts.days {
        case .ofMonth(let numbers): numbers.isEvery ? "every day" : "on day \(numbers.words) of the month"
        case .ofWeek(let numbers): numbers.isEvery ? "every day" : "on \(numbers.words)"
        case .last(0): "on the last day of the month"
        case .last(let before): "\(before) days before the last day of the month"
        case .lastWeekday(0): "on the last weekday of the month"
        case .lastWeekday(let before): "on the weekday nearest to \(before) days before the last day of the month"
        case .nearestWeekday(let day): "on the weekday nearest to day \(day) of the month"
        case .lastOfWeek(let day): "on the last \(CronField.dayOfWeek.word(day)) of the month"
        case .ordinalOfWeek(let day, let ordinal): "on \(CronField.dayOfWeek.word(day)) number \(ordinal) of the month"
        }
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension FieldNumbers {
    /// `0, 10 to 20, every 5 from 30`.
    fileprivate var words: String {
        items.map { item in
            let (first, last) = (field.word(item.first), field.word(item.last))
            if item.first == item.last { return first }
            if item.step > 1 { return "every \(item.step) from \(first)" + (item.isOpen ? "" : " to \(last)") }
            return "\(first) to \(last)"
        }.joined(separator: ", ")
    }
}

extension CronField {
    fileprivate func word(_ number: Int) -> String {
        let words: [String] =
            switch self {
            case .month:
                [
                    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                    "November",
                    "December",
                ]
            case .dayOfWeek: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
            default: []
            }
        return words.isEmpty ? "\(number)" : words[(number - 1) % words.count]
    }
}
