/// The text of one field, and where it stands in the expression.
struct FieldText {
    let field: CronField
    let text: String
    /// In bytes.
    let start: Int

    /// The fields of an expression; no more than eight, of which the eighth is one too many.
    static func words(of expression: String) -> [FieldText] {
        var words: [FieldText] = []
        var start = 0
        for word in expression.utf8.split(omittingEmptySubsequences: false, whereSeparator: { [32, 9].contains($0) }) {
            defer { start += word.count + 1 }
            guard !word.isEmpty else { continue }
            words.append(
                FieldText(
                    field: CronField(rawValue: words.count) ?? .year, text: String(decoding: word, as: UTF8.self), start: start)
            )
            if words.count > CronField.allCases.count { break }
        }
        return words
    }

    var isAny: Bool { text == "?" }

    /// Reads a list of numbers, names, ranges and steps.
    func numbers() throws(CronSyntaxError) -> FieldNumbers {
        var numbers = FieldNumbers(field: field)
        var offset = 0
        for item in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            try numbers.add(item: FieldText(field: field, text: String(decoding: item, as: UTF8.self), start: start + offset))
            offset += item.count + 1
        }
        return numbers
    }

    func refuse(_ reason: String) -> CronSyntaxError {
        CronSyntaxError(field, text, at: start..<start + text.utf8.count, reason)
    }

    /// A number in range, or a name.
    func number(_ word: Substring) throws(CronSyntaxError) -> Int {
        if let place = field.names.firstIndex(of: word.uppercased()) { return field.numbers.lowerBound + place }
        var digits = word
        // Without a calendar the letter says nothing; Quartz reads over it.
        if [.dayOfMonth, .dayOfWeek].contains(field), let last = digits.last, "cC".contains(last) {
            digits = digits.dropLast()
        }
        guard let number = Self.digits(digits) else {
            if word.isEmpty { throw refuse("a number is missing") }
            if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !digits.isEmpty {
                throw refuse("the number is too long")
            }
            throw refuse(explanation(of: word))
        }
        guard field.numbers.contains(number) else {
            let hint = field == .dayOfWeek && number == 0 ? ", Sunday is 1" : ""
            throw refuse("\(number) is not in \(field.numbers.lowerBound) to \(field.numbers.upperBound)\(hint)")
        }
        return number
    }

    /// Up to four digits; nil for everything else.
    static func digits(_ word: Substring) -> Int? {
        guard !word.isEmpty, word.utf8.count <= 4, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(word)
    }

    private func explanation(of word: Substring) -> String {
        let upper = word.uppercased()
        if upper.contains("?") { return "? stands alone, in one of the two day fields" }
        if upper.contains("*") { return "* stands alone or before a step, as in */5" }
        if upper.contains("#") { return "# stands in the field \"day of week\", not in a list, as in 6#3" }
        if upper.contains("W") { return "W stands in the field \"day of month\", not in a list or range, as in 15W" }
        if upper.contains("L") { return "L stands in one of the two day fields, not in a list or range, as in L or 6L" }
        return field.names.isEmpty ? "no number" : "neither a number nor one of \(field.names.joined(separator: " "))"
    }
}
