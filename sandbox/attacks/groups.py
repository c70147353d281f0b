"""A group of processes per worker, made as an agent that is root makes it: version 1 or 2, whichever holds a limit."""

import os
import secrets
import time

MOUNTS = "/proc/self/mountinfo"
MEMORY, PROCESSES, CPU_PERIOD, CPU_QUOTA = 256 << 20, 48, 100_000, 100_000
# Each limit by version: file and value, in the order in which they have to be written.
LIMITS = {
    "memory": {1: [("memory.limit_in_bytes", MEMORY), ("memory.memsw.limit_in_bytes", MEMORY)],
               2: [("memory.max", MEMORY), ("memory.swap.max", 0), ("memory.oom.group", 1)]},
    "pids": {1: [("pids.max", PROCESSES)], 2: [("pids.max", PROCESSES)]},
    "cpu": {1: [("cpu.cfs_period_us", CPU_PERIOD), ("cpu.cfs_quota_us", CPU_QUOTA)],
            2: [("cpu.max", "%d %d" % (CPU_QUOTA, CPU_PERIOD))]},
}
GONE_SECONDS = 5.0


def _read(*path):
    with open(os.path.join(*path), encoding="ascii") as file:
        return file.read()


def _write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(str(value))


def hierarchies():
    """The mounted hierarchies that matter here: controller or 'kill' -> (version, folder)."""
    own = {}
    for line in _read("/proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        own.update({controller: path for controller in controllers.split(",")})
    found = {}
    with open(MOUNTS, encoding="utf-8") as file:
        for line in file:
            before, after = line.rstrip("\n").split(" - ")
            place, (kind, _, options) = before.split(" ")[4], after.split(" ", 2)
            if kind == "cgroup":
                for controller in set(options.split(",")) & set(LIMITS):
                    # Below the own group where that is in view, so that a limit of our own still counts.
                    inside = place + own.get(controller, "/").rstrip("/")
                    found[controller] = (1, inside if os.path.isdir(inside) else place)
            elif kind == "cgroup2":
                found["kill"] = (2, place)
                for controller in set(_read(place, "cgroup.controllers").split()) & set(LIMITS):
                    found.setdefault(controller, (2, place))
    return found


class Groups:
    """Makes a group per worker below a folder of this run, in every hierarchy."""

    def __init__(self):
        self.found = hierarchies() if os.geteuid() == 0 else {}
        self.name = "elves-attacks-%d-%s" % (os.getpid(), secrets.token_hex(4))
        self.count = 0
        self.places = set()
        try:
            for version, place in set(self.found.values()):
                os.mkdir(os.path.join(place, self.name))
                self.places.add(place)
                if version == 2:
                    self.hand_down(place)
        except OSError:
            # Not ours to make, in a container say. The rows then say which layer they do without.
            self.close()
            self.found, self.places = {}, set()

    def hand_down(self, place):
        """Lets version 2's controllers reach the groups below the run's folder."""
        wanted = ["+" + name for name, (version, _) in self.found.items() if version == 2 and name != "kill"]
        for folder in (place, os.path.join(place, self.name)):
            if wanted:
                _write(folder, "cgroup.subtree_control", " ".join(wanted))

    def make(self, processors=None):
        """A new group, with this share of one processor in place of the usual one; None where there are no groups."""
        self.count += 1
        return Group(self, str(self.count), processors) if self.found else None

    def close(self):
        for place in self.places:
            os.rmdir(os.path.join(place, self.name))


class Group:
    """One worker's folders, one per hierarchy."""

    def __init__(self, groups, name, processors):
        self.found = groups.found
        self.folders = {place: os.path.join(place, groups.name, name) for place in groups.places}
        for folder in self.folders.values():
            os.mkdir(folder)
        for controller, (version, place) in self.found.items():
            for file, value in LIMITS.get(controller, {}).get(version, []):
                # Swap is accounted for on some kernels only.
                if os.path.exists(os.path.join(self.folders[place], file)):
                    _write(self.folders[place], file, value)
        if processors and "cpu" in self.found:
            version, place = self.found["cpu"]
            quota = int(processors * CPU_PERIOD)
            _write(self.folders[place], *{1: ("cpu.cfs_quota_us", quota),
                                          2: ("cpu.max", "%d %d" % (quota, CPU_PERIOD))}[version])

    def paths(self):
        return sorted(self.folders.values())

    def members(self):
        return {int(pid) for folder in self.folders.values() for pid in _read(folder, "cgroup.procs").split()}

    def of(self, controller, name):
        version, place = self.found[controller]
        return _read(self.folders[place], name[version])

    def killed_for_memory(self):
        """How many processes the kernel has ended because the memory of the group was used up."""
        if "memory" not in self.found:
            return 0
        text = self.of("memory", {1: "memory.oom_control", 2: "memory.events"})
        return int(dict(line.split() for line in text.splitlines())["oom_kill"])

    def throttled(self):
        """How often the group has used up its share of the processors."""
        return int(dict(line.split() for line in self.of("cpu", {1: "cpu.stat", 2: "cpu.stat"}).splitlines())
                   .get("nr_throttled", 0))

    def kill(self):
        if "kill" in self.found:
            _write(self.folders[self.found["kill"][1]], "cgroup.kill", 1)

    def remove(self):
        """Ends what is left and takes the folders away; the seconds it took until they were gone."""
        self.kill()
        start = time.monotonic()
        left = self.paths()
        while left and time.monotonic() - start < GONE_SECONDS:
            for folder in list(left):
                try:
                    os.rmdir(folder)
                    left.remove(folder)
                except OSError:
                    time.sleep(0.001)  # the kernel tells nobody when a version 1 group has become empty
        return time.monotonic() - start if not left else float("inf")
