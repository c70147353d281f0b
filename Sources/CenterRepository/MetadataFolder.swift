import ElvesFiles
import ElvesJSON
import ElvesModel
package import ElvesRepository
import ElvesTUF
import Foundation

/// The repository of a center on its disk: a file for each version of each role, and one that says which are current.
///
/// A change writes its files first, each complete and on the disk before it has its name, and then `current.json`, which
/// makes them count all at once. Whatever dies in between leaves what was served before.
package struct MetadataFolder: Sendable {
    /// Older versions that are kept, for clients that began their update before a change.
    private static let kept: Int64 = 10
    private static let pointer = "current.json"
    private let folder: URL

    /// Opens the folder, or makes it.
    package init(path: String) throws {
        folder = URL(filePath: path, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func path(of role: String, version: Int64) -> String { path("\(version).\(role).json") }

    private func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

    // MARK: Loading

    /// What was served last; nil without a repository.
    ///
    /// - Throws: `DamagedRepository` if a file is missing or is no metadata.
    package func load(onlineKeys: [SigningKey]) throws -> RepositoryState? {
        guard let bytes = FileManager.default.contents(atPath: path(Self.pointer)) else { return nil }
        let current = try damaged(Self.pointer) { try JSONObject(parsing: Array(bytes)) }
        let version = { (role: String) throws in
            try damaged(Self.pointer) { try current.require(role, current.integer(role)) }
        }
        let rootVersion = try version("root")
        guard rootVersion >= 1 else { throw DamagedRepository(file: path(Self.pointer), reason: "there is no root version 0") }
        let roots: [SignedFile<RootMetadata>] = try (1...rootVersion).map { try read("root", $0) }
        let snapshot: SignedFile<SnapshotMetadata> = try read("snapshot", version("snapshot"))
        var apps: [AppName: SignedFile<TargetsMetadata>] = [:]
        for (name, entry) in snapshot.role.meta {
            guard let app = AppRole.app(of: String(name.dropLast(5))) else { continue }
            apps[app] = try read(AppRole.name(of: app), entry.version)
        }
        let policy = try snapshot.role.file(ofRole: PolicyRole.name).map { try readPolicy($0.version) }
        return RepositoryState(
            onlineKeys: onlineKeys, roots: roots,
            targets: try read("targets", snapshot.role.file(ofRole: "targets")?.version ?? 0), apps: apps,
            policy: policy, snapshot: snapshot, timestamp: try read("timestamp", version("timestamp")))
    }

    private func read<Role>(_ role: String, _ version: Int64) throws -> SignedFile<Role> {
        let path = path(of: role, version: version)
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw DamagedRepository(file: path, reason: "the file is missing")
        }
        return try damaged("\(version).\(role).json") { try SignedFile(parsing: Array(bytes), name: role) }
    }

    private func readPolicy(_ version: Int64) throws -> SignedPolicy {
        let file: SignedFile<TargetsMetadata> = try read(PolicyRole.name, version)
        var contents: [String: [UInt8]] = [:]
        for (path, target) in file.role.targets {
            guard let name = PolicyRole.file(of: path), let digest = target.digests.sha256 else { continue }
            let place = self.path(policy: digest)
            guard let bytes = FileManager.default.contents(atPath: place).map({ Array($0) }),
                SignedPolicy.digest(bytes) == digest
            else { throw DamagedRepository(file: place, reason: "it is not there, or is not \(path)") }
            contents[name] = bytes
        }
        return SignedPolicy(file: file, contents: contents)
    }

    private static func name(ofPolicy digest: Digest) -> String { "\(digest.hex).policy.yaml" }

    private func path(policy digest: Digest) -> String { path(Self.name(ofPolicy: digest)) }

    private func damaged<T>(_ name: String, _ read: () throws -> T) throws -> T {
        do { return try read() } catch { throw DamagedRepository(file: path(name), reason: "\(error)") }
    }

    // MARK: Saving

    /// Makes a state the one that is found at the next start. Returns when it would survive a loss of power.
    ///
    /// - Parameters:
    ///   - before: What is found now.
    ///   - step: Called before each step with its name, so that a test can end there.
    package func save(
        _ state: RepositoryState, after before: RepositoryState, step: (String) throws -> Void = { _ in }
    ) throws {
        guard let root = state.root, let targets = state.targets, let snapshot = state.snapshot, let timestamp = state.timestamp
        else { return }
        for file in state.roots.dropFirst(before.roots.count) { try write("root", file, nil, step) }
        try write("targets", targets, before.targets, step)
        for (app, file) in state.apps { try write(AppRole.name(of: app), file, before.apps[app], step) }
        if let policy = state.policy {
            for bytes in policy.contents.values {
                let place = path(policy: SignedPolicy.digest(bytes))
                guard !FileManager.default.fileExists(atPath: place) else { continue }
                try step(PolicyRole.path(of: "files"))
                try PrivateFile.write(bytes, to: place)
            }
            try write(PolicyRole.name, policy.file, before.policy?.file, step)
        }
        try write("snapshot", snapshot, before.snapshot, step)
        try write("timestamp", timestamp, before.timestamp, step)
        try step("the folder")
        try syncFolder(folder.path(percentEncoded: false))
        try step(Self.pointer)
        let current = RawJSON.object { members in
            members.add("root", root.version)
            members.add("snapshot", snapshot.role.version)
            members.add("timestamp", timestamp.role.version)
        }
        try PrivateFile.write(current.bytes, to: path(Self.pointer))
        try syncFolder(folder.path(percentEncoded: false))
        try step("tidying")
        tidy(state)
    }

    private func write<Role>(
        _ role: String, _ file: SignedFile<Role>, _ before: SignedFile<Role>?, _ step: (String) throws -> Void
    ) throws {
        guard file.bytes != before?.bytes else { return }
        try step("\(file.role.version).\(role)")
        try PrivateFile.write(file.bytes, to: path(of: role, version: file.role.version))
    }

    /// Removes what no client can ask for any more. What cannot be removed now is removed the next time.
    private func tidy(_ state: RepositoryState) {
        let path = folder.path(percentEncoded: false)
        let policies = Set(state.policy?.contents.values.map { Self.name(ofPolicy: SignedPolicy.digest($0)) } ?? [])
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where name != Self.pointer {
            if policies.contains(name) { continue }
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2] == "json", let version = Int64(parts[0]) else {
                try? FileManager.default.removeItem(atPath: self.path(name))
                continue
            }
            let role = String(parts[1])
            guard role != "root" || version > state.roots.count else { continue }
            let newest = role == "timestamp" ? state.timestamp?.role.version : state.version(of: role)
            if let newest, version <= newest, version >= newest - (role == "timestamp" ? 0 : Self.kept) { continue }
            try? FileManager.default.removeItem(atPath: self.path(name))
        }
    }
}

/// The repository's folder does not hold what a center wrote there.
package struct DamagedRepository: Error, CustomStringConvertible {
    package let file: String
    package let reason: String

    package var description: String {
        "the repository of signed apps is damaged, \(file): \(reason); bring the folder back from a backup of the center"
    }
}
