/// Reads a target expression: `or` binds least, then `and`, then `not`.
struct TargetParser {
    /// Of the text, in bytes: some three thousand ids.
    static let textLimit = 64 << 10
    static let depthLimit = 32
    /// Each may look at every character of a text many times.
    static let patternLimit = 16

    static let keywords: Set<String> = ["and", "or", "not", "in", "exists", "all", "version"]

    private let tokens: [TargetLexer.Token]
    private var index = 0
    private var depth = 0
    var patterns = 0

    init(_ text: String) throws(TargetError) {
        guard text.utf8.count <= Self.textLimit else {
            throw TargetError(column: 1, reason: "\(text.utf8.count) bytes; at most \(Self.textLimit) are read: use a label")
        }
        tokens = try TargetLexer.tokens(of: text)
    }

    mutating func expression() throws(TargetError) -> TargetNode {
        guard token.kind != .end else {
            throw error("nothing to look for: write * for all agents, an id, an address, or as in label.role = web")
        }
        let node = try group()
        guard token.kind == .end else { throw error("expected and, or, or the end; found \(found)") }
        return node
    }

    // MARK: Tokens

    var token: TargetLexer.Token { tokens[index] }
    var following: TargetLexer.Token { tokens[min(index + 1, tokens.count - 1)] }
    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    mutating func take(_ sign: String) -> Bool {
        guard token.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    mutating func takeWord(_ word: String) -> Bool {
        guard token.kind == .word(word, isQuoted: false) else { return false }
        advance()
        return true
    }

    func error(_ reason: String) -> TargetError { TargetError(column: token.column, reason: reason) }

    var found: String {
        switch token.kind {
        case .word(let text, _): "\"\(text.prefix(40))\""
        case .sign(let sign): sign
        case .end: "the end"
        }
    }

    // MARK: Groups

    /// The whole expression, or what stands in parentheses: only there a list needs no more of them.
    private mutating func group() throws(TargetError) -> TargetNode {
        if following.kind == .sign(","), case .word = token.kind { return .named(try names()) }
        return try alternatives()
    }

    private mutating func alternatives() throws(TargetError) -> TargetNode {
        var nodes: [TargetNode] = []
        repeat {
            let node = try conjunction()
            if case .or(let inner) = node { nodes += inner } else { nodes.append(node) }
        } while takeWord("or")
        return nodes.count == 1 ? nodes[0] : .or(nodes)
    }

    private mutating func conjunction() throws(TargetError) -> TargetNode {
        var nodes: [TargetNode] = []
        repeat {
            let node = try negation()
            if case .and(let inner) = node { nodes += inner } else { nodes.append(node) }
        } while takeWord("and")
        return nodes.count == 1 ? nodes[0] : .and(nodes)
    }

    private mutating func negation() throws(TargetError) -> TargetNode {
        let column = token.column
        guard takeWord("not") else { return try primary() }
        depth += 1
        defer { depth -= 1 }
        try checkDepth(column)
        return .not(try negation())
    }

    private mutating func primary() throws(TargetError) -> TargetNode {
        let column = token.column
        if take("(") {
            depth += 1
            defer { depth -= 1 }
            try checkDepth(column)
            let node = try group()
            guard take(")") else {
                throw error("the parenthesis of column \(column) is not closed: expected and, or, or ); found \(found)")
            }
            return node
        }
        if takeWord("*") || takeWord("all") { return .all }
        guard case .word(let text, let isQuoted) = token.kind else {
            throw error("expected an agent, a comparison as in label.role = web, not, or (; found \(found)")
        }
        if !isQuoted, let field = try field(text) {
            advance()
            return .term(TargetTerm(field: field, test: try test(of: field)))
        }
        if following.kind == .sign(",") {
            advance()
            throw error("a list stands alone or in parentheses, as in (a, b)")
        }
        return .named(try names())
    }

    private func checkDepth(_ column: Int) throws(TargetError) {
        guard depth <= Self.depthLimit else {
            throw TargetError(column: column, reason: "nested deeper than \(Self.depthLimit)")
        }
    }

    /// `a` or `a, b, c`.
    private mutating func names() throws(TargetError) -> [TargetWord] {
        var names: [TargetWord] = []
        repeat {
            if case .word(let text, false) = token.kind, try field(text) != nil {
                throw error("\(text) is a field, which is compared; an agent of that name is written in quotes")
            }
            names.append(try value("an agent's id, address or host name"))
            if case .sign(let sign) = token.kind, sign != ",", sign != ")" {
                throw error("only agent, ip, host, app, app.NAME, label.NAME and fact.NAME are compared with \(sign)")
            }
        } while take(",")
        return names
    }

    /// A word that is no keyword, or is in quotes.
    mutating func value(_ what: String) throws(TargetError) -> TargetWord {
        guard case .word(let text, let isQuoted) = token.kind, isQuoted || !Self.keywords.contains(text) else {
            throw error("expected \(what), in quotes if it is a keyword or has signs in it; found \(found)")
        }
        advance()
        return TargetWord(text, isQuoted: isQuoted)
    }
}
