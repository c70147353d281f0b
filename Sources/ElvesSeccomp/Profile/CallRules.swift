/// What the rules of a profile say about one call.
struct CallRules: Sendable {
    /// One rule as it applies to this call.
    struct Alternative: Sendable {
        let rule: SeccompRule
        /// All must contain their argument; sets that contain everything are left out, so empty means always.
        let conditions: [ArgumentSet]

        func matches(_ arguments: [UInt64]) -> Bool {
            conditions.allSatisfy { $0.contains(arguments[Int($0.index)]) }
        }
    }

    let entry: SystemCallTable.Entry
    /// In the order of the profile, without those that no arguments can match.
    let alternatives: [Alternative]

    /// By name, of every call that the profile names and the tables know.
    static func all(in profile: SeccompProfile) -> [String: CallRules] {
        var rules: [String: [SeccompRule]] = [:]
        for rule in profile.rules {
            for name in Set(rule.names) { rules[name, default: []].append(rule) }
        }
        var calls: [String: CallRules] = [:]
        for (name, rules) in rules {
            if let entry = SystemCallTable.shared.entry(named: name) { calls[name] = CallRules(entry, rules) }
        }
        return calls
    }

    private init(_ entry: SystemCallTable.Entry, _ rules: [SeccompRule]) {
        self.entry = entry
        alternatives = rules.compactMap { rule in
            var conditions: [ArgumentSet] = []
            for condition in rule.conditions {
                guard let set = condition.arguments(of: entry.width(of: condition.index)) else { return nil }
                if !set.isEverything { conditions.append(set) }
            }
            return Alternative(rule: rule, conditions: conditions)
        }
    }

    /// The rule that decides.
    ///
    /// Where rules disagree, which no compiled profile has, one without conditions comes first, as libseccomp has it.
    func deciding(_ arguments: [UInt64]) -> SeccompRule? {
        let matching = alternatives.filter { $0.matches(arguments) }
        return (matching.first { $0.conditions.isEmpty } ?? matching.first)?.rule
    }

    /// Two rules with different actions that some arguments match both, or may.
    var disagreement: (first: SeccompRule, second: SeccompRule)? {
        for (index, first) in alternatives.enumerated() {
            for second in alternatives[(index + 1)...]
            where first.rule.action != second.rule.action && !first.isDisjoint(from: second) {
                return (first.rule, second.rule)
            }
        }
        return nil
    }
}

extension CallRules.Alternative {
    fileprivate func isDisjoint(from other: CallRules.Alternative) -> Bool {
        conditions.contains { mine in
            other.conditions.contains { $0.index == mine.index && mine.isDisjoint(from: $0) }
        }
    }
}
