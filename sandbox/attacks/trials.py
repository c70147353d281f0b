"""Which trials a row makes: with all layers, with each of its own standing alone, with each layer there is off."""

import os

import harness
import table
from place import COMPILER, IDENTITIES, LATE


class Trial:
    """A row, as whom, with which layers off, and what may come of it."""

    def __init__(self, row, identity, without, expected):
        self.row, self.identity, self.without, self.expected = row, identity, tuple(without), expected

    def __str__(self):
        off = " without " + ", ".join(self.without) if self.without else ""
        return "%s (%s) as %s%s" % (self.row.id, self.row.name, self.identity, off)

    def run(self, place):
        """What is wrong, in lines. What was only late is tried once more: the machine may be busy with other things."""
        return self.told(place)[1]

    def told(self, place):
        """What came of it, and what is wrong."""
        outcome, wrong = self.once(place)
        return self.once(place) if wrong and all(line.startswith(LATE) for line in wrong) else (outcome, wrong)

    def once(self, place):
        outcome, ending, wrong = place.trial(self.row, self.identity, self.without)
        if not any(table.matches(expected, outcome) for expected in self.expected):
            wrong.append("%r, where %s was expected" % (outcome, " or ".join(map(repr, self.expected))))
        named = set((self.row.violation or "").split("|"))
        if self.row.violation and "seccomp" not in self.without and not named & set(ending.violations):
            wrong.append("no violation names %s, only %s" % (self.row.violation, dict(ending.violations)))
        if self.row.expected == "ended timeout" and "cpu" in place.groups.found and not ending.throttled:
            wrong.append("nothing limited the time of its processors")
        return outcome, wrong


def lacking(layer, row, identity, place):
    """Why a layer is not there for this row, or None."""
    if identity != "root" and layer in table.ROOT_LAYERS:
        return "an agent that is an ordinary user cannot give it"
    if layer == "cgroup" and not {"memory", "pids"} <= set(place.groups.found):
        return "the host has no groups that limit"
    if layer == "memfd-limit" and not os.path.exists("/proc/sys/vm/memfd_noexec"):
        return "newer than this kernel"
    needed = row.needs.get("landlock", 1)
    if layer == "landlock" and harness.landlock_abi() < needed:
        return "needs version %d of Landlock" % needed
    return None


def unfit(row, identity, place):
    """Why the row says nothing here, or None."""
    if row.machine and row.machine != os.uname().machine:
        return "is about %s" % row.machine
    if row.program.startswith("c/") and not COMPILER:
        return "is written in C, and this host has no compiler"
    if row.needs.get("kernel", [0]) > kernel():
        return "needs Linux %s" % ".".join(map(str, row.needs["kernel"]))
    if row.expected == "ended oom" and lacking("cgroup", row, identity, place):
        return lacking("cgroup", row, identity, place)
    return None


def kernel():
    return [int(part) for part in os.uname().release.split("-")[0].split(".")[:2]]


def trials(rows, place, left_out):
    """All trials of the rows; what is left out on this host goes into the list, with the reason."""
    for row in rows:
        for identity in (each for each in row.identities if each in IDENTITIES):
            reason = unfit(row, identity, place)
            if reason:
                left_out.append("%s as %s: %s" % (row.id, identity, reason))
                continue
            yield Trial(row, identity, (), [row.expected])
            missing = {layer: lacking(layer, row, identity, place) for layer in row.layers}
            left_out += ["%s as %s, layer %s: %s" % (row.id, identity, layer, reason)
                         for layer, reason in missing.items() if reason]
            layers = {layer: outcome for layer, outcome in row.layers.items() if not missing[layer]}
            if len(layers) > 1 and not COMPILER:
                left_out.append("%s as %s, its layers alone: a launcher that leaves layers out has to be compiled"
                                % (row.id, identity))
            elif len(layers) > 1:
                yield from with_layers_off(row, identity, layers, place)


def with_layers_off(row, identity, layers, place):
    done = set()
    for layer, outcome in layers.items():
        off = tuple(other for other in layers if other not in (layer, *table.FIXED_LAYERS))
        if off and off not in done:
            done.add(off)
            yield Trial(row, identity, off, [outcome])
    for layer in table.LAYERS:
        if (layer,) not in done and not lacking(layer, row, identity, place):
            yield Trial(row, identity, (layer,), [row.expected, *layers.values()])
