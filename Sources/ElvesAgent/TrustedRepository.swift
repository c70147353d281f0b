import ElvesFiles
package import ElvesHTTPClient
import ElvesJSON
package import ElvesModel
package import ElvesPolicy
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
    /// Nil while nobody may sign any: operators then grant what an app asks for.
    private var ceiling: SignedCeiling?

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
        let ceilingFile = Self.ceiling(in: folder)
        if let data = FileManager.default.contents(atPath: ceilingFile) {
            do { ceiling = try JSONDecoder().decode(SignedCeiling.self, from: data) } catch {
                throw AgentError.identityUnreadable(ceilingFile, "\(error)")
            }
        }
    }

    private static func metadata(in folder: String) -> String { folder + "/metadata" }
    private static func marks(in folder: String) -> String { folder + "/marks.json" }
    private static func ceiling(in folder: String) -> String { folder + "/ceiling.json" }

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
            return try await withFetcher { try await self.verify(wanted, with: $0) }
        } catch let error as TrustedRepositoryError {
            throw error
        } catch {
            throw TrustedRepositoryError.notTrusted(wanted.app, wanted.version, "\(error)")
        }
    }

    private nonisolated func withFetcher<T>(_ body: (RepositoryFetcher) async throws -> T) async throws -> T {
        try await RepositoryFetcher.withFetcher(
            metadata: center.text + "/repository/metadata", targets: center.text + "/repository/targets",
            authorityPEM: authorityPEM, body)
    }

    /// The same, with metadata from anywhere. Errors are those of the metadata as well.
    package func verify(_ wanted: AppAssignment, with fetcher: any Fetcher) async throws -> AppVersion? {
        let folder = try TrustedFolder(Self.metadata(in: folder))
        defer { folder.unlock() }
        let (client, now) = try await refreshed(folder, fetcher)
        try await learnCeiling(client)
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

    /// A client with metadata as it is now, and the time that counts for it.
    private func refreshed(_ folder: TrustedFolder, _ fetcher: any Fetcher) async throws -> (RepositoryClient, Timestamp) {
        if try folder.size(of: "root.json") == nil { try await adopt(folder, fetcher) }
        let now = self.now
        let client = try RepositoryClient(folder: folder, fetcher: fetcher, now: now)
        try await client.refresh()
        return (client, now)
    }

    /// Never before a time at which metadata was found valid.
    private var now: Timestamp { max(clocks.wall(), Timestamp(microseconds: marks.seen * 1_000_000)) }

    // MARK: What may be granted

    /// Asks the center for what may be granted now. Where that fails, what is known counts on, and expires by itself.
    nonisolated func refreshCeiling() async {
        do {
            try await withFetcher { try await self.refreshCeiling(with: $0) }
        } catch TrustedRepositoryError.noRepository {
            // Nobody has signed anything yet.
        } catch {
            log.warning("what may be granted could not be looked up: what is known counts on", metadata: ["error": "\(error)"])
        }
    }

    /// The same, with metadata from anywhere.
    package func refreshCeiling(with fetcher: any Fetcher) async throws {
        let folder = try TrustedFolder(Self.metadata(in: folder))
        defer { folder.unlock() }
        let (client, now) = try await refreshed(folder, fetcher)
        try await learnCeiling(client)
        var changed = marks
        changed.note(valid: now)
        if changed != marks { try save(changed) }
    }

    /// Keeps what the refreshed metadata says of grants. A ceiling that cannot be taken grants nothing, and stops no install.
    private func learnCeiling(_ client: RepositoryClient) async throws {
        guard try await client.hasSpeaker(for: SignedCeiling.path) else { return try keep(nil) }
        do {
            let (bytes, header) = try await client.content(of: SignedCeiling.path, limit: SignedCeiling.sizeLimit)
            try keep(
                SignedCeiling(
                    text: String(decoding: bytes, as: UTF8.self), version: header.version, expires: header.expires.seconds))
        } catch {
            log.warning("the signed grants.yaml cannot be taken: nothing new is granted", metadata: ["error": "\(error)"])
            var doubtful = ceiling ?? SignedCeiling(problem: "")
            doubtful.problem = "\(error)"
            try keep(doubtful)
        }
    }

    private func keep(_ learned: SignedCeiling?) throws {
        guard learned != ceiling else { return }
        let file = Self.ceiling(in: folder)
        if let learned {
            try PrivateFile.write(Array(JSONEncoder().encode(learned)), to: file)
        } else {
            try FileManager.default.removeItem(atPath: file)
        }
        ceiling = learned
        log.info("what may be granted on this host has changed")
    }

    /// The most that an app may be granted on this host; nil where nobody may sign any.
    ///
    /// - Parameters:
    ///   - grants: What an operator lets it have.
    ///   - before: What it was granted here already: it keeps that while nothing new can be granted.
    /// - Throws: `TrustedRepositoryError.notGranted` for anything new while what is signed does not count.
    package func ceiling(for app: AppName, grants: [Grant], before: [Grant]) throws -> AppCeiling? {
        guard let ceiling else { return nil }
        do { return try ceiling.ceiling(now: now).ceiling(for: app) } catch {
            let last = ceiling.last?.ceiling(for: app)
            let known = AppCeiling(
                grants: before.filter { last?.allows($0) ?? true }, widenings: last?.widenings ?? [])
            let new = grants.filter { !known.allows($0) }
            guard new.isEmpty else { throw TrustedRepositoryError.notGranted(app, new, "\(error)") }
            return known
        }
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
    /// What is signed of grants does not count now, and why.
    case notGranted(AppName, [Grant], String)
    case belowFloor(AppName, AppVersion, highest: AppVersion, floor: AppVersion)

    package var description: String {
        switch self {
        case .noRepository:
            "the center has no repository of signed apps yet: an administrator makes one with `elves repo init`"
        case .notTrusted(let app, let version, let cause): "\(app) \(version) is not installed: \(cause)"
        case .anotherArchive(let app, let version):
            "\(app) \(version) is not installed: the archive that the center wants is not the one that the app's authors signed"
        case .notGranted(let app, let grants, let cause):
            "\(app) is not granted \(grants.map(\.description).joined(separator: ", ")), since what may be granted is signed, and "
                + "does not count now: \(cause); it is signed anew with `elves repo policy`"
        case .belowFloor(let app, let version, let highest, let floor):
            "this host had \(app) \(highest), and its authors let no host go back behind \(floor): \(version) is not run; they "
                + "can sign \(highest) with a lower floor"
        }
    }
}
