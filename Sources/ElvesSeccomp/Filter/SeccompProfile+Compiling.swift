import CElvesSystem
import CSeccomp
import ElvesFiles
import Glibc

/// How many rules of libseccomp one comparison of a narrow argument may become.
private let expansionLimit = 32

extension SeccompProfile {
    /// The prologue, and behind it what libseccomp makes of the rules.
    ///
    /// Names, numbers and widths are those of our tables; libseccomp gets numbers, which it takes as they are when they are
    /// the native machine's. So it need not know a call, and a filter for another machine only differs in the number of the
    /// machine, which is put in afterwards.
    func compiled(for architecture: SeccompArchitecture) throws(SeccompError) -> [BPFInstruction] {
        try checkNames()
        // Whether a rule for a listener is taken must not depend on the kernel that happens to compile it.
        try check("its newest level") { seccomp_api_set(6) }
        guard let context = seccomp_init(defaultAction.kernelNumber) else {
            throw .refused(step: "the default action", errno: ENOMEM)
        }
        defer { seccomp_release(context) }
        try check("the action for foreign calls") {
            seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SeccompAction.killProcess.kernelNumber)
        }
        // A search tree instead of a list: the price of a call does not depend on its place in the profile.
        try check("the search tree") { seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) }
        let calls = CallRules.all(in: self)
        // In the order of the table, so that the bytes do not depend on the order of a dictionary.
        for entry in SystemCallTable.shared.entries {
            guard let number = entry.numbers[architecture], let call = calls[entry.name] else { continue }
            try add(call, number: number, to: context)
        }
        return FilterPrologue(self, for: architecture).instructions
            + (try export(context, for: architecture))
    }

    /// - Throws: For a name that is no call of any machine, and for one that the prologue would overrule.
    private func checkNames() throws(SeccompError) {
        for rule in rules {
            for name in rule.names {
                guard SystemCallTable.shared.entry(named: name) != nil || isKnownToLibseccomp(name) else {
                    throw .unknownSystemCall(place: "syscalls[\(rule.index)]", name: name, at: rule.position)
                }
                guard name != FilterPrologue.hiddenCall || !refusesByDefault || rule.action == .fail(UInt16(ENOSYS)) else {
                    throw .badValue(
                        place: "syscalls[\(rule.index)]",
                        reason: "\"\(name)\" has its flags behind a pointer, where no filter sees them, and always answers "
                            + "ENOSYS: take it out",
                        at: rule.position)
                }
            }
        }
    }

    private func add(_ call: CallRules, number: UInt32, to context: scmp_filter_ctx) throws(SeccompError) {
        if let (first, second) = call.disagreement {
            throw .disagreement(name: call.entry.name, first: first, second: second)
        }
        var chains: [Chain] = []
        for alternative in call.alternatives {
            for conditions in try alternative.expanded(name: call.entry.name) {
                chains.append(Chain(conditions: conditions, alternative: alternative))
            }
        }
        // Nothing that another rule says already: libseccomp would call it a duplicate, or forget the wider one.
        for (index, chain) in chains.enumerated() {
            let isRepeated = chains.enumerated().contains { other in
                other.offset != index && other.element.covers(chain)
                    && (!chain.covers(other.element) || other.offset < index)
            }
            // libseccomp refuses a rule that changes nothing.
            if isRepeated || chain.action == defaultAction { continue }
            let comparisons = chain.conditions.map(\.comparison)
            try check("\(chain.alternative.rule.place) for \"\(call.entry.name)\"") {
                seccomp_rule_add_exact_array(
                    context, chain.action.kernelNumber, Int32(number), UInt32(comparisons.count), comparisons)
            }
        }
    }
}

/// Whether it is a call of any machine libseccomp knows.
func isKnownToLibseccomp(_ name: String) -> Bool { seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR }

/// One rule of libseccomp: all conditions hold.
private struct Chain {
    let conditions: [ArgumentSet]
    let alternative: CallRules.Alternative

    var action: SeccompAction { alternative.rule.action }

    /// Whether it says all that the other one does.
    func covers(_ other: Chain) -> Bool {
        action == other.action
            && conditions.allSatisfy { mine in other.conditions.contains { $0.index == mine.index && mine.covers($0) } }
    }
}

extension CallRules.Alternative {
    /// The same as chains that libseccomp can compare: a narrow argument only by masks.
    fileprivate func expanded(name: String) throws(SeccompError) -> [[ArgumentSet]] {
        var chains: [[ArgumentSet]] = [[]]
        for condition in conditions {
            let choices: [ArgumentSet] =
                condition.width == .long
                ? [condition]
                : condition.asMasks.map { mask, value in
                    ArgumentSet(
                        index: condition.index, width: condition.width, values: .masked(mask: mask, value: value))
                }
            guard chains.count * choices.count <= expansionLimit else {
                throw .badValue(
                    place: "syscalls[\(rule.index)]",
                    reason: "the comparisons of 32-bit arguments of \"\(name)\" would become more than \(expansionLimit) "
                        + "rules: compare one of them with SCMP_CMP_EQ or SCMP_CMP_MASKED_EQ",
                    at: rule.position)
            }
            chains = chains.flatMap { chain in choices.map { chain + [$0] } }
        }
        return chains
    }
}

extension ArgumentSet {
    fileprivate var comparison: scmp_arg_cmp {
        switch values {
        case .masked(.max, let value): scmp_arg_cmp(arg: index, op: SCMP_CMP_EQ, datum_a: value, datum_b: 0)
        case .masked(let mask, let value): scmp_arg_cmp(arg: index, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
        case .allBut(let value): scmp_arg_cmp(arg: index, op: SCMP_CMP_NE, datum_a: value, datum_b: 0)
        case .between(0, let last): scmp_arg_cmp(arg: index, op: SCMP_CMP_LE, datum_a: last, datum_b: 0)
        // Only one end is ever given.
        case .between(let first, _): scmp_arg_cmp(arg: index, op: SCMP_CMP_GE, datum_a: first, datum_b: 0)
        }
    }
}

private func check(_ step: String, _ call: () -> Int32) throws(SeccompError) {
    let result = call()
    guard result == 0 else { throw .refused(step: step, errno: -result) }
}

private func export(
    _ context: scmp_filter_ctx, for architecture: SeccompArchitecture
) throws(SeccompError) -> [BPFInstruction] {
    let descriptor = elves_memfd("elves-filter")
    guard descriptor >= 0 else { throw .refused(step: "a file for the filter", errno: -descriptor) }
    defer { close(descriptor) }
    try check("the export") { seccomp_export_bpf(context, descriptor) }
    lseek(descriptor, 0, SEEK_SET)
    let bytes: [UInt8]
    do {
        guard let all = try readToEnd(descriptor, limit: 1 << 20, named: "the filter") else {
            throw SeccompError.refused(step: "a filter of more than 1 MiB", errno: E2BIG)
        }
        bytes = all
    } catch let error as SeccompError {
        throw error
    } catch {
        throw .refused(step: "reading the filter back", errno: EIO)
    }
    // It begins by asking for the native machine.
    guard var program = BPFInstruction.program(bytes), program.count > 2, program[0] == .loadArchitecture,
        program[1].code == BPFInstruction.Test.equal.rawValue, program[1].value == seccomp_arch_native()
    else { throw .refused(step: "a filter that begins with the machine", errno: EINVAL) }
    program[1].value = architecture.auditNumber
    return program
}
