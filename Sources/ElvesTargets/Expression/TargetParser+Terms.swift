import ElvesModel
import ElvesSchema

extension TargetParser {
    static let longestFactName = 100

    /// The field that a bare word names; nil if it names none.
    ///
    /// - Throws: `TargetError` for a word that begins as a field and is none, so that a slip is no host name.
    func field(_ text: String) throws(TargetError) -> TargetField? {
        switch text {
        case "agent": return .agent
        case "ip": return .ip
        case "host": return .host
        case "app": return .app
        default: break
        }
        // A host may be called app.example.org; a field is followed by a test.
        guard let dot = text.firstIndex(of: "."), isTest(following) || ["label", "fact"].contains(text[..<dot]) else {
            return nil
        }
        let name = String(text[text.index(after: dot)...])
        do {
            switch text[..<dot] {
            case "label": return .label(try LabelName(name))
            case "app": return .appVersion(try AppName(name))
            case "fact":
                guard !name.isEmpty, name.utf8.count <= Self.longestFactName else {
                    throw error("a fact's name has 1 to \(Self.longestFactName) bytes")
                }
                return .fact(name)
            default: return nil
            }
        } catch let failure as TargetError {
            throw failure
        } catch {
            throw self.error("\(error)")
        }
    }

    private func isTest(_ token: TargetLexer.Token) -> Bool {
        switch token.kind {
        case .sign(let sign): !["(", ")", ","].contains(sign)
        case .word(let text, false): ["in", "not", "exists", "version"].contains(text)
        case .word, .end: false
        }
    }

    /// What follows a field.
    mutating func test(of field: TargetField) throws(TargetError) -> TargetTest {
        if takeWord("exists") { return .exists }
        if takeWord("in") { return .isOneOf(try list(for: field), isNegated: false) }
        if takeWord("not") {
            guard takeWord("in") else { throw error("expected in after not, as in not in (a, b); found \(found)") }
            return .isOneOf(try list(for: field), isNegated: true)
        }
        if takeWord("version") {
            guard let order = takeOrder() else { throw error("expected >=, >, <= or < after version; found \(found)") }
            return try comparison(of: field, byVersion: order)
        }
        if take("=") { return .equals(try value(for: field), isNegated: false) }
        if take("!=") { return .equals(try value(for: field), isNegated: true) }
        if take("=~") { return .matches(try pattern(), isNegated: false) }
        if take("!~") { return .matches(try pattern(), isNegated: true) }
        let start = token
        guard let order = takeOrder() else {
            throw error(
                "expected = != =~ !~ in, not in, < <= > >= version>= version> version<= version< or exists; found \(found)")
        }
        switch field {
        case .label, .fact: break
        default: throw TargetError(column: start.column, reason: "only label.NAME and fact.NAME are compared as numbers")
        }
        let column = token.column
        let word = try value("a number")
        guard let number = word.number else {
            throw TargetError(column: column, reason: "\"\(word.text.prefix(40))\" is no number")
        }
        return .compares(order, TargetNumber(text: word.text, number: number))
    }

    private mutating func takeOrder() -> TargetOrder? {
        guard case .sign(let sign) = token.kind, let order = TargetOrder(rawValue: sign) else { return nil }
        advance()
        return order
    }

    private mutating func comparison(of field: TargetField, byVersion order: TargetOrder) throws(TargetError) -> TargetTest {
        let column = token.column
        let word = try value("a version")
        switch field {
        case .label, .fact: break
        case .appVersion:
            guard (try? AppVersion(word.text)) != nil else {
                throw TargetError(column: column, reason: "an app's version is compared with a whole one, as in 1.4.2")
            }
        default:
            throw TargetError(column: column, reason: "only app.NAME, label.NAME and fact.NAME are compared as versions")
        }
        guard let version = TargetVersion(word.text) else {
            throw TargetError(
                column: column, reason: "\"\(word.text.prefix(40))\" is no version: numbers with dots, as in 1.4 or 1.4.2-rc.1")
        }
        return .comparesVersion(order, version)
    }

    private mutating func list(for field: TargetField) throws(TargetError) -> [TargetWord] {
        guard take("(") else { throw error("expected a list as in (a, b); found \(found)") }
        var words: [TargetWord] = []
        repeat { words.append(try value(for: field)) } while take(",")
        guard take(")") else { throw error("expected , or ) in the list; found \(found)") }
        return words
    }

    private mutating func value(for field: TargetField) throws(TargetError) -> TargetWord {
        let column = token.column
        let word = try value("a value")
        if field == .ip, !word.isGlob, word.range == nil {
            throw TargetError(
                column: column,
                reason: "\"\(word.text.prefix(40))\" is no address: write one as in 10.0.0.8, 10.0.0.0/8 or 10.0.*")
        }
        return word
    }

    private mutating func pattern() throws(TargetError) -> TargetPattern {
        guard case .word(let text, _) = token.kind else {
            throw error(
                "expected a regular expression, in quotes where it has signs or blanks: \"^web[0-9]+$\"; found \(found)")
        }
        patterns += 1
        guard patterns <= Self.patternLimit else { throw error("more than \(Self.patternLimit) regular expressions") }
        do {
            let pattern = try Pattern(text)
            advance()
            return TargetPattern(pattern: pattern)
        } catch {
            throw self.error("\(error)")
        }
    }
}
