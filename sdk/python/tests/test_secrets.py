"""Secrets beyond the fixtures: where they must not be, and descriptors that are none."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import support  # noqa: E402
from support import call, hello, lines  # noqa: E402

import elves  # noqa: E402


class SecretTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_app(self, body, secrets=b'{"token":"hush-4711"}', **fields):
        """Runs a class with one function `f` and these bytes on descriptor 3."""
        path = os.path.join(self.folder, "secrets")
        with open(path, "wb") as handle:
            handle.write(secrets)
        with open(os.path.join(self.folder, "tried.py"), "w", encoding="utf-8") as handle:
            handle.write("import os, sys, subprocess, elves\nfound = %s\nclass tried:\n    def f(self, param):\n        %s\n"
                         % ("sorted(os.listdir('/proc/self/fd'))", body))
        given = lines(hello(**dict({"secrets_descriptor": 3}, **fields)), call("f"))
        return support.run(given, self.folder, secrets=path)

    def test_the_app_finds_the_descriptor_closed_and_no_secret_in_arguments_or_environment(self):
        body = ("return True, [os.path.basename(os.readlink('/proc/self/fd/' + name)) for name in found"
                " if os.path.exists('/proc/self/fd/' + name)] + [open('/proc/self/' + name).read()"
                " for name in ('cmdline', 'environ')]")
        got, _, _ = self.run_app(body)
        self.assertNotIn("secrets", got[1]["result"][:-2])
        self.assertNotIn("hush", "".join(got[1]["result"]))

    def test_an_unknown_name_lists_those_there_are_and_no_text(self):
        got, printed, _ = self.run_app("return True, elves.secret('tokens')", b'{"token":"hush-1","key":"hush-2"}')
        self.assertEqual(got[-1]["result"], "LookupError: no secret 'tokens'; there is 'key', 'token'")
        self.assertNotIn("hush", printed + got[1]["message"])

    def test_a_name_that_is_no_text_is_an_unknown_one(self):
        got, _, _ = self.run_app("return True, elves.secret(['token'])")
        self.assertIn("no secret ['token']", got[-1]["result"])

    def test_refusals_name_the_cause(self):
        for secrets, text in (
            (b'["hush-4711"]', "not one JSON object of names to texts"),
            (b'{"a":[]}', "not one JSON object of names to texts"),
            (b'{"a":1}', "something other than a text"),
            (b'{"a":"' + b"x" * 65536 + b'"}', "more than 65536 bytes"),
        ):
            got, _, code = self.run_app("pass", secrets)
            self.assertEqual((len(got), code), (1, 65))
            self.assertIn(text, got[0]["message"])

    def test_a_descriptor_that_is_none_is_refused(self):
        for number, text in ((3, None), (2, "2"), (-1, "-1"), (True, "True"), (99999, "cannot be read"), (3.0, "3.0")):
            given = lines(hello(secrets_descriptor=number), call("f"))
            got, _, code = support.run(given, self.folder)  # nothing is on descriptor 3: it is the protocol's own here
            self.assertEqual((len(got), code), (1, 65), number)
            self.assertIn(text or "secrets_descriptor 3", got[0]["message"])

    def test_outside_of_a_worker_there_are_none(self):
        with self.assertRaisesRegex(LookupError, "none outside of a worker"):
            elves.secret("token")


if __name__ == "__main__":
    unittest.main()
