"""What the tests of this SDK share: where things are, and one way to run a worker."""

import json
import os
import sys

TESTS = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.join(os.path.dirname(TESTS), "src")
CONFORMANCE = os.path.join(TESTS, "conformance")
WORKER = [sys.executable, "-I", "-S", "-B", os.path.join(SRC, "elves")]

sys.path[:0] = [SRC, os.path.join(os.path.dirname(os.path.dirname(TESTS)), "conformance")]

import replay  # noqa: E402

PROTOCOL = replay.PROTOCOL


def run(given, folder=CONFORMANCE, command=WORKER, secrets=None):
    """Gives a worker its whole input at once and returns its messages, its standard error and its exit code."""
    outcome = replay.run(command, folder, [given], secrets)
    return outcome.messages(), outcome.printed, outcome.code


def messages(output):
    """Returns the messages of a worker's whole output, strictly."""
    return replay.Outcome(output, "", 0).messages()


def lines(*messages):
    """Returns messages as the bytes of lines."""
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def hello(app="tried", entry="tried.py", **fields):
    """Returns the hello for an app."""
    return dict({"type": "hello", "protocols": [1], "app": app, "version": "1.0.0", "entry": entry}, **fields)


def call(function, param=None, name="1"):
    """Returns a call."""
    return {"type": "call", "id": name, "function": function, "param": param, "timeout_ms": 60000}
