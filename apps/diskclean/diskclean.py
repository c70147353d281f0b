"""Finds old and large files under the folders its manifest declares, and removes what a plan has named."""

import fnmatch
import hashlib
import heapq
import json
import os
import time

import folders
from elves import BadParam, Cancelled, cancelled, log, progress

MANIFEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "app.yaml")
SECONDS_A_DAY = 86400
# How many problems an answer names; the number of all is there as well.
MOST_PROBLEMS = 20
# A walk asks for its cancel once in so many files: often enough, and it costs nothing.
FILES_BETWEEN_LOOKS = 256


class diskclean:
    """`plan` looks and names, `clean` removes only what it is given back and finds unchanged."""

    def __init__(self):
        self._folders = folders.declared(MANIFEST)

    def usage(self, param):
        """Answers files and bytes of each declared folder, and the space of its file system."""
        rows, problems = [], Problems()
        for folder in self._folders:
            count = size = 0
            for _, status in self._walk(folder, folder, problems):
                count += 1
                size += folders.bytes_on_disk(status)
            try:
                system = os.statvfs(folder)
            except OSError as error:
                raise RuntimeError("%s: %s" % (folder, error.strerror))
            rows.append({
                "folder": folder, "files": count, "bytes": size, "available_bytes": system.f_bavail * system.f_frsize,
                "total_bytes": system.f_blocks * system.f_frsize})
        return True, dict({"folders": rows}, **problems.answer())

    def plan(self, param):
        """Answers the files that fit, the largest first, with a token that `clean` wants back beside them."""
        wanted = [self._folder_of(path) for path in _list(param, "folders", self._folders)]
        days = _number(param, "older_than_days", 30)
        least = _number(param, "min_bytes", 1)
        names = _list(param, "names", ["*"])
        limit = _number(param, "limit", 1000)
        if not 1 <= limit <= 4000 or limit != int(limit):
            raise BadParam("limit is how many files to name, 1 to 4000")
        until = time.time() - days * SECONDS_A_DAY
        found, seen, problems = {}, 0, Problems()
        for folder, path in wanted:
            for file, status in self._walk(folder, path, problems):
                seen += 1
                size = folders.bytes_on_disk(status)
                if (size >= max(1, least) and status.st_mtime <= until
                        and any(fnmatch.fnmatchcase(file.rpartition("/")[2], name) for name in names)):
                    if _is_text(file):
                        found[file] = (size, status)
                    else:
                        problems.add(file, "its name is not UTF-8, so no answer can carry it")
        named = heapq.nsmallest(int(limit), found, key=lambda file: (-found[file][0], file))
        files = [_entry(file, found[file][1]) for file in named]
        log("%d of %d files fit, %d are named" % (len(found), seen, len(files)))
        return True, dict({
            "token": token(files), "files": files, "bytes": sum(file["bytes"] for file in files),
            "files_seen": seen, "files_not_named": len(found) - len(files)}, **problems.answer())

    def clean(self, param):
        """Removes the files of a plan; a file that is not as the plan saw it stays."""
        files, dry_run = param.get("files"), param.get("dry_run", True)
        if not isinstance(dry_run, bool):
            raise BadParam("dry_run is true or false")
        if not isinstance(files, list) or not all(map(_is_entry, files)):
            raise BadParam("pass the files as plan answered them, each with path, bytes and state")
        if param.get("token") != token(files):
            raise BadParam("the token is not the one of these files: pass both as one plan answered them, unchanged")
        targets = [(self._folder_of(file["path"])[0], file) for file in files]
        removed, freed, problems, stopped = 0, 0, Problems(), False
        for number, (folder, file) in enumerate(targets):
            if cancelled():
                stopped = True
                break
            progress(100 * number / len(targets), file["path"])
            try:
                status = folders.remove(
                    folder, file["path"], lambda found: _entry(file["path"], found) == file, dry_run)
            except OSError as error:
                problems.add(file["path"], error.strerror)
                continue
            if status is None:
                problems.add(file["path"], "it is not as the plan saw it")
                continue
            removed += 1
            freed += file["bytes"]
        log("%s %d files, %d bytes" % ("would remove" if dry_run else "removed", removed, freed))
        return not stopped, dict({
            "dry_run": dry_run, "files": removed, "bytes": freed, "files_left": len(files) - removed,
        }, **problems.answer())

    def _folder_of(self, path):
        """Returns the declared folder that a path belongs to, and the path."""
        folder = folders.inside(path, self._folders)
        if folder is None:
            raise BadParam("%r is not at or below a declared folder; those are %s" % (path, ", ".join(self._folders)))
        return folder, path

    def _walk(self, folder, path, problems):
        for number, found in enumerate(folders.files(folder, path, problems.add)):
            if number % FILES_BETWEEN_LOOKS == 0:
                progress(message="%s: %d files" % (path, number))
                if cancelled():
                    raise Cancelled("stopped after %d files of %s" % (number, path))
            yield found


class Problems:
    """What was left out, and why."""

    def __init__(self):
        self._count = 0
        self._first = []

    def add(self, path, text):
        """Takes one on; the first ones are named."""
        self._count += 1
        if len(self._first) < MOST_PROBLEMS:
            self._first.append("%s: %s" % (path.encode("utf-8", "backslashreplace").decode(), text))

    def answer(self):
        """Returns the part of an answer."""
        return {"problems": self._first, "problem_count": self._count}


def token(files):
    """Returns what stands for exactly these files, in this order."""
    text = json.dumps(files, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _entry(path, status):
    """Returns a file as a plan names it; what is written or put in its place later differs in one of the values."""
    # A text: many programs that a plan may pass through keep no more than 53 bits of a number.
    state = "%d-%d" % (status.st_ino, status.st_mtime_ns)
    return {"path": path, "bytes": folders.bytes_on_disk(status), "state": state}


def _is_entry(value):
    return (isinstance(value, dict) and value.keys() == {"path", "bytes", "state"} and type(value["bytes"]) is int
            and isinstance(value["path"], str) and isinstance(value["state"], str))


def _is_text(path):
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _list(param, key, default):
    value = param.get(key, default)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise BadParam("%s is a list of texts, with one at least" % key)
    return value


def _number(param, key, default):
    value = param.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1 << 53:
        raise BadParam("%s is a number of 0 or more" % key)
    return value
