"""The isolation `zygote`: calls in forked processes, and nothing left of one when the next begins."""

import errno
import gc
import os
from mmap import mmap
from time import monotonic

# Imported for the children: one that asks for its cancel finds it loaded.
import select  # noqa: F401

# What was killed is gone within milliseconds; a worker that waits longer would keep the next call waiting.
SECONDS_TO_GO = 2

# How many bytes the note's text has, and 1; 0 where there is none.
_HEAD_BYTES = 8


class Zygote:
    """Forks the calls of one worker.

    `most_bytes` is the most that a child may hand back. `scratch` is the folder to empty between two calls, or None
    outside of a sandbox.
    """

    def __init__(self, most_bytes, scratch=None):
        self._scratch = scratch
        # Memory that a child shares with its parent: it leaves there that it has answered, and what its parent needs.
        # Not a pipe, since nobody reads while the child runs, and a full pipe would stop it.
        self._note = mmap(-1, _HEAD_BYTES + most_bytes)
        # What is loaded by now is never garbage; a collection in a child would only copy its pages.
        gc.freeze()

    def run(self, answer):
        """Runs `answer` in a child and returns the bytes that it returned there.

        A child that ends without having returned takes this process with it, in the same way.
        """
        note = self._note
        note[:_HEAD_BYTES] = bytes(_HEAD_BYTES)
        child = os.fork()
        if child == 0:
            try:
                text = answer()
                note[_HEAD_BYTES:_HEAD_BYTES + len(text)] = text
                note[:_HEAD_BYTES] = (len(text) + 1).to_bytes(_HEAD_BYTES, "little")
            finally:
                # Whatever happens, the child must never come out of here and serve calls beside its parent.
                os._exit(0)
        try:
            _, status = os.waitpid(child, 0)
        except ChildProcessError:  # the app has arranged that children are not waited for
            status = 0
        size = int.from_bytes(note[:_HEAD_BYTES], "little")
        if not size:
            _end_like(status)
        return note[_HEAD_BYTES:_HEAD_BYTES + size - 1]

    def clean(self):
        """Ends the processes and removes the files that a call has left; raises OSError where it cannot."""
        if self._scratch is None:
            return
        # In the sandbox the parent is the first process of the namespace. Anywhere else this would be a disaster.
        if os.getppid() == 1:
            _kill_others()
        empty(self._scratch)


def _end_like(status):
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
