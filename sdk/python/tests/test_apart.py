"""What a call of a zygote can do to its parent, to the host and to the calls after it: attempts, and their answers."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import support  # noqa: E402
from support import LANDLOCK, call, hello, lines  # noqa: E402

APP = r'''
import ctypes, errno, os, signal, socket, subprocess, tempfile
import elves

FIRST_FOLDER = tempfile.gettempdir()
LIBC = ctypes.CDLL(None, use_errno=True)


def trace(process):
    PTRACE_SEIZE = 0x4206
    if LIBC.ptrace(PTRACE_SEIZE, process, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def read_memory(process):
    class Part(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
    here = ctypes.create_string_buffer(1)
    part = Part(ctypes.addressof(here), 1)
    if LIBC.process_vm_readv(process, ctypes.byref(part), 1, ctypes.byref(part), 1, 0) != 1:
        raise OSError(ctypes.get_errno(), "process_vm_readv")


def write(path):
    with open(path, "w") as handle:
        handle.write("written")


def connect(name):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + name)


def move_inside():
    for name in ("one", "two"):
        os.mkdir(os.environ["TMPDIR"] + "/" + name)
    write(os.environ["TMPDIR"] + "/one/file")
    os.rename(os.environ["TMPDIR"] + "/one/file", os.environ["TMPDIR"] + "/two/file")


class apart:
    def attempt(self, param):
        out, own, parent = param["out"], os.environ.get("TMPDIR", param["out"]), os.getppid()
        attempts = {
            "write a file outside": lambda: write(out + "/new"),
            "write into a file outside": lambda: write(out + "/there"),
            "append to a file outside": lambda: open(out + "/there", "a").close(),
            "cut a file outside": lambda: os.truncate(out + "/there", 1),
            "remove a file outside": lambda: os.unlink(out + "/victim"),
            "remove a folder outside": lambda: os.rmdir(out + "/empty"),
            "make a folder outside": lambda: os.mkdir(out + "/folder"),
            "make a link outside": lambda: os.symlink("/", out + "/link"),
            "make a pipe outside": lambda: os.mkfifo(out + "/pipe"),
            "make a socket outside": lambda: socket.socket(socket.AF_UNIX).bind(out + "/socket"),
            "move a file out": lambda: (write(own + "/mine"), os.rename(own + "/mine", out + "/moved")),
            "move a file in": lambda: os.rename(out + "/there", own + "/moved"),
            "link a file in": lambda: os.link(out + "/there", own + "/linked"),
            "write beside its own folder": lambda: write(os.path.dirname(own) + "/beside"),
            "signal the parent": lambda: os.kill(parent, 0),
            "stop the parent": lambda: os.kill(parent, signal.SIGCONT),
            "signal the process of the tests": lambda: os.kill(param["tests"], 0),
            "trace the parent": lambda: trace(parent),
            "read the memory of the parent": lambda: read_memory(parent),
            "open the memory of the parent": lambda: open("/proc/%d/mem" % parent, "rb").close(),
            "read the environment of the parent": lambda: open("/proc/%d/environ" % parent, "rb").read(),
            "take a descriptor of the parent": lambda: os.open("/proc/%d/fd/2" % parent, os.O_WRONLY),
            "reach a socket without a path": lambda: connect(param["socket"]),
            "read a file outside": lambda: open(out + "/there").read(),
            "run a program": lambda: subprocess.run(["/bin/true"], check=True),
            "signal a process of its own": lambda: subprocess.Popen(["/bin/sleep", "60"]).kill(),
            "write what nobody reads": lambda: subprocess.run(["/bin/true"], stdout=subprocess.DEVNULL, check=True),
            "write where it may": lambda: (write(param["granted"] + "/new"), write(param["granted_file"])),
            "write a file of its own": lambda: write(own + "/own"),
            "move a file of its own": move_inside,
        }
        try:
            attempts[param["what"]]()
            return True, "done"
        except OSError as error:
            return True, errno.errorcode[error.errno]

    def places(self, param):
        made = tempfile.mkdtemp()
        return True, [FIRST_FOLDER, os.environ["TMPDIR"], os.environ["HOME"], os.path.dirname(made),
                      os.stat(os.environ["TMPDIR"]).st_mode & 0o777, sorted(os.listdir(os.environ["TMPDIR"] + "/.."))]

    def own(self, param):
        found = []
        for name in os.listdir("/proc/self/fd"):
            try:
                found.append(os.fstat(int(name)).st_ino)
            except OSError:
                pass  # the one that the folder was read by
        return True, found

    def stay(self, param):
        """Answers, and then for the next call as well, and stays."""
        worker, text = elves._worker, param["text"].encode()
        worker._send_result(worker._id, True, "first", None)
        try:
            while True:
                os.write(worker._writer, text)
        except OSError:
            pass
        signal.pause()

    def forge(self, param):
        os.write(elves._worker._writer, param["text"].encode() * param.get("times", 1))
        signal.pause()

    def echo(self, param):
        return True, param

    def leave(self, param):
        """Leaves a file, a process that cannot be asked to end, and in that a socket and the end of a pipe."""
        write(os.environ["TMPDIR"] + "/left")
        ready, told = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                for number in range(1, signal.NSIG):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError):
                        pass
                held = os.open(param["held"], os.O_WRONLY)
                left = socket.socket(socket.AF_UNIX)
                left.bind("\0" + param["socket"])
                os.write(told, b"!")
                while True:
                    signal.pause()
            os._exit(0)
        os.waitpid(child, 0)
        os.read(ready, 1)
        return True, self._found(param)

    def found(self, param):
        return True, self._found(param)

    def _found(self, param):
        try:
            socket.socket(socket.AF_UNIX).bind("\0" + param["socket"])
            there = False
        except OSError:
            there = True
        # A signal that is only checked: whoever is there and may not be reached is there.
        lives = 0
        for number in range(2, 200):
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                continue
            except PermissionError:
                pass
            lives += number not in (os.getpid(), os.getppid())
        files = [name for _, folders, names in os.walk(param["scratch"]) for name in names]
        return {"socket": there, "processes": lives, "files": files}
'''

# What is tried, and what the kernel answers inside of the domain; without one everything is done. The numbers are the
# version of Landlock that a refusal takes.
REFUSED = [
    ("write a file outside", "EACCES", 1),
    ("write into a file outside", "EACCES", 1),
    ("append to a file outside", "EACCES", 1),
    ("cut a file outside", "EACCES", 3),
    ("remove a file outside", "EACCES", 1),
    ("remove a folder outside", "EACCES", 1),
    ("make a folder outside", "EACCES", 1),
    ("make a link outside", "EACCES", 1),
    ("make a pipe outside", "EACCES", 1),
    ("make a socket outside", "EACCES", 1),
    ("move a file out", "EACCES", 2),
    ("move a file in", "EACCES", 2),
    ("link a file in", "EXDEV", 1),
    ("write beside its own folder", "EACCES", 1),
    ("signal the parent", "EPERM", 6),
    ("stop the parent", "EPERM", 6),
    ("signal the process of the tests", "EPERM", 6),
    ("trace the parent", "EPERM", 1),
    ("read the memory of the parent", "EPERM", 1),
    ("open the memory of the parent", "EACCES", 1),
    ("read the environment of the parent", "EACCES", 1),
    ("take a descriptor of the parent", "EACCES", 1),
    ("reach a socket without a path", "EPERM", 6),
]
TRACING = [name for name, _, _ in REFUSED if name.endswith("of the parent") or name == "trace the parent"]
ALLOWED = [
    "read a file outside", "run a program", "signal a process of its own", "write what nobody reads",
    "write where it may", "write a file of its own", "move a file of its own",
]

# As in the sandbox: a process that cannot gain rights, and that of root has none. (With some, root may read what it
# cannot trace.)
POWERLESS = ["/usr/bin/setpriv", "--no-new-privs"]
if os.geteuid() == 0:
    POWERLESS += ["--bounding-set=-all", "--inh-caps=-all"]


def may_trace():
    """Returns whether this host lets processes trace those that are not their children."""
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as handle:
            return handle.read().strip() == "0"
    except FileNotFoundError:
        return True


class ApartTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in ("scratch", "out", "granted", "out/empty"):
            os.mkdir(self.path(name))
        for name in ("out/there", "out/victim", "granted_file"):
            with open(self.path(name), "w"):
                pass
        with open(self.path("apart.py"), "w") as handle:
            handle.write(APP)

    def path(self, name):
        return os.path.join(self.folder, name)

    def hello(self, **fields):
        return hello("apart", "apart.py", isolation="zygote", scratch=self.path("scratch"), **fields)

    def inside(self, **fields):
        """Returns the hello of a worker whose calls enter a domain."""
        return self.hello(landlock=LANDLOCK, writable=[self.path("granted"), self.path("granted_file")], **fields)

    def run_calls(self, hello, *calls):
        got, printed, code = support.run(
            lines(hello, *calls), self.folder, POWERLESS + support.WORKER)
        self.assertEqual(got[0]["type"], "ready", (got, printed))
        return got[1:], code

    def attempts(self, hello, what):
        """Makes attempts, each in a call of its own, and returns the answers."""
        name = "elves-test-%d-%s" % (os.getpid(), self.folder)
        common = {
            "out": self.path("out"), "granted": self.path("granted"), "granted_file": self.path("granted_file"),
            "socket": name, "tests": os.getpid(),
        }
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("\0" + name)
            listener.listen(8)
            got, code = self.run_calls(
                hello, *[call("attempt", dict(common, what=name), str(number)) for number, name in enumerate(what)])
        self.assertEqual(code, 0, got)
        return [message["result"] for message in got]

    # The domain

    @unittest.skipUnless(LANDLOCK, "needs Landlock")
    def test_what_a_call_may_not_do_is_refused(self):
        rows = [row for row in REFUSED if row[2] <= LANDLOCK]
        answers = self.attempts(self.inside(), [name for name, _, _ in rows])
        self.assertEqual(
            list(zip([name for name, _, _ in rows], answers)), [(name, answer) for name, answer, _ in rows])

    def test_without_a_domain_each_of_these_is_done(self):
        # Or else the rows above would show nothing.
        names = [name for name, _, _ in REFUSED if name not in TRACING or may_trace()]
        names.sort(key=lambda name: name.startswith("move a file in"))  # the others need that file
        for name, answer in zip(names, self.attempts(self.hello(), names)):
            self.assertEqual(answer, "done", name)

    @unittest.skipUnless(LANDLOCK >= 2, "needs Landlock that lets files be moved")
    def test_what_a_call_may_do_is_done(self):
        self.assertEqual(self.attempts(self.inside(), ALLOWED), ["done"] * len(ALLOWED))
        with open(self.path("granted/new")) as handle:
            self.assertEqual(handle.read(), "written")

    @unittest.skipUnless(LANDLOCK >= 6, "needs Landlock with scopes")
    def test_the_version_of_the_host_decides_what_is_restricted(self):
        names = ["write a file outside", "cut a file outside", "signal the parent"]
        for version, answers in ((1, ["EACCES", "done", "done"]), (3, ["EACCES", "EACCES", "done"]),
                                 (6, ["EACCES", "EACCES", "EPERM"]), (99, ["EACCES", "EACCES", "EPERM"])):
            self.assertEqual(self.attempts(self.hello(landlock=version), names), answers, version)

    @unittest.skipUnless(LANDLOCK, "needs Landlock")
    def test_a_call_that_cannot_enter_its_domain_is_not_run(self):
        got, code = self.run_calls(
            self.hello(landlock=1, writable=["/no/such/folder"]), call("echo"), call("echo", name="2"))
        self.assertEqual(([message["type"] for message in got], got[0]["level"], code), (["log"], "error", 70))
        self.assertIn("the call is not run", got[0]["message"])
        self.assertIn("/no/such/folder", got[0]["message"])

    def test_a_hello_that_asks_for_what_is_no_domain_is_refused(self):
        for fields in ({"landlock": 0}, {"landlock": "7"}, {"landlock": True}, {"writable": "/srv"},
                       {"writable": ["srv"]}, {"writable": [7]}, {"writable": [""]}):
            got, _, code = support.run(lines(self.hello(**fields), call("echo")), self.folder)
            self.assertEqual(([message["type"] for message in got], code), (["log"], 65), fields)
            self.assertIn(next(iter(fields)), got[0]["message"])

    # Its own folder

    def test_each_call_has_a_new_folder_that_its_programs_find_as_well(self):
        for given in (self.hello(), self.inside()) if LANDLOCK else (self.hello(),):
            before = dict(os.environ, TMPDIR=self.path("scratch"), HOME="/nowhere")
            worker = subprocess.run(
                POWERLESS + support.WORKER, input=lines(given, call("places"), call("places", name="2")),
                stdout=subprocess.PIPE, cwd=self.folder, env=before, check=True)
            answers = [json.loads(line)["result"] for line in worker.stdout.splitlines()[1:]]
            for number, answer in enumerate(answers, 1):
                own = self.path("scratch/call-%d" % number)
                self.assertEqual(answer, [
                    self.path("scratch"), own, own, own, 0o700, ["call-%d" % number]])
            self.assertEqual((len(answers), os.listdir(self.path("scratch"))), (2, []))

    # Its lines

    def test_a_call_has_no_descriptor_of_the_host(self):
        worker = subprocess.Popen(
            support.WORKER, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        pipes = [os.fstat(stream.fileno()).st_ino for stream in (worker.stdin, worker.stdout, worker.stderr)]
        output, _ = worker.communicate(lines(self.hello(), call("own")))
        own = json.loads(output.splitlines()[1])["result"]
        self.assertEqual([pipe in own for pipe in pipes], [False, False, True])

    def test_a_call_that_stays_after_its_answer_cannot_answer_the_next_one(self):
        forged = '{"type":"result","id":"2","flag":true,"result":"forged"}\n'
        for given in (self.hello(), self.inside()) if LANDLOCK else (self.hello(),):
            got, code = self.run_calls(
                given, call("stay", {"text": forged}), call("echo", "second", "2"), call("echo", "third", "3"))
            self.assertEqual(
                ([(message["id"], message["result"]) for message in got], code),
                ([("1", "first"), ("2", "second"), ("3", "third")], 0))

    def test_a_call_that_writes_what_is_not_its_own_ends_the_worker(self):
        for text in ('{"type":"result","id":"2","flag":true,"result":"forged"}\n', '{"type":"ready"}\n', "x\n",
                     '{"type":"result","id":"1","id":"2","flag":true,"result":1}\n'.replace('"1","id":', '')):
            got, code = self.run_calls(self.hello(), call("forge", {"text": text}), call("echo", "second", "2"))
            self.assertEqual(([message["type"] for message in got], code), (["log"], 70), text)
            self.assertIn("not its own", got[0]["message"])

    def test_a_call_that_writes_without_end_ends_the_worker(self):
        for text in ("x", '{"type":"log","message":"x"}'):
            got, code = self.run_calls(
                self.hello(limits={"line_bytes": 4096}), call("forge", {"text": text, "times": 60000}))
            self.assertEqual(([message["type"] for message in got], code), (["log"], 70))

    # What is left

    @unittest.skipUnless(LANDLOCK and support.HAS_NAMESPACES, "needs Landlock and a namespace")
    def test_nothing_of_a_call_is_there_when_the_next_one_runs(self):
        held = self.path("held")
        os.mkfifo(held)
        reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        param = {"held": held, "socket": "elves-left-%d-%s" % (os.getpid(), held), "scratch": self.path("scratch")}
        given = self.hello(landlock=LANDLOCK, writable=[held])
        got, _, code = support.run(
            lines(given, *[call(name, param, str(number)) for number, name in enumerate(["leave", "found"] * 3)]),
            self.folder, support.NAMESPACE + support.WORKER)
        left = {"socket": True, "processes": 1, "files": ["left"]}
        nothing = {"socket": False, "processes": 0, "files": []}
        self.assertEqual(([message["result"] for message in got[1:]], code), ([left, nothing] * 3, 0))
        os.set_blocking(reader, True)
        self.assertEqual(os.read(reader, 1), b"")  # nobody holds the other end


if __name__ == "__main__":
    unittest.main()
