"""The smallest app that shows everything a function can do."""

import os
import time

from elves import BadParam, Cancelled, app_version, cancelled, progress


class apptest:
    """One instance serves every call of its process, so what it remembers lasts as long as the process."""

    def __init__(self):
        self._fresh_calls = 0
        self._counter_calls = 0

    def helloword(self, param):
        """Answers the text given as `my`."""
        if "my" not in param:
            return False, 'pass the text to answer as "my", for example {"my":"toryzen"}'
        return True, param["my"]

    def slow(self, param):
        """Takes `seconds` (5 when left out) in small steps and stops when it is cancelled."""
        seconds = param.get("seconds", 5)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds >= 0:
            raise BadParam("pass the seconds to take as a number of 0 or more, for example {\"seconds\":2}")
        start = time.monotonic()
        while True:
            passed = time.monotonic() - start
            if passed >= seconds:
                return True, {"version": app_version(), "seconds": seconds}
            if cancelled():
                raise Cancelled("stopped after %.1f of %g seconds" % (passed, seconds))
            progress(100 * passed / seconds)
            time.sleep(min(0.05, seconds - passed))

    def version(self, param):
        """Answers the version that is running, as the agent named it when it started this worker."""
        return True, app_version()

    def fresh(self, param):
        """Answers the process id and the number of calls of this process, which is 1 in a fresh process."""
        self._fresh_calls += 1
        return True, {"pid": os.getpid(), "calls": self._fresh_calls}

    def counter(self, param):
        """Answers the number of calls of this process."""
        self._counter_calls += 1
        return True, {"pid": os.getpid(), "calls": self._counter_calls}
