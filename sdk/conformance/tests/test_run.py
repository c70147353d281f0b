"""The runner against workers that are wrong in one way each: a judge that lets everything pass is worth nothing."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import languages  # noqa: E402
import replay  # noqa: E402
import run  # noqa: E402

READY = ('{"type":"ready","protocol":1,"sdk":"a","language":"b","functions":%s}\n'
         % json.dumps(replay.Case("handshake-bye").expected[0]["functions"]))


def outcome(text, code=0, printed=""):
    """Returns the outcome of a worker that wrote that."""
    return replay.Outcome(text.encode(), printed, code)


class JudgeTests(unittest.TestCase):
    def wrong(self, name, *given, **options):
        return replay.judge(replay.Case(name), outcome(*given), **options)

    def test_what_is_expected_passes(self):
        self.assertIsNone(self.wrong("handshake-bye", READY))

    def test_each_deviation_is_named(self):
        for given, text in (
            ((READY, 1), "the exit code is 1 instead of 0"),
            ((READY, -11), "the exit code is -11 instead of 0"),
            ((READY, None), "hung"),
            (("",), "line 1, got:      nothing"),
            ((READY + READY,), "line 2, expected: nothing"),
            ((READY[:-1],), "ends in the middle of a line"),
            ((READY.replace('"protocol":1', '"protocol":true'),), "the output is another one"),
            ((READY.replace('"raises",', ""),), "the output is another one"),
            ((READY.replace("}", ',"more":1}'),), "the output is another one"),
            ((READY.replace("}", ',"sdk":"c"}'),), "a key is there twice"),
            (("ready\n",), "not of the protocol"),
        ):
            self.assertIn(text, self.wrong("handshake-bye", *given) or "", given)

    def test_a_star_wants_something_to_be_there(self):
        self.assertIn("another one", self.wrong("handshake-bye", READY.replace('"sdk":"a",', "")))

    def test_an_isolation_is_offered_or_refused_by_name(self):
        name, offered = "zygote-handshake-bye", ("resident", "fresh")
        refusal = '{"type":"log","level":"error","message":"there is no zygote here"}\n'
        self.assertIsNone(self.wrong(name, READY))
        self.assertIsNone(self.wrong(name, refusal, 65, isolations=offered))
        for given in ((READY, 0), (refusal, 0), (refusal + READY, 65), (refusal + refusal, 65), ("", 65),
                      (refusal.replace("zygote", "such thing"), 65), (refusal.replace("error", "info"), 65)):
            self.assertIn("does not offer zygote", self.wrong(name, *given, isolations=offered) or "", given)

    def test_a_secret_in_a_log_line_or_on_standard_error_is_found(self):
        text = '{"type":"log","level":"error","message":"refused"}\n'
        name = "hostile-secrets-not-json"
        self.assertIsNone(self.wrong(name, text, 65))
        self.assertIn("a secret", self.wrong(name, text, 65, "token=hush-4711"))
        self.assertIn("a secret", self.wrong(name, text.replace("refused", "cannot read hush-4711"), 65))


class RunTests(unittest.TestCase):
    def python(self, code, *given, **options):
        with tempfile.TemporaryDirectory() as folder:
            return replay.run([sys.executable, "-S", "-c", code], folder, given, **options)

    def test_a_worker_that_hangs_is_killed_with_what_it_started(self):
        got = self.python("import os, signal\nos.fork()\nsignal.pause()", b"", limit=0.5)
        self.assertIsNone(got.code)

    def test_both_ways_of_feeding_hand_over_the_whole_input(self):
        given = b"x" * 3 + b"y" * 9000 + b"\n"
        code = "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())"
        for feed in replay.FEEDS.values():
            self.assertEqual(self.python(code, *feed(given)).output, given)

    def test_a_worker_that_does_not_read_is_no_failure_of_the_runner(self):
        self.assertEqual(self.python("import sys\nsys.exit(65)", *[b"x" * 65536] * 8).code, 65)

    def test_descriptor_3_holds_the_secrets_or_is_closed(self):
        code = "import os\ntry: print(os.read(3, 100).decode())\nexcept OSError: print('closed')"
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"it")
            file.flush()
            self.assertEqual(self.python(code, secrets=file.name).output, b"it\n")
        self.assertEqual(self.python(code).output, b"closed\n")


class TableTests(unittest.TestCase):
    def judged(self, *names, **row):
        row = dict({"name": "tried", "folder": "python", "command": ["/bin/false"], "entry": "conformance.py",
                    "isolations": ["resident"]}, **row)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            code = run.judged([languages.Language(row)], [replay.Case(name) for name in names], 2)
        return code, printed.getvalue()

    def test_a_worker_that_answers_nothing_fails(self):
        code, printed = self.judged("handshake-bye", "end-before-hello")
        self.assertEqual(code, 1)
        self.assertIn("FAIL", printed)
        self.assertTrue(printed.endswith("0 passed, 4 failed\n"), printed)

    def test_what_cannot_be_built_or_started_fails(self):
        for row, text in (
            ({"build": ["/bin/sh", "-c", "echo no compiler; exit 3"]}, "ended with 3:\nno compiler"),
            ({"build": ["./no-such-program"]}, "cannot be started"),
            ({"folder": "no-such-language"}, "there is no folder"),
            ({"command": ["./no-such-program"]}, "cannot be started"),
        ):
            code, printed = self.judged("handshake-bye", **row)
            self.assertEqual(code, 1)
            self.assertIn(text, printed)

    def test_a_language_may_be_judged_by_some_cases(self):
        code, printed = self.judged("handshake-bye", "echo-object", cases=["hostile-*"])
        self.assertEqual((code, printed.count("FAIL")), (1, 0))
        self.assertTrue(printed.endswith("0 passed, 0 failed\n"), printed)

    def test_a_key_that_there_is_not_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "unknown key isolation; there is app, build, cases"):
            languages.Language({"name": "tried", "isolation": "fresh"})

    def test_the_list_names_what_is_there(self):
        rows = languages.read()
        self.assertIn("python", [row.name for row in rows])
        for row in rows:
            self.assertTrue(os.path.isdir(row.app), row.app)


if __name__ == "__main__":
    unittest.main()
