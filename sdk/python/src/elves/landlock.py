"""A Landlock domain of a process's own: what it may still write to, and whom it may still reach."""

import ctypes
import os
import stat

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every processor
_BENEATH = 1

# What changes files, from linux/landlock.h. Reading and running are left to the domain around this one.
_WRITE_FILE = 1 << 1
_MAKE_DEVICES = 1 << 6 | 1 << 11
# Remove folders and files; make folders, files, sockets, pipes and links.
_CHANGE_FOLDER = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12
# The version of the kernel's interface that knows a right, in order: move between folders, cut.
_REFER, _TRUNCATE = 1 << 13, 1 << 14
# Sockets without a path, and signals.
_SCOPES, _SCOPES_SINCE = 1 << 0 | 1 << 1, 6

# Programs open these for writing without meaning to leave anything.
_SINKS = ("/dev/null", "/dev/zero", "/dev/full")

_O_PATH = os.O_PATH | os.O_CLOEXEC


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("beneath", ctypes.c_int32)]


class Domain:
    """What each child of a zygote enters.

    `abi` is the version of Landlock to use: 1 restricts files, 2 lets them be moved between folders again, 3 restricts
    cutting them, 6 restricts signals and sockets without a path. From 1 on, a process outside cannot be traced. What
    the kernel does not know makes `enter` fail. `writable` are files and folders that stay writable.
    """

    def __init__(self, abi, writable=()):
        # Through a prepared caller, since a child has no time to look one up.
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.argtypes = [ctypes.c_long] * 5
        self._syscall.restype = ctypes.c_long
        self._file = _WRITE_FILE | (_TRUNCATE if abi >= 3 else 0)
        self._folder = self._file | _CHANGE_FOLDER | (_REFER if abi >= 2 else 0)
        # Files, network, scopes. An older kernel takes the longer form, as long as it does not know what is 0.
        self._handled = (ctypes.c_uint64 * 3)(self._folder | _MAKE_DEVICES, 0, _SCOPES if abi >= _SCOPES_SINCE else 0)
        self._writable = tuple(writable)

    def enter(self, *folders):
        """Restricts this thread and what it starts, for ever; raises OSError where that fails.

        `folders` are writable beside those of the domain.
        """
        rules = self._call(
            "landlock_create_ruleset", _CREATE_RULESET, ctypes.addressof(self._handled), ctypes.sizeof(self._handled))
        try:
            for path in _SINKS:
                try:
                    self._allow(rules, path)
                except FileNotFoundError:
                    pass  # a sandbox without devices
            for path in self._writable + folders:
                self._allow(rules, path)
            self._call("landlock_restrict_self", _RESTRICT_SELF, rules)
        finally:
            os.close(rules)

    def _allow(self, rules, path):
        place = os.open(path, _O_PATH)
        try:
            is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
            rule = _Rule(self._folder if is_folder else self._file, place)
            self._call("landlock_add_rule", _ADD_RULE, rules, _BENEATH, ctypes.addressof(rule))
        finally:
            os.close(place)

    def _call(self, name, number, *values):
        result = self._syscall(number, *values, *(0,) * (4 - len(values)))
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, "%s: %s" % (name, os.strerror(number)))
        return result
