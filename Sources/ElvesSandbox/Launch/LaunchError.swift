import ElvesFiles
import Glibc

/// Why a sandbox's launcher could not be started or waited for.
package enum LaunchError: Error, Equatable {
    case plan(PlanError)
    /// `what` is the use that a pipe, socket or memory file was for.
    case noDescriptor(what: String, errno: Int32)
    case cannotStart(path: String, errno: Int32)
    case cannotReap(process: Int32, errno: Int32)
}

extension LaunchError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .plan(let error):
            "\(error)"
        case .noDescriptor(let what, let errno):
            "no descriptor for \(what): \(errnoText(errno))"
                + (errno == EMFILE ? "; raise the limit of open files (ulimit -n): a worker needs five" : "")
        case .cannotStart(let path, let errno):
            "cannot start \"\(path)\": \(errnoText(errno)); build it with sandbox/launcher/build.sh or set ELVES_SANDBOX"
        case .cannotReap(let process, let errno):
            "cannot wait for process \(process): \(errnoText(errno))"
        }
    }
}
