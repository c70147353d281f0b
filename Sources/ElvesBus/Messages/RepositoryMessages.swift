package import ElvesModel

/// What the signed metadata of this center's repository says of a version.
package struct FindSignedVersion: BusCall {
    package typealias Reply = SignedVersion
    package static let route = BusRoute(.repository, "findSignedVersion")
    package let app: AppName
    package let version: AppVersion

    package init(app: AppName, version: AppVersion) {
        self.app = app
        self.version = version
    }
}

package enum SignedVersion: Codable, Sendable, Equatable {
    /// The archive that the app's authors signed for.
    case named(digest: Digest, size: Int64)
    /// The repository knows the app, and its authors have signed no such version.
    case notNamed
    /// Signed, and refused by every client today: why, and what would change it.
    case refused(String)
    /// Nobody may sign for the app.
    case notDelegated
    /// The center has no repository yet.
    case noRepository
}

/// The newest root metadata, exactly as it is served; nil without a repository.
package struct FindTrustRoot: BusCall {
    package typealias Reply = String?
    package static let route = BusRoute(.repository, "findTrustRoot")

    package init() {}
}

/// The size of an archive that was uploaded; nil if it was not.
package struct FindArchive: BusCall {
    package typealias Reply = Int64?
    package static let route = BusRoute(.supervisor, "findArchive")
    package let digest: Digest

    package init(digest: Digest) { self.digest = digest }
}

/// Why an app may not be granted this, by what the repository's signed policy says; nil if it may, or if nothing is signed that
/// counts: agents have the last word.
package struct FindGrantRefusal: BusCall {
    package typealias Reply = String?
    package static let route = BusRoute(.repository, "findGrantRefusal")
    package let app: AppName
    package let grants: [Grant]

    package init(app: AppName, grants: [Grant]) {
        self.app = app
        self.grants = grants
    }
}
