"""Reads attacks.json and says, by row and key, what is wrong with it."""

import json
import os
import re
import signal

HERE = os.path.dirname(os.path.abspath(__file__))
# What the agent does while the row runs, beside refusing calls.
AGENTS = {
    "waits": "until it ends",
    "ends": "asks it to end once it says 'ready', then ends it",
    "kills": "ends it once it says 'ready'",
    "dies": "closes all channels once it says 'ready'",
    "deaf": "stops listening at the first refused call",
    "tripwire": "ends it at the first refused call",
}
# The layers that one switch turns off: by the laboratory's launcher, or by a line the plan has or has not.
PLAN_LAYERS = {
    "view": "hands in the canaries' folder as an open descriptor",
    "limits": "no resource limit",
    "cgroup": "no group",
}
LAB_LAYERS = ("seccomp", "landlock", "netns", "pidns", "ipcns", "utsns", "userns-limit", "capabilities",
              "no-new-privs", "nosuid", "read-only", "noexec", "proc", "memfd-limit")
LAYERS = tuple(PLAN_LAYERS) + LAB_LAYERS
# Cannot be switched off; a file outside that everybody may read shows what holds without.
FIXED_LAYERS = ("identity",)
# What an agent that is an ordinary user cannot give.
ROOT_LAYERS = ("cgroup", "memfd-limit", "identity")
KEYS = {"id", "name", "program", "arguments", "expected", "violation", "layers", "as", "agent", "limits", "needs",
        "machine", "seconds"}
REASONS = ("oom", "by-agent", "timeout", "output-limit", "violation")


class Row:
    """One attack; `matches` judges what came of it."""

    def __init__(self, data):
        unknown = set(data) - KEYS
        if unknown:
            raise ValueError("%s: unknown key %s" % (data.get("id"), sorted(unknown)))
        self.id, self.name, self.program = data["id"], data["name"], data["program"]
        self.arguments = data.get("arguments", [])
        self.expected = data["expected"]
        self.violation = data.get("violation")
        self.layers = data.get("layers", {})
        self.identities = {"both": ("root", "ordinary")}.get(data.get("as", "both"), (data.get("as"),))
        self.agent = data.get("agent", "waits")
        self.limits = data.get("limits", {})
        self.needs = data.get("needs", {})
        self.machine = data.get("machine")
        self.seconds = data.get("seconds", 20)
        kind, _, name = self.program.partition("/")
        if kind not in ("c", "python") or not name:
            raise ValueError("%s: program %r is neither c/NAME nor python/FUNCTION" % (self.id, self.program))
        for outcome in (self.expected, *self.layers.values()):
            check_outcome(self.id, outcome)
        for layer in self.layers:
            if layer not in LAYERS + FIXED_LAYERS:
                raise ValueError("%s: unknown layer %r" % (self.id, layer))
        if len(self.layers) == 1:
            raise ValueError("%s: a layer alone needs no list; name two, or none" % self.id)
        if self.agent not in AGENTS:
            raise ValueError("%s: unknown agent %r" % (self.id, self.agent))
        if not set(self.identities) <= {"root", "ordinary"}:
            raise ValueError("%s: as is root, ordinary or both" % self.id)


def check_outcome(row, outcome):
    word, _, detail = outcome.partition(" ")
    good = {"errno": re.fullmatch(r"E[A-Z0-9]+(\|E[A-Z0-9]+)*", detail), "not-there": not detail,
            "killed": all(hasattr(signal, name) for name in detail.split("|")),
            "ended": detail in REASONS, "harmless": detail}.get(word)
    if not good:
        raise ValueError("%s: %r is no outcome; see README.md" % (row, outcome))


def matches(expected, outcome):
    word, _, detail = expected.partition(" ")
    if word == "not-there":
        return outcome == "errno ENOENT"
    if word == "harmless":
        return re.fullmatch(detail, outcome) is not None
    got, _, what = outcome.partition(" ")
    return got == word and what in detail.split("|")


def rows():
    with open(os.path.join(HERE, "attacks.json"), encoding="utf-8") as file:
        found = [Row(data) for data in json.load(file)]
    twice = {row.id for row in found if sum(other.id == row.id for other in found) > 1}
    if twice:
        raise ValueError("ids that are there twice: %s" % sorted(twice))
    return found
