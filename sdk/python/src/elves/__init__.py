"""What an app may ask of the worker that it runs in.

Every function works outside of a worker as well, so that an app's class can be tested like any other: log lines then
go to standard error, there is no deadline and nothing is ever cancelled.
"""

__version__ = "1.0.0"
__all__ = ["BadParam", "Cancelled", "app_version", "cancelled", "deadline", "log", "progress", "secret"]

# The worker of this process, set by `elves.worker.main`; None in a test or a script.
_worker = None


class BadParam(Exception):
    """Raise it when the parameter cannot be used: flag false, reason `bad-param`, and the text as the result."""


class Cancelled(Exception):
    """Raise it to stop after a cancel: flag false, reason `cancelled`, and the text as the result."""


def log(message, level="info"):
    """Sends one log line to the host.

    `level` is one of `debug`, `info`, `warning`, `error`; another one raises ValueError. During a call the line carries
    the call's id. A text too long for one protocol line is cut and says so. May be called from any thread.
    """
    if level not in ("debug", "info", "warning", "error"):
        raise ValueError("level %r is none of debug, info, warning, error" % (level,))
    if _worker is not None:
        _worker.log(message, level)
    else:
        import sys

        sys.stderr.write("%s: %s\n" % (level, message))


def progress(percent=None, message=None):
    """Says how far the call is: `percent` from 0 to 100 (clamped), `message` a short text, either may be left out.

    At most ten a second leave the worker. In between the last one wins, and the last one of a call always leaves before
    the result does, so calling this in a tight loop is fine. Does nothing when no call is running.
    """
    if _worker is not None:
        _worker.progress(percent, message)


def deadline():
    """Returns the seconds left before the host kills this call: never negative, infinite when there is no limit."""
    return _worker.seconds_left() if _worker is not None else float("inf")


def cancelled():
    """Returns whether the host has cancelled the running call.

    Costs one system call and reads what the host has sent meanwhile, so ask it in loops of work, from the thread that
    the function was called on. A function that has seen True and returns flag false gets the reason `cancelled`.
    """
    return _worker is not None and _worker.sees_cancel()


def app_version():
    """Returns the version of the app that this worker runs, as the host named it; None outside of a worker."""
    return _worker.app_version if _worker is not None else None


def secret(name):
    """Returns one of the secrets that the manifest lists and the operator has set for this host.

    Raises LookupError, with the names there are, for any other name, and outside of a worker: a test puts a function of
    its own in the place of this one. Nothing of the SDK writes a secret anywhere; do not log it.
    """
    if _worker is None:
        raise LookupError("no secret %r: there are none outside of a worker" % (name,))
    return _worker.secret(name)
