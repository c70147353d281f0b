"""One worker in its sandbox, started and attended as an agent does it.

The agent's side of three channels is here: the control socket (what the launcher tells, and the bytes that end a
worker), the worker's output with its limit, and the listener on which refused system calls arrive. A refused call is
written down and answered EPERM; no pointer of the worker's is read, and nothing is ever let through.
"""

import array
import collections
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import time

import filters

NOBODY = 65534
SECONDS = 20.0          # the deadline of a row
GRACE = 0.05            # between the request to end and the end by force
OUTPUT_BYTES = 1 << 20
GONE_SECONDS = 0.25     # what an ended worker may take until nothing of it is left

# linux/seccomp.h: struct seccomp_notif is id, pid, flags, and the call: number, architecture, place, six arguments.
NOTICE = struct.Struct("<QIIiIQ6Q")
ANSWER = struct.Struct("<QqiI")
RECEIVE, SEND = 0xC0502100, 0xC0182101
EPERM = 1


class Ending:
    """What came of a worker."""

    def __init__(self):
        self.lines = []                             # of the control socket
        self.output = self.errors = b""
        self.violations = collections.Counter()     # name of the call -> how often
        self.reason = None                          # why the agent ended it, if it did
        self.gone_seconds = None                    # from the end until nothing was left
        self.group_gone = True
        self.group_seconds = 0.0
        self.slowest_answer = 0.0
        self.throttled = 0

    def outcome(self):
        """In the words of the table."""
        last = self.lines[-1] if self.lines else "no line"
        if self.reason:
            return "ended " + self.reason
        word, _, rest = last.partition(" ")
        if word == "signaled":
            return "killed " + signal.Signals(int(rest)).name
        if (word, rest) != ("exited", "0"):
            return "%s; %s" % (last, self.errors.decode(errors="replace").strip()[-300:])
        return (self.output.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]


class Worker:
    """Started when made; `attend` until it has ended, or use `ask` while it lives."""

    def __init__(self, launcher, plan, program, root, group=None, notify=True):
        self.ending = Ending()
        self.group = group
        self.mark = plan.mark
        self.space = None
        self.buffer = b""
        self.listener = None
        self.control, control = socket.socketpair()
        self.notify, notice = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        streams = [os.pipe() for _ in range(3)]
        self.input, self.out, self.err = streams[0][1], streams[1][0], streams[2][0]
        given = {0: streams[0][0], 1: streams[1][1], 2: streams[2][1], 3: memory_file(plan.text().encode()),
                 4: memory_file(program), 5: control.detach()}
        if notify:
            given[7] = notice.detach()
        else:
            notice.close()
        # Above the numbers they shall have, so that placing one does not overwrite another.
        high = {number: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 64) for number, fd in given.items()}
        for fd in given.values():
            os.close(fd)
        command = [launcher]
        if not root and os.geteuid() == 0:
            command = ["/usr/bin/setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups", launcher]
        self.process = os.posix_spawn(command[0], command, {},
                                      file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in high.items()],
                                      setsigdef=[signal.SIGPIPE])
        for fd in high.values():
            os.close(fd)

    # --- while it lives ---------------------------------------------------

    def attend(self, agent="waits", until=None, seconds=SECONDS):
        """Serves the worker until it has ended, as the agent of a row: see `AGENTS` in table.py.

        With `until` only until the output contains it; the worker then goes on.
        """
        end = time.monotonic() + seconds
        force = None
        while True:
            now = time.monotonic()
            if now > min(end, force or end) and self.ending.reason in (None, "by-agent"):
                self.finish("timeout" if force is None else "by-agent")
            waiting = {self.control: self.on_control, self.out: self.on_output, self.err: self.on_errors}
            if self.notify:
                waiting[self.notify] = self.on_listener
            if self.listener is not None:
                waiting[self.listener] = self.on_notice
            sources = {source if isinstance(source, int) else source.fileno(): action
                       for source, action in waiting.items() if source is not None}
            poll = select.poll()
            for source in sources:
                poll.register(source, select.POLLIN)
            limit = max(0.0, min(end, force or end) - now) if self.ending.reason in (None, "by-agent") else SECONDS
            for source, _ in poll.poll(limit * 1000 + 1):
                sources[source]()
            if self.control is None and self.out is None and self.err is None:
                return self.close()
            if until is not None and until in self.ending.output:
                return self.ending
            if len(self.ending.output) > OUTPUT_BYTES and not self.ending.reason:
                self.finish("output-limit")
            if agent == "tripwire" and self.ending.violations and not self.ending.reason:
                self.finish("violation")
            if agent == "deaf" and self.ending.violations and self.listener is not None:
                self.drop_listener()
            if b"ready\n" in self.ending.output and self.ending.reason is None:
                if agent == "ends" and force is None:
                    self.tell(b"t")
                    self.ending.reason = "by-agent"
                    force = time.monotonic() + GRACE
                elif agent == "kills":
                    self.finish("by-agent")
                elif agent == "dies":
                    self.leave()

    def ask(self, line, seconds=1.0):
        """Writes a line and waits for the one that answers it; None when there is none."""
        before = len(self.ending.output)
        try:
            os.write(self.input, line + b"\n")
        except OSError:
            return None
        end = time.monotonic() + seconds
        while self.out is not None and b"\n" not in self.ending.output[before:] and time.monotonic() < end:
            if select.select([self.out], [], [], max(0.0, end - time.monotonic()))[0]:
                self.on_output()
        answer = self.ending.output[before:].partition(b"\n")[0]
        self.ending.output = b""
        return answer or None

    def pid(self):
        """Of PID 1 of the sandbox, on the host; None before the start."""
        for line in self.ending.lines:
            if line.startswith("started "):
                return int(line.split()[1])
        return None

    # --- the three channels -------------------------------------------------

    def on_control(self):
        part = self.control.recv(4096)
        self.buffer += part
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            self.ending.lines.append(line.decode())
            if line.startswith(b"started "):
                try:
                    self.space = os.readlink("/proc/%s/ns/pid" % line.split()[1].decode())
                except OSError:
                    pass  # it has ended already, or is not ours to look at
        if not part:
            self.control.close()
            self.control = None
            self.ended = time.monotonic()

    def on_output(self):
        part = os.read(self.out, 65536)
        self.ending.output += part
        if not part:
            os.close(self.out)
            self.out = None

    def on_errors(self):
        part = os.read(self.err, 65536)
        self.ending.errors = (self.ending.errors + part)[-65536:]
        if not part:
            os.close(self.err)
            self.err = None

    def on_listener(self):
        numbers = array.array("i")
        message, extra, _, _ = self.notify.recvmsg(2, socket.CMSG_SPACE(numbers.itemsize))
        self.notify.close()
        self.notify = None
        for level, kind, data in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers.frombytes(data[:numbers.itemsize])
        if message == b"n" and numbers:
            self.listener = numbers[0]

    def on_notice(self):
        started = time.perf_counter()
        notice = bytearray(NOTICE.size)
        try:
            fcntl.ioctl(self.listener, RECEIVE, notice)
        except OSError as error:
            # ENOENT: the caller was killed meanwhile. Otherwise nobody is left who could call.
            if error.errno != 2:
                self.drop_listener()
            elif poll_hung_up(self.listener):
                self.drop_listener()
            return
        identity, _, _, number, _, _, *_ = NOTICE.unpack(notice)
        self.ending.violations[filters.name_of(number)] += 1
        if self.deaf:
            return
        try:
            fcntl.ioctl(self.listener, SEND, ANSWER.pack(identity, 0, -EPERM, 0))
        except OSError:
            pass  # killed before it was answered
        self.ending.slowest_answer = max(self.ending.slowest_answer, time.perf_counter() - started)

    deaf = False

    # --- the end --------------------------------------------------------------

    def tell(self, byte):
        if self.control is not None:
            try:
                self.control.sendall(byte)
            except OSError:
                pass  # it has just ended

    def finish(self, reason):
        """Ends it by force."""
        self.ending.reason = reason
        self.ended = time.monotonic()
        self.tell(b"k")
        if self.group:
            self.group.kill()

    def leave(self):
        """As when the agent dies: its ends of all channels are closed at once."""
        self.ending.reason = "by-agent"
        self.drop_listener()
        self.control.close()
        self.control = None
        self.ended = time.monotonic()

    def drop_listener(self):
        if self.listener is not None:
            os.close(self.listener)
            self.listener = None

    def close(self):
        """After the end: what is left, how long it took, and the group's last figures."""
        ended = self.ended
        while leftovers(self.mark, self.space) and time.monotonic() - ended < 4 * GONE_SECONDS:
            if self.group:
                self.group.kill()
            time.sleep(0.002)
        self.ending.gone_seconds = time.monotonic() - ended
        if self.notify is not None:
            self.notify.close()
        self.drop_listener()
        if self.input is not None:
            os.close(self.input)
            self.input = None
        os.waitpid(self.process, 0)
        if self.group:
            if self.group.killed_for_memory() and not self.ending.reason:
                self.ending.reason = "oom"
            if "cpu" in self.group.found:
                self.ending.throttled = self.group.throttled()
            self.ending.group_seconds = self.group.remove()
            self.ending.group_gone = self.ending.group_seconds != float("inf")
        return self.ending


def memory_file(data):
    fd = os.memfd_create("elves-attacks", os.MFD_CLOEXEC)
    os.write(fd, data)
    return fd


def poll_hung_up(fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def leftovers(mark, space):
    """Host pids that carry the run's mark, or live in its namespace of processes."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/cmdline" % name, "rb") as file:
                if mark.encode() in file.read():
                    found.append(int(name))
                    continue
            if space and os.readlink("/proc/%s/ns/pid" % name) == space:
                found.append(int(name))
        except OSError:
            pass  # gone, or not ours to look at
    return found
