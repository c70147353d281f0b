import Glibc

/// Keeps a second process away from a data folder. Held until the value or the process ends, however it ends.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    /// - Parameter file: The lock's file, made if it is not there; its folder must be.
    package init(_ file: String) throws(FolderLockError) {
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .notWritable }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .taken
        }
    }

    deinit { close(descriptor) }
}

package enum FolderLockError: Error, Equatable {
    /// Another process holds the lock.
    case taken
    case notWritable
}
