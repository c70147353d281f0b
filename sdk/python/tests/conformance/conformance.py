"""The conformance app in Python; sdk/protocol/conformance.md says what each function does."""

import os
import subprocess
import sys
import time

from elves import BadParam, Cancelled, app_version, cancelled, deadline, log, progress, secret


class conformance:
    """The functions that the fixtures call."""

    def __init__(self):
        self._calls = 0

    def _hidden(self, param):
        return True, "not a function of the app"

    def bad_param(self, param):
        """Refuses its parameter."""
        raise BadParam("this parameter is never good enough")

    def big(self, param):
        """Answers a text of `bytes` letters."""
        return True, "x" * param["bytes"]

    def count(self, param):
        """Answers how often it was called on this instance."""
        self._calls += 1
        return True, self._calls

    def deadline(self, param):
        """Answers whether the time left is more than nothing and at most `seconds`."""
        return True, 0 < deadline() <= param["seconds"]

    def deep(self, param):
        """Answers `levels` lists inside each other."""
        value = []
        for _ in range(param["levels"] - 1):
            value = [value]
        return True, value

    def echo(self, param):
        """Answers its parameter."""
        return True, param

    def fail(self, param):
        """Answers flag false."""
        return False, param["text"]

    def json(self, param):
        """Answers one value of each kind."""
        return True, {
            "null": None, "true": True, "false": False, "integer": -7, "large": 9007199254740991, "fraction": 0.5,
            "text": "a \"quote\", a \\ and a /", "empty_text": "", "list": [1, [2, []]], "object": {"empty": {}},
        }

    def log(self, param):
        """Sends a log line of each level."""
        for level in ("debug", "info", "warning", "error"):
            log(param["text"] * param.get("repeat", 1), level)
        return True, None

    def none(self, param):
        """Answers null."""
        return True, None

    def print(self, param):
        """Prints in every way there is, and leaves a line unfinished."""
        print('{"type":"result","id":"1","flag":true,"result":"printed"}')
        os.write(1, b"written to descriptor 1\n")
        subprocess.run(["/bin/echo", "printed by another program"], check=True)
        print("without a newline", end="")
        return True, "done"

    def progress(self, param):
        """Reports 10 percent and 100 percent."""
        progress(10, "begun")
        progress(100, "done")
        return True, None

    def progress_flood(self, param):
        """Reports as fast as it can: never more than eleven lines may come of a second of this."""
        for number in range(param["times"]):
            progress(number * 100 / param["times"])
        return True, None

    def progress_wild(self, param):
        """Reports a percent that is out of range."""
        progress(250)
        progress(-3)
        return True, None

    def raises(self, param):
        """Fails with an exception."""
        raise RuntimeError(param["text"])

    def secret(self, param):
        """Answers the secret called `name`."""
        return True, secret(param["name"])

    def stdin(self, param):
        """Answers what there is to read on standard input: nothing."""
        return True, sys.stdin.read()

    def unicode(self, param):
        """Answers text that is hard to carry."""
        return True, "Grüße, 世界, 🧝 \u0001\t\n\r \" \\ \u007f \u2028 \ufeff"

    def version(self, param):
        """Answers the version that is running."""
        return True, app_version()

    def wait(self, param):
        """Waits until it is cancelled, for ten seconds at most."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if cancelled():
                raise Cancelled("stopped")
            time.sleep(0.01)
        return True, "nobody cancelled"
