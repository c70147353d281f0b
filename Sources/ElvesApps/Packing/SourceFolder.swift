import Glibc

/// A file to be packed.
struct SourceFile {
    /// Its path in the archive.
    let name: String
    /// Its path below the source folder.
    let path: [String]
    let isExecutable: Bool
    let size: UInt64
}

/// The files of a folder that go into an archive.
///
/// Left out: what is hidden (a name beginning with a dot), `__pycache__`, `*.pyc`, and the folder `tests` at the top.
/// Refused: symbolic links and special files that are not left out, and names that archives cannot carry.
struct SourceFolder: ~Copyable {
    private let root: Descriptor
    private let prefix: String

    /// - Parameters:
    ///   - path: The folder.
    ///   - prefix: Where its files go in the archive; empty or ending with `/`.
    init(_ path: String, prefix: String = "") throws(PackError) {
        root = try PackError.telling { () throws(FileError) in try Descriptor.folder(path) }
        self.prefix = prefix
    }

    /// Sorted by the bytes of the paths.
    func files() throws(PackError) -> [SourceFile] {
        var result: [SourceFile] = []
        try collect(root, below: [], into: &result)
        return result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Whether the top of the folder has an entry of this name, of any kind.
    func has(_ name: String) throws(PackError) -> Bool {
        do { return try root.entries().contains { $0.name.lowercased() == name } } catch { throw .file(error) }
    }

    /// Opens a file without following links in any component.
    func open(_ path: [String]) throws(PackError) -> Descriptor {
        do {
            var folder = try root.folder(".")
            for component in path.dropLast() { folder = try folder.folder(component) }
            return try folder.file(path.last ?? "")
        } catch { throw .file(error) }
    }

    private func collect(
        _ folder: borrowing Descriptor, below path: [String], into result: inout [SourceFile]
    ) throws(PackError) {
        let entries = try PackError.telling { () throws(FileError) in try folder.entries() }
        for entry in entries where !isLeftOut(entry, isTop: path.isEmpty) {
            let below = path + [entry.name]
            let shown = below.joined(separator: "/")
            let name = prefix + shown
            switch entry.kind {
            case .link: throw .link(path: name)
            case .special: throw .special(path: name)
            case .folder:
                do { _ = try EntryName(Array(name.utf8)) } catch { throw .name(path: name, error) }
                let inner = try PackError.telling { () throws(FileError) in try folder.folder(entry.name) }
                try collect(inner, below: below, into: &result)
            case .file:
                let bytes = Array((prefix + path.map { $0 + "/" }.joined()).utf8) + entry.nameBytes
                do { _ = try EntryName(bytes) } catch { throw .name(path: name, error) }
                result.append(
                    SourceFile(
                        name: name, path: below, isExecutable: entry.mode & 0o100 != 0, size: entry.size))
            }
        }
    }

    private func isLeftOut(_ entry: FolderEntry, isTop: Bool) -> Bool {
        let name = entry.name
        return name.hasPrefix(".") || name == "__pycache__" || name.hasSuffix(".pyc")
            || (isTop && name == "tests" && entry.kind == .folder)
    }
}
