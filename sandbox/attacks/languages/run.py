#!/usr/bin/python3
"""The attempts of attempts.json, made by real workers of each language in the sandbox of its policy.

usage: run.py [unittest arguments]
ELVES_BIN names the program; without it the one of the checkout's release build. Started as root everything is tried
twice: by an agent that is root, and by one that is uid 65534.
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
ELVES = os.environ.get("ELVES_BIN") or os.path.join(REPOSITORY, ".build", "release", "elves")
SDK = os.environ.get("ELVES_SDK") or os.path.join(REPOSITORY, "sdk")
POLICIES = os.environ.get("ELVES_POLICIES") or os.path.join(REPOSITORY, "sandbox", "policies")
LANGUAGES = ("csharp", "swift", "shell")
NOBODY = 65534
ROOT = os.geteuid() == 0
IDENTITIES = (("root", None), ("ordinary", NOBODY)) if ROOT else (("ordinary", None),)
SECRET = "only-once-read-%d" % os.getpid()
BUILD_SECONDS, TEST_SECONDS = 600, 300


def case(attempt):
    """The golden case of a row."""
    if "call" in attempt:
        number = attempt["numbers"][os.uname().machine == "aarch64"]
        function, param = "call", {"number": number, "arguments": [str(value) for value in attempt["arguments"]]}
    else:
        function, param = attempt["function"], attempt.get("param", {})
    if "reason" in attempt:
        # It ends the worker, which answers nothing.
        expect = {"flag": False, "reason": attempt["reason"]}
    elif "matches" in attempt:
        expect = {"flag": True, "matches": attempt["matches"]}
    else:
        expect = {"flag": True, "result": attempt["answer"]}
    made = {"name": attempt["name"], "function": function, "param": param, "timeout": 20,
            "secrets": {"token": SECRET}, "expect": expect}
    for key in ("files", "network"):
        if key in attempt:
            made[key] = attempt[key]
    return made


def concerns(attempt, language):
    # A shell makes no system call by number.
    return language in attempt.get("only", LANGUAGES if "call" not in attempt else ("csharp", "swift"))


def prepared(language, attempts, folder):
    """The app with its cases, built, in a folder of its own that everybody may read."""
    app = os.path.join(folder, "attack-" + language)
    shutil.copytree(os.path.join(HERE, language), app, ignore=shutil.ignore_patterns(".build", "bin"))
    if os.path.exists(os.path.join(app, "build.sh")):
        subprocess.run(["sh", "build.sh"], cwd=app, env=dict(os.environ, ELVES_SDK=SDK), check=True,
                       stdout=subprocess.DEVNULL, timeout=BUILD_SECONDS)
        shutil.rmtree(os.path.join(app, ".build"), ignore_errors=True)
    os.mkdir(os.path.join(app, "tests"))
    # JSON is YAML.
    with open(os.path.join(app, "tests", "cases.yaml"), "w", encoding="utf-8") as file:
        json.dump({"cases": [case(attempt) for attempt in attempts]}, file)
    return app


class Languages(unittest.TestCase):
    maxDiff = None

    def test_every_attempt_in_every_language(self):
        with open(os.path.join(HERE, "attempts.json"), encoding="utf-8") as file:
            attempts = json.load(file)
        folder = tempfile.mkdtemp(prefix="elves-attack.")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o755)
        for language in LANGUAGES:
            own = [attempt for attempt in attempts if concerns(attempt, language)]
            app = prepared(language, own, folder)
            for label, user in IDENTITIES:
                with self.subTest(language=language, agent=label):
                    self.check(app, user, own)

    def check(self, app, user, attempts):
        home = tempfile.mkdtemp(prefix="elves-attack-home.")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        identity = {}
        if user is not None:
            os.chown(home, user, user)
            identity = {"user": user, "group": user, "extra_groups": []}
        result = subprocess.run(
            [ELVES, "app", "test", app, "--json"], capture_output=True, text=True, timeout=TEST_SECONDS, cwd=home,
            env=dict(os.environ, ELVES_SDK=SDK, ELVES_POLICIES=POLICIES, HOME=home, TMPDIR=home), **identity)
        try:
            verdicts = json.loads(result.stdout)
        except ValueError:
            self.fail(result.stdout + result.stderr)
        self.assertEqual([verdict["name"] for verdict in verdicts], [attempt["name"] for attempt in attempts])
        for verdict in verdicts:
            with self.subTest(attempt=verdict["name"]):
                self.assertEqual(verdict["differences"], [])


if __name__ == "__main__":
    unittest.main()
