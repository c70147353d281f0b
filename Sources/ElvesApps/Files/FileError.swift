import Glibc

/// A step on a file or folder that the operating system refused.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, as in "open" or "write".
    package let step: String
    /// As it was given; for a descriptor, where it was opened.
    package let path: String
    /// The `errno` of the refusal.
    package let code: Int32

    init(_ step: String, _ path: String, code: Int32 = errno) {
        self.step = step
        self.path = path
        self.code = code
    }

    /// Whether it says something of the file rather than of the disk or the process: it is not there, or not what it should be.
    var isOfTheFile: Bool { [ENOENT, ENOTDIR, ELOOP, EINVAL].contains(code) }

    package var description: String {
        "cannot \(step) \"\(printable(path))\": \(strerror(code).map { String(cString: $0) } ?? "errno \(code)")"
    }
}
