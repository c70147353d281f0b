#!/usr/bin/python3
"""The attack battery: every row of attacks.json, made by real workers in real sandboxes.

usage: run.py [unittest arguments]                   all rows, as root and as an ordinary user
       run.py ID... [--without LAYER]... [--as WHO]  these rows by hand, with every outcome printed
       run.py --sweep [--as WHO]                     every system call number, as JSON
ELVES_SANDBOX names the launcher; without it one is built into a temporary folder. ELVES_FILTER names a compiled filter
to use instead of the one made here of the policy's profile.
"""

import argparse
import collections
import concurrent.futures
import ctypes
import errno
import functools
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True  # the folder stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "tests")]

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


class Range:
    """Where rows are run: launcher, filter, the attackers' app, canaries, groups and the other workers."""

    def __init__(self, lanes=LANES):
        self.app = harness.scratch(0o777)
        subprocess.run([os.path.join(HERE, "build.sh"), self.app], check=True)
        shutil.copy(os.path.join(HERE, "python", "attack.py"), self.app)
        shutil.copy(os.path.join(self.app, "whoami"), os.path.join(self.app, "setuid-whoami"))
        for name in os.listdir(self.app):
            os.chmod(os.path.join(self.app, name), 0o777)
        if harness.ROOT:
            # The root of inside, since the host's own is nobody there.
            os.chown(os.path.join(self.app, "setuid-whoami"), harness.HOST_ROOT, harness.HOST_ROOT)
            os.chmod(os.path.join(self.app, "setuid-whoami"), 0o4755)
        self.canaries = canaries.Canaries(harness.scratch(), self.app)
        self.groups = groups.Groups()
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        self.lanes = queue.SimpleQueue()
        self.others, self.answers = [], []
        for _ in range(lanes):
            others = {identity: self.other(identity) for identity in IDENTITIES}
            self.others += others.values()
            self.lanes.put(others)

    @functools.cached_property
    def program(self):
        given = os.environ.get("ELVES_FILTER")
        if given:
            with open(given, "rb") as file:
                return file.read()
        return filters.compiled(os.path.join(harness.SANDBOX, "policies", harness.POLICY["seccomp"]), MACHINE)

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
            mark = "mark-%d-%d" % (os.getpid(), next(self.numbers))
            group = self.groups.make((limits or {}).get("processors")) if identity == "root" and "cgroup" not in without else None
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
        made = self.start(identity, ["/app/pong", "kept"], notify=False)
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
            return [harness.POLICY["runtime"]["interpreter"][0], "-I", "-S", "-B", "-u", "/app/attack.py", name,
                    *arguments]
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


class Trial:
    """A row, as whom, with which layers off, and what must come of it."""

    def __init__(self, row, identity, without, expected):
        self.row, self.identity, self.without, self.expected = row, identity, tuple(without), expected

    def __str__(self):
        off = " without " + ", ".join(self.without) if self.without else ""
        return "%s (%s) as %s%s" % (self.row.id, self.row.name, self.identity, off)

    def run(self, place):
        """What is wrong, in lines. What was only late is tried once more: the machine may be busy with something else."""
        wrong = self.once(place)
        return self.once(place) if wrong and all(line.startswith(LATE) for line in wrong) else wrong

    def once(self, place):
        outcome, ending, wrong = place.trial(self.row, self.identity, self.without)
        wrong = list(wrong)
        if not any(table.matches(expected, outcome) for expected in self.expected):
            wrong.append("%r, where %s was expected" % (outcome, " or ".join(map(repr, self.expected))))
        if self.row.violation and "seccomp" not in self.without and self.row.violation not in ending.violations:
            wrong.append("no violation names %s, only %s" % (self.row.violation, dict(ending.violations)))
        if self.row.expected == "ended timeout" and "cpu" in place.groups.found and not ending.throttled:
            wrong.append("nothing limited the time of its processors")
        return wrong


def held(row, identity, place):
    """The row's layers that there are for this identity here."""
    here = {layer: outcome for layer, outcome in row.layers.items()
            if (identity == "root" or layer not in table.ROOT_LAYERS) and (layer != "cgroup" or place.groups.found)}
    return here if len(here) > 1 else {}


def trials(rows, place):
    """The row with all layers; with each of its layers standing alone; and with each layer there is off."""
    for row in rows:
        for identity in row.identities:
            if identity not in IDENTITIES or row.skipped():
                continue
            if "ended oom" == row.expected and "memory" not in place.groups.found:
                continue
            yield Trial(row, identity, (), [row.expected])
            layers = held(row, identity, place)
            if layers and row.skipped(layers):
                layers = {}
            done = set()
            for layer, outcome in layers.items():
                off = tuple(other for other in layers if other not in (layer, *table.FIXED_LAYERS))
                if off in done | {()}:
                    continue
                done.add(off)
                yield Trial(row, identity, off, [outcome])
            for layer in table.LAYERS if layers else ():
                if (layer,) not in done and (identity == "root" or layer not in table.ROOT_LAYERS):
                    yield Trial(row, identity, (layer,), [row.expected, *layers.values()])


@functools.cache
def the_range():
    made = Range()
    unittest.addModuleCleanup(made.close)
    return made


class Battery(unittest.TestCase):
    def test_every_row(self):
        place = the_range()
        harness.lab()
        wanted = list(trials(table.rows(), place))
        with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
            for trial, wrong in zip(wanted, lanes.map(lambda trial: trial.run(place), wanted)):
                with self.subTest(str(trial)):
                    self.assertFalse(wrong, "; ".join(wrong))
        self.assertEqual(place.canaries.last_harm(), [])
        self.assertLess(sorted(place.answers)[len(place.answers) * 99 // 100], ANSWER_SECONDS)
        print("%d trials of %d rows" % (len(wanted), len({trial.row.id for trial in wanted})), file=sys.stderr)

    def test_the_table_is_large_enough(self):
        rows = table.rows()
        self.assertGreaterEqual(len(rows), 80)
        self.assertGreaterEqual(sum(len(row.layers) > 1 for row in rows), 25)


class Controls(unittest.TestCase):
    """With all its layers off an attack gets out, and the canaries tell: a battery that cannot fail proves nothing."""

    ESCAPES = (
        ("S04", ("read-only", "landlock"), "files outside have changed"),
        ("S39", ("seccomp", "netns", "landlock"), "a listener of the host was called"),
        ("S42b", ("seccomp", "netns", "landlock"), "a listener of the host was called"),
        ("S51", ("pidns", "cgroup"), LATE + "something was left running"),
        ("S53", ("pidns", "landlock"), "the other worker"),
    )

    def test_an_escape_is_seen(self):
        rows = {row.id: row for row in table.rows()}
        for name, without, sign in self.ESCAPES:
            place = Range(lanes=1)
            try:
                with self.subTest("%s without %s" % (name, ", ".join(without))):
                    _, ending, harm = place.trial(rows[name], IDENTITIES[0], without)
                    self.assertTrue(any(line.startswith(sign) for line in harm), (ending.outcome(), harm))
            finally:
                place.close()

    def test_a_row_that_is_wrong_is_refused(self):
        good = {"id": "S00", "name": "x", "program": "c/call", "expected": "errno EPERM"}
        table.Row(good)
        for change in ({"program": "call"}, {"expected": "nothing"}, {"expected": "errno"}, {"layer": []},
                       {"layers": {"seccomp": "errno EPERM"}}, {"layers": {"magic": "not-there", "proc": "not-there"}},
                       {"agent": "sleeps"}, {"as": "somebody"}, {"expected": "killed SIGNOTHING"}):
            with self.subTest(change), self.assertRaises(ValueError):
                table.Row(dict(good, **change))


class Numbers(unittest.TestCase):
    """Every system call number answers in a worker what the filter's program says it answers."""

    def test_the_worker_sees_what_the_filter_says(self):
        place = the_range()
        for identity in IDENTITIES:
            lines, violations = sweep(identity)
            self.assertEqual(len(lines), NUMBERS * len(CORNERS))
            refused = collections.Counter()
            for number, corner, outcome in lines:
                said = filters.decision(place.program, MACHINE, number, [CORNERS[corner]] * 6)
                with self.subTest("number %d with %s as %s" % (number, corner, identity)):
                    self.check(said, outcome, number)
                if said == filters.NOTIFY and outcome not in UNFILTERED.get(number, ()):
                    refused[filters.name_of(number)] += 1
            self.assertEqual(violations, refused)

    def check(self, said, outcome, number):
        if outcome in UNFILTERED.get(number, ()):
            return
        if said == filters.NOTIFY:
            self.assertEqual(outcome, "EPERM")
        elif said & 0xFFFF0000 == filters.ERRNO:
            self.assertEqual(outcome, errno.errorcode[said & 0xFFFF])
        elif said == filters.KILL:
            self.assertEqual(outcome, "SIGSYS")
        else:
            self.assertEqual(said, filters.ALLOW)
            self.assertNotEqual(outcome, "SIGSYS")


NUMBERS = 1024
# The two calls of the kernel's own probes never get to a filter on newer kernels; made by a program they do nothing.
UNFILTERED = {335: ("SIGILL", "ENXIO"), 336: ("SIGILL", "ENXIO")} if MACHINE == "x86_64" else {}
CORNERS = {"0": 0, "1": 1, "-1": (1 << 64) - 1, "2^31": 1 << 31, "2^32+1": (1 << 32) + 1, "2^63": 1 << 63}


def sweep(identity):
    """Lines of (number, corner, outcome), and the violations that were recorded."""
    started = the_range().start(identity, ["/app/sweep"])
    ending = started.attend(seconds=60)
    lines = [line.split() for line in ending.output.decode().splitlines()]
    if ending.outcome() != "all tried":
        raise RuntimeError("the sweep ended early: %s %s" % (ending.outcome(), lines[-1:]))
    return [(int(number), corner, outcome) for number, corner, outcome in lines[:-1]], ending.violations


def by_hand(options):
    place = the_range()
    if options.sweep:
        lines, violations = sweep(options.identity or IDENTITIES[0])
        answers = {}
        for number, corner, outcome in lines:
            answers.setdefault(number, {})[corner] = outcome
        print(json.dumps({"machine": MACHINE, "answers": answers, "violations": violations}))
        return True
    rows = [row for row in table.rows() if row.id in options.rows]
    missing = set(options.rows) - {row.id for row in rows}
    if missing:
        raise SystemExit("no row is called %s" % ", ".join(sorted(missing)))
    good = True
    for row in rows:
        for identity in row.identities:
            if identity not in IDENTITIES or options.identity not in (None, identity):
                continue
            outcome, ending, harm = place.trial(row, identity, options.without)
            expected = [row.expected] if not options.without else [row.expected, *row.layers.values()]
            fits = not harm and any(table.matches(one, outcome) for one in expected)
            good = good and fits
            print("%-5s %-8s %-5s %s: %s%s%s" % (
                row.id, identity, "holds" if fits else "FAILS", row.name, outcome,
                "; violations " + ", ".join("%s ×%d" % pair for pair in ending.violations.items())
                if ending.violations else "", "".join("; " + line for line in harm)))
            if not fits:
                print("      expected %s; %s %s" % (" or ".join(expected), ending.lines, ending.errors.decode()[-500:]))
    return good


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--without", action="append", default=[], choices=table.LAYERS)
    parser.add_argument("--as", dest="identity", choices=IDENTITIES)
    parser.add_argument("--sweep", action="store_true")
    options, rest = parser.parse_known_args()
    own_mounts()  # before there is any thread
    if options.sweep or any(name[0] == "S" and name[1:2].isdigit() for name in options.rows):
        try:
            sys.exit(0 if by_hand(options) else 1)
        finally:
            unittest.doModuleCleanups()
    unittest.main(argv=[sys.argv[0], *rest, *options.rows])


if __name__ == "__main__":
    main()
