import ElvesModel
import FoundationEssentials
import Glibc

/// What `installed.json` beside a version's files says of them.
struct InstalledRecord: Codable, Equatable {
    static let fileName = "installed.json"
    /// A record of 4,096 files with long names has less than 4 MiB.
    static let byteLimit = 8 << 20

    let name: AppName
    let version: AppVersion
    /// SHA-256 of the archive.
    let digest: Digest
    /// Bytes of the archive.
    let size: UInt64
    let files: [ArchivedFile]

    init(_ archive: CheckedArchive) {
        name = archive.manifest.name
        version = archive.manifest.version
        digest = archive.digest
        size = archive.size
        files = archive.files
    }

    /// - Returns: Nil if the bytes are not a record.
    init?(json: [UInt8]) {
        guard let record = try? JSONDecoder().decode(Self.self, from: Data(json)) else { return nil }
        self = record
    }

    /// With sorted keys.
    func json() throws(FileError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return try Array(encoder.encode(self)) } catch { throw FileError("encode", Self.fileName, code: EINVAL) }
    }

    /// The name of the version's folder.
    var folderName: String { Self.folderName(version, digest) }

    static func folderName(_ version: AppVersion, _ digest: Digest) -> String { "\(version)-\(digest.hex.prefix(16))" }
}
