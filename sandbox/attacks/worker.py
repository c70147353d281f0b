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


OWN_SPACE = os.readlink("/proc/self/ns/pid")


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

    def __init__(self, launcher, plan, program, root, mark, group=None, notify=True, leaked=None):
        self.ending = Ending()
        self.group = group
        self.mark = mark
        self.space = self.held = None
        self.buffer = b""
        self.listener = None
        self.deaf = False
        self.forced = False
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
            self.notify.close()
            self.notify = None
        if leaked:
            given[6] = os.open(leaked, os.O_RDONLY)
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
        self.deadline = time.monotonic() + seconds
        self.deaf = agent == "deaf"
        while not (self.control is None and self.out is None and self.err is None):
            self.serve()
            if until is not None and until in self.ending.output and self.pid():
                return self.ending
            if time.monotonic() >= self.deadline:
                if self.control is None:
                    break  # ended, but something still holds its output: close() tells
                if self.forced:
                    self.give_up()
                self.finish(self.ending.reason or "timeout")
            self.react(agent)
        return self.close()

    def serve(self):
        """Waits for the next event of any channel, at most until the deadline."""
        waiting = {self.control: self.on_control, self.out: self.on_output, self.err: self.on_errors,
                   self.notify: self.on_listener, self.listener: self.on_notice}
        waiting.pop(None, None)
        poll, actions = select.poll(), {}
        for source, action in waiting.items():
            poll.register(source, select.POLLIN)
            actions[source if isinstance(source, int) else source.fileno()] = action
        for source, _ in poll.poll(max(0.0, self.deadline - time.monotonic()) * 1000 + 1):
            actions[source]()

    def react(self, agent):
        """What the agent of a row does beside."""
        if self.ending.reason:
            return
        if len(self.ending.output) > OUTPUT_BYTES:
            self.finish("output-limit")
        elif agent == "tripwire" and self.ending.violations:
            self.finish("violation")
        elif agent == "deaf" and self.ending.violations:
            self.drop_listener()
        elif b"ready\n" in self.ending.output and agent == "kills":
            self.finish("by-agent")
        elif b"ready\n" in self.ending.output and agent == "dies":
            self.leave()
        elif b"ready\n" in self.ending.output and agent == "ends":
            self.ending.reason = "by-agent"
            self.tell(b"t")
            self.deadline = time.monotonic() + GRACE

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
                    # Held open: the number of a namespace that is gone is soon that of another.
                    self.held = os.open("/proc/%s/ns/pid" % line.split()[1].decode(), os.O_RDONLY)
                    self.space = os.readlink("/proc/self/fd/%d" % self.held)
                except OSError:
                    pass  # it has ended already, or is not ours to look at
        if not part:
            self.control.close()
            self.control = None
            self.gone = time.monotonic()
            if not self.forced:
                self.ended = self.gone
            self.deadline = time.monotonic() + GONE_SECONDS
            # With a group of its own nothing can hold on to the output any more.
            if self.group:
                self.group.kill()

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
            return  # and close the listener next, see react()
        try:
            fcntl.ioctl(self.listener, SEND, ANSWER.pack(identity, 0, -EPERM, 0))
        except OSError:
            pass  # killed before it was answered
        self.ending.slowest_answer = max(self.ending.slowest_answer, time.perf_counter() - started)

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
        self.deadline = self.ended + SECONDS
        self.forced = True
        self.tell(b"k")
        if self.group:
            self.group.kill()

    def give_up(self):
        """It did not end: no row expects that."""
        os.kill(self.process, signal.SIGKILL)
        raise TimeoutError("nothing ended the worker: %s" % self.ending.lines)

    def leave(self):
        """As when the agent dies: its ends of all channels are closed at once."""
        self.ending.reason = "by-agent"
        self.drop_listener()
        self.control.close()
        self.control = None
        self.ended = self.gone = time.monotonic()
        self.deadline = self.ended + GONE_SECONDS

    def drop_listener(self):
        if self.listener is not None:
            os.close(self.listener)
            self.listener = None

    def close(self):
        """After the end: what is left, how long it took, and the group's last figures."""
        while leftovers(self.mark, self.space) and time.monotonic() - self.ended < 4 * GONE_SECONDS:
            if self.group:
                self.group.kill()
            time.sleep(0.002)
            self.gone = time.monotonic()
        self.ending.gone_seconds = self.gone - self.ended
        for pid in leftovers(self.mark, self.space):
            os.kill(pid, signal.SIGKILL)  # told as harm; not left behind for all that
        if self.notify is not None:
            self.notify.close()
        self.drop_listener()
        for fd in (self.input, self.out, self.err, self.held):
            if fd is not None:
                os.close(fd)
        self.input = self.out = self.err = self.held = None
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
                if mark.encode() + b"\0" in file.read():
                    found.append(int(name))
                    continue
            if space not in (None, OWN_SPACE) and os.readlink("/proc/%s/ns/pid" % name) == space:
                found.append(int(name))
        except OSError:
            pass  # gone, or not ours to look at
    return found
