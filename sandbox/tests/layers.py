"""Cases of single layers: the notify listener, Landlock, loopback; and the build that can leave one out.

Part of run.py, which names the classes.
"""

import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess
import unittest

import harness
from harness import (ALLOW_ALL, FILTER, ROOT, Base, Sandbox, each_identity, notifying, processes,
                     python_plan, run_python, scratch, until)

ABI = harness.landlock_abi()
RECEIVE, SEND, IS_VALID = 0xC0502100, 0xC0182101, 0x40082102  # SECCOMP_IOCTL_NOTIF_*
PTRACE = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
ASK = notifying(FILTER)
TRACE = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n" \
        "print(libc.ptrace(16, 1, 7, 8), ctypes.get_errno(), flush=True)\n"


def receive(listener):
    """(id, pid, number, arguments) of the next refused call."""
    call = bytearray(80)
    fcntl.ioctl(listener, RECEIVE, call)
    number, *_ = values = struct.unpack("<QIIiIQ6Q", call)
    return number, values[1], values[3], list(values[6:])


def answer(listener, call, error):
    fcntl.ioctl(listener, SEND, struct.pack("<QqiI", call, 0, -error, 0))


def asking(code, root, bpf=ASK, change=None, notify=socket.SOCK_SEQPACKET, **options):
    plan = python_plan("-c", "exec(%r)" % code, root=root).add("notify")
    if change:
        change(plan)
    return Sandbox(plan, root=root, bpf=bpf, notify=notify, **options)


class Notify(Base):
    @each_identity
    def test_a_refused_call_is_told_and_answered(self, root):
        with asking(TRACE, root) as sandbox:
            listener = sandbox.listener()
            self.assertIsNone(sandbox.listener())  # one message, then the end, while the worker lives
            call, _, number, arguments = receive(listener)
            self.assertEqual((number, arguments[:4]), (PTRACE, [16, 1, 7, 8]))
            answer(listener, call, errno.EXDEV)
            result = sandbox.finish()
            os.close(listener)
        self.assertRan(result)
        self.assertEqual(result[1], "-1 %d\n" % errno.EXDEV)

    @each_identity
    def test_allowed_calls_are_not_asked_about(self, root):
        with asking("print('fine')", root) as sandbox:
            listener = sandbox.listener()
            result = sandbox.finish()
            self.assertRaises(OSError, receive, listener)  # nobody can ask any more
            os.close(listener)
        self.assertRan(result)
        self.assertEqual(result[1], "fine\n")

    @each_identity
    def test_agent_gone_means_refused(self, root):
        with asking(TRACE + "import signal\nsignal.pause()", root) as sandbox:
            os.close(sandbox.listener())
            self.assertEqual(sandbox.process.stdout.readline(), b"-1 %d\n" % errno.ENOSYS)
            pid = int(sandbox.line().split()[1])
            sandbox.control.close()
            self.assertTrue(until(lambda: not harness.alive(pid), 2.0))

    @each_identity
    def test_listener_closed_while_the_worker_waits(self, root):
        with asking(TRACE, root) as sandbox:
            listener = sandbox.listener()
            receive(listener)
            os.close(listener)
            self.assertEqual(sandbox.finish()[1], "-1 %d\n" % errno.ENOSYS)

    @each_identity
    def test_kill_while_the_worker_waits(self, root):
        for received in (True, False):
            with asking(TRACE, root) as sandbox:
                listener = sandbox.listener()
                if received:
                    receive(listener)
                sandbox.send(b"k")
                self.assertEqual(sandbox.finish()[0][-1], "signaled 9")
                os.close(listener)

    @each_identity
    def test_a_signal_does_not_ask_twice(self, root):
        code = "import signal\nsignal.signal(15, lambda *_: print('term', flush=True))\n" + TRACE
        with asking(code, root) as sandbox:
            listener = sandbox.listener()
            call, pid, _, _ = receive(listener)
            sandbox.send(b"t")
            bit = 1 << signal.SIGTERM - 1
            self.assertTrue(until(lambda: pending(pid) & bit))
            fcntl.ioctl(listener, IS_VALID, struct.pack("<Q", call))
            answer(listener, call, errno.EPERM)
            self.assertEqual(sorted(sandbox.finish()[1].splitlines()), ["-1 1", "term"])
            os.close(listener)

    @each_identity
    def test_exec_refused_by_asking_can_be_killed(self, root):
        # A filter that asks about everything stops even the exec, where nobody can answer yet.
        everything = struct.pack("<HBBI", 0x06, 0, 0, 0x7FC00000)
        if harness.SANITIZED:
            self.skipTest("the sanitizer itself needs system calls")
        with asking("1", root, bpf=everything) as sandbox:
            sandbox.send(b"k")
            self.assertEqual(sandbox.finish()[0], ["signaled 9"])
            self.assertIsNone(sandbox.listener())

    @each_identity
    def test_exec_failed(self, root):
        with asking("1", root, change=lambda plan: plan.set("exec", "/nowhere")) as sandbox:
            self.assertFailed(sandbox.finish(), "exec", "/nowhere", 2)
            self.assertIsNone(sandbox.listener())

    @each_identity
    def test_nobody_takes_the_listener(self, root):
        with asking("1", root) as sandbox:
            sandbox.notify.shutdown(socket.SHUT_RDWR)
            self.assertFailed(sandbox.finish(), "seccomp", "listener", errno.EPIPE)

    @each_identity
    def test_descriptor_missing(self, root):
        with asking("1", root, notify=None) as sandbox:
            self.assertFailed(sandbox.finish(), "plan", "descriptor 7", errno.EBADF)

    @each_identity
    def test_descriptor_of_another_kind(self, root):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with asking("1", root, notify=kind) as sandbox:
                self.assertFailed(sandbox.finish(), "plan", "descriptor 7", errno.EINVAL)
        with asking("1", root, notify=None, extra_fds=(7,)) as sandbox:
            self.assertFailed(sandbox.finish(), "plan", "descriptor 7", errno.ENOTSOCK)

    @each_identity
    def test_not_asked_for(self, root):
        result = run_python("print(1)", root=root, notify=socket.SOCK_SEQPACKET)
        self.assertRan(result)


def pending(pid):
    with open("/proc/%d/status" % pid) as file:
        state = harness.fields(file.read())
    return int(state["ShdPnd"], 16) | int(state["SigPnd"], 16)


class Descriptors(Base):
    @each_identity
    def test_the_worker_gets_its_own_only(self, root):
        code = "import os\nos.open('/', 0)\nprint(sorted(map(int, os.listdir('/proc/self/fd'))))"
        for secrets, expected in ((None, [0, 1, 2, 3, 4]), (b"{}", [0, 1, 2, 3, 4, 5])):
            def change(plan):
                if secrets:
                    plan.add("secrets")
            with asking(code, root, secrets=secrets, change=change, extra_fds=(8, 9)) as sandbox:
                os.close(sandbox.listener())
                # The last two: "/" and the listing.
                self.assertEqual(sandbox.finish()[1], "%s\n" % expected)

    @each_identity
    def test_nobody_keeps_the_listener(self, root):
        with asking("input()", root) as sandbox:
            os.close(sandbox.listener())
            init = int(sandbox.line().split()[1])
            for pid in (sandbox.process.pid, init):
                names = [os.readlink("/proc/%d/fd/%s" % (pid, fd))
                         for fd in os.listdir("/proc/%d/fd" % pid)] if root or pid != init else []
                self.assertEqual([name for name in names if "seccomp" in name], [])
            self.assertEqual(sandbox.finish(b"\n")[0], ["exited 0"])


def attempts(*calls):
    """Code that makes calls and prints for each "done" or the error's name."""
    return "import errno, os, signal, socket\n" + "".join(
        "try:\n    %s\n    print('done')\nexcept OSError as e: print(errno.errorcode[e.errno])\n" % call
        for call in calls)


def lacking(*layers, landlock=True, bpf=ALLOW_ALL, root=ROOT, change=None, calls=()):
    """The answers of a worker that lacks layers, one a line."""
    def reduce(plan):
        for layer in layers:
            plan.add("without", layer)
        if not landlock:
            plan.without("landlock")
        if change:
            change(plan)
    return run_python(attempts(*calls), root=root, bpf=bpf, change=reduce, launcher=harness.lab())


@unittest.skipUnless(ABI, "needs Landlock")
class Landlock(Base):
    """It refuses by itself, where the layer before it is left out; and that layer is what is left out."""

    def assertStops(self, error, root, *layers, **options):
        with_it = lacking(*layers, root=root, **options)
        self.assertRan(with_it)
        self.assertEqual(set(with_it[1].split()), {error}, with_it)
        without = lacking(*layers, root=root, landlock=False, **options)
        self.assertEqual(set(without[1].split()), {"done"}, without)

    @each_identity
    def test_minimum_that_no_kernel_has(self, root):
        result = run_python("1", root=root, change=lambda plan: plan.set("landlock", 999))
        self.assertFailed(result, "landlock", "999", 0)

    @each_identity
    def test_writing_to_what_is_shown(self, root):
        folder = scratch(0o777)
        for name in ("file", "other"):
            with open(os.path.join(folder, name), "w"):
                os.chmod(os.path.join(folder, name), 0o666)
        calls = ["open('/shown/file', 'a')", "open('/shown/new', 'x')", "os.mkdir('/shown/folder')",
                 "os.symlink('x', '/shown/link')", "os.unlink('/shown/other')"]
        if ABI >= 3:
            calls.append("os.truncate('/shown/file', 0)")
        self.assertStops("EACCES", root, "read-only", calls=calls,
                         change=lambda plan: plan.add("bind-ro", folder, "/shown"))

    @each_identity
    def test_programs_in_tmp(self, root):
        make = ("open('/tmp/p', 'wb').write(open('/usr/bin/python3', 'rb').read()); os.chmod('/tmp/p', 0o700); "
                "assert os.posix_spawn('/tmp/p', ['p', '-Ic', ''], {})")
        self.assertStops("EACCES", root, "noexec", calls=[make],
                         change=lambda plan: plan.set("tmpfs", "/tmp", 64 << 20, 99))

    @unittest.skipUnless(ABI >= 4, "needs Landlock ABI 4")
    @each_identity
    def test_connections(self, root):
        with socket.create_server(("127.0.0.1", 0)) as server:
            place = ("127.0.0.1", server.getsockname()[1])
            self.assertStops("EACCES", root, "netns", calls=[
                "socket.create_connection(%r)" % (place,), "socket.create_server(('127.0.0.1', 0))"])

    @unittest.skipUnless(ABI >= 6, "needs Landlock ABI 6")
    @each_identity
    def test_abstract_sockets(self, root):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("\0elves-test-" + os.urandom(8).hex())
            server.listen()
            self.assertStops("EPERM", root, "netns", calls=[
                "socket.socket(socket.AF_UNIX).connect(%r)" % server.getsockname()])

    @unittest.skipUnless(ABI >= 6, "needs Landlock ABI 6")
    def test_signals(self):
        # As an ordinary user, since only there init and the worker are one user.
        for layers in ((), ("pidns",)):
            self.assertStops("EPERM", False, *layers, calls=["os.kill(os.getppid(), 0)"])

    @each_identity
    def test_its_own_signals_and_files(self, root):
        result = run_python(attempts(
            "os.kill(0, 0)", "os.rename(open('/tmp/a', 'w').name, '/tmp/b')", "os.truncate('/tmp/b', 9)",
            "os.mkdir('/tmp/d'); os.rename('/tmp/b', '/tmp/d/c'); os.link('/tmp/d/c', '/tmp/e')", "os.listdir('/')",
            "open('/dev/null', 'w').write('x')", "open('/dev/urandom', 'rb').read(1)",
            "open('/proc/self/status').read()", "os.mkfifo('/tmp/f')"), root=root, bpf=ALLOW_ALL)
        self.assertEqual(result[1].split(), ["done"] * 9)

    @each_identity
    def test_a_worker_can_enter_a_domain_of_its_own(self, root):
        # As the child of a zygote does, with the filter in place: one folder of /tmp stays writable.
        code = ("import ctypes, os, struct\ncall = ctypes.CDLL(None, use_errno=True).syscall\n"
                "os.mkdir('/tmp/mine'); fd = os.open('/tmp/mine', os.O_PATH)\n"
                "rights = struct.pack('<Q', 1 << 1 | 1 << 8)\n"  # to write a file, and to make one
                "ruleset = call(444, rights, 8, 0)\n"
                "print(call(445, ruleset, 1, rights + struct.pack('<i', fd), 0), call(446, ruleset, 0))\n")
        result = run_python(code + attempts("open('/tmp/mine/x', 'w')", "open('/tmp/x', 'w')"), root=root)
        self.assertRan(result)
        self.assertEqual(result[1].split(), ["0", "0", "done", "EACCES"])

    @each_identity
    def test_what_was_granted_to_write(self, root):
        folder = os.path.join(scratch(), "granted")
        os.mkdir(folder)
        if ROOT and not root:
            os.chown(folder, harness.NOBODY, harness.NOBODY)
        result = run_python(attempts("os.mkdir('/granted/d')", "open('/granted/d/f', 'w').write('x')"), root=root,
                            change=lambda plan: plan.add("bind-rw", folder, "/granted"))
        self.assertEqual(result[1].split(), ["done"] * 2)


class Loopback(Base):
    CODE = ("import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
            "client = socket.create_connection(server.getsockname()); client.sendall(b'round')\n"
            "print(server.accept()[0].recv(9), socket.if_nameindex())\n"
            "for place in (('127.0.0.1', %d), ('8.8.8.8', 80)):\n"
            "    try: socket.create_connection(place, 2); print('reached')\n    except OSError as e: print(e.errno)")

    @each_identity
    def test_its_own_only(self, root):
        with socket.create_server(("127.0.0.1", 0)) as server:
            result = run_python(self.CODE % server.getsockname()[1], root=root, bpf=ALLOW_ALL,
                                change=lambda plan: plan.add("loopback"))
        self.assertRan(result)
        self.assertEqual(result[1], "b'round' [(1, 'lo')]\n111\n101\n")


class Memfd(Base):
    CODE = ["os.memfd_create('x', 0x10)"]  # MFD_EXEC

    @unittest.skipUnless(ROOT and os.path.exists("/proc/sys/vm/memfd_noexec"), "needs root and kernel 6.3")
    def test_programs_in_memory_files(self):
        self.assertEqual(run_python(attempts(*self.CODE), bpf=ALLOW_ALL)[1], "EACCES\n")
        self.assertEqual(lacking("memfd-limit", calls=self.CODE)[1], "done\n")


class Lab(Base):
    LAYERS = ["seccomp", "netns", "ipcns", "utsns", "cgroup", "pidns", "proc", "userns-limit", "memfd-limit",
              "capabilities", "no-new-privs", "read-only", "noexec", "nosuid", "landlock"]

    def test_the_product_knows_nothing_of_it(self):
        self.assertFailed(run_python("1", change=lambda plan: plan.add("without", "seccomp")), "plan",
                          "unknown directive without")
        with open(harness.LAUNCHER, "rb") as file:
            self.assertNotIn(b"without\0", file.read())

    @each_identity
    def test_each_layer_can_be_left_out_alone(self, root):
        for layer in self.LAYERS:
            with self.subTest(layer=layer):
                result = lacking(layer, root=root, bpf=FILTER, calls=["print(os.getuid())"])
                self.assertRan(result)
                self.assertEqual(result[1], "1000\ndone\n")

    def test_unknown_layer(self):
        for layer in ("roof", "mountns", "root"):
            self.assertFailed(lacking(layer), "plan", layer, errno.EINVAL)

    @each_identity
    def test_what_is_then_missing(self, root):
        status = "print(open('/proc/self/status').read())"
        for layer, name, expected in (("seccomp", "Seccomp", "0"), ("no-new-privs", "NoNewPrivs", "0")):
            result = lacking(layer, root=root, bpf=FILTER, calls=[status])
            self.assertEqual(harness.fields(result[1])[name], expected)
        result = lacking("capabilities", root=root, bpf=FILTER, calls=[status])
        self.assertGreater(int(harness.fields(result[1])["CapEff"], 16), 1 << 21)
        for kind in ("net", "ipc", "uts", "pid"):
            show = "print(os.readlink('/proc/self/ns/%s'))" % kind
            result = lacking(kind + "ns", root=root, bpf=FILTER, calls=[show])
            self.assertEqual(result[1].split()[0], os.readlink("/proc/self/ns/" + kind))
