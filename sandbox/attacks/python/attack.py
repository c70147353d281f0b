"""The attacks that are written in Python: one function each, run inside of a worker.

usage: attack.py FUNCTION ARGUMENT... MARK

What a function returns is the outcome, its last printed line; an OSError is "errno NAME", nothing is "done". Nothing
here does harm where it succeeds, except to the worker itself and to the canaries that run.py lays out.
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
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
PAGE = 4096
LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")


def name(error):
    return "errno " + errno.errorcode.get(error.errno, str(error.errno))


def outcome(action, *arguments):
    """What came of an action, in one word or two; closes a file it is given."""
    try:
        value = action(*arguments)
    except OSError as error:
        return name(error)
    except MemoryError:
        return "errno ENOMEM"
    if hasattr(value, "close"):
        value.close()
    return "done"


def agreed(attempts):
    """The outcome that all attempts have in common, else what differs."""
    outcomes = {label: outcome(action) for label, action in attempts.items()}
    words = set(outcomes.values())
    return words.pop() if len(words) == 1 else "; ".join("%s: %s" % pair for pair in outcomes.items())


def in_child(action):
    """Runs the action in a child: its text, or the signal that ended it."""
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
    while select.select([inside], [], [])[0]:
        part = os.read(inside, 4096)
        if not part:
            break
        text += part
    os.close(inside)
    status = os.waitpid(child, 0)[1]
    return "killed " + signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else text.decode()


def checked(value):
    if value == -1:
        raise OSError(ctypes.get_errno(), "")
    return value


# --- files ------------------------------------------------------------------

def list_folder(path):
    return " ".join(sorted(os.listdir(path)))


def read_through_link(target):
    os.symlink(target, "/tmp/link")
    open("/tmp/link", "rb").close()


def climb_by_descriptor(path):
    """A folder's descriptor, and a way up from there."""
    here = os.open("/tmp", os.O_RDONLY)
    os.close(os.open("../" * 40 + path.lstrip("/"), os.O_RDONLY, dir_fd=here))


def make_node(kind):
    mode, device = {"char": (stat.S_IFCHR, os.makedev(1, 1)), "block": (stat.S_IFBLK, os.makedev(254, 0))}[kind]
    os.mknod("/tmp/node", mode | 0o600, device)
    os.close(os.open("/tmp/node", os.O_RDWR))


def owner_bits(call, bits):
    """A file or folder that runs as its owner or group, by one of the calls that take a mode."""
    mode, create = int(bits, 8), os.O_CREAT | os.O_WRONLY
    file = os.open("/tmp/old", create, 0o600)
    {"chmod": lambda: os.chmod("/tmp/old", mode), "fchmod": lambda: os.fchmod(file, mode),
     "open": lambda: os.open("/tmp/new", create, mode), "mkdir": lambda: os.mkdir("/tmp/folder", mode),
     "unnamed": lambda: os.open("/tmp", os.O_TMPFILE | os.O_WRONLY, mode),
     "unused": lambda: os.open("/tmp/old", os.O_RDONLY, mode)}[call]()


def give_away(call):
    file = os.open("/tmp/mine", os.O_CREAT | os.O_WRONLY, 0o600)
    {"chown": lambda: os.chown("/tmp/mine", 0, 0), "fchown": lambda: os.fchown(file, 0, 0),
     "setxattr": lambda: os.setxattr("/tmp/mine", "user.x", b"y")}[call]()


def change_own_program(how):
    own, folder = os.path.abspath(__file__), os.path.dirname(os.path.abspath(__file__))
    {"rename": lambda: os.rename(own, own + ".old"), "unlink": lambda: os.unlink(own),
     "append": lambda: open(own, "a").close(), "chmod": lambda: os.chmod(own, 0o777),
     "folder": lambda: os.rename(folder, folder + ".old"), "link": lambda: os.link(own, folder + "/planted"),
     "time": lambda: os.utime(own, (0, 0)), "truncate": lambda: os.truncate(own, 0)}[how]()


# --- what was left lying around ---------------------------------------------

def environment():
    allowed = {"HOME", "LANG", "PATH", "TMPDIR", "TZ"}
    with open("/proc/self/environ", "rb") as file:
        names = {part.split(b"=")[0].decode() for part in file.read().split(b"\0") if part}
    return "more than the policy's: %s" % sorted(names - allowed) if names - allowed else "the policy's variables only"


def descriptors():
    found = [n for n in map(int, os.listdir("/proc/self/fd")) if n > 2 and outcome(os.fstat, n) == "done"]
    return "open: %s" % found if found else "none above 2"


def write_to_descriptors():
    return agreed({number: lambda number=number: os.write(number, b"k\n") for number in range(3, 256)})


def host_name():
    return os.uname().nodename


def groups():
    found = set(os.getgroups()) - {1000, 65534}
    return "groups of the host: %s" % sorted(found) if found else "no group of the host"


# --- other processes --------------------------------------------------------

def kill(pid):
    os.kill(int(pid), signal.SIGKILL)


def kill_everybody():
    """Itself excepted; what is left of the sandbox afterwards is init."""
    child = os.fork()
    if child == 0:
        signal.pause()
    answer = outcome(os.kill, -1, signal.SIGKILL)
    os.waitpid(child, 0)
    return "%s; init lives" % answer if os.getppid() == 1 else "init is gone"


def join_every_namespace():
    def join(kind):
        fd = os.open("/proc/self/ns/" + kind, os.O_RDONLY)
        checked(LIBC.setns(fd, 0))
    return agreed({kind: lambda kind=kind: join(kind) for kind in os.listdir("/proc/self/ns")})


def processes_in_view():
    """Numbers of processes below /proc other than our own and init's."""
    others = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())]
    return "sees %s" % " ".join(others) if others else "nobody else"


# --- powers -----------------------------------------------------------------

def become(what):
    {"root": lambda: os.setuid(0), "root's group": lambda: os.setgid(0), "all root": lambda: os.setresuid(0, 0, 0),
     "another": lambda: os.setuid(1001), "no group": lambda: os.setgroups([]),
     "the saved one": lambda: os.setreuid(-1, 0)}[what]()


def status(*keys):
    with open("/proc/self/status", encoding="ascii") as file:
        fields = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    return " ".join(fields[key] for key in keys)


def setuid_files():
    found = []
    for top in ("/usr", "/etc"):
        for folder, _, files in os.walk(top):
            paths = (os.path.join(folder, file) for file in files)
            found += [path for path in paths if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID)]
    return "found %s" % " ".join(sorted(found)) if found else "none"


def mount_flags(*paths):
    """The mounts, of those that hold the paths, on which a setuid program would count, or a device."""
    bad = [path for path in paths if not os.statvfs(path).f_flag & os.ST_NOSUID]
    return "setuid counts on %s" % " ".join(bad) if bad else "nosuid everywhere"


def raise_priority(how):
    {"nice": lambda: os.nice(-20), "real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
     "processor": lambda: os.sched_setaffinity(0, {0})}[how]()


# --- code -------------------------------------------------------------------

def run_planted(kind):
    """A script, or a copy of the interpreter, written where the worker may write, and run."""
    path = "/tmp/planted"
    with open(path, "wb") as file:
        file.write(b"#!/usr/bin/python3\n" if kind == "script" else open("/usr/bin/python3", "rb").read())
    os.chmod(path, 0o755)
    os.execv(path, [path, "-c", "print('ran')"])


def run_memory_file(flags):
    fd = os.memfd_create("x", int(flags, 0))
    os.write(fd, open("/usr/bin/python3", "rb").read())
    os.execve(fd, ["x", "-c", "print('ran')"], {})


def planted_library():
    with open("/tmp/library.so", "wb") as file:
        file.write(open("/lib/%s-linux-gnu/libz.so.1" % os.uname().machine, "rb").read())
    return "/tmp/library.so"


def load_planted():
    try:
        ctypes.CDLL(planted_library())
    except OSError as error:
        return "not mapped" if "failed to map" in str(error) else str(error)


def run_by_loader():
    """The loader is a program in view that runs the file it is given."""
    path, loader = planted_library(), next(path for path in LOADERS if os.path.exists(path))
    child = os.fork()
    if child == 0:
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        os.execv(loader, [loader, path])
    return "exit %d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def map_planted():
    with open(planted_library(), "rb") as file:
        mmap.mmap(file.fileno(), PAGE, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE).close()


def writable_code(how):
    read, write, execute = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC
    anonymous = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    if how.startswith("map"):
        protection = read | execute | (write if how == "map rwx" else 0)
        mmap.mmap(-1, PAGE, flags=anonymous, prot=protection).close()
        return
    page = mmap.mmap(-1, PAGE, flags=anonymous, prot=read | write)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    protection = read | execute | (write if how == "turn rwx" else 0)
    checked(LIBC.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(PAGE), ctypes.c_int(protection)))


# --- network ----------------------------------------------------------------

def offer_local():
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("\0planted")
        end.listen()


def look_up():
    try:
        socket.getaddrinfo("localhost.test", 80)
    except OSError:
        return "nobody to ask"


def terminal(request):
    return agreed({fd: lambda fd=fd: checked(LIBC.ioctl(fd, ctypes.c_ulong(int(request, 0)), 0)) for fd in range(3)})


def any_terminal():
    return "a terminal" if any(os.isatty(fd) for fd in range(3)) else "no terminal"


# --- resources --------------------------------------------------------------

def memory_at_once(size):
    return outcome(lambda: len(b"x" * int(size)))


def memory_bit_by_bit():
    def grow():
        blocks = []
        try:
            while len(blocks) < 8192:
                blocks.append(b"x" * (1 << 20))
        except MemoryError:
            count = len(blocks)
            blocks.clear()
            return "refused below 1 GiB" if count < 1024 else "refused after %d MiB" % count
        return "no limit"
    return in_child(grow)


def fill_scratch(what):
    if what == "bytes":
        with open("/tmp/fill.0", "wb", buffering=0) as first, open("/tmp/fill.1", "wb", buffering=0) as second:
            for _ in range(128):
                # Two files, since one alone meets the limit on a file's size.
                for file in (first, second):
                    if file.write(bytes(1 << 20)) < 1 << 20:
                        file.write(b"x")
    else:
        for index in range(100000):
            os.close(os.open("/tmp/file.%d" % index, os.O_CREAT | os.O_WRONLY))


def huge_file(how):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    fd = os.open("/tmp/huge", os.O_CREAT | os.O_RDWR, 0o600)
    {"sparse": lambda: os.ftruncate(fd, 1 << 60), "far": lambda: os.pwrite(fd, b"x", 1 << 40),
     "reserved": lambda: os.posix_fallocate(fd, 0, 1 << 40)}[how]()


def memory_file_huge():
    """Memory that no address space counts: a memory file, written to without being mapped."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    held = []
    while len(held) < 64:
        held.append(os.memfd_create("x", 8))
        for _ in range(32):
            os.write(held[-1], bytes(1 << 20))


def objects(kind):
    """As many of a kernel's object as there are to get."""
    make = {"file": lambda: os.open("/dev/null", os.O_RDONLY), "eventfd": lambda: os.eventfd(0), "pipe": os.pipe,
            "epoll": lambda: checked(LIBC.epoll_create(1)), "inotify": lambda: checked(LIBC.inotify_init()),
            "timerfd": lambda: checked(LIBC.timerfd_create(1, 0)),
            "socket pair": lambda: [end.detach() for end in socket.socketpair()]}[kind]
    for _ in range(10000):
        make()


def raise_limit(which):
    kind = {"files": resource.RLIMIT_NOFILE, "processes": resource.RLIMIT_NPROC, "memory": resource.RLIMIT_AS,
            "core": resource.RLIMIT_CORE, "file size": resource.RLIMIT_FSIZE}[which]
    hard = resource.getrlimit(kind)[1]
    if hard == resource.RLIM_INFINITY:
        return "no limit"
    try:
        resource.setrlimit(kind, (hard + 1, hard + 1))
    except ValueError:
        return "errno EPERM"  # what Python makes of it


def core_dump():
    answer = in_child(os.abort)
    left = set(os.listdir("/tmp")) | (set(os.listdir(".")) - set(os.listdir("/app")))
    return "%s, left %s" % (answer, sorted(left)) if left else answer + ", nothing left"


def pong(answer):
    """The other worker, as c/pong is: answers each line with what it was given to keep."""
    print("ready", flush=True)
    for _ in sys.stdin:
        print(answer, flush=True)


def main():
    function, *arguments = sys.argv[1:-1]
    try:
        answer = globals()[function](*arguments)
    except OSError as error:
        answer = name(error)
    print("done" if answer is None else answer, flush=True)


if __name__ == "__main__":
    main()
