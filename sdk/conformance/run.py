"""Judges every SDK by every fixture of the worker protocol: `python3 sdk/conformance/run.py`."""

import argparse
import concurrent.futures
import fnmatch
import os
import sys

import languages
import replay


def main(arguments=None):
    """Prints the table language x case and returns the exit code: 0 if all is well, 1 if not, 2 for a wrong option."""
    parser = argparse.ArgumentParser(
        description="Replays the fixtures of the worker protocol against every SDK, fed at once and byte by byte.")
    parser.add_argument("--language", action="append", metavar="NAME", help="only this one; may be given several times")
    parser.add_argument("--case", action="append", metavar="PATTERN", help="only cases of such a name: 'zygote-*'")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="workers at the same time")
    parser.add_argument("--list", action="store_true", help="print the languages and the cases, and judge nothing")
    options = parser.parse_args(arguments)

    known = languages.read()
    names = options.language or [language.name for language in known]
    for name in names:
        if name not in [language.name for language in known]:
            parser.error("no language %s; there is %s" % (name, ", ".join(language.name for language in known)))
    chosen = [language for language in known if language.name in names]
    cases = [name for name in replay.cases() if any(fnmatch.fnmatchcase(name, p) for p in options.case or ["*"])]
    if not cases:
        parser.error("no case is called like %s; --list prints those there are" % ", ".join(options.case))
    if options.list:
        print("languages: %s" % ", ".join(language.name for language in chosen))
        print("\n".join(cases))
        return 0
    return judged(chosen, [replay.Case(name) for name in cases], max(1, options.jobs))


def judged(chosen, cases, jobs):
    """Replays the cases, prints table, failures and sums, and returns the exit code."""
    broken = {}
    for language in chosen:
        wrong = language.prepare()
        if wrong:
            broken[language.name] = wrong
    passed, failures, table = 0, [], {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = {
            (case.name, language.name, feed): pool.submit(language.fails, case, feed)
            for case in cases for language in chosen if language.name not in broken and language.covers(case.name)
            for feed in replay.FEEDS
        }
        for (case, language, feed), run in runs.items():
            wrong = run.result()
            table.setdefault(case, {}).setdefault(language, []).append(wrong is None)
            if wrong is None:
                passed += 1
            else:
                failures.append("%s, %s, %s: %s" % (language, case, feed, wrong))
    print_table(chosen, cases, table, broken)
    for name, wrong in broken.items():
        failures.append("%s cannot be judged: %s" % (name, wrong))
    for failure in failures:
        print("\n" + failure)
    if not runs and not broken:
        print("\nnone of these languages is judged by any of these cases")
    print("%d passed, %d failed" % (passed, len(failures)))
    return 0 if passed and not failures else 1


def print_table(chosen, cases, table, broken):
    """Prints one line a case and one column a language."""
    width = max(len(case.name) for case in cases)
    print(" ".join(["%-*s" % (width, "")] + [language.name for language in chosen]))
    for case in cases:
        cells = []
        for language in chosen:
            results = table.get(case.name, {}).get(language.name)
            if language.name in broken:
                cell = "?"
            elif results is None:
                cell = "-"
            elif not all(results):
                cell = "FAIL"
            else:
                cell = "ok" if case.needs is None or case.needs in language.isolations else "no"
            cells.append("%-*s" % (len(language.name), cell))
        print(("%-*s %s" % (width, case.name, " ".join(cells))).rstrip())
    print("\nok: as the fixture says; no: the isolation is refused, as the protocol says; -: not judged by this case")


if __name__ == "__main__":
    sys.exit(main())
