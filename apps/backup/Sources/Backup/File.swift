package import Glibc

/// An open file or folder, closed with the value.
package struct File: ~Copyable {
    package let descriptor: Int32
    /// For messages.
    package let path: String

    private init(_ descriptor: Int32, _ step: String, _ path: String) throws(FileFailure) {
        guard descriptor >= 0 else { throw FileFailure(step, path) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// Opens a folder; a link as its last part is not followed.
    package init(folder path: String) throws(FileFailure) {
        try self.init(Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "open the folder", path)
    }

    /// Opens what lies in this folder, following no link. A pipe or a device is not waited for.
    package func open(_ name: String, isFolder: Bool = false) throws(FileFailure) -> File {
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (isFolder ? O_DIRECTORY : 0)
        return try File(openat(descriptor, name, flags), "open", "\(path)/\(name)")
    }

    /// Opens a file some folders below this one, following no link on the way.
    package func open(below relative: String) throws(FileFailure) -> File {
        let parts = relative.split(separator: "/").map(String.init)
        guard let name = parts.last else { throw FileFailure("open", path, code: ENOENT) }
        var folder = try open(".", isFolder: true)
        for part in parts.dropLast() { folder = try folder.open(part, isFolder: true) }
        return try folder.open(name)
    }

    /// Makes a file that must not be there yet, for its owner alone.
    package func create(_ name: String) throws(FileFailure) -> File {
        try File(
            openat(descriptor, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600), "create",
            "\(path)/\(name)")
    }

    package func info() throws(FileFailure) -> stat {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw FileFailure("look at", path) }
        return info
    }

    /// What lies in this folder under a name, a link itself and not what it leads to; nil when there is nothing.
    package func info(of name: String) throws(FileFailure) -> stat? {
        var info = stat()
        guard fstatat(descriptor, name, &info, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw FileFailure("look at", "\(path)/\(name)")
        }
        return info
    }

    /// What a link in this folder holds.
    package func link(_ name: String) throws(FileFailure) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(descriptor, name, &buffer, buffer.count)
        guard count >= 0 else { throw FileFailure("read the link", "\(path)/\(name)") }
        guard let text = String(validating: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) else {
            throw FileFailure("read the link", "\(path)/\(name)", code: EILSEQ)
        }
        return text
    }

    /// The names in this folder, sorted by their bytes; those that are not UTF-8 as nil.
    package func names() throws(FileFailure) -> [String?] {
        guard let stream = fdopendir(try duplicate()) else { throw FileFailure("list", path) }
        defer { closedir(stream) }
        var names: [String?] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FileFailure("list", path) }
                break
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { ($0 ?? "").utf8.lexicographicallyPrecedes(($1 ?? "").utf8) }
    }

    private func duplicate() throws(FileFailure) -> Int32 {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw FileFailure("list", path) }
        return copy
    }

    /// Reads up to the buffer's size and returns how much it was; less only at the end of the file.
    package func read(into buffer: inout [UInt8], limit: Int = .max) throws(FileFailure) -> Int {
        let wanted = min(limit, buffer.count)
        var filled = 0
        while filled < wanted {
            let count = buffer.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress?.advanced(by: filled), wanted - filled)
            }
            if count == 0 { break }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw FileFailure("read", path)
            }
        }
        return filled
    }

    package func write(_ bytes: ArraySlice<UInt8>) throws(FileFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw FileFailure("write", path)
            }
        }
    }

    package func sync() throws(FileFailure) {
        guard fsync(descriptor) == 0 else { throw FileFailure("sync", path) }
    }

    package func rename(_ name: String, to other: String) throws(FileFailure) {
        guard renameat(descriptor, name, descriptor, other) == 0 else {
            throw FileFailure("rename to \(other)", "\(path)/\(name)")
        }
    }

    /// Removes a file of this folder; one that is not there is no failure.
    package func remove(_ name: String) throws(FileFailure) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
            throw FileFailure("remove", "\(path)/\(name)")
        }
    }

    /// Takes the lock of this file and returns true, or returns false when another process has it.
    package func lock() -> Bool {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
}

/// A system call that failed.
package struct FileFailure: Error, CustomStringConvertible {
    package let step: String
    package let path: String
    package let code: Int32

    init(_ step: String, _ path: String, code: Int32 = errno) {
        self.step = step
        self.path = path
        self.code = code
    }

    /// The system's words for the reason.
    package var reason: String { String(cString: strerror(code)) }

    package var description: String {
        let advice =
            switch code {
            case EFBIG: "; the sandbox's policy or the limits of the manifest say how large a file may be"
            case ENOENT, EACCES: "; has the operator granted it to the app?"
            case EROFS: "; the operator has to grant it for writing"
            default: ""
            }
        return "cannot \(step) \(path): \(reason)\(advice)"
    }
}
