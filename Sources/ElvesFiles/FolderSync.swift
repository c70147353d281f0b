import Glibc

/// Waits until the names in a folder would survive a loss of power.
package func syncFolder(_ path: String) throws(PrivateFileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw PrivateFileError(path: path, errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw PrivateFileError(path: path, errno: errno) }
}
