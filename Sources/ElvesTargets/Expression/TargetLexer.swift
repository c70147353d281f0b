/// Cuts the text of a target expression into words and signs.
struct TargetLexer {
    struct Token: Equatable {
        let kind: Kind
        /// From 1.
        let column: Int
    }

    enum Kind: Equatable {
        case word(String, isQuoted: Bool)
        case sign(String)
        case end
    }

    /// Longest first.
    private static let signs = ["=~", "!=", "!~", "<=", ">=", "=", "<", ">", "(", ")", ","]
    private static let others: Set<Unicode.Scalar> = ["&", "|", ";", "!"]

    private let scalars: [Unicode.Scalar]
    private var index = 0

    static func tokens(of text: String) throws(TargetError) -> [Token] {
        var lexer = TargetLexer(text)
        var tokens: [Token] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private mutating func next() throws(TargetError) -> Token {
        while index < scalars.count, isBlank(scalars[index]) { index += 1 }
        let column = index + 1
        guard index < scalars.count else { return Token(kind: .end, column: column) }
        let first = scalars[index]
        if first == "\"" || first == "'" { return Token(kind: .word(try quoted(first), isQuoted: true), column: column) }
        if let sign = Self.signs.first(where: { scalars[index...].starts(with: $0.unicodeScalars) }) {
            index += sign.unicodeScalars.count
            return Token(kind: .sign(sign), column: column)
        }
        guard !Self.others.contains(first) else {
            throw TargetError(
                column: column, reason: "\(first) means nothing here: write and, or, not, or put the value in quotes")
        }
        var word = ""
        while index < scalars.count, isOfWord(scalars[index]) {
            try refuseControl()
            word.unicodeScalars.append(scalars[index])
            index += 1
        }
        return Token(kind: .word(word, isQuoted: false), column: column)
    }

    /// In double quotes `\"` and `\\` stand for one character, and every other `\` for itself, so that most regular expressions
    /// need no second one; in single quotes all do.
    private mutating func quoted(_ quote: Unicode.Scalar) throws(TargetError) -> String {
        let start = index
        var text = ""
        index += 1
        while index < scalars.count, scalars[index] != quote {
            try refuseControl()
            if quote == "\"", scalars[index] == "\\", index + 1 < scalars.count,
                scalars[index + 1] == "\\" || scalars[index + 1] == "\""
            {
                index += 1
            }
            text.unicodeScalars.append(scalars[index])
            index += 1
        }
        guard index < scalars.count else { throw TargetError(column: start + 1, reason: "the quote is not closed") }
        index += 1
        return text
    }

    private func refuseControl() throws(TargetError) {
        guard scalars[index].properties.generalCategory != .control else {
            throw TargetError(
                column: index + 1, reason: "a control character; only blanks and ends of lines may stand between words")
        }
    }

    private func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }

    private func isOfWord(_ scalar: Unicode.Scalar) -> Bool { TargetLexer.isOfWord(scalar) }

    /// Whether a character may stand in a word without quotes.
    static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r", "(", ")", ",", "=", "!", "<", ">", "\"", "'", "&", "|", ";": false
        default: true
        }
    }
}
