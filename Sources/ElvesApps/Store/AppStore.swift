package import ElvesModel
import Synchronization

/// The versions of apps that a host has on its disk, and which of them is online.
///
/// Every change is a rename after everything it refers to is on the disk: a process that is killed at any step leaves
/// the old or the new state, and `open` clears what lies beside it. Versions never change once installed and live side
/// by side, so that running calls end on the version they began with.
///
/// Safe from any thread. The calls do file work and block their thread meanwhile; installing does its long part outside
/// the lock, so that the others are not held up by it.
package final class AppStore: Sendable {
    /// The installed versions and the online ones; what `online.json` says once a move has returned.
    struct Index {
        var versions: [AppKey: InstalledApp] = [:]
        var online = OnlineIndex()
    }

    let folders: StoreFolders
    let index: Mutex<Index>
    /// What was found wrong at the opening.
    package let openingReport: OpeningReport

    private init(_ folders: consuming StoreFolders, _ index: Index, _ report: OpeningReport) {
        self.folders = folders
        self.index = Mutex(index)
        openingReport = report
    }

    /// Opens the store in the folder `root`, which is made if it is not there; its parent must be.
    ///
    /// Clears `staging`, removes folders that are not a whole version, and takes apps offline whose version is not
    /// there.
    ///
    /// - Throws: `AppStoreError.inUse` while another store has the folder open, else `.file`.
    package static func open(at root: String) throws(AppStoreError) -> AppStore {
        let folders = try StoreFolders.open(root)
        var opening = StoreOpening()
        do { try opening.run(on: folders) } catch { throw .file(error) }
        return AppStore(folders, opening.index, opening.report)
    }

    /// The version of the app, or the one that is online if none is given.
    package func installed(_ app: AppName, version: AppVersion? = nil) -> InstalledApp? {
        index.withLock { index in
            guard let version = version ?? index.online.apps[app]?.version else { return nil }
            return index.versions[AppKey(app: app, version: version)]
        }
    }

    /// All versions by name, each app's from the oldest to the newest.
    package func list() -> [ListedApp] {
        index.withLock { index in
            index.versions.sorted { $0.key < $1.key }.map { key, app in
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
            return before
        }
    }

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
            return before.version
        }
    }

    private func save(_ online: OnlineIndex, in index: inout Index) throws(AppStoreError) {
        guard online != index.online else { return }
        do { try folders.root.replace(OnlineIndex.fileName, with: online.json()) } catch { throw .file(error) }
        index.online = online
    }
}
