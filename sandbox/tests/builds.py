#!/usr/bin/python3
"""The launcher under scrutiny: all of run.py again with sanitizers, and its reader of plans fuzzed.

usage: builds.py [unittest arguments]
ELVES_SOAK=1 fuzzes for ten minutes, from another seed each time, instead of 20 s from the same.
"""

import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True  # the folder stays as it is

import harness

SOAK = os.environ.get("ELVES_SOAK") == "1"
FUZZ = os.path.join(harness.SANDBOX, "fuzz", "run.sh")


class Sanitized(unittest.TestCase):
    def test_everything_again(self):
        launcher = harness.build(SANITIZE="1")
        run = subprocess.run([sys.executable, os.path.join(harness.TESTS, "run.py")], capture_output=True, text=True,
                             env=dict(os.environ, ELVES_SANDBOX=launcher))
        self.assertEqual(run.returncode, 0, run.stderr[-20000:])
        self.assertRegex(run.stderr, r"Ran [1-9]\d\d tests")

    def test_the_build_is_one_with_sanitizers(self):
        with open(harness.build(SANITIZE="1"), "rb") as file:
            text = file.read()
        self.assertIn(b"__asan_init", text)
        self.assertIn(b"__ubsan", text)


class Fuzzed(unittest.TestCase):
    def test_the_reader_of_plans(self):
        with tempfile.TemporaryDirectory() as folder:
            seconds, seed = (600, int(time.time())) if SOAK else (20, 1)
            run = subprocess.run([FUZZ, str(seconds), str(seed)], capture_output=True, text=True, cwd=folder)
            if run.returncode == 3:
                self.skipTest(run.stderr.strip())
            kept = {name: open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)}
        self.assertEqual(run.returncode, 0, "seed %d, input %r\n%s" % (seed, kept, run.stderr[-5000:]))
        self.assertRegex(run.stderr, r"number_of_executed_units: [1-9]\d\d\d")


if __name__ == "__main__":
    unittest.main()
