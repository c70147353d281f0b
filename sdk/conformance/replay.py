"""Replays a fixture of the worker protocol against a worker, as sdk/protocol/conformance.md says."""

import json
import os
import re
import signal
import subprocess
import threading

SDK = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROTOCOL = os.path.join(SDK, "protocol")
FIXTURES = os.path.join(PROTOCOL, "fixtures")

# A case takes well under a second; the rest is for a machine that has much else to do.
SECONDS_UNTIL_IT_HANGS = 20

# Byte by byte, but for what lies beyond: those cases are about size, and this is where lines are cut.
SINGLE_BYTES = 4096

ENTRY = b'"entry":"conformance.py"'
HUSH = re.compile(rb"hush-[0-9A-Za-z]+")


class Case:
    """One fixture: what the host writes, what the worker must answer, and how it must end."""

    def __init__(self, name):
        path = os.path.join(FIXTURES, name)
        self.name = name
        with open(path + ".in.jsonl", "rb") as handle:
            self.given = handle.read()
        with open(path + ".out.jsonl", encoding="utf-8", newline="\n") as handle:
            self.expected = [json.loads(line) for line in handle.read().split("\n")[:-1]]
        self.code = int(_text(path + ".exit") or 0)
        self.needs = (_text(path + ".needs") or "").strip() or None
        self.secrets = path + ".secrets" if os.path.exists(path + ".secrets") else None

    def input(self, entry="conformance.py"):
        """Returns what the host writes to a worker whose conformance app has that entry."""
        return self.given.replace(ENTRY, b'"entry":' + json.dumps(entry).encode())


class Outcome:
    """What a worker has written, and its exit code; a signal is its number below zero, None a worker that hung."""

    def __init__(self, output, printed, code):
        self.output = output
        self.printed = printed
        self.code = code

    def messages(self):
        """Returns the messages of the output, or raises ValueError where it breaks the protocol."""
        if self.output and not self.output.endswith(b"\n"):
            raise ValueError("the output ends in the middle of a line: %r" % self.output[-80:])
        return [json.loads(line.decode("utf-8"), object_pairs_hook=_unique) for line in self.output.split(b"\n")[:-1]]


def cases():
    """Returns the names of all fixtures, sorted."""
    suffix = ".in.jsonl"
    return sorted(name[:-len(suffix)] for name in os.listdir(FIXTURES) if name.endswith(suffix))


def at_once(given):
    """Returns the input in one piece."""
    return [given]


def byte_by_byte(given):
    """Returns the input in the smallest pieces there are."""
    head, tail = given[:SINGLE_BYTES], given[SINGLE_BYTES:]
    return [head[index:index + 1] for index in range(len(head))] + [
        tail[index:index + 997] for index in range(0, len(tail), 997)]


FEEDS = {"at once": at_once, "byte by byte": byte_by_byte}


def run(command, folder, pieces, secrets=None, limit=SECONDS_UNTIL_IT_HANGS):
    """Starts a worker, writes the pieces, closes its input, and returns the outcome after its end.

    `secrets` is the path of a file that the worker gets on descriptor 3.
    """
    if secrets is not None:
        command = ["/bin/sh", "-c", 'exec "$@" 3<"$0"', secrets] + list(command)
    worker = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
        start_new_session=True)
    hung = threading.Event()

    def give_up():
        hung.set()
        os.killpg(worker.pid, signal.SIGKILL)  # not waited for yet, so the number is still the worker's

    timer = threading.Timer(limit, give_up)
    timer.start()
    outputs = {}
    readers = []
    for name, stream in (("output", worker.stdout), ("printed", worker.stderr)):
        reader = threading.Thread(target=lambda name=name, stream=stream: outputs.update({name: stream.read()}))
        reader.start()
        readers.append(reader)
    try:
        for piece in pieces:
            while piece:
                piece = piece[worker.stdin.write(piece):]
    except BrokenPipeError:
        pass  # the worker has refused the input and is gone
    worker.stdin.close()
    for reader in readers:
        reader.join()
    timer.cancel()
    timer.join()
    code = worker.wait()
    worker.stdout.close()
    worker.stderr.close()
    return Outcome(outputs["output"], outputs["printed"].decode("utf-8", "replace"), None if hung.is_set() else code)


def judge(case, outcome, isolations=("resident", "fresh", "zygote")):
    """Returns what is wrong with the outcome of a case, or None. `isolations` are those that the worker offers."""
    if outcome.code is None:
        return "the worker hung and was killed"
    try:
        got = outcome.messages()
    except (ValueError, RecursionError) as error:
        return "the output is not of the protocol: %s" % error
    if case.needs is not None and case.needs not in isolations:
        wrong = _not_refused(case, got, outcome.code)
    elif not matches(case.expected, got):
        wrong = "the output is another one:\n" + _difference(case.expected, got)
    elif outcome.code != case.code:
        wrong = "the exit code is %d instead of %d" % (outcome.code, case.code)
    else:
        wrong = None
    return wrong or _leak(case, got, outcome.printed)


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


def _not_refused(case, got, code):
    if (code == 65 and len(got) == 1 and got[0].get("type") == "log" and got[0].get("level") == "error"
            and case.needs in str(got[0].get("message"))):
        return None
    return ("this worker does not offer %s, so it must write one log line of level error that says so and exit with"
            " 65; it exited with %d after:\n%s" % (case.needs, code, _lines(got)))


def _leak(case, got, printed):
    if case.secrets is None:
        return None
    with open(case.secrets, "rb") as handle:
        secrets = {found.decode() for found in HUSH.findall(handle.read())}
    logged = printed + "".join(str(message.get("message")) for message in got if message.get("type") == "log")
    if any(secret in logged for secret in secrets):
        return "a secret is in a log line or on standard error"
    return None


def _difference(expected, got):
    for index in range(max(len(expected), len(got))):
        if not matches(expected[index:index + 1], got[index:index + 1]):
            return "  line %d, expected: %s\n  line %d, got:      %s\n  all it wrote:\n%s" % (
                index + 1, _lines(expected[index:index + 1]).strip() or "nothing",
                index + 1, _lines(got[index:index + 1]).strip() or "nothing", _lines(got))
    return ""


def _lines(messages):
    texts = [json.dumps(message, ensure_ascii=False) for message in messages]
    return "\n".join("    " + (text if len(text) <= 300 else text[:300] + "...") for text in texts)


def _unique(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key is there twice: %r" % (pairs,))
    return dict(pairs)


def _text(path):
    try:
        with open(path, encoding="utf-8") as handle:
            return handle.read()
    except FileNotFoundError:
        return None
