import ElvesSeccomp

/// Calls that no table knows, rules that do nothing, comparisons that look at too much, and calls that nobody should have.
func callFindings(_ document: PolicyDocument) -> [PolicyLint.Finding] {
    let profile = document.proxyProfile ?? document.profile
    let table = SystemCallTable.shared
    var findings: [PolicyLint.Finding] = []
    for rule in profile.rules {
        for name in rule.names where table.entry(named: name) == nil {
            findings.append(
                .init(rule: .unknownCall, place: rule.place, text: "no machine has a system call \"\(name)\": correct the name")
            )
        }
        findings += narrowFindings(rule)
    }
    findings += deadFindings(profile)
    for name in document.policy.systemCalls.removals {
        let place = "\(document.place(of: "syscalls.remove"))"
        if table.entry(named: name) == nil {
            findings.append(
                .init(rule: .unknownCall, place: place, text: "no machine has a system call \"\(name)\": correct the name"))
        } else if document.idleRemovals.contains(name) {
            findings.append(.init(rule: .deadRule, place: place, text: "takes away \(name), which no profile allows"))
        }
    }
    for name in TripwireCalls.names.sorted() {
        let rule = profile.rules.first { $0.names.contains(name) && $0.action.openness == 2 }
        guard let rule else { continue }
        findings.append(
            .init(
                rule: .dangerousCall, place: rule.place,
                text: "allows \(name), a call on the tripwire list: no app needs it, and others' workers end for trying it"))
    }
    return findings
}

/// A 32-bit argument is read by the kernel without its upper half: a comparison of all 64 bits is passed by setting one.
private func narrowFindings(_ rule: SeccompRule) -> [PolicyLint.Finding] {
    rule.names.flatMap { name -> [PolicyLint.Finding] in
        guard let entry = SystemCallTable.shared.entry(named: name) else { return [] }
        return rule.conditions.compactMap { condition in
            guard entry.width(of: condition.index) != .long else { return nil }
            if condition.comparison == .maskedEqual { return nil }
            return .init(
                rule: .narrowArgument, place: rule.place,
                text: "compares all 64 bits of argument \(condition.index) of \(name), of which the kernel reads 32: "
                    + "use SCMP_CMP_MASKED_EQ with the mask 4294967295")
        }
    }
}

private func deadFindings(_ profile: SeccompProfile) -> [PolicyLint.Finding] {
    var findings: [PolicyLint.Finding] = []
    var always: [String: [(rule: Int, action: SeccompAction)]] = [:]
    for (number, rule) in profile.rules.enumerated() where rule.conditions.isEmpty {
        for name in rule.names { always[name, default: []].append((number, rule.action)) }
    }
    for (number, rule) in profile.rules.enumerated() {
        if rule.action == profile.defaultAction {
            findings.append(
                .init(rule: .deadRule, place: rule.place, text: "does what is done with every call that is not listed"))
            continue
        }
        for name in rule.names {
            let covering = always[name]?.first { other in
                other.rule != number && other.action == rule.action && (!rule.conditions.isEmpty || other.rule < number)
            }
            guard let covering else { continue }
            findings.append(
                .init(
                    rule: .deadRule, place: rule.place,
                    text: "says for \(name) what \(profile.rules[covering.rule].place) says already"))
        }
    }
    return findings
}

/// Ways to run what was written, as far as system calls tell.
enum WritableCodeWays {
    /// Name, arguments, in words.
    private static let attempts: [(name: String, arguments: [UInt64], words: String)] = [
        ("mmap", [0, 4096, 6, 0x22], "memory that is writable and executable at once (mmap)"),
        ("mmap", [0, 4096, 7, 0x22], "memory that is writable and executable at once (mmap)"),
        ("mmap", [0, 4096, 6, 0x21], "shared memory that is writable and executable at once (mmap)"),
        ("mprotect", [0, 4096, 5], "written pages that become executable (mprotect)"),
        ("mprotect", [0, 4096, 4], "written pages that become executable (mprotect)"),
        ("mprotect", [0, 4096, 7], "written pages that become executable (mprotect)"),
        ("pkey_mprotect", [0, 4096, 5], "written pages that become executable (pkey_mprotect)"),
        ("shmat", [0, 0, 0o100000], "shared memory that is executable (shmat)"),
        ("memfd_create", [0, 0x10], "memory files that are executable (memfd_create)"),
    ]

    /// In words, those that a profile leaves open.
    static func open(in profile: SeccompProfile) -> [String] {
        var open: [String] = []
        for architecture in SeccompArchitecture.allCases {
            let evaluator = SeccompEvaluator(profile, on: architecture)
            for attempt in attempts where !open.contains(attempt.words) {
                guard let call = SystemCall(named: attempt.name, on: architecture, attempt.arguments) else { continue }
                if evaluator.decision(for: call).action.openness == 2 { open.append(attempt.words) }
            }
        }
        return open
    }
}

func writableCodeFindings(_ document: PolicyDocument) -> [PolicyLint.Finding] {
    let open = WritableCodeWays.open(in: document.profile)
    let place = "\(document.place(of: "process.writableCode"))"
    switch document.policy.process.writableCode {
    case .deny:
        return open.map {
            .init(rule: .writableCode, place: place, text: "says deny, but the system calls allow \($0)")
        }
    case .allow where open.isEmpty:
        return [.init(rule: .deadRule, place: place, text: "allows writable code, but no profile opens a way to it: say deny")]
    case .allow: return []
    }
}
