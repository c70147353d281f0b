"""Builds the programs that the tests run."""

import os
import subprocess

SWIFT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def built(folder, name):
    """Builds the package in a folder of the SDK and returns the path of its program."""
    path = os.path.join(SWIFT, folder)
    done = subprocess.run(
        ["swift", "build", "--package-path", path, "-c", "release", "--static-swift-stdlib"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise AssertionError("%s cannot be built:\n%s" % (path, done.stdout.decode("utf-8", "replace")))
    return os.path.join(path, ".build", "release", name)
