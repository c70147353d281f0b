import Glibc

/// A folder whose files one process reads and replaces whole: metadata that is trusted, or targets that were checked.
///
/// Held open, so that what happens to its path afterwards does not matter; links in it are never followed. Until `unlock()`, or
/// the end of the value, no other one can be opened on the same folder, in this process or another.
package final class TrustedFolder: Sendable {
    package let path: String
    private let descriptor: Int32

    /// - Parameter isMade: Whether to make the folder if it is not there.
    /// - Throws: `FolderError`, also for a folder that is a link or that everybody may write to.
    package init(_ path: String, isMade: Bool = false) throws(FolderError) {
        self.path = path
        // A slash at the end would have a link followed.
        var bare = path[...]
        while bare.count > 1, bare.hasSuffix("/") { bare = bare.dropLast() }
        if isMade, mkdir(String(bare), 0o700) != 0, errno != EEXIST { throw FolderError(path, reason(errno)) }
        descriptor = open(String(bare), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FolderError(path, errno == ELOOP || errno == ENOTDIR ? "it is a link or no folder" : reason(errno))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw closing(FolderError(path, reason(errno))) }
        guard status.st_mode & S_IWOTH == 0 else {
            throw closing(FolderError(path, "everybody may write to it: take that right away, and look at what lies in it"))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw closing(FolderError(path, "another process works with it"))
        }
    }

    private func closing(_ error: FolderError) -> FolderError {
        close(descriptor)
        return error
    }

    deinit {
        unlock()
        close(descriptor)
    }

    /// Lets others have the folder, at once; nothing may be written here afterwards. The end of the value comes later than the end
    /// of its use where an actor holds it, and a child process that is just being started holds the descriptor as well.
    package func unlock() { flock(descriptor, LOCK_UN) }

    /// A file's bytes; nil if it is not there, is no regular file, or is longer than `limit`.
    package func read(_ name: String, limit: Int64) throws(FolderError) -> [UInt8]? {
        guard let size = try size(of: name), size <= limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        let isWhole = try read(name) { bytes += $0 }
        return isWhole ? bytes : nil
    }

    /// The size of a regular file; nil if there is none.
    package func size(of name: String) throws(FolderError) -> Int64? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw FolderError("\(path)/\(name)", reason(errno))
        }
        return status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
    }

    /// Hands a file to `body` piece by piece.
    ///
    /// - Returns: Whether there is such a file.
    package func read(_ name: String, _ body: ([UInt8]) -> Void) throws(FolderError) -> Bool {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FolderError("\(path)/\(name)", reason(errno)) }
            if count == 0 { return true }
            body(Array(buffer[..<count]))
        }
    }

    /// Replaces a file whole or not at all; it is on the disk when this returns.
    package func write(_ name: String, _ bytes: [UInt8]) throws(FolderError) {
        let file = try begin(name)
        try file.append(bytes)
        try file.commit()
    }

    /// A new file beside `name`, which takes its place with `commit()`.
    package func begin(_ name: String) throws(FolderError) -> PendingFile {
        let path = "\(path)/\(name)"
        guard name.utf8.count <= 255 else {
            throw FolderError(path, "its name is longer than the 255 bytes that a file's may have")
        }
        unlinkat(descriptor, PendingFile.aside, 0)
        let file = openat(
            descriptor, PendingFile.aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw FolderError(path, reason(errno)) }
        return PendingFile(folder: descriptor, file: file, name: name, path: path)
    }
}

/// A file that is being written and has no name yet; unless it is committed, nothing of it stays.
package struct PendingFile: ~Copyable {
    private let folder: Int32
    private let file: Int32
    private let name: String
    private let path: String
    /// One name for all: the folder is this process's alone, and what a killed one left is overwritten.
    fileprivate static let aside = ".elves-part"

    fileprivate init(folder: Int32, file: Int32, name: String, path: String) {
        self.folder = folder
        self.file = file
        self.name = name
        self.path = path
    }

    package func append(_ bytes: [UInt8]) throws(FolderError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw FolderError(path, reason(errno)) }
            rest = rest.dropFirst(max(0, count))
        }
    }

    package consuming func commit() throws(FolderError) {
        guard fsync(file) == 0, renameat(folder, Self.aside, folder, name) == 0, fsync(folder) == 0 else {
            throw FolderError(path, reason(errno))
        }
    }

    deinit {
        close(file)
        // After a commit there is no such name.
        unlinkat(folder, Self.aside, 0)
    }
}

/// A folder or file that cannot be used.
package struct FolderError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String

    init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path) cannot be used: \(reason)" }
}

private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
