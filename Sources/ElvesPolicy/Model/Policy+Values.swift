extension Policy {
    /// What of the host's files is visible.
    package struct Filesystem: Sendable, Equatable {
        /// Shown read-only; must exist when a worker starts.
        package let roots: [Place]
        /// Shown read-only; left out where they do not exist.
        package let optional: [Place]
        package let links: [Link]
        package let scratch: Scratch
        /// What an app may ask to read beside them, by exactly this path, without a grant.
        package let requestable: [Place]
        /// What every app under the policy reads, as the owner of the path reads it.
        package let read: [Place]
        /// What every app under the policy writes, as the owner of the path.
        package let write: [Place]

        /// What a worker sees at its start, by path.
        package var shown: [String] { roots.map(\.path) + optional.map(\.path) + links.map(\.path) }
    }

    /// A file or folder of the host, and why a worker sees it.
    package struct Place: Sendable, Equatable {
        package let path: String
        package let reason: String
    }

    /// A symbolic link that the sandbox has.
    package struct Link: Sendable, Equatable {
        package let path: String
        /// Relative to the link's folder; never leads out.
        package let value: String
    }

    /// The worker's own `/tmp`, in memory and gone with it.
    package struct Scratch: Sendable, Equatable {
        package let bytes: UInt64
        package let inodes: UInt64
        package let reason: String?
    }

    /// What a worker may use at most.
    package struct Resources: Sendable, Equatable {
        /// Bytes: the address space of each process, and what the whole tree may keep in memory.
        package let memory: UInt64
        /// Thousandths of a processor, for the whole tree.
        package let cpu: UInt64
        /// Seconds of processor time for one call.
        package let cpuTime: UInt64
        /// Seconds by the clock for one call.
        package let wall: UInt64
        package let files: UInt64
        /// The largest file a worker may write, in bytes.
        package let fileSize: UInt64
        /// The longest line on standard output, in bytes; the host's duty, as are the next two.
        package let stdoutLine: Int
        /// All that a call may write on standard output, in bytes.
        package let stdout: Int
        /// All that is kept of standard error, in bytes.
        package let stderr: Int
        package let reason: String?
    }

    /// A layer of the sandbox that some hosts may do without, for a time.
    package struct OptOut: Sendable, Equatable {
        package let layer: SandboxLayer
        package let reason: String
        package let approvedBy: String
        /// The last day on which it counts, in UTC.
        package let expires: PolicyDate

        /// The farthest end that is accepted, in days from today.
        package static let longest = 90
    }

    /// The layers that have to be there on this day: all that are required but for those that an opt-out names which has not
    /// expired.
    package func requirements(on day: PolicyDate) -> [LayerRequirement] {
        let waived = waivedLayers(on: day)
        return requires.filter { !waived.contains($0.layer) }
    }

    /// The layers that may be missing on this day.
    package func waivedLayers(on day: PolicyDate) -> Set<SandboxLayer> {
        Set(optOuts.filter { $0.counts(on: day) }.map(\.layer))
    }
}

extension Policy.OptOut {
    package func counts(on day: PolicyDate) -> Bool {
        day <= expires && day.days(until: expires) <= Self.longest
    }

    /// Why it does not count; nil where it does.
    package func problem(on day: PolicyDate) -> String? {
        if day > expires {
            return "the opt-out from \(layer) ended on \(expires) and does not count: remove it, or have it approved anew"
        }
        let ahead = day.days(until: expires)
        guard ahead > Self.longest else { return nil }
        return "the opt-out from \(layer) runs for \(ahead) days and does not count: at most \(Self.longest) are accepted"
    }
}

/// A part of the sandbox, by the name that the launcher reports it with.
package enum SandboxLayer: String, Sendable, CaseIterable, CustomStringConvertible {
    case userns, mountns, pidns, netns, ipcns, utsns, proc, capabilities
    case noNewPrivileges = "no-new-privs"
    case seccomp, notify, landlock, cgroup

    package var description: String { rawValue }

    /// Those that a policy may opt out of: what is left without one of them is weaker, but still closed.
    package static let optional: [SandboxLayer] = [.notify, .landlock, .cgroup]

    /// What it does, for people.
    package var purpose: String {
        switch self {
        case .userns: "the worker is nobody on the host"
        case .mountns: "the worker sees the files of its plan and no others"
        case .pidns: "the worker sees no other process, and nothing of it survives"
        case .netns: "the worker has a network of its own with nothing in it"
        case .ipcns: "no message queues or shared memory with others"
        case .utsns: "a host name of its own"
        case .proc: "no files of the kernel, no foreign processes in /proc"
        case .capabilities: "no power of root, and none to be gained"
        case .noNewPrivileges: "no program that runs as its owner"
        case .seccomp: "only the listed system calls"
        case .notify: "every refused call is recorded, and some end the worker"
        case .landlock: "a second opinion on files, apart from the mounts"
        case .cgroup: "memory, processes and processor time count for the whole tree"
        }
    }
}

/// A layer that has to be there, in a certain version at least.
package struct LayerRequirement: Sendable, Equatable, CustomStringConvertible {
    package let layer: SandboxLayer
    /// The version of the kernel's interface, for `landlock` only.
    package let minimum: Int?

    package init(_ layer: SandboxLayer, minimum: Int? = nil) {
        self.layer = layer
        self.minimum = minimum
    }

    package var description: String { minimum.map { "\(layer)>=\($0)" } ?? "\(layer)" }
}
