import Crypto
import ElvesApps
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import Foundation

/// The signed metadata of an archive or policy on its way: a file beside it, which gathers the signatures.
enum SignedBeside {
    static func path(of archive: String) -> String { archive + ".signed.json" }

    /// Nil if there is none.
    static func load(_ archive: String, role: String) throws -> SignedFile<TargetsMetadata>? {
        let path = path(of: archive)
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        do { return try SignedFile(parsing: Array(data), name: role) } catch {
            throw CommandFailure(.badInput, "\(path): \(error)")
        }
    }

    static func save(_ file: SignedFile<TargetsMetadata>, beside archive: String) throws {
        let path = path(of: archive)
        do { try Data(file.bytes).write(to: URL(filePath: path), options: .atomic) } catch {
            throw CommandFailure(.badInput, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// What is published is not resumed. Where it cannot be removed, the next signer is told that it is old.
    static func remove(_ archive: String) { try? FileManager.default.removeItem(atPath: path(of: archive)) }
}

extension AppRoleEditor {
    /// Names an archive with what its manifest says.
    mutating func add(_ contents: CheckedArchive, floor: AppVersion?) throws {
        let manifest = contents.manifest
        guard let digest = contents.files.first(where: { $0.path == Manifest.fileName })?.digest else {
            throw ArchiveError.manifestMissing
        }
        let requests = try manifest.requests().sorted().map { "\($0)\n" }.joined()
        try add(
            manifest.version, digest: contents.digest, size: Int64(contents.size),
            facts: ReleaseFacts(
                manifest: digest, language: manifest.language.rawValue,
                requests: ElvesModel.Digest(bytes: SHA256.hash(data: Array(requests.utf8)))),
            floor: floor, now: Clocks.systemWall())
    }

    /// Says who has signed, and how many must.
    var progress: String {
        let count = signatures
        let missing =
            count.missing == 0
            ? "complete"
            : "\(count.signers.count) of \(count.threshold) signatures; the others sign with `elves app sign` as well"
        return "app-\(app) version \(file.role.version), expires \(file.role.expires): \(missing)"
    }
}

/// Brings an archive to a center and puts it online: uploaded, signed by its authors, published.
struct Publication {
    let client: CenterClient
    /// Somebody else may sign the same app's next version meanwhile; then what was signed does not fit any more.
    private static let attempts = 5

    /// - Parameters:
    ///   - signed: What was signed beforehand.
    ///   - keys: Keys that sign it now.
    ///   - promote: Whether the version goes online at once on all hosts.
    func publish(
        _ archive: PackedApp, signed: SignedFile<TargetsMetadata>?, keys: [SigningKey], promote: Bool = true
    ) async throws -> PublishReply {
        let transfer = MetadataTransfer(client: client)
        let manifest = archive.contents.manifest
        // Before the archive goes over the network.
        var editor = try await transfer.editor(of: manifest.name)
        _ = try await client.upload(
            "admin/v1/apps?name=\(manifest.archiveName)", file: archive.path, as: PublishReply.self)
        for attempt in 1... {
            let isSigned = editor.isPublished(
                manifest.version, digest: archive.contents.digest, now: Clocks.systemWall())
            // Without a key nothing can be renewed, and what is signed counts on for a while.
            if isSigned || (keys.isEmpty && signed == nil && editor.names(manifest.version, archive.contents.digest)) { break }
            try sign(&editor, archive, signed, keys)
            do {
                try await transfer.send(manifest.name, editor.file)
                break
            } catch CenterClientError.refused(409, _) where signed == nil && attempt < Self.attempts {
                editor = try await transfer.editor(of: manifest.name)
            }
        }
        return try await client.post(
            "admin/v1/publications", PublicationRequest(app: manifest.name, version: manifest.version, promote: promote),
            as: PublishReply.self)
    }

    private func sign(
        _ editor: inout AppRoleEditor, _ archive: PackedApp, _ signed: SignedFile<TargetsMetadata>?, _ keys: [SigningKey]
    ) throws {
        if let signed { try editor.resume(signed) }
        try editor.add(archive.contents, floor: nil)
        for key in keys { try editor.sign(with: key) }
        guard editor.signatures.missing > 0 else { return }
        let app = archive.contents.manifest.name
        throw CommandFailure(
            .refused,
            keys.isEmpty && signed == nil
                ? "\(app) \(archive.contents.manifest.version) is not signed: give --key, or sign its archive with `elves app sign`"
                : editor.progress)
    }
}
