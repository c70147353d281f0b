import Glibc

/// One thing in a folder that an archive can hold.
package struct Entry: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case folder
        case file
        case link(to: String)
    }

    /// Relative to the folder that is archived.
    package let path: String
    package let kind: Kind
    /// The permission bits.
    package let mode: UInt32
    /// Of a file; 0 for the rest.
    package let size: Int
    /// Seconds since 1970.
    package let modified: Int

    package init(path: String, kind: Kind, mode: UInt32, size: Int, modified: Int) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.size = size
        self.modified = modified
    }
}

/// What is left out of an archive, and why.
package struct Skipped: Sendable, Equatable {
    package let path: String
    package let reason: String
}

/// What lies in a folder, folders before what is in them, each folder sorted by the bytes of the names.
package struct FileTree: Sendable {
    package private(set) var entries: [Entry] = []
    package private(set) var skipped: [Skipped] = []
    package private(set) var bytes = 0

    private let patterns: Patterns
    /// The folder the archive goes to, which is not part of it.
    private let target: (device: UInt, inode: UInt)?

    /// What a list in memory may hold.
    private static let limit = 1_000_000

    /// - Parameter target: Left out with all that is in it.
    package init(_ folder: borrowing File, patterns: Patterns, without target: borrowing File) throws {
        let info = try target.info()
        self.patterns = patterns
        self.target = (UInt(info.st_dev), UInt(info.st_ino))
        try collect(folder, below: "")
    }

    private mutating func collect(_ folder: borrowing File, below prefix: String) throws {
        for name in try folder.names() {
            guard let name else {
                skipped.append(Skipped(path: prefix + "?", reason: "a name that is not UTF-8"))
                continue
            }
            let path = prefix + name
            guard !patterns.exclude(path), let info = try folder.info(of: name) else { continue }
            guard entries.count < Self.limit else { throw TooMany(limit: Self.limit) }
            switch info.st_mode & S_IFMT {
            case S_IFREG: add(path, .file, info)
            case S_IFLNK: link(folder, name, path, info)
            case S_IFDIR:
                guard (UInt(info.st_dev), UInt(info.st_ino)) != target ?? (0, 0) else { continue }
                add(path, .folder, info)
                try enter(folder, name, path)
            default: skipped.append(Skipped(path: path, reason: "a socket, a pipe or a device"))
            }
        }
    }

    private mutating func enter(_ folder: borrowing File, _ name: String, _ path: String) throws {
        let inner: File
        do throws(FileFailure) {
            inner = try folder.open(name, isFolder: true)
        } catch {
            skipped.append(Skipped(path: path, reason: error.reason))
            return
        }
        try collect(inner, below: path + "/")
    }

    private mutating func link(_ folder: borrowing File, _ name: String, _ path: String, _ info: stat) {
        do throws(FileFailure) {
            add(path, .link(to: try folder.link(name)), info)
        } catch {
            skipped.append(Skipped(path: path, reason: error.reason))
        }
    }

    private mutating func add(_ path: String, _ kind: Entry.Kind, _ info: stat) {
        let size = kind == .file ? Int(info.st_size) : 0
        bytes += size
        entries.append(
            Entry(
                path: path, kind: kind, mode: UInt32(info.st_mode) & 0o7777, size: size, modified: info.st_mtim.tv_sec))
    }
}

/// More in a folder than one archive takes.
package struct TooMany: Error, CustomStringConvertible {
    let limit: Int

    package var description: String { "the folder holds more than \(limit) files: archive its parts one by one" }
}

/// What is left out by its name.
package struct Patterns: Sendable {
    private let patterns: [String]

    /// - Parameter patterns: With `*`, `?` and `[…]`. One with a `/` is matched with the whole path, another one with
    ///   each name. A folder that is left out takes along what is in it.
    package init(_ patterns: [String]) {
        self.patterns = patterns.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    package func exclude(_ path: String) -> Bool {
        patterns.contains { pattern in
            let subject = pattern.contains("/") ? Substring(path) : path.split(separator: "/").last ?? ""
            let whole = pattern.hasPrefix("/") ? String(pattern.dropFirst()) : pattern
            return fnmatch(whole, String(subject), FNM_PATHNAME) == 0
        }
    }
}
