"""python-tuf's client against a repository, step by step: `update.py STEPS FOLDER` prints what it found as JSON.

STEPS is a file with a JSON list; each step has `metadata` (the URL or the folder of the metadata), `root` (the root a new
client begins with, a file) and `targets` (paths to look for). After each step two clients have looked: one that trusts only
the first root, and one that went through all steps before. Of each the answer is a list with the SHA-256 of each target, null
for one that is not there, or the name of the error that ended the update.

A step may also have `download`, a path, with `targets_url`: the SHA-256 of what the client stored is added to its answer.
"""

import hashlib
import json
import os
import sys

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface


class FolderFetcher(FetcherInterface):
    """Files instead of the network."""

    def _fetch(self, url):
        try:
            with open(url, "rb") as file:
                yield file.read()
        except FileNotFoundError:
            raise DownloadHTTPError("no such file", 404) from None


def look(step, folder, bootstrap):
    os.makedirs(folder, exist_ok=True)
    fetcher = None if step["metadata"].startswith("http") else FolderFetcher()
    arguments = {"bootstrap": None}
    if bootstrap:
        with open(step["root"], "rb") as file:
            arguments["bootstrap"] = file.read()
    try:
        updater = Updater(
            folder, step["metadata"].rstrip("/") + "/", target_dir=folder, target_base_url=step.get("targets_url"),
            fetcher=fetcher, config=UpdaterConfig(prefix_targets_with_hash=True), **arguments)
        updater.refresh()
    except Exception as error:  # whatever it is, the test is told
        return type(error).__name__ + ": " + str(error)
    found = []
    for path in step["targets"]:
        try:
            info = updater.get_targetinfo(path)
            found.append(info and info.hashes["sha256"])
        except Exception as error:
            found.append(type(error).__name__ + ": " + str(error))
    if "download" in step:
        stored = updater.download_target(updater.get_targetinfo(step["download"]))
        with open(stored, "rb") as file:
            found.append(hashlib.sha256(file.read()).hexdigest())
    return found


def main():
    steps, folder = sys.argv[1:]
    with open(steps, encoding="utf-8") as file:
        steps = json.load(file)
    answers = []
    for number, step in enumerate(steps):
        answers.append({
            "fresh": look(step, os.path.join(folder, "fresh-%d" % number), True),
            "kept": look(step, os.path.join(folder, "kept"), number == 0)})
    json.dump(answers, sys.stdout)


main()
