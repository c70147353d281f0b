"""The isolation `zygote`: calls in forked processes, and nothing left of one when the next begins."""

import errno
import gc
import os
import select
import sys
from mmap import mmap
from time import monotonic

# What was killed is gone within milliseconds; a worker that waits longer would keep the next call waiting.
SECONDS_TO_GO = 2

# A child does not speak to the host. Its parent hands these on, and the first line of another kind is its last: so it
# cannot answer for a later call, however long it stays.
_HANDED_ON = (b'{"type":"log",', b'{"type":"progress",')

_READ_BYTES = 65536


class Zygote:
    """Forks the calls of one worker.

    `reader` is the descriptor that the host writes to, `line_bytes` the most a line of a child may have. `scratch` is
    the folder to empty after each call, or None outside of a sandbox; `domain` is what each child enters, or None.
    """

    def __init__(self, reader, line_bytes, scratch=None, domain=None):
        self._reader = reader
        self._line_bytes = line_bytes
        self._scratch = None if scratch is None else os.path.abspath(scratch)
        self._domain = domain
        self._calls = 0
        # Whether the process that is being forked is the child of a call.
        self.forks = False
        # What is loaded by now is never garbage; a collection in a child would only copy its pages.
        gc.freeze()

    def run(self, answer, listen, hand_on):
        """Runs a call in a child, and returns its last line and the status it ended with; one of the two is None.

        `answer(sink, page)` runs in the child: it writes its lines to the descriptor `sink` and looks at what is in
        `page`. `listen()` reads what the host has written and returns what belongs there, and whether to go on
        listening. `hand_on(line)` gets the lines before the last one.
        """
        self._calls += 1
        source, sink = os.pipe()
        page = mmap(-1, 1)
        page[0], listening = listen()
        self.forks = True
        child = os.fork()
        if child == 0:
            try:
                os.close(source)
                answer(sink, page)
            finally:
                # Whatever happens, the child must never come out of here and serve calls beside its parent.
                os._exit(0)
        self.forks = False
        os.close(sink)
        poll = select.poll()
        poll.register(source, select.POLLIN)
        if listening:
            poll.register(self._reader, select.POLLIN)
        text = bytearray()
        line = None
        while line is None:
            for descriptor, _ in poll.poll():
                if descriptor == self._reader:
                    page[0], listening = listen()
                    if not listening:
                        poll.unregister(descriptor)
                    continue
                data = os.read(source, _READ_BYTES)
                if not data:
                    os.close(source)
                    return None, _end_of(child)
                line = self._last_of(text, data, hand_on)
        os.close(source)
        # It has nothing to say any more, and may not go on doing something else.
        try:
            os.kill(child, 9)
        except ProcessLookupError:
            pass  # the app has arranged that children are not waited for
        _end_of(child)
        return line, None

    def _last_of(self, text, data, hand_on):
        """Adds what has come to what is there of a line, hands lines on, and returns the last one if that is there."""
        looked_at = len(text)
        text += data
        while True:
            end = text.find(b"\n", looked_at)
            if end < 0:
                return bytes(text) if len(text) > self._line_bytes else None
            line = bytes(text[:end])
            del text[:end + 1]
            looked_at = 0
            if end > self._line_bytes or not line.startswith(_HANDED_ON):
                return line
            hand_on(line)

    def enter(self):
        """Runs in a child, before its call: makes its folder and restricts it; raises OSError where it cannot."""
        folders = ()
        if self._scratch is not None:
            folder = os.path.join(self._scratch, "call-%d" % self._calls)
            os.mkdir(folder, 0o700)
            os.environ["HOME"] = os.environ["TMPDIR"] = folder
            # This module looks at TMPDIR once.
            tempfile = sys.modules.get("tempfile")
            if tempfile is not None and getattr(tempfile, "tempdir", None) == self._scratch:
                tempfile.tempdir = folder
            folders = (folder,)
        if self._domain is not None:
            self._domain.enter(*folders)

    def clean(self):
        """Ends the processes and removes the files that a call has left; raises OSError where it cannot."""
        if self._scratch is None:
            return
        # In the sandbox the parent is the first process of the namespace. Anywhere else this would be a disaster.
        if os.getppid() == 1:
            _kill_others()
        empty(self._scratch)


def _end_of(child):
    """Waits for a child and returns its status, 0 where the app has arranged that children are not waited for."""
    try:
        return os.waitpid(child, 0)[1]
    except ChildProcessError:
        return 0


def end_like(status):
    """Ends this process as a child has ended."""
    if os.WIFSIGNALED(status):
        import signal

        number = os.WTERMSIG(status)
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            pass  # SIGKILL has no handler
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
        os._exit(128 + number)
    os._exit(os.WEXITSTATUS(status))


def _kill_others():
    """Kills every other process of the namespace and returns when none is left."""
    until = monotonic() + SECONDS_TO_GO
    while True:
        try:
            os.kill(-1, 9)
        except ProcessLookupError:
            return
        if monotonic() > until:
            raise TimeoutError("a process that was killed is still there after %d seconds" % SECONDS_TO_GO)
        try:
            # The app may have started some while it was loaded; those stay until this process has asked for them.
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        os.sched_yield()


def empty(path):
    """Removes everything in a folder, at any depth, and follows no link; raises OSError where something stays."""
    top = os.open(path, _FOLDER)
    try:
        number = 0
        while True:
            folders = _remove_files(top)
            if not folders:
                return
            for name in folders:
                # What lies deeper moves up, so neither depth nor the length of a path is a limit.
                number = _move_up(top, name, number)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _remove_files(folder):
    """Removes all but the folders of a folder, and returns their names; they can be read and changed afterwards."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                if entry.stat(follow_symlinks=False).st_mode & 0o700 != 0o700:
                    os.chmod(entry.name, 0o700, dir_fd=folder)
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=folder)
    return folders


def _move_up(top, name, number):
    """Removes the files in a folder of `top`, moves its folders to `top`, and returns the last number given."""
    folder = os.open(name, _FOLDER, dir_fd=top)
    try:
        for inner in _remove_files(folder):
            while True:
                number += 1
                try:
                    # An empty folder that has this name already is replaced, which is as good as removed.
                    os.rename(inner, ".emptied-%d" % number, src_dir_fd=folder, dst_dir_fd=top)
                    break
                except OSError as error:
                    if error.errno not in _TAKEN:
                        raise
    finally:
        os.close(folder)
    return number
