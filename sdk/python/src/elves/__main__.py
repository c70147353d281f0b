"""The start of a worker: `python3 -I -S -B <folder of this file>`, with the app's folder as working directory."""

import sys

_package = __file__.rpartition("/")[0] or "."
if sys.path[:1] == [_package]:
    # Python puts the folder it was told to run first; there, `wire` would be a module of everybody's.
    del sys.path[0]
sys.path.insert(0, _package.rpartition("/")[0] if "/" in _package else "..")

from elves.worker import main  # noqa: E402  (the path has to be set first)

main()
