"""Functions that do not want to end, for tests only."""

import os
import signal
import time

import elves


def ignore_signals():
    """Ignores every signal that can be ignored."""
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass


def stay():
    """Leaves a grandchild with a session of its own, says so, and stays with it."""
    ignore_signals()
    settled, settling = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(settling)
            while True:
                time.sleep(600)
        os._exit(0)
    os.close(settling)
    # Ends when the grandchild has closed its end, and nobody else has one.
    os.read(settled, 1)
    print("settled")
    while True:
        time.sleep(600)


class stubborn:
    def resident(self, param):
        stay()

    def fresh(self, param):
        stay()

    def zygote(self, param):
        stay()

    def polite(self, param):
        print("settled")
        while not elves.cancelled():
            time.sleep(0.01)
        return False, "half of it"
