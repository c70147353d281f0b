/// What happens to a call, and which line says so.
package struct SeccompDecision: Sendable, Equatable {
    package let action: SeccompAction
    package let because: Reason

    package enum Reason: Sendable, Equatable {
        /// What stands in front of every filter; the text names its part.
        case prologue(String)
        case rule(SeccompRule)
        case defaultAction(SourcePosition)
    }
}

extension SeccompDecision.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .prologue(let part): "prologue: \(part)"
        case .rule(let rule): rule.place
        case .defaultAction(let position): "default action of \(position)"
        }
    }
}

/// Says what a filter of a profile does with a call of one machine, worked out from the profile alone.
///
/// A call by another machine's numbers ends the process; this is about the machine's own.
package struct SeccompEvaluator: Sendable {
    private let profile: SeccompProfile
    private let architecture: SeccompArchitecture
    private let prologue: FilterPrologue
    private let calls: [String: CallRules]

    package init(_ profile: SeccompProfile, on architecture: SeccompArchitecture) {
        self.profile = profile
        self.architecture = architecture
        prologue = FilterPrologue(profile, for: architecture)
        calls = CallRules.all(in: profile)
    }

    package func decision(for call: SystemCall) -> SeccompDecision {
        if let (action, reason) = prologue.decision(on: call.number) {
            return SeccompDecision(action: action, because: .prologue(reason))
        }
        guard let entry = SystemCallTable.shared.entry(call.number, on: architecture),
            let rule = calls[entry.name]?.deciding(call.arguments)
        else { return SeccompDecision(action: profile.defaultAction, because: .defaultAction(profile.defaultPosition)) }
        return SeccompDecision(action: rule.action, because: .rule(rule))
    }
}

extension SeccompProfile {
    /// For one question; an evaluator answers many faster.
    package func decision(for call: SystemCall, on architecture: SeccompArchitecture) -> SeccompDecision {
        SeccompEvaluator(self, on: architecture).decision(for: call)
    }
}
