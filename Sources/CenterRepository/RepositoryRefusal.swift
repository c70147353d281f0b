package import ElvesModel
package import ElvesPolicy
import ElvesRepository
package import ElvesTUF

/// Why a center does not take metadata. Nothing has changed then.
package enum RepositoryRefusal: Error, Equatable, CustomStringConvertible {
    case malformed(MetadataError)
    /// What clients would say.
    case untrusted(TrustError)
    /// Not a role that is sent to a center.
    case unknownRole(String)
    /// The version is there already with other content, or a newer one is.
    case outdated(role: String, version: Int64, current: Int64)
    case rootGap(version: Int64, current: Int64)
    case rootMissing
    case targetsMissing
    case notConsistent
    /// The root gives snapshot or timestamp to keys that this center does not have, or asks for several.
    case notOnlineKey(role: String)
    case notDelegated(role: String)
    /// A target that is no version of the app, or no policy, or has no SHA-256.
    case strangeTarget(role: String, path: String)
    case policyMissing(path: String)
    case policyDiffers(path: String)
    case policyTooLong(path: String, bytes: Int64)
    case badPolicy(PolicyError)
    case archiveMissing(path: String, digest: Digest)
    case archiveDiffers(path: String, signed: Int64, size: Int64)

    package var description: String {
        switch self {
        case .malformed(let error): "\(error)"
        case .untrusted(let error): "every agent would refuse this: \(error)"
        case .unknownRole(let role):
            "a center takes root, targets, policy and the apps' roles, and \"\(role.prefix(80))\" is none of them"
        case .outdated(let role, let version, let current):
            """
            \(role) version \(version) cannot be taken, since the center has version \(current): fetch that, change it and \
            sign again
            """
        case .rootGap(let version, let current):
            "root version \(version) does not follow on version \(current), which the center has: send those between as well"
        case .rootMissing: "there is no root yet: `elves repo publish` sends it first"
        case .targetsMissing: "a root comes with its targets: `elves repo publish` sends both"
        case .notConsistent: "the root must have consistent_snapshot: the center serves no other form"
        case .notOnlineKey(let role):
            """
            the root must give \(role) to one key, and that the center's: `elves repo online-key` prints it, `elves repo rotate \
            online --add FILE` puts it in
            """
        case .notDelegated(let role):
            "\(AppRole.app(of: role).map(EditError.notDelegated) ?? .policyNotDelegated)"
        case .strangeTarget(let role, let path):
            "\(role) names \"\(path.prefix(120))\", which is no "
                + (role == PolicyRole.name ? "policy that agents read" : "archive of the app") + " with a SHA-256"
        case .policyMissing(let path):
            "\(path) is signed, and is not here: `elves repo policy` sends file and signature together"
        case .policyDiffers(let path): "\(path) is not the file that was signed: `elves repo policy` signs what it sends"
        case .policyTooLong(let path, let bytes):
            "\(path) has \(bytes) bytes, more than the \(PolicyRole.sizeLimit) that agents read"
        case .badPolicy(let error): "every agent would refuse this: \(error)"
        case .archiveMissing(let path, let digest):
            "\(path) is signed for an archive that is not here (SHA-256 \(digest)): `elves app publish` uploads it first"
        case .archiveDiffers(let path, let signed, let size):
            "\(path) is signed for an archive of \(signed) bytes, and the one that is here has \(size)"
        }
    }
}
