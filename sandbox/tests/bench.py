#!/usr/bin/python3
"""Times the launcher: from spawn to "started" (the exec happened) and to the end.

usage: bench.py [ROUNDS]      needs a C compiler for the do-nothing worker
"""

import os
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import harness


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] * 1000


def once(plan_fd, filter_fd):
    ours, theirs = socket.socketpair()
    actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in
               ((3, plan_fd), (4, filter_fd), (5, theirs.fileno()))]
    begin = time.perf_counter()
    pid = os.posix_spawn(harness.LAUNCHER, [harness.LAUNCHER], {}, file_actions=actions)
    theirs.close()
    text = ours.recv(200)
    started = time.perf_counter()
    if not text.startswith(b"started"):
        sys.exit(text.decode())
    while ours.recv(200):
        pass
    os.waitpid(pid, 0)
    ended = time.perf_counter()
    ours.close()
    return started - begin, ended - begin


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    folder = harness.scratch()
    worker = os.path.join(folder, "true")
    subprocess.run([os.environ.get("CC", "gcc"), "-static", "-O2", "-x", "c", "-",
                    "-o", worker], input=b"int main(void){return 0;}", check=True)
    small = harness.Plan().add("bind-ro", worker, "/true").add("tmpfs", "/tmp", 1 << 20, 64)
    small.add("cwd", "/tmp").add("exec", "/true").add("arg", "true")
    for name, plan in (("static true", small),
                       ("python -c pass", harness.python_plan("-c", "pass"))):
        files = []
        for index, data in enumerate((plan.text().encode(), harness.FILTER)):
            fd = os.memfd_create("bench")
            os.write(fd, data)
            files.append(os.dup2(fd, 100 + index))
        times = [once(*files) for _ in range(rounds)]
        for column, label in ((0, "to exec"), (1, "to end")):
            values = [row[column] for row in times]
            print("%-15s %-8s p50 %.2f ms  p99 %.2f ms" % (
                name, label, percentile(values, 0.5), percentile(values, 0.99)))


main()
