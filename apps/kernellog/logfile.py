"""A log that grows and is rotated, read line by line from a place in it; and the marks that name such places."""

import hashlib
import json
import os
import re
import stat

# What stands before a mark is compared when it is used again: a file may be another one at the same place.
TAIL_BYTES = 256
# A line beyond this is cut; the kernel writes none of a tenth of it.
LINE_BYTES = 65536
MARK_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class LogFile:
    """An open log. Raises OSError where it cannot be opened, and ValueError where it is no file."""

    def __init__(self, path):
        self.path = path
        self._handle = open(path, "rb")
        status = os.fstat(self._handle.fileno())
        if not stat.S_ISREG(status.st_mode):
            self._handle.close()
            raise ValueError("%s is not a file" % path)
        self.inode, self.size, self.offset = status.st_ino, status.st_size, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._handle.close()

    def holds(self, mark):
        """Returns whether a mark was made in this file, and the file still has what was before it."""
        return (mark["inode"] == self.inode and mark["offset"] <= self.size
                and self._tail(mark["offset"]) == mark["tail"])

    def lines(self, offset=0):
        """Yields the whole lines from an offset on; `offset` then is after the last of them.

        What has no line feed yet is left for the next time.
        """
        self._handle.seek(offset)
        self.offset = offset
        while True:
            line = self._handle.readline(LINE_BYTES)
            if not line:
                return
            whole = line
            while not whole.endswith(b"\n"):
                whole = self._handle.readline(LINE_BYTES)
                if not whole:
                    return
            self.offset = self._handle.tell()
            yield line.decode("utf-8", "replace").rstrip("\r\n")

    def mark(self):
        """Returns the place behind the last line that was read."""
        return {"inode": self.inode, "offset": self.offset, "tail": self._tail(self.offset)}

    def _tail(self, offset):
        begin = max(0, offset - TAIL_BYTES)
        return hashlib.sha256(os.pread(self._handle.fileno(), offset - begin, begin)).hexdigest()


class Marks:
    """Marks in a folder: a file for each name and log."""

    def __init__(self, folder):
        self._folder = folder

    def read(self, name, path):
        """Returns the mark of a log, or None where there is none."""
        try:
            with open(self._file(name, path), encoding="utf-8") as handle:
                mark = json.load(handle)
        except FileNotFoundError:
            return None
        except ValueError:
            mark = None
        if not (isinstance(mark, dict) and type(mark.get("inode")) is int and type(mark.get("offset")) is int
                and mark["offset"] >= 0 and isinstance(mark.get("tail"), str)):
            raise ValueError("the mark %s of %s cannot be read; clear forgets it" % (name, path))
        return mark

    def write(self, name, path, mark):
        """Replaces a mark: after a crash there is the old one or the new one."""
        target = self._file(name, path)
        aside = "%s.%d" % (target, os.getpid())
        with open(aside, "w", encoding="utf-8") as handle:
            json.dump(dict(mark, path=path), handle)
            handle.flush()
            os.fsync(handle.fileno())
        os.rename(aside, target)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def clear(self, name=None):
        """Removes the marks of a name, or all; returns how many."""
        count = 0
        for file in sorted(os.listdir(self._folder)):
            found = re.fullmatch(r"(%s)\.[0-9a-f]{16}\.mark(\.\d+)?" % MARK_NAME.pattern, file)
            if found and name in (None, found.group(1)):
                os.unlink(os.path.join(self._folder, file))
                count += not found.group(2)
        return count

    def _file(self, name, path):
        digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return os.path.join(self._folder, "%s.%s.mark" % (name, digest))
