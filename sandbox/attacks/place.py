"""Where rows are made: launcher, filter, the attackers' app, canaries, groups, and workers that must not be touched."""

import ctypes
import itertools
import os
import queue
import secrets
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
import canaries
import filters
import groups
import harness
import table
import worker

MACHINE = os.uname().machine
IDENTITIES = ("root", "ordinary") if harness.ROOT else ("ordinary",)
LANES = 4
ANSWER_SECONDS = 0.1        # what the other worker may take to answer, 99 times in 100
GROUP_SECONDS = 0.25
LATE = "late: "
LEAKED = "/proc/self/fd/3"  # where the canaries' folder is without the layer "view"
CLONE_NEWNS, MS_REC_PRIVATE = 0x20000, 0x44000


def own_mounts():
    """A mount namespace of our own: what other programs mount meanwhile is no sign of an escape."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0 and (libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None)):
        raise OSError(ctypes.get_errno(), "a mount namespace for the battery")


# Without one the rows in C are left out, and all that needs a launcher of the lab.
COMPILER = os.environ.get("CC") or shutil.which("clang") or shutil.which("gcc")
PYTHON = [next(path for path in harness.POLICY["runtime"]["interpreter"] if os.path.exists(path)), "-I", "-S", "-B", "-u",
          "/app/attack.py"]


def parents(path):
    while path != "/":
        path = os.path.dirname(path)
        yield path


class Place:
    """Everything is laid out when it is made, with a worker of each identity per lane; `close` takes it away."""

    def __init__(self, lanes=LANES):
        self.app = harness.scratch(0o777)
        closed = [folder for folder in parents(self.app) if not os.stat(folder).st_mode & 1]
        if "root" in IDENTITIES and closed:
            raise SystemExit("the attacks lie below %s, where an ordinary user cannot go: set TMPDIR to a folder that "
                             "everybody may enter" % closed[0])
        shutil.copy(os.path.join(HERE, "python", "attack.py"), self.app)
        if COMPILER:
            subprocess.run([os.path.join(HERE, "build.sh"), self.app], check=True, stdout=sys.stderr)
            shutil.copy(os.path.join(self.app, "whoami"), os.path.join(self.app, "setuid-whoami"))
        for name in os.listdir(self.app):
            os.chmod(os.path.join(self.app, name), 0o777)
        if harness.ROOT and COMPILER:
            # The root of inside, since the host's own is nobody there.
            os.chown(os.path.join(self.app, "setuid-whoami"), harness.HOST_ROOT, harness.HOST_ROOT)
            os.chmod(os.path.join(self.app, "setuid-whoami"), 0o4755)
        self.program = harness.the_filter(lambda profile: filters.compiled(profile, MACHINE))
        self.canaries = canaries.Canaries(harness.scratch(), self.app)
        self.groups = groups.Groups()
        self.mark, self.numbers = "mark-" + secrets.token_hex(6), itertools.count(1)
        self.lock = threading.Lock()
        self.lanes = queue.SimpleQueue()
        self.others, self.answers = [], []
        try:
            for _ in range(lanes):
                others = {}
                for identity in IDENTITIES:
                    others[identity] = self.other(identity)
                self.lanes.put(others)
        except BaseException:
            self.close()
            raise

    def plan(self, identity, arguments, without=(), limits=None):
        plan = harness.python_plan(root=identity == "root", app=self.app)
        plan.without("exec").without("arg").add("exec", arguments[0])
        for argument in arguments:
            plan.add("arg", argument)
        for name, value in (limits or {}).items():
            if name != "processors":
                plan.add("rlimit", name, value)
        if "limits" in without:
            plan.without("rlimit")
        if "view" in without:
            plan.add("secrets")  # whatever descriptor 6 is becomes the worker's 3
        for layer in set(without) & set(table.LAB_LAYERS):
            plan.add("without", layer)
        return plan

    def start(self, identity, arguments, without=(), limits=None, notify=True):
        with self.lock:
            mark = "%s-%d" % (self.mark, next(self.numbers))
            grouped = identity == "root" and "cgroup" not in without
            group = self.groups.make((limits or {}).get("processors")) if grouped else None
        plan = self.plan(identity, [*arguments, mark], without, limits)
        for path in group.paths() if group else ():
            plan.add("cgroup", path)
        notify = notify and "seccomp" not in without
        if notify:
            plan.add("notify")
        lab = set(without) & set(table.LAB_LAYERS)
        return worker.Worker(harness.lab() if lab else harness.LAUNCHER, plan, self.program, identity == "root", mark,
                             group, notify, self.canaries.folder if "view" in without else None)

    def other(self, identity):
        """A worker that has nothing to do with the row, and must not be touched by it."""
        pong = ["/app/pong"] if COMPILER else [*PYTHON, "pong"]
        made = self.start(identity, [*pong, "kept"], notify=False)
        self.others.append(made)
        if b"ready" not in made.attend(until=b"ready\n").output:
            raise RuntimeError("the other worker did not start: %s %s" % (made.ending.lines, made.ending.errors))
        made.ending.output = b""
        with open("/proc/%d/task/%d/children" % (made.pid(), made.pid()), encoding="ascii") as file:
            made.target = int(file.read().split()[0])
        return made

    def command(self, row, other, without=()):
        """The row's program and arguments, inside."""
        values = {"agent": os.getpid(), "other": other.target, "port": self.canaries.port, "key": self.canaries.key,
                  "abstract": self.canaries.abstract, "outside": LEAKED if "view" in without else self.canaries.folder}
        arguments = [str(argument).format(**values) for argument in row.arguments]
        kind, _, name = row.program.partition("/")
        if kind == "python":
            return [*PYTHON, name, *arguments]
        if name == "call":
            number = arguments[0][1:] if arguments[0][0] == "#" else filters.number_of(arguments[0])
            arguments[0] = str(number)
        return ["/app/" + name, *arguments]

    def trial(self, row, identity, without=()):
        """Runs the row once: (outcome, ending, what the canaries say)."""
        others = self.lanes.get()
        try:
            other = others[identity]
            started = self.start(identity, self.command(row, other, without), without, row.limits)
            ending = started.attend(row.agent, seconds=row.seconds)
            harm = self.canaries.harm(ending)
            for name, kept in others.items():
                before = time.monotonic()
                if kept.ask(b"?") != b"kept":
                    harm.append("the other worker of %s did not answer" % name)
                self.answers.append(time.monotonic() - before)
            if ending.gone_seconds > worker.GONE_SECONDS:
                harm.append(LATE + "something was left running for %.0f ms" % (ending.gone_seconds * 1000))
            if not ending.group_gone or ending.group_seconds > GROUP_SECONDS:
                harm.append(LATE + "the group was there for %.0f ms more" % (ending.group_seconds * 1000))
            return ending.outcome(), ending, harm
        finally:
            self.lanes.put(others)

    def close(self):
        for other in self.others:
            if other.control is not None:
                other.finish("by-agent")
                other.attend()
        self.groups.close()
        self.canaries.close()
