"""Speaks /api/v2 to a center as the clients of the original do, and judges the answers.

python3 Tests/V2Conformance/run.py [--url URL --key AUTH_ID:SECRET …] [CASE…]
"""

import argparse
import concurrent.futures
import fnmatch
import itertools
import os
import sys
import time
import traceback

import codes  # noqa: F401  each of these adds its cases
import crons  # noqa: F401
import instant  # noqa: F401
import queues  # noqa: F401
import without  # noqa: F401
from cases import ALL
from client import Wrong
from ground import ELVES, Given, Own


def main(arguments=None):
    """Prints what failed and a line with the counts; returns 0 if all is well, 1 if not, 2 for a wrong option."""
    parser = argparse.ArgumentParser(
        description="Speaks /api/v2 to a center as the clients of the original do. Without --url it starts a center and an "
        "agent of its own: the program of ELVES_BIN, or that of .build/release.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only cases of such a name, as in 'queue/*'")
    parser.add_argument("--url", help="a center that runs; cases that need more than it and one key are left out and counted")
    parser.add_argument("--key", metavar="AUTH_ID:SECRET", help="a key of it, for apptest 1.0.0")
    parser.add_argument("--ip", default="127.0.0.1", help="an agent there that has apptest (default: %(default)s)")
    parser.add_argument("--authority", metavar="FILE", help="the PEM file with the authority of its certificate")
    parser.add_argument("--jobs", type=int, default=8, metavar="N", help="cases at the same time (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the names of the cases, and judge nothing")
    options = parser.parse_args(arguments)
    if bool(options.url) != bool(options.key) or (options.key and ":" not in options.key):
        parser.error("--url and --key AUTH_ID:SECRET are given together")
    patterns = options.cases or ["*"]
    chosen = [case for case in ALL if any(case.name == p or fnmatch.fnmatchcase(case.name, p) for p in patterns)]
    for pattern in patterns:
        if not any(case.name == pattern or fnmatch.fnmatchcase(case.name, pattern) for case in ALL):
            parser.error("no case is called like %s; --list prints those there are" % pattern)
    if options.list:
        print("\n".join(case.name for case in chosen))
        return 0
    if not options.url and not os.access(ELVES, os.X_OK):
        parser.error("there is no program %s: `make build` makes it" % ELVES)
    return judged(chosen, options)


def judged(chosen, options):
    began = time.monotonic()
    passed, failed, left_out = 0, 0, 0
    for center, cases in grounds(chosen, options):
        if cases is None:
            left_out += len(list(center))
            continue
        try:
            with ground_for(center, options) as ground:
                results = run(cases, ground, options.jobs)
        except Wrong as wrong:
            print("FAILED center %s: %s" % (" ".join(center), wrong), flush=True)
            failed += sum(len(case.wires) for case in cases)
            continue
        for name, wire, failure in results:
            if failure is None:
                passed += 1
            else:
                failed += 1
                print("FAILED %s, %s: %s" % (name, wire, failure), flush=True)
    print("v2: %d passed, %d failed%s, %.1f s" % (
        passed, failed, ", %d cases left out with --url" % left_out if left_out else "", time.monotonic() - began))
    return 1 if failed else 0


def grounds(chosen, options):
    """The cases by the ground they need, as (options of the center, cases); (cases, None) for those left out."""
    if options.url:
        yield (), [case for case in chosen if case.center is None]
        yield [case for case in chosen if case.center is not None], None
        return
    def options_of(case):
        return case.center or ()

    for center, cases in itertools.groupby(sorted(chosen, key=options_of), options_of):
        yield center, list(cases)


def ground_for(center, options):
    return Given(options.url, options.key, options.ip, options.authority) if options.url else Own(*center)


def run(cases, ground, jobs):
    """Name, wire and failure (None where all is well) of each, in their order."""
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        runs = [(case.name, wire.name, pool.submit(failure, case, wire, ground)) for case in cases for wire in case.wires]
        return [(name, wire, done.result()) for name, wire, done in runs]


def failure(case, wire, ground):
    try:
        case.run(ground, ground.client.using(wire=wire))
    except Wrong as wrong:
        return str(wrong)
    except Exception:  # an answer of a shape that the case did not think of
        return traceback.format_exc()
    return None


if __name__ == "__main__":
    sys.exit(main())
