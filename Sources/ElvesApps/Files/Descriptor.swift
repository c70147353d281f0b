import Glibc

/// An open file or folder, closed when it goes out of scope. Links are never followed below an open folder.
struct Descriptor: ~Copyable {
    let raw: Int32
    /// For messages only.
    let path: String

    deinit { close(raw) }

    /// Takes over what a system call returned; a negative number is its failure, with the reason in `errno`.
    init(adopting raw: Int32, step: String, path: String) throws(FileError) {
        guard raw >= 0 else { throw FileError(step, path) }
        self.raw = raw
        self.path = path
    }

    /// Opens a folder by a path whose earlier components may be links.
    static func folder(_ path: String) throws(FileError) -> Descriptor {
        try Descriptor(adopting: open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), step: "open folder", path: path)
    }

    /// Opens a regular file for reading. Anything else is refused without waiting, as on a pipe.
    static func file(_ path: String) throws(FileError) -> Descriptor {
        try regular(
            Descriptor(adopting: open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), step: "open", path: path))
    }

    /// A regular file that is open already; both numbers share one position.
    static func file(sharing descriptor: Int32) throws(FileError) -> Descriptor {
        let name = "descriptor \(descriptor)"
        return try regular(
            Descriptor(adopting: fcntl(descriptor, F_DUPFD_CLOEXEC, 3), step: "share", path: name))
    }

    /// Opens or makes a file for locking; its content does not matter.
    static func lockFile(_ path: String) throws(FileError) -> Descriptor {
        try Descriptor(
            adopting: open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644), step: "open", path: path)
    }

    private static func regular(_ file: consuming Descriptor) throws(FileError) -> Descriptor {
        guard try file.status().st_mode & S_IFMT == S_IFREG else {
            throw FileError("read as a regular file", file.path, code: EINVAL)
        }
        return file
    }

    func folder(_ name: String) throws(FileError) -> Descriptor {
        try Descriptor(
            adopting: openat(raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), step: "open folder",
            path: "\(path)/\(name)")
    }

    func file(_ name: String) throws(FileError) -> Descriptor {
        try Self.regular(
            Descriptor(
                adopting: openat(raw, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC), step: "open",
                path: "\(path)/\(name)"))
    }

    /// A new file; one that is there already is refused. The mode is exact, whatever the process's mask.
    func newFile(_ name: String, mode: mode_t) throws(FileError) -> Descriptor {
        let file = try Descriptor(
            adopting: openat(raw, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode), step: "create",
            path: "\(path)/\(name)")
        try file.setMode(mode)
        return file
    }

    /// A new folder of mode 0755; one that is there already is opened.
    func makeFolder(_ name: String) throws(FileError) -> Descriptor {
        guard mkdirat(raw, name, 0o755) == 0 else {
            guard errno == EEXIST else { throw FileError("create folder", "\(path)/\(name)") }
            return try folder(name)
        }
        let made = try folder(name)
        try made.setMode(0o755)
        return made
    }

    func setMode(_ mode: mode_t) throws(FileError) {
        guard fchmod(raw, mode) == 0 else { throw FileError("set the mode of", path) }
    }

    func status() throws(FileError) -> stat {
        var result = stat()
        guard fstat(raw, &result) == 0 else { throw FileError("inspect", path) }
        return result
    }

    /// The size in bytes.
    func size() throws(FileError) -> UInt64 { UInt64(try status().st_size) }

    /// Waits until file or folder is on the disk.
    func sync() throws(FileError) {
        guard fsync(raw) == 0 else { throw FileError("sync", path) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(raw, rest.baseAddress, rest.count)
            if count < 0 {
                guard errno == EINTR else { throw FileError("write", path) }
                continue
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(FileError) in try write(buffer) }
    }

    /// Up to `count` bytes at `offset`; fewer only at the end of the file.
    func read(at offset: UInt64, count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled..<count])
                let got = pread(raw, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = FileError("read", path)
                }
                guard got > 0 else { break }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
