import Glibc

/// An argument of a system call that is a path.
package struct PathUse {
    /// Its place among the arguments, from 0.
    package let path: Int
    /// The descriptor that a relative path begins at.
    package var folder: Int?
    private var access = Recording.Access.look
    /// The flags that say what a file is opened for.
    private var flags: Int?

    /// By the call's name, for those that take a path.
    package static let all: [String: [PathUse]] = {
        var uses: [String: [PathUse]] = [
            "open": [PathUse(path: 0, flags: 1)], "openat": [PathUse(path: 1, folder: 0, flags: 2)],
            "rename": [PathUse(path: 0, access: .write), PathUse(path: 1, access: .write)],
            "link": [PathUse(path: 0, access: .read), PathUse(path: 1, access: .write)],
            "symlink": [PathUse(path: 1, access: .write)], "symlinkat": [PathUse(path: 2, folder: 1, access: .write)],
            "linkat": [PathUse(path: 1, folder: 0, access: .read), PathUse(path: 3, folder: 2, access: .write)],
            "inotify_add_watch": [PathUse(path: 1, access: .read)],
        ]
        for name in ["stat", "lstat", "access", "readlink", "statfs", "chdir"] { uses[name] = [PathUse(path: 0)] }
        for name in ["newfstatat", "statx", "faccessat", "faccessat2", "readlinkat"] {
            uses[name] = [PathUse(path: 1, folder: 0)]
        }
        for name in ["creat", "mkdir", "rmdir", "unlink", "truncate", "chmod", "mknod", "utime", "utimes"] {
            uses[name] = [PathUse(path: 0, access: .write)]
        }
        for name in ["mkdirat", "unlinkat", "fchmodat", "fchownat", "utimensat", "futimesat", "mknodat"] {
            uses[name] = [PathUse(path: 1, folder: 0, access: .write)]
        }
        for name in ["renameat", "renameat2"] {
            uses[name] = [PathUse(path: 1, folder: 0, access: .write), PathUse(path: 3, folder: 2, access: .write)]
        }
        return uses
    }()

    private init(path: Int, folder: Int? = nil, access: Recording.Access = .look, flags: Int? = nil) {
        self.path = path
        self.folder = folder
        self.access = access
        self.flags = flags
    }

    /// What the call does with the path.
    package func access(_ arguments: [UInt64]) -> Recording.Access {
        guard let place = flags, place < arguments.count else { return access }
        let flags = Int32(truncatingIfNeeded: arguments[place])
        if flags & pathOnly != 0 { return .look }
        return flags & O_ACCMODE != O_RDONLY || flags & (O_CREAT | O_TRUNC) != 0 ? .write : .read
    }
}

/// `O_PATH`, which Swift does not see; the same on both machines.
private let pathOnly: Int32 = 0o10000000

/// Without empty, `.` and `..` parts, as if no folder were a link.
package func normalPath(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}
