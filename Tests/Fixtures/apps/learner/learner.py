"""Needs what it does not ask for, and asks for what it does not need. For tests only."""

import os
import socket


class learner:
    """Answers what came of each attempt."""

    def gather(self, param):
        """Reads a file that it asks for and one that it does not, asks for a place, and makes a call that no policy allows."""
        return True, {
            "used": self._text("/srv/elves-learner/used/there"),
            "missing": self._text("/etc/hostname"),
            "network": self._ask("learned.test:8443"),
            "pipe": self._make_pipe(os.environ["TMPDIR"] + "/pipe"),
        }

    def rest(self, param):
        """No case calls it."""
        return True, None

    def _text(self, path):
        try:
            with open(path, encoding="utf-8") as handle:
                return handle.read()
        except OSError as error:
            return os.strerror(error.errno)

    def _ask(self, place):
        with socket.socket(socket.AF_UNIX) as proxy:
            proxy.connect(os.environ["ELVES_PROXY"])
            proxy.sendall(b"CONNECT %s HTTP/1.1\r\n\r\n" % place.encode())
            return int(proxy.recv(100).split(b" ")[1])

    def _make_pipe(self, path):
        try:
            os.mkfifo(path)
            return "made"
        except OSError as error:
            return os.strerror(error.errno)
