"""Makes system calls that the sandbox refuses. For tests only."""

import ctypes
import errno
import os
import signal

LIBC = ctypes.CDLL(None, use_errno=True)
ATTACH, SIZE_OF_THE_LOG = 16, 10
X32 = 0x40000000
GETPID = 39


class intruder:
    def ok(self, param):
        return True, "ok"

    def trace(self, param):
        LIBC.ptrace(ATTACH, 1, 0, 0)
        return True, "went on"

    def foreign(self, param):
        LIBC.syscall(X32 + GETPID)
        return True, "went on"

    def many_processes(self, param):
        children = []
        try:
            while len(children) < 40:
                child = os.fork()
                if not child:
                    signal.pause()
                children.append(child)
        except BlockingIOError:
            return True, len(children)
        return False, "no limit"

    def read_kernel_log(self, param):
        answers = set()
        for _ in range(param["times"]):
            failed = LIBC.klogctl(SIZE_OF_THE_LOG, 0, 0) < 0
            answers.add(errno.errorcode[ctypes.get_errno()] if failed else "done")
        return True, " ".join(sorted(answers))
