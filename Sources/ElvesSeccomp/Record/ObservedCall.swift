/// A kind of call that a recorded run made: the name, and the arguments that choose what it does.
package struct ObservedCall: Sendable, Hashable {
    package let name: String
    package let arguments: [UInt64]
    package let count: Int

    /// - Parameter arguments: All six; those that only say with what (addresses, lengths, descriptors) may be anything.
    package init(name: String, arguments: [UInt64], count: Int) {
        self.name = name
        self.arguments = Array((arguments + [UInt64](repeating: 0, count: 6)).prefix(6))
        self.count = count
    }
}

extension SystemCallTable.Entry {
    /// Arguments that choose what the call does, from 0: a command, a family, protections. Empty for most calls, which do one
    /// thing.
    package var choosingArguments: [UInt32] { Self.choosing[name] ?? [] }

    private static let choosing: [String: [UInt32]] = [
        "arch_prctl": [0], "bpf": [0], "clone": [0], "fcntl": [1], "getsockopt": [1, 2], "ioctl": [1], "keyctl": [0],
        "madvise": [2], "memfd_create": [1], "mmap": [2, 3], "mprotect": [2], "personality": [0], "pkey_mprotect": [2],
        "prctl": [0], "prlimit64": [1], "quotactl": [0], "sched_setscheduler": [1], "setpriority": [0],
        "setsockopt": [1, 2], "socket": [0, 1], "socketpair": [0, 1], "unshare": [0],
    ]
}
