import CenterRepository
import ElvesBus
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Synchronization

/// A fleet in memory: offline repository, a center's half, authors, archives, and a clock.
struct Site {
    var editor: RepositoryEditor
    var center: RepositoryState
    /// By digest, as a center has them.
    var archives: [Digest: Int64] = [:]
    var now: Timestamp
    /// Everything that was ever served, by role and version.
    private(set) var served: [Resource: [UInt8]] = [:]

    static let start = Timestamp(microseconds: 1_790_000_000_000_000)

    /// A repository that its keys have signed, and a center that has nothing yet.
    init(
        root: [SigningKey], rootThreshold: Int64 = 1, targets: [SigningKey], targetsThreshold: Int64 = 1,
        now: Timestamp = Site.start
    ) throws {
        self.now = now
        center = RepositoryState(onlineKeys: [SigningKey()])
        editor = try RepositoryEditor(
            rootKeys: root.map(\.publicKey), rootThreshold: rootThreshold, targetsKeys: targets.map(\.publicKey),
            targetsThreshold: targetsThreshold, onlineKey: center.onlineKeys[0].publicKey, now: now)
        for key in root + targets { _ = try editor.sign(with: key) }
    }

    /// A site with one key for all, which the center serves already.
    static func published(_ key: SigningKey, apps: String...) throws -> Site {
        var site = try Site(root: [key], targets: [key])
        for app in apps { try site.editor.delegate(AppName(app), to: [key.publicKey], threshold: 1, now: site.now) }
        _ = try site.editor.sign(with: key)
        try site.publish()
        return site
    }

    mutating func pass(_ time: Duration) {
        now = Timestamp(microseconds: now.microseconds + time.milliseconds * 1000)
    }

    // MARK: To the center

    mutating func publish() throws {
        let complete = try editor.complete()
        try send(complete.roots.map { ("root", $0.bytes) } + [("targets", complete.targets.bytes)])
    }

    mutating func send(_ roles: [(role: String, bytes: [UInt8])]) throws {
        try center.take(
            roles.map { RoleText(role: $0.role, text: String(decoding: $0.bytes, as: UTF8.self)) }, archives: archives,
            now: now)
        serve()
    }

    mutating func renew() throws -> Bool {
        defer { serve() }
        return try center.renew(now: now)
    }

    private mutating func serve() {
        for root in center.roots { served[.metadata(role: "root", version: root.role.version)] = root.bytes }
        func add(_ role: String, _ version: Int64?, _ bytes: [UInt8]?) {
            served[.metadata(role: role, version: version)] = bytes
        }
        add("targets", center.targets?.role.version, center.targets?.bytes)
        add("snapshot", center.snapshot?.role.version, center.snapshot?.bytes)
        add("timestamp", nil, center.timestamp?.bytes)
        for (app, file) in center.apps { add("app-\(app)", file.role.version, file.bytes) }
        guard let policy = center.policy else { return }
        add("policy", policy.file.role.version, policy.file.bytes)
        for (path, target) in policy.file.role.targets {
            served[.target(path: path, digest: target.digests.preferred)] = policy.contents[String(path.dropFirst(7))]
        }
    }

    mutating func send(policy file: SignedFile<TargetsMetadata>, files: [String: String]) throws {
        try center.take(
            [RoleText(role: "policy", text: String(decoding: file.bytes, as: UTF8.self))], archives: archives, files: files,
            now: now)
        serve()
    }

    // MARK: Authors

    /// What an author goes on from.
    func author(of app: String) throws -> AppRoleEditor {
        let app = try AppName(app)
        guard let targets = center.targets else { throw EditError.notDelegated(app) }
        return try AppRoleEditor(app: app, targets: targets.role, current: center.apps[app], now: now)
    }

    /// An archive of a version, uploaded.
    mutating func upload(_ app: String, _ version: String, content: UInt8 = 0) -> (digest: Digest, size: Int64) {
        let seed = Array("\(app) \(version) \(content)".utf8)
        let digest = Digest(bytes: (0..<32).map { seed[$0 % seed.count] &+ UInt8($0) })
        archives[digest] = Int64(1000 + seed.count)
        return (digest, Int64(1000 + seed.count))
    }

    /// Uploads, signs and sends a version.
    mutating func release(_ app: String, _ version: String, by keys: [SigningKey], floor: String? = nil) throws {
        let archive = upload(app, version)
        var author = try author(of: app)
        try author.add(
            AppVersion(version), digest: archive.digest, size: archive.size, facts: .sample,
            floor: floor.map { try AppVersion($0) }, now: now)
        for key in keys { try author.sign(with: key) }
        try send([("app-\(app)", author.file.bytes)])
    }

    func find(_ app: String, _ version: String) throws -> SignedVersion {
        center.find(try AppName(app), try AppVersion(version), now: now)
    }

    // MARK: Clients

    /// A client that trusts the first root and nothing else.
    func newClient(in scratch: ScratchFolder, _ name: String) throws -> TrustedFolder {
        let folder = try TrustedFolder(scratch.file(name), isMade: true)
        try RepositoryClient.begin(in: folder, root: center.roots[0].bytes, now: now)
        return folder
    }

    /// The SHA-256 that a client finds for a version after an update.
    func look(_ app: String, _ version: String, in folder: TrustedFolder) async throws -> Digest? {
        let client = try RepositoryClient(folder: folder, fetcher: ServedFiles(files: served), now: now)
        return try await client.target("apps/\(app)/\(version).zip").digests.sha256
    }

    func refresh(_ folder: TrustedFolder) async throws {
        try await RepositoryClient(folder: folder, fetcher: ServedFiles(files: served), now: now).refresh()
    }
}

/// Files in memory.
struct ServedFiles: Fetcher {
    let files: [Resource: [UInt8]]

    func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
        guard let bytes = files[resource] else { throw FetchError.absent(resource) }
        guard bytes.count <= limit else { throw FetchError.tooLong(resource, limit: limit) }
        try sink(bytes)
    }
}

extension ReleaseFacts {
    static let sample = ReleaseFacts(
        manifest: Digest(bytes: [UInt8](repeating: 1, count: 32)), language: "python",
        requests: Digest(bytes: [UInt8](repeating: 2, count: 32)))
}
