"""Tests of apptest: its functions called directly, and as the agent does it."""

import json
import os
import subprocess
import sys
import unittest
from unittest import mock

APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SDK = os.path.join(os.path.dirname(os.path.dirname(APP)), "sdk", "python", "src")
sys.path[:0] = [APP, SDK]

import apptest  # noqa: E402
import elves  # noqa: E402


class FunctionTests(unittest.TestCase):
    def setUp(self):
        self.app = apptest.apptest()

    def test_helloword_answers_my(self):
        self.assertEqual(self.app.helloword({"my": "toryzen"}), (True, "toryzen"))

    def test_helloword_without_my_says_what_to_pass(self):
        flag, text = self.app.helloword({})
        self.assertIs(flag, False)
        self.assertIn('{"my":"toryzen"}', text)

    def test_slow_takes_its_seconds(self):
        clock = [0.0]

        def sleep(seconds):
            clock[0] += seconds

        with mock.patch.object(apptest.time, "monotonic", lambda: clock[0]), \
                mock.patch.object(apptest.time, "sleep", sleep):
            self.assertEqual(self.app.slow({"seconds": 7}), (True, {"version": None, "seconds": 7}))
            self.assertAlmostEqual(clock[0], 7)

    def test_slow_stops_when_it_is_cancelled(self):
        with mock.patch.object(apptest, "cancelled", lambda: True):
            with self.assertRaisesRegex(elves.Cancelled, "stopped after 0.0 of 5 seconds"):
                self.app.slow({})

    def test_slow_refuses_seconds_that_are_none(self):
        for seconds in ("2", -1, True, None, float("nan")):
            with self.assertRaises(elves.BadParam):
                self.app.slow({"seconds": seconds})


class WorkerTests(unittest.TestCase):
    def answers(self, version, *calls):
        hello = {"type": "hello", "protocols": [1], "app": "apptest", "version": version, "entry": "apptest.py",
                 "isolation": "resident", "limits": {"line_bytes": 1048576, "depth": 64}}
        lines = [hello] + [
            {"type": "call", "id": str(number), "function": name, "param": None, "timeout_ms": 10000}
            for number, name in enumerate(calls)]
        run = subprocess.run(
            [sys.executable, "-I", "-S", "-B", os.path.join(SDK, "elves")], cwd=APP, check=True,
            input="".join(json.dumps(line) + "\n" for line in lines).encode(), stdout=subprocess.PIPE)
        ready, *results = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual(ready["functions"], ["counter", "fresh", "helloword", "slow", "version"])
        return [(result["flag"], result["result"]) for result in results]

    def test_version_is_the_one_of_the_hello(self):
        self.assertEqual(self.answers("7.8.9", "version"), [(True, "7.8.9")])

    def test_counters_are_per_process(self):
        (_, first), (_, second), (_, fresh) = self.answers("1.0.0", "counter", "counter", "fresh")
        self.assertEqual((first["calls"], second["calls"], fresh["calls"]), (1, 2, 1))
        self.assertEqual(first["pid"], second["pid"])


if __name__ == "__main__":
    unittest.main()
