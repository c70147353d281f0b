"""Looks at what it is given: grants, secrets, limits, what other calls have left. For tests only."""

import os
import signal
import socket

from elves import log, progress, secret


class probe:
    """Each method answers what it has found."""

    def __init__(self):
        self._calls = 0

    def count(self, param):
        """Counts its calls on this instance."""
        self._calls += 1
        return True, self._calls

    def leave(self, param):
        """Leaves a process that ignores what it can, and a file two folders deep."""
        folder = os.path.join(os.environ["TMPDIR"], "left", "behind")
        os.makedirs(folder)
        with open(os.path.join(folder, "file"), "w", encoding="ascii") as handle:
            handle.write("left")
        ready, told = os.pipe()
        if os.fork() == 0:
            os.setsid()
            os.write(told, b"!")
            while True:
                signal.pause()
        os.read(ready, 1)
        return True, self._left()

    def left(self, param):
        """Counts processes beside the worker's own, and what lies in its folder."""
        return True, self._left()

    def _left(self):
        # Without /proc: a signal that is only checked reaches every process there is but the first and this one.
        others = [number for number in range(2, 64) if number not in (os.getpid(), os.getppid()) and _lives(number)]
        own = os.environ["TMPDIR"]
        files = os.listdir(own) + [name for name in os.listdir("/tmp") if os.path.join("/tmp", name) != own]
        return {"processes": len(others), "files": sorted(files)}

    def reveal(self, param):
        """Answers a secret, of which nothing else may be seen."""
        value = secret(param["name"])
        return True, {"secret": value, "environment": value in str(dict(os.environ))}

    def read(self, param):
        """Answers a file's text, or why it cannot be read."""
        try:
            with open(param["path"], encoding="utf-8") as handle:
                return True, handle.read()
        except OSError as error:
            return False, os.strerror(error.errno)

    def write(self, param):
        """Writes a file, or answers why it cannot."""
        try:
            with open(param["path"], "w", encoding="utf-8") as handle:
                handle.write(param["text"])
            return True, None
        except OSError as error:
            return False, os.strerror(error.errno)

    def fetch(self, param):
        """Answers what the proxy says, and what the place behind it does."""
        path = os.environ.get("ELVES_PROXY")
        if path is None:
            return False, "no proxy"
        with socket.socket(socket.AF_UNIX) as proxy:
            proxy.connect(path)
            proxy.sendall(b"CONNECT %s HTTP/1.1\r\n\r\n" % param["place"].encode())
            said = b""
            while b"\r\n\r\n" not in said:
                said += proxy.recv(4096) or b"\r\n\r\n"
            status = int(said.split(b" ")[1])
            if status != 200:
                return False, status
            proxy.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = said.partition(b"\r\n\r\n")[2]
            while part := proxy.recv(4096):
                answer += part
        return True, answer.decode().partition("\r\n\r\n")[2]

    def tell(self, param):
        """Logs a line of each level, with progress in between."""
        log("looking", "debug")
        progress(40, "half way")
        log("found it")
        log("odd", "warning")
        progress(100)
        return True, "told"

    def allocate(self, param):
        """Takes as many MiB as it is told."""
        return self._take(param)

    def allocate_little(self, param):
        """The same under a limit of its own."""
        return self._take(param)

    def _take(self, param):
        try:
            return True, len(bytearray(param["mib"] << 20)) >> 20
        except MemoryError:
            return False, "no memory"

    def fork(self, param):
        """Starts as many processes as it is told, all at once."""
        return self._start(param)

    def fork_little(self, param):
        """The same under a limit of its own."""
        return self._start(param)

    def _start(self, param):
        wait, go = os.pipe()
        children = []
        try:
            for _ in range(param["count"]):
                child = os.fork()
                if child == 0:
                    os.close(go)
                    os.read(wait, 1)
                    os._exit(0)
                children.append(child)
            return True, len(children)
        except OSError as error:
            return False, os.strerror(error.errno)
        finally:
            os.close(go)
            for child in children:
                os.waitpid(child, 0)

    def open(self, param):
        """Opens as many files as it is told."""
        return self._open(param)

    def open_little(self, param):
        """The same under a limit of its own."""
        return self._open(param)

    def _open(self, param):
        try:
            for _ in range(param["count"]):
                os.dup(0)
            return True, param["count"]
        except OSError as error:
            return False, os.strerror(error.errno)

    def print(self, param):
        """Prints as many KiB as it is told."""
        return self._print(param)

    def print_little(self, param):
        """The same under a limit of its own."""
        return self._print(param)

    def _print(self, param):
        for _ in range(param["kib"]):
            os.write(2, b"x" * 1023 + b"\n")
        return True, param["kib"]


def _lives(process):
    try:
        os.kill(process, 0)
        return True
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
