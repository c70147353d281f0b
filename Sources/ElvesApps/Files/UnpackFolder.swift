import Glibc

/// Writes the files of one archive below a folder of its own, never through a link and never over something there.
///
/// Belongs to one thread; `fill` is its whole life.
final class UnpackFolder {
    private let root: Descriptor
    private var file: OpenFile?
    /// Paths below the root of the folders made, parents first.
    private var folders: [String] = []
    private var known: Set<String> = []

    /// The file being written; a class, since an optional noncopyable member cannot be borrowed through `self`.
    private final class OpenFile {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    private init(_ root: consuming Descriptor) { self.root = root }

    /// Makes the folder, lets `body` write into it and syncs it; whatever fails, the folder is gone afterwards.
    static func fill<Result>(
        _ path: String, _ body: (UnpackFolder) throws(ArchiveError) -> Result
    ) throws(ArchiveError) -> Result {
        guard mkdir(path, 0o755) == 0 else { throw .file(FileError("create folder", path)) }
        do {
            let output = UnpackFolder(try openedRoot(path))
            let result = try body(output)
            try output.syncFolders()
            return result
        } catch {
            removePath(path)
            throw error
        }
    }

    private static func openedRoot(_ path: String) throws(ArchiveError) -> Descriptor {
        do {
            let root = try Descriptor.folder(path)
            try root.setMode(0o755)
            return root
        } catch { throw .file(error) }
    }

    /// Makes the entry's folders and, for a file, the file.
    func begin(_ entry: ZipEntry) throws(ArchiveError) {
        let components = entry.name.components
        let parents = entry.name.isFolder ? components[...] : components.dropLast()
        do {
            let name = String(components.last ?? "")
            let mode: mode_t = entry.isExecutable ? 0o755 : 0o644
            if parents.isEmpty {
                file = OpenFile(try root.newFile(name, mode: mode))
                return
            }
            let parent = try folder(parents)
            if !entry.name.isFolder { file = OpenFile(try parent.newFile(name, mode: mode)) }
        } catch { throw .file(error) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        do { try file?.descriptor.write(bytes) } catch { throw .file(error) }
    }

    /// Syncs and closes the file.
    func finish() throws(ArchiveError) {
        do { try file?.descriptor.sync() } catch { throw .file(error) }
        file = nil
    }

    private func folder(_ components: ArraySlice<Substring>) throws(FileError) -> Descriptor {
        var path = ""
        var current = try root.folder(".")
        for component in components {
            path += (path.isEmpty ? "" : "/") + component
            let isNew = known.insert(path).inserted
            current = isNew ? try current.makeFolder(String(component)) : try current.folder(String(component))
            if isNew { folders.append(path) }
        }
        return current
    }

    /// Children before their parents.
    private func syncFolders() throws(ArchiveError) {
        do {
            for path in folders.reversed() {
                var current = try root.folder(".")
                for component in path.split(separator: "/") { current = try current.folder(String(component)) }
                try current.sync()
            }
            try root.sync()
        } catch { throw .file(error) }
    }
}

/// Removes a file, or a folder with all that is in it, as far as possible. The failure that led here is the one to
/// report.
func removePath(_ path: String) {
    let components = path.split(separator: "/")
    guard let name = components.last else { return }
    let parent = (path.hasPrefix("/") ? "/" : "") + components.dropLast().joined(separator: "/")
    guard let folder = try? Descriptor.folder(parent.isEmpty ? "." : parent) else { return }
    try? folder.removeTree(String(name))
}
