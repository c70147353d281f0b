/// The fewest rules to add to a profile so that a recorded run could have been made under it; never applied by itself.
package struct SeccompProposal: Sendable {
    /// Calls without a choice in one rule, then one rule a choice; by name.
    package let additions: [SeccompRule]
    /// What was seen and is not proposed.
    package let withheld: [Withheld]

    package struct Withheld: Sendable, Equatable {
        package let call: ObservedCall
        package let reason: String
    }

    /// - Parameters:
    ///   - never: Calls that are not proposed however often they were made, such as tripwires.
    ///   - source: What people call the recording; it stands in the rules' positions.
    package init(
        from observed: [ObservedCall], over base: SeccompProfile, on architecture: SeccompArchitecture,
        never: Set<String>, source: String
    ) {
        let evaluator = SeccompEvaluator(base, on: architecture)
        var withheld: [Withheld] = []
        var whole: [String: Int] = [:]
        var choices: [Choice: Int] = [:]
        for call in observed {
            guard let entry = SystemCallTable.shared.entry(named: call.name), let number = entry.numbers[architecture] else {
                withheld.append(Withheld(call: call, reason: "is no call of \(architecture)"))
                continue
            }
            let decision = evaluator.decision(for: SystemCall(number, call.arguments))
            if decision.action == .allow || decision.action == .log { continue }
            if let reason = decision.reasonToWithhold(never.contains(call.name)) {
                withheld.append(Withheld(call: call, reason: reason))
                continue
            }
            let deciding = Set(entry.choosingArguments).union(base.argumentsLookedAt(in: call.name))
            if deciding.isEmpty {
                whole[call.name, default: 0] += call.count
            } else {
                choices[Choice(call, entry, deciding.sorted()), default: 0] += call.count
            }
        }
        additions = Self.rules(whole: whole, choices: choices, source: source)
        self.withheld = withheld
    }

    /// The additions as a profile to put beside the base, with its default.
    package func profile(over base: SeccompProfile) -> SeccompProfile {
        SeccompProfile(
            defaultAction: base.defaultAction, defaultPosition: base.defaultPosition, architectures: base.architectures,
            rules: additions)
    }

    private static func rules(whole: [String: Int], choices: [Choice: Int], source: String) -> [SeccompRule] {
        var rules: [SeccompRule] = []
        func add(_ names: [String], _ conditions: [SeccompCondition], count: Int) {
            rules.append(
                SeccompRule(
                    names: names, action: .allow, conditions: conditions, comment: "made \(count) times",
                    position: SourcePosition(file: source, line: 0, column: 0), index: rules.count))
        }
        if !whole.isEmpty { add(whole.keys.sorted(), [], count: whole.values.reduce(0, +)) }
        for (choice, count) in choices.sorted(by: { $0.key < $1.key }) { add([choice.name], choice.conditions, count: count) }
        return rules
    }
}

/// What one kind of call chose.
private struct Choice: Hashable, Comparable {
    let name: String
    /// In the order of the arguments, with the bits that the kernel reads.
    let values: [[UInt64]]

    init(_ call: ObservedCall, _ entry: SystemCallTable.Entry, _ arguments: [UInt32]) {
        name = call.name
        values = arguments.map { index in
            let mask = entry.width(of: index).mask
            return [UInt64(index), mask, call.arguments[Int(index)] & mask]
        }
    }

    var conditions: [SeccompCondition] {
        values.map { value in
            // A mask of all 64 bits is the plain comparison, which needs no number beyond what every reader takes.
            value[1] == .max
                ? SeccompCondition(index: UInt32(value[0]), comparison: .equal, value: value[2])
                : SeccompCondition(
                    index: UInt32(value[0]), comparison: .maskedEqual, value: value[1], secondValue: value[2])
        }
    }

    static func < (a: Choice, b: Choice) -> Bool {
        a.name == b.name ? a.values.lexicographicallyPrecedes(b.values) { $0.lexicographicallyPrecedes($1) } : a.name < b.name
    }
}

extension SeccompDecision {
    fileprivate func reasonToWithhold(_ isNever: Bool) -> String? {
        if isNever { return "is never proposed: no app needs it" }
        switch because {
        case .prologue(let part): return "is answered in front of all rules: \(part)"
        case .rule(let rule): return "is \(rule.action.inWords) on purpose by \(rule.place)"
        case .defaultAction: return nil
        }
    }
}

extension SeccompProfile {
    /// Arguments that its rules for a call look at.
    fileprivate func argumentsLookedAt(in name: String) -> Set<UInt32> {
        Set(rules.filter { $0.names.contains(name) }.flatMap(\.conditions).map(\.index))
    }
}
