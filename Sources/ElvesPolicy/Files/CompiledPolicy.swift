package import ElvesModel
package import ElvesSeccomp

/// A policy and its system call filters, ready to be used by any number of workers.
package struct CompiledPolicy: Sendable {
    package let document: PolicyDocument
    package let filter: SeccompFilter
    /// For apps that were granted a network through the agent's proxy; nil where the policy offers none.
    package let proxyFilter: SeccompFilter?

    package var policy: Policy { document.policy }
    /// What audit records call the policy by.
    package var digest: ElvesModel.Digest { document.digest }

    /// Reads, checks and compiles a policy file, those it extends and the profiles it names.
    ///
    /// Blocks for a few milliseconds; once per policy, outside the cooperative pool.
    /// - Parameter notify: What becomes of calls that the host is told of.
    /// - Throws: `SandboxError` with the place of the fault.
    package init(
        contentsOf path: String, notify: SeccompFilter.Notify = SeccompFilter.unheard
    ) throws(SandboxError) {
        document = try PolicyDocument(contentsOf: path)
        func compiled(_ profile: SeccompProfile) throws(SandboxError) -> SeccompFilter {
            do { return try SeccompFilter(compiling: profile, notify: notify) } catch { throw .seccomp(file: path, error) }
        }
        filter = try compiled(document.profile)
        if let profile = document.proxyProfile { proxyFilter = try compiled(profile) } else { proxyFilter = nil }
    }
}

extension SeccompFilter {
    /// Where nobody listens, a call that would be told of just fails with EPERM.
    package static let unheard = Notify.replaced(by: 1)
}

/// Why no sandbox could be prepared from a policy file.
package enum SandboxError: Error, Equatable, CustomStringConvertible {
    case policy(PolicyError)
    case seccomp(file: String, SeccompError)
    /// The policy names the profile by digest, and it is another one.
    case changed(file: String, wanted: String, found: String)

    package var description: String {
        switch self {
        case .policy(let error): "\(error)"
        case .seccomp(let file, let error): "\(file): \(error)"
        case .changed(let file, let wanted, let found):
            "\(file): has sha256:\(found), but the policy wants sha256:\(wanted): look at what changed, then name that digest"
        }
    }
}
