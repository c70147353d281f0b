import CElvesSystem
import CSeccomp
import ElvesFiles
import Glibc

/// A profile as the kernel runs it: an array of 8-byte BPF instructions for this machine.
///
/// Compiling takes about a millisecond, so it is done once per policy. The same profile always gives the same bytes.
package struct SeccompFilter: Sendable, Equatable {
    package let bytes: [UInt8]

    package var instructionCount: Int { bytes.count / 8 }

    /// - Throws: `SeccompError` naming the rule and the call.
    package init(compiling profile: SeccompProfile) throws(SeccompError) {
        try requireNative(profile.architectures)
        guard let context = seccomp_init(profile.defaultAction.number) else {
            throw .refused(step: "the default action", errno: ENOMEM)
        }
        defer { seccomp_release(context) }
        // A call by another machine's numbers (int 0x80, x32) means something else than the rules say.
        try check("the action for foreign calls") {
            seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SeccompAction.killProcess.number)
        }
        // A search tree instead of a list: the price of a call does not depend on its place in the profile.
        try check("the search tree") { seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) }
        for (index, rule) in profile.rules.enumerated() {
            try add(rule, place: "syscalls[\(index)]", defaultAction: profile.defaultAction, to: context)
        }
        bytes = NewCallPrologue.bytes(for: profile.defaultAction) + (try export(context))
        // What the kernel takes.
        guard instructionCount <= 4096 else {
            throw .refused(step: "a filter of \(instructionCount) instructions, more than 4,096", errno: E2BIG)
        }
    }
}

/// The machines that other names than the native one may stand for are left out: less is allowed, never more.
private func requireNative(_ architectures: [String]) throws(SeccompError) {
    guard !architectures.isEmpty, !architectures.contains(nativeArchitecture) else { return }
    throw .wrongArchitecture(native: nativeArchitecture, listed: architectures)
}

private var nativeArchitecture: String {
    #if arch(x86_64)
        "SCMP_ARCH_X86_64"
    #elseif arch(arm64)
        "SCMP_ARCH_AARCH64"
    #else
        "of an architecture that is not supported"
    #endif
}

private func check(_ step: String, _ call: () -> Int32) throws(SeccompError) {
    let result = call()
    guard result == 0 else { throw .refused(step: step, errno: -result) }
}

private func add(
    _ rule: SeccompRule, place: String, defaultAction: SeccompAction, to context: scmp_filter_ctx
) throws(SeccompError) {
    for name in rule.names {
        let number = seccomp_syscall_resolve_name(name)
        guard number != __NR_SCMP_ERROR else { throw .unknownSystemCall(place: place, name: name) }
        // Known, but not a call of this machine: nothing to allow or to forbid.
        guard number >= 0 else { continue }
        // libseccomp refuses a rule that changes nothing.
        guard rule.action != defaultAction else { continue }
        var conditions: [scmp_arg_cmp] = []
        for condition in rule.conditions { conditions.append(try condition.compiled(for: name, place: place)) }
        try check("\(place) for \"\(name)\"") {
            seccomp_rule_add_exact_array(context, rule.action.number, number, UInt32(conditions.count), conditions)
        }
    }
}

private func export(_ context: scmp_filter_ctx) throws(SeccompError) -> [UInt8] {
    let descriptor = elves_memfd("elves-filter")
    guard descriptor >= 0 else { throw .refused(step: "a file for the filter", errno: -descriptor) }
    defer { close(descriptor) }
    try check("the export") { seccomp_export_bpf(context, descriptor) }
    lseek(descriptor, 0, SEEK_SET)
    do {
        guard let bytes = try readToEnd(descriptor, limit: 1 << 20, named: "the filter") else {
            throw SeccompError.refused(step: "a filter of more than 1 MiB", errno: E2BIG)
        }
        return bytes
    } catch let error as SeccompError {
        throw error
    } catch {
        throw .refused(step: "reading the filter back", errno: EIO)
    }
}

extension SeccompAction {
    /// As the kernel and libseccomp write it; libseccomp's macros are not visible to Swift.
    fileprivate var number: UInt32 {
        switch self {
        case .allow: 0x7FFF_0000
        case .log: 0x7FFC_0000
        case .notify: 0x7FC0_0000
        case .fail(let errno): 0x0005_0000 | UInt32(errno)
        case .trap: 0x0003_0000
        case .killThread: 0
        case .killProcess: 0x8000_0000
        }
    }
}
