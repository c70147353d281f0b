/// Which days of a month are meant.
enum DayRule: Equatable, Sendable {
    case ofMonth(FieldNumbers)
    case ofWeek(FieldNumbers)
    /// So many days before the last one.
    case last(before: Int)
    /// The weekday, Monday to Friday, nearest to that many days before the last one, in the same month.
    case lastWeekday(before: Int)
    /// The weekday nearest to a day, in the same month; none where the month does not have the day.
    case nearestWeekday(Int)
    /// The last such day of the week.
    case lastOfWeek(Int)
    /// The first to fifth such day of the week.
    case ordinalOfWeek(Int, Int)

    init(month: FieldText, week: FieldText) throws(CronSyntaxError) {
        switch (month.isAny, week.isAny) {
        case (false, true): self = try Self.ofMonth(month)
        case (true, false): self = try Self.ofWeek(week)
        case (true, true): throw week.refuse("only one of the two day fields is ?; write * in the other for every day")
        case (false, false): throw week.refuse("one of the two day fields has to be ?, since a day is given in both")
        }
    }

    private static func ofMonth(_ field: FieldText) throws(CronSyntaxError) -> DayRule {
        let text = field.text.uppercased()
        if text == "L" { return .last(before: 0) }
        if text == "LW" { return .lastWeekday(before: 0) }
        if text.hasPrefix("L-"), !text.contains(",") {
            let isWeekday = text.hasSuffix("W")
            guard let before = FieldText.digits(text.dropFirst(2).dropLast(isWeekday ? 1 : 0)), before <= 30 else {
                throw field.refuse("after L- stands how many days before the last one are meant, 0 to 30")
            }
            return isWeekday ? .lastWeekday(before: before) : .last(before: before)
        }
        if text.hasSuffix("W"), let day = FieldText.digits(text.dropLast()) {
            guard (1...31).contains(day) else { throw field.refuse("\(day) is not in 1 to 31") }
            return .nearestWeekday(day)
        }
        return .ofMonth(try field.numbers())
    }

    private static func ofWeek(_ field: FieldText) throws(CronSyntaxError) -> DayRule {
        let text = field.text.uppercased()
        // Alone it is the last day of a week, not of a month.
        if text == "L" { return try .ofWeek(FieldText(field: .dayOfWeek, text: "7", start: field.start).numbers()) }
        if text.contains(",") { return .ofWeek(try field.numbers()) }
        if text.hasSuffix("L") { return .lastOfWeek(try field.number(text.dropLast())) }
        if let mark = text.firstIndex(of: "#") {
            let day = try field.number(text[..<mark])
            guard let ordinal = FieldText.digits(text[text.index(after: mark)...]), (1...5).contains(ordinal) else {
                throw field.refuse("after # stands which one of a month is meant, 1 to 5")
            }
            return .ordinalOfWeek(day, ordinal)
        }
        return .ofWeek(try field.numbers())
    }

    /// The days of a month that are meant, as bits 1 to 31.
    func days(year: Int, month: Int) -> UInt64 {
        let length = CivilDate.length(ofMonth: month, year: year)
        let whole: UInt64 = (1 << UInt64(length + 1)) - 2
        let first = CivilDate(year: year, month: month, day: 1).dayOfWeek
        switch self {
        case .ofMonth(let numbers): return numbers.mask & whole
        case .ofWeek(let numbers):
            // Day 1 has the bit of its day of the week, and so on around the week.
            let week = numbers.mask >> 1
            let fromFirst = (week >> UInt64(first - 1) | week << UInt64(8 - first)) & 0x7F
            return (fromFirst | fromFirst << 7 | fromFirst << 14 | fromFirst << 21 | fromFirst << 28) << 1 & whole
        case .last(let before): return Self.bit(length - before)
        case .lastWeekday(let before): return Self.bit(Self.weekday(nearestTo: length - before, first, length))
        case .nearestWeekday(let day): return day > length ? 0 : Self.bit(Self.weekday(nearestTo: day, first, length))
        case .lastOfWeek(let day):
            let earliest = 1 + (day - first + 7) % 7
            return Self.bit(earliest + (length - earliest) / 7 * 7)
        case .ordinalOfWeek(let day, let ordinal):
            return Self.bit(1 + (day - first + 7) % 7 + (ordinal - 1) * 7) & whole
        }
    }

    /// None for a day before the month's first.
    private static func bit(_ day: Int) -> UInt64 { day < 1 ? 0 : 1 << UInt64(day) }

    private static func weekday(nearestTo day: Int, _ first: Int, _ length: Int) -> Int {
        guard day >= 1 else { return 0 }
        switch (first - 1 + day - 1) % 7 + 1 {
        case 7: return day == 1 ? 3 : day - 1
        case 1: return day == length ? day - 2 : day + 1
        default: return day
        }
    }
}
