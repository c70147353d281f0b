/// System calls that no app makes by mistake: who tries one looks for a way out, and the worker is ended for it.
package enum TripwireCalls {
    package static let names: Set<String> = [
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
}
