package import ElvesModel
import Synchronization

extension AppStore {
    /// Installs an archive beside the versions that are there; none of them changes, nor what is online.
    ///
    /// Works on a copy of its own, so that nobody can change the archive between check and use. Installing what is
    /// there already returns it.
    ///
    /// - Parameters:
    ///   - archive: The path of the archive.
    ///   - app: The app it must hold.
    ///   - version: The version it must hold.
    ///   - expected: Digest and size that were announced; what is nil is not compared.
    /// - Throws: `AppStoreError`; nothing of the archive is left in the store then.
    package func install(
        archive: String, app: AppName, version: AppVersion, expected: ExpectedArchive = ExpectedArchive()
    ) throws(AppStoreError) -> InstalledApp {
        let key = AppKey(app: app, version: version)
        if let there = installed(app, version: version), let digest = expected.digest {
            return try same(there, digest)
        }
        let aside = uniqueName()
        var shared: [ArchivedFile] = []
        defer {
            // What cannot be removed now goes at the next opening. Of a version that came about nothing is released.
            try? folders.staging.removeTree(aside)
            release(shared)
        }
        let checked = try unpack(archive, key, expected, into: aside, shared: &shared)
        let result = try index.withLock { (index) throws(AppStoreError) in
            if let there = load(key, in: &index) { return try same(there, checked.digest) }
            let installed = try publish(checked, from: aside)
            index.versions[key] = KnownVersion(digest: installed.digest, app: installed)
            use(key, in: &index)
            return installed
        }
        reached(.published)
        return result
    }

    private func same(_ there: InstalledApp, _ digest: Digest) throws(AppStoreError) -> InstalledApp {
        guard there.digest == digest else {
            throw .versionTaken(app: there.key.app, version: there.key.version, installed: there.digest)
        }
        return there
    }

    /// Makes `staging/<aside>/version` with everything a version's folder has, synced.
    private func unpack(
        _ archive: String, _ key: AppKey, _ expected: ExpectedArchive, into aside: String, shared: inout [ArchivedFile]
    ) throws(AppStoreError) -> CheckedArchive {
        let folder = try AppStoreError.telling { () throws(FileError) in try folders.staging.makeFolder(aside) }
        let found = try AppStoreError.telling { () throws(FileError) in try copy(archive, into: folder) }
        let name = ArchiveName(app: key.app, version: key.version).description
        let wanted = ExpectedArchive(digest: expected.digest ?? found.digest, size: expected.size ?? found.size)
        do {
            let version = try folder.makeFolder("version")
            try compare(found, with: expected)
            reached(.copied)
            let checked = try intake.unpack(
                archive: "\(folder.path)/archive", name: name, expected: wanted,
                into: "\(version.path)/\(StoreFolders.filesName)")
            reached(.unpacked)
            shared = checked.files
            try share(checked.files, in: version.folder(StoreFolders.filesName))
            reached(.shared)
            let record = try version.newFile(InstalledRecord.fileName, mode: 0o644)
            try record.write(InstalledRecord(checked).json())
            try record.sync()
            try version.sync()
            reached(.recorded)
            return checked
        } catch let error as ArchiveError {
            throw .archive(error)
        } catch let error as FileError {
            throw .file(error)
        } catch let error as AppStoreError {
            throw error
        } catch {
            throw .archive(.notPlainZip(reason: "\(error)"))
        }
    }

    /// Before anything reads it.
    private func compare(_ found: ExpectedArchive, with expected: ExpectedArchive) throws(ArchiveError) {
        if let size = found.size, let wanted = expected.size, size != wanted { throw .wrongSize(bytes: size, expected: wanted) }
        if let digest = found.digest, let wanted = expected.digest, digest != wanted {
            throw .wrongDigest(digest, expected: wanted)
        }
    }

    /// Compares each file with what its reader said of it, and keeps each content once.
    private func share(_ files: [ArchivedFile], in folder: borrowing Descriptor) throws(AppStoreError) {
        do throws(SharingError) {
            for file in files {
                let bytes = try folders.objects.share(file, in: folder)
                index.withLock { $0.bytes += bytes }
            }
        } catch {
            switch error {
            case .differs(let path): throw .archive(.notChecked(reason: "\"\(printable(path))\" is not what its reader said"))
            case .file(let error): throw .file(error)
            }
        }
        let strangers = try AppStoreError.telling { () throws(FileError) in
            try VersionCheck.strangers(in: folder, beside: files)
        }
        guard let stranger = strangers.first else { return }
        throw .archive(.notChecked(reason: "its reader also wrote \"\(printable(stranger))\""))
    }

    /// Copies no more than an archive may have; a longer file is refused for its size later.
    private func copy(_ archive: String, into folder: borrowing Descriptor) throws(FileError) -> ExpectedArchive {
        let source = try Descriptor.file(archive)
        let copy = try folder.newFile("archive", mode: 0o600)
        let (digest, size) = try source.copy(to: copy, limit: ArchiveLimits.standard.archiveBytes + 1)
        return ExpectedArchive(digest: digest, size: size)
    }

    /// Moves the folder to its place; after that it is installed.
    private func publish(_ checked: CheckedArchive, from aside: String) throws(AppStoreError) -> InstalledApp {
        let app = checked.manifest.name.text
        let name = InstalledRecord(checked).folderName
        do {
            let appFolder = try folders.apps.makeFolder(app)
            try folders.apps.sync()
            try folders.staging.folder(aside).rename("version", to: name, in: appFolder)
        } catch { throw .file(error) }
        return InstalledApp(
            manifest: checked.manifest, folder: "\(folders.path)/apps/\(app)/\(name)/\(StoreFolders.filesName)",
            digest: checked.digest)
    }
}
