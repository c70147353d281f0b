package import ElvesModel

/// One update against a repository: the workflow of section 5 of the specification, around `TrustedSet`.
///
/// Lives for one update: its time is fixed when it is made. Each file is in the folder as soon as it is trusted, exactly as it
/// was served; a process that is killed anywhere leaves an older state that the next update takes up.
package actor RepositoryClient {
    private let folder: TrustedFolder
    private let fetcher: any Fetcher
    private let limits: ClientLimits
    private var trusted: TrustedSet
    private var isFresh = false

    /// - Parameter folder: Has `root.json`: the trusted root that came another way.
    /// - Throws: `ClientError.noRoot`, `TrustError`, `FolderError`.
    package init(
        folder: TrustedFolder, fetcher: any Fetcher, now: Timestamp, limits: ClientLimits = ClientLimits()
    ) throws {
        self.folder = folder
        self.fetcher = fetcher
        self.limits = limits
        guard let root = try folder.read("root.json", limit: limits.root) else { throw ClientError.noRoot(folder.path) }
        trusted = try TrustedSet(root: root, now: now)
    }

    /// Makes a folder trust a root that came by a way which is trusted itself.
    ///
    /// - Throws: `TrustError` if it is no root or not signed by its own keys; the folder keeps what it had then.
    package static func begin(in folder: TrustedFolder, root: [UInt8], now: Timestamp) throws {
        _ = try TrustedSet(root: root, now: now)
        try folder.write("root.json", root)
    }

    /// The newest root that is trusted.
    package var root: RootMetadata { trusted.root.role }

    // MARK: Refresh

    /// Brings root, timestamp, snapshot and targets up to date, once.
    package func refresh() async throws {
        guard !isFresh else { return }
        try await updateRoot()
        try await updateTimestamp()
        try await updateSnapshot()
        try await updateTargets()
        isFresh = true
    }

    private func updateRoot() async throws {
        let last = trusted.root.role.version + limits.rotations
        while trusted.root.role.version < last {
            let version = trusted.root.role.version + 1
            do {
                let bytes = try await fetcher.bytes(.metadata(role: "root", version: version), limit: limits.root)
                try trusted.take(root: bytes)
                try folder.write("root.json", bytes)
            } catch FetchError.absent {
                break
            }
        }
        try trusted.checkRoot()
    }

    private func updateTimestamp() async throws {
        if let local = try folder.read("timestamp.json", limit: limits.timestamp) {
            // What the current root does not sign any more is as good as not there.
            try? trusted.recall(timestamp: local)
        }
        let bytes = try await fetcher.bytes(.metadata(role: "timestamp", version: nil), limit: limits.timestamp)
        if try trusted.take(timestamp: bytes) { try folder.write("timestamp.json", bytes) }
    }

    private func updateSnapshot() async throws {
        guard let announced = trusted.timestamp?.role.snapshot else { return }
        if let local = try folder.read("snapshot.json", limit: limits.snapshot) {
            if (try? trusted.recall(snapshot: local)) == true { return }
        }
        let bytes = try await fetcher.bytes(
            .metadata(role: "snapshot", version: fileVersion(announced)), limit: announced.length ?? limits.snapshot)
        try trusted.take(snapshot: bytes)
        try folder.write("snapshot.json", bytes)
    }

    private func updateTargets() async throws {
        if let local = try folder.read("targets.json", limit: limits.targets) {
            do {
                return try trusted.take(targets: local)
            } catch {
                // Another version is announced, or other keys: the repository has to bring it.
            }
        }
        let announced = try trusted.announced("targets")
        let bytes = try await fetcher.bytes(
            .metadata(role: "targets", version: fileVersion(announced)), limit: announced.length ?? limits.targets)
        try trusted.take(targets: bytes)
        try folder.write("targets.json", bytes)
    }

    private func fileVersion(_ file: MetaFile) -> Int64? { trusted.root.role.consistentSnapshot ? file.version : nil }

    // MARK: Targets

    /// What a target must be, by the first role that lists it and may speak for it.
    ///
    /// Refreshes first, if that is still to be done.
    /// - Throws: `TrustError.noSuchTarget`; any file on the way that is not trusted ends the search.
    package func target(_ path: String) async throws -> TargetFile { try await listing(of: path).target }

    /// Whether any role but the top-level targets may speak for a target, or those list it themselves.
    ///
    /// Refreshes first, if that is still to be done.
    package func hasSpeaker(for path: String) async throws -> Bool {
        try await refresh()
        guard let top = trusted.targets?.role else { return false }
        return top.targets[path] != nil || top.delegations?.roles(covering: path).isEmpty == false
    }

    /// The same as `target(_:)`, and the header of the role that lists it.
    package func listing(of path: String) async throws -> (target: TargetFile, by: RoleHeader) {
        try await refresh()
        guard let top = trusted.targets else { throw TrustError.noSuchTarget(path) }
        var visited: Set<String> = []
        // The roles still to be asked, the next one last.
        var waiting: [(name: String, authority: RoleAuthority)] = []
        var current: (name: String, file: SignedFile<TargetsMetadata>) = ("targets", top)
        while true {
            if let target = current.file.role.targets[path] { return (target, current.file.role.header) }
            if let delegations = current.file.role.delegations {
                var below: [(name: String, authority: RoleAuthority)] = []
                for role in delegations.roles(covering: path) {
                    below.append((role.name, delegations.authority(for: role, delegator: current.name)))
                    if role.isTerminating {
                        waiting = []
                        break
                    }
                }
                waiting += below.reversed()
            }
            waiting.removeAll { visited.contains($0.name) }
            guard let next = waiting.popLast() else { throw TrustError.noSuchTarget(path) }
            guard visited.count < limits.delegations else {
                throw TrustError.tooManyRoles(target: path, limit: limits.delegations)
            }
            visited.insert(next.name)
            current = (next.name, try await delegated(next.name, by: next.authority))
        }
    }

    private func delegated(_ role: String, by authority: RoleAuthority) async throws -> SignedFile<TargetsMetadata> {
        let name = percentEncoded(role) + ".json"
        let announced = try trusted.announced(role)
        if name.utf8.count <= 255, let local = try folder.read(name, limit: limits.targets),
            let file = try? trusted.check(local, role: role, authority: authority)
        {
            return file
        }
        let bytes = try await fetcher.bytes(
            .metadata(role: role, version: fileVersion(announced)), limit: announced.length ?? limits.targets)
        let file = try trusted.check(bytes, role: role, authority: authority)
        try folder.write(name, bytes)
        return file
    }

    /// Brings a small target into memory, and the header of the role that lists it.
    ///
    /// - Parameter limit: The most bytes that are taken; `FetchError.tooLong` for a target that is signed to be longer.
    package func content(of path: String, limit: Int64) async throws -> (bytes: [UInt8], by: RoleHeader) {
        let (target, header) = try await listing(of: path)
        let resource = try resource(of: path, target)
        guard target.length <= limit else { throw FetchError.tooLong(resource, limit: limit) }
        let bytes = try await fetcher.bytes(resource, limit: target.length)
        var hasher = FileDigests.Hasher(for: target.digests)
        hasher.update(bytes)
        if let reason = target.disagreement(size: Int64(bytes.count), hasher: hasher) {
            throw TrustError.wrongContent(what: resource.description, reason: reason)
        }
        return (bytes, header)
    }

    private func resource(of path: String, _ target: TargetFile) throws -> Resource {
        let resource = Resource.target(path: path, digest: root.consistentSnapshot ? target.digests.preferred : nil)
        guard !resource.leadsAstray else { throw ClientError.pathLeadsAstray(path) }
        return resource
    }

    /// Brings a target into a folder, under its path with every `/` written `%2F`, unless it lies there already.
    package func download(_ path: String, into destination: TrustedFolder) async throws {
        let target = try await target(path)
        let name = percentEncoded(path)
        if try Self.isThere(target, in: destination, name) { return }
        let resource = try resource(of: path, target)
        let part = try destination.begin(name)
        var (size, hasher) = (Int64(0), FileDigests.Hasher(for: target.digests))
        try await fetcher.fetch(resource, limit: target.length) { bytes in
            size += Int64(bytes.count)
            hasher.update(bytes)
            try part.append(bytes)
        }
        if let reason = target.disagreement(size: size, hasher: hasher) {
            throw TrustError.wrongContent(what: resource.description, reason: reason)
        }
        try part.commit()
    }

    private static func isThere(_ target: TargetFile, in folder: TrustedFolder, _ name: String) throws -> Bool {
        guard name.utf8.count <= 255, try folder.size(of: name) == target.length else { return false }
        var (size, hasher) = (Int64(0), FileDigests.Hasher(for: target.digests))
        let isRead = try folder.read(name) {
            size += Int64($0.count)
            hasher.update($0)
        }
        return isRead && target.disagreement(size: size, hasher: hasher) == nil
    }
}

extension TargetFile {
    /// Why a file of this size and these digests is not the target; nil if it is.
    package func disagreement(size: Int64, hasher: FileDigests.Hasher) -> String? {
        if size != length { return "it has \(size) bytes instead of \(length)" }
        return hasher.mismatch()
    }
}

/// Why a client cannot do what it was asked, beside what a repository does wrong.
package enum ClientError: Error, Equatable, CustomStringConvertible {
    case noRoot(String)
    /// A target whose path, as a path of files, would lead out of the repository.
    case pathLeadsAstray(String)

    package var description: String {
        switch self {
        case .noRoot(let folder): "\(folder) has no root.json that could be trusted: begin with a root from a trusted source"
        case .pathLeadsAstray(let path):
            "target \(quoted(path, 200)) is not fetched: its path has a part that is empty, \".\" or \"..\", or a control character"
        }
    }
}
