"""Leaves a mark for each call. For tests only."""

import os
import select


class marker:
    def mark(self, param):
        """Adds a line to the file, in one write, and then takes a moment, in which it can be killed."""
        line = (param["mark"] + "\n").encode()
        handle = os.open(param["file"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
        select.select([], [], [], 0.01)
        return True, param["mark"]
