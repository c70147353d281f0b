"""The languages that are judged, as languages.json lists them."""

import fnmatch
import json
import os
import subprocess

import replay

KEYS = {"name", "folder", "build", "command", "entry", "isolations", "cases", "app"}


class Language:
    """One worker in one language."""

    def __init__(self, row):
        unknown = sorted(row.keys() - KEYS)
        if unknown:
            raise ValueError("languages.json: unknown key %s; there is %s" % (unknown[0], ", ".join(sorted(KEYS))))
        self.name = row["name"]
        self.folder = os.path.join(replay.SDK, row["folder"])
        self.app = os.path.join(self.folder, row.get("app", os.path.join("tests", "conformance")))
        self.build = row.get("build")
        self.command = row["command"]
        self.entry = row["entry"]
        self.isolations = row["isolations"]
        self._patterns = row.get("cases", ["*"])

    def covers(self, case):
        """Returns whether this language is judged by the case; a worker by hand names those it answers."""
        return any(fnmatch.fnmatchcase(case, pattern) for pattern in self._patterns)

    def prepare(self):
        """Builds the worker, if it is one that is built. Returns what went wrong, or None."""
        if not os.path.isdir(self.app):
            return "there is no folder %s" % self.app
        if not self.build:
            return None
        try:
            done = subprocess.run(
                self.build, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            return "the build command %s cannot be started: %s" % (self.build[0], error.strerror)
        if done.returncode:
            return "%s ended with %d:\n%s" % (
                " ".join(self.build), done.returncode, done.stdout.decode("utf-8", "replace").rstrip())
        return None

    def fails(self, case, feed):
        """Replays a case, fed in the way of that name. Returns what is wrong, or None."""
        try:
            outcome = replay.run(self.command, self.app, replay.FEEDS[feed](case.input(self.entry)), case.secrets)
        except OSError as error:
            return "the worker %s cannot be started: %s" % (self.command[0], error.strerror)
        wrong = replay.judge(case, outcome, self.isolations)
        if wrong and outcome.printed:
            wrong += "\n  on standard error:\n    " + "\n    ".join(outcome.printed.rstrip("\n").split("\n")[-10:])
        return wrong


def read(path=os.path.join(replay.SDK, "conformance", "languages.json")):
    """Returns the languages in the file's order."""
    with open(path, encoding="utf-8") as handle:
        return [Language(row) for row in json.load(handle)["languages"]]
