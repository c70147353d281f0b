"""Is healthy once a test lets it. For tests only."""

import os
import select

from elves import app_version, secret


class gated:
    """The folder with the gates is the one the manifest asks for, which stands in the file `gates`."""

    def __init__(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gates"), encoding="utf-8") as handle:
            self._gates = handle.read()

    def version(self, param):
        """Answers the app's version."""
        return True, app_version()

    def health(self, param):
        """Waits for this version's gate on this host; it is healthy if that holds `well`."""
        said = self._wait("%s-%s" % (app_version(), secret("host")))
        return said == "well", said

    def slow(self, param):
        """Waits for a gate of any name."""
        self._wait(param["gate"])
        return True, app_version()

    def _wait(self, name):
        path = os.path.join(self._gates, name)
        while not os.path.exists(path):
            select.select([], [], [], 0.02)
        with open(path, encoding="utf-8") as handle:
            return handle.read()
