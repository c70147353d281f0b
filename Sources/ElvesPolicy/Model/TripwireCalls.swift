/// System calls that no app makes by mistake: who tries one looks for a way out, and his worker is ended for it.
package enum TripwireCalls {
    package static let names: Set<String> = [
        // Into other processes.
        "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise",
        // Into the kernel, by ways that many of its holes were on.
        "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key",
        "request_key", "init_module", "finit_module", "delete_module", "create_module", "kexec_load", "kexec_file_load",
        // Out of the view.
        "mount", "umount2", "umount", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "mount_setattr",
        "pivot_root", "chroot", "setns", "unshare", "open_by_handle_at", "name_to_handle_at",
        // The machine itself.
        "iopl", "ioperm", "reboot", "swapon", "swapoff", "quotactl", "quotactl_fd", "acct", "fanotify_init",
        // A filter of the worker's own would hide what it tries next.
        "seccomp",
    ]
}
