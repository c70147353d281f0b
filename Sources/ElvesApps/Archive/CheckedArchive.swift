package import ElvesModel

/// What is known of an archive that passed every check.
package struct CheckedArchive: Sendable, Equatable {
    /// What `app.yaml` at its root says.
    package let manifest: Manifest
    /// The bytes of that file.
    package let manifestBytes: [UInt8]
    /// SHA-256 of the archive file.
    package let digest: Digest
    /// Bytes of the archive file.
    package let size: UInt64
    /// The regular files in the order of the archive.
    package let files: [ArchivedFile]
}

/// A regular file of an archive.
package struct ArchivedFile: Sendable, Equatable, Codable {
    /// Relative to the app's folder, `/` between components.
    package let path: String
    /// Unpacked bytes.
    package let size: UInt64
    /// Mode 0755 instead of 0644.
    package let isExecutable: Bool
    /// SHA-256 of the content.
    package let digest: Digest

    enum CodingKeys: String, CodingKey {
        case path, size
        case isExecutable = "executable"
        case digest = "sha256"
    }
}

/// What is announced of an archive before it is read; nil is not compared.
package struct ExpectedArchive: Sendable, Equatable {
    /// SHA-256 of the archive file.
    package var digest: Digest?
    /// Bytes of the archive file.
    package var size: UInt64?

    /// With nothing given, nothing is compared.
    package init(digest: Digest? = nil, size: UInt64? = nil) {
        self.digest = digest
        self.size = size
    }
}
