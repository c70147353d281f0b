import ElvesFiles

/// Why a host cannot limit its workers by control groups, and what would change it.
package struct CgroupProblem: Error, Equatable {
    package enum Cause: Sendable, Equatable {
        case notMounted
        case readOnly(folder: String)
        case notPermitted(folder: String)
        /// Version 2: the group this process is in was not given the controller.
        case notDelegated(folder: String)
        /// Version 2: a group with processes of its own cannot hand controllers on, and not all of them are this one's.
        case shared(folder: String)
        /// This process's own group is not below the mount.
        case hidden(folder: String)
        case failed(path: String, errno: Int32)
    }

    package let duty: CgroupDuty
    package let cause: Cause

    package init(duty: CgroupDuty, cause: Cause) {
        self.duty = duty
        self.cause = cause
    }
}

extension CgroupProblem: CustomStringConvertible {
    package var description: String {
        switch cause {
        case .notMounted:
            "\(duty.loss): no hierarchy of control groups has \(duty == .kill ? "cgroup.kill" : "\"\(duty.rawValue)\""); "
                + "mount cgroup2 on /sys/fs/cgroup\(duty == .kill ? " (kernel 5.14 or newer)" : "")"
        case .readOnly(let folder):
            "\(duty.loss): \(folder) is mounted read-only; in a container, give it a writable cgroup mount of its own"
        case .notPermitted(let folder):
            "\(duty.loss): this user may make no group in \(folder); run the agent as root, or as a systemd service with "
                + "Delegate=yes"
        case .notDelegated(let folder):
            "\(duty.loss): \(folder)/cgroup.controllers does not list \"\(duty.rawValue)\"; add Delegate=yes to the agent's "
                + "systemd unit"
        case .shared(let folder):
            "\(duty.loss): the agent is not alone in its group \(folder); start it as a systemd service of its own, with "
                + "Delegate=yes"
        case .hidden(let folder):
            "\(duty.loss): the agent's own group is not below \(folder); in a container, give it a cgroup namespace of its own"
        case .failed(let path, let errno):
            "\(duty.loss): \(path): \(errnoText(errno))"
        }
    }
}

/// Why a worker's group could not be made or removed.
package struct CgroupError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let errno: Int32

    package var description: String { "control group \(path): \(errnoText(errno))" }
}
