"""Measures the time to `ready`, of the first call and of later ones: `/usr/bin/python3 sdk/csharp/tests/measure.py`."""

import os
import subprocess
import tempfile
import time

COMPILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compile")
HELLO = b'{"type":"hello","protocols":[1],"app":"small","version":"1.0.0","entry":"bin/small.exe"}\n'
CALL = b'{"type":"call","id":"%d","function":"f","param":{"my":"toryzen"},"timeout_ms":90000}\n'
SOURCE = 'using Elves; public class small { public Answer f(Param p) { return Answer.True(p["my"].Text()); } }\n'
STARTS, CALLS, WARM = 40, 50000, 5000


class Worker:
    """A process that answers each line with one."""

    def __init__(self, folder, *command):
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.sink, self.source = self.process.stdin.fileno(), self.process.stdout.fileno()

    def ask(self, line):
        """Writes a line, reads the answer, and returns the seconds that took."""
        begun = time.perf_counter()
        os.write(self.sink, line)
        os.read(self.source, 65536)
        return time.perf_counter() - begun

    def end(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def median(times):
    """Returns the one in the middle."""
    return sorted(times)[len(times) // 2]


def round_trips(worker):
    """Returns the median and the 99th percentile of many calls, in seconds, and the calls a second."""
    for number in range(WARM):
        worker.ask(CALL % number)
    begun = time.perf_counter()
    times = sorted(worker.ask(CALL % number) for number in range(CALLS))
    return times[CALLS // 2], times[CALLS * 99 // 100], CALLS / (time.perf_counter() - begun)


def main():
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "small.cs"), "w") as handle:
            handle.write(SOURCE)
        subprocess.run([COMPILE, "small"], cwd=folder, check=True)
        command = ("mono", "--debug", "bin/small.exe")
        ready, first = [], []
        for _ in range(STARTS):
            begun = time.perf_counter()
            worker = Worker(folder, *command)
            worker.ask(HELLO)
            ready.append(time.perf_counter() - begun)
            first.append(worker.ask(CALL % 1))
            worker.end()
        print("ready: median %.1f ms, fastest %.1f ms; first call %.1f ms" % (
            median(ready) * 1e3, min(ready) * 1e3, median(first) * 1e3))
        for name, worker in (("call", Worker(folder, *command)), ("bare pipe (cat)", Worker(folder, "cat"))):
            if name == "call":
                worker.ask(HELLO)
            print("%s: p50 %.1f us, p99 %.1f us, %d a second" % (
                (name,) + tuple(f * g for f, g in zip(round_trips(worker), (1e6, 1e6, 1)))))
            worker.end()


if __name__ == "__main__":
    main()
