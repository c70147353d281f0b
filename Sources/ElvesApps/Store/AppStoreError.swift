package import ElvesModel

/// Why the store could not do what it was asked. What was online stays online.
package enum AppStoreError: Error, Equatable {
    /// Another process, or another `AppStore` of this one, has the folder open.
    case inUse(root: String)
    /// The archive was refused.
    case archive(ArchiveError)
    /// The version is installed already with other bytes: a version never changes.
    case versionTaken(app: AppName, version: AppVersion, installed: Digest)
    /// The store does not have the version.
    case notInstalled(app: AppName, version: AppVersion)
    /// No version of the app is online.
    case notOnline(app: AppName)
    /// Work on the store's own files failed, as on a full disk.
    case file(FileError)
}

extension AppStoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .inUse(let root):
            "the app store \"\(printable(root))\" is in use by another process: stop it or use another folder"
        case .archive(let error):
            "\(error)"
        case .versionTaken(let app, let version, let installed):
            "version \(version) of app \"\(app)\" is installed with other content (SHA-256 \(installed)): "
                + "raise the version, or remove and prune the installed one"
        case .notInstalled(let app, let version):
            "version \(version) of app \"\(app)\" is not installed"
        case .notOnline(let app):
            "no version of app \"\(app)\" is online"
        case .file(let error):
            "\(error)"
        }
    }
}
