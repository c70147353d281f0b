import ElvesApps
package import ElvesModel
import Foundation
import Synchronization

/// The center's archives, a file each, named by its digest.
///
/// A file is complete and on the disk before it has its name, so a name that exists can be served.
package struct ArchiveFolder: Sendable {
    private let folder: URL

    /// Opens the folder, or makes it, and removes what an unfinished publish left.
    package init(path: String) throws {
        folder = URL(filePath: path, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasPrefix(".") {
            try FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    package func path(of digest: Digest) -> String { folder.appending(path: digest.hex).path(percentEncoded: false) }

    /// The bytes of an archive that is kept; nil for every other.
    func size(of digest: Digest) -> Int64? {
        var status = stat()
        return stat(path(of: digest), &status) == 0 ? Int64(status.st_size) : nil
    }

    /// Where an archive may be collected before it is kept; `discard` or `keep` ends it.
    func newStagingFolder(_ randomness: Randomness) throws -> URL {
        let staging = folder.appending(path: ".\(randomness.hex(bytes: 8))", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: staging, withIntermediateDirectories: false)
        return staging
    }

    func discard(_ staging: URL) { try? FileManager.default.removeItem(at: staging) }

    /// Gives a collected archive its name. Returns when it would survive a loss of power.
    func keep(_ file: URL, digest: Digest) throws {
        let target = path(of: digest)
        try sync(file.path(percentEncoded: false))
        guard rename(file.path(percentEncoded: false), target) == 0 else { throw CocoaError(.fileWriteUnknown) }
        try sync(folder.path(percentEncoded: false))
    }

    private func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CocoaError(.fileNoSuchFile) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
