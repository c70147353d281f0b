"""What an attack would change if it got out: laid out before, looked at after each row."""

import ctypes
import glob
import hashlib
import os
import secrets
import select
import socket
import threading
import time

SHM_BYTES, IPC_CREAT, IPC_RMID = 4096, 0o1000, 0
HOST_TABLES = ("/proc/self/mountinfo", "/proc/swaps", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname",
               "/proc/sys/kernel/domainname", "/proc/sys/kernel/modprobe", "/proc/self/uid_map", "/proc/self/status",
               "/proc/self/personality")
NETWORK_TABLES = ("/proc/net/dev", "/proc/net/route", "/proc/net/if_inet6")
STATUS_LINES = ("Uid", "Gid", "Groups", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "TracerPid")


def host_state():
    """The tables of the host that an attack could change, by name."""
    state = {}
    for path in HOST_TABLES:
        try:
            with open(path, encoding="utf-8") as file:
                state[path] = file.read()
        except OSError as error:
            state[path] = str(error)
    state["/proc/self/status"] = "\n".join(line for line in state["/proc/self/status"].splitlines()
                                           if line.split(":")[0] in STATUS_LINES)
    for path in NETWORK_TABLES:
        with open(path, encoding="utf-8") as file:
            # Counters go on by themselves: the names of interfaces and routes are what must not change.
            state[path] = "\n".join(sorted(line.split(":")[0].split()[0] for line in file))
    state["priority"] = str(os.getpriority(os.PRIO_PROCESS, 0))
    state["clock"] = str(round((time.time() - time.monotonic()) / 10))
    return state


class Canaries:
    """A folder with a secret, listeners that nobody should call, and shared memory that nobody should find."""

    def __init__(self, folder, app):
        self.folder, self.app = folder, app
        self.secret = "canary-" + secrets.token_hex(16)
        self.calls = []
        for name, mode in (("secret", 0o644), ("private", 0o600)):
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(self.secret)
            os.chmod(file.name, mode)
        self.writable = os.path.join(folder, "writable")
        os.mkdir(self.writable)
        os.chmod(self.writable, 0o777)
        with open(os.path.join(self.writable, "kept"), "w", encoding="ascii") as file:
            file.write("kept")
        os.chmod(file.name, 0o666)
        self.listeners = []
        self.tcp = self.listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        for family, kind, host in ((socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1"),
                                   (socket.AF_INET6, socket.SOCK_STREAM, "::1"),
                                   (socket.AF_INET6, socket.SOCK_DGRAM, "::1")):
            self.listen(family, kind, (host, self.port))
        self.abstract = "elves-attacks-" + secrets.token_hex(8)
        self.listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + self.abstract)
        self.listen(socket.AF_UNIX, socket.SOCK_STREAM, os.path.join(folder, "socket"))
        os.chmod(os.path.join(folder, "socket"), 0o777)
        self.files, self.stamps = self.digest(), self.stamp()
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.key = 0x40000000 | secrets.randbits(30)
        self.shared = self.libc.shmget(self.key, SHM_BYTES, IPC_CREAT | 0o666)
        self.host = host_state()
        self.lock = threading.Lock()

    def listen(self, family, kind, address):
        end = socket.socket(family, kind)
        try:
            end.bind(address)
            if kind == socket.SOCK_STREAM:
                end.listen()
        except OSError:
            end.close()  # no such family here, or the number is taken
            return None
        self.listeners.append(end)
        return end

    def called(self):
        """The listeners that were called, ever; a connection waits in the kernel until it is asked for."""
        with self.lock:
            for end in select.select(self.listeners, [], [], 0)[0]:
                if end.type == socket.SOCK_STREAM:
                    end.accept()[0].close()
                else:
                    end.recvfrom(64)
                self.calls.append(end.getsockname())
            return self.calls

    def digest(self):
        """Names, modes, owners and contents of all that lies in the folder and in the app."""
        lines = []
        for top in (self.folder, self.app):
            for path in sorted(glob.glob(top + "/**", recursive=True)):
                info = os.lstat(path)
                with open(path if os.path.isfile(path) else os.devnull, "rb") as file:
                    lines.append((path, info.st_mode, info.st_uid, info.st_mtime_ns,
                                  hashlib.sha256(file.read()).hexdigest()))
        return lines

    def stamp(self):
        """The cheap part of `digest`, for after each row."""
        paths = [path for top in (self.folder, self.app) for path in sorted(glob.glob(top + "/**", recursive=True))]
        return [(path, info.st_mode, info.st_uid, info.st_size, info.st_mtime_ns)
                for path, info in zip(paths, map(os.lstat, paths))]

    def harm(self, ending):
        """What the row has changed outside, in words; nothing, if the canaries live."""
        found = []
        if self.secret in ending.output.decode(errors="replace") + ending.errors.decode(errors="replace"):
            found.append("the secret outside was read")
        calls = self.called()
        if calls:
            found.append("a listener of the host was called: %s" % calls)
        now = host_state()
        found += ["%s of the host has changed" % key for key in self.host if now[key] != self.host[key]]
        if self.stamps != self.stamp():
            found.append("files outside have changed")
        return found

    def last_harm(self):
        """The thorough look at the end: every byte outside."""
        return [] if self.digest() == self.files else ["what is in files outside has changed"]

    def close(self):
        for end in self.listeners:
            end.close()
        if self.shared != -1:
            self.libc.shmctl(self.shared, IPC_RMID, 0)
