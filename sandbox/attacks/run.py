#!/usr/bin/python3
"""The attack battery: every row of attacks.json, made by real workers in real sandboxes.

usage: run.py [unittest arguments]                   all rows, as root and as an ordinary user
       run.py ID... [--without LAYER]... [--as WHO]  these rows by hand, with every outcome printed
       run.py --json [ID...] [--without LAYER]... [--as WHO]   all rows, or these: every trial, as JSON
       run.py --sweep [--as WHO]                     every system call number, as JSON
ELVES_SANDBOX names the launcher; without it one is built into a temporary folder. ELVES_FILTER names a compiled filter
to use instead of the one made here of the policy's profile, ELVES_POLICY the policy that it is of, as JSON.
"""

import argparse
import collections
import concurrent.futures
import errno
import functools
import json
import os
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True  # the folder stays as it is
sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests"))

import filters
import harness
import table
from place import ANSWER_SECONDS, COMPILER, IDENTITIES, LANES, LATE, MACHINE, Place, own_mounts
from trials import Trial, lacking, trials, unfit


@functools.cache
def the_place():
    made = Place()
    unittest.addModuleCleanup(made.close)
    return made


class Battery(unittest.TestCase):
    def test_every_row(self):
        place = the_place()
        harness.lab()
        left_out = []
        wanted = list(trials(table.rows(), place, left_out))
        with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
            for trial, wrong in zip(wanted, lanes.map(lambda trial: trial.run(place), wanted)):
                with self.subTest(str(trial)):
                    self.assertFalse(wrong, "; ".join(wrong))
        self.assertEqual(place.canaries.last_harm(), [])
        self.assertLess(sorted(place.answers)[len(place.answers) * 99 // 100], ANSWER_SECONDS)
        print("%d trials of %d rows" % (len(wanted), len({trial.row.id for trial in wanted})), file=sys.stderr)
        for line in left_out:
            print("left out: " + line, file=sys.stderr)

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
            place = Place(lanes=1)
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


class Neighbours(unittest.TestCase):
    """While a worker takes all it can get, another answers as fast as without it, or nearly."""

    HOGS = (["/app/bomb", "grow"], ["/app/hog", "spin"], ["/app/hog", "memory"], ["/app/hog", "output"],
            ["/app/stay", "orphans"], ["/app/deny", "4", "100000"])
    SECONDS, TRIES, FLOOR_SECONDS = 0.5, 3, 0.001

    def test_the_other_worker_is_not_slowed_down(self):
        place = the_place()
        if "cpu" not in place.groups.found:
            self.skipTest("only groups of processes share the processors, and this agent has none")
        for hog in self.HOGS:
            with self.subTest(hog):
                # Whatever else the machine does counts for both; only what happens each time is the hog's.
                self.assertTrue(any(self.fair(place, hog) for _ in range(self.TRIES)), "p99 more than twice as long")

    def fair(self, place, hog):
        lane = place.lanes.get()
        try:
            alone = self.slowest(lane["root"])
            started = place.start("root", hog)
            attending = threading.Thread(target=started.attend, kwargs={"seconds": 2 * self.SECONDS})
            attending.start()
            beside = self.slowest(lane["root"])
            attending.join()
            return beside < max(2 * alone, self.FLOOR_SECONDS)
        finally:
            place.lanes.put(lane)

    def slowest(self, other):
        """The 99th percentile of the time an answer takes."""
        seconds, end = [], time.monotonic() + self.SECONDS
        while time.monotonic() < end:
            before = time.perf_counter()
            self.assertEqual(other.ask(b"?"), b"kept")
            seconds.append(time.perf_counter() - before)
        return sorted(seconds)[len(seconds) * 99 // 100]


class Numbers(unittest.TestCase):
    """Every system call number answers in a worker what the filter's program says it answers."""

    def test_the_worker_sees_what_the_filter_says(self):
        place = the_place()
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
            self.assertEqual(getattr(errno, outcome, outcome), said & 0xFFFF)
        elif said == filters.KILL:
            self.assertEqual(outcome, "SIGSYS")
        else:
            self.assertEqual(said, filters.ALLOW)
            self.assertNotEqual(outcome, "SIGSYS")


NUMBERS = 1024
# The two calls of the kernel's own probes never get to a filter on newer kernels; made by a program they do nothing.
UNFILTERED = {335: ("SIGILL", "ENXIO"), 336: ("SIGILL", "ENXIO")} if MACHINE == "x86_64" else {}
CORNERS = {"0": 0, "1": 1, "-1": (1 << 64) - 1, "2^31": 1 << 31, "2^32+1": (1 << 32) + 1, "2^63": 1 << 63}


def patience(program):
    """For each number a letter, whose bits say for which of the values the filter does not let the call through: such a
    call cannot block, but its answer may come late on a busy host."""
    def bits(number):
        said = (filters.decision(program, MACHINE, number, [value] * 6) for value in CORNERS.values())
        return sum(1 << bit for bit, action in enumerate(said) if action != filters.ALLOW)
    return "".join(chr(ord("0") + bits(number)) for number in range(NUMBERS))


def sweep(identity):
    """Lines of (number, corner, outcome), and the violations that were recorded."""
    place = the_place()
    started = place.start(identity, ["/app/sweep", patience(place.program)])
    ending = started.attend(seconds=60)
    lines = [line.split() for line in ending.output.decode().splitlines()]
    if ending.outcome() != "all tried":
        raise RuntimeError("the sweep ended early: %s %s" % (ending.outcome(), lines[-1:]))
    return [(int(number), corner, outcome) for number, corner, outcome in lines[:-1]], ending.violations


def wanted_rows(names):
    rows = [row for row in table.rows() if not names or row.id in names]
    missing = set(names) - {row.id for row in rows}
    if missing:
        raise SystemExit("no row is called %s" % ", ".join(sorted(missing)))
    return rows


def as_json(options):
    """Every trial of the rows, and what was left out, for `elves sandbox test`."""
    rows, left_out = wanted_rows(options.rows), []
    place = the_place()
    if options.without:
        wanted = list(weakened(rows, options.without, place, left_out))
    else:
        wanted = list(trials(rows, place, left_out))
    wanted = [trial for trial in wanted if options.identity in (None, trial.identity)]
    if any(set(trial.without) & set(table.LAB_LAYERS) for trial in wanted):
        harness.lab()
    print("%d trials of %d rows" % (len(wanted), len({trial.row.id for trial in wanted})), file=sys.stderr)
    made = []
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        for trial, (outcome, wrong) in zip(wanted, lanes.map(lambda trial: trial.told(place), wanted)):
            made.append({"row": trial.row.id, "name": trial.row.name, "as": trial.identity,
                         "without": list(trial.without), "outcome": outcome, "expected": trial.expected, "wrong": wrong})
    harm = place.canaries.last_harm()
    print(json.dumps({"machine": MACHINE, "trials": made, "harm": harm, "left_out": [
        dict(zip(("what", "why"), line.split(": ", 1))) for line in left_out
        if options.identity is None or " as %s" % options.identity in line]}))
    return not harm and not any(trial["wrong"] for trial in made)


def weakened(rows, without, place, left_out):
    """Each row once, with the same layers off."""
    if set(without) & set(table.LAB_LAYERS) and not COMPILER:
        raise SystemExit("a launcher that leaves layers out has to be compiled, and this host has no C compiler")
    for row in rows:
        for identity in (each for each in row.identities if each in IDENTITIES):
            reason = unfit(row, identity, place) or next(
                filter(None, (lacking(layer, row, identity, place) for layer in without)), None)
            if reason:
                left_out.append("%s as %s: %s" % (row.id, identity, reason))
            else:
                yield Trial(row, identity, without, [row.expected, *row.layers.values()])


def by_hand(options):
    place = the_place()
    if options.sweep:
        lines, violations = sweep(options.identity or IDENTITIES[0])
        answers = {}
        for number, corner, outcome in lines:
            answers.setdefault(number, {})[corner] = outcome
        print(json.dumps({"machine": MACHINE, "values": CORNERS, "answers": answers, "violations": violations}))
        return True
    good = True
    for row in wanted_rows(options.rows):
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
    parser.add_argument("--json", action="store_true")
    options, rest = parser.parse_known_args()
    own_mounts()  # before there is any thread
    if options.json or options.sweep or any(name[0] == "S" and name[1:2].isdigit() for name in options.rows):
        try:
            sys.exit(0 if (as_json if options.json else by_hand)(options) else 1)
        finally:
            unittest.doModuleCleanups()
    unittest.main(argv=[sys.argv[0], *rest, *options.rows])


if __name__ == "__main__":
    main()
