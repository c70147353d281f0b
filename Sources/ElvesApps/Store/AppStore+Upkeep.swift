package import ElvesModel
import Synchronization

extension AppStore {
    /// Removes the versions that are neither online nor in use.
    ///
    /// - Parameter inUse: Versions with calls that still run.
    /// - Returns: What was removed, by name and from the oldest version to the newest.
    /// - Throws: `AppStoreError.file` at the first version that cannot be taken away; it stays, those before it are
    ///   gone.
    @discardableResult
    package func prune(keeping inUse: Set<AppKey> = []) throws(AppStoreError) -> [AppKey] {
        var aside: [String] = []
        defer {
            // What cannot be removed now is out of the way and goes at the next opening.
            for name in aside { try? folders.staging.removeTree(name) }
        }
        return try index.withLock { (index) throws(AppStoreError) in
            var removed: [AppKey] = []
            for (key, installed) in index.versions.sorted(by: { $0.key < $1.key }) {
                guard !inUse.contains(key), index.online.apps[key.app]?.version != key.version else { continue }
                let folder = InstalledRecord.folderName(key.version, installed.digest)
                aside.append(
                    try AppStoreError.telling { () throws(FileError) in
                        try folders.setAside(app: key.app.text, folder: folder)
                    })
                index.versions[key] = nil
                removed.append(key)
            }
            return removed
        }
    }

    /// Reads every file of an installed version again and compares it with what was installed.
    ///
    /// - Returns: What differs, one line each: changed, missing or added files; empty when all is as it was.
    /// - Throws: `AppStoreError.notInstalled`, or `.file` where a file could not be read.
    package func verify(_ app: AppName, version: AppVersion) throws(AppStoreError) -> [String] {
        guard let installed = installed(app, version: version) else {
            throw .notInstalled(app: app, version: version)
        }
        let name = InstalledRecord.folderName(version, installed.digest)
        do {
            switch try folders.version(app: app.text, folder: name) {
            case .incomplete(let reason): return [reason]
            case .whole(_, let record): return try differences(record, in: name)
            }
        } catch { throw .file(error) }
    }

    private func differences(_ record: InstalledRecord, in name: String) throws(FileError) -> [String] {
        let files = try folders.apps.folder(record.name.text).folder(name).folder(StoreFolders.filesName)
        var result: [String] = []
        for file in record.files {
            let found = try files.file(below: file.path).digest().digest
            if found != file.digest { result.append("\"\(printable(file.path))\" has other content") }
        }
        let known = Set(record.files.map(\.path))
        try visit(files, below: "") { path in
            if !known.contains(path) { result.append("\"\(printable(path))\" was added") }
        }
        return result
    }

    private func visit(_ folder: borrowing Descriptor, below path: String, _ body: (String) -> Void) throws(FileError) {
        for entry in try folder.entries() {
            let name = path + entry.name
            if entry.kind == .folder {
                try visit(folder.folder(entry.name), below: name + "/", body)
            } else {
                body(name)
            }
        }
    }
}
