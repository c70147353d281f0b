import ElvesApps
import ElvesBus
import ElvesJSON
import ElvesModel
import ElvesStore
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix

extension Supervisor {
    /// Takes an archive in. It goes online only by `publish`.
    ///
    /// The archive goes through exactly the intake of an agent. Returns when it would survive a loss of power.
    /// - Throws: `ArchiveError` naming what is wrong with the archive; `StoreError.versionTaken`; `AdminError` for one that is
    ///   too large. Nothing has changed then.
    func takeIn(_ body: RequestBody, name: String) async throws -> CheckedArchive {
        let staging = try archives.newStagingFolder(randomness)
        defer { archives.discard(staging) }
        let file = staging.appending(path: "archive.zip")
        try await collect(body, into: file, limit: Int(ArchiveLimits.standard.archiveBytes))

        let path = file.path(percentEncoded: false)
        let checked = try await NIOThreadPool.singleton.runIfActive { [intake] in
            try intake.check(archive: path, name: name)
        }
        let manifest = checked.manifest
        if let known = read({ $0.version(manifest.name, manifest.version) }), known.digest != checked.digest {
            throw StoreError.versionTaken(manifest.name, manifest.version)
        }
        try await NIOThreadPool.singleton.runIfActive { [archives] in try archives.keep(file, digest: checked.digest) }
        return checked
    }

    /// Adds a version that its authors have signed, and whose archive is here. An app's first version is online with that.
    ///
    /// - Throws: `AdminError` saying what is missing; `StoreError.versionTaken`. Nothing has changed then.
    func publish(_ app: AppName, _ number: AppVersion, by administrator: Administrator) async throws -> VersionRecord {
        let signed = try await signedArchive(app, number)
        guard archives.size(of: signed.digest) != nil else {
            throw AdminError(.notFound, "the archive of \(app) \(number) is not here: upload it with `elves app publish`")
        }
        let path = archives.path(of: signed.digest)
        let checked = try await NIOThreadPool.singleton.runIfActive { [intake] in
            try intake.check(
                archive: path, name: "\(app)_\(number).zip",
                expected: ExpectedArchive(digest: signed.digest, size: UInt64(signed.size)))
        }
        let version = VersionRecord(
            app: app, version: number, digest: checked.digest, size: Int64(checked.size), title: checked.manifest.title,
            publishedAt: clocks.wall(), manifest: try RawJSON(validating: Array(JSONEncoder().encode(checked.manifest))),
            publishedBy: administrator)
        try await store.publish(version)
        change { $0.publish(version) }
        log.info(
            "app published",
            metadata: ["app": "\(version.app)", "version": "\(version.version)", "sha256": "\(version.digest)"])
        return version
    }

    private func signedArchive(_ app: AppName, _ version: AppVersion) async throws -> (digest: Digest, size: Int64) {
        switch try await bus.call(FindSignedVersion(app: app, version: version), trace: randomness.id()) {
        case .named(let digest, let size): return (digest, size)
        case .notNamed:
            throw AdminError(
                .conflict,
                "\(app) \(version) is not signed: the app's authors do it with `elves app sign`, or `elves app publish --key`")
        case .refused(let problem): throw AdminError(.conflict, problem)
        case .notDelegated:
            throw AdminError(
                .conflict,
                "nobody may sign \(app) yet: `elves repo delegate \(app) --key AUTHOR.key.pub`, then `elves repo publish`")
        case .noRepository:
            throw AdminError(
                .conflict,
                "this center has no repository of signed apps yet: `elves repo init` and `elves repo publish` make one")
        }
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
