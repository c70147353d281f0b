"""What the tests of this SDK share: where things are, and one way to run a worker."""

import ctypes
import json
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.join(os.path.dirname(TESTS), "src")
CONFORMANCE = os.path.join(TESTS, "conformance")
WORKER = [sys.executable, "-I", "-S", "-B", os.path.join(SRC, "elves")]

sys.path[:0] = [SRC, os.path.join(os.path.dirname(os.path.dirname(TESTS)), "conformance")]

import replay  # noqa: E402

PROTOCOL = replay.PROTOCOL


def _landlock():
    """Returns the version of Landlock that the kernel offers, 0 for none."""
    ask_version = 1
    number = ctypes.CDLL(None).syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint(ask_version))
    return max(0, number)


LANDLOCK = _landlock()

# The first process of a namespace, as the sandbox has one: starts the worker, and waits for everybody's children.
INIT = """
import os, sys
worker = os.fork()
if worker == 0:
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    ended, status = os.wait()
    if ended == worker:
        os._exit(os.waitstatus_to_exitcode(status) & 255)
"""
NAMESPACE = ["/usr/bin/unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child",
             "/usr/bin/python3", "-I", "-S", "-c", INIT]
HAS_NAMESPACES = subprocess.run(NAMESPACE + ["/bin/true"], stderr=subprocess.DEVNULL).returncode == 0


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
