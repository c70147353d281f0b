import Glibc

/// What a folder holds under one name; links are not followed.
struct FolderEntry {
    enum Kind { case file, folder, link, special }

    /// The name's bytes with a zero at the end, as the system calls take it.
    let rawName: [CChar]
    let kind: Kind
    let mode: mode_t
    let size: UInt64
    /// How many names the file has.
    let links: UInt64
    /// When it was changed last, in nanoseconds since 1970.
    let changedAt: Int64

    /// The name; bytes that are not UTF-8 come out as U+FFFD.
    var name: String { String(decoding: nameBytes, as: UTF8.self) }
    var nameBytes: [UInt8] { rawName.dropLast().map { UInt8(bitPattern: $0) } }
}

extension Descriptor {
    /// Everything in this folder but `.` and `..`, sorted by the bytes of the names.
    func entries() throws(FileError) -> [FolderEntry] {
        var result: [FolderEntry] = []
        for name in try rawNames() {
            var found = stat()
            guard fstatat(raw, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw FileError("inspect an entry of", path)
            }
            let kind: FolderEntry.Kind =
                switch found.st_mode & S_IFMT {
                case S_IFREG: .file
                case S_IFDIR: .folder
                case S_IFLNK: .link
                default: .special
                }
            result.append(
                FolderEntry(
                    rawName: name, kind: kind, mode: found.st_mode, size: UInt64(found.st_size), links: UInt64(found.st_nlink),
                    changedAt: Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec)))
        }
        return result.sorted { $0.nameBytes.lexicographicallyPrecedes($1.nameBytes) }
    }

    private func rawNames() throws(FileError) -> [[CChar]] {
        // The stream takes over a descriptor of its own; `.` instead of a duplicate gives it its own position.
        let copy = openat(raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            let code = errno
            if copy >= 0 { close(copy) }
            throw FileError("list", path, code: code)
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            if name != [0x2E, 0], name != [0x2E, 0x2E, 0] { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw FileError("list", path) }
        return names
    }

    /// Removes what has this name, a folder with all that is in it. What is not there is removed already.
    func removeTree(_ name: [CChar]) throws(FileError) {
        if unlinkat(raw, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw FileError("remove an entry of", path) }
        let text = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let below = openat(raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let folder = try Descriptor(adopting: below, step: "open folder", path: "\(path)/\(text)")
        for entry in try folder.rawNames() { try folder.removeTree(entry) }
        guard unlinkat(raw, name, AT_REMOVEDIR) == 0 else { throw FileError("remove", "\(path)/\(text)") }
    }

    func removeTree(_ name: String) throws(FileError) {
        try removeTree(name.utf8CString.map { $0 })
    }
}
