"""Writes scenarios down: what is served at each step, what a client does then, and what must come of it.

A scenario becomes a folder: root.json, the trusted root to begin with; one folder for each state of the repository; and
scenario.json, the steps. The client's tests replay it and know nothing of how it was made.
"""

import json
import os

from repository import NOW, Repository

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


def variants(name, table):
    """One scenario for each row: (its name, what makes it)."""
    for row, function in table:
        SCENARIOS[f"{name}-{row}"] = function


class Script:
    def __init__(self, folder, repository=None):
        self.folder = folder
        self.steps = []
        self.states = 0
        os.makedirs(folder)
        self.begin(repository or Repository())

    def begin(self, repository):
        """Takes a repository, whose first root is the one that clients trust."""
        self.repository = repository
        self.trust(repository.metadata["1.root.json"])

    def trust(self, root):
        with open(f"{self.folder}/root.json", "wb") as file:
            file.write(root)

    def refresh(self, ok=True, **expected):
        self.step({"action": "refresh", "ok": ok}, expected)

    def download(self, *targets, ok=True, **expected):
        self.step({"action": "download", "targets": list(targets), "ok": ok}, expected)

    def step(self, step, expected):
        """Expected: at, the day; cause, a part of the refusal; trusted, the versions of all trusted roles;
        requests, all that is asked for; files, what lies in the folder of targets."""
        self.states += 1
        self.repository.write(f"{self.folder}/{self.states}")
        step["now"] = int(NOW.timestamp()) + int(expected.pop("at", 0) * 86400)
        self.steps.append({**step, **expected})

    def finish(self):
        with open(f"{self.folder}/scenario.json", "w", encoding="utf-8") as file:
            json.dump({"steps": self.steps}, file)
