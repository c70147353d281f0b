"""Greets, and answers how busy the host is."""

from elves import BadParam, log


class {{class}}:
    """The public methods are the functions of the app; each returns a flag and a result."""

    def greet(self, param):
        """Greets somebody by name."""
        name = param.get("name")
        if not name or not isinstance(name, str):
            raise BadParam('pass a name, for example {"name":"Ada"}')
        log("greeting %s" % name)
        return True, "Hello, %s!" % name

    def load(self, param):
        """Answers the load averages of one, five and fifteen minutes."""
        with open("/proc/loadavg", encoding="ascii") as handle:
            one, five, fifteen = handle.read().split()[:3]
        return True, {"one_minute": float(one), "five_minutes": float(five), "fifteen_minutes": float(fifteen)}
