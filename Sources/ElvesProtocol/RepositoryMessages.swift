package import ElvesModel

// Signed metadata between the command line and a center: bodies below `/admin/v1/repository`.

/// Metadata of one role, exactly as it is served to clients.
package struct RoleText: Codable, Sendable, Equatable {
    /// `root`, `targets`, `policy`, or `app-NAME`.
    package let role: String
    /// The file's text.
    package let text: String

    package init(role: String, text: String) {
        self.role = role
        self.text = text
    }
}

/// `POST /admin/v1/repository/metadata`: what is taken in together, in this order, or not at all.
///
/// Together, since a root that exchanges the keys of `targets` would otherwise leave a moment without valid metadata.
package struct MetadataUpload: Codable, Sendable {
    package let metadata: [RoleText]
    /// The files that a `policy` role in `metadata` names, by target path: their texts.
    package let files: [String: String]?

    package init(metadata: [RoleText], files: [String: String]? = nil) {
        self.metadata = metadata
        self.files = files
    }
}

/// `GET /admin/v1/repository`
package struct RepositoryView: Codable, Sendable {
    package struct Role: Codable, Sendable {
        package let role: String
        package let version: Int64
        package let expires: String
        package let isExpired: Bool
        /// Why clients refuse what the role says today, and so every version it names; nil if they do not.
        package let problem: String?
        /// How many targets it names.
        package let targets: Int

        package init(role: String, version: Int64, expires: String, isExpired: Bool, problem: String?, targets: Int) {
            self.role = role
            self.version = version
            self.expires = expires
            self.isExpired = isExpired
            self.problem = problem
            self.targets = targets
        }

        enum CodingKeys: String, CodingKey {
            case role, version, expires, problem, targets
            case isExpired = "expired"
        }
    }

    /// The public half of the key that the center signs snapshot and timestamp with, in PEM.
    package let onlineKey: String
    /// Its id in the metadata.
    package let onlineKeyID: String
    /// In the order root, targets, snapshot, timestamp, policy, then the apps; empty without a repository.
    package let roles: [Role]

    package init(onlineKey: String, onlineKeyID: String, roles: [Role]) {
        self.onlineKey = onlineKey
        self.onlineKeyID = onlineKeyID
        self.roles = roles
    }

    enum CodingKeys: String, CodingKey {
        case roles
        case onlineKey = "online_key"
        case onlineKeyID = "online_key_id"
    }
}

/// `POST /admin/v1/publications`: adds a version whose archive was uploaded and whose metadata is signed.
package struct PublicationRequest: Codable, Sendable {
    package let app: AppName
    package let version: AppVersion
    /// Whether it goes online at once on all hosts; absent means that it does.
    package let promote: Bool?

    package init(app: AppName, version: AppVersion, promote: Bool = true) {
        self.app = app
        self.version = version
        self.promote = promote
    }
}
