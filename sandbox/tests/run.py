#!/usr/bin/python3
"""Tests of the sandbox launcher against the real kernel.

usage: run.py [unittest arguments]
ELVES_SANDBOX names the launcher; without it one is built into a temporary folder.
Started as root the tests run twice where identity matters: as root and as uid 65534.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # the folder stays as it is

import harness
from harness import (ALLOW_ALL, FILTER, HOST_ROOT, HOST_WORKER, IDENTITIES, NOBODY, ROOT, Base,
                     Plan, Sandbox, alive, each_identity, fields, processes, python_plan, run,
                     run_python, scratch, until)
from layers import Descriptors, Landlock, Loopback, Memfd, Notify, Lab  # noqa: F401: cases

# Attempts to leave a program behind that runs as the owner of a granted folder: by all calls that take a mode.
SET_OWNER_BITS = r"""
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def attempt(label, call):
    try: call(); print(label, 'done')
    except OSError as e: print(label, errno.errorcode[e.errno])
def raw(number, *values):
    if libc.syscall(ctypes.c_long(number), *values) < 0: raise OSError(ctypes.get_errno(), '')
place, create = b'/granted/', os.O_CREAT | os.O_WRONLY
old = os.open(place + b'old', os.O_RDONLY)
here = os.open(place, os.O_RDONLY)
class How(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ('flags', 'mode', 'resolve')]
attempt('chmod', lambda: os.chmod(place + b'old', 0o4755))
attempt('chmod-group', lambda: os.chmod(place + b'old', 0o2755))
attempt('fchmod', lambda: os.fchmod(old, 0o4755))
attempt('fchmodat', lambda: os.chmod('old', 0o6755, dir_fd=here))
attempt('open', lambda: os.close(os.open(place + b'a', create, 0o4755)))
attempt('openat', lambda: os.close(os.open('b', create, 0o2755, dir_fd=here)))
attempt('unnamed', lambda: os.close(os.open(place, os.O_TMPFILE | os.O_WRONLY, 0o4755)))
attempt('openat2', lambda: raw(437, here, b'c', ctypes.byref(How(create, 0o4755, 0)), ctypes.c_size_t(24)))
attempt('fchmodat2', lambda: raw(452, here, b'old', 0o4755, 0))
attempt('mkdir', lambda: os.mkdir(place + b'd', 0o2755))
attempt('mkdirat', lambda: os.mkdir('e', 0o2755, dir_fd=here))
attempt('mknod', lambda: os.mknod(place + b'f', 0o104755))
x86 = os.uname().machine == 'x86_64'
attempt('open-call', lambda: raw(2, place + b'g', create, 0o4755) if x86 else os.open(place + b'g', create, 0o4755))
attempt('creat-call', lambda: raw(85, place + b'h', 0o4755) if x86 else os.open(place + b'h', create, 0o4755))
attempt('high-bits', lambda: raw(91 if x86 else 52, old, ctypes.c_ulong(1 << 32 | 0o4755)))
"""
STATUS = "print(open('/proc/self/status').read())"


class Command(Base):
    def test_version(self):
        out = subprocess.run([harness.LAUNCHER, "--version"], capture_output=True, text=True)
        self.assertRegex(out.stdout, r"^elves-sandbox \d+\.\d+\n$")

    def test_probe_is_one_line_of_json(self):
        for root, label in IDENTITIES:
            with self.subTest(launcher=label):
                identity = {} if root or not ROOT else {"user": NOBODY, "group": NOBODY,
                                                        "extra_groups": []}
                out = subprocess.run([harness.LAUNCHER + "-probe"], capture_output=True,
                                     text=True, **identity)
                self.assertEqual(out.stdout.count("\n"), 1)
                answer = json.loads(out.stdout)
                for layer in ("userns", "mountns", "pidns", "netns", "ipcns", "utsns",
                              "seccomp", "no_new_privs", "cgroup_v1", "cgroup_v2_kill"):
                    self.assertIsInstance(answer[layer], bool)
                    if not answer[layer]:
                        self.assertTrue(answer["detail"][layer])
                self.assertIsInstance(answer["landlock"], int)
                # The other tests run, so these layers are there.
                self.assertTrue(answer["userns"] and answer["pidns"] and answer["proc"])

    def test_probe_names_what_is_missing(self):
        out = subprocess.run(OUTER + ["sh", "-c", LIMIT % "net" + 'exec "$0-probe"',
                                      harness.LAUNCHER],
                             capture_output=True, text=True, **outer_identity())
        answer = json.loads(out.stdout)
        self.assertIs(answer["netns"], False)
        self.assertIs(answer["pidns"], True)
        self.assertEqual(answer["detail"]["netns"], os.strerror(28))

    def test_by_hand_without_descriptors(self):
        out = subprocess.run([harness.LAUNCHER], capture_output=True, text=True,
                             stdin=subprocess.DEVNULL)
        self.assertEqual(out.returncode, 2)
        self.assertIn("elves-sandbox-probe", out.stderr)


class HappyPath(Base):
    @each_identity
    def test_worker_answers_on_its_streams(self, root):
        result = run_python("import sys\nfor line in sys.stdin: print(line.upper(), end='')\n"
                            "print('log', file=sys.stderr)", b"one\ntwo\n", root=root)
        self.assertRan(result)
        self.assertEqual(result[1:], ("ONE\nTWO\n", "log\n"))

    @each_identity
    def test_worker_is_pid_2_and_uid_1000(self, root):
        result = run_python("import os\nprint(os.getpid(), os.getppid(), os.getsid(0), "
                            "os.getuid(), os.getgid(), os.getcwd(), os.uname().nodename)",
                            root=root)
        self.assertEqual(result[1], "2 1 2 1000 1000 /tmp worker\n")

    @each_identity
    def test_powers_are_gone(self, root):
        state = fields(run_python(STATUS, root=root)[1])
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(state[name], 16), 0, name)
        self.assertEqual((state["NoNewPrivs"], state["Seccomp"]), ("1", "2"))
        self.assertEqual(state["Groups"].strip(), "")
        for name in ("SigBlk", "SigIgn"):  # Python itself ignores PIPE and XFSZ
            self.assertEqual(int(state[name], 16) & ~(1 << 12 | 1 << 24), 0, name)

    @each_identity
    def test_umask(self, root):
        result = run_python("import os\nprint(oct(os.umask(0)))", root=root)
        self.assertEqual(result[1], "0o77\n")

    @each_identity
    def test_standard_library_works(self, root):
        result = run_python(
            "import asyncio, bz2, concurrent.futures, ctypes, datetime, decimal, hashlib\n"
            "import json, lzma, sqlite3, ssl, subprocess, tempfile, urllib.request, uuid\n"
            "import xml.dom.minidom, zipfile, zlib\n"
            "asyncio.run(asyncio.sleep(0))\n"
            "with concurrent.futures.ThreadPoolExecutor(4) as pool:\n"
            "    print(sum(pool.map(abs, range(10))))\n"
            "print(subprocess.run(['/usr/bin/python3', '-c', 'print(7)'],"
            "capture_output=True).stdout)\n"
            "db = sqlite3.connect('/tmp/db'); db.execute('create table t(x)'); db.commit()\n"
            "print(len(hashlib.sha256(os.urandom(9)).hexdigest()))\n".replace("os.", "uuid.os."),
            root=root)
        self.assertRan(result)
        self.assertEqual(result[1], "45\nb'7\\n'\n64\n")

    @each_identity
    def test_environment_is_the_plan_only(self, root):
        result = run_python("import os\nprint(sorted(os.environ))", root=root)
        self.assertEqual(result[1], "%s\n" % sorted(harness.POLICY["environment"]))

    @each_identity
    def test_arguments_arrive_unchanged(self, root):
        odd = ["", " two  words ", "-x", "ünï", "$(id)"]
        plan = python_plan("-c", "import sys; print(sys.argv[1:])", *odd, root=root)
        self.assertEqual(run(plan, root=root)[1], "%s\n" % odd)

    @each_identity
    def test_started_pid_is_init_on_the_host(self, root):
        with Sandbox(python_plan("-c", "input()", root=root), root=root) as sandbox:
            pid = int(sandbox.line().split()[1])
            with open("/proc/%d/status" % pid) as file:
                state = fields(file.read())
            self.assertEqual(state["NSpid"].split(), [str(pid), "1"])
            if root:
                self.assertEqual(state["Uid"].split()[0], str(HOST_ROOT))
                self.assertEqual(os.listdir("/proc/%d/fd" % pid), [])
                # Only the power to pass a signal on to the worker.
                self.assertEqual(int(state["CapEff"], 16), 1 << 5)
            self.assertEqual(int(state["CapBnd"], 16), 0)
            self.assertEqual(state["NoNewPrivs"], "1")
            lines, _, _ = sandbox.finish(b"\n")
            self.assertEqual(lines, ["exited 0"])


class Identity(Base):
    @unittest.skipUnless(ROOT, "needs root")
    def test_worker_is_not_root_on_the_host(self):
        with Sandbox(python_plan("-c", "input()")) as sandbox:
            pid = int(sandbox.line().split()[1])
            with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
                worker = int(file.read().split()[0])
            with open("/proc/%d/status" % worker) as file:
                state = fields(file.read())
            with open("/proc/%d/uid_map" % worker) as file:
                mapped = file.read().split()
            self.assertEqual(state["Uid"].split(), [str(HOST_WORKER)] * 4)
            self.assertEqual(state["Gid"].split(), [str(HOST_WORKER)] * 4)
            self.assertEqual(mapped, ["0", str(HOST_ROOT), "1", "1000", str(HOST_WORKER), "1"])
            with open("/proc/%d/setgroups" % worker) as file:
                self.assertEqual(file.read(), "deny\n")

    @unittest.skipUnless(ROOT, "needs root")
    def test_groups_of_the_agent_are_dropped(self):
        plan = python_plan("-c", "exec(%r)" % STATUS)
        with Sandbox(plan, prefix=["setpriv", "--groups", "4,27"]) as sandbox:
            result = sandbox.finish()
        self.assertRan(result)
        self.assertEqual(fields(result[1])["Groups"].strip(), "")

    @unittest.skipUnless(ROOT, "needs root")
    def test_app_below_a_private_folder_of_root(self):
        private = scratch(0o700)
        app = os.path.join(private, "deep", "app")
        os.makedirs(app, 0o700)
        os.chmod(app, 0o755)
        with open(os.path.join(app, "hello.py"), "w") as file:
            file.write("print('hello from a private folder')")
        os.chmod(file.name, 0o644)
        result = run(python_plan("hello.py", app=app))
        self.assertRan(result)
        self.assertEqual(result[1], "hello from a private folder\n")

    def test_a_map_that_does_not_fit_the_launcher(self):
        for root, _ in IDENTITIES:
            with self.subTest(root=root):
                self.assertFailed(run(python_plan("-c", "1", root=not root), root=root),
                                  "identity", error=1)


class View(Base):
    @each_identity
    def test_root_is_read_only_and_small(self, root):
        result = run_python(
            "import os\nprint(sorted(os.listdir('/')))\n"
            "try: open('/x', 'w')\nexcept OSError as e: print(e.errno)\n"
            "try: open('/usr/lib/x', 'w')\nexcept OSError as e: print(e.errno)", root=root)
        self.assertEqual(result[1], "%s\n30\n30\n" % sorted(
            ["bin", "dev", "etc", "lib", "lib64", "proc", "tmp", "usr"]))

    @each_identity
    def test_every_mount_is_nosuid_and_only_tmp_is_writable(self, root):
        result = run_python("print(open('/proc/self/mounts').read())", root=root)
        seen = set()
        for line in result[1].split("\n"):
            if not line:
                continue
            target, kind, options = line.split()[1:4]
            options = set(options.split(","))
            seen.add(target)
            self.assertIn("nosuid", options, line)
            self.assertEqual("rw" in options, target == "/tmp", line)
            if kind in ("tmpfs", "proc") and not target.startswith("/dev/"):
                self.assertTrue({"noexec", "nodev"} <= options, line)
            if kind == "proc":
                self.assertTrue({"subset=pid", "hidepid=invisible"} <= options, line)
        self.assertTrue({"/tmp", "/proc", "/dev/null", "/usr/lib/python3.11"} <= seen, seen)

    @each_identity
    def test_tmp_is_private_and_owned_by_the_worker(self, root):
        result = run_python("import os\ns = os.stat('/tmp')\n"
                            "print(os.listdir('/tmp'), oct(s.st_mode), s.st_uid, s.st_gid)\n"
                            "open('/tmp/%s', 'w')" % "planted-by-the-worker", root=root)
        self.assertEqual(result[1], "[] 0o40700 1000 1000\n")
        self.assertFalse(os.path.exists("/tmp/planted-by-the-worker"))

    @each_identity
    def test_no_network(self, root):
        # Without the filter and Landlock, so that the namespace is what is looked at.
        result = run_python(
            "import socket\nprint(socket.if_nameindex())\n"
            "for address in ('127.0.0.1', '8.8.8.8'):\n"
            "    try: socket.create_connection((address, 80), 2)\n"
            "    except OSError as e: print(e.errno)", root=root, bpf=ALLOW_ALL,
            change=lambda plan: plan.without("landlock"))
        self.assertRan(result)
        self.assertEqual(result[1], "[(1, 'lo')]\n101\n101\n")

    @each_identity
    def test_namespaces_differ_from_the_host(self, root):
        result = run_python("import os\nfor n in os.listdir('/proc/self/ns'):\n"
                            "    print(n, os.readlink('/proc/self/ns/' + n))", root=root)
        inside = dict(line.split() for line in result[1].splitlines())
        for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
            self.assertNotEqual(inside[kind], os.readlink("/proc/self/ns/" + kind), kind)

    @each_identity
    def test_no_user_namespace_even_without_the_filter(self, root):
        code = ("import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
                "print(libc.unshare(0x10000000), ctypes.get_errno())")
        self.assertEqual(run_python(code, root=root, bpf=ALLOW_ALL)[1], "-1 28\n")

    @each_identity
    def test_requested_proc_files(self, root):
        result = run_python(
            "import os\nprint(sorted(os.listdir('/proc')))\n"
            "print(open('/proc/meminfo').read(9), open('/proc/self/comm').read())\n"
            "for p in ('/proc/cpuinfo', '/proc/sys', '/proc/1/cmdline', '/proc/pids/1/cmdline'):\n"
            "    print(os.path.exists(p))", ask=["/proc/meminfo", "/proc/uptime"], root=root)
        self.assertRan(result)
        self.assertEqual(result[1].splitlines(), [
            "['meminfo', 'mounts', 'pids', 'self', 'thread-self', 'uptime']",
            "MemTotal: python3", "", "False", "False", "False", "False"])

    @each_identity
    def test_optional_source_that_is_missing(self, root):
        plan = python_plan("-c", "import os; print(os.path.exists('/data'))", root=root)
        plan.add("bind-ro-optional", "/nowhere/at/all", "/data/x")
        self.assertEqual(run(plan, root=root)[1], "False\n")

    @unittest.skipUnless(ROOT, "needs root")
    def test_mounts_below_a_source_are_read_only_too(self):
        # In a mount namespace of its own, so the host sees nothing of it.
        app = scratch()
        os.mkdir(os.path.join(app, "sub"))
        code = ("import os\nprint(os.path.exists('sub/inner'))\n"
                "try: open('sub/planted', 'w')\nexcept OSError as e: print(e.errno)\n")
        script = ("mount -t tmpfs -o mode=0777 none '%s/sub' && touch '%s/sub/inner' && "
                  'exec "$0"' % (app, app))
        with Sandbox(python_plan("-c", "exec(%r)" % code, app=app),
                     prefix=("unshare", "-m", "sh", "-c", script)) as sandbox:
            result = sandbox.finish()
        self.assertRan(result)
        self.assertEqual(result[1], "True\n30\n")

    @each_identity
    def test_targets_cannot_leave_through_a_link(self, root):
        plan = python_plan("-c", "import os; print(os.listdir('/etc'), os.listdir('/away'))",
                           root=root)
        plan.add("symlink", "/etc", "/away").add("bind-ro", "/etc/hostname", "/away/planted")
        self.assertEqual(run(plan, root=root)[1].count("'planted'"), 2)
        self.assertFalse(os.path.exists("/etc/planted"))

    @each_identity
    def test_no_inherited_descriptors(self, root):
        # Beyond 5 by the agent's mistake; 3 to 5 are the launcher's own.
        code = "import os\nprint(sorted(map(int, os.listdir('/proc/self/fd'))))"
        plan = python_plan("-c", "exec(%r)" % code, root=root)
        result = run(plan, root=root, extra_fds=(6, 7, 9))
        # 3 is the listing itself.
        self.assertEqual(result[1], "[0, 1, 2, 3]\n")


class Granted(Base):
    """What an operator grants: a folder of somebody's, private to them."""

    # An owner that is neither the launcher nor the worker.
    OWNER = 4321
    DIRECTIVE = None

    def granted(self, root, owner=None):
        """A folder with a file of its owner's; as an ordinary user, that user's."""
        outer = scratch()
        folder = os.path.join(outer, "granted")
        os.mkdir(folder, 0o700)
        with open(os.path.join(folder, "old"), "w") as file:
            file.write("before")
        if ROOT:
            uid = (self.OWNER if owner is None else owner) if root else NOBODY
            for path in (file.name, folder):
                os.chown(path, uid, uid + 1 if root else NOBODY)
            os.chmod(file.name, 0o600)
        return folder

    def run_in(self, folder, code, root, target=None, **options):
        return run_python(code, root=root, change=lambda plan: plan.add(
            self.DIRECTIVE, folder, target or "/granted"), **options)


class RefusedSources:
    """What no granted path may be, written or read."""

    @each_identity
    def test_links_are_refused(self, root):
        folder = self.granted(root)
        outer = os.path.dirname(folder)
        os.symlink(folder, os.path.join(outer, "link"))
        os.symlink(outer, os.path.join(outer, "round"))
        for path in ("link", "round/granted"):
            self.assertFailed(self.run_in(os.path.join(outer, path), "1", root), "root", path, 40)

    @each_identity
    def test_source_missing(self, root):
        self.assertFailed(self.run_in("/nowhere/at/all", "1", root), "root", "/nowhere/at/all", 2)


class Writable(RefusedSources, Granted):
    """bind-rw."""

    DIRECTIVE = "bind-rw"

    @each_identity
    def test_what_is_written_belongs_to_the_owner(self, root):
        folder = self.granted(root)
        result = self.run_in(
            folder, "import os\n"
            "s = os.stat('/granted/old'); print(s.st_uid, s.st_gid, open('/granted/old').read())\n"
            "open('/granted/old', 'a').write(' after')\n"
            "os.mkdir('/granted/new'); open('/granted/new/file', 'w').write('mine')\n"
            "os.symlink('/etc', '/granted/link'); os.rename('/granted/new/file', '/granted/moved')\n"
            "s = os.stat('/granted/moved'); print(s.st_uid, s.st_gid)", root)
        self.assertRan(result)
        self.assertEqual(result[1], "1000 1000 before\n1000 1000\n")
        with open(os.path.join(folder, "old")) as file:
            self.assertEqual(file.read(), "before after")
        owner = os.stat(folder)
        for name in ("old", "new", "link", "moved"):
            made = os.lstat(os.path.join(folder, name))
            self.assertEqual((made.st_uid, made.st_gid), (owner.st_uid, owner.st_gid), name)
        self.assertEqual(os.stat(os.path.join(folder, "moved")).st_mode & 0o777, 0o600)

    @unittest.skipUnless(ROOT, "needs root")
    def test_owner_may_be_root(self):
        folder = self.granted(True, owner=0)
        self.assertRan(self.run_in(folder, "open('/granted/new', 'w').write('x')", True))
        made = os.stat(os.path.join(folder, "new"))
        self.assertEqual((made.st_uid, made.st_gid), (0, 1))

    @each_identity
    def test_no_program_of_the_owner_can_be_made(self, root):
        folder = self.granted(root, owner=0)
        result = self.run_in(folder, SET_OWNER_BITS, root)
        self.assertRan(result)
        answers = [line.split() for line in result[1].splitlines()]
        self.assertEqual(len(answers), 15)
        for label, answer in answers:
            with self.subTest(attempt=label):
                self.assertIn(answer, ("EPERM", "ENOSYS"))
        for name in os.listdir(folder):
            mode = os.lstat(os.path.join(folder, name)).st_mode
            self.assertFalse(mode & 0o6000, "%s has mode %o" % (name, mode))

    @unittest.skipUnless(ROOT, "needs root")
    def test_without_the_filter_the_owner_bits_would_stick(self):
        folder = self.granted(True, owner=0)
        self.run_in(folder, SET_OWNER_BITS, True, bpf=ALLOW_ALL)
        self.assertTrue(os.stat(os.path.join(folder, "old")).st_mode & 0o4000)

    @each_identity
    def test_one_file_is_enough(self, root):
        folder = self.granted(root)
        result = self.run_in(
            os.path.join(folder, "old"), "import os\nopen('/granted/file', 'w').write('changed')\n"
            "try: open('/granted/other', 'w')\nexcept OSError as e: print(e.errno)\n"
            "try: os.unlink('/granted/file')\nexcept OSError as e: print(e.errno)",
            root, target="/granted/file")
        self.assertRan(result)
        self.assertEqual(result[1], "30\n30\n")
        with open(os.path.join(folder, "old")) as file:
            self.assertEqual(file.read(), "changed")

    @each_identity
    def test_flags_of_the_mount(self, root):
        result = self.run_in(self.granted(root), "print(open('/proc/self/mounts').read())", root)
        options = [line.split()[3].split(",") for line in result[1].splitlines()
                   if line.split()[1:2] == ["/granted"]]
        self.assertEqual(len(options), 1, result)
        self.assertTrue({"rw", "nosuid", "nodev", "noexec"} <= set(options[0]), options)

    @unittest.skipUnless(ROOT, "needs root")
    def test_files_of_others_stay_theirs(self):
        folder = self.granted(True)
        for name, mode in (("secret", 0o600), ("public", 0o644)):
            path = os.path.join(folder, name)
            with open(path, "w") as file:
                file.write(name)
            os.chmod(path, mode)
        result = self.run_in(
            folder, "import os\nprint(open('/granted/public').read())\n"
            "for call in (lambda: open('/granted/secret'), lambda: open('/granted/public', 'a'),\n"
            "             lambda: os.chmod('/granted/public', 0o666),\n"
            "             lambda: os.chown('/granted/old', 0, 0)):\n"
            "    try: call(); print('done')\n    except OSError as e: print(e.errno)", True,
            bpf=ALLOW_ALL)
        self.assertRan(result)
        # 75: in this mount there is neither their id to act as nor another to give a file to.
        self.assertEqual(result[1], "public\n13\n13\n75\n75\n")
        self.assertEqual(os.stat(os.path.join(folder, "public")).st_mode & 0o777, 0o644)
        self.assertEqual(os.stat(os.path.join(folder, "old")).st_uid, self.OWNER)

    @unittest.skipUnless(ROOT, "needs root")
    def test_mounts_below_are_left_out(self):
        folder = self.granted(True)
        os.mkdir(os.path.join(folder, "sub"))
        script = ("mount -t tmpfs -o mode=0777 none '%s/sub' && touch '%s/sub/inner' && "
                  'exec "$0"' % (folder, folder))
        code = "import os\nprint(os.listdir('/granted/sub'))"
        plan = python_plan("-c", "exec(%r)" % code).add("bind-rw", folder, "/granted")
        with Sandbox(plan, prefix=("unshare", "-m", "sh", "-c", script)) as sandbox:
            result = sandbox.finish()
        self.assertRan(result)
        self.assertEqual(result[1], "[]\n")

    @unittest.skipUnless(ROOT, "needs root")
    def test_file_system_that_cannot_map(self):
        # The process file system knows no mapped mounts.
        self.assertFailed(self.run_in("/proc/sys/kernel", "1", True), "root",
                          "mapping the owner of /proc/sys/kernel", 22)

    @unittest.skipUnless(ROOT, "needs root")
    def test_somebody_else_is_not_the_owner(self):
        folder = self.granted(True)
        os.chmod(folder, 0o755)
        result = self.run_in(
            folder, "try: open('/granted/new', 'w')\nexcept OSError as e: print(e.errno)", False)
        self.assertEqual(result[1], "13\n")


class Readable(RefusedSources, Granted):
    """bind-ro-mapped."""

    DIRECTIVE = "bind-ro-mapped"

    @each_identity
    def test_read_as_the_owner_reads(self, root):
        result = self.run_in(
            self.granted(root), "import os\n"
            "s = os.stat('/granted/old'); print(s.st_uid, s.st_gid, open('/granted/old').read())", root)
        self.assertRan(result)
        self.assertEqual(result[1], "1000 1000 before\n")

    @each_identity
    def test_nothing_can_be_changed(self, root):
        result = self.run_in(
            self.granted(root), "import os\n"
            "for call in (lambda: open('/granted/old', 'a'), lambda: open('/granted/new', 'w'),\n"
            "             lambda: os.unlink('/granted/old'), lambda: os.chmod('/granted/old', 0o666),\n"
            "             lambda: os.rename('/granted/old', '/granted/x'), lambda: os.mkdir('/granted/d'),\n"
            "             lambda: os.symlink('x', '/granted/l'), lambda: os.utime('/granted/old'),\n"
            "             lambda: os.chown('/granted/old', 1000, 1000)):\n"
            "    try: call(); print('done')\n    except OSError as e: print(e.errno)", root, bpf=ALLOW_ALL)
        self.assertRan(result)
        self.assertEqual(result[1].split(), ["30"] * 9)

    @each_identity
    def test_flags_of_the_mount(self, root):
        result = self.run_in(self.granted(root), "print(open('/proc/self/mounts').read())", root)
        options = [line.split()[3].split(",") for line in result[1].splitlines()
                   if line.split()[1:2] == ["/granted"]]
        self.assertEqual(len(options), 1, result)
        self.assertTrue({"ro", "nosuid", "nodev"} <= set(options[0]), options)

    @unittest.skipUnless(ROOT, "needs root")
    def test_files_of_others_stay_theirs(self):
        folder = self.granted(True)
        for name, mode, group in (("secret", 0o600, 0), ("public", 0o644, 0), ("ours", 0o640, self.OWNER + 1)):
            path = os.path.join(folder, name)
            with open(path, "w") as file:
                file.write(name)
            os.chown(path, 0, group)
            os.chmod(path, mode)
        result = self.run_in(
            folder, "for name in ('secret', 'public', 'ours'):\n"
            "    try: print(open('/granted/' + name).read())\n    except OSError as e: print(e.errno)", True,
            bpf=ALLOW_ALL)
        self.assertRan(result)
        self.assertEqual(result[1], "13\npublic\nours\n")

    @unittest.skipUnless(ROOT, "needs root")
    def test_a_log_of_root_and_its_group(self):
        path = os.path.join(self.granted(True), "old")
        os.chown(path, 0, 4)
        os.chmod(path, 0o640)
        result = self.run_in(path, "print(open('/granted/kern.log').read())", True, target="/granted/kern.log")
        self.assertRan(result)
        self.assertEqual(result[1], "before\n")

    @unittest.skipUnless(ROOT, "needs root")
    def test_mounts_below_are_read_as_by_others(self):
        folder = self.granted(True)
        os.mkdir(os.path.join(folder, "sub"))
        script = ("mount -t tmpfs -o mode=0755 none '%s/sub' && cd '%s/sub' && echo x >public && echo y >private && "
                  'chmod 600 private && chmod 666 public && chown -R %d . && cd / && exec "$0"'
                  % (folder, folder, self.OWNER))
        code = ("for name, mode in (('public', 'r'), ('private', 'r'), ('public', 'a')):\n"
                "    try: print(open('/granted/sub/' + name, mode).read())\n    except OSError as e: print(e.errno)")
        plan = python_plan("-c", "exec(%r)" % code).add("bind-ro-mapped", folder, "/granted")
        with Sandbox(plan, prefix=("unshare", "-m", "sh", "-c", script)) as sandbox:
            result = sandbox.finish()
        self.assertRan(result)
        self.assertEqual(result[1].split(), ["x", "13", "30"])

    @each_identity
    def test_file_system_that_cannot_map(self, root):
        # The process file system knows no mapped mounts: then it is read as everybody reads it.
        result = self.run_in(
            "/proc/sys/kernel", "print(open('/granted/ostype').read())\n"
            "try: print(open('/granted/cad_pid').read())\nexcept OSError as e: print(e.errno)", root)
        self.assertRan(result)
        self.assertEqual(result[1].split(), ["Linux", "13"])


class Socket(Base):
    @each_identity
    def test_a_socket_can_be_shown_and_spoken_to(self, root):
        path = os.path.join(scratch(), "proxy")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            os.chmod(path, 0o666)
            listener.listen()
            code = ("import os, socket\ns = socket.socket(socket.AF_UNIX)\n"
                    "s.connect('/run/elves/proxy.sock'); s.sendall(b'hello')\n"
                    "try: os.unlink('/run/elves/proxy.sock')\nexcept OSError as e: print(e.errno)")
            # Nobody connects, nobody knows: the kernel's queue holds it.
            result = run_python(code, root=root, bpf=ALLOW_ALL, change=lambda plan: plan.add(
                "bind-ro", path, "/run/elves/proxy.sock"))
            self.assertRan(result)
            self.assertEqual(result[1], "30\n")
            connection, _ = listener.accept()
            with connection:
                self.assertEqual(connection.recv(9), b"hello")


class Secrets(Base):
    CODE = ("import os\nprint(os.read(3, 99)); os.close(3)\n"
            "print(sorted(map(int, os.listdir('/proc/self/fd'))))\n")
    TEXT = b'{"token":"abc"}'

    @each_identity
    def test_they_are_descriptor_3(self, root):
        result = run_python(self.CODE, root=root, secrets=self.TEXT,
                            change=lambda plan: plan.add("secrets"))
        self.assertRan(result)
        self.assertEqual(result[1], "%r\n[0, 1, 2, 3]\n" % self.TEXT)  # 3 is the listing

    @each_identity
    def test_nothing_else_comes_with_them(self, root):
        code = "import os\nos.open('/', 0)\nprint(sorted(map(int, os.listdir('/proc/self/fd'))))"
        result = run_python(code, root=root, secrets=self.TEXT, extra_fds=(7, 9),
                            change=lambda plan: plan.add("secrets"))
        self.assertEqual(result[1], "[0, 1, 2, 3, 4, 5]\n")  # 3: secrets, 4: "/", 5: the listing

    @each_identity
    def test_not_asked_for(self, root):
        code = "import os\ntry: os.read(3, 1)\nexcept OSError as e: print(e.errno)"
        self.assertEqual(run_python(code, root=root, secrets=self.TEXT)[1], "9\n")

    @each_identity
    def test_asked_for_and_missing(self, root):
        result = run_python("1", root=root, change=lambda plan: plan.add("secrets"))
        self.assertFailed(result, "plan", "descriptor 6", 9)

    @each_identity
    def test_the_launcher_and_init_keep_no_copy(self, root):
        plan = python_plan("-c", "input()", root=root).add("secrets")
        with Sandbox(plan, root=root, secrets=self.TEXT) as sandbox:
            init = int(sandbox.line().split()[1])
            for pid in (sandbox.process.pid, init):
                if not root and pid == init:
                    continue  # not even root's tests may look
                names = [os.readlink("/proc/%d/fd/%s" % (pid, fd))
                         for fd in os.listdir("/proc/%d/fd" % pid)]
                self.assertEqual([name for name in names if "memfd" in name], [])
            self.assertEqual(sandbox.finish(b"\n")[0], ["exited 0"])


class Endings(Base):
    @each_identity
    def test_exit_codes(self, root):
        for code in (0, 1, 3, 125, 126, 127, 255):
            self.assertRan(run_python("import os\nos._exit(%d)" % code, root=root), code)

    @each_identity
    def test_signals(self, root):
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGABRT):
            result = run_python("import os\nos.kill(2, %d)" % number, root=root)
            self.assertEqual(result[0][1:], ["signaled %d" % number])

    @each_identity
    def test_output_after_close_is_seen_at_once(self, root):
        code = "import os\nos.close(1)\nos.read(0, 1)"
        with Sandbox(python_plan("-c", "exec(%r)" % code, root=root), root=root) as sandbox:
            self.assertTrue(sandbox.line().startswith("started"))
            self.assertEqual(sandbox.process.stdout.read(), b"")  # end while it lives
            self.assertIsNone(sandbox.process.poll())
            self.assertEqual(sandbox.finish(b"x")[0], ["exited 0"])

    @each_identity
    def test_term_reaches_the_worker(self, root):
        code = ("import signal, sys\nsignal.signal(15, lambda *a: sys.exit(9))\n"
                "print('ready', flush=True)\nwhile True: signal.pause()")
        with Sandbox(python_plan("-c", "exec(%r)" % code, root=root), root=root) as sandbox:
            self.assertEqual(sandbox.process.stdout.readline(), b"ready\n")
            sandbox.send(b"t")
            self.assertEqual(sandbox.finish()[0][-1], "exited 9")

    @each_identity
    def test_term_before_the_start_is_not_lost(self, root):
        # Deaf to the end of its input: only the signal ends it.
        plan = python_plan("-c", "import signal; signal.pause()", root=root)
        with Sandbox(plan, root=root) as sandbox:
            sandbox.send(b"t")
            self.assertEqual(sandbox.finish()[0][1:], ["signaled 15"])

    @each_identity
    def test_kill_before_the_start(self, root):
        with Sandbox(python_plan("-c", "input()", root=root), root=root) as sandbox:
            sandbox.send(b"k")
            self.assertEqual(sandbox.finish()[0][-1], "signaled 9")

    @each_identity
    def test_unknown_bytes_are_ignored(self, root):
        with Sandbox(python_plan("-c", "input()", root=root), root=root) as sandbox:
            sandbox.line()
            sandbox.send(b"?\n\0")
            self.assertEqual(sandbox.finish(b"\n")[0], ["exited 0"])


class WholeTree(Base):
    """A worker with daemons: own sessions, double-forked, deaf to signals."""

    TREE = ("import os, signal, sys\n"
            "for _ in range(6):\n"
            "    if os.fork() == 0:\n"
            "        os.setsid()\n"
            "        if os.fork(): os._exit(0)\n"
            "        for n in range(1, 32):\n"
            "            try: signal.signal(n, signal.SIG_IGN)\n"
            "            except OSError: pass\n"
            "        os.write(1, b'x')\n"
            "        while True: signal.pause()\n"
            "for n in (15, 1, 2): signal.signal(n, signal.SIG_IGN)\n")
    WAIT = "while True: signal.pause()\n"

    def start(self, root, ending=WAIT):
        mark = "mark-%d-%s" % (os.getpid(), os.urandom(8).hex())
        plan = python_plan("-c", "exec(%r)" % (self.TREE + ending), mark, root=root)
        sandbox = Sandbox(plan, root=root)
        self.addCleanup(sandbox.__exit__)
        self.assertTrue(sandbox.line().startswith("started"))
        self.assertEqual(sandbox.process.stdout.read(6), b"xxxxxx")
        return sandbox, mark

    def assertGone(self, mark):
        self.assertTrue(until(lambda: not processes(mark), 2.0), processes(mark))

    @each_identity
    def test_kill_by_command(self, root):
        sandbox, mark = self.start(root)
        self.assertGreaterEqual(len(processes(mark)), 7)
        sandbox.send(b"k")
        self.assertEqual(sandbox.line(), "signaled 9")
        self.assertEqual(processes(mark), [])  # told only after all are gone
        self.assertEqual(sandbox.line(), "")

    @each_identity
    def test_term_is_ignored_then_killed(self, root):
        sandbox, mark = self.start(root)
        sandbox.send(b"t")
        self.assertGreaterEqual(len(processes(mark)), 7)
        sandbox.send(b"k")
        self.assertEqual(sandbox.line(), "signaled 9")
        self.assertEqual(processes(mark), [])

    @each_identity
    def test_agent_gone(self, root):
        sandbox, mark = self.start(root)
        sandbox.control.close()
        self.assertGone(mark)
        self.assertTrue(until(lambda: sandbox.process.poll() is not None, 2.0))

    @each_identity
    def test_launcher_killed(self, root):
        sandbox, mark = self.start(root)
        sandbox.process.kill()
        self.assertGone(mark)
        self.assertEqual(sandbox.line(), "")

    @each_identity
    def test_worker_ends_and_leaves_daemons(self, root):
        sandbox, mark = self.start(root, "os.read(0, 1)\nos._exit(4)\n")
        sandbox.process.stdin.write(b"x")
        sandbox.process.stdin.flush()
        self.assertEqual(sandbox.line(), "exited 4")
        self.assertEqual(processes(mark), [])

    @each_identity
    def test_init_killed_from_outside(self, root):
        mark = "mark-" + os.urandom(8).hex()
        with Sandbox(python_plan("-c", "input()", mark, root=root), root=root) as sandbox:
            os.kill(int(sandbox.line().split()[1]), signal.SIGKILL)
            self.assertEqual(sandbox.line(), "signaled 9")
            self.assertEqual(processes(mark), [])

    @each_identity
    def test_process_limit_is_per_sandbox(self, root):
        """One sandbox at its limit takes nothing from another with the same ids."""
        full = ("import os, signal\n"
                "try:\n    while True:\n        if not os.fork(): signal.pause()\n"
                "except OSError: os.write(1, b'full')\n"
                "signal.pause()\n")
        with Sandbox(python_plan("-c", "exec(%r)" % full, root=root), root=root) as sandbox:
            self.assertEqual(sandbox.process.stdout.read(4), b"full")
            other = run_python("import os\nfor _ in range(20):\n"
                               "    if not os.fork(): os._exit(0)\nprint('fine')", root=root)
            self.assertEqual(other[1], "fine\n")
            sandbox.send(b"k")
            self.assertEqual(sandbox.finish()[0][-1], "signaled 9")

    @each_identity
    def test_launcher_ended_by_term(self, root):
        sandbox, mark = self.start(root)
        sandbox.process.terminate()
        self.assertGone(mark)

    @each_identity
    def test_many_short_lives_leave_nothing(self, root):
        for _ in range(30):
            with Sandbox(python_plan("-c", "1", root=root), root=root) as sandbox:
                pid = int(sandbox.line().split()[1])
                self.assertEqual(sandbox.line(), "exited 0")
                self.assertFalse(alive(pid))


# A user namespace of the test's own, in which namespaces can be forbidden
# without touching the host's limits.
OUTER = ["unshare", "--user", "--map-current-user", "--keep-caps"]
LIMIT = "echo 0 >/proc/sys/user/max_%s_namespaces && "


def outer_identity():
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if ROOT else {}


class FailedLayers(Base):
    def test_namespaces(self):
        for limit, layer in (("user", "userns"), ("mnt", "mountns"), ("pid", "pidns"),
                             ("net", "netns"), ("ipc", "ipcns"), ("uts", "utsns"),
                             ("cgroup", "cgroup")):
            with self.subTest(layer=layer):
                prefix = OUTER + ["sh", "-c", LIMIT % limit + 'exec "$0"']
                with Sandbox(python_plan("-c", "1", root=False), root=False,
                             prefix=prefix) as sandbox:
                    self.assertFailed(sandbox.finish(), layer, error=28)

    @unittest.skipUnless(ROOT, "needs root")
    def test_proc(self):
        # With a part of /proc covered the kernel grants no fresh one.
        prefix = ["unshare", "-m", "sh", "-c",
                  'mount -t tmpfs none /proc/sys && exec "$0"']
        with Sandbox(python_plan("-c", "1"), prefix=prefix) as sandbox:
            self.assertFailed(sandbox.finish(), "proc", error=1)

    @unittest.skipUnless(ROOT, "needs root")
    def test_capabilities_and_groups(self):
        # Without CAP_SETGID the launcher can drop no groups and map no ids.
        prefix = ["setpriv", "--bounding-set=-setgid", "--inh-caps=-setgid"]
        with Sandbox(python_plan("-c", "1"), prefix=prefix) as sandbox:
            self.assertFailed(sandbox.finish(), "identity", error=1)

    @each_identity
    def test_root_source_missing(self, root):
        plan = python_plan("-c", "1", root=root).add("bind-ro", "/nowhere", "/data")
        self.assertFailed(run(plan, root=root), "root", "/nowhere", 2)

    @each_identity
    def test_root_target_in_the_way(self, root):
        for target in ("/usr/bin/python3/x", "/usr/lib/python3.11/new", "/dev/null/x"):
            plan = python_plan("-c", "1", root=root).add("bind-ro", "/etc/hostname", target)
            self.assertFailed(run(plan, root=root), "root", target.rsplit("/", 1)[0])

    @each_identity
    def test_root_link_in_the_way(self, root):
        plan = python_plan("-c", "1", root=root).add("symlink", "x", "/usr/bin")
        self.assertFailed(run(plan, root=root), "root", "/usr/bin", 17)

    @each_identity
    def test_root_cwd_missing(self, root):
        self.assertFailed(run(python_plan("-c", "1", root=root).set("cwd", "/none"), root=root),
                          "root", "/none", 2)

    @unittest.skipUnless(ROOT, "needs root")
    def test_root_source_of_somebody_else(self):
        private = scratch(0o700)
        plan = python_plan("-c", "1", root=False).add("bind-ro", private + "/x", "/data")
        self.assertFailed(run(plan, root=False), "root", private, 13)

    @each_identity
    def test_limits(self, root):
        prefix = ["prlimit", "--nofile=300:300"]
        plan = python_plan("-c", "1", root=root).without("rlimit").add("rlimit", "nofile", 4096)
        for keep in ([], ["setpriv", "--bounding-set=-sys_resource"]):
            with Sandbox(plan, root=root, prefix=keep + prefix if root else prefix) as sandbox:
                self.assertFailed(sandbox.finish(), "limits", error=1)
            if not root:
                break

    @each_identity
    def test_cgroup(self, root):
        for path in ("/nowhere", "/etc"):
            plan = python_plan("-c", "1", root=root).add("cgroup", path)
            self.assertFailed(run(plan, root=root), "cgroup", path)

    @each_identity
    def test_exec(self, root):
        for path, error in (("/nowhere", 2), ("/tmp", 13), ("/usr/lib/python3.11/os.py", 13)):
            plan = python_plan("-c", "1", root=root).set("exec", path)
            self.assertFailed(run(plan, root=root), "exec", path, error)

    @unittest.skipIf(harness.SANITIZED, "the sanitizer itself needs system calls")
    @each_identity
    def test_exec_refused_by_the_filter(self, root):
        # Nothing at all is allowed, so the failure is told without system calls.
        deny = (0x06).to_bytes(2, "little") + bytes(2) + (0x00050001).to_bytes(4, "little")
        self.assertFailed(run(python_plan("-c", "1", root=root), root=root, bpf=deny),
                          "exec", error=1)

    @each_identity
    def test_seccomp(self, root):
        for label, bpf in (("empty", b""), ("odd length", FILTER[:-3]),
                           ("no return", ALLOW_ALL.replace(b"\x06", b"\x00", 1)),
                           ("bad code", b"\xff" * 8), ("too long", ALLOW_ALL * 4097)):
            with self.subTest(filter=label):
                self.assertFailed(run(python_plan("-c", "1", root=root), root=root, bpf=bpf),
                                  "seccomp", error=22)

    @each_identity
    def test_descriptors_missing(self, root):
        for leave_out in ((3,), (4,), (3, 4)):
            self.assertFailed(run(python_plan("-c", "1", root=root), root=root,
                                  leave_out=leave_out), "plan", error=9)


GOOD = Plan().add("cwd", "/tmp").add("exec", "/x").add("arg", "x").add("tmpfs", "/tmp", 4096, 9)
BAD_PLANS = [
    # what is wrong, how the good plan is changed, words of the message
    ("empty", lambda t: "", "newline"),
    ("cut off", lambda t: t[:-1], "newline"),
    ("no first line", lambda t: t.split("\n", 1)[1], "first line"),
    ("other version", lambda t: t.replace("plan 1", "plan 2"), "first line"),
    ("space after the version", lambda t: t.replace("plan 1", "plan 1 "), "first line"),
    ("carriage returns", lambda t: t.replace("\n", "\r\n"), "first line"),
    ("NUL byte", lambda t: t + "env\tA=\0\n", "NUL"),
    ("too long", lambda t: t + "arg\t" + "x" * 65536 + "\n", "too long"),
    ("empty line", lambda t: t + "\n", "unknown directive"),
    ("comment", lambda t: t + "# hello\n", "unknown directive"),
    ("unknown directive", lambda t: t + "bind-wo\t/a\t/b\n", "unknown directive bind-wo"),
    ("upper case", lambda t: t + "CWD\t/tmp\n", "unknown directive"),
    ("space for tab", lambda t: t + "arg x\n", "unknown directive"),
    ("field missing", lambda t: t + "bind-ro\t/etc\n", "wrong number of fields"),
    ("field too many", lambda t: t + "cwd\t/tmp\t\n", "wrong number of fields"),
    ("nine fields", lambda t: t + "arg" + "\tx" * 9 + "\n", "too many fields"),
    ("writable without a target", lambda t: t + "bind-rw\t/etc\n", "wrong number of fields"),
    ("writable source with ..", lambda t: t + "bind-rw\t/etc/../x\t/etc\n", "bad source"),
    ("writable target is the root", lambda t: t + "bind-rw\t/etc\t/\n", "bad target"),
    ("mapped without a target", lambda t: t + "bind-ro-mapped\t/etc\n", "wrong number of fields"),
    ("mapped source with ..", lambda t: t + "bind-ro-mapped\t/etc/../x\t/etc\n", "bad source"),
    ("mapped target is the root", lambda t: t + "bind-ro-mapped\t/etc\t/\n", "bad target"),
    ("secrets twice", lambda t: t + "secrets\nsecrets\n", "given twice"),
    ("secrets with a number", lambda t: t + "secrets\t6\n", "wrong number of fields"),
    ("argument to a bare word", lambda t: t + "single-map\tx\n", "wrong number of fields"),
    ("no hostname", lambda t: t.replace("hostname\tworker\n", ""), "missing"),
    ("no exec", lambda t: t.replace("exec\t/x\n", ""), "missing"),
    ("no argument", lambda t: t.replace("arg\tx\n", ""), "missing"),
    ("no cwd", lambda t: t.replace("cwd\t/tmp\n", ""), "missing"),
    ("no identity", lambda t: "elves-plan 1\n" + t.split("\n", 3)[3], "missing"),
    ("two identities", lambda t: t + "single-map\n", "given twice"),
    ("host root as init", lambda t: swap_map(t, "0\t7"), "bad ids"),
    ("host root as worker", lambda t: swap_map(t, "7\t0"), "bad ids"),
    ("one id for both", lambda t: swap_map(t, "7\t7"), "bad ids"),
    ("id -1", lambda t: swap_map(t, "7\t4294967295"), "bad ids"),
    ("id over 32 bits", lambda t: swap_map(t, "7\t4294967296"), "bad ids"),
    ("negative id", lambda t: swap_map(t, "-7\t8"), "bad ids"),
    ("hexadecimal id", lambda t: swap_map(t, "0x7\t8"), "bad ids"),
    ("hostname twice", lambda t: t + "hostname\ta\n", "given twice"),
    ("cwd twice", lambda t: t + "cwd\t/\n", "given twice"),
    ("exec twice", lambda t: t + "exec\t/y\n", "given twice"),
    ("hostname with a space", lambda t: t.replace("worker", "a b"), "bad hostname"),
    ("hostname too long", lambda t: t.replace("worker", "a" * 64), "bad hostname"),
    ("relative target", lambda t: t + "bind-ro\t/etc\tetc\n", "bad target"),
    ("target with ..", lambda t: t + "bind-ro\t/etc\t/a/../b\n", "bad target"),
    ("target ending in ..", lambda t: t + "bind-ro\t/etc\t/a/..\n", "bad target"),
    ("target with .", lambda t: t + "bind-ro\t/etc\t/a/./b\n", "bad target"),
    ("target with //", lambda t: t + "bind-ro\t/etc\t//a\n", "bad target"),
    ("target ending in /", lambda t: t + "bind-ro\t/etc\t/a/\n", "bad target"),
    ("target is the root", lambda t: t + "bind-ro\t/etc\t/\n", "bad target"),
    ("target is /proc", lambda t: t + "tmpfs\t/proc\t4096\t9\n", "bad target"),
    ("target is /dev", lambda t: t + "bind-ro\t/dev\t/dev\n", "bad target"),
    ("empty target", lambda t: t + "symlink\tx\t\n", "bad target"),
    ("relative source", lambda t: t + "bind-ro\tetc\t/etc\n", "bad source"),
    ("source with ..", lambda t: t + "bind-ro\t/etc/../x\t/etc\n", "bad source"),
    ("empty link", lambda t: t + "symlink\t\t/etc\n", "empty value"),
    ("tmpfs without limit", lambda t: t + "tmpfs\t/a\t0\t9\n", "bad size"),
    ("tmpfs without inodes", lambda t: t + "tmpfs\t/a\t4096\t0\n", "bad size"),
    ("tmpfs with a unit", lambda t: t + "tmpfs\t/a\t4k\t9\n", "bad size"),
    ("tmpfs with options", lambda t: t + "tmpfs\t/a\t4096,mode=0777\t9\n", "bad size"),
    ("tmpfs too large", lambda t: t + "tmpfs\t/a\t" + "9" * 19 + "\t9\n", "bad size"),
    ("unknown limit", lambda t: t + "rlimit\trss\t1\n", "unknown rlimit"),
    ("limit twice", lambda t: t + "rlimit\tcpu\t1\nrlimit\tcpu\t2\n", "given twice"),
    ("limit without value", lambda t: t + "rlimit\tcpu\t\n", "bad value"),
    ("limit unlimited", lambda t: t + "rlimit\tcpu\tunlimited\n", "bad value"),
    ("limit with a sign", lambda t: t + "rlimit\tcpu\t+1\n", "bad value"),
    ("limit too large", lambda t: t + "rlimit\tcpu\t" + "9" * 25 + "\n", "bad value"),
    ("env without =", lambda t: t + "env\tA\n", "bad env"),
    ("env without name", lambda t: t + "env\t=x\n", "bad env"),
    ("env with a dash", lambda t: t + "env\tA-B=x\n", "bad env"),
    ("env with a digit first", lambda t: t + "env\t1A=x\n", "bad env"),
    ("env twice", lambda t: t + "env\tA=x\nenv\tA=y\n", "given twice"),
    ("relative cwd", lambda t: t.replace("cwd\t/tmp", "cwd\ttmp"), "bad cwd"),
    ("relative exec", lambda t: t.replace("exec\t/x", "exec\tx"), "bad exec"),
    ("relative cgroup", lambda t: t + "cgroup\tx\n", "bad cgroup"),
    ("too many cgroups", lambda t: t + "cgroup\t/x\n" * 17, "too many"),
    ("too many arguments", lambda t: t + "arg\tx\n" * 512, "too many"),
    ("too many variables", lambda t: t + "".join("env\tA%d=\n" % i for i in range(513)),
     "too many"),
    ("too many mounts", lambda t: t + "bind-ro\t/etc\t/etc\n" * 513, "too many"),
]


def swap_map(text, ids):
    return re.sub("(uid-map\t.*|single-map)\n", "uid-map\t%s\n" % ids, text)


class BadPlans(Base):
    def test_table(self):
        for label, change, words in BAD_PLANS:
            with self.subTest(plan=label):
                self.assertFailed(run(change(GOOD.text())), "plan", words)

    def test_message_stays_one_line(self):
        result = run(GOOD.text() + "a\x1b[31mb\x01\n")
        self.assertFailed(result, "plan", "a?[31mb?")

    def test_the_good_plan_gets_as_far_as_exec(self):
        self.assertFailed(run(GOOD.text()), "exec", "/x", 2)


@unittest.skipUnless(ROOT and os.access("/sys/fs/cgroup/pids", os.W_OK), "needs cgroup v1")
class Cgroups(Base):
    def test_worker_is_a_member_and_cannot_see_the_path(self):
        group = "/sys/fs/cgroup/pids/elves-test-%d" % os.getpid()
        os.mkdir(group)
        self.addCleanup(lambda: until(lambda: not os.path.exists(group) or not _rmdir(group)))
        with open(group + "/pids.max", "w") as file:
            file.write("6")
        code = ("import os, signal\n"
                "print([l for l in open('/proc/self/cgroup') if ':pids:' in l], flush=True)\n"
                "made = 0\n"
                "try:\n    while made < 30:\n        if not os.fork(): signal.pause()\n"
                "        made += 1\n"
                "except OSError as e: print(made, e.errno)\n")
        result = run(python_plan("-c", "exec(%r)" % code).add("cgroup", group))
        self.assertIn(":pids:/\\n", result[1])
        self.assertIn("4 11\n", result[1])  # six tasks: init, worker, four children


UNIFIED = next((path for path in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
                if os.path.exists(path + "/cgroup.procs") and os.access(path, os.W_OK)), None)


@unittest.skipUnless(ROOT and UNIFIED, "needs cgroup v2")
class CgroupsOfVersion2(Base):
    def test_the_whole_tree_is_in_it_and_can_be_killed(self):
        group = "%s/elves-test-%d" % (UNIFIED, os.getpid())
        os.mkdir(group)
        self.addCleanup(lambda: until(lambda: not os.path.exists(group) or not _rmdir(group)))
        code = ("import os, signal\n"
                "for _ in range(4):\n"
                "    if not os.fork(): os.setsid(); signal.pause()\n"
                "print(open('/proc/self/cgroup').read().splitlines()[-1], flush=True); signal.pause()\n")
        with Sandbox(python_plan("-c", "exec(%r)" % code).add("cgroup", group)) as sandbox:
            self.assertEqual(sandbox.process.stdout.readline(), b"0::/\n")
            with open(group + "/cgroup.procs") as file:
                self.assertEqual(len(file.read().split()), 6)
            with open(group + "/cgroup.kill", "w") as file:
                file.write("1")
            self.assertEqual(sandbox.finish()[0][-1], "signaled 9")
        with open(group + "/cgroup.events") as file:
            self.assertIn("populated 0", file.read())


def _rmdir(path):
    try:
        os.rmdir(path)
    except OSError as error:
        return error


if __name__ == "__main__":
    unittest.main()
