"""Reads kernel logs: all of one, or what came since the last time."""

import os

from elves import BadParam, Cancelled, cancelled, log, progress
from logfile import MARK_NAME, LogFile, Marks
from messages import Summary

LOG = "/var/log/kern.log"
MARKS = "/var/lib/kernellog"
# A read asks for its cancel once in so many lines: often enough, and it costs nothing.
LINES_BETWEEN_LOOKS = 1000


class kernellog:
    """`summary` and `new` answer the same kind of summary; `new` moves a mark."""

    def __init__(self, marks=MARKS):
        self._marks = Marks(marks)

    def summary(self, param):
        """Summarises a log from its beginning."""
        path, top = _path(param), _top(param)
        summary = Summary()
        with _opened(path) as file:
            _read(file, 0, summary)
        return True, dict({"file": path}, **summary.answer(top))

    def new(self, param):
        """Summarises what came since the mark, also from the file that the log was rotated to, and moves the mark."""
        path, top, name, keep = _path(param), _top(param), _name(param, "default"), param.get("keep", False)
        if not isinstance(keep, bool):
            raise BadParam("keep is true or false")
        mark, summary, lost = self._marks.read(name, path), Summary(), False
        with _opened(path) as file:
            offset = 0
            if mark is not None and file.holds(mark):
                offset = mark["offset"]
            elif mark is not None:
                lost = not _read_rotated(path + ".1", mark, summary)
                if lost:
                    log("%s was rotated, and %s.1 is not what was read last time: lines are missing" % (path, path),
                        "warning")
            _read(file, offset, summary)
            if not keep:
                self._marks.write(name, path, file.mark())
        return True, dict({"file": path, "mark": name, "lines_lost": lost}, **summary.answer(top))

    def clear(self, param):
        """Forgets marks, so that `new` begins at the beginning of each log."""
        return True, {"cleared": self._marks.clear(_name(param, None))}


def _read(file, offset, summary):
    for number, line in enumerate(file.lines(offset)):
        if number % LINES_BETWEEN_LOOKS == 0:
            progress(100 * file.offset / max(1, file.size), file.path)
            if cancelled():
                raise Cancelled("stopped in %s; no mark was moved" % file.path)
        summary.add(line)


def _read_rotated(path, mark, summary):
    """Reads the rest of the file that a mark was made in, and returns whether that is the one at `path`."""
    try:
        with LogFile(path) as file:
            if not file.holds(mark):
                return False
            _read(file, mark["offset"], summary)
            return True
    except (OSError, ValueError):
        return False


def _opened(path):
    try:
        return LogFile(path)
    except FileNotFoundError:
        raise BadParam("%s: there is no such file, or the operator has not granted to read it" % path)
    except PermissionError:
        raise BadParam("%s: it is not readable for others, and not for the owner of the granted folder, as whom an app"
                       " reads; let syslog create it so (rsyslog: $FileCreateMode 0644)" % path)
    except (OSError, ValueError) as error:
        raise BadParam(str(error))


def _path(param):
    path = param.get("file", LOG)
    if not isinstance(path, str) or "\0" in path or not path.startswith("/") or os.path.normpath(path) != path:
        raise BadParam("file is the absolute path of a log, for example %s" % LOG)
    return path


def _top(param):
    top = param.get("top", 10)
    if type(top) is not int or not 1 <= top <= 100:
        raise BadParam("top is how many repeated messages to name, 1 to 100")
    return top


def _name(param, default):
    name = param.get("mark", default)
    if name is not default and not (isinstance(name, str) and MARK_NAME.fullmatch(name)):
        raise BadParam("mark is a name of small letters, digits and -, 32 at most")
    return name
