"""The worker beyond the fixtures: what is Python's own, the start, the rate of progress, and hosts that go away."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import redirect_stderr

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import support  # noqa: E402
from support import call, hello, lines, messages, replay  # noqa: E402

import elves  # noqa: E402
from elves import wire  # noqa: E402
from elves.worker import Worker  # noqa: E402


class AppTests(unittest.TestCase):
    """Each test writes an app and runs it in a real worker."""

    def run_app(self, files, *given):
        if isinstance(files, str):
            files = {"tried.py": files}
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as handle:
                    handle.write(text)
            return support.run(lines(*given), folder)

    def method(self, body, *messages):
        """Runs a class with one function `f`; returns its answer and the log lines before it."""
        source = "import os, sys, elves\nclass tried:\n    def f(self, param):\n        %s\n" % body
        got, printed, code = self.run_app(source, hello(), *(messages or [call("f")]))
        self.assertEqual(code, 0, printed)
        self.assertEqual(got[0]["functions"], ["f"])
        self.assertEqual(got[-1]["type"], "result", printed)
        return got[-1], [message for message in got if message["type"] == "log"], printed

    # Answers

    def test_the_flag_may_be_a_text(self):
        self.assertIs(self.method('return "true", 1')[0]["flag"], True)
        answer, _, _ = self.method('return "false", 1')
        self.assertEqual((answer["flag"], answer["result"], "reason" in answer), (False, 1, False))

    def test_what_is_no_pair_is_an_exception_that_says_so(self):
        for body, text in (
            ("pass", "a value of type NoneType"),
            ("return True", "a value of type bool"),
            ("return 1, 2, 3", "3 values"),
            ("return 1, 2", "the flag 1"),
            ('return "yes", 2', "the flag 'yes'"),
        ):
            answer, logged, _ = self.method(body)
            self.assertEqual((answer["flag"], answer["reason"]), (False, "exception"), body)
            self.assertIn(text, answer["result"])
            self.assertIn("return (flag, result)", answer["result"])
            self.assertEqual(logged[0]["level"], "error")

    def test_an_exception_is_its_name_and_message_with_the_traceback_in_the_log(self):
        answer, logged, _ = self.method('return True, param["my"]')
        self.assertEqual(answer["result"], "KeyError: 'my'")
        self.assertEqual(answer["reason"], "exception")
        self.assertIn("tried.py", logged[0]["message"])
        self.assertNotIn("worker.py", logged[0]["message"])
        self.assertNotIn("importlib", logged[0]["message"])
        self.assertEqual((logged[0]["level"], logged[0]["id"]), ("error", "1"))

    def test_no_exception_ends_the_worker(self):
        for body, text in (
            ("sys.exit(3)", "SystemExit: 3"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt"),
            ("raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})()", "Odd"),
            ("return self.f(param)", "RecursionError: maximum recursion depth exceeded"),
        ):
            answer, _, _ = self.method(body, call("f", name="0"), call("f"))
            self.assertEqual(answer["reason"], "exception")
            self.assertEqual(answer["result"][:len(text)], text)

    def test_what_json_cannot_hold_is_an_exception(self):
        for value, text in (
            ("{1, 2}", "a value of type set is not JSON"),
            ("b'x'", "a value of type bytes"),
            ("float('nan')", "out of range"),
            ("[float('inf')]", "out of range"),
            ("{1: 'a', '1': 'b'}", "two keys of one object"),
            ("[{None: 1, 'null': 2}]", "two keys of one object"),
            ("2 ** 63", "beyond 64 bits"),
            ("{'a': [1, -2 ** 63 - 1]}", "beyond 64 bits"),
            ("{('a', 'b'): 1}", "keys must be"),
        ):
            answer, _, _ = self.method("return True, " + value)
            self.assertEqual((answer["flag"], answer["reason"]), (False, "exception"), value)
            self.assertIn(text.lower(), answer["result"].lower())

    def test_a_circle_is_an_exception_and_leaves_nothing_behind(self):
        body = "a = param.setdefault('a', []); a.append(a) if 'circle' in param else None; return True, a"
        answer, _, _ = self.method(body, call("f", {"circle": 1}, "0"), call("f"))
        self.assertEqual((answer["flag"], answer["result"]), (True, []))

    def test_what_json_can_hold_is_sent(self):
        for value, sent in (
            ("2 ** 63 - 1", 2 ** 63 - 1), ("-2 ** 63", -2 ** 63), ("(1, (2,))", [1, [2]]), ("{80: 'open'}", {"80": "open"}),
            ("'1' * 30", "1" * 30), ("{'digits': '9' * 40}", {"digits": "9" * 40}),
        ):
            self.assertEqual(self.method("return True, " + value)[0]["result"], sent)

    def test_text_that_is_not_unicode_is_replaced_and_logged(self):
        answer, logged, _ = self.method("return True, os.fsdecode(b'caf\\xe9')")
        self.assertEqual(answer["result"], "caf\ufffd")
        self.assertEqual(logged[0]["level"], "warning")

    def test_flag_false_after_a_cancel_seen_is_cancelled(self):
        body = "\n        ".join(["while not elves.cancelled():", "    pass", "return False, 'half done'"])
        answer, _, _ = self.method(body, call("f"), {"type": "cancel", "id": "1"})
        self.assertEqual(answer, {
            "type": "result", "id": "1", "flag": False, "result": "half done", "reason": "cancelled"})

    def test_the_end_of_input_cancels_nothing(self):
        self.assertIs(self.method("return True, elves.cancelled()")[0]["result"], False)

    def test_a_refused_line_during_a_call_ends_the_worker(self):
        source = "import elves\nclass tried:\n    def f(self, param):\n        while not elves.cancelled(): pass\n"
        got, _, code = self.run_app(source, hello(), call("f"), {"type": "dance"})
        self.assertEqual(code, 65)
        self.assertEqual(got[-1]["level"], "error")
        self.assertIn("'dance'", got[-1]["message"])

    def test_an_unknown_type_is_named(self):
        source = "class tried:\n    pass\n"
        got, _, code = self.run_app(source, hello(), {"type": "next_task"})
        self.assertEqual((code, got[0]["functions"]), (65, []))
        self.assertEqual(got[1]["message"], "refused: the unknown message type 'next_task'")

    def test_a_line_of_the_whole_limit_is_read(self):
        answer, _, _ = self.method("return True, len(param)", call("f", "x" * 1000000))
        self.assertEqual(answer["result"], 1000000)

    def test_output_limit_names_size_and_limit(self):
        source = "class tried:\n    def f(self, param):\n        return True, 'x' * 5000\n"
        got, _, _ = self.run_app(source, hello(limits={"line_bytes": 4000, "depth": 64}), call("f"))
        self.assertEqual(got[1]["reason"], "output-limit")
        self.assertRegex(got[1]["result"], r"\b50\d\d bytes.*\b4000$")

    # Processes and descriptors

    def test_a_forked_child_prints_and_does_not_answer(self):
        body = "\n        ".join([
            "child = os.fork()", "elves.log('from %d' % child) if child == 0 else os.waitpid(child, 0)",
            "return True, 'child' if child == 0 else 'parent'"])
        source = "import os, elves\nclass tried:\n    def f(self, param):\n        %s\n" % body
        got, printed, code = self.run_app(source, hello(), call("f"), call("f", name="2"))
        self.assertEqual([message.get("result") for message in got[1:]], ["parent", "parent"])
        self.assertEqual((code, printed.count("from 0")), (0, 2))

    def test_programs_do_not_get_the_private_descriptors(self):
        body = "import subprocess; return True, subprocess.check_output(['ls', '/proc/self/fd'], close_fds=False).decode()"
        # Four are the program's own: 0, 1, 2 and the folder it lists.
        self.assertEqual(self.method(body)[0]["result"].split(), ["0", "1", "2", "3"])

    def test_prints_stay_in_order_and_are_utf8(self):
        _, _, printed = self.method("print('eins', 'zw\\u00f6lf', end=''); print('!'); return True, 0")
        self.assertEqual(printed, "eins zwölf!\n")

    def test_a_closed_stdout_does_no_harm(self):
        self.assertEqual(self.method("sys.stdout.close(); return True, 1")[0]["result"], 1)

    def test_the_output_may_be_a_file(self):
        case = replay.Case("print-is-not-protocol")
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                support.WORKER, input=case.given, stdout=output, stderr=subprocess.PIPE, cwd=support.CONFORMANCE, check=True)
            output.seek(0)
            self.assertTrue(replay.matches(case.expected, messages(output.read())))
        self.assertIn(b"printed by another program\n", done.stderr)

    def test_an_app_that_closes_all_descriptors_ends_with_74(self):
        source = "import os\nclass tried:\n    def f(self, param):\n        os.closerange(3, 64)\n        return True, 1\n"
        got, printed, code = self.run_app(source, hello(), call("f"))
        self.assertEqual((len(got), code), (1, 74))
        self.assertIn("lost its host", printed)

    def test_a_host_that_has_gone_ends_the_worker_with_74(self):
        worker = subprocess.Popen(
            support.WORKER, cwd=support.CONFORMANCE, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        worker.stdout.close()
        worker.stdin.write(lines(hello("conformance", "conformance.py")))
        worker.stdin.flush()
        self.assertEqual(worker.wait(60), 74)
        worker.stdin.close()

    # Loading

    def test_an_app_that_cannot_be_loaded_ends_with_70(self):
        for files, text in (
            ({}, "the entry 'tried.py' is not a file"),
            ("class tried", "SyntaxError"),
            ("class other: pass", "tried.py has no class named tried"),
            ("tried = 1", "tried.py has no class named tried"),
            ("import sys; sys.exit(0)", "SystemExit: 0"),
            ("class tried:\n    def __init__(self): 1 / 0", "ZeroDivisionError"),
            ("class tried:\n    def __init__(self, more): pass", "TypeError"),
        ):
            got, _, code = self.run_app(files, hello(), call("f"))
            self.assertEqual(([message["type"] for message in got], code), (["log"], 70), text)
            self.assertEqual(got[0]["level"], "error")
            self.assertIn(text, got[0]["message"])

    def test_functions_are_the_public_methods(self):
        source = (
            "class base:\n    def inherited(self, param): return True, 1\n"
            "class tried(base):\n    limit = 3\n    class Inner: pass\n    def _own(self, param): pass\n"
            "    @staticmethod\n    def still(param): return True, 2\n"
            "    @property\n    def explosive(self): raise RuntimeError\n")
        got, _, _ = self.run_app(source, hello(), call("inherited"), call("still", name="2"))
        self.assertEqual(got[0]["functions"], ["inherited", "still"])
        self.assertEqual([message["result"] for message in got[1:]], [1, 2])

    def test_modules_beside_the_entry_are_found_and_shadow_nothing_of_the_sdk(self):
        files = {
            "tried.py": "import elves, helper\nclass tried:\n    def f(self, param): return True, [helper.x, elves.app_version()]\n",
            "helper.py": "x = 7\n", "elves.py": "raise RuntimeError\n", "wire.py": "raise RuntimeError\n",
            "json.py": "raise RuntimeError\n", "traceback.py": "raise RuntimeError\n",
        }
        got, _, _ = self.run_app(files, hello(), call("f"), call("g", name="2"))
        self.assertEqual((got[1]["result"], got[2]["reason"]), ([7, "1.0.0"], "unknown-function"))

    def test_an_app_may_be_named_like_a_module_or_with_a_dash(self):
        source = "class {}:\n    def f(self, param): return True, __name__\n"
        got, _, _ = self.run_app({"time.py": source.format("time")}, hello("time", "time.py"), call("f"))
        self.assertEqual(got[1]["result"], "elves_app_time")
        got, _, _ = self.run_app({"a-b.py": source.format("a_b")}, hello("a-b", "a-b.py"), call("f"))
        self.assertIs(got[1]["flag"], True)

    def test_an_entry_may_be_in_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "src"))
            for name, text in (("src/tried.py", "import beside, top\nclass tried:\n    pass\n"),
                               ("src/beside.py", ""), ("top.py", "")):
                with open(os.path.join(folder, name), "w") as handle:
                    handle.write(text)
            got, printed, code = support.run(lines(hello(entry="src/tried.py")), folder)
        self.assertEqual((got[0]["type"], code), ("ready", 0), got)

    def test_hello_is_looked_at(self):
        for fields in ({"limits": []}, {"limits": {"depth": 0}}, {"limits": {"line_bytes": "1"}}, {"app": ""}, {"entry": 1},
                       {"protocols": 1}):
            got, _, code = self.run_app("class tried: pass", hello(**fields))
            self.assertEqual(([message["type"] for message in got], code), (["log"], 65), fields)

    def test_the_start_loads_little(self):
        bare = subprocess.check_output(support.WORKER[:-1] + ["-c", "import runpy, sys; print(*sys.modules)"]).decode()
        loaded = set(self.method("return True, sorted(sys.modules)")[0]["result"]) - set(bare.split())
        self.assertLessEqual(
            loaded - set(sys.builtin_module_names), {"_json", "elves", "elves.wire", "elves.worker", "tried"})

    def test_the_file_may_be_started_as_well_as_the_folder(self):
        command = support.WORKER[:-1] + [os.path.join(support.SRC, "elves", "__main__.py")]
        case = replay.Case("echo-object")
        got, _, exit_code = support.run(case.given, command=command)
        self.assertTrue(replay.matches(case.expected, got))
        self.assertEqual(exit_code, case.code)


class ProgressTests(unittest.TestCase):
    """The rate of progress lines, on the test's own clock."""

    def setUp(self):
        self.now = 100.0
        self.reader, writer = os.pipe()
        source, self.source = os.pipe()
        self.worker = Worker(source, writer, lambda: self.now)
        self.addCleanup(lambda: [os.close(one) for one in (self.reader, writer, source, self.source)])
        self.worker._functions["f"] = self.function
        self.body = None

    def function(self, param):
        self.body()
        return True, None

    def sent(self, body):
        self.body = body
        self.worker._answer(call("f"))
        return [message.get("percent", message["type"]) for message in messages(os.read(self.reader, 65536))]

    def test_ten_a_second_and_the_last_one_wins(self):
        def body():
            for step in range(101):
                self.worker.progress(step)
                self.now += 0.01

        percents = self.sent(body)
        self.assertEqual(percents[0], 0)
        self.assertEqual(percents[-2:], [100, "result"])
        self.assertTrue(10 <= len(percents) - 1 <= 12, percents)

    def test_a_held_one_leaves_when_the_app_asks_for_its_cancel(self):
        def body():
            self.worker.progress(1)
            self.worker.progress(2)
            self.now += 0.2
            self.worker.sees_cancel()
            self.worker.progress(3)

        self.assertEqual(self.sent(body), [1, 2, 3, "result"])

    def test_nothing_follows_the_result(self):
        self.assertEqual(self.sent(lambda: None), ["result"])
        self.worker.progress(50)
        self.worker.log("later")
        self.assertEqual(messages(os.read(self.reader, 65536)), [
            {"type": "log", "level": "info", "message": "later"}])

    def test_percent_is_clamped_and_rounded(self):
        def body():
            for percent in (-1, 33.33333, 1e9, float("nan"), True):
                self.worker.progress(percent)
                self.now += 1

        self.assertEqual(self.sent(body), [0, 33.3, 100, 0, 1, "result"])

    def test_the_time_left(self):
        seen = []

        def body():
            seen.append(self.worker.seconds_left())
            self.now += 70
            seen.append(self.worker.seconds_left())

        self.sent(body)
        self.assertEqual(seen, [60, 0])

    def test_another_thread_sees_a_cancel_without_reading_for_it(self):
        seen = []

        def ask():
            seen.append(self.worker.sees_cancel())

        def body():
            os.write(self.source, lines({"type": "cancel", "id": "1"}))
            for wanted in (ask, self.worker.sees_cancel, ask):
                thread = threading.Thread(target=wanted) if wanted is ask else None
                if thread:
                    thread.start()
                    thread.join()
                else:
                    wanted()

        self.sent(body)
        self.assertEqual(seen, [False, True])


class OutsideTests(unittest.TestCase):
    """The author's functions without a worker, and the reading of lines."""

    def test_the_functions_work_without_a_worker(self):
        with redirect_stderr(io.StringIO()) as printed:
            elves.log("hello", "warning")
        self.assertEqual(printed.getvalue(), "warning: hello\n")
        self.assertIsNone(elves.progress(5))
        self.assertEqual((elves.deadline(), elves.cancelled(), elves.app_version()), (float("inf"), False, None))

    def test_a_level_that_there_is_not_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "'loud' is none of debug, info, warning, error"):
            elves.log("hello", "loud")

    def test_everything_public_has_a_docstring(self):
        for name in elves.__all__:
            self.assertTrue(getattr(elves, name).__doc__, name)

    def test_refusals_say_what_is_wrong(self):
        for line, text in (
            (b'{"a":1,"b":{"c":1,"c":2}}', "the key 'c' is there twice"),
            (b'{"a":"\xff"}', "not UTF-8 (byte 0xff at offset 6)"),
            (b'{"a":Infinity}', "Infinity is not JSON"),
            (b"[]", "a message is a JSON object, not '[]'"),
            (b'{} {}', "text after the value"),
            (b'{"a":[[[1]]]}', "nested deeper than 3"),
        ):
            with self.assertRaisesRegex(wire.Refused, re.escape(text)):
                wire.decode(line, 3)
        self.assertEqual(wire.decode(b'{"a":[[1],"[[[[["]}', 3), {"a": [[1], "[[[[["]})

    def test_the_reading_works_without_the_c_parts(self):
        code = ("import sys; sys.modules['_json'] = None; sys.path.insert(0, %r)\n"
                "from elves import wire\n"
                "assert wire.make_scanner is None\n"
                "assert wire.decode(b'{\"a\":[1,\"x\"]}', 64) == {'a': [1, 'x']}\n"
                "assert wire.encode({'a': ['\\u00e9\\n', None]}) == '{\"a\":[\"\\u00e9\\\\n\",null]}'\n"
                "for bad in (b'{\"a\":1,\"a\":2}', b'{\"a\":NaN}', b'{', b'{\"a\":1,}', b'x'):\n"
                "    try: wire.decode(bad, 64)\n"
                "    except wire.Refused: continue\n"
                "    raise AssertionError(bad)\n" % support.SRC)
        subprocess.run([sys.executable, "-I", "-B", "-c", code], check=True)

    def test_the_worker_by_hand_of_the_protocol_page_works(self):
        with open(os.path.join(support.PROTOCOL, "README.md"), encoding="utf-8") as handle:
            source = re.search(r"```python\n(.*?)```", handle.read(), re.DOTALL).group(1)
        for case in ("echo-object", "echo-no-param", "cancel-before-and-after-is-ignored", "hostile-unknown-type",
                     "call-unknown-fields", "lines-after-bye"):
            fixture = replay.Case(case)
            expected, given = fixture.expected, fixture.given.replace(b'"none"', b'"echo"')
            got, _, exit_code = support.run(given, command=[sys.executable, "-c", source])
            for message in expected:
                if message["type"] == "ready":
                    message["functions"] = "*"
                elif message.get("result", 0) is None:
                    message["result"] = {}
            self.assertTrue(replay.matches(expected, got), (case, got))
            self.assertEqual(exit_code, fixture.code)


if __name__ == "__main__":
    unittest.main()
