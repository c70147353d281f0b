package import ElvesModel
import Synchronization

extension AppStore {
    /// Reads every file of an installed version again and compares it with what was installed.
    ///
    /// - Returns: What differs, one line each: changed, missing or added files; empty when all is as it was.
    /// - Throws: `AppStoreError.notInstalled`, or `.file` where the disk could not be read.
    package func verify(_ app: AppName, version: AppVersion) throws(AppStoreError) -> [String] {
        let key = AppKey(app: app, version: version)
        guard let digest = digest(of: key) else { throw .notInstalled(app: app, version: version) }
        let name = InstalledRecord.folderName(version, digest)
        do throws(FileError) {
            let findings =
                switch try folders.record(app: app.text, folder: name) {
                case .failure(let why): [why.reason]
                case .success(let record): try folders.differences(from: record, in: name)
                }
            // It may have been removed while it was looked at.
            return self.digest(of: key) == nil ? [] : findings
        } catch { throw .file(error) }
    }

    /// Takes a version that was found changed out of the store; it can be installed again.
    ///
    /// Its app is offline if the version was online. Its folder is kept for the operator, with the findings in it; of such folders
    /// the last few stay.
    ///
    /// - Returns: The path of the folder.
    /// - Throws: `AppStoreError.notInstalled` or `.file`; the app is offline even then.
    @discardableResult
    package func quarantine(_ key: AppKey, findings: [String]) throws(AppStoreError) -> String {
        try index.withLock { (index) throws(AppStoreError) in
            guard let installed = index.versions.removeValue(forKey: key) else {
                throw .notInstalled(app: key.app, version: key.version)
            }
            index.usedAt[key] = nil
            if index.online.apps[key.app]?.version == key.version {
                var online = index.online
                online.apps[key.app] = nil
                try save(online, in: &index)
            }
            do throws(FileError) {
                return try folders.quarantine(
                    key, folder: InstalledRecord.folderName(key.version, installed.digest), findings: findings)
            } catch { throw .file(error) }
        }
    }
}

extension StoreFolders {
    /// What `VersionCheck` finds in a version's folder.
    borrowing func differences(from record: InstalledRecord, in name: String) throws(FileError) -> [String] {
        let version = try apps.folder(record.name.text).folder(name)
        do {
            return try VersionCheck.differences(record, in: version.folder(Self.filesName))
        } catch {
            guard error.isOfTheFile else { throw error }
            return ["the folder of its files is not there"]
        }
    }

    /// How many versions are kept for the operator: a disk that fails must not fill itself.
    private static let quarantineLimit = 8

    /// The record of a version that was set aside.
    borrowing func record(in aside: String) -> InstalledRecord? {
        guard let file = try? staging.folder(aside).file(InstalledRecord.fileName),
            let bytes = try? file.read(at: 0, count: InstalledRecord.byteLimit)
        else { return nil }
        return InstalledRecord(json: bytes)
    }

    /// Moves a version's folder to `quarantine`, and forgets contents that are no longer what they should be.
    borrowing func quarantine(_ key: AppKey, folder name: String, findings: [String]) throws(FileError) -> String {
        let place = "\(key.app)_\(key.version)_\(uniqueName())"
        let appFolder = try apps.folder(key.app.text)
        try appFolder.rename(name, to: place, in: quarantine)
        try appFolder.sync()
        let folder = try quarantine.folder(place)
        let note = try folder.newFile("findings.txt", mode: 0o444)
        try note.write(Array(findings.map { $0 + "\n" }.joined().utf8))
        if let file = try? folder.file(InstalledRecord.fileName),
            let bytes = try? file.read(at: 0, count: InstalledRecord.byteLimit),
            let record = InstalledRecord(json: bytes)
        {
            for file in record.files { try objects.dropIfDamaged(file) }
        }
        let kept = try quarantine.entries().sorted { $0.changedAt < $1.changedAt }
        for old in kept.dropLast(Self.quarantineLimit) { try quarantine.removeTree(old.rawName) }
        return folder.path
    }
}
