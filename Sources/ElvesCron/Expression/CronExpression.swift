/// When something has to be done again and again, in the language of Quartz.
///
/// Six or seven fields with blanks between them: second, minute, hour, day of month, month, day of week and, if wanted, year. One
/// of the two day fields is `?`. What Quartz ignores is refused here, but for the letter `C`, which has no meaning without a
/// calendar and may follow a number of the day fields (`5C` is `5`).
///
/// Where the clocks of a zone are changed, this is the rule. An hour that the expression *names* (`2`, `2,14`, `*/2`, `0/6`)
/// stands for a time of day, and each of its times runs exactly once a day: one that the clock skips runs at the first instant
/// after the gap, together with all others that were skipped, and one that comes twice runs the first time only. An hour in a
/// *stretch* of hours that follow one another (`*`, `0/1`, `9-17`) stands for time going by: its runs follow what really passes, so
/// what the clock skips is not made up for, and an hour that comes twice has its runs twice. A date that never was, since a whole
/// day or more was skipped, has no runs.
package struct CronExpression: Equatable, Sendable, CustomStringConvertible {
    /// As it was given, the blanks around it left out.
    package let text: String
    let times: LocalTimes
    /// The hours that stand for times of day; the others of `times.hours` are in stretches.
    let namedHours: UInt64
    /// What each field says.
    let parts: FieldParts

    /// The years that can be meant.
    package static let years = 1970...2099
    /// Every value of every field, written out, is shorter.
    package static let longest = 1024

    /// - Throws: `CronSyntaxError` with the field, the text and what is allowed.
    package init(_ text: String) throws(CronSyntaxError) {
        // Counted before anything else is done with a text of any length.
        guard text.utf8.count <= Self.longest else {
            throw CronSyntaxError(nil, "", at: 0..<0, "it is longer than \(Self.longest) bytes")
        }
        let words = FieldText.words(of: text)
        try Self.check(words, length: text.utf8.count)
        for word in words where !word.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw word.refuse("only letters, digits and the characters below stand in a field, with blanks between fields")
        }
        let years = words.count == 7 ? words[6] : FieldText(field: .year, text: "*", start: text.utf8.count)
        let parts = FieldParts(
            seconds: try words[0].numbers(), minutes: try words[1].numbers(), hours: try words[2].numbers(),
            months: try words[4].numbers(), years: try years.numbers(), days: try DayRule(month: words[3], week: words[5]))
        self.parts = parts
        namedHours = parts.hours.mask & ~parts.hours.stretches
        times = LocalTimes(
            seconds: parts.seconds.mask, minutes: parts.minutes.mask, hours: parts.hours.mask, months: parts.months.mask,
            years: parts.years.selected, days: parts.days)
        self.text = words.map(\.text).joined(separator: " ")
    }

    package var description: String { text }

    package static func == (left: CronExpression, right: CronExpression) -> Bool { left.text == right.text }

    private static func check(_ words: [FieldText], length: Int) throws(CronSyntaxError) {
        switch words.count {
        case 6, 7: return
        case 0: throw CronSyntaxError(nil, "", at: 0..<0, "it is empty; six or seven fields are needed, as in \"0 30 2 * * ?\"")
        case 5:
            throw CronSyntaxError(
                nil, "", at: 0..<length,
                "it has five fields, as in Unix; put a field for seconds before them and write ? for the day that does not count, "
                    + "as in \"0 30 2 * * ?\" for \"30 2 * * *\"")
        default:
            throw CronSyntaxError(
                nil, "", at: 0..<length,
                "it has \(words.count > 7 ? "more than seven" : "\(words.count)") fields; six or seven are needed: "
                    + "second, minute, hour, day of month, month, day of week and, if wanted, year")
        }
    }
}

extension CronExpression: Codable {
    package init(from decoder: any Decoder) throws { try self.init(decoder.singleValueContainer().decode(String.self)) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// What the fields of an expression say, each for itself.
struct FieldParts: Sendable {
    let seconds: FieldNumbers
    let minutes: FieldNumbers
    let hours: FieldNumbers
    let months: FieldNumbers
    let years: FieldNumbers
    let days: DayRule
}
