"""Whether the attacks do what they say, as far as they are safe outside of a sandbox."""

import os
import signal
import subprocess
import sys
import unittest

APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(APP))))
SDK = os.path.join(ROOT, "sdk", "python", "src", "elves")
HELLO = b'{"type":"hello","protocols":[1],"app":"hostile","version":"1.0.0","entry":"hostile.py"}\n'
CALL = b'{"type":"call","id":"4F","function":"%s","param":{}}\n'


class HostileTests(unittest.TestCase):
    def start(self, function):
        worker = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", SDK], cwd=APP, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        worker.stdin.write(HELLO + CALL % function.encode())
        worker.stdin.close()
        worker.stdout.readline()
        return worker

    def attack(self, function):
        """Returns what the worker writes after `ready`, and its exit code."""
        with self.start(function) as worker:
            output = worker.stdout.read()
        return output, worker.returncode

    def test_every_function_is_in_the_manifest_and_the_manual(self):
        with open(os.path.join(APP, "manual.md")) as manual, open(os.path.join(APP, "app.yaml")) as manifest:
            manual, manifest = manual.read(), manifest.read()
        sys.path[:0] = [APP, os.path.dirname(SDK)]
        import hostile

        functions = [name for name in vars(hostile.hostile) if not name.startswith("_")]
        self.assertEqual(len(functions), 17)
        for name in functions:
            self.assertIn("\n| `%s` |" % name, manual)
            self.assertIn("\n  %s:\n" % name, manifest)

    def test_ok_answers(self):
        self.assertEqual(self.attack("ok"), (b'{"type":"result","id":"4F","flag":true,"result":"ok"}\n', 0))

    def test_lines_that_break_the_protocol_arrive(self):
        for function, part in (
            ("garbage", b"<ElvesWFlag>"), ("duplicate_keys", b'"flag":false,"flag":true'), ("wrong_id", b'"not-4F"'),
            ("unknown_type", b"next_task"),
        ):
            self.assertIn(part, self.attack(function)[0].split(b"\n")[0], function)

    def test_two_results_come_first(self):
        lines = self.attack("two_results")[0].split(b"\n")
        self.assertEqual([word in line for word, line in zip((b"first", b"second", b"third"), lines)], [True] * 3)

    def test_the_huge_line_is_huge(self):
        self.assertGreaterEqual(len(self.attack("huge_line")[0].split(b"\n")[0]), 10000000)

    def test_the_flood_does_not_end(self):
        with self.start("flood_protocol") as worker:
            self.assertEqual(len(worker.stdout.read(5000000)), 5000000)
            worker.kill()
            worker.stdout.close()

    def test_the_ends_are_what_they_say(self):
        self.assertEqual(self.attack("exit_middle"), (b"", 3))
        self.assertEqual(self.attack("exit_zero"), (b"", 0))
        self.assertEqual(self.attack("segfault"), (b"", -signal.SIGSEGV))

    def test_the_closed_output_is_closed_while_the_worker_runs(self):
        with self.start("close_stdout") as worker:
            self.assertEqual(worker.stdout.read(), b"")
            self.assertIsNone(worker.poll())
            worker.kill()

    def test_the_one_that_stays_holds_the_output_and_has_its_marker(self):
        with self.start("fork_and_stay") as worker:
            answer = worker.stdout.readline()
            marker = answer.split(b'"')[-2]
            self.assertEqual(worker.wait(60), 0)
            left = []
            for name in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open("/proc/%s/cmdline" % name, "rb") as handle:
                        command = handle.read()
                    with open("/proc/%s/comm" % name, "rb") as handle:
                        command += handle.read()
                except OSError:
                    continue
                if marker in command:
                    left.append(int(name))
            self.assertEqual(len(left), 1, answer)
            os.kill(left[0], signal.SIGTERM)
            os.kill(left[0], signal.SIGKILL)
            self.assertEqual(worker.stdout.read(), b"")


if __name__ == "__main__":
    unittest.main()
