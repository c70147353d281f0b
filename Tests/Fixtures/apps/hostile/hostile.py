"""Attacks on the host through the worker protocol, one function each. For tests only; manual.md has what must happen.

Run it in a sandbox: some functions take what they can get of memory, processes and output.
"""

import binascii
import fcntl
import json
import os
import signal
import stat
import sys
import time


def protocol_descriptor():
    """Returns the private descriptor that the SDK writes messages on: the last one that can be written."""
    try:
        numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        numbers = range(3, 256)
    for number in sorted(numbers, reverse=True):
        if number < 3:
            continue
        try:
            mode = os.fstat(number).st_mode
            access = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE
        except OSError:
            continue
        if access != os.O_RDONLY and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISREG(mode)):
            return number
    raise OSError("no protocol descriptor found")


def write(data):
    """Writes bytes on the protocol descriptor, past the SDK."""
    descriptor = protocol_descriptor()
    while data:
        data = data[os.write(descriptor, data):]


def running_id():
    """Returns the id of the running call, which the SDK keeps in memory that an app can read."""
    import elves

    return elves._worker._call


def message(**fields):
    """Returns a message as the bytes of one line."""
    return json.dumps(fields).encode() + b"\n"


def ignore_signals():
    """Ignores every signal that can be ignored."""
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass


class hostile:
    """Every function answers `(True, ...)` when its attack leaves it the chance to answer at all."""

    def ok(self, param):
        """Attacks nothing: shows that the host still works after the others."""
        return True, "ok"

    def garbage(self, param):
        """Writes a line that is not JSON."""
        write(b"<ElvesWFlag>true</ElvesWFlag><ElvesWResult>owned</ElvesWResult>\xff\x00\n")
        return True, "wrote garbage"

    def duplicate_keys(self, param):
        """Answers with a line that says both false and true."""
        name = json.dumps(running_id()).encode()
        write(b'{"type":"result","id":' + name + b',"flag":false,"flag":true,"result":"which one?"}\n')
        return True, "wrote duplicate keys"

    def two_results(self, param):
        """Answers twice, in one write."""
        name = running_id()
        write(message(type="result", id=name, flag=True, result="first")
              + message(type="result", id=name, flag=True, result="second"))
        return True, "third"

    def wrong_id(self, param):
        """Answers a call that was never made."""
        write(message(type="result", id="not-" + running_id(), flag=True, result="for somebody else"))
        return True, "wrote a wrong id"

    def unknown_type(self, param):
        """Sends a message of a type that is not in the protocol."""
        write(message(type="next_task", app="apptest", function="helloword"))
        return True, "wrote an unknown type"

    def raw(self, param):
        """Writes the bytes given in base64 as lines of the protocol, with the running call's id in the place of @ID@."""
        data = binascii.a2b_base64(param["base64"])
        write(data.replace(b"@ID@", running_id().encode()) + b"\n")
        return True, "wrote it"

    def huge_line(self, param):
        """Writes 10 MB without a newline."""
        chunk = b"x" * 1000000
        for _ in range(10):
            write(chunk)
        return True, "wrote a huge line"

    def flood_stderr(self, param):
        """Prints 1 GB of log lines."""
        chunk = (b"y" * 99 + b"\n") * 10000
        for _ in range(1000):
            left = chunk
            while left:
                left = left[os.write(2, left):]
        return True, "printed 1 GB"

    def flood_protocol(self, param):
        """Sends short, valid log lines without an end."""
        chunk = message(type="log", level="info", message="again") * 1000
        while True:
            write(chunk)

    def fork_and_stay(self, param):
        """Leaves a process behind that has its own session, ignores SIGTERM and holds the protocol descriptor.

        Answers the marker to look for: the process has it as argv[0], or as its name (`comm`) where it cannot execute
        another program.
        """
        marker = "stay-%08x" % int.from_bytes(os.urandom(4), "big")
        kept = os.dup(protocol_descriptor())
        os.set_inheritable(kept, True)
        # Ends when the one that stays has its marker: executing a program closes it.
        settled, settling = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
                if os.fork() == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    signal.signal(signal.SIGHUP, signal.SIG_IGN)
                    try:
                        with open("/proc/self/comm", "w") as comm:
                            comm.write(marker)
                    except OSError:
                        pass
                    try:
                        os.execv("/usr/bin/sleep", [marker, "600"])
                    except OSError:
                        os.close(settling)
                        time.sleep(600)
            finally:
                os._exit(0)
        os.close(settling)
        os.close(kept)
        os.waitpid(child, 0)
        os.read(settled, 1)
        os.close(settled)
        return True, marker

    def fork_bomb(self, param):
        """Forks until it is refused, and goes on; answers how many forks went through and how many were refused.

        It stops by itself at 4,000 processes, and each of them ends after five seconds, so that a run outside of a
        sandbox is bad but not fatal.
        """
        made = refused = 0
        for _ in range(2000):
            try:
                child = os.fork()
            except OSError:
                refused += 1
                continue
            if child == 0:
                try:
                    signal.alarm(5)
                    if os.fork() == 0:
                        signal.alarm(5)
                    while True:
                        signal.pause()
                finally:
                    os._exit(0)
            made += 1
        return True, {"forked": made, "refused": refused}

    def sleep(self, param):
        """Sleeps past its timeout and hears nothing, neither a cancel nor a signal."""
        ignore_signals()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            time.sleep(1)
        return True, "slept"

    def exit_middle(self, param):
        """Ends with exit code 3 in the middle of the call."""
        os._exit(3)

    def exit_zero(self, param):
        """Ends with exit code 0 and without an answer."""
        os._exit(0)

    def segfault(self, param):
        """Reads memory that is not there. A signal sent to oneself would do nothing to the first process of a sandbox."""
        import faulthandler

        faulthandler._sigsegv()
        os.kill(os.getpid(), signal.SIGSEGV)
        os.abort()

    def close_stdout(self, param):
        """Closes the way for its answer and keeps running."""
        os.close(protocol_descriptor())
        os.close(1)
        time.sleep(60)
        return True, "nobody hears this"
