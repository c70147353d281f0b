package import ElvesModel

/// Makes the archive of an app out of its folder.
///
/// Reproducible: the same files give the same bytes, wherever and whenever they are packed (`ArchiveWriter` says how
/// far). What is left out and refused is said at `SourceFolder`.
package struct AppPacker: Sendable {
    /// There is nothing to set: an option would be a second archive for the same folder.
    package init() {}

    /// Packs `folder` as `{app}_{version}.zip` and checks the archive as `ArchiveIntake` will.
    ///
    /// `app.yaml` comes first, the other files follow in the order of their names.
    ///
    /// - Parameters:
    ///   - folder: The app's folder.
    ///   - version: What stands in the archive's manifest in the place of the folder's version; nil leaves that.
    ///   - sdk: What the archive carries of an SDK for the manifest's language; nil for nothing.
    ///   - destination: The folder the archive goes to. One of the same name is replaced, in one step.
    /// - Returns: The archive's path and what it holds.
    /// - Throws: `PackError`; the destination is as it was then.
    package func pack(
        folder: String, into destination: String, version: AppVersion? = nil, sdk: (Manifest) -> PackedSDK? = { _ in nil }
    ) throws(PackError) -> PackedApp {
        let source = try SourceFolder(folder)
        guard try !source.has(Manifest.reservedFolder) else {
            throw .reservedFolder(path: "\(folder)/\(Manifest.reservedFolder)")
        }
        var files = try source.files()
        guard let first = files.firstIndex(where: { $0.name == Manifest.fileName }) else {
            throw .manifestMissing(folder: folder)
        }
        files.insert(files.remove(at: first), at: 0)
        let text = try ManifestText(of: source.open([Manifest.fileName]), version: version)
        let manifest = text.manifest
        guard files.contains(where: { $0.name == manifest.entry }) else { throw .entryFileMissing(manifest.entry) }
        let output = try PackError.telling { () throws(FileError) in try Descriptor.folder(destination) }
        let temporary = ".\(manifest.archiveName).\(uniqueName())"
        do throws(PackError) {
            let checked = try write(files, of: source, sdk: sdk(manifest), text, to: temporary, in: output)
            try PackError.telling { () throws(FileError) in
                try output.rename(temporary, to: manifest.archiveName)
            }
            return PackedApp(path: "\(destination)/\(manifest.archiveName)", contents: checked)
        } catch {
            try? output.removeTree(temporary)
            throw error
        }
    }

    private func write(
        _ files: [SourceFile], of source: borrowing SourceFolder, sdk: PackedSDK?, _ text: ManifestText,
        to name: String, in output: borrowing Descriptor
    ) throws(PackError) -> CheckedArchive {
        let archive = try PackError.telling { () throws(FileError) in try output.newFile(name, mode: 0o644) }
        try withUTF8Locale { () throws(PackError) in
            let writer = try ArchiveWriter(to: archive)
            try writer.add(Manifest.fileName, text.bytes)
            for file in files where file.name != Manifest.fileName { try writer.add(file, from: source.open(file.path)) }
            if let sdk {
                let folder = try SourceFolder(sdk.folder, prefix: "\(Manifest.reservedFolder)/\(sdk.name)/")
                for file in try folder.files() { try writer.add(file, from: folder.open(file.path)) }
            }
            try writer.close()
        }
        try PackError.telling { () throws(FileError) in try archive.sync() }
        do {
            return try ArchiveIntake().check(archive: archive.path, name: text.manifest.archiveName)
        } catch { throw .archive(error) }
    }
}

/// What archives of a language carry of its SDK, packed as `.elves/<name>/…`.
package struct PackedSDK: Sendable, Equatable {
    package let name: String
    /// The folder of its sources.
    package let folder: String

    package init(name: String, folder: String) {
        self.name = name
        self.folder = folder
    }
}

/// An archive that was made.
package struct PackedApp: Sendable, Equatable {
    /// `{destination}/{app}_{version}.zip`.
    package let path: String
    /// What `ArchiveIntake` found in it.
    package let contents: CheckedArchive

    package init(path: String, contents: CheckedArchive) {
        self.path = path
        self.contents = contents
    }
}
