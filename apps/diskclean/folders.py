"""Folders that an app may clean, and files in them, reached without following a link and without leaving them."""

import os
import re
import stat

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# What statistics count in, whatever the file system's own block is.
_BLOCK_BYTES = 512


def declared(manifest):
    """Returns the folders that a manifest asks to write, in its order; no other place names them."""
    with open(manifest, encoding="utf-8") as handle:
        write = re.search(r"^    write:\n((?:      .*\n?)*)", handle.read(), re.MULTILINE)
    folders = re.findall(r"^ +- path: (/\S+)$", write.group(1), re.MULTILINE) if write else []
    if not folders:
        raise ValueError("%s declares no folder under sandbox.filesystem.write" % manifest)
    return folders


def inside(path, folders):
    """Returns the folder that a path is at or below, or None; a path with a way around in it is below none."""
    if not isinstance(path, str) or any(part in ("", ".", "..") for part in path.split("/")[1:]):
        return None
    for folder in folders:
        if path == folder or path.startswith(folder + "/"):
            return folder
    return None


def open_below(folder, path):
    """Returns a descriptor of the folder at a path at or below `folder`; raises OSError where a link is on the way."""
    descriptor = os.open(folder, _FOLDER)
    for part in path[len(folder):].split("/")[1:]:
        try:
            deeper = os.open(part, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = deeper
    return descriptor


def files(folder, path, problem):
    """Yields path and status of each regular file at or below a path, on the file system of that path.

    What cannot be read is told to `problem(path, text)` and left out. Few folders are open at a time.
    """
    waiting, device = [path], None
    while waiting:
        path = waiting.pop()
        try:
            descriptor = open_below(folder, path)
        except OSError as error:
            problem(path, error.strerror)
            continue
        try:
            device = os.fstat(descriptor).st_dev if device is None else device
            for name in sorted(os.listdir(descriptor)):
                full = path + "/" + name
                try:
                    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                except OSError as error:  # gone meanwhile, most likely
                    problem(full, error.strerror)
                    continue
                if status.st_dev != device:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(full)
                elif stat.S_ISREG(status.st_mode):
                    yield full, status
        finally:
            os.close(descriptor)


def bytes_on_disk(status):
    """Returns what the removal of a file gives back: not its holes, and nothing where it has another name."""
    return status.st_blocks * _BLOCK_BYTES if status.st_nlink == 1 else 0


def remove(folder, path, fits, dry_run):
    """Removes a file if `fits(status)` says that it is the one that is meant; returns its status, or None if it is not.

    Raises OSError where the file is gone or cannot be removed.
    """
    parent, _, name = path.rpartition("/")
    descriptor = open_below(folder, parent)
    try:
        status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode) or not fits(status):
            return None
        if not dry_run:
            os.unlink(name, dir_fd=descriptor)
        return status
    finally:
        os.close(descriptor)
