import ElvesJSON
package import ElvesModel
package import ElvesTUF

/// How apps stand in the metadata: each has a delegated role of its own, which names the archives of its versions.
package enum AppRole {
    private static let prefix = "app-"

    /// `app-NAME`
    package static func name(of app: AppName) -> String { prefix + app.text }

    /// The app of a role's name; nil for every other role.
    package static func app(of role: String) -> AppName? {
        role.hasPrefix(prefix) ? try? AppName(String(role.dropFirst(prefix.count))) : nil
    }

    /// `apps/NAME/VERSION.zip`
    package static func path(of version: AppVersion, app: AppName) -> String { "apps/\(app)/\(version).zip" }

    /// The version of a target's path; nil if the path is none of the app's.
    package static func version(of path: String, app: AppName) -> AppVersion? {
        let folder = "apps/\(app)/"
        guard path.hasPrefix(folder), path.hasSuffix(".zip") else { return nil }
        return try? AppVersion(String(path.dropFirst(folder.count).dropLast(4)))
    }

    /// The delegation of an app to its authors. Terminating: nobody else speaks for the app's versions.
    package static func delegation(of app: AppName, keyIDs: [String], threshold: Int64) -> DelegatedRole {
        DelegatedRole(
            name: name(of: app), keys: RoleKeys(keyIDs: keyIDs, threshold: threshold), scope: .paths(["apps/\(app)/*"]),
            isTerminating: true)
    }
}

/// What authors sign for beside an archive's bytes: `custom` of the target.
package struct ReleaseFacts: Sendable, Equatable {
    /// SHA-256 of `app.yaml`.
    package let manifest: Digest
    package let language: String
    /// SHA-256 of what the app asks of the sandbox, one request a line, sorted.
    package let requests: Digest

    package init(manifest: Digest, language: String, requests: Digest) {
        self.manifest = manifest
        self.language = language
        self.requests = requests
    }

    /// - Parameter floor: The lowest version that an agent may go back to once it has had this one.
    func json(floor: AppVersion?) -> RawJSON {
        .object { members in
            members.add("floor", ifPresent: floor?.text)
            members.add("language", language)
            members.add("manifest", manifest.hex)
            members.add("requests", requests.hex)
        }
    }
}
