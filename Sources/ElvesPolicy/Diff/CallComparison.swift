package import ElvesSeccomp

/// Which system calls one profile allows and another does not, found by asking both about every argument value at which a
/// condition of either could turn.
struct CallComparison {
    let changes: [PolicyChange]

    /// - Parameter reasons: The later policy, which says what its calls are for.
    init(_ before: SeccompProfile, _ after: SeccompProfile, reasons: PolicyDocument) {
        guard before != after else {
            changes = []
            return
        }
        var changes: [String: [PolicyChange]] = [:]
        for architecture in SeccompArchitecture.allCases {
            let comparison = Comparison(before, after, on: architecture)
            for entry in SystemCallTable.shared.entries where changes[entry.name] == nil {
                guard let number = entry.numbers[architecture] else { continue }
                let found = comparison.changes(of: entry.name, number, reasons)
                if !found.isEmpty { changes[entry.name] = found }
            }
        }
        var sorted = changes.sorted { $0.key < $1.key }.flatMap(\.value)
        if before.defaultAction.openness != after.defaultAction.openness {
            sorted.insert(
                PolicyChange(
                    .systemCalls, after.defaultAction.openness > before.defaultAction.openness ? .widened : .narrowed,
                    "syscalls", before: "calls that are not listed are \(before.defaultAction.effect)",
                    after: after.defaultAction.effect), at: 0)
        }
        self.changes = sorted
    }
}

private struct Comparison {
    let before: SeccompEvaluator
    let after: SeccompEvaluator
    /// By name, what the rules of both compare, in one list for each argument.
    let conditions: [String: [SeccompCondition]]
    let same: Set<String>

    init(_ before: SeccompProfile, _ after: SeccompProfile, on architecture: SeccompArchitecture) {
        self.before = SeccompEvaluator(before, on: architecture)
        self.after = SeccompEvaluator(after, on: architecture)
        let (old, new) = (rulesByName(before), rulesByName(after))
        var conditions: [String: [SeccompCondition]] = [:]
        var same: Set<String> = []
        let isSameDefault = before.defaultAction.openness == after.defaultAction.openness
        for name in Set(old.keys).union(new.keys) {
            let (mine, others) = (old[name] ?? [], new[name] ?? [])
            conditions[name] = (mine + others).flatMap(\.conditions)
            if isSameDefault, mine == others { same.insert(name) }
        }
        self.conditions = conditions
        self.same = same
    }

    /// One change, or two where some arguments are allowed now and others no more.
    func changes(of name: String, _ number: UInt32, _ document: PolicyDocument) -> [PolicyChange] {
        guard let conditions = conditions[name], !same.contains(name) else { return [] }
        var (had, has) = (Tally(), Tally())
        var wider: SeccompDecision?
        var isNarrower = false
        for arguments in CornerArguments(conditions) {
            let call = SystemCall(number, arguments)
            let (old, new) = (before.decision(for: call), after.decision(for: call))
            had.count(old)
            has.count(new)
            if new.action.openness > old.action.openness { wider = wider ?? new }
            if new.action.openness < old.action.openness { isNarrower = true }
        }
        func change(_ direction: PolicyChange.Direction, _ note: String, _ reason: String?) -> PolicyChange {
            PolicyChange(
                .systemCalls, direction, "syscalls.\(name)", before: had.words,
                after: has.words + (had.words == has.words ? note : ""), reason: reason)
        }
        var changes: [PolicyChange] = []
        if let wider { changes.append(change(.widened, ", with some that were refused", document.reason(for: wider))) }
        if isNarrower { changes.append(change(.narrowed, ", without some that were allowed", nil)) }
        return changes
    }
}

/// How calls fare.
private struct Tally {
    private var allowed = 0
    private var killed = 0
    private var all = 0

    mutating func count(_ decision: SeccompDecision) {
        all += 1
        if decision.action.openness == 2 { allowed += 1 }
        if decision.action.openness == 0 { killed += 1 }
    }

    var words: String {
        if allowed == all { return "allowed" }
        if allowed > 0 { return "allowed for some arguments" }
        return killed == all ? "ends the worker" : "refused"
    }
}

private struct RuleBody: Equatable {
    let action: SeccompAction
    let conditions: [SeccompCondition]
}

private func rulesByName(_ profile: SeccompProfile) -> [String: [RuleBody]] {
    var rules: [String: [RuleBody]] = [:]
    for rule in profile.rules {
        for name in rule.names { rules[name, default: []].append(RuleBody(action: rule.action, conditions: rule.conditions)) }
    }
    return rules
}

extension PolicyDocument {
    /// What the policy says a decision is for: the reason of the addition, or of the profile that has the rule.
    package func reason(for decision: SeccompDecision) -> String? {
        let position: SourcePosition
        switch decision.because {
        case .prologue: return nil
        case .rule(let rule):
            // A rule of the policy itself has its reason as comment.
            if places.values.contains(where: { $0.file == rule.position.file }) { return rule.comment }
            position = rule.position
        case .defaultAction(let place): position = place
        }
        if case .proxy(position.file, let reason) = policy.network { return reason }
        return policy.systemCalls.profiles.first { $0.file == position.file }?.reason
    }
}

extension SeccompAction {
    /// 2 where the call is made, 1 where it fails, 0 where it ends the worker.
    package var openness: Int {
        switch self {
        case .allow, .log: 2
        case .fail, .notify, .trap: 1
        case .killThread, .killProcess: 0
        }
    }

    /// What becomes of a call.
    package var effect: String {
        switch self {
        case .allow: "allowed"
        case .log: "allowed, and told to the kernel's audit log"
        case .fail(let errno): "refused with \(ErrorName.name(of: errno))"
        case .notify: "recorded and refused with EPERM"
        case .trap: "stopped by a signal (SIGSYS)"
        case .killThread: "ended with its thread"
        case .killProcess: "ended with the worker"
        }
    }
}
