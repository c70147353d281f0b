"""Lines of a kernel log to a summary: levels, subsystems, repeats, and three kinds of trouble that need a person."""

import re
from collections import Counter

LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")

# How many samples of a kind of trouble a summary holds; it counts all.
MOST_SAMPLES = 5
# A log that repeats itself has few different messages. One that does not must not take all memory.
MOST_PATTERNS = 10000
MOST_CHARACTERS = 400
# The kernel writes none of half of it; what is longer must not take time either.
MOST_CHARACTERS_READ = 2000

# As syslog writes it, with either kind of time, or as dmesg does: "<4>[ 12.5] text" or "[ 12.5] text".
_SYSLOG = re.compile(
    r"^(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+ (?P<tag>[^\s:]+): ?(?P<text>.*)$")
_RAW = re.compile(r"^(?:<(?P<priority>\d{1,3})>)?(?:\[ *(?P<uptime>\d+\.\d+)\](?:\[ *[TC]\d+\])? ?)?(?P<text>.*)$")

_SUBSYSTEM = re.compile(r"^([A-Za-z][\w/-]{0,30})(?:\[\d+\]|[ (](?:[^:]|:(?! )){0,60}?)?: ")
_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}\b|\d+")

_OOM = re.compile(r"[Oo]ut of memory: Kill(?:ed)? process (\d+) \((.*)\)")
_FAULT = re.compile(
    r"^(?:traps: )?(.+?)\[(\d+)\](?: trap)?:? "
    r"(segfault|general protection(?: fault)?|invalid opcode|divide error|bus error)")
_IO = (
    re.compile(r"I/O error,? (?:on )?dev(?:ice)? ([\w!.-]+)"),
    re.compile(r"critical \w+ error, dev ([\w!.-]+)"),
    re.compile(
        r"(?:EXT[234]-fs|XFS|BTRFS)(?: error)? \((?:device )?([\w!.-]+)\).*(?:\berror\b|corrupt|I/O)", re.IGNORECASE),
    re.compile(r"EXT[234]-fs error \(device ([\w!.-]+)\)"),
    re.compile(r"^(nvme\d+(?:n\d+)?): I/O .*(?:timeout|error)", re.IGNORECASE),
    re.compile(r"^(ata\d+(?:\.\d+)?): .*(?:failed command|exception Emask)"),
)

# Files of syslog have no level: then the words tell.
_WORDS = (
    ("critical", re.compile(r"kernel panic|\bBUG:|\bOops\b|hardware error|machine check", re.IGNORECASE)),
    ("error", re.compile(
        r"\berrors?\b|\bfail(?:ed|ure|s)?\b|segfault|out of memory|general protection|call trace|corrupt",
        re.IGNORECASE)),
    ("warning", re.compile(r"\bwarn(?:ing)?\b|timed? ?out|\bretry|\bunable\b|deprecated|throttled", re.IGNORECASE)),
)


class Message:
    """One line: `time` as it stands there, or None; `text` without time, host and level."""

    def __init__(self, line):
        line = line[:MOST_CHARACTERS_READ]
        found = _SYSLOG.match(line)
        self.time = found.group("time") if found else None
        self.is_kernel = not found or found.group("tag") == "kernel"
        raw = _RAW.match(found.group("text") if found else line)
        self.text = raw.group("text").strip()
        if self.time is None and raw.group("uptime"):
            self.time = raw.group("uptime")
        priority = raw.group("priority")
        # Beyond 7, the facility is in the number as well.
        self.level = LEVELS[int(priority) & 7] if priority else guessed_level(self.text)

    def sample(self):
        """Returns the message as a summary shows it."""
        return {"time": self.time, "text": self.text[:MOST_CHARACTERS]}


def guessed_level(text):
    """Returns the level that the words of a message speak for."""
    for level, words in _WORDS:
        if words.search(text):
            return level
    return "info"


def subsystem(text):
    """Returns what a message begins with, such as `usb` or `EXT4-fs`, or `other`."""
    found = _SUBSYSTEM.match(text)
    return found.group(1) if found else "other"


def pattern(text):
    """Returns a message without its numbers, so that repeats of it are the same text."""
    return _NUMBERS.sub("#", text[:MOST_CHARACTERS])


class Summary:
    """Counts messages one after the other, in bounded memory."""

    def __init__(self):
        self._lines = self._others = self._not_counted = 0
        self._levels, self._subsystems, self._repeats = Counter(), Counter(), Counter()
        self._samples = {}
        self._first = self._last = None
        self._oom = Trouble("process")
        self._io = Trouble("device")
        self._faults = Trouble("program")

    def add(self, line):
        """Takes a line on; one that is not the kernel's is counted and passed over."""
        message = Message(line)
        if not message.text:
            return
        if not message.is_kernel:
            self._others += 1
            return
        self._lines += 1
        self._first = message.time if self._first is None else self._first
        self._last = message.time or self._last
        self._levels[message.level] += 1
        self._count(self._subsystems, subsystem(message.text))
        key = pattern(message.text)
        if self._count(self._repeats, key):
            self._samples[key] = message.sample()
        self._look_for_trouble(message)

    def _count(self, counter, key):
        if key not in counter and len(counter) >= MOST_PATTERNS:
            self._not_counted += 1
            return False
        counter[key] += 1
        return True

    def _look_for_trouble(self, message):
        found = _OOM.search(message.text)
        if found:
            self._oom.add(found.group(2), message, pid=int(found.group(1)))
            return
        found = _FAULT.match(message.text)
        if found:
            self._faults.add(found.group(1), message, pid=int(found.group(2)), kind=found.group(3))
            return
        for expression in _IO:
            found = expression.search(message.text)
            if found:
                self._io.add(found.group(1), message)
                return

    def answer(self, top):
        """Returns the summary as JSON values, with the `top` messages that came more than once."""
        repeated = [
            dict(self._samples[key], count=count, pattern=key)
            for key, count in sorted(self._repeats.items(), key=lambda item: (-item[1], item[0]))[:top] if count > 1]
        return {
            "lines": self._lines, "lines_of_others": self._others, "first": self._first, "last": self._last,
            "levels": {level: self._levels[level] for level in LEVELS if self._levels[level]},
            "subsystems": dict(self._subsystems.most_common(20)), "repeated": repeated,
            "not_counted": self._not_counted, "oom_kills": self._oom.answer(), "io_errors": self._io.answer(),
            "segfaults": self._faults.answer()}


class Trouble:
    """One kind of trouble: how often, with whom, and the last samples."""

    def __init__(self, whom):
        self._whom = whom
        self._counts = Counter()
        self._samples = []

    def add(self, name, message, **facts):
        """Takes one on."""
        if name in self._counts or len(self._counts) < MOST_PATTERNS:
            self._counts[name] += 1
        self._samples = (self._samples + [dict(message.sample(), **{self._whom: name}, **facts)])[-MOST_SAMPLES:]

    def answer(self):
        """Returns the trouble as JSON values."""
        return {"count": sum(self._counts.values()), "by_" + self._whom: dict(self._counts.most_common(20)),
                "samples": self._samples}
