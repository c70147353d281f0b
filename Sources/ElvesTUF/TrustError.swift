/// Why a file from a repository is not trusted.
package enum TrustError: Error, Equatable {
    case malformed(MetadataError)
    /// Fewer of the role's keys signed it than its delegator asks for.
    case notSigned(role: String, version: Int64, by: String, signatures: Int, threshold: Int64)
    case expired(role: String, version: Int64, at: ExpiryTime)
    /// A version that goes back behind one that was trusted before.
    case rollback(role: String, version: Int64, trusted: Int64)
    /// Another version than the file that names it says.
    case wrongVersion(role: String, version: Int64, expected: Int64)
    /// Another length or digest than the file that names it says.
    case wrongContent(what: String, reason: String)
    /// A snapshot that no longer knows a role which an earlier one knew.
    case roleVanished(role: String)
    /// A delegated role, or `targets`, that the snapshot does not know.
    case roleNotInSnapshot(role: String)
    case noSuchTarget(String)
    /// More roles would have to be asked than the limit.
    case tooManyRoles(target: String, limit: Int)
}

extension TrustError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let error):
            error.description
        case .notSigned(let role, let version, let delegator, let signatures, let threshold):
            "\(named(role)) version \(version) is not trusted: \(signatures) of the \(threshold) signatures that "
                + "\(delegator) asks for are there and right"
        case .expired(let role, let version, let time):
            "\(named(role)) version \(version) expired at \(time): the repository has to publish a newer one"
        case .rollback(let role, let version, let trusted):
            "\(named(role)) version \(version) is older than version \(trusted), which was trusted before"
        case .wrongVersion(let role, let version, let expected):
            "\(named(role)) is version \(version), and version \(expected) was announced"
        case .wrongContent(let what, let reason):
            "\(what) is not what was announced: \(reason)"
        case .roleVanished(let role):
            "the new snapshot does not know \(named(role)), which was trusted before"
        case .roleNotInSnapshot(let role):
            "the snapshot does not know \(named(role)), to which targets are delegated"
        case .noSuchTarget(let path):
            "no role that may speak for it lists target \(quoted(path, 200))"
        case .tooManyRoles(let target, let limit):
            "target \(quoted(target, 200)) was not found in \(limit) delegated roles, the most that are asked"
        }
    }

    private func named(_ role: String) -> String { "metadata \(quoted(role, 80))" }
}
