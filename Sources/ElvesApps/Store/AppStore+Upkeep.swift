import ElvesModel
import Synchronization

extension AppStore {
    /// Removes versions that are neither online nor in use, the longest unused first, until the rest is within the limit.
    ///
    /// - Parameter inUse: Versions with calls that still run.
    /// - Returns: What was removed, in this order.
    /// - Throws: `AppStoreError.file` at the first version that cannot be taken away; it stays, those before it are
    ///   gone.
    @discardableResult
    package func prune(keeping inUse: Set<AppKey> = []) throws(AppStoreError) -> [AppKey] {
        var removed: [AppKey] = []
        while let (key, aside) = try setAsideOldest(keeping: inUse) {
            removed.append(key)
            try AppStoreError.telling { () throws(FileError) in try remove(aside) }
        }
        return removed
    }

    /// Takes one version out, if there is too much and one that nobody needs.
    private func setAsideOldest(keeping inUse: Set<AppKey>) throws(AppStoreError) -> (AppKey, aside: String)? {
        try index.withLock { (index) throws(AppStoreError) in
            guard index.bytes > byteLimit else { return nil }
            let online = index.online.apps
            let idle = index.versions.filter { key, _ in !inUse.contains(key) && online[key.app]?.version != key.version }
            let usedAt = index.usedAt
            guard
                let (key, installed) = idle.min(by: { (usedAt[$0.key] ?? 0, $0.key) < (usedAt[$1.key] ?? 0, $1.key) })
            else { return nil }
            let folder = InstalledRecord.folderName(key.version, installed.digest)
            let aside = try AppStoreError.telling { () throws(FileError) in
                try folders.setAside(app: key.app.text, folder: folder)
            }
            index.versions[key] = nil
            index.usedAt[key] = nil
            return (key, aside)
        }
    }

    /// Removes a version that was set aside, and the contents that no other one has.
    private func remove(_ aside: String) throws(FileError) {
        let files = folders.record(in: aside)?.files ?? []
        try folders.staging.removeTree(aside)
        release(files)
    }

    /// Removes the contents among these that no version has; what cannot be removed now goes at the next opening.
    func release(_ files: [ArchivedFile]) {
        var freed: UInt64 = 0
        for file in files { freed += (try? folders.objects.release(file)) ?? 0 }
        if freed > 0 { index.withLock { $0.bytes -= min(freed, $0.bytes) } }
    }
}
