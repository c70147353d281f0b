import ElvesModel

/// Takes archives in, in this process: the same checks where an app is published and where it is installed.
///
/// First the announced size and digest, then the structure of the whole file, then every byte of every entry, then the
/// manifest. The archive must not be changed by others meanwhile: `AppStore` works on a copy of its own.
package struct ArchiveIntake: Intake {
    /// What is larger is refused.
    package var limits: ArchiveLimits

    /// - Parameter limits: What is larger is refused.
    package init(limits: ArchiveLimits = .standard) { self.limits = limits }

    /// Checks an archive without writing anything.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: The name it was sent under, `{app}_{version}.zip`; the manifest must say the same.
    ///   - expected: What was announced of it.
    /// - Throws: `ArchiveError` naming entry and rule.
    package func check(
        archive path: String, name: String, expected: ExpectedArchive = ExpectedArchive()
    ) throws(ArchiveError) -> CheckedArchive {
        try take(opened(path), name, expected, into: nil)
    }

    /// Checks an archive and writes its files below `folder`, each synced to the disk as are the folders.
    ///
    /// Files get mode 0644 or 0755, folders 0755.
    ///
    /// - Parameter folder: A path that does not exist yet, in a folder that does. Its parent is not synced.
    /// - Throws: `ArchiveError` naming entry and rule; `folder` is gone then.
    package func unpack(
        archive path: String, name: String, expected: ExpectedArchive = ExpectedArchive(), into folder: String
    ) throws(ArchiveError) -> CheckedArchive {
        try take(opened(path), name, expected, into: folder)
    }

    /// Checks the archive that is open at a descriptor, and writes its files below `folder` if one is given.
    ///
    /// - Parameter descriptor: Open for reading; its position moves. The caller keeps it.
    package func take(descriptor: Int32, name: String, into folder: String?) throws(ArchiveError) -> CheckedArchive {
        let file = try ArchiveError.telling { () throws(FileError) in try Descriptor.file(sharing: descriptor) }
        return try take(file, name, ExpectedArchive(), into: folder)
    }

    private func opened(_ path: String) throws(ArchiveError) -> Descriptor {
        try ArchiveError.telling { () throws(FileError) in try Descriptor.file(path) }
    }

    private func take(
        _ file: consuming Descriptor, _ name: String, _ expected: ExpectedArchive, into folder: String?
    ) throws(ArchiveError) -> CheckedArchive {
        let archiveName = try ArchiveName(name)
        let file = file
        let (digest, size) = try identity(of: file, expected: expected)
        let entries = try ZipStructure(limits: limits).entries(of: file)
        guard entries.contains(where: { $0.name.text == Manifest.fileName && !$0.name.isFolder }) else {
            throw .manifestMissing
        }
        let content = try withUTF8Locale { () throws(ArchiveError) in
            if let folder {
                try UnpackFolder.fill(folder) { (output) throws(ArchiveError) in
                    try read(entries, of: file, named: archiveName, into: output)
                }
            } else {
                try read(entries, of: file, named: archiveName, into: nil)
            }
        }
        return CheckedArchive(
            manifest: content.manifest, manifestBytes: content.manifestBytes, digest: digest, size: size,
            files: content.files)
    }

    func identity(
        of file: borrowing Descriptor, expected: ExpectedArchive
    ) throws(ArchiveError) -> (digest: Digest, size: UInt64) {
        let size = try ArchiveError.telling { () throws(FileError) in try file.size() }
        if let expected = expected.size, expected != size { throw .wrongSize(bytes: size, expected: expected) }
        guard size <= limits.archiveBytes else { throw .tooLarge(bytes: size, limit: limits.archiveBytes) }
        let found = try ArchiveError.telling { () throws(FileError) in try file.digest() }
        if let expected = expected.digest, expected != found.digest {
            throw .wrongDigest(found.digest, expected: expected)
        }
        return found
    }

    /// Reads every entry to its end, writing it where there is an output, and then judges the manifest.
    private func read(
        _ entries: [ZipEntry], of file: borrowing Descriptor, named name: ArchiveName, into output: UnpackFolder?
    ) throws(ArchiveError) -> (manifest: Manifest, manifestBytes: [UInt8], files: [ArchivedFile]) {
        let content = try ArchiveContent(of: file)
        var files: [ArchivedFile] = []
        var manifestBytes: [UInt8] = []
        for entry in entries {
            let isManifest = entry.name.text == Manifest.fileName
            if isManifest, entry.uncompressed > UInt64(Manifest.byteLimit) {
                throw .manifest(.tooLarge(bytes: Int(entry.uncompressed), limit: Manifest.byteLimit))
            }
            try output?.begin(entry)
            let digest = try content.read(entry) { (block) throws(ArchiveError) in
                if isManifest { manifestBytes += block }
                try output?.write(block)
            }
            try output?.finish()
            guard !entry.name.isFolder else { continue }
            files.append(
                ArchivedFile(
                    path: entry.name.text, size: entry.uncompressed, isExecutable: entry.isExecutable,
                    digest: digest))
        }
        try content.end()
        return (try Self.manifest(manifestBytes, named: name, files: files), manifestBytes, files)
    }

    /// The manifest, which must fit the name and the files of its archive.
    static func manifest(
        _ bytes: [UInt8], named name: ArchiveName, files: [ArchivedFile]
    ) throws(ArchiveError) -> Manifest {
        let manifest: Manifest
        do { manifest = try Manifest(yaml: bytes) } catch { throw .manifest(error) }
        guard manifest.name == name.app, manifest.version == name.version else {
            throw .wrongName("\(name)", expected: manifest.archiveName)
        }
        guard files.contains(where: { $0.path == manifest.entry }) else {
            throw .entryFileMissing(manifest.entry)
        }
        return manifest
    }
}
