"""The attack battery: an app that tries to get out of its sandbox.

Every method of the class `attack` tries one thing and returns (flag, result):
flag is True when the attempt was refused as it should be, result says what
happened. Nothing here does harm where it succeeds: arguments are chosen so that
an unfiltered call fails for another reason or changes only the worker itself.
The numbers in the names are those of the project's list of attempts.
"""

import ctypes
import errno
import mmap
import os
import resource
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
LIBC = ctypes.CDLL(None, use_errno=True)
PAGE = 4096

# System call numbers: (x86_64, aarch64); -1 where a processor has no such call.
# From 424 on they are the same everywhere.
NUMBERS = {
    "acct": (163, 89), "add_key": (248, 217), "adjtimex": (159, 171),
    "bpf": (321, 280), "capset": (126, 91), "chroot": (161, 51),
    "clock_adjtime": (305, 266), "clock_settime": (227, 112), "clone": (56, 220),
    "delete_module": (176, 106), "fanotify_init": (300, 262),
    "finit_module": (313, 273), "init_module": (175, 105), "ioperm": (173, -1),
    "iopl": (172, -1), "ioprio_set": (251, 30), "kcmp": (312, 272),
    "kexec_file_load": (320, 294), "kexec_load": (246, 104), "keyctl": (250, 219),
    "lookup_dcookie": (212, 18), "memfd_create": (319, 279), "mlockall": (151, 230),
    "modify_ldt": (154, -1), "mount": (165, 40), "mq_open": (240, 180),
    "msgget": (68, 186), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "perf_event_open": (298, 241),
    "personality": (135, 92), "pivot_root": (155, 41), "pkey_mprotect": (329, 288),
    "prctl": (157, 167), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "ptrace": (101, 117), "quotactl": (179, 60),
    "reboot": (169, 142), "request_key": (249, 218), "sched_setattr": (314, 274),
    "seccomp": (317, 277), "semget": (64, 190), "setdomainname": (171, 162),
    "setgroups": (116, 159), "sethostname": (170, 161), "setns": (308, 268),
    "settimeofday": (164, 170), "shmget": (29, 194), "socket": (41, 198),
    "ioctl": (16, 29), "swapoff": (168, 225), "swapon": (167, 224),
    "syslog": (103, 116), "umount2": (166, 39), "unshare": (272, 97),
    "userfaultfd": (323, 282), "vhangup": (153, 58), "vmsplice": (278, 75),
    "io_setup": (206, 0), "remap_file_pages": (216, 234), "uselib": (134, -1),
    "process_madvise": (440, 440), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "openat2": (437, 437), "fchmodat2": (452, 452),
    "clone3": (435, 435), "pidfd_getfd": (438, 438), "mount_setattr": (442, 442),
    "quotactl_fd": (443, 443), "memfd_secret": (447, 447),
}
COLUMN = 1 if os.uname().machine == "aarch64" else 0


def raw(number, *arguments):
    """A system call by number; 'done' or the name of the error."""
    ctypes.set_errno(0)
    value = LIBC.syscall(ctypes.c_long(number),
                         *(ctypes.c_ulong(argument) for argument in arguments))
    return "done" if value != -1 else name(ctypes.get_errno())


def call(what, *arguments):
    number = NUMBERS[what][COLUMN]
    return "ENOSYS" if number < 0 else raw(number, *arguments)


def name(number):
    return errno.errorcode.get(number, str(number))


def outcome(action, *arguments, **named):
    """The same for something of Python's; closes descriptors it is given."""
    try:
        value = action(*arguments, **named)
    except OSError as error:
        return name(error.errno)
    except MemoryError:
        return "ENOMEM"
    except ValueError as error:
        return "ValueError: %s" % error
    if hasattr(value, "close"):
        value.close()
    return "done"


def in_child(action):
    """Runs the action in a throw-away process: its text, or how it died."""
    sys.stdout.flush()
    inside, outside = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(inside)
            os.write(outside, str(action()).encode()[:4000])
        finally:
            os._exit(0)
    os.close(outside)
    text = b""
    while select.select([inside], [], [], 20)[0]:
        part = os.read(inside, 4096)
        if not part:
            break
        text += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(inside)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return "signal %d" % os.WTERMSIG(status)
    return text.decode()


class Score:
    """Collects attempts; each has the set of answers that count as refused."""

    def __init__(self, *refused):
        self.refused = set(refused)
        self.flag = True
        self.notes = []

    def note(self, label, answer, *refused):
        good = answer in (set(refused) or self.refused)
        self.flag = self.flag and good
        self.notes.append("%s: %s%s" % (label, answer, "" if good else " (!)"))

    def check(self, label, good):
        self.flag = self.flag and bool(good)
        self.notes.append(label if good else label + " (!)")

    def calls(self, *rows):
        for row in rows:
            self.note(row[0], call(*row))
        return self

    def result(self):
        return self.flag, "; ".join(self.notes)


def filtered():
    return Score("EPERM", "ENOSYS")


class attack:
    """One method per attempt: (param) -> (refused, what happened)."""

    # --- files ------------------------------------------------------------

    def s01_read_shadow(self, param):
        score = Score("ENOENT")
        for path in ("/etc/shadow", "/etc/passwd", "/root", "/home", "/var/log"):
            score.note(path, outcome(os.stat, path))
        return score.result()

    def s02_traversal(self, param):
        score = Score("ENOENT", "EACCES")
        folder = tempfile.mkdtemp()
        link = os.path.join(folder, "link")
        os.symlink("/etc/shadow", link)
        for path in ("/proc/1/root/etc/shadow", "/proc/self/root/etc/shadow",
                     "../" * 40 + "etc/shadow", "/tmp/../../../etc/shadow",
                     "/proc/self/cwd/../../etc/shadow", link):
            score.note(path, outcome(open, path))
        os.unlink(link)
        os.rmdir(folder)
        return score.result()

    def s03_list_root(self, param):
        known = {"app", "bin", "dev", "etc", "lib", "lib64", "opt", "proc", "tmp",
                 "usr", "elves", "scratch", "run"}
        seen = set(os.listdir("/"))
        score = Score()
        score.check("only sandbox names: " + " ".join(sorted(seen)), seen <= known)
        score.check("/etc holds at most the loader's cache",
                    set(os.listdir("/etc")) <= {"ld.so.cache", "ld.so.conf", "ssl",
                                                "localtime"})
        return score.result()

    def s04_write_outside_tmp(self, param):
        score = Score("EROFS")
        for folder in (HERE, "/usr/lib", "/usr/lib/python3.11", "/etc", "/dev", "/"):
            path = os.path.join(folder, "planted")
            score.note(folder, outcome(os.open, path, os.O_CREAT | os.O_WRONLY))
        return score.result()

    def s05_write_proc_self(self, param):
        score = Score("EROFS", "ENOENT", "EACCES")
        for part in ("oom_score_adj", "uid_map", "gid_map", "setgroups",
                     "attr/current", "comm", "mem", "coredump_filter"):
            score.note(part, outcome(os.open, "/proc/self/" + part, os.O_WRONLY))
        return score.result()

    def s06_kernel_files(self, param):
        score = Score("ENOENT")
        for path in ("/proc/kcore", "/proc/kallsyms", "/proc/sysrq-trigger",
                     "/proc/sys/kernel/core_pattern", "/proc/keys", "/proc/config.gz",
                     "/proc/kmsg", "/sys/kernel", "/sys/fs/cgroup"):
            score.note(path, outcome(open, path, "rb"))
        return score.result()

    def s07_devices(self, param):
        score = Score("ENOENT")
        for device in ("mem", "kmsg", "vda", "sda", "fuse", "net/tun", "tty", "ptmx",
                       "shm", "kvm", "userfaultfd"):
            score.note(device, outcome(os.open, "/dev/" + device, os.O_RDONLY))
        score.check("dev: " + " ".join(sorted(os.listdir("/dev"))),
                    set(os.listdir("/dev")) == {"null", "zero", "full", "random",
                                                "urandom"})
        return score.result()

    def s26_make_nodes(self, param):
        score = Score("EPERM")
        path = "/tmp/node"
        for label, mode, device in (
                ("char", stat.S_IFCHR, os.makedev(1, 3)),
                ("block", stat.S_IFBLK, os.makedev(254, 0)), ("fifo", stat.S_IFIFO, 0)):
            score.note(label, outcome(os.mknod, path, mode | 0o600, device))
        return score.result()

    def s29_owner_bits(self, param):
        score = Score("EPERM")
        file, folder = tempfile.mkstemp(dir="/tmp"), "/tmp/folder"
        create = os.O_CREAT | os.O_WRONLY
        for bits in (stat.S_ISUID, stat.S_ISGID, stat.S_ISUID | stat.S_ISGID):
            mode = bits | 0o755
            score.note("chmod %o" % mode, outcome(os.chmod, file[1], mode))
            score.note("fchmod %o" % mode, outcome(os.fchmod, file[0], mode))
            score.note("open %o" % mode, outcome(os.open, "/tmp/new", create, mode))
            score.note("unnamed %o" % mode, outcome(os.open, "/tmp", os.O_TMPFILE | os.O_WRONLY, mode))
            score.note("mkdir %o" % mode, outcome(os.mkdir, folder, mode))
        score.note("openat2", call("openat2", 0, 0, 0, 0), "ENOSYS")
        score.note("fchmodat2", call("fchmodat2", 0, 0, 0o4755, 0), "EPERM", "ENOSYS")
        # What everybody does still goes, also where the unused mode of an open is anything.
        score.note("chmod 1755", outcome(os.chmod, file[1], 0o1755), "done")
        score.note("open without a new file", outcome(os.open, file[1], os.O_RDONLY, 0o7777), "done")
        os.close(file[0])
        os.unlink(file[1])
        return score.result()

    def s30_chown(self, param):
        score = Score("EPERM")
        with tempfile.NamedTemporaryFile() as file:
            score.note("chown 0", outcome(os.chown, file.name, 0, 0))
            score.note("fchown 1", outcome(os.fchown, file.fileno(), 1, 1))
            score.note("setxattr", outcome(os.setxattr, file.name, "user.x", b"y"))
        return score.result()

    def s67_replace_app(self, param):
        score = Score("EROFS", "EBUSY")
        own = os.path.abspath(__file__)
        score.note("rename", outcome(os.rename, own, own + ".old"))
        score.note("unlink", outcome(os.unlink, own))
        score.note("write", outcome(open, own, "a"), "EROFS", "EACCES")
        score.note("chmod", outcome(os.chmod, own, 0o777))
        score.note("rename folder", outcome(os.rename, HERE, HERE + ".old"))
        score.note("utime", outcome(os.utime, own, (0, 0)), "EROFS", "EPERM", "EACCES")
        return score.result()

    def s72_fingerprint(self, param):
        score = Score("ENOENT")
        for path in ("/etc/machine-id", "/etc/hostname", "/etc/os-release",
                     "/proc/sys/kernel/random/boot_id", "/sys/class/dmi/id/product_uuid",
                     "/proc/net/tcp", "/proc/cmdline", "/proc/modules"):
            score.note(path, outcome(open, path))
        groups = [g for g in os.getgroups() if g not in (1000, 65534)]
        score.check("host groups in view: %s" % groups, not groups)
        return score.result()

    # --- what was left lying around ----------------------------------------

    def s08_environment(self, param):
        allowed = {"HOME", "LANG", "PATH", "TMPDIR", "TZ"}
        with open("/proc/self/environ", "rb") as file:
            names = {part.split(b"=")[0].decode() for part in file.read().split(b"\0") if part}
        extra = sorted(n for n in names - allowed if not n.startswith("ELVES_"))
        score = Score("ENOENT", "EACCES")
        score.check("unexpected variables: %s" % extra, not extra)
        score.note("/proc/1/environ", outcome(open, "/proc/1/environ"))
        score.note("/proc/1/cmdline", outcome(open, "/proc/1/cmdline"))
        return score.result()

    def s09_descriptors(self, param):
        listing = [int(number) for number in os.listdir("/proc/self/fd")]
        extra = [n for n in listing if n > 2 and outcome(os.fstat, n) == "done"]
        score = Score()
        score.check("open above 2: %s" % extra, not extra)
        return score.result()

    def s68_control_channel(self, param):
        score = Score("EBADF")
        answers = {outcome(os.write, number, b"k\n") for number in range(3, 256)}
        score.note("write to 3..255", " ".join(sorted(answers)))
        return score.result()

    # --- other processes ----------------------------------------------------

    def s10_ptrace(self, param):
        score = filtered()
        for label, request, pid in (("traceme", 0, 0), ("attach", 16, 1),
                                    ("seize", 0x4206, 1)):
            score.note(label, in_child(lambda: call("ptrace", request, pid, 0, 0)))
        return score.result()

    def s11_foreign_memory(self, param):
        return filtered().calls(
            ("process_vm_readv", 1, 0, 0, 0, 0, 0), ("process_vm_writev", 1, 0, 0, 0, 0, 0),
            ("kcmp", 1, 2, 0, 0, 0), ("pidfd_getfd", 0, 0, 0),
            ("process_madvise", 0, 0, 0, 0, 0)).result()

    def s53_kill_everyone(self, param):
        score = Score()
        # Any answer will do, as long as init survives: a dead PID 1 would have
        # taken us along.
        for target in (-1, 1):
            answer = outcome(os.kill, target, signal.SIGKILL)
            score.check("kill %d: %s" % (target, answer), True)
        score.check("init lives: %s" % outcome(os.kill, 1, 0),
                    outcome(os.kill, 1, 0) in ("done", "EPERM"))
        return score.result()

    # --- namespaces and mounts ----------------------------------------------

    def s13_mounts(self, param):
        return filtered().calls(
            ("mount", 0, 0, 0, 0, 0), ("umount2", 0, 0), ("fsopen", 0, 0),
            ("fsconfig", 0, 0, 0, 0, 0), ("fsmount", 0, 0, 0), ("fspick", 0, 0, 0),
            ("move_mount", 0, 0, 0, 0, 0), ("open_tree", 0, 0, 0),
            ("mount_setattr", 0, 0, 0, 0, 0)).result()

    def s14_change_root(self, param):
        score = filtered().calls(("pivot_root", 0, 0))
        score.note("chroot", outcome(os.chroot, "/tmp"))
        return score.result()

    def s15_new_namespaces(self, param):
        score = filtered()
        for label, flag in (("user", 0x10000000), ("mount", 0x20000), ("pid", 0x20000000),
                            ("net", 0x40000000), ("ipc", 0x8000000), ("uts", 0x4000000),
                            ("cgroup", 0x2000000), ("time", 0x80)):
            score.note("unshare " + label, call("unshare", flag))
            if flag != 0x80:
                def make(flags=flag | signal.SIGCHLD):
                    return call("clone", flags, 0, 0, 0, 0)
                score.note("clone " + label, in_child(make))
        score.note("clone3", call("clone3", 0, 0), "ENOSYS")
        score.note("clone high bits",
                   in_child(lambda: call("clone", 0x10000000 | 1 << 40 | 17, 0, 0, 0, 0)))
        return score.result()

    def s16_join_namespaces(self, param):
        score = filtered()
        for kind in sorted(os.listdir("/proc/self/ns")):
            fd = os.open("/proc/self/ns/" + kind, os.O_RDONLY)
            score.note(kind, call("setns", fd, 0))
            os.close(fd)
        return score.result()

    # --- kernel interfaces ----------------------------------------------------

    def s17_bpf(self, param):
        return filtered().calls(("bpf", 0, 0, 0), ("bpf", 5, 0, 0)).result()

    def s18_perf(self, param):
        return filtered().calls(("perf_event_open", 0, 0, 0, 0, 0)).result()

    def s19_userfaultfd(self, param):
        score = filtered().calls(("userfaultfd", 1))
        score.note("device", outcome(os.open, "/dev/userfaultfd", os.O_RDWR), "ENOENT")
        return score.result()

    def s20_io_uring(self, param):
        return filtered().calls(("io_uring_setup", 1, 0), ("io_uring_enter", 0, 0, 0, 0, 0),
                                ("io_uring_register", 0, 0, 0, 0),
                                ("io_setup", 1, 0)).result()

    def s21_keys(self, param):
        return filtered().calls(("keyctl", 0, 0), ("add_key", 0, 0, 0, 0, 0),
                                ("request_key", 0, 0, 0, 0)).result()

    def s22_modules(self, param):
        return filtered().calls(("init_module", 0, 0, 0), ("finit_module", 0, 0, 0),
                                ("delete_module", 0, 0), ("kexec_load", 0, 0, 0, 0),
                                ("kexec_file_load", 0, 0, 0, 0, 0)).result()

    def s23_administration(self, param):
        return filtered().calls(
            ("reboot", 0, 0, 0, 0), ("swapon", 0, 0), ("swapoff", 0), ("acct", 0),
            ("quotactl", 0, 0, 0, 0), ("quotactl_fd", 0, 0, 0, 0), ("settimeofday", 0, 0),
            ("clock_settime", 0, 0), ("clock_adjtime", 0, 0), ("adjtimex", 0),
            ("syslog", 10, 0, 0), ("vhangup",), ("sethostname", 0, 0),
            ("setdomainname", 0, 0)).result()

    def s24_ports(self, param):
        return filtered().calls(("iopl", 3), ("ioperm", 0, 1, 1), ("modify_ldt", 0, 0, 0),
                                ("uselib", 0)).result()

    def s25_handles(self, param):
        return filtered().calls(
            ("open_by_handle_at", 0, 0, 0), ("name_to_handle_at", 0, 0, 0, 0, 0),
            ("fanotify_init", 0, 0), ("lookup_dcookie", 0, 0, 0), ("vmsplice", 0, 0, 0, 0),
            ("memfd_secret", 0)).result()

    def s35_personality(self, param):
        return filtered().calls(("personality", 0x0040000), ("personality", 0x0400000),
                                ("personality", 8)).result()

    def s37_unknown_numbers(self, param):
        score = filtered()
        for number in (470, 500, 600, 1023, 100000, 2 ** 31 - 1, 2 ** 31, -1):
            score.note(str(number), in_child(lambda: raw(number)),
                       "EPERM", "ENOSYS", "signal 31")
        if COLUMN == 0:
            for number in (0x40000000, 0x40000000 + 101, 0x40000000 + 520):
                score.note("x32 %d" % (number - 0x40000000), in_child(lambda: raw(number)),
                           "EPERM", "ENOSYS", "signal 31")
        return score.result()

    def s38_high_bits(self, param):
        high = 1 << 32
        score = Score("EPERM")
        score.note("socket 40", call("socket", high + 40, 1, 0))
        score.note("socket INET", call("socket", high + 2, 1, 0))
        score.note("ioctl TIOCSTI", call("ioctl", 0, high + 0x5412, 0))
        score.note("prctl SET_SECCOMP", call("prctl", high + 22, 2, 0, 0, 0))
        score.note("memfd_create", call("memfd_create", 0, high + 0x10))
        score.note("personality", call("personality", high + 0x40000))
        return score.result()

    def s47_own_filter(self, param):
        score = Score("EPERM").calls(("seccomp", 1, 8, 0), ("seccomp", 1, 0, 0),
                                     ("seccomp", 0, 0, 0))
        score.note("prctl SET_SECCOMP", call("prctl", 22, 2, 0, 0, 0))
        score.note("prctl SECUREBITS", call("prctl", 28, 0, 0, 0, 0))
        score.note("prctl PTRACER", call("prctl", 0x59616D61, -1, 0, 0, 0))
        score.note("prctl SUBREAPER", call("prctl", 36, 1, 0, 0, 0))
        score.note("prctl MM", call("prctl", 35, 0, 0, 0, 0))
        score.note("prctl AMBIENT", call("prctl", 47, 2, 21, 0, 0))
        return score.result()

    def s49_denied_from_threads(self, param):
        answers = []
        threads = []

        def work():
            for _ in range(200):
                answers.append(call("bpf", 0, 0, 0))

        try:
            for _ in range(16):
                thread = threading.Thread(target=work)
                thread.start()
                threads.append(thread)
        except RuntimeError:
            pass
        for thread in threads:
            thread.join()
        score = Score()
        score.check("%d denied calls: %s" % (len(answers), " ".join(sorted(set(answers)))),
                    answers and set(answers) == {"EPERM"})
        return score.result()

    def s80_every_number(self, param):
        """All numbers with zero arguments, each in a throw-away child."""
        answers = {}
        for number in range(0, 470):
            def attempt():
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                return raw(number, 0, 0, 0, 0, 0, 0)
            answers[number] = in_child(attempt)
        forbidden = [what for what, pair in NUMBERS.items()
                     if pair[COLUMN] >= 0 and what not in
                     ("clone", "socket", "ioctl", "personality", "prctl", "memfd_create")
                     and answers.get(pair[COLUMN]) not in ("EPERM", "ENOSYS")]
        refused = sum(1 for answer in answers.values() if answer in ("EPERM", "ENOSYS"))
        score = Score()
        score.check("of 470 numbers %d refused; forbidden but open: %s" %
                    (refused, forbidden), not forbidden and refused > 200)
        return score.result()

    # --- powers ---------------------------------------------------------------

    def s27_identity(self, param):
        score = Score("EPERM")
        for label, action, arguments in (
                ("setuid", os.setuid, (0,)), ("setgid", os.setgid, (0,)),
                ("setresuid", os.setresuid, (0, 0, 0)), ("setgroups", os.setgroups, ([],)),
                ("setreuid", os.setreuid, (0, 0)), ("setuid other", os.setuid, (1001,))):
            score.note(label, outcome(action, *arguments))
        score.calls(("capset", 0, 0))
        with open("/proc/self/status") as file:
            fields = dict(line.split(":\t", 1) for line in file.read().splitlines()
                          if ":\t" in line)
        powers = [key for key in fields if key.startswith("Cap") and int(fields[key], 16)]
        score.check("capabilities held: %s" % powers, not powers)
        score.check("NoNewPrivs %s" % fields["NoNewPrivs"], fields["NoNewPrivs"] == "1")
        score.check("Seccomp %s" % fields["Seccomp"], fields["Seccomp"] == "2")
        return score.result()

    def s28_setuid_files(self, param):
        found = []
        for top in ("/usr", "/etc", HERE):
            for folder, _, files in os.walk(top):
                for file in files:
                    path = os.path.join(folder, file)
                    try:
                        if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID):
                            found.append(path)
                    except OSError:
                        pass
        suid = os.ST_NOSUID
        score = Score()
        score.check("setuid files in view: %s" % found, not found)
        bare = [top for top in ("/", "/usr/bin/python3", "/tmp", "/proc", "/dev/null", HERE)
                if not os.statvfs(top).f_flag & suid]
        score.check("mounts without nosuid: %s" % bare, not bare)
        return score.result()

    def s62_priority(self, param):
        score = Score("EPERM", "EACCES")
        score.note("nice", outcome(os.nice, -20))
        score.note("fifo", outcome(os.sched_setscheduler, 0, os.SCHED_FIFO,
                                   os.sched_param(1)))
        score.note("affinity", outcome(os.sched_setaffinity, 0, {0}))
        score.calls(("ioprio_set", 1, 0, 1 << 13), ("mlockall", 1), ("sched_setattr", 0, 0, 0))
        return score.result()

    # --- code -----------------------------------------------------------------

    def s31_exec_from_tmp(self, param):
        score = Score("EACCES")
        script, copy = "/tmp/script", "/tmp/copy"
        with open(script, "w") as file:
            file.write("#!/usr/bin/python3\nprint('ran')\n")
        with open("/usr/bin/python3", "rb") as source, open(copy, "wb") as file:
            file.write(source.read())
        for path in (script, copy):
            os.chmod(path, 0o755)
            score.note(path, outcome(subprocess.run, [path, "-c", "1"]))
            os.unlink(path)
        return score.result()

    def s32_exec_from_memory(self, param):
        score = Score("EPERM", "EACCES")
        text = ctypes.addressof(ctypes.create_string_buffer(b"x"))
        score.note("memfd 0", call("memfd_create", text, 0))
        score.note("memfd MFD_EXEC", call("memfd_create", text, 0x10))
        score.note("memfd huge", call("memfd_create", text, 0x0C))

        def execute():
            fd = os.memfd_create("x", 8)
            os.write(fd, b"#!/usr/bin/python3\n")
            outcome(os.fchmod, fd, 0o755)
            return outcome(os.execve, fd, ["x"], {})
        score.note("exec of a sealed memfd", in_child(execute))
        return score.result()

    def s33_loader(self, param):
        score = Score("EPERM", "EACCES")
        path = "/tmp/lib.so"
        library = next(p for p in ("/usr/lib/x86_64-linux-gnu/libz.so.1",
                                   "/usr/lib/aarch64-linux-gnu/libz.so.1",
                                   "/usr/bin/python3") if os.path.exists(p))
        with open(library, "rb") as source, open(path, "wb") as file:
            file.write(source.read())
        try:
            ctypes.CDLL(path)
            score.check("library from /tmp was loaded", False)
        except OSError as error:
            score.check("dlopen: %s" % error, "failed to map" in str(error)
                        or "not permitted" in str(error))
        with open(path, "rb") as file:
            score.note("mmap exec", outcome(mmap.mmap, file.fileno(), PAGE,
                                            prot=mmap.PROT_READ | mmap.PROT_EXEC,
                                            flags=mmap.MAP_PRIVATE))
        loader = next((p for p in ("/lib64/ld-linux-x86-64.so.2",
                                   "/lib/ld-linux-aarch64.so.1") if os.path.exists(p)), None)
        if loader:
            done = subprocess.run([loader, path], capture_output=True)
            score.check("ld.so exit %d" % done.returncode, done.returncode != 0)
        os.unlink(path)
        return score.result()

    def s34_writable_code(self, param):
        score = Score("EPERM")
        read, write, execute = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC
        anonymous = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        score.note("mmap rwx", outcome(mmap.mmap, -1, PAGE, flags=anonymous,
                                       prot=read | write | execute))
        score.note("mmap anonymous rx", outcome(mmap.mmap, -1, PAGE, flags=anonymous,
                                                prot=read | execute))
        page = mmap.mmap(-1, PAGE, flags=anonymous, prot=read | write)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        for label, protection in (("rx", read | execute), ("rwx", read | write | execute)):
            ctypes.set_errno(0)
            failed = LIBC.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(PAGE),
                                   ctypes.c_int(protection))
            score.note("mprotect " + label,
                       name(ctypes.get_errno()) if failed else "done")
        score.calls(("pkey_mprotect", 0, 0, 4, 0), ("remap_file_pages", 0, 0, 0, 0, 0))
        return score.result()

    # --- network and IPC --------------------------------------------------------

    def s39_internet_sockets(self, param):
        score = Score("EPERM")
        for label, family, kind, protocol in (
                ("tcp", 2, 1, 0), ("tcp6", 10, 1, 0), ("udp", 2, 2, 0), ("udp6", 10, 2, 0),
                ("mptcp", 2, 1, 262), ("raw", 2, 3, 1), ("sctp", 2, 1, 132)):
            score.note(label, call("socket", family, kind, protocol))
        return score.result()

    def s40_other_families(self, param):
        score = Score("EPERM")
        for label, family in (("netlink", 16), ("packet", 17), ("vsock", 40), ("alg", 38),
                              ("bluetooth", 31), ("xdp", 44), ("tipc", 30), ("can", 29),
                              ("key", 15), ("rds", 21), ("qipcrtr", 42)):
            score.note(label, call("socket", family, 3, 0))
        return score.result()

    def s42_unix_sockets(self, param):
        score = Score("EPERM", "ENOENT")
        for path in ("/run/docker.sock", "/var/run/nscd/socket", "\0abstract", "/tmp/sock"):
            with socket.socket(socket.AF_UNIX) as end:
                score.note("connect " + path.replace("\0", "@"), outcome(end.connect, path))
        with socket.socket(socket.AF_UNIX) as end:
            score.note("bind", outcome(end.bind, "\0planted"))
            score.note("listen", outcome(end.listen))
        return score.result()

    def s43_local_services(self, param):
        score = Score("EPERM", "ENETUNREACH")
        for address in (("127.0.0.1", 22), ("169.254.169.254", 80), ("::1", 22)):
            score.note(address[0], outcome(socket.create_connection, address, 1))
        score.note("look-up", "EPERM" if outcome_of_lookup() else "done")
        return score.result()

    def s45_terminal(self, param):
        score = Score("EPERM", "ENOTTY")
        for label, request in (("TIOCSTI", 0x5412), ("TIOCLINUX", 0x541C),
                               ("TIOCCONS", 0x541D), ("TIOCSCTTY", 0x540E),
                               ("TIOCSPGRP", 0x5410)):
            for fd in (0, 1, 2):
                score.note("%s %d" % (label, fd), call("ioctl", fd, request, 0))
        score.check("standard streams are no terminal",
                    not any(os.isatty(fd) for fd in (0, 1, 2)))
        return score.result()

    def s64_system_v(self, param):
        return filtered().calls(("shmget", 0, PAGE, 0o1600), ("semget", 0, 1, 0o1600),
                                ("msgget", 0, 0o1600), ("mq_open", 0, 0, 0, 0)).result()

    # --- resources --------------------------------------------------------------

    def s50_fork_bomb(self, param):
        children = []
        answer = "no limit"
        try:
            for _ in range(4000):
                child = os.fork()
                if child == 0:
                    signal.pause()
                    os._exit(0)
                children.append(child)
        except OSError as error:
            answer = name(error.errno)
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
        score = Score()
        score.check("%s after %d children" % (answer, len(children)), answer == "EAGAIN")
        return score.result()

    def s51_daemon(self, param):
        """Leaves a process that ignores every signal; it must not outlive us."""
        def daemon():
            os.setsid()
            if os.fork():
                return "left"
            for number in range(1, 32):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except OSError:
                    pass
            os.closerange(0, 256)
            while True:
                signal.pause()
        answer = in_child(daemon)
        return answer == "left", "%s behind; must be gone when the run is over" % answer

    def s55_memory(self, param):
        score = Score("ENOMEM")
        score.note("8 GiB at once", in_child(lambda: outcome(bytearray, 8 << 30)))

        def grow():
            blocks = []
            try:
                for _ in range(8192):
                    blocks.append(bytearray(1 << 20))
            except MemoryError:
                count = len(blocks)
                blocks.clear()
                return "ENOMEM" if count < 2048 else "after %d MiB" % count
            return "no limit"
        answer = in_child(grow)
        score.note("by 1 MiB", answer, "ENOMEM", "signal 9")
        return score.result()

    def s56_fill_tmp(self, param):
        score = Score("ENOSPC")
        files = []

        def bytes_until_full():
            for index in range(64):
                path = "/tmp/fill.%d" % index
                files.append(path)
                with open(path, "wb", buffering=0) as file:
                    for _ in range(32):
                        file.write(bytes(1 << 20))

        def files_until_full():
            for index in range(100000):
                path = "/tmp/inode.%d" % index
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
                files.append(path)

        for label, action in (("bytes", bytes_until_full), ("files", files_until_full)):
            score.note(label, outcome(action))
            for path in files:
                if os.path.exists(path):
                    os.unlink(path)
            files.clear()
        return score.result()

    def s57_huge_file(self, param):
        score = Score("EFBIG", "ENOSPC")
        with tempfile.TemporaryFile() as file:
            score.note("truncate 1 EiB", outcome(os.ftruncate, file.fileno(), 1 << 60))
            score.note("fallocate 1 TiB",
                       outcome(os.posix_fallocate, file.fileno(), 0, 1 << 40))
            score.note("write at 1 TiB",
                       outcome(os.pwrite, file.fileno(), b"x", 1 << 40))
        return score.result()

    def s58_descriptors(self, param):
        opened = []

        def many():
            for _ in range(10000):
                opened.append(os.open("/dev/null", os.O_RDONLY))
        score = Score("EMFILE")
        score.note("10000 files", outcome(many))
        score.check("at %d" % len(opened), len(opened) < 4096)
        for fd in opened:
            os.close(fd)
        for label, kind in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC),
                            ("as", resource.RLIMIT_AS), ("core", resource.RLIMIT_CORE)):
            hard = resource.getrlimit(kind)[1]
            score.check("%s is limited" % label, hard != resource.RLIM_INFINITY)
            answer = outcome(resource.setrlimit, kind, (hard + 1, hard + 1))
            score.check("raise %s: %s" % (label, answer), answer != "done")
        return score.result()

    def s61_core_dump(self, param):
        before = set(os.listdir("/tmp")) | set(os.listdir("."))
        answer = in_child(os.abort)
        new = (set(os.listdir("/tmp")) | set(os.listdir("."))) - before
        score = Score("signal 6")
        score.note("abort", answer)
        score.check("new files: %s" % sorted(new), not new)
        return score.result()

    def s63_kernel_objects(self, param):
        score = Score("EMFILE", "EAGAIN")
        for label, make in (("eventfd", lambda: os.eventfd(0)),
                            ("epoll", lambda: checked(LIBC.epoll_create(1))),
                            ("pipe", os.pipe),
                            ("inotify", lambda: checked(LIBC.inotify_init())),
                            ("timerfd", lambda: checked(LIBC.timerfd_create(1, 0)))):
            def many():
                held = []
                try:
                    while len(held) < 10000:
                        held.append(make())
                except OSError as error:
                    return name(error.errno)
                return "no limit"
            score.note(label, in_child(many))
        return score.result()


def checked(value):
    if value < 0:
        raise OSError(ctypes.get_errno(), "")
    return value


def outcome_of_lookup():
    """True when a name cannot be looked up (there is nobody to ask)."""
    try:
        socket.getaddrinfo("example.org", 80)
    except OSError:
        return True
    return False
