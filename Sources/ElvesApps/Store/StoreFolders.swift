import ElvesModel
import Glibc

/// The folders of a store on the disk and the moves between them; it remembers nothing.
///
///     staging/<unique>/            what is being installed or removed
///     objects/                     each content once, see `ObjectFolder`
///     apps/<name>/<version>-<first 16 digits of the archive's SHA-256>/
///         files/                   what the archive holds: links to objects, read-only
///         installed.json           what was installed
///                                  (the folder's time of change is when the version was last put to use)
///     quarantine/<name>_<version>_<unique>/
///         …                        a version's folder as it was found changed
///         findings.txt             what was found
///     online.json                  which version of each app is online
///     lock                         held while a store is open
struct StoreFolders: ~Copyable {
    static let filesName = "files"

    /// The absolute path of the store.
    let path: String
    let root: Descriptor
    let staging: Descriptor
    let apps: Descriptor
    let objects: ObjectFolder
    let quarantine: Descriptor
    /// Locked until the store is closed.
    private let lock: Descriptor

    /// Opens the folders, making what is not there, and takes the lock: it waits a second at most.
    static func open(_ path: String) throws(AppStoreError) -> StoreFolders {
        let root = try AppStoreError.telling { () throws(FileError) in try Descriptor.folder(made(path)) }
        let lock = try AppStoreError.telling { () throws(FileError) in try Descriptor.lockFile("\(root.path)/lock") }
        guard locked(lock, attempts: 100) else { throw .inUse(root: path) }
        let staging = try AppStoreError.telling { () throws(FileError) in try root.makeFolder("staging") }
        let apps = try AppStoreError.telling { () throws(FileError) in try root.makeFolder("apps") }
        let objects = try AppStoreError.telling { () throws(FileError) in try root.makeFolder(ObjectFolder.name) }
        let quarantine = try AppStoreError.telling { () throws(FileError) in try root.makeFolder("quarantine") }
        try AppStoreError.telling { () throws(FileError) in try root.sync() }
        return StoreFolders(
            root: root, staging: staging, apps: apps, objects: ObjectFolder(objects), quarantine: quarantine, lock: lock)
    }

    /// Whether the lock was free within `attempts`, 10 ms apart. A child that this process is just starting
    /// holds a copy of every descriptor until it becomes its program: a store closed in that moment looks in use.
    private static func locked(_ lock: borrowing Descriptor, attempts: Int) -> Bool {
        for attempt in 1...attempts {
            if flock(lock.raw, LOCK_EX | LOCK_NB) == 0 { return true }
            if attempt < attempts { usleep(10_000) }
        }
        return false
    }

    private init(
        root: consuming Descriptor, staging: consuming Descriptor, apps: consuming Descriptor,
        objects: consuming ObjectFolder, quarantine: consuming Descriptor, lock: consuming Descriptor
    ) {
        path = root.path
        self.root = root
        self.staging = staging
        self.apps = apps
        self.objects = objects
        self.quarantine = quarantine
        self.lock = lock
    }

    /// Makes the folder if it is not there; its absolute path without links.
    private static func made(_ root: String) throws(FileError) -> String {
        if mkdir(root, 0o755) != 0, errno != EEXIST { throw FileError("create folder", root) }
        guard let absolute = realpath(root, nil) else { throw FileError("find", root) }
        defer { free(absolute) }
        return String(cString: absolute)
    }

    /// The version in the folder `apps/<app>/<name>`, if it is whole: the record, the manifest, and each file of the
    /// record with its size. The contents are not read.
    ///
    /// - Throws: `FileError` where the disk or the process is at fault, not the version: nobody may conclude then that
    ///   it is not whole.
    func version(app: String, folder name: String) throws(FileError) -> VersionState {
        do {
            let record: InstalledRecord
            switch try self.record(app: app, folder: name) {
            case .success(let found): record = found
            case .failure(let why): return .incomplete(reason: why.reason)
            }
            let files = try apps.folder(app).folder(name).folder(Self.filesName)
            for file in record.files {
                let found = try files.file(below: file.path).size()
                guard found == file.size else {
                    return .incomplete(reason: "\"\(printable(file.path))\" has \(found) bytes instead of \(file.size)")
                }
            }
            let manifestFile = try files.file(Manifest.fileName)
            let manifest = try Manifest(yaml: manifestFile.read(at: 0, count: Manifest.byteLimit + 1))
            guard manifest.name == record.name, manifest.version == record.version else {
                return .incomplete(reason: "app.yaml is that of \(manifest.name) \(manifest.version)")
            }
            let app = InstalledApp(
                manifest: manifest, folder: "\(path)/apps/\(app)/\(name)/\(Self.filesName)", digest: record.digest)
            return .whole(app, record)
        } catch let error as FileError {
            guard error.isOfTheFile else { throw error }
            return .incomplete(reason: "\(error)")
        } catch {
            return .incomplete(reason: "\(error)")
        }
    }

    /// The record of the version in the folder `apps/<app>/<name>`, if it is that of this folder.
    ///
    /// - Throws: As `version(app:folder:)`.
    func record(app: String, folder name: String) throws(FileError) -> Result<InstalledRecord, NoRecord> {
        do {
            let file = try apps.folder(app).folder(name).file(InstalledRecord.fileName)
            let bytes = try file.read(at: 0, count: min(Int(file.size()), InstalledRecord.byteLimit))
            guard let record = InstalledRecord(json: bytes), record.name.text == app, record.folderName == name else {
                return .failure(NoRecord(reason: "installed.json is not that of this folder"))
            }
            return .success(record)
        } catch {
            guard error.isOfTheFile else { throw error }
            return .failure(NoRecord(reason: "\(error)"))
        }
    }

    /// Why a folder is no version's.
    struct NoRecord: Error { let reason: String }

    /// What is to be thought of a version's folder.
    enum VersionState {
        case whole(InstalledApp, InstalledRecord)
        case incomplete(reason: String)
    }

    /// Takes a folder out of `apps` in one step.
    ///
    /// - Returns: Its name in `staging`, from where it can be removed at leisure.
    func setAside(app: String, folder name: String) throws(FileError) -> String {
        let aside = uniqueName()
        let appFolder = try apps.folder(app)
        try appFolder.rename(name, to: aside, in: staging)
        try appFolder.sync()
        return aside
    }
}

/// What a path of many components ends in.
func lastComponent(of path: String) -> String { String(path.split(separator: "/").last ?? "") }

extension Descriptor {
    /// Opens a regular file by a path of many components without following links in any.
    func file(below path: String) throws(FileError) -> Descriptor {
        try parent(of: path).file(lastComponent(of: path))
    }

    /// Opens the folder that a path of many components ends in, without following links.
    func parent(of path: String) throws(FileError) -> Descriptor {
        var current = try folder(".")
        for component in path.split(separator: "/").dropLast() { current = try current.folder(String(component)) }
        return current
    }
}
