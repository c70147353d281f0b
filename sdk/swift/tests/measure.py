"""Measures the time to `ready` and the time and processor time of a call.

`python3 sdk/swift/tests/measure.py`; builds the conformance app first.
"""

import os
import subprocess
import time

import support

HELLO = b'{"type":"hello","protocols":[1],"app":"conformance","version":"1.0.0","entry":"conformance"}\n'
CALL = b'{"type":"call","id":"%d","function":"echo","param":{"my":"toryzen"},"timeout_ms":90000}\n'
STARTS, CALLS = 100, 50000


def start(program):
    """Starts a worker and returns it when it is ready."""
    worker = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    worker.stdin.write(HELLO)
    worker.stdout.readline()
    return worker


def end(worker):
    """Ends a worker the way a host does."""
    worker.stdin.close()
    worker.wait()
    worker.stdout.close()


def processor_seconds(worker):
    """Returns what a process has used so far, in user and in kernel mode."""
    with open("/proc/%d/stat" % worker.pid) as handle:
        fields = handle.read().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / ticks, int(fields[12]) / ticks


def main():
    """Prints the figures."""
    program = support.built(os.path.join("tests", "conformance"), "conformance")
    times = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        worker = start(program)
        times.append(time.perf_counter() - begun)
        end(worker)
    times.sort()
    print("ready: median %.2f ms, fastest %.2f ms" % (times[STARTS // 2] * 1e3, times[0] * 1e3))
    worker = start(program)
    source, sink = worker.stdout.fileno(), worker.stdin.fileno()
    user, kernel = processor_seconds(worker)
    times = []
    for number in range(CALLS):
        begun = time.perf_counter()
        os.write(sink, CALL % number)
        os.read(source, 65536)
        times.append(time.perf_counter() - begun)
    user, kernel = (after - before for after, before in zip(processor_seconds(worker), (user, kernel)))
    end(worker)
    times.sort()
    print("call: median %.1f us, 99 of 100 within %.1f us" % (
        times[CALLS // 2] * 1e6, times[CALLS * 99 // 100] * 1e6))
    print("the worker uses %.1f us in user mode and %.1f us in the kernel" % (user / CALLS * 1e6, kernel / CALLS * 1e6))


if __name__ == "__main__":
    main()
