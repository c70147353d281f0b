"""Replays protocol fixtures against a worker, as sdk/protocol/conformance.md says."""

import json
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.abspath(__file__))
SDK = os.path.join(os.path.dirname(TESTS), "src")
PROTOCOL = os.path.join(os.path.dirname(os.path.dirname(TESTS)), "protocol")
FIXTURES = os.path.join(PROTOCOL, "fixtures")
CONFORMANCE = os.path.join(TESTS, "conformance")
WORKER = [sys.executable, "-I", "-S", "-B", os.path.join(SDK, "elves")]


def cases():
    """Returns the names of all fixtures, sorted."""
    suffix = ".in.jsonl"
    return sorted(name[:-len(suffix)] for name in os.listdir(FIXTURES) if name.endswith(suffix))


def fixture(case):
    """Returns the input as bytes, the expected messages and the expected exit code."""
    path = os.path.join(FIXTURES, case)
    with open(path + ".in.jsonl", "rb") as handle:
        given = handle.read()
    with open(path + ".out.jsonl", encoding="utf-8", newline="\n") as handle:
        expected = [json.loads(line) for line in handle.read().split("\n")[:-1]]
    code = 0
    if os.path.exists(path + ".exit"):
        with open(path + ".exit") as handle:
            code = int(handle.read())
    return given, expected, code


def run(given, folder=CONFORMANCE, command=WORKER):
    """Gives a worker its whole input at once and returns its messages, its standard error and its exit code."""
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, timeout=60)
    return messages(done.stdout), done.stderr.decode("utf-8", "replace"), done.returncode


def messages(output):
    """Returns the messages of a worker's whole output, strictly."""
    if output and not output.endswith(b"\n"):
        raise AssertionError("the output ends in the middle of a line: %r" % output[-80:])
    return [json.loads(line.decode("utf-8"), object_pairs_hook=unique) for line in output.split(b"\n")[:-1]]


def unique(pairs):
    """Returns the object of some pairs, or fails when a key is there twice."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise AssertionError("a key is there twice: %r" % (pairs,))
    return dict(pairs)


def matches(expected, got):
    """Returns whether a value is as expected, where "*" stands for any."""
    if expected == "*":
        return True
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(matches(value, got[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(matches, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return expected == got
