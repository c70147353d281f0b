/// Why a policy and an app make no launch plan.
package enum PlanError: Error, Equatable {
    /// The app asks to read what its policy does not offer.
    case notRequestable(path: String, policy: String, offered: [String])
    /// None of the interpreters a policy names is on this host.
    case noInterpreter(policy: String, candidates: [String])
    /// A value that would break out of its line; `what` names it without showing it.
    case badCharacter(what: String)
    /// A path that is not absolute or not in its shortest form.
    case badPath(what: String, path: String)
    case identityOutOfRange(number: UInt32, pairs: UInt32)
    /// The launcher reads no more than `limit` bytes.
    case tooLong(bytes: Int, limit: Int)
}

extension PlanError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notRequestable(let path, let policy, let offered):
            "the app asks to read \"\(path)\", which policy \"\(policy)\" does not offer; "
                + (offered.isEmpty ? "it offers nothing" : "it offers \(offered.joined(separator: ", "))")
        case .noInterpreter(let policy, let candidates):
            "no interpreter for policy \"\(policy)\" is on this host: install one of \(candidates.joined(separator: ", "))"
        case .badCharacter(let what):
            "\(what) contains a tab, a line break or a NUL, which the launch plan cannot carry"
        case .badPath(let what, let path):
            "\(what) is \"\(path)\", must be an absolute path without empty, . or .. parts"
        case .identityOutOfRange(let number, let pairs):
            "no host ids for sandbox number \(number): the range has \(pairs) pairs"
        case .tooLong(let bytes, let limit):
            "the launch plan has \(bytes) bytes, more than the \(limit) that the launcher reads: pass fewer arguments"
        }
    }
}
