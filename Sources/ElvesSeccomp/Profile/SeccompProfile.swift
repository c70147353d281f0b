/// Which system calls a worker may make: an OCI runtime-spec `LinuxSeccomp` object, checked.
///
/// A member that would not be honoured (flags, a listener's path) is refused rather than dropped. A rule stands for each
/// name in turn; rules are kept in the order of the file, which means nothing: where rules disagree about one call, the
/// profile cannot be compiled.
package struct SeccompProfile: Sendable, Equatable {
    /// For every call that no rule matches.
    package let defaultAction: SeccompAction
    /// Where it says so.
    package let defaultPosition: SourcePosition
    /// OCI names of the machines the profile is written for; empty means any.
    package let architectures: [String]
    package let rules: [SeccompRule]

    package init(
        defaultAction: SeccompAction, defaultPosition: SourcePosition, architectures: [String], rules: [SeccompRule]
    ) {
        self.defaultAction = defaultAction
        self.defaultPosition = defaultPosition
        self.architectures = architectures
        self.rules = rules
    }

    /// This profile with the rules of another one added; its default and architectures stay.
    ///
    /// An addition opens something. So a refusal (an error) here makes room where it would be in the way: one without
    /// conditions for any rule of the addition about its call, any one for a call that the addition opens as a whole. What
    /// of the call the addition does not match then has the default.
    package func adding(_ other: SeccompProfile) -> SeccompProfile {
        let opening = other.rules.filter { !$0.action.refuses }
        let touched = Set(opening.flatMap(\.names))
        let opened = Set(opening.filter(\.conditions.isEmpty).flatMap(\.names))
        let kept = rules.compactMap { rule in
            if case .fail = rule.action { rule.without(rule.conditions.isEmpty ? touched : opened) } else { rule }
        }
        return SeccompProfile(
            defaultAction: defaultAction, defaultPosition: defaultPosition, architectures: architectures,
            rules: kept + other.rules)
    }

    /// The same rules with other actions.
    package func mapActions(_ change: (SeccompAction) -> SeccompAction) -> SeccompProfile {
        SeccompProfile(
            defaultAction: change(defaultAction), defaultPosition: defaultPosition, architectures: architectures,
            rules: rules.map { $0.with(names: $0.names, action: change($0.action)) })
    }

    /// Whether what it does not list fails, so that new calls must look as if they did not exist.
    package var refusesByDefault: Bool { defaultAction.refuses }
}

/// What happens to some system calls when all conditions hold.
package struct SeccompRule: Sendable, Equatable {
    package let names: [String]
    package let action: SeccompAction
    /// At most one for each argument.
    package let conditions: [SeccompCondition]
    /// What the author says about it; nothing depends on it.
    package let comment: String?
    package let position: SourcePosition
    /// Counted from 0 in its own file, as error messages count.
    package let index: Int

    package init(
        names: [String], action: SeccompAction, conditions: [SeccompCondition], comment: String?,
        position: SourcePosition, index: Int
    ) {
        self.names = names
        self.action = action
        self.conditions = conditions
        self.comment = comment
        self.position = position
        self.index = index
    }

    /// The same rule for other names, or with another action.
    func with(names: [String], action: SeccompAction) -> SeccompRule {
        SeccompRule(
            names: names, action: action, conditions: conditions, comment: comment, position: position, index: index)
    }

    /// Nil if none of its names is left.
    func without(_ taken: Set<String>) -> SeccompRule? {
        let left = names.filter { !taken.contains($0) }
        return left.isEmpty ? nil : with(names: left, action: action)
    }

    /// As people find it: `worker-base.json line 31 (syscalls[4])`.
    package var place: String { "\(position) (syscalls[\(index)])" }
}

/// What the kernel does with a call.
package enum SeccompAction: Sendable, Hashable {
    case allow
    /// The call fails with this error number.
    case fail(UInt16)
    /// Allows it and tells the kernel's audit log.
    case log
    /// Whoever holds the filter's listener is told and answers.
    case notify
    case trap
    case killThread
    case killProcess

    /// Whether the call fails and the program goes on.
    package var refuses: Bool {
        switch self {
        case .fail, .notify: true
        case .allow, .log, .trap, .killThread, .killProcess: false
        }
    }
}

/// A comparison of one argument of a call.
package struct SeccompCondition: Sendable, Equatable {
    /// From 0 to 5.
    package let index: UInt32
    package let comparison: Comparison
    /// For `maskedEqual` the mask.
    package let value: UInt64
    /// What the masked argument must be; 0 for every other comparison.
    package let secondValue: UInt64

    package init(index: UInt32, comparison: Comparison, value: UInt64, secondValue: UInt64 = 0) {
        self.index = index
        self.comparison = comparison
        self.value = value
        self.secondValue = secondValue
    }

    package enum Comparison: String, Sendable, CaseIterable {
        case notEqual = "SCMP_CMP_NE"
        case lessThan = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greaterThan = "SCMP_CMP_GT"
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }
}

extension SeccompProfile {
    /// The longest profile that is read, in bytes.
    package static let sizeLimit = 1 << 20
}
