"""The isolation `zygote` beyond the fixtures: how calls end, what they leave, and what their parent makes of it."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import support  # noqa: E402
from support import call, hello, lines  # noqa: E402

from elves import zygote  # noqa: E402

class ZygoteTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, body, load="pass"):
        with open(os.path.join(self.folder, "tried.py"), "w", encoding="utf-8") as handle:
            handle.write("import os, signal, sys, subprocess, elves\n%s\n"
                         "class tried:\n    def f(self, param):\n        %s\n" % (load, body))

    def run_calls(self, body, *params, load="pass", **fields):
        """Calls a function once for each parameter; returns the messages after `ready`, and the exit code."""
        self.write(body, load)
        calls = [call("f", param, str(number)) for number, param in enumerate(params)]
        got, printed, code = support.run(lines(hello(isolation="zygote", **fields), *calls), self.folder)
        self.assertEqual(got[0]["type"], "ready", (got, printed))
        return got[1:], code

    def start(self, *before, **fields):
        """Starts a worker that stays, and returns it when it is ready."""
        worker = subprocess.Popen(
            list(before) + support.WORKER, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.addCleanup(worker.stdout.close)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.stdin.close)
        self.tell(worker, hello(isolation="zygote", **fields))
        self.assertEqual(self.hear(worker)["type"], "ready")
        return worker

    def tell(self, worker, *messages):
        worker.stdin.write(lines(*messages))
        worker.stdin.flush()

    def hear(self, worker):
        line = worker.stdout.readline()
        self.assertTrue(line, "the worker has ended")
        return json.loads(line)

    # How a call ends

    def test_a_child_that_dies_takes_the_worker_with_it_in_the_same_way(self):
        for body, wanted in (
            ("os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
            ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
            ("os.abort()", -signal.SIGABRT),
            ("os._exit(3)", 3),
            ("os._exit(0)", 0),
        ):
            got, code = self.run_calls(body, {}, {})
            self.assertEqual((got, code), ([], wanted), body)

    def test_a_signal_that_the_app_handles_ends_the_worker_as_well(self):
        load = "signal.signal(signal.SIGTERM, lambda *_: None)"
        body = "signal.signal(signal.SIGTERM, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGTERM)"
        self.assertEqual(self.run_calls(body, {}, load=load), ([], -signal.SIGTERM))

    def test_what_was_written_before_a_death_is_there(self):
        got, _ = self.run_calls("elves.log('one'); elves.progress(5); os._exit(3)", {})
        self.assertEqual([message["type"] for message in got], ["log", "progress"])

    def test_an_exit_is_an_exception_as_in_every_worker(self):
        got, code = self.run_calls("sys.exit(3)", {}, {})
        self.assertEqual([message.get("reason") for message in got if message["type"] == "result"], ["exception"] * 2)
        self.assertEqual(code, 0)

    def test_each_call_has_a_process_of_its_own_and_finds_the_app_as_it_was_loaded(self):
        got, _ = self.run_calls(
            "seen.append(param); sys.path.append('x'); return True, [os.getpid(), os.getppid(), seen, len(sys.path)]",
            1, 2, 3, load="seen = []")
        answers = [message["result"] for message in got]
        self.assertEqual(len({answer[0] for answer in answers}), 3)
        self.assertEqual(len({answer[1] for answer in answers}), 1)
        self.assertEqual([answer[2] for answer in answers], [[1], [2], [3]])
        self.assertEqual(len({answer[3] for answer in answers}), 1)

    def test_an_app_that_ignores_the_end_of_its_children_is_served_as_well(self):
        got, code = self.run_calls("return True, param", 1, 2, load="signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
        self.assertEqual(([message["result"] for message in got], code), ([1, 2], 0))

    def test_text_printed_while_loading_comes_once(self):
        self.write("return True, None", "print('loaded', end='')")
        got, printed, _ = support.run(
            lines(hello(isolation="zygote"), call("f"), call("f", name="2")), self.folder)
        self.assertEqual((len(got), printed.count("loaded")), (3, 1))

    def test_a_process_that_a_call_forks_prints_and_does_not_answer(self):
        got, code = self.run_calls(
            "child = os.fork()\n        if child: os.waitpid(child, 0)\n        elves.log('hi')\n        return True, 1",
            {}, {})
        self.assertEqual([message["type"] for message in got], ["log", "result"] * 2)
        self.assertEqual(code, 0)

    def test_programs_of_a_call_get_no_descriptor_of_the_worker(self):
        got, _ = self.run_calls("return True, subprocess.check_output(['ls', '/proc/self/fd']).split() and"
                                " sorted(os.listdir('/proc/self/fd'))", {})
        own = len(got[0]["result"])
        got, _ = self.run_calls("return True, subprocess.check_output(['ls', '/proc/self/fd']).decode().split()", {})
        self.assertEqual(got[0]["result"], ["0", "1", "2", "3"])
        self.assertGreater(own, 4)

    # Cancel

    def test_lines_that_come_during_a_call_keep_their_turn(self):
        self.write("elves.progress(1)\n        while param == 'wait' and not elves.cancelled(): pass\n"
                   "        return True, len(param)")
        worker = self.start()
        self.tell(worker, call("f", "wait", "0"))
        self.assertEqual(self.hear(worker)["type"], "progress")
        later = [call("f", "x" * 100000 * number, str(number)) for number in (1, 2, 3)]
        self.tell(worker, {"type": "cancel", "id": "0"}, *later)
        answers = [self.hear(worker) for _ in range(7)]
        self.assertEqual([answer["result"] for answer in answers if answer["type"] == "result"],
                         [4, 100000, 200000, 300000])

    def test_a_flood_of_lines_during_a_call_is_taken(self):
        self.write("while param == 'look' and not elves.cancelled() and elves.deadline() > 59.5: pass\n"
                   "        return True, len(param)")
        worker = self.start(limits={"line_bytes": 4096})
        room = 2 * 4096 + 2 * 65536
        self.tell(worker, call("f", "look", "0"))
        self.tell(worker, *[{"type": "cancel", "id": "x" * 4000}] * (room // 4000 + 20))
        self.tell(worker, *[call("f", "x" * number, str(number)) for number in range(1, 50)])
        self.assertEqual([self.hear(worker)["result"] for _ in range(50)], [4] + list(range(1, 50)))

    def test_a_host_that_has_gone_ends_the_worker_with_74(self):
        self.write("return True, 1")
        worker = self.start()
        worker.stdout.close()
        self.tell(worker, call("f"))
        self.assertEqual(worker.wait(), 74)

    # What a call leaves

    def left_behind(self, worker, body_param):
        """Has a call leave a process behind that holds the write end of a pipe; returns the read end."""
        path = os.path.join(self.folder, "held")
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.tell(worker, call("f", [path] + body_param))
        self.assertIs(self.hear(worker)["flag"], True)
        os.set_blocking(reader, True)
        self.assertEqual(os.read(reader, 100), b"begun\n")
        return reader

    LEAVES = ("subprocess.Popen(['/bin/sh', '-c', 'exec 9>%s; echo begun >&9; echo; read line < %s' % tuple(param)],"
              " stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,"
              " start_new_session=True).stdout.readline()\n        return True, None")

    def test_outside_of_a_sandbox_a_process_that_a_call_leaves_goes_on(self):
        self.write(self.LEAVES)
        end = os.path.join(self.folder, "end")
        os.mkfifo(end)
        worker = self.start()
        reader = self.left_behind(worker, [end])
        self.tell(worker, call("f", ["/dev/null", "/dev/null"], "2"))
        self.assertIs(self.hear(worker)["flag"], True)
        self.assertEqual(select.select([reader], [], [], 0)[0], [])  # at its end it would be readable
        with open(end, "w"):  # opens only because somebody still waits for the other end
            pass
        self.assertEqual(os.read(reader, 100), b"")

    @unittest.skipUnless(support.HAS_NAMESPACES, "needs a namespace")
    def test_in_a_namespace_of_its_own_a_worker_leaves_no_process_and_no_file(self):
        self.write(self.LEAVES + "\n\n    def g(self, param):\n        return True, os.listdir('scratch')")
        scratch = os.path.join(self.folder, "scratch")
        os.mkdir(scratch)
        never = os.path.join(scratch, "never")
        os.mkfifo(never)
        worker = self.start(*support.NAMESPACE, scratch=scratch)
        reader = self.left_behind(worker, [never])
        self.assertEqual(os.read(reader, 100), b"")  # the other end was closed by the death of its holder
        self.tell(worker, call("g", name="2"))
        self.assertEqual(self.hear(worker)["result"], ["call-2"])

    def test_scratch_is_emptied_between_two_calls_whatever_is_in_it(self):
        scratch, outside = os.path.join(self.folder, "scratch"), os.path.join(self.folder, "outside")
        for path in (scratch, outside):
            os.mkdir(path)
        with open(os.path.join(outside, "file"), "w"):
            pass
        body = """found = os.listdir('scratch')
        os.chdir('scratch')
        os.symlink(%r, 'link')
        os.symlink('nowhere', 'broken')
        os.mkfifo('pipe')
        os.makedirs('closed/inner/more')
        for name in ('.emptied-1/full', '.emptied-2', 'one/two', 'three/four/five'):
            os.makedirs(name)
        open('.emptied-3', 'w').close()
        open('closed/inner/file', 'w').close()
        os.chmod('closed/inner', 0)
        os.chmod('closed', 0)
        for level in range(param):
            os.mkdir('a' * 200); os.chdir('a' * 200)
            open('file', 'w').close()
        return True, found""" % outside
        got, code = self.run_calls(body, 200, 1, scratch=scratch)
        self.assertEqual(([message["result"] for message in got], code), ([["call-1"], ["call-2"]], 0))
        self.assertEqual((os.listdir(scratch), os.listdir(outside)), ([], ["file"]))

    def test_a_worker_that_cannot_clean_up_ends_with_70(self):
        os.mkdir(os.path.join(self.folder, "scratch"))
        got, code = self.run_calls(
            "os.rmdir(os.environ['TMPDIR']); os.rmdir('scratch'); return True, 1", {}, {}, scratch="scratch")
        self.assertEqual(([message["type"] for message in got], code), (["result", "log"], 70))
        self.assertIn("cannot be removed: FileNotFoundError", got[1]["message"])

    def test_a_call_that_gets_no_folder_is_not_run(self):
        got, code = self.run_calls("return True, 1", {}, {}, scratch="no-such-folder")
        self.assertEqual(([message["type"] for message in got], got[0]["id"], code), (["log"], "0", 70))
        self.assertIn("the call is not run", got[0]["message"])

    def test_a_call_that_gets_no_process_is_not_run(self):
        load = "def none(): raise OSError(24, 'no more')\nos.pipe = none"
        got, code = self.run_calls("return True, 1", {}, {}, load=load)
        self.assertEqual(([message["type"] for message in got], got[0]["id"], code), (["log"], "0", 70))
        self.assertIn("no process can be forked", got[0]["message"])

    def test_standard_error_is_as_it_was_whatever_a_call_does_to_it(self):
        got, _ = self.run_calls(
            "was = os.get_blocking(2); os.set_blocking(2, False); return True, was", {}, {}, {})
        self.assertEqual([message["result"] for message in got], [True] * 3)

    def test_a_link_is_no_scratch(self):
        os.symlink("/", os.path.join(self.folder, "link"))
        with self.assertRaises(OSError):
            zygote.empty(os.path.join(self.folder, "link"))


if __name__ == "__main__":
    unittest.main()
