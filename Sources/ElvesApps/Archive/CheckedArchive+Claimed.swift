package import ElvesModel

extension CheckedArchive {
    /// What another process claims to have found in an archive, believed only as far as it can be.
    ///
    /// That process has read bytes of strangers: it may be theirs by now. The names must be safe and different, the manifest is
    /// read again here. Contents are not looked at; whoever takes the files over compares them with their digests.
    ///
    /// - Parameters:
    ///   - files: As that process tells them.
    ///   - manifest: The bytes of `app.yaml`, as that process tells them.
    ///   - identity: Of the archive, found by this process.
    ///   - name: The name that the archive was sent under.
    /// - Throws: `ArchiveError`, for whatever no honest reader of archives claims.
    package init(
        claimed files: [ArchivedFile], manifest: [UInt8], identity: (digest: Digest, size: UInt64), name: String,
        limits: ArchiveLimits = .standard
    ) throws(ArchiveError) {
        guard files.count <= limits.entries else { throw .tooManyEntries(files.count, limit: limits.entries) }
        var names = EntryNames()
        var total: UInt64 = 0
        for file in files {
            let entry: EntryName
            do { entry = try EntryName(Array(file.path.utf8), limits: limits) } catch { throw .entry(file.path, .name(error)) }
            guard !entry.isFolder else { throw .entry(file.path, .special(type: 0o40000)) }
            try names.insert(entry)
            guard file.size <= limits.fileBytes else {
                throw .entry(file.path, .tooLarge(bytes: file.size, limit: limits.fileBytes))
            }
            total += file.size
        }
        guard total <= limits.totalBytes else { throw .unpackedTooLarge(limit: limits.totalBytes) }
        guard files.contains(where: { $0.path == Manifest.fileName }) else { throw .manifestMissing }
        self.init(
            manifest: try ArchiveIntake.manifest(manifest, named: ArchiveName(name), files: files), manifestBytes: manifest,
            digest: identity.digest, size: identity.size, files: files)
    }

    /// The digest and the size of an archive, after its size was compared with the limit and both with what was announced.
    /// Nothing of it is understood for that.
    package static func identity(
        of path: String, expected: ExpectedArchive, limits: ArchiveLimits = .standard
    ) throws(ArchiveError) -> (digest: Digest, size: UInt64) {
        let file = try ArchiveError.telling { () throws(FileError) in try Descriptor.file(path) }
        return try ArchiveIntake(limits: limits).identity(of: file, expected: expected)
    }
}
