#!/usr/bin/python3
"""Times the launcher against its floors in the same run: the bare program, and bubblewrap building a comparable root.

usage: bench.py [ROUNDS [BUSY]]      needs a C compiler for the smallest worker; bubblewrap where it is installed

From spawn to the first byte that the program writes, as from spawn to a worker's `ready`; the three in turn, with a
pause between two starts: a kernel lock that one start has just taken makes the next one look cheaper than it is. BUSY
processes turn endlessly beside them, as on a host that works: one for each processor shows what waiting for turns costs.
"""

import os
import shutil
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import harness

PAUSE = 0.01


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] * 1000


def memory_file(data, number):
    fd = os.memfd_create("bench")
    os.write(fd, data)
    return os.dup2(fd, number)


class Way:
    """One way to start a program that writes a byte and ends."""

    def __init__(self, command, descriptors, environment=None):
        self.command, self.descriptors = command, descriptors
        self.environment = os.environ if environment is None else environment

    def once(self):
        """Seconds to the byte; returns when all of it is over."""
        output, theirs = os.pipe()
        control, end = socket.socketpair()
        actions = [(os.POSIX_SPAWN_DUP2, theirs, 1)]
        actions += [(os.POSIX_SPAWN_DUP2, fd, at) for at, fd in self.descriptors(end.fileno())]
        begin = time.perf_counter()
        pid = os.posix_spawn(self.command[0], self.command, self.environment, file_actions=actions)
        os.close(theirs)
        end.close()
        byte = os.read(output, 1)
        took = time.perf_counter() - begin
        said = control.recv(200)
        while control.recv(200):
            pass
        status = os.waitpid(pid, 0)[1]
        os.close(output)
        control.close()
        if not byte or status:
            sys.exit("%s wrote nothing, or ended with %d; it said %r" % (self.command[0], status, said))
        return took


class Bare(Way):
    name = "bare"

    def __init__(self, plan, command, _):
        super().__init__(command, lambda control: ())


class Sandboxed(Way):
    name = "elves-sandbox"

    def __init__(self, plan, _, number):
        files = memory_file(plan.text().encode(), number), memory_file(harness.FILTER, number + 1)
        super().__init__([harness.LAUNCHER], lambda control: ((3, files[0]), (4, files[1]), (5, control)), {})


class Bubblewrap(Way):
    """The same view, the same filter, all namespaces."""

    name = "bubblewrap"
    words = {"bind-ro": "--ro-bind", "bind-ro-optional": "--ro-bind-try", "symlink": "--symlink"}

    def __init__(self, plan, _, number):
        options = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
        inside = []
        for line in plan.lines:
            word, *fields = line.split("\t")
            if word in self.words:
                options += [self.words[word], *fields]
            elif word == "tmpfs":
                options += ["--tmpfs", fields[0]]
            elif word == "cwd":
                options += ["--chdir", fields[0]]
            elif word == "env":
                options += ["--setenv", *fields[0].split("=", 1)]
            elif word == "exec":
                inside.insert(0, fields[0])
            elif word == "arg":
                inside.append(fields[0])
        options += ["--proc", "/proc", "--dev", "/dev", "--seccomp", "9"]
        self.filter = memory_file(harness.FILTER, number)
        super().__init__([shutil.which("bwrap"), *options, inside[0], *inside[2:]], lambda control: ((9, self.filter),))

    def once(self):
        os.lseek(self.filter, 0, os.SEEK_SET)  # bubblewrap reads it where it stands
        return super().once()


def main():
    rounds, busy = (int(word) for word in (sys.argv[1:] + ["200", "0"][len(sys.argv) - 1:]))
    beside = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        measure(rounds)
    finally:
        for process in beside:
            process.kill()
            process.wait()


def measure(rounds):
    worker = os.path.join(harness.scratch(), "small")
    subprocess.run([os.environ.get("CC", "gcc"), "-static", "-O2", "-x", "c", "-",
                    "-o", worker], check=True,
                   input=b"#include <unistd.h>\nint main(void){return write(1,\"r\",1)!=1;}")
    small = harness.Plan().add("bind-ro", worker, "/small").add("tmpfs", "/tmp", 1 << 20, 64)
    small.add("cwd", "/tmp").add("exec", "/small").add("arg", "small")
    python = harness.POLICY["runtime"]["interpreter"][0]
    options = [a for a in harness.POLICY["runtime"]["arguments"] if not a.startswith("/app/")]
    code = "import os; os.write(1, b'r')"
    kinds = [Bare, Sandboxed] + ([Bubblewrap] if shutil.which("bwrap") else [])
    for place, (name, plan, bare) in enumerate((
            ("static program", small, [worker]),
            ("python", harness.python_plan("-c", code), [python, *options, "-c", code]))):
        ways = [kind(plan, bare, 100 + 20 * place + 5 * index) for index, kind in enumerate(kinds)]
        times = {way.name: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                times[way.name].append(way.once())
                time.sleep(PAUSE)
        floor = percentile(times["bare"], 0.5)
        for way in ways:
            values = times[way.name]
            print("%-15s %-14s p50 %6.2f ms  p99 %6.2f ms  %+6.2f ms over bare" % (
                name, way.name, percentile(values, 0.5), percentile(values, 0.99), percentile(values, 0.5) - floor))
        if "bubblewrap" in times:
            ratio = percentile(times["elves-sandbox"], 0.5) / percentile(times["bubblewrap"], 0.5)
            print("%-15s elves-sandbox takes %.2f x the time of bubblewrap (p50)" % (name, ratio))


main()
