import Glibc

/// Files that only their owner may read: keys, certificates, identities.
package enum PrivateFile {
    /// Writes a file whole or not at all, with mode 0600 from its first byte, and on the disk before it has its name.
    package static func write(_ bytes: [UInt8], to path: String) throws(PrivateFileError) {
        let aside = path + ".new"
        let descriptor = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PrivateFileError(path: path, errno: errno) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw PrivateFileError(path: path, errno: errno) }
            rest = rest.dropFirst(max(0, count))
        }
        guard fsync(descriptor) == 0, rename(aside, path) == 0 else { throw PrivateFileError(path: path, errno: errno) }
    }
}

package struct PrivateFileError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let errno: Int32

    package var description: String { "\(path) cannot be written: \(String(cString: strerror(errno)))" }
}
