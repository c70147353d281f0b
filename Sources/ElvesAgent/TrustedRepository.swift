import ElvesFiles
package import ElvesHTTPClient
import ElvesJSON
package import ElvesModel
package import ElvesProtocol
package import ElvesTUF
import Foundation
package import Logging

/// What may be installed on this host: the signed metadata of the center's repository, held against the clock and against what
/// was here before.
///
/// The center orders a version; that its bytes are the ones the app's authors signed is checked here, against keys that the
/// center does not have. Metadata that has expired blocks what would be installed, never what runs.
package actor TrustedRepository {
    private let folder: String
    private let center: CenterURL
    private let authorityPEM: String?
    private let clocks: Clocks
    private let log: Logger
    private var marks: VersionMarks

    /// - Parameter folder: `repository` in the agent's data folder; made if it is not there.
    /// - Throws: `AgentError` if the folder cannot be used or what is noted in it cannot be read.
    package init(folder: String, center: CenterURL, authorityPEM: String?, clocks: Clocks, log: Logger) throws {
        self.folder = folder
        self.center = center
        self.authorityPEM = authorityPEM
        self.clocks = clocks
        self.log = log
        do {
            try FileManager.default.createDirectory(
                atPath: Self.metadata(in: folder), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw AgentError.folderNotWritable(folder)
        }
        marks = VersionMarks()
        let file = Self.marks(in: folder)
        if let data = FileManager.default.contents(atPath: file) {
            do { marks = try JSONDecoder().decode(VersionMarks.self, from: data) } catch {
                throw AgentError.identityUnreadable(file, "\(error)")
            }
        }
    }

    private static func metadata(in folder: String) -> String { folder + "/metadata" }
    private static func marks(in folder: String) -> String { folder + "/marks.json" }

    /// Keeps the root that a center gave at the join.
    package static func begin(in folder: String, root: String, now: Timestamp) throws {
        try FileManager.default.createDirectory(
            atPath: metadata(in: folder), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let trusted = try TrustedFolder(metadata(in: folder))
        defer { trusted.unlock() }
        try RepositoryClient.begin(in: trusted, root: Array(root.utf8), now: now)
    }

    /// - Throws: `TrustedRepositoryError.belowFloor`: the host had a newer version, whose authors do not let it go back this far.
    package func mayRun(_ app: AppName, _ version: AppVersion) throws { try marks.check(app, version) }

    /// Checks that the authors of an app signed the archive that the center wants, with metadata as it is now.
    ///
    /// - Returns: The floor that they signed with it, for `note(installed:)`.
    /// - Throws: `TrustedRepositoryError`.
    nonisolated func verify(_ wanted: AppAssignment) async throws -> AppVersion? {
        do {
            return try await RepositoryFetcher.withFetcher(
                metadata: center.text + "/repository/metadata", targets: nil, authorityPEM: authorityPEM
            ) { try await self.verify(wanted, with: $0) }
        } catch let error as TrustedRepositoryError {
            throw error
        } catch {
            throw TrustedRepositoryError.notTrusted(wanted.app, wanted.version, "\(error)")
        }
    }

    /// The same, with metadata from anywhere. Errors are those of the metadata as well.
    package func verify(_ wanted: AppAssignment, with fetcher: any Fetcher) async throws -> AppVersion? {
        let folder = try TrustedFolder(Self.metadata(in: folder))
        defer { folder.unlock() }
        if try folder.size(of: "root.json") == nil { try await adopt(folder, fetcher) }
        let now = max(clocks.wall(), Timestamp(microseconds: marks.seen * 1_000_000))
        let client = try RepositoryClient(folder: folder, fetcher: fetcher, now: now)
        try await client.refresh()
        let target = try await client.target(Self.path(wanted.app, wanted.version))
        guard target.digests.sha256 == wanted.digest, target.length == wanted.size else {
            throw TrustedRepositoryError.anotherArchive(wanted.app, wanted.version)
        }
        // The authors may have changed their mind about how far back a host may go; without a word of theirs the old one holds.
        var changed = marks
        if let mark = changed.mark(of: wanted.app), let target = try? await client.target(Self.path(wanted.app, mark.highest)) {
            changed.note(floor: try Self.floor(of: target), of: wanted.app)
        }
        changed.note(valid: now)
        try save(changed)
        try changed.check(wanted.app, wanted.version)
        return try Self.floor(of: target)
    }

    /// Notes a version that was installed. Durable when it returns.
    package func note(installed app: AppName, _ version: AppVersion, floor: AppVersion?) throws {
        var changed = marks
        changed.note(installed: app, version, floor: floor)
        if changed != marks { try save(changed) }
    }

    /// Takes the first root from the center, when there was no repository yet at the join: over the same authenticated way, so
    /// with the trust of the join.
    private func adopt(_ folder: TrustedFolder, _ fetcher: any Fetcher) async throws {
        let root: [UInt8]
        do {
            root = try await fetcher.bytes(.metadata(role: "root", version: 1), limit: ClientLimits().root)
        } catch FetchError.absent {
            throw TrustedRepositoryError.noRepository
        }
        try RepositoryClient.begin(in: folder, root: root, now: clocks.wall())
        log.warning("the center's repository is trusted from now on: there was none when this host joined")
    }

    private func save(_ changed: VersionMarks) throws {
        try PrivateFile.write(Array(JSONEncoder().encode(changed)), to: Self.marks(in: folder))
        marks = changed
    }

    private static func path(_ app: AppName, _ version: AppVersion) -> String { "apps/\(app)/\(version).zip" }

    private static func floor(of target: TargetFile) throws -> AppVersion? {
        guard let custom = target.custom else { return nil }
        return try JSONObject(custom).string("floor").map { try AppVersion($0) }
    }
}

/// Why a version is not installed, or not run.
package enum TrustedRepositoryError: Error, Equatable, CustomStringConvertible {
    case noRepository
    case notTrusted(AppName, AppVersion, String)
    case anotherArchive(AppName, AppVersion)
    case belowFloor(AppName, AppVersion, highest: AppVersion, floor: AppVersion)

    package var description: String {
        switch self {
        case .noRepository:
            "the center has no repository of signed apps yet: an administrator makes one with `elves repo init`"
        case .notTrusted(let app, let version, let cause): "\(app) \(version) is not installed: \(cause)"
        case .anotherArchive(let app, let version):
            "\(app) \(version) is not installed: the archive that the center wants is not the one that the app's authors signed"
        case .belowFloor(let app, let version, let highest, let floor):
            "this host had \(app) \(highest), and its authors let no host go back behind \(floor): \(version) is not run; they "
                + "can sign \(highest) with a lower floor"
        }
    }
}
