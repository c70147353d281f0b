package import ElvesModel

/// A version of an app in the store, ready to run.
package struct InstalledApp: Sendable, Equatable {
    /// What the version's own `app.yaml` says.
    package let manifest: Manifest
    /// The absolute path of the folder that holds the archive's files.
    package let folder: String
    /// SHA-256 of the archive it came from.
    package let digest: Digest

    /// An app that lies ready in a folder, of a store or not.
    package init(manifest: Manifest, folder: String, digest: Digest) {
        self.manifest = manifest
        self.folder = folder
        self.digest = digest
    }

    /// Name and version.
    package var key: AppKey { AppKey(app: manifest.name, version: manifest.version) }
    /// The absolute path of the file a worker starts with.
    package var entryPath: String { "\(folder)/\(manifest.entry)" }
    /// The absolute path of the SDK packed with the app, as in `…/.elves/python`; it need not be there.
    package var sdkFolder: String { "\(folder)/\(Manifest.reservedFolder)/\(manifest.language.rawValue)" }
}

/// One version of one app.
package struct AppKey: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The app.
    package let app: AppName
    /// The version of it.
    package let version: AppVersion

    /// Any pair is a key; whether it is installed is the store's to say.
    package init(app: AppName, version: AppVersion) {
        self.app = app
        self.version = version
    }

    /// By name, then from the oldest version to the newest.
    package static func < (left: AppKey, right: AppKey) -> Bool {
        (left.app, left.version) < (right.app, right.version)
    }

    package var description: String { "\(app) \(version)" }
}

/// A version as `AppStore.list()` shows it.
package struct ListedApp: Sendable, Equatable {
    /// The version.
    package let installed: InstalledApp
    /// Whether new calls of the app take it.
    package let isOnline: Bool
    /// What the operator let the app have when it went online.
    package let grants: [Grant]
}
