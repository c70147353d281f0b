package import ElvesModel
import Synchronization

/// The versions of apps that a host has on its disk, and which of them is online.
///
/// Every change is a rename after everything it refers to is on the disk: a process that is killed at any step leaves
/// the old or the new state, and `open` clears what lies beside it. Versions never change once installed and live side
/// by side, so that running calls end on the version they began with.
///
/// Each content lies on the disk once, however many versions have it, and is read-only. Versions that nobody runs stay for as
/// long as there is room, the last used the longest: going back to one needs no download.
///
/// Safe from any thread. The calls do file work and block their thread meanwhile; installing does its long part outside
/// the lock, so that the others are not held up by it.
package final class AppStore: Sendable {
    /// The installed versions and the online ones; what `online.json` says once a move has returned.
    struct Index {
        var versions: [AppKey: KnownVersion] = [:]
        var online = OnlineIndex()
        /// When each version was put to use or given up, in nanoseconds since 1970.
        var usedAt: [AppKey: Int64] = [:]
        /// Of all files together, each content counted once.
        var bytes: UInt64 = 0
    }

    let folders: StoreFolders
    let index: Mutex<Index>
    /// What was found wrong at the opening.
    package let openingReport: OpeningReport

    let intake: any Intake
    /// Bytes of files from which on versions that nobody runs are removed.
    let byteLimit: UInt64
    let reached: @Sendable (InstallStep) -> Void

    /// Enough for dozens of versions of large apps, and for thousands of small ones.
    package static let standardByteLimit: UInt64 = 4 << 30

    private init(
        _ folders: consuming StoreFolders, _ opening: StoreOpening, _ intake: any Intake, _ byteLimit: UInt64,
        _ reached: @escaping @Sendable (InstallStep) -> Void
    ) {
        self.folders = folders
        index = Mutex(opening.index)
        openingReport = opening.report
        self.intake = intake
        self.byteLimit = byteLimit
        self.reached = reached
    }

    /// Opens the store in the folder `root`, which is made if it is not there; its parent must be.
    ///
    /// Clears `staging`, removes folders that are not a whole version, and takes apps offline whose version is not
    /// there.
    ///
    /// - Parameters:
    ///   - intake: Reads the archives that are installed.
    ///   - byteLimit: Bytes of files from which on `prune` removes versions that nobody runs.
    ///   - reached: Told how far an installation is, on its thread.
    /// - Throws: `AppStoreError.inUse` while another store has the folder open, else `.file`.
    package static func open(
        at root: String, intake: any Intake = ArchiveIntake(), byteLimit: UInt64 = standardByteLimit,
        reached: @escaping @Sendable (InstallStep) -> Void = { _ in }
    ) throws(AppStoreError) -> AppStore {
        let folders = try StoreFolders.open(root)
        var opening = StoreOpening()
        do { try opening.run(on: folders) } catch { throw .file(error) }
        return AppStore(folders, opening, intake, byteLimit, reached)
    }

    /// The version of the app, or the one that is online if none is given.
    package func installed(_ app: AppName, version: AppVersion? = nil) -> InstalledApp? {
        index.withLock { index in
            guard let version = version ?? index.online.apps[app]?.version else { return nil }
            return load(AppKey(app: app, version: version), in: &index)
        }
    }

    /// What is in a version, read at the first time it is asked for; nil if it is not whole, which `verify` tells more of.
    func load(_ key: AppKey, in index: inout Index) -> InstalledApp? {
        guard let known = index.versions[key] else { return nil }
        if let app = known.app { return app }
        let name = InstalledRecord.folderName(key.version, known.digest)
        if case .whole(let app, _)? = try? folders.version(app: key.app.text, folder: name) {
            index.versions[key]?.app = app
            return app
        }
        return nil
    }

    /// Of the archive that a version came from; nil if the store does not have it.
    package func digest(of key: AppKey) -> Digest? { index.withLock { $0.versions[key]?.digest } }

    /// The versions that new calls take, by name.
    package func online() -> [ListedApp] {
        index.withLock { index in
            index.online.apps.sorted { $0.key < $1.key }.compactMap { name, online in
                load(AppKey(app: name, version: online.version), in: &index).map {
                    ListedApp(installed: $0, isOnline: true, grants: online.grants ?? [])
                }
            }
        }
    }

    /// All versions by name, each app's from the oldest to the newest; without what is in them.
    package var keys: [AppKey] { index.withLock { $0.versions.keys.sorted() } }

    /// All versions by name, each app's from the oldest to the newest.
    package func list() -> [ListedApp] {
        index.withLock { index in
            index.versions.keys.sorted().compactMap { key in
                guard let app = load(key, in: &index) else { return nil }
                let online = index.online.apps[key.app]
                return ListedApp(
                    installed: app, isOnline: online?.version == key.version, grants: online?.grants ?? [])
            }
        }
    }

    /// Makes the version the one that new calls of the app take.
    ///
    /// - Parameter grants: What the app may have, to be known again when the host has no center.
    /// - Returns: The version that was online before, if any.
    /// - Throws: `AppStoreError.notInstalled` or `.file`; the version before stays online then.
    @discardableResult
    package func activate(
        _ app: AppName, version: AppVersion, grants: [Grant] = []
    ) throws(AppStoreError) -> AppVersion? {
        try index.withLock { (index) throws(AppStoreError) in
            guard let installed = index.versions[AppKey(app: app, version: version)] else {
                throw .notInstalled(app: app, version: version)
            }
            let before = index.online.apps[app]?.version
            var online = index.online
            online.apps[app] = OnlineIndex.Version(
                version: version, digest: installed.digest, grants: grants.isEmpty ? nil : grants)
            try save(online, in: &index)
            use(AppKey(app: app, version: version), in: &index)
            return before
        }
    }

    /// Bytes of all files together, each content counted once.
    package var bytes: UInt64 { index.withLock(\.bytes) }

    /// Takes the app offline; its versions stay installed until `prune`.
    ///
    /// - Returns: The version that was online.
    /// - Throws: `AppStoreError.notOnline` or `.file`; nothing has changed then.
    @discardableResult
    package func remove(_ app: AppName) throws(AppStoreError) -> AppVersion {
        try index.withLock { (index) throws(AppStoreError) in
            var online = index.online
            guard let before = online.apps.removeValue(forKey: app) else { throw .notOnline(app: app) }
            try save(online, in: &index)
            use(AppKey(app: app, version: before.version), in: &index)
            return before.version
        }
    }

    /// Notes that a version is used now, for the order of removal; on the disk as well as that is possible.
    func use(_ key: AppKey, in index: inout Index) {
        guard let installed = index.versions[key] else { return }
        let name = InstalledRecord.folderName(key.version, installed.digest)
        do {
            let folder = try folders.apps.folder(key.app.text).folder(name)
            try folder.touch()
            index.usedAt[key] = try folder.changedAt()
        } catch {
            // It counts as used when it was last written.
        }
    }

    func save(_ online: OnlineIndex, in index: inout Index) throws(AppStoreError) {
        guard online != index.online else { return }
        do { try folders.root.replace(OnlineIndex.fileName, with: online.json()) } catch { throw .file(error) }
        index.online = online
    }
}
