"""Measures the time to `ready` and of a call of a shell worker, beside a bare loop of bash over the same pipes.

`/usr/bin/python3 sdk/shell/tests/measure.py`
"""

import os
import subprocess
import tempfile
import time

TESTS = os.path.dirname(os.path.abspath(__file__))
SDK = os.path.join(os.path.dirname(TESTS), "src", "elves.sh")
HELLO = b'{"type":"hello","protocols":[1],"app":"small","version":"1.0.0","entry":"small.sh","isolation":"resident"}\n'
CALL = b'{"type":"call","id":"%d","function":"f","param":{"my":"toryzen"},"timeout_ms":90000}\n'
SOURCE = 'f() {\n    local my\n    param my\n    result "$my"\n}\n'
BARE = "while IFS= read -r line; do printf '%s\\n' \"$line\"; done"
STARTS, CALLS = 60, 3000


def worker(folder):
    """Starts a worker and waits until it is ready."""
    process = subprocess.Popen(
        ["/bin/bash", SDK], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    process.stdin.write(HELLO)
    process.stdout.readline()
    return process


def end(process):
    """Ends a process by the end of its input."""
    process.stdin.close()
    process.wait()
    process.stdout.close()


def calls(process, count):
    """Returns the sorted times of some round trips."""
    source, sink, times = process.stdout.fileno(), process.stdin.fileno(), []
    for number in range(count):
        begun = time.perf_counter()
        os.write(sink, CALL % number)
        os.read(source, 65536)
        times.append(time.perf_counter() - begun)
    end(process)
    return sorted(times)


def shown(name, times, unit, factor):
    """Prints one row of figures."""
    print("%-22s median %7.1f %s, 99 of 100 below %7.1f %s" % (
        name, times[len(times) // 2] * factor, unit, times[len(times) * 99 // 100] * factor, unit))


def main():
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "small.sh"), "w", encoding="utf-8") as handle:
            handle.write(SOURCE)
        for name, start in (
            ("bash alone", lambda: subprocess.Popen(
                ["/bin/bash", "-c", ":"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)),
            ("start to ready", lambda: worker(folder)),
        ):
            times = []
            for _ in range(STARTS):
                begun = time.perf_counter()
                process = start()
                if name == "bash alone":
                    process.wait()
                times.append(time.perf_counter() - begun)
                end(process)
            shown(name, sorted(times), "ms", 1e3)
        bare = subprocess.Popen(
            ["/bin/bash", "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        shown("bare loop of bash", calls(bare, CALLS), "us", 1e6)
        shown("call, resident", calls(worker(folder), CALLS), "us", 1e6)


if __name__ == "__main__":
    main()
