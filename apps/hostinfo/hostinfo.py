"""Facts about the host. What cannot be read is null and named in `missing` with the reason; nothing is guessed."""

import os

# The unit of the sector counts in /proc/diskstats, whatever the device's own sector is.
SECTOR_BYTES = 512


class hostinfo:
    """Reads /proc anew on every call."""

    def facts(self, param):
        """Answers all facts as one object."""
        return True, Facts().collect()


class Facts:
    """One reading. `root` is the folder that holds `proc`, and `paths` are the file systems to look at."""

    def __init__(self, root="/", paths=("/app", "/usr/lib")):
        self._root = root
        self._paths = paths
        self._missing = {}

    def collect(self):
        """Returns the facts, with sizes in bytes, times in seconds and null for what is in `missing`."""
        system = os.uname()
        return {
            "kernel": {"name": system.sysname, "release": system.release, "machine": system.machine},
            "hostname": system.nodename,
            "cpus": self._of("proc/cpuinfo", cpus),
            "cpu_time": self._of("proc/stat", cpu_time),
            "boot_time_epoch_seconds": self._of("proc/stat", boot_time, "boot_time_epoch_seconds"),
            "memory": self._of("proc/meminfo", memory),
            "load": self._of("proc/loadavg", load),
            "uptime_seconds": self._of("proc/uptime", lambda text: float(text.split()[0]), "uptime_seconds"),
            "disks": self._disks(),
            "filesystems": [self._filesystem(path) for path in self._paths],
            "missing": self._missing,
        }

    def _of(self, file, parse, name=None):
        """Returns what `parse` makes of a file, or None, and then says why in `missing`."""
        name = name or parse.__name__
        try:
            with open(os.path.join(self._root, file), encoding="utf-8", errors="replace") as handle:
                text = handle.read()
        except OSError as error:
            self._missing[name] = "/%s: %s" % (file, error.strerror)
            return None
        try:
            return parse(text)
        except (ValueError, IndexError, KeyError) as error:
            self._missing[name] = "/%s: not in the form expected (%s: %s)" % (file, type(error).__name__, error)
            return None

    def _disks(self):
        disks = self._of("proc/partitions", partitions, "disks")
        if disks is None:
            return None
        statistics = self._of("proc/diskstats", disk_statistics, "disk_statistics")
        for disk in disks:
            disk["statistics"] = None if statistics is None else statistics.get(disk["name"])
        return disks

    def _filesystem(self, path):
        facts = {"path": path, "total_bytes": None, "free_bytes": None, "available_bytes": None}
        try:
            usage = os.statvfs(path)
        except OSError as error:
            self._missing["filesystem " + path] = error.strerror
            return facts
        facts["total_bytes"] = usage.f_blocks * usage.f_frsize
        facts["free_bytes"] = usage.f_bfree * usage.f_frsize
        facts["available_bytes"] = usage.f_bavail * usage.f_frsize
        return facts


def cpus(text):
    """Returns the processors of /proc/cpuinfo: how many are online, and the model where the file names one."""
    values = [[part.strip() for part in line.split(":", 1)] for line in text.splitlines() if ":" in line]
    count = sum(1 for key, _ in values if key == "processor")
    if count == 0:
        raise ValueError("no processor")
    models = [value for key, value in values if key == "model name"]
    return {"online": count, "usable": len(os.sched_getaffinity(0)), "model": models[0] if models else None}


def cpu_time(text):
    """Returns the seconds since the start that all processors together spent, from the first line of /proc/stat."""
    fields = text.split("\n", 1)[0].split()
    if fields[0] != "cpu":
        raise ValueError("no line cpu")
    ticks = os.sysconf("SC_CLK_TCK")
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    return {name + "_seconds": int(value) / ticks for name, value in zip(names, fields[1:])}


def boot_time(text):
    """Returns when the host started, in seconds since 1970, from /proc/stat."""
    for line in text.splitlines():
        if line.startswith("btime "):
            return int(line.split()[1])
    raise ValueError("no line btime")


def memory(text):
    """Returns sizes from /proc/meminfo, which counts in KiB."""
    values = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        fields = value.split()
        if fields and fields[-1] == "kB":
            values[key] = int(fields[0]) * 1024
    return {
        "total_bytes": values["MemTotal"],
        "available_bytes": values["MemAvailable"],
        "free_bytes": values["MemFree"],
        "swap_total_bytes": values.get("SwapTotal"),
        "swap_free_bytes": values.get("SwapFree"),
    }


def load(text):
    """Returns the three averages and the process counts of /proc/loadavg."""
    one, five, fifteen, counts = text.split()[:4]
    running, total = counts.split("/")
    return {
        "one_minute": float(one),
        "five_minutes": float(five),
        "fifteen_minutes": float(fifteen),
        "running": int(running),
        "total": int(total),
    }


def partitions(text):
    """Returns disks and partitions of /proc/partitions, which counts in KiB, in the file's order."""
    rows = [line.split() for line in text.splitlines()[1:]]
    return [{"name": row[3], "size_bytes": int(row[2]) * 1024} for row in rows if row]


def disk_statistics(text):
    """Returns name to counters since the start, from /proc/diskstats (kernel: admin-guide/iostats)."""
    statistics = {}
    for line in text.splitlines():
        row = line.split()
        statistics[row[2]] = {
            "reads": int(row[3]),
            "read_bytes": int(row[5]) * SECTOR_BYTES,
            "writes": int(row[7]),
            "written_bytes": int(row[9]) * SECTOR_BYTES,
            "busy_seconds": int(row[12]) / 1000,
        }
    return statistics
