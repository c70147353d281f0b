/// Why an expression does or does not match an agent: the terms that decided, in the order of the text.
package struct TargetExplanation: Equatable, Sendable {
    package let matches: Bool
    package let terms: [Term]

    package struct Term: Equatable, Sendable {
        /// As canonical text.
        package let term: String
        package let holds: Bool
        /// What the agent is there, in words.
        package let because: String
    }
}

extension TargetNode {
    /// Of an `and` that fails the first part that fails decides, of an `or` that holds the first that holds; else all parts do.
    func explain(_ subject: TargetSubject) -> TargetExplanation {
        switch self {
        case .all: return TargetExplanation(matches: true, terms: [.init(term: "*", holds: true, because: "it is an agent")])
        case .named(let words):
            let holds = words.contains { $0.names(subject) }
            let because = "the agent is \(subject.agent), \(subject.ip), \(subject.hostName)"
            return TargetExplanation(matches: holds, terms: [.init(term: "\(self)", holds: holds, because: because)])
        case .term(let term):
            let holds = term.holds(for: subject)
            return TargetExplanation(
                matches: holds, terms: [.init(term: "\(term)", holds: holds, because: term.state(of: subject))])
        case .not(let node):
            let inner = node.explain(subject)
            return TargetExplanation(matches: !inner.matches, terms: inner.terms)
        case .and(let nodes): return Self.decide(nodes.map { $0.explain(subject) }, by: false)
        case .or(let nodes): return Self.decide(nodes.map { $0.explain(subject) }, by: true)
        }
    }

    private static func decide(_ parts: [TargetExplanation], by verdict: Bool) -> TargetExplanation {
        if let first = parts.first(where: { $0.matches == verdict }) { return first }
        return TargetExplanation(matches: !verdict, terms: parts.flatMap(\.terms))
    }
}

extension TargetTerm {
    /// What the field is for an agent, and what keeps it from being compared.
    fileprivate func state(of subject: TargetSubject) -> String {
        let values = field.values(of: subject)
        guard let first = values.first else { return field == .app ? "no app is online" : "\(field) is not there" }
        if values.count > 1 || field == .app {
            return "online are \(values.map(\.text).joined(separator: ", "))"
        }
        let text = "\(field) is \"\(first.text)\""
        switch test {
        case .compares where first.number == nil: return text + ", which is no number"
        case .comparesVersion where TargetVersion(first.text) == nil: return text + ", which is no version"
        default: return text
        }
    }
}
