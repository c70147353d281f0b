"""The worker as a process: what the fixtures cannot show."""

import json
import os
import signal
import subprocess
import unittest

import support

HELLO = b'{"type":"hello","protocols":[1],"app":"tricks","version":"1.0.0","entry":"tricks"}\n'


class WorkerTests(unittest.TestCase):
    """An app that does what it should not."""

    @classmethod
    def setUpClass(cls):
        cls.program = support.built(os.path.join("tests", "tricks"), "tricks")

    def run_call(self, function, param=None):
        """Returns the messages after `ready`, what was printed, and the exit code."""
        call = {"type": "call", "id": "1", "function": function, "param": param}
        done = subprocess.run(
            [self.program], input=HELLO + json.dumps(call).encode() + b"\n", stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60)
        messages = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.assertEqual(messages[0]["type"], "ready")
        return messages[1:], done.stderr.decode(), done.returncode

    def test_a_forked_child_prints_and_does_not_answer(self):
        messages, printed, code = self.run_call("fork")
        self.assertEqual([(message["type"], message["result"]) for message in messages], [("result", 0)])
        self.assertIn("printed by the child", printed)
        self.assertIn("info: logged by the child", printed)
        self.assertEqual(code, 0)

    def test_programs_do_not_get_the_private_descriptors(self):
        _, printed, _ = self.run_call("descriptors")
        # 0, 1, 2, and the one that ls reads the folder with.
        self.assertEqual(printed.split(), ["0", "1", "2", "3"])

    def test_programs_end_by_a_broken_pipe_as_usual(self):
        _, printed, _ = self.run_call("pipe")
        # 128 and the signal; a program that is started with the signal ignored ends with 1.
        self.assertEqual(printed, "yes ended with 141\n")

    def test_an_app_that_closes_all_descriptors_ends_with_74(self):
        messages, _, code = self.run_call("close_all")
        self.assertEqual((messages, code), ([], 74))

    def test_a_trap_is_the_end_of_the_worker_by_a_signal(self):
        messages, _, code = self.run_call("trap", {"index": 3})
        self.assertEqual(messages, [])
        self.assertIn(code, (-signal.SIGILL, -signal.SIGTRAP))

    def test_a_host_that_has_gone_ends_the_worker_with_74(self):
        worker = subprocess.Popen(
            [self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        worker.stdout.close()
        worker.stdin.write(HELLO)
        worker.stdin.flush()
        self.assertEqual(worker.wait(60), 74)
        self.assertIn(b"the worker has lost its host: Broken pipe", worker.stderr.read())
        worker.stdin.close()
        worker.stderr.close()

    def test_the_output_may_be_nonblocking(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        worker = subprocess.Popen(
            [self.program], stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.DEVNULL)
        os.close(writer)
        worker.stdin.write(HELLO + b'{"type":"bye"}\n')
        worker.stdin.close()
        with os.fdopen(reader, "rb") as source:
            self.assertEqual(json.loads(source.read())["type"], "ready")
        self.assertEqual(worker.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
