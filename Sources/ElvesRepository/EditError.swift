package import ElvesModel

/// Why a repository cannot be changed as was asked. Nothing has changed then.
package enum EditError: Error, Equatable, CustomStringConvertible {
    case thresholdOutOfRange(role: String, threshold: Int64, keys: Int)
    case keyIsThere(role: String, key: String)
    case keyIsNotThere(role: String, key: String)
    case noKeys(role: String)
    /// Signs no role of this repository.
    case keySignsNothing(String)
    case notDelegated(AppName)
    case policyNotDelegated
    /// Not a policy that agents read from a repository.
    case strangePolicy(String)
    case policyTooLong(String, bytes: Int)
    case onlineKeyNeeded
    /// The files do not follow from each other.
    case damaged(String)
    /// A version is signed already for another archive.
    case versionTaken(AppName, AppVersion)
    case versionNotThere(AppName, AppVersion)
    case floorAboveVersion(floor: AppVersion, version: AppVersion)
    case incomplete([String])

    package var description: String {
        switch self {
        case .thresholdOutOfRange(let role, let threshold, let keys):
            "the threshold of \(role) would be \(threshold) of \(keys) keys: it must be 1 to the number of keys"
        case .keyIsThere(let role, let key): "key \(key.prefix(8)) is a key of \(role) already"
        case .keyIsNotThere(let role, let key): "\(role) has no key \(key.prefix(8)): `elves repo status` lists them"
        case .noKeys(let role): "\(role) needs at least one key"
        case .keySignsNothing(let key):
            "key \(key.prefix(8)) is no key of root or targets here: `elves repo status` lists those that are"
        case .notDelegated(let app):
            "nobody may sign \(app) yet: `elves repo delegate \(app) --key AUTHOR.key.pub`, then `elves repo publish`"
        case .policyNotDelegated:
            "nobody may sign policies yet: `elves repo delegate --policy --key KEY.pub`, then `elves repo publish`"
        case .strangePolicy(let file):
            "agents read no policy \"\(file.prefix(80))\" from a repository: the file is \(PolicyRole.grantsFile)"
        case .policyTooLong(let file, let bytes):
            "\(file) has \(bytes) bytes, more than the \(PolicyRole.sizeLimit) that agents read: say less, or take * for names"
        case .onlineKeyNeeded: "the online role has one key, the center's: name the new one with --add"
        case .damaged(let what): "the repository is damaged: \(what)"
        case .versionTaken(let app, let version):
            "\(app) \(version) is signed already for another archive: raise the version in app.yaml"
        case .versionNotThere(let app, let version): "\(app) \(version) is not among the signed versions"
        case .floorAboveVersion(let floor, let version):
            "the floor \(floor) is above the version \(version) itself: no agent could install it"
        case .incomplete(let missing): "signatures are missing: \(missing.joined(separator: "; ")); `elves repo sign` adds them"
        }
    }
}
