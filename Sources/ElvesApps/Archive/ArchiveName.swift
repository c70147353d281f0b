package import ElvesModel

/// The file name of an archive, `{app}_{version}.zip`.
package struct ArchiveName: Sendable, Equatable, CustomStringConvertible {
    /// What stands before the first underscore.
    package let app: AppName
    /// What stands between that and `.zip`.
    package let version: AppVersion

    /// The name that the archive of this version must have.
    package init(app: AppName, version: AppVersion) {
        self.app = app
        self.version = version
    }

    /// Reads a name.
    ///
    /// - Parameter text: A file name without folders.
    /// - Throws: `ArchiveError.wrongName`.
    package init(_ text: String) throws(ArchiveError) {
        let halves = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, halves[1].hasSuffix(".zip"), let app = try? AppName(String(halves[0])),
            let version = try? AppVersion(String(halves[1].dropLast(4)))
        else { throw .wrongName(text, expected: "{app}_{version}.zip") }
        self.init(app: app, version: version)
    }

    package var description: String { "\(app)_\(version).zip" }
}
