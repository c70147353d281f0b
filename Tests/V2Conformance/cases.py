"""The list of cases: a name, what it runs, over which wires, and which ground it needs."""

import dataclasses
import time

from client import WIRES, Wrong

# Longer than anything that is waited for, but for an agent that is away.
PATIENCE = 30


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    run: object
    wires: tuple
    # Options of the center it needs a ground with; None where a center that was given does as well.
    center: object


ALL = []


def case(name, wires=WIRES, center=()):
    """Adds a function that gets the ground and a client; it raises `Wrong`."""
    def add(run):
        ALL.append(Case(name, run, tuple(wires), center))
        return run
    return add


def refusals(group, rows, wires=WIRES):
    """Adds a case for each row: name, code, action, fields, and what else `Client.refused` takes.

    Fields may be a function of the ground, and so may a key, which then is one of those that only `Own` has.
    `center` is that of `Case`.
    """
    for name, code, action, fields, *rest in rows:
        more = dict(rest[0]) if rest else {}
        center = more.pop("center", () if callable(more.get("key")) else None)

        def run(ground, client, code=code, action=action, fields=fields, more=more):
            key = more.get("key")
            change = {"key": key(ground)} if callable(key) else {}
            client.refused(code, action, fields(ground) if callable(fields) else fields, **{**more, **change})
        case("%s/%s" % (group, name), wires, center)(run)


# A bad value of each parameter, and its code.
BAD = {
    "app": ("", "403.3"), "queue_id": ("", "403.6"), "func": ("", "403.7"), "ip": ("", "403.1"), "param": ("{", "403.2"),
    "timeout": ("x", "403.8"), "rule": ("x", "403.5"), "mode": ("x", "403.4"),
}


def order(action, names, fields):
    """Adds a case that sends all the parameters named wrong and repairs one after the other.

    The codes must come in the order of the names. `fields` are the good values, by the ground.
    """
    def run(ground, client):
        good = fields(ground)
        sent = dict(good, **{name: BAD[name][0] for name in names})
        for name in names:
            client.refused(BAD[name][1], action, sent)
            sent[name] = good.get(name)
    case("%s: the original's order of checks" % action, center=None)(run)


def until(what, look, patience=PATIENCE):
    """Looks until there is something, and returns it."""
    deadline = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        time.sleep(0.05)
        if time.monotonic() > deadline:
            raise Wrong("waited %d s in vain until %s" % (patience, what))
