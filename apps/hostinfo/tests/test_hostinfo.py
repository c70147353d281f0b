"""Tests of hostinfo: on files with known content, without files, and on the machine itself."""

import json
import os
import sys
import tempfile
import unittest

APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, APP)

import hostinfo  # noqa: E402

FILES = {
    "cpuinfo": "processor\t: 0\nmodel name\t: Example: 9000\n\nprocessor\t: 1\nmodel name\t: Example: 9000\n",
    "meminfo": "MemTotal:       1000 kB\nMemFree:         200 kB\nMemAvailable:    500 kB\nHugePages_Total:   0\n",
    "loadavg": "0.10 0.20 0.30 2/150 4711\n",
    "uptime": "12.50 20.00\n",
    "stat": "cpu  100 0 200 300 0 0 0 0 0 0\ncpu0 100 0 200 300\nbtime 1750000000\n",
    "partitions": "major minor  #blocks  name\n\n 254        0       2048 vda\n 254        1       1024 vda1\n",
    "diskstats": " 254       0 vda 10 0 80 5 20 0 160 6 0 1500 11\n",
}


class FactsTests(unittest.TestCase):
    def facts(self, files, paths=()):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, "proc"))
            for name, text in files.items():
                with open(os.path.join(root, "proc", name), "w") as handle:
                    handle.write(text)
            return hostinfo.Facts(root, paths).collect()

    def test_files_become_numbers_with_units(self):
        facts = self.facts(FILES)
        self.assertEqual(facts["missing"], {})
        self.assertEqual((facts["cpus"]["online"], facts["cpus"]["model"]), (2, "Example: 9000"))
        self.assertEqual(facts["memory"]["total_bytes"], 1024000)
        self.assertEqual(facts["memory"]["available_bytes"], 512000)
        self.assertIsNone(facts["memory"]["swap_total_bytes"])
        self.assertEqual(facts["load"], {
            "one_minute": 0.1, "five_minutes": 0.2, "fifteen_minutes": 0.3, "running": 2, "total": 150})
        self.assertEqual(facts["uptime_seconds"], 12.5)
        self.assertEqual(facts["boot_time_epoch_seconds"], 1750000000)
        self.assertEqual(facts["cpu_time"]["idle_seconds"], 300 / os.sysconf("SC_CLK_TCK"))
        self.assertEqual(facts["disks"], [
            {"name": "vda", "size_bytes": 2097152, "statistics": {
                "reads": 10, "read_bytes": 40960, "writes": 20, "written_bytes": 81920, "busy_seconds": 1.5}},
            {"name": "vda1", "size_bytes": 1048576, "statistics": None},
        ])

    def test_what_cannot_be_read_is_null_with_its_reason(self):
        facts = self.facts({}, ["/no/such/folder"])
        for name in ("cpus", "cpu_time", "memory", "load", "uptime_seconds", "disks", "boot_time_epoch_seconds"):
            self.assertIsNone(facts[name], name)
            self.assertIn("No such file", facts["missing"][name])
        self.assertEqual(facts["filesystems"], [
            {"path": "/no/such/folder", "total_bytes": None, "free_bytes": None, "available_bytes": None}])
        self.assertIn("filesystem /no/such/folder", facts["missing"])

    def test_what_cannot_be_understood_is_null_with_its_reason(self):
        facts = self.facts({name: "nonsense\n" for name in FILES})
        for name in ("cpus", "cpu_time", "memory", "load", "uptime_seconds"):
            self.assertIsNone(facts[name], name)
            self.assertIn("not in the form expected", facts["missing"][name])

    def test_this_machine_has_facts(self):
        flag, facts = hostinfo.hostinfo().facts({})
        self.assertIs(flag, True)
        self.assertEqual(facts["kernel"]["release"], os.uname().release)
        self.assertGreater(facts["memory"]["total_bytes"], facts["memory"]["available_bytes"])
        self.assertGreater(facts["filesystems"][1]["total_bytes"], 0)
        self.assertEqual(facts, json.loads(json.dumps(facts, allow_nan=False)))


if __name__ == "__main__":
    unittest.main()
