#!/usr/bin/python3
"""Times the launcher against its floors in the same run: the bare program, and bubblewrap building a comparable root.

usage: bench.py [ROUNDS]      needs a C compiler for the do-nothing worker; bubblewrap where it is installed

From spawn to the end of the program, the three in turn, with a pause between two starts as on a host that is not busy: a
kernel lock that one start has just taken makes the next one look cheaper than it is.
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


class Sandboxed:
    name = "elves-sandbox"

    def __init__(self, plan, _, number):
        self.plan = memory_file(plan.text().encode(), number)
        self.filter = memory_file(harness.FILTER, number + 1)

    def once(self):
        ours, theirs = socket.socketpair()
        actions = [(os.POSIX_SPAWN_DUP2, fd, at) for at, fd in ((3, self.plan), (4, self.filter), (5, theirs.fileno()))]
        begin = time.perf_counter()
        pid = os.posix_spawn(harness.LAUNCHER, [harness.LAUNCHER], {}, file_actions=actions)
        theirs.close()
        text = ours.recv(200)
        if not text.startswith(b"started"):
            sys.exit(text.decode())
        while ours.recv(200):
            pass
        os.waitpid(pid, 0)
        end = time.perf_counter()
        ours.close()
        return end - begin


class Spawned:
    """A program that just runs."""

    def __init__(self, command, actions=()):
        self.command, self.actions = command, actions

    def once(self):
        begin = time.perf_counter()
        pid = os.posix_spawn(self.command[0], self.command, {}, file_actions=self.actions)
        status = os.waitpid(pid, 0)[1]
        if status:
            sys.exit("%s ended with %d" % (self.command[0], status))
        return time.perf_counter() - begin


class Bare(Spawned):
    name = "bare"

    def __init__(self, plan, command, _):
        super().__init__(command)


class Bubblewrap(Spawned):
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
        super().__init__([shutil.which("bwrap"), *options, inside[0], *inside[2:]],
                         [(os.POSIX_SPAWN_DUP2, self.filter, 9)])

    def once(self):
        os.lseek(self.filter, 0, os.SEEK_SET)  # bubblewrap reads it where it stands
        return super().once()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    worker = os.path.join(harness.scratch(), "true")
    subprocess.run([os.environ.get("CC", "gcc"), "-static", "-O2", "-x", "c", "-",
                    "-o", worker], input=b"int main(void){return 0;}", check=True)
    small = harness.Plan().add("bind-ro", worker, "/true").add("tmpfs", "/tmp", 1 << 20, 64)
    small.add("cwd", "/tmp").add("exec", "/true").add("arg", "true")
    python = harness.POLICY["runtime"]["interpreter"][0]
    options = [a for a in harness.POLICY["runtime"]["arguments"] if not a.startswith("/app/")]
    kinds = [Bare, Sandboxed] + ([Bubblewrap] if shutil.which("bwrap") else [])
    for place, (name, plan, bare) in enumerate((
            ("static true", small, [worker]),
            ("python -c pass", harness.python_plan("-c", "pass"), [python, *options, "-c", "pass"]))):
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
