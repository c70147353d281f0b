import Foundation

/// An open file to whose end is written. It is closed when nobody uses it any more, a thread that syncs it included.
package final class SpoolFile: Sendable {
    private let descriptor: Int32
    private let path: String
    private static let aside = ".new"

    init(_ path: String) throws(SpoolError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SpoolError("opened", path) }
    }

    /// An empty file that lies beside the one at `path` until it takes its place.
    init(besides path: String) throws(SpoolError) {
        self.path = path
        descriptor = open(path + Self.aside, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw SpoolError("rewritten", path) }
    }

    deinit { close(descriptor) }

    func append(_ bytes: [UInt8]) throws(SpoolError) {
        let end = lseek(descriptor, 0, SEEK_END)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                let error = SpoolError("written", path)
                // Half a line would spoil the next one, which may find room again.
                _ = ftruncate(descriptor, end)
                throw error
            }
            rest = rest.dropFirst(count)
        }
    }

    func empty() throws(SpoolError) {
        guard ftruncate(descriptor, 0) == 0 else { throw SpoolError("cut", path) }
    }

    func takePlace() throws(SpoolError) {
        guard rename(path + Self.aside, path) == 0 else { throw SpoolError("rewritten", path) }
    }

    /// Blocks until the disk has all that was written, and with `withFolder` also that the file is in its folder.
    package func sync(withFolder: Bool) throws(SpoolError) {
        guard fdatasync(descriptor) == 0 else { throw SpoolError("made durable", path) }
        guard withFolder else { return }
        let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw SpoolError("made durable", path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw SpoolError("made durable", path) }
    }
}

package struct SpoolError: Error, CustomStringConvertible {
    package let description: String

    /// With the kernel's last word on it.
    init(_ what: String, _ path: String) {
        description = "the spool \(path) could not be \(what): \(String(cString: strerror(errno)))"
    }
}
