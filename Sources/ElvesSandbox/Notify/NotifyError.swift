import ElvesFiles
import Glibc

/// Why refused calls of workers cannot be told.
package enum NotifyError: Error, Equatable {
    /// `what` is what the descriptor or thread was for.
    case unavailable(what: String, errno: Int32)
    /// The supervisor is on its way out.
    case stopped
}

extension NotifyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let what, let errno):
            "refused system calls cannot be recorded: no \(what): \(errnoText(errno))"
                + (errno == EMFILE ? "; raise the limit of open files (ulimit -n)" : "")
        case .stopped: "refused system calls cannot be recorded: the host is stopping"
        }
    }
}
