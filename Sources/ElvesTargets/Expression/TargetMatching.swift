import ElvesJSON
import ElvesModel
import ElvesSchema

extension TargetNode {
    func matches(_ subject: TargetSubject) -> Bool {
        switch self {
        case .all: true
        case .named(let words): words.contains { $0.names(subject) }
        case .term(let term): term.holds(for: subject)
        case .not(let node): !node.matches(subject)
        case .and(let nodes): nodes.allSatisfy { $0.matches(subject) }
        case .or(let nodes): nodes.contains { $0.matches(subject) }
        }
    }
}

extension TargetTerm {
    /// Of what is not there nothing is true but the negations.
    func holds(for subject: TargetSubject) -> Bool {
        let values = field.values(of: subject)
        switch test {
        case .equals(let word, let isNegated): return values.contains { word.equals($0) } != isNegated
        case .isOneOf(let words, let isNegated):
            return values.contains { value in words.contains { $0.equals(value) } } != isNegated
        case .matches(let pattern, let isNegated): return values.contains { pattern.isFound(in: $0.text) } != isNegated
        case .compares(let order, let limit):
            return values.contains { value in value.number.map { order.holds($0, limit.number) } ?? false }
        case .comparesVersion(let order, let limit): return values.contains { $0.compares(order, limit, isApp: field.isApp) }
        case .exists: return !values.isEmpty
        }
    }
}

/// One thing that a field is for an agent.
enum TargetValue {
    case text(String)
    case number(JSONNumber)
    case address(IPv4Address)

    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .address(let address): "\(address)"
        }
    }

    var number: JSONNumber? {
        switch self {
        case .text(let text): jsonNumber(text)
        case .number(let number): number
        case .address: nil
        }
    }

    func compares(_ order: TargetOrder, _ limit: TargetVersion, isApp: Bool) -> Bool {
        if isApp, let own = try? AppVersion(text), let other = try? AppVersion(limit.text) { return order.holds(own, other) }
        return TargetVersion(text).map { order.holds($0, limit) } ?? false
    }
}

extension TargetField {
    var isApp: Bool { if case .appVersion = self { true } else { false } }

    /// Several for `app`, none where it is not there.
    func values(of subject: TargetSubject) -> [TargetValue] {
        switch self {
        case .agent: return [.text(subject.agent.text)]
        case .ip: return [.address(subject.ip)]
        case .host: return [.text(subject.hostName)]
        case .app: return subject.apps.keys.sorted().map { .text($0.text) }
        case .appVersion(let app): return subject.apps[app].map { [.text($0.text)] } ?? []
        case .label(let name): return subject.labels[name.text].map { [.text($0)] } ?? []
        case .fact(let name):
            switch subject.facts[name] {
            case .text(let text): return [.text(text)]
            case .number(let number): return [.number(number)]
            case .bool(let value): return [.text("\(value)")]
            case nil: return []
            }
        }
    }
}

extension TargetWord {
    /// Whether a bare word means this agent.
    func names(_ subject: TargetSubject) -> Bool {
        equals(.text(subject.agent.text)) || equals(.address(subject.ip)) || equals(.text(subject.hostName))
    }

    func equals(_ value: TargetValue) -> Bool {
        switch value {
        case .address(let address) where !isGlob: return range?.contains(address) ?? false
        case .number(let number) where !isGlob && self.number != nil: return self.number == number
        default: return isGlob ? globMatches(value.text) : text.utf8.elementsEqual(value.text.utf8)
        }
    }

    /// `*` is any text, `?` one character. The work is at most the product of both lengths.
    private func globMatches(_ value: String) -> Bool {
        let (glob, value) = (Array(text.unicodeScalars), Array(value.unicodeScalars))
        var (place, position) = (0, 0)
        // Where the last star stood, and how far it has eaten.
        var star: (place: Int, position: Int)?
        while position < value.count {
            if place < glob.count, glob[place] == "*" {
                star = (place, position)
                place += 1
            } else if place < glob.count, glob[place] == "?" || glob[place] == value[position] {
                (place, position) = (place + 1, position + 1)
            } else if let last = star {
                star = (last.place, last.position + 1)
                (place, position) = (last.place + 1, last.position + 1)
            } else {
                return false
            }
        }
        return glob[place...].allSatisfy { $0 == "*" }
    }
}

extension TargetPattern {
    func isFound(in text: String) -> Bool {
        // Linear in a text that is bounded, so the steps need no bound of their own.
        var steps = Int.max
        return pattern.matches(text, steps: &steps) ?? false
    }
}
