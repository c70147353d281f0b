package import ElvesModel
package import ElvesPolicy

/// Why a policy and an app make no launch plan.
package enum PlanError: Error, Equatable {
    /// The app asks to read what its policy does not offer.
    case notRequestable(path: String, policy: String, offered: [String])
    /// The app asks for what neither its policy offers nor an operator has granted.
    case notGranted([Grant], policy: String)
    /// An operator has granted it, but that is more than the app may be granted.
    case aboveCeiling([Grant], policy: String)
    /// A policy of the operator's own is wider than the one it extends, by more than this app may have.
    case widerThanSigned([PolicyChange], policy: String)
    /// The host lacks layers that the policy asks for.
    case missingLayers([MissingRequirement], policy: String)
    /// A function may take longer than the policy gives any call.
    case tooMuchTime(function: String, seconds: Int, policy: String, limit: UInt64)
    /// The app says that it needs a later release of the agent.
    case agentTooOld(minimum: String, current: String)
    /// The app asks for a network, and workers of its language have none.
    case networkNotOffered(policy: String)
    /// A program of the original system wants an interpreter that its policy does not show.
    case interpreterNotShown(String, policy: String)
    /// The app has functions in an isolation mode that workers of its language do not offer.
    case isolationNotOffered(String, policy: String, offered: [String])
    /// None of the interpreters a policy names is on this host.
    case noInterpreter(policy: String, candidates: [String])
    /// The app asks for a path that is not on this host.
    case notThere(path: String)
    /// The app asks for a granted path that leads over a link to another place.
    case leadsOverLink(path: String, place: String)
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
        case .notGranted(let requests, let policy):
            "the app asks for \(requests.map(\.description).joined(separator: ", ")), which policy \"\(policy)\" does not offer: "
                + "an operator can grant it with \(requests.map { "--grant \($0)" }.joined(separator: " "))"
        case .aboveCeiling(let requests, let policy):
            "the app asks for \(requests.map(\.description).joined(separator: ", ")) under policy \"\(policy)\", which is granted "
                + "here, but is above what the signed grants.yaml lets this app have: whoever signs it can raise that"
        case .widerThanSigned(let changes, let policy):
            "policy \"\(policy)\" is wider than the policy it extends (\(changes.map(\.inWords).joined(separator: "; "))), which "
                + "the signed grants.yaml does not let this app have: whoever signs it can add "
                + "widenings: [\(changes.map(\.key).joined(separator: ", "))]"
        case .missingLayers(let missing, let policy):
            "this host lacks what policy \"\(policy)\" asks for: \(missing.map(\.description).joined(separator: "; "))"
        case .tooMuchTime(let function, let seconds, let policy, let limit):
            "function \(function) may take \(seconds) s, and policy \"\(policy)\" gives a call at most \(limit) s: lower its timeout"
        case .agentTooOld(let minimum, let current):
            "the app needs an agent of release \(minimum), this one is \(current): upgrade the agent"
        case .networkNotOffered(let policy):
            "the app asks for a network, which policy \"\(policy)\" does not offer to anybody"
        case .interpreterNotShown(let interpreter, let policy):
            "the interpreter \"\(interpreter)\" is not in the view of policy \"\(policy)\": name one that is, by its path or its name"
        case .isolationNotOffered(let isolation, let policy, let offered):
            "isolation \"\(isolation)\" is not offered by workers under policy \"\(policy)\": use \(offered.joined(separator: " or "))"
        case .noInterpreter(let policy, let candidates):
            "no interpreter for policy \"\(policy)\" is on this host: install one of \(candidates.joined(separator: ", "))"
        case .notThere(let path):
            "the app asks for \"\(path)\", which is not on this host: create it, or take it out of the request"
        case .leadsOverLink(let path, let place):
            "the app asks for \"\(path)\", which leads over a link to \"\(place)\": grants name a place itself, so ask for that one"
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
