import ElvesSeccomp
import Testing

/// What the profiles of workers say in words: what is recorded, and what is too ordinary for that.
@Suite struct WorkerProfileTests {
    @Test(arguments: SeccompArchitecture.allCases)
    func `what an attacker tries is refused and recorded`(_ architecture: SeccompArchitecture) throws {
        let evaluator = SeccompEvaluator(try profileInRepository("worker-base.json"), on: architecture)
        let always = """
            ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp bpf perf_event_open userfaultfd
            io_uring_setup io_uring_enter io_uring_register add_key request_key keyctl init_module finit_module
            delete_module kexec_load mount umount2 open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick
            mount_setattr pivot_root chroot setns unshare open_by_handle_at reboot swapon swapoff quotactl quotactl_fd acct
            fanotify_init seccomp setuid setgid setgroups capset shmget msgget semget mq_open bind listen accept mknodat
            pkey_mprotect remap_file_pages memfd_secret name_to_handle_at syslog sethostname clock_settime
            """
        for name in always.split(whereSeparator: \.isWhitespace).map(String.init) {
            let call = try #require(SystemCall(named: name, on: architecture), "\(name)")
            #expect(evaluator.decision(for: call).action == .notify, "\(name)")
        }
        for (name, arguments) in [
            ("socket", [2, 1, 0]), ("socket", [16, 3, 0]), ("socket", [1 << 32 | 2]), ("fchown", [3, 0, 0]),
            ("fchownat", [0, 0, 1000, 0]), ("clone", [0x1000_0000]), ("mprotect", [0, 0, 7]), ("setuid", [0]),
            ("memfd_create", [0, 0]), ("ioctl", [0, 0x5412]), ("prctl", [22, 2]), ("setsockopt", [3, 1, 26]),
            ("connect", [3, 0, 109]), ("connect", [3, 0, 16]),
        ] as [(String, [UInt64])] {
            let call = try #require(SystemCall(named: name, on: architecture, arguments))
            #expect(evaluator.decision(for: call).action == .notify, "\(name) \(arguments)")
        }
    }

    @Test(
        arguments: [
            ("connect", [3, 0, 110], "EPERM"), ("ioctl", [2, 21519], "ENOTTY"), ("ioctl", [4, 0x4004_9409, 3], "EOPNOTSUPP"),
            ("fchown", [3, 1000, 1000], "EPERM"), ("fchown", [3, 0xFFFF_FFFF, 1000], "EPERM"),
            ("setpriority", [0, 0, 1], "EPERM"),
            ("sched_setscheduler", [0, 0], "EPERM"), ("fsetxattr", [3], "EOPNOTSUPP"), ("setsockopt", [3, 1, 7], "EPERM"),
            ("fchmodat2", [], "ENOSYS"), ("openat2", [], "ENOSYS"), ("clone3", [], "ENOSYS"), ("mseal", [], "ENOSYS"),
            ("prctl", [0x5961_6D61, 0], "EINVAL"),
        ] as [(String, [UInt64], String)])
    func `what ordinary programs try fails, and is no violation`(
        _ name: String, _ arguments: [UInt64], _ error: String
    ) throws {
        let profile = try profileInRepository("worker-base.json")
        for architecture in SeccompArchitecture.allCases {
            let call = try #require(SystemCall(named: name, on: architecture, arguments))
            #expect(profile.decision(for: call, on: architecture).action.inWords == "refused with \(error)")
        }
    }

    @Test func `an addition opens what the base refuses, and leaves the rest of the call to the default`() throws {
        let base = try profileInRepository("worker-base.json")
        let jit = base.adding(try profileInRepository("worker-jit.json"))
        let connecting = base.adding(try profileInRepository("worker-connect.json"))
        func action(_ name: String, _ arguments: [UInt64], in profile: SeccompProfile) throws -> SeccompAction {
            profile.decision(for: try #require(SystemCall(named: name, on: .x86_64, arguments)), on: .x86_64).action
        }

        #expect(try action("sched_setscheduler", [0, 0], in: jit) == .allow)
        #expect(try action("sched_setscheduler", [0, 1], in: jit) == .notify)
        #expect(try action("setpriority", [0, 0, 1], in: jit) == .fail(1))
        #expect(try action("connect", [3], in: connecting) == .allow)
        #expect(try action("connect", [3, 0, 110], in: jit) == .fail(1))
    }

    @Test func `a decision names the line that makes it`() throws {
        let profile = try profileInRepository("worker-base.json").adding(profileInRepository("worker-jit.json"))
        func because(_ number: UInt32, _ arguments: [UInt64] = []) -> String {
            "\(profile.decision(for: SystemCall(number, arguments), on: .x86_64).because)"
        }

        #expect(because(101) == "default action of worker-base.json line 2")
        #expect(because(0) == "worker-base.json line 5 (syscalls[0])")
        #expect(because(9, [0, 4096, 7, 34]) == "worker-jit.json line 5 (syscalls[0])")
        #expect(because(435) == "prologue: clone3, whose flags a filter cannot see")
        #expect(because(900) == "prologue: numbers past the table")
        #expect(because(0x4000_0000) == "prologue: numbers of x32")
    }
}
