"""A person at a terminal: `terminal.py PROGRAM ARGUMENT … -- ANSWER …` runs the program on a terminal of its own.

Whenever the program has asked something (its output ends in ": "), the next answer is typed with the return key. What the
terminal showed is printed, and the program's exit code is passed on.
"""

import os
import pty
import select
import sys


def main():
    arguments = sys.argv[1:]
    end = arguments.index("--")
    command, answers = arguments[:end], arguments[end + 1:]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)
    shown = b""
    asked = 0
    while True:
        if not select.select([terminal], [], [], 30)[0]:
            sys.exit("nothing was said for 30 s after: " + repr(shown))
        try:
            part = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other end is closed
            part = b""
        if not part:
            break
        shown += part
        if shown.endswith(b": ") and asked < len(answers):
            os.write(terminal, answers[asked].encode() + b"\r")
            asked += 1
    sys.stdout.write(shown.decode(errors="replace"))
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
