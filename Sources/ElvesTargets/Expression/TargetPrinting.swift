import ElvesSchema

extension TargetNode: CustomStringConvertible {
    /// The canonical text: read again it is the same tree.
    var description: String {
        switch self {
        case .named(let words): words.map(\.description).joined(separator: ", ")
        case .and(let nodes): nodes.map { $0.part(of: .and) }.joined(separator: " and ")
        case .or(let nodes): nodes.map { $0.part(of: .or) }.joined(separator: " or ")
        case .not(let node): "not " + node.part(of: .not)
        case .all: "*"
        case .term(let term): "\(term)"
        }
    }

    private enum Around: Int { case or, and, not }

    private func part(of around: Around) -> String {
        let needsGroup =
            switch self {
            case .named(let words): words.count > 1
            case .or: true
            case .and: around != .or
            case .all, .term, .not: false
            }
        return needsGroup ? "(\(self))" : "\(self)"
    }
}

extension TargetTerm: CustomStringConvertible {
    var description: String {
        switch test {
        case .equals(let word, let isNegated): "\(field) \(isNegated ? "!=" : "=") \(word)"
        case .matches(let pattern, let isNegated): "\(field) \(isNegated ? "!~" : "=~") \(quoted(pattern.pattern.source))"
        case .isOneOf(let words, let isNegated):
            "\(field) \(isNegated ? "not in" : "in") (\(words.map(\.description).joined(separator: ", ")))"
        case .compares(let order, let number): "\(field) \(order.rawValue) \(number.text)"
        case .comparesVersion(let order, let version): "\(field) version\(order.rawValue) \(version)"
        case .exists: "\(field) exists"
        }
    }
}

extension TargetField: CustomStringConvertible {
    var description: String {
        switch self {
        case .agent: "agent"
        case .ip: "ip"
        case .host: "host"
        case .app: "app"
        case .appVersion(let app): "app.\(app)"
        case .label(let name): "label.\(name)"
        case .fact(let name): "fact.\(name)"
        }
    }
}

extension TargetWord: CustomStringConvertible {
    var description: String {
        // Bare it would be a keyword, a field, several words, or a glob.
        let looksLikeField =
            ["agent", "ip", "host", "app"].contains(text) || ["app.", "label.", "fact."].contains { text.hasPrefix($0) }
        let isBare =
            isGlob
            || !text.isEmpty && !TargetParser.keywords.contains(text) && !looksLikeField
                && text.unicodeScalars.allSatisfy { TargetLexer.isOfWord($0) && $0 != "*" && $0 != "?" }
        return isBare ? text : quoted(text)
    }
}

private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
}
