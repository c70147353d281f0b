"""Drives the real launcher: plans, filters, the control socket, processes."""

import atexit
import ctypes
import errno
import fcntl
import functools
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import seccomp
except ImportError:
    sys.exit("The module 'seccomp' is missing. Install Debian's package: "
             "apt-get install -y python3-seccomp   (and use /usr/bin/python3)")

TESTS = os.path.dirname(os.path.abspath(__file__))
SANDBOX = os.path.dirname(TESTS)
ROOT = os.geteuid() == 0
IDENTITIES = ((True, "root"), (False, "ordinary")) if ROOT else ((False, "ordinary"),)
NOBODY = 65534
HOST_ROOT, HOST_WORKER = 2_000_000_000, 2_000_000_001
DEADLINE = 60.0
# Keeps the low numbers busy here, so that nothing of Python's own lies where the
# launcher's descriptors have to go.
_RESERVED = [os.open(os.devnull, os.O_RDONLY) for _ in range(16)]


def scratch(mode=0o755):
    """A folder of this run's own, readable by the ordinary user as well."""
    folder = tempfile.mkdtemp(prefix="elves-sandbox-test.")
    os.chmod(folder, mode)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def build(**environment):
    """A launcher of these sources; its probe lies beside it."""
    out = os.path.join(scratch(), "elves-sandbox")
    subprocess.run([os.path.join(SANDBOX, "launcher", "build.sh"), out], check=True,
                   env=dict(os.environ, **environment))
    return out


LAUNCHER = os.path.abspath(os.environ["ELVES_SANDBOX"]) if os.environ.get("ELVES_SANDBOX") else build()


@functools.cache
def lab():
    """A launcher whose plans may leave out a layer: the directive "without LAYER"."""
    return build(LAB="1", SANITIZE="1" if SANITIZED else "0")


with open(LAUNCHER, "rb") as _file:
    SANITIZED = b"__asan_init" in _file.read()


def landlock_abi():
    """The kernel's, 0 where there is none."""
    return max(0, ctypes.CDLL(None).syscall(444, None, 0, 1))


def until(condition, seconds=DEADLINE):
    """Polls; returns the first true value, or the last false one at the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.002)


# --- policy ---------------------------------------------------------------

def _pair(text):
    """`key: value`, of which an unquoted key may hold no colon with a blank behind it."""
    key, value = text.split(": ", 1)
    return _scalar(key), _scalar(value)


def _scalar(text):
    text = text.strip()
    if text.startswith("["):
        return [_scalar(part) for part in text[1:-1].split(",")]
    if text[:1] == '"':
        return text[1:-1]
    return int(text) if text.isdigit() else text


def read_policy(path):
    """Just the part of YAML that our policy files use."""
    lines = []
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for line in text.splitlines():
        line = line.split(" #")[0].rstrip()
        if line and not line.lstrip().startswith("#"):
            lines.append((len(line) - len(line.lstrip()), line.lstrip()))

    def block(at, indent):
        if lines[at][1].startswith("- "):
            items = []
            while at < len(lines) and lines[at][0] == indent:
                item = lines[at][1][2:]
                at += 1
                if ": " not in item:
                    items.append(_scalar(item))
                    continue
                items.append(dict([_pair(item)]))
                while at < len(lines) and lines[at][0] > indent:
                    items[-1].update([_pair(lines[at][1])])
                    at += 1
            return items, at
        table = {}
        while at < len(lines) and lines[at][0] == indent:
            key, rest = lines[at][1].split(":", 1)
            at += 1
            if rest.strip():
                table[_scalar(key)] = _scalar(rest)
            else:
                table[_scalar(key)], at = block(at, lines[at][0])
        return table, at

    return block(0, 0)[0]


def size(text):
    units = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    return int(text[:-3]) * units[text[-3:]]


def the_policy():
    """What plans are made of: the policy that is given, as `elves sandbox show` prints it, or Python's."""
    given = os.environ.get("ELVES_POLICY")
    if not given:
        return read_policy(os.path.join(SANDBOX, "policies", "python.yaml"))
    if not os.environ.get("ELVES_FILTER"):
        sys.exit("ELVES_POLICY needs ELVES_FILTER, the filter that is compiled of it")
    with open(given, encoding="utf-8") as file:
        return json.load(file)


POLICY = the_policy()


def notifying(bpf):
    """The same filter, but what it refuses as not permitted goes to the listener."""
    refuse, ask = (struct.pack("<HBBI", 0x06, 0, 0, k) for k in (0x00050001, 0x7FC00000))
    parts = [bpf[i:i + 8] for i in range(0, len(bpf), 8)]
    assert refuse in parts
    return b"".join(ask if part == refuse else part for part in parts)


def compile_filter(path):
    """OCI LinuxSeccomp object to BPF for this processor."""
    actions = {"SCMP_ACT_ALLOW": lambda rule: seccomp.ALLOW,
               "SCMP_ACT_ERRNO": lambda rule: seccomp.ERRNO(rule["errnoRet"]),
               # As for a worker without a listener.
               "SCMP_ACT_NOTIFY": lambda rule: seccomp.ERRNO(errno.EPERM)}
    with open(path, encoding="utf-8") as file:
        policy = json.load(file)
    default = actions[policy["defaultAction"]](policy)
    result = seccomp.SyscallFilter(default)
    result.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    for rule in policy["syscalls"]:
        arguments = []
        for arg in rule.get("args", []):
            assert arg["op"] == "SCMP_CMP_MASKED_EQ", arg
            arguments.append(seccomp.Arg(arg["index"], seccomp.MASKED_EQ,
                                         arg["value"], arg["valueTwo"]))
        for name in rule["names"]:
            number = seccomp.resolve_syscall(seccomp.Arch(), name)
            action = actions[rule["action"]](rule)
            # Calls that are newer than this libseccomp have the default; a rule that repeats
            # the default is none.
            if number >= 0 and action != default:
                result.add_rule(action, name, *arguments)
    with tempfile.TemporaryFile() as out:
        result.export_bpf(out)
        out.seek(0)
        return out.read()


def the_filter(compiled):
    """The compiled filter that is given, or what `compiled` makes of the policy's profile."""
    given = os.environ.get("ELVES_FILTER")
    if not given:
        return compiled(os.path.join(SANDBOX, "policies", POLICY["syscalls"]["profiles"][0]["file"]))
    with open(given, "rb") as file:
        return file.read()


FILTER = the_filter(compile_filter)
# One instruction, "return ALLOW": tests that look at another layer use it.
ALLOW_ALL = (0x06).to_bytes(2, "little") + bytes(2) + (0x7FFF0000).to_bytes(4, "little")


class Plan:
    """Directives in order; `without` and `set` make the variants of a test."""

    def __init__(self, root=ROOT):
        self.lines = ["hostname\tworker",
                      "uid-map\t%d\t%d" % (HOST_ROOT, HOST_WORKER) if root
                      else "single-map"]

    def add(self, *fields):
        self.lines.append("\t".join(str(field) for field in fields))
        return self

    def without(self, name):
        self.lines = [line for line in self.lines if line.split("\t")[0] != name]
        return self

    def set(self, *fields):
        return self.without(fields[0]).add(*fields)

    def text(self):
        return "elves-plan 1\n" + "".join(line + "\n" for line in self.lines)


def python_plan(*arguments, root=ROOT, app=None, ask=()):
    """What an agent makes of policies/python.yaml."""
    plan = Plan(root)
    files = POLICY["filesystem"]
    for path in files["roots"]:
        plan.add("bind-ro", path, path)
    for path in files["optional"]:
        plan.add("bind-ro-optional", path, path)
    for path in ask:
        assert path in files["requestable"], path
        plan.add("bind-ro", path, path)
    for target, value in files["links"].items():
        plan.add("symlink", value, target)
    plan.add("tmpfs", "/tmp", size(files["scratch"]["size"]), files["scratch"]["inodes"])
    if app:
        plan.add("bind-ro", app, "/app")
    for key, directive in (("read", "bind-ro-mapped"), ("write", "bind-rw")):
        for path in files.get(key, ()):
            plan.add(directive, path, path)
    resources = POLICY["resources"]
    for name, value in (("as", size(resources["memory"])),
                        ("nproc", POLICY["process"]["max"]),
                        ("nofile", resources["files"]),
                        ("fsize", size(resources["fileSize"])),
                        ("core", 0), ("memlock", 65536), ("stack", 8 << 20)):
        plan.add("rlimit", name, value)
    for name, value in POLICY["environment"].items():
        plan.add("env", "%s=%s" % (name, value))
    if landlock_abi():
        plan.add("landlock", landlock_abi())
    plan.add("cwd", "/app" if app else "/tmp")
    interpreter = next(p for p in POLICY["runtime"]["interpreter"] if os.path.exists(p))
    plan.add("exec", interpreter).add("arg", interpreter)
    # Without the worker, in whose place the program of a test stands.
    for argument in [a for a in POLICY["runtime"]["arguments"] if not a.startswith("/app/")] + list(arguments):
        plan.add("arg", argument)
    return plan


# --- processes ------------------------------------------------------------

def processes(mark):
    """Host pids whose command line contains the mark."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    if mark.encode() in file.read():
                        found.append(int(name))
            except OSError:
                pass
    return found


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _memfd(data):
    fd = os.memfd_create("elves-test", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW |
                fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd


class Sandbox:
    """One launcher with its three pipes and the control socket."""

    def __init__(self, plan, bpf=FILTER, root=ROOT, extra_fds=(), leave_out=(),
                 prefix=(), secrets=None, notify=None, launcher=LAUNCHER):
        text = plan if isinstance(plan, bytes) else \
            (plan if isinstance(plan, str) else plan.text()).encode()
        self.control, theirs = socket.socketpair()
        self.control.settimeout(DEADLINE)
        self._buffer = b""
        given = {3: _memfd(text), 4: _memfd(bpf), 5: theirs.detach()}
        if secrets is not None:
            given[6] = _memfd(secrets)
            os.lseek(given[6], 0, os.SEEK_SET)
        self.notify = None
        if notify is not None:
            self.notify, end = socket.socketpair(socket.AF_UNIX, notify)
            self.notify.settimeout(DEADLINE)
            given[7] = end.detach()
        for fd in extra_fds:
            given[fd] = os.open("/etc/hostname", os.O_RDONLY)
        for number in leave_out:
            os.close(given.pop(number))
        # Out of the way first: dup2 must not overwrite a source.
        high = {n: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 200) for n, fd in given.items()}
        for fd in given.values():
            os.close(fd)

        def place():
            for number, fd in high.items():
                os.dup2(fd, number)

        identity = {} if root or not ROOT else \
            {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.process = subprocess.Popen(
            [*prefix, launcher], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=place, pass_fds=tuple(high),
            env=dict(os.environ), cwd="/", **identity)
        for fd in high.values():
            os.close(fd)

    def line(self):
        """The next line of the control socket, or '' at its end."""
        while b"\n" not in self._buffer:
            part = self.control.recv(4096)
            if not part:
                return ""
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.decode()

    def listener(self):
        """The filter's listener, or None at the end of the notify socket."""
        message, fds, _, _ = socket.recv_fds(self.notify, 16, 4)
        assert (message, len(fds)) in ((b"n", 1), (b"", 0)), (message, fds)
        return fds[0] if fds else None

    def send(self, data):
        self.control.sendall(data)

    def finish(self, data=None):
        """(control lines, stdout, stderr) after the launcher has ended."""
        out, err = self.process.communicate(data, timeout=DEADLINE)
        lines = []
        while True:
            line = self.line()
            if not line:
                break
            lines.append(line)
        self.control.close()
        return lines, out.decode(errors="replace"), err.decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()
        self.process.wait()
        self.control.close()
        if self.notify:
            self.notify.close()


def run(plan, data=None, **options):
    with Sandbox(plan, **options) as sandbox:
        return sandbox.finish(data)


def run_python(code, data=None, app=None, ask=(), root=ROOT, bpf=FILTER, change=None,
               **options):
    # A plan's field has no newline, so the code travels inside exec().
    plan = python_plan("-c", "exec(%r)" % code, root=root, app=app, ask=ask)
    if change:
        change(plan)
    return run(plan, data, root=root, bpf=bpf, **options)


# --- cases ----------------------------------------------------------------

def each_identity(test):
    """Runs a test once as root and once as an ordinary user."""
    def both(self):
        for root, label in IDENTITIES:
            with self.subTest(launcher=label):
                test(self, root)
    both.__name__ = test.__name__
    both.__doc__ = test.__doc__
    return both


def fields(status):
    return dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)


class Base(unittest.TestCase):
    def assertRan(self, result, code=0):
        lines, _, err = result
        self.assertRegex(lines[0], r"^started [1-9][0-9]*$", (lines, err))
        self.assertEqual(lines[1:], ["exited %d" % code], err)

    def assertFailed(self, result, layer, text="", error=None):
        lines, out, _ = result
        self.assertEqual(len(lines), 1, lines)
        found = re.fullmatch(r"failed (\S+) (\d+) (.+)", lines[0])
        self.assertTrue(found, lines[0])
        self.assertEqual(found[1], layer, lines[0])
        self.assertIn(text, found[3])
        if error is not None:
            self.assertEqual(int(found[2]), error, lines[0])
        self.assertEqual(out, "")
