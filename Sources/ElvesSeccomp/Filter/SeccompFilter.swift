import Glibc

/// A profile as the kernel runs it: an array of 8-byte BPF instructions for one machine.
///
/// Compiling takes about a millisecond, so it is done once per policy. The same profile always gives the same bytes, on
/// whichever machine it is compiled.
package struct SeccompFilter: Sendable, Equatable {
    package let bytes: [UInt8]
    /// Whether somebody must hold the filter's listener: without one, the kernel answers ENOSYS where the profile notifies.
    package let usesNotify: Bool

    package var instructionCount: Int { bytes.count / 8 }

    /// What becomes of SCMP_ACT_NOTIFY.
    package enum Notify: Sendable, Equatable {
        case allowed
        /// Where nobody listens: the call just fails.
        case replaced(by: UInt16)
    }

    /// - Parameter architecture: This machine, if nothing else is said.
    /// - Throws: `SeccompError` naming the rule and the call.
    package init(
        compiling profile: SeccompProfile, for architecture: SeccompArchitecture? = .native,
        notify: Notify = .replaced(by: UInt16(EPERM))
    ) throws(SeccompError) {
        guard let architecture else { throw .wrongArchitecture(wanted: "this machine", listed: Self.machines) }
        var profile = profile
        if case .replaced(let errno) = notify { profile = profile.mapActions { $0 == .notify ? .fail(errno) : $0 } }
        let listed = profile.architectures
        guard listed.isEmpty || listed.contains(architecture.ociName) else {
            throw .wrongArchitecture(wanted: architecture.ociName, listed: listed)
        }
        let program = try profile.compiled(for: architecture)
        // What the kernel takes.
        guard program.count <= FilterMachine.instructionLimit else {
            throw .refused(step: "a filter of \(program.count) instructions, more than 4,096", errno: E2BIG)
        }
        bytes = program.flatMap(\.bytes)
        usesNotify = program.contains(.give(.notify))
    }

    private static var machines: [String] { SeccompArchitecture.allCases.map(\.ociName) }
}
