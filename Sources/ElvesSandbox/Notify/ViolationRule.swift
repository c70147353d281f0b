import ElvesSeccomp

/// Which refused calls end a worker.
package struct ViolationRule: Sendable, Equatable {
    /// Numbers of this machine's calls that end the worker at the first attempt.
    package var tripwires: Set<Int32>
    /// Refused calls of one run that it survives; the next one ends it. Nil for any number.
    package var killAfter: Int?

    package init(tripwires: Set<Int32> = Self.knownTripwires, killAfter: Int? = 50) {
        self.tripwires = tripwires
        self.killAfter = killAfter
    }

    /// Calls that no app makes by mistake: they reach for other processes, for the kernel, or for a way out.
    package static let tripwireNames = [
        // Other processes' memory and flow.
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
        // Programs, probes and queues inside the kernel.
        "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
        // The kernel's key rings.
        "keyctl", "add_key", "request_key",
        // Other code for the kernel, or another kernel.
        "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
        // Another view of files.
        "mount", "umount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
        "pivot_root", "chroot", "open_by_handle_at",
        // Another namespace.
        "setns", "unshare",
        // The machine itself.
        "iopl", "ioperm", "reboot", "swapon", "swapoff", "quotactl", "quotactl_fd", "acct", "fanotify_init",
        // A filter of the worker's own could hide what comes after it.
        "seccomp",
    ]

    /// The numbers of `tripwireNames`, without those that this machine does not have.
    package static let knownTripwires = Set(tripwireNames.compactMap(SystemCallNames.number(of:)))

    /// Whether one more refused call ends the worker.
    ///
    /// - Parameter total: Refused calls of this run, this one included.
    package func ends(call number: Int32, total: Int) -> Bool {
        tripwires.contains(number) || killAfter.map { total > $0 } == true
    }
}
