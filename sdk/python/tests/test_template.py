"""The template, filled in as `elves app new` does it, with its cases in real workers; the sandbox is the program's part."""

import os
import re
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import support  # noqa: E402
from support import call, hello, lines  # noqa: E402

TEMPLATE = os.path.join(os.path.dirname(support.TESTS), "template")


def fill(folder, name):
    """Writes the template for an app of that name into a folder."""
    def filled(text):
        return text.replace("{{name}}", name).replace("{{class}}", name.replace("-", "_"))

    for path, _, names in os.walk(TEMPLATE):
        target = os.path.join(folder, os.path.relpath(path, TEMPLATE))
        os.makedirs(target, exist_ok=True)
        for file in names:
            with open(os.path.join(path, file), encoding="utf-8") as source:
                with open(os.path.join(target, filled(file)), "w", encoding="utf-8") as copy:
                    copy.write(filled(source.read()))


class TemplateTests(unittest.TestCase):
    def test_it_is_an_app_whatever_its_name_is(self):
        for name in ("hello", "disk-report", "re"):
            with tempfile.TemporaryDirectory() as folder:
                fill(folder, name)
                with open(os.path.join(folder, "app.yaml"), encoding="utf-8") as handle:
                    manifest = handle.read()
                entry = re.search(r"^entry: (.*)$", manifest, re.MULTILINE).group(1)
                got, printed, code = support.run(lines(
                    hello(name, entry, isolation="zygote"), call("greet", {"name": "Ada"}), call("greet", {}, "2"),
                    call("load", None, "3")), folder)
                ready, *got = got
                named = re.findall(r"^  (\w+):\n    title:", manifest, re.MULTILINE)
                self.assertEqual((ready["functions"], code), (named, 0), printed)
                answers = [message for message in got if message["type"] == "result"]
                self.assertEqual(answers[0]["result"], "Hello, Ada!")
                self.assertEqual(answers[1]["reason"], "bad-param")
                self.assertEqual(sorted(answers[2]["result"]), ["fifteen_minutes", "five_minutes", "one_minute"])
                self.assertEqual(got[0]["message"], "greeting Ada")

    def test_nothing_is_left_to_fill_in(self):
        with tempfile.TemporaryDirectory() as folder:
            fill(folder, "hello")
            for path, _, names in os.walk(folder):
                for name in names:
                    with open(os.path.join(path, name), encoding="utf-8") as handle:
                        self.assertNotIn("{{", name + handle.read())
            with open(os.path.join(folder, "tests", "cases.yaml"), encoding="utf-8") as handle:
                functions = set(re.findall(r"function: (\w+)", handle.read()))
            self.assertEqual(functions, {"greet", "load"})


if __name__ == "__main__":
    unittest.main()
