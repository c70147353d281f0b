"""Measures the time to `ready` and the time and processor time of a call.

`python3 sdk/python/tests/measure.py [INTERPRETER]`; the interpreter of workers is /usr/bin/python3 when left out.
"""

import os
import subprocess
import sys
import tempfile
import time

import support

PYTHON = sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/python3"
HELLO = (b'{"type":"hello","protocols":[1],"app":"small","version":"1.0.0","entry":"small.py",'
         b'"isolation":"%s"%s}\n')
CALL = b'{"type":"call","id":"%d","function":"f","param":{"my":"toryzen"},"timeout_ms":90000}\n'
SOURCE = "class small:\n    def f(self, param):\n        return True, param['my']\n"
STARTS, CALLS, FORKS = 60, 50000, 2000


def start(target, folder, isolation=b"resident", more=b""):
    """Starts a worker and returns it when it is ready."""
    worker = subprocess.Popen(
        [PYTHON, "-I", "-S", "-B", target], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    worker.stdin.write(HELLO % (isolation, more))
    worker.stdout.readline()
    return worker


def processor_seconds(worker):
    """Returns what a process has used so far, in user and in kernel mode."""
    with open("/proc/%d/stat" % worker.pid) as handle:
        fields = handle.read().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / ticks, int(fields[12]) / ticks


def main():
    """Prints the figures."""
    package = os.path.join(support.SRC, "elves")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "small.py"), "w") as handle:
            handle.write(SOURCE)
        for target in (package, os.path.join(package, "__main__.py")):
            times = []
            for _ in range(STARTS):
                begun = time.perf_counter()
                worker = start(target, folder)
                times.append(time.perf_counter() - begun)
                worker.stdin.close()
                worker.wait()
                worker.stdout.close()
            times.sort()
            print("ready (%s): median %.1f ms, fastest %.1f ms" % (
                os.path.basename(target), times[STARTS // 2] * 1e3, times[0] * 1e3))
        worker = start(package, folder)
        source, sink = worker.stdout.fileno(), worker.stdin.fileno()
        user, kernel = processor_seconds(worker)
        begun = time.perf_counter()
        for number in range(CALLS):
            os.write(sink, CALL % number)
            os.read(source, 65536)
        passed = time.perf_counter() - begun
        user, kernel = (after - before for after, before in zip(processor_seconds(worker), (user, kernel)))
        worker.stdin.close()
        worker.wait()
        worker.stdout.close()
        print("call: round trip %.1f us; the worker uses %.1f us in user mode and %.1f us in the kernel" % (
            passed / CALLS * 1e6, user / CALLS * 1e6, kernel / CALLS * 1e6))
        scratch = os.path.join(folder, "scratch")
        os.mkdir(scratch)
        domain = b',"landlock":%d,"scratch":"%s"' % (support.LANDLOCK, scratch.encode())
        for name, more in (("call of a zygote", b""), ("the same with a folder and a domain of its own", domain)):
            if more and not support.LANDLOCK:
                continue
            worker = start(package, folder, b"zygote", more)
            times = []
            for number in range(FORKS):
                begun = time.perf_counter()
                os.write(worker.stdin.fileno(), CALL % number)
                os.read(worker.stdout.fileno(), 65536)
                times.append(time.perf_counter() - begun)
            worker.stdin.close()
            worker.wait()
            worker.stdout.close()
            times.sort()
            print("%s: p50 %.2f ms, p99 %.2f ms" % (
                name, times[FORKS // 2] * 1e3, times[FORKS * 99 // 100] * 1e3))


if __name__ == "__main__":
    main()
