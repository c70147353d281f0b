import ElvesApps
import ElvesModel
import ElvesStore
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix

extension Supervisor {
    /// Takes an archive in and puts its version online for every agent the app is bound to.
    ///
    /// The archive goes through exactly the intake of an agent. Returns when archive and record would survive a loss of power.
    /// - Throws: `ArchiveError` naming what is wrong with the archive; `StoreError.versionTaken`; `AdminError` for one that is
    ///   too large. Nothing has changed then.
    func publish(_ body: RequestBody, name: String) async throws -> VersionRecord {
        let staging = try archives.newStagingFolder(randomness)
        defer { archives.discard(staging) }
        let file = staging.appending(path: "archive.zip")
        try await collect(body, into: file, limit: Int(ArchiveLimits.standard.archiveBytes))

        let path = file.path(percentEncoded: false)
        let checked = try await NIOThreadPool.singleton.runIfActive { [intake] in
            try intake.check(archive: path, name: name)
        }
        let version = VersionRecord(
            app: checked.manifest.name, version: checked.manifest.version, digest: checked.digest,
            size: Int64(checked.size), title: checked.manifest.title, publishedAt: clocks.wall())
        if let known = read({ $0.version(version.app, version.version) }), known.digest != version.digest {
            throw StoreError.versionTaken(version.app, version.version)
        }
        try await NIOThreadPool.singleton.runIfActive { [archives] in try archives.keep(file, digest: checked.digest) }
        try await store.publish(version)
        change { $0.publish(version) }
        log.info(
            "app published",
            metadata: ["app": "\(version.app)", "version": "\(version.version)", "sha256": "\(version.digest)"])
        reassign(read { $0.agents(boundTo: version.app) }, trace: randomness.id())
        return version
    }

    private func collect(_ body: RequestBody, into file: URL, limit: Int) async throws {
        guard FileManager.default.createFile(atPath: file.path(percentEncoded: false), contents: nil) else {
            throw AdminError(.serviceUnavailable, "the archive could not be stored: is the disk full?")
        }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        var size = 0
        for try await part in body {
            size += part.readableBytes
            guard size <= limit else {
                throw AdminError(.contentTooLarge, "the archive is larger than the \(limit) bytes that are taken")
            }
            try handle.write(contentsOf: Data(part.readableBytesView))
        }
    }
}
