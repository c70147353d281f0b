"""Tests of diskclean on folders of their own; what it must never do is tried with links, ways around and changed files."""

import json
import os
import sys
import tempfile
import time
import unittest
from unittest import mock

APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SDK = os.path.join(os.path.dirname(os.path.dirname(APP)), "sdk", "python", "src")
sys.path[:0] = [APP, SDK]

import diskclean  # noqa: E402
import elves  # noqa: E402
import folders  # noqa: E402

DAY = 86400


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = os.path.realpath(folder.name)
        self.declared = os.path.join(self.root, "declared")
        self.outside = os.path.join(self.root, "outside")
        os.mkdir(self.declared)
        os.mkdir(self.outside)
        self.app = diskclean.diskclean()
        self.app._folders = [self.declared]

    def file(self, name, size=1000, days=60, folder=None):
        path = os.path.join(folder or self.declared, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as handle:
            handle.write(b"x" * size)
            os.fsync(handle.fileno())  # before it, a file system may not say yet how much the file takes
        when = time.time() - days * DAY
        os.utime(path, (when, when))
        return path

    def plan(self, **param):
        flag, answer = self.app.plan(param)
        self.assertIs(flag, True)
        return answer

    def paths(self, **param):
        return [file["path"] for file in self.plan(**param)["files"]]

    def clean(self, plan, **param):
        # As it travels: to JSON and back.
        return self.app.clean(json.loads(json.dumps(dict({"files": plan["files"], "token": plan["token"]}, **param))))


class PlanTests(Case):
    def test_old_files_are_named_the_largest_first(self):
        small, large = self.file("small"), self.file("sub/large", 100000)
        self.file("young", days=1)
        answer = self.plan()
        self.assertEqual([file["path"] for file in answer["files"]], [large, small])
        self.assertEqual(answer["files_seen"], 3)
        self.assertEqual(answer["bytes"], sum(os.stat(path).st_blocks * 512 for path in (small, large)))
        self.assertTrue(os.path.exists(large))

    def test_each_condition_counts(self):
        log, other = self.file("a.log"), self.file("b.txt", 100000, days=10)
        self.assertEqual(self.paths(names=["*.log", "*.gz"]), [log])
        self.assertEqual(self.paths(older_than_days=0, min_bytes=50000), [other])
        self.assertEqual(self.paths(older_than_days=5, limit=1), [other])
        self.assertEqual(self.plan(older_than_days=5, limit=1)["files_not_named"], 1)
        self.assertEqual(self.paths(older_than_days=100), [])

    def test_links_and_what_is_no_file_are_passed_over(self):
        victim = self.file("victim", folder=self.outside)
        os.symlink(victim, os.path.join(self.declared, "link"))
        os.symlink(self.outside, os.path.join(self.declared, "folder"))
        os.mkfifo(os.path.join(self.declared, "pipe"))
        self.assertEqual(self.paths(older_than_days=0), [])

    def test_what_frees_nothing_is_not_named(self):
        os.link(self.file("one"), os.path.join(self.declared, "another"))
        self.file("empty", 0)
        self.assertEqual(self.paths(), [])

    def test_paths_that_are_not_declared_are_refused(self):
        os.mkdir(self.declared + "-too")
        for path in (self.outside, self.declared + "/../outside", self.declared + "-too", "/", "", "declared",
                     self.declared + "//", self.declared + "/."):
            with self.assertRaisesRegex(elves.BadParam, "not at or below a declared folder"):
                self.app.plan({"folders": [path]})

    def test_a_link_on_the_way_is_not_taken(self):
        self.file("victim", folder=self.outside)
        os.symlink(self.outside, os.path.join(self.declared, "way"))
        answer = self.plan(folders=[self.declared + "/way"])
        self.assertEqual((answer["files"], answer["problem_count"]), ([], 1))

    def test_a_name_that_no_answer_can_carry_is_a_problem(self):
        self.file(os.fsdecode(b"caf\xe9"))
        answer = self.plan()
        self.assertEqual((answer["files"], answer["problem_count"]), ([], 1))
        self.assertIn("not UTF-8", json.dumps(answer, ensure_ascii=False).encode("utf-8").decode())

    def test_parameters_of_another_kind_are_refused(self):
        for param in ({"folders": "x"}, {"folders": []}, {"older_than_days": -1}, {"older_than_days": "30"},
                      {"min_bytes": True}, {"names": [1]}, {"limit": 0}, {"limit": 4001}, {"limit": 1.5},
                      {"older_than_days": float("nan")}):
            with self.assertRaises(elves.BadParam, msg=param):
                self.app.plan(param)

    def test_it_stops_when_it_is_cancelled(self):
        self.file("one")
        with mock.patch.object(diskclean, "cancelled", lambda: True):
            with self.assertRaisesRegex(elves.Cancelled, "stopped after 0 files"):
                self.app.plan({})

    def test_a_deep_tree_takes_few_descriptors(self):
        path = self.file("/".join(["d"] * 200) + "/file")
        self.assertEqual(self.paths(), [path])


class CleanTests(Case):
    def test_nothing_is_removed_unless_it_is_said(self):
        path = self.file("old")
        plan = self.plan()
        flag, answer = self.clean(plan)
        self.assertEqual((flag, answer["dry_run"], answer["files"], answer["bytes"]), (True, True, 1, plan["bytes"]))
        self.assertTrue(os.path.exists(path))
        flag, answer = self.clean(plan, dry_run=False)
        self.assertEqual((flag, answer["dry_run"], answer["files"], answer["bytes"]), (True, False, 1, plan["bytes"]))
        self.assertFalse(os.path.exists(path))

    def test_only_what_the_plan_named_is_removed(self):
        self.file("named.log")
        kept = self.file("kept")
        self.clean(self.plan(names=["*.log"]), dry_run=False)
        self.assertEqual(os.listdir(self.declared), [os.path.basename(kept)])

    def test_what_changed_since_the_plan_stays(self):
        def write(path):
            with open(path, "a") as handle:
                handle.write("more")

        def replace(path):
            os.rename(path, path + ".1")
            self.file(os.path.basename(path))

        def link(path):
            os.unlink(path)
            os.symlink(self.file("victim", folder=self.outside), path)

        def folder(path):
            os.unlink(path)
            os.mkdir(path)

        for change in (write, replace, link, folder):
            path = self.file("old-" + change.__name__)
            plan = self.plan(names=["old-" + change.__name__])
            self.assertEqual(len(plan["files"]), 1)
            change(path)
            flag, answer = self.clean(plan, dry_run=False)
            self.assertEqual((flag, answer["files"], answer["files_left"]), (True, 0, 1), change.__name__)
            self.assertIn("not as the plan saw it", answer["problems"][0])
            self.assertTrue(os.path.lexists(path))
        self.assertEqual(os.listdir(self.outside), ["victim"])

    def test_a_folder_that_became_a_link_is_not_followed(self):
        path = self.file("sub/old")
        plan = self.plan()
        os.rename(os.path.dirname(path), os.path.join(self.outside, "sub"))
        os.symlink(os.path.join(self.outside, "sub"), os.path.dirname(path))
        _, answer = self.clean(plan, dry_run=False)
        self.assertEqual((answer["files"], answer["problem_count"]), (0, 1))
        self.assertTrue(os.path.exists(os.path.join(self.outside, "sub", "old")))

    def test_a_list_that_is_not_the_plans_is_refused(self):
        self.file("old")
        plan = self.plan()
        file = plan["files"][0]
        for files in ([], plan["files"] * 2, [dict(file, path=file["path"] + "2")], [dict(file, bytes=1)]):
            with self.assertRaisesRegex(elves.BadParam, "the token is not the one of these files"):
                self.clean({"files": files, "token": plan["token"]}, dry_run=False)
        for files in (None, "x", [1], [{}], [dict(file, more=1)], [dict(file, state=7)]):
            with self.assertRaisesRegex(elves.BadParam, "as plan answered them"):
                self.app.clean({"files": files, "token": plan["token"]})
        with self.assertRaisesRegex(elves.BadParam, "dry_run"):
            self.clean(plan, dry_run="no")

    def test_a_list_made_by_hand_stays_inside_of_the_declared_folders(self):
        victim = self.file("victim", folder=self.outside)
        status = os.lstat(victim)
        for path in (victim, self.declared + "/../outside/victim", self.declared + "/sub/../../outside/victim"):
            files = [diskclean._entry(path, status)]
            with self.assertRaisesRegex(elves.BadParam, "not at or below a declared folder"):
                self.clean({"files": files, "token": diskclean.token(files)}, dry_run=False)
        self.assertTrue(os.path.exists(victim))

    def test_a_cancel_says_what_was_freed_until_then(self):
        for number in range(3):
            self.file("old-%d" % number)
        plan, asked = self.plan(), []

        def cancel():
            asked.append(1)
            return len(asked) > 2

        with mock.patch.object(diskclean, "cancelled", cancel):
            flag, answer = self.clean(plan, dry_run=False)
        self.assertEqual((flag, answer["files"], answer["files_left"]), (False, 2, 1))
        self.assertEqual(len(os.listdir(self.declared)), 1)


class UsageTests(Case):
    def test_files_and_bytes_are_counted(self):
        paths = [self.file("a"), self.file("sub/b", 70000, days=0)]
        flag, answer = self.app.usage({})
        row = answer["folders"][0]
        self.assertEqual((flag, row["folder"], row["files"]), (True, self.declared, 2))
        self.assertEqual(row["bytes"], sum(os.stat(path).st_blocks * 512 for path in paths))
        self.assertGreaterEqual(row["total_bytes"], row["available_bytes"])

    def test_a_folder_that_is_not_there_is_named(self):
        self.app._folders = [self.root + "/none"]
        with self.assertRaisesRegex(RuntimeError, "/none: No such file"):
            self.app.usage({})


class ManifestTests(unittest.TestCase):
    def test_the_declared_folders_are_those_of_the_manifest(self):
        self.assertEqual(folders.declared(diskclean.MANIFEST), ["/var/tmp", "/var/cache/apt/archives"])

    def test_a_manifest_without_folders_is_refused(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("sandbox:\n  filesystem:\n    read:\n      - path: /etc\n        reason: none\n")
            file.flush()
            with self.assertRaisesRegex(ValueError, "declares no folder"):
                folders.declared(file.name)


if __name__ == "__main__":
    unittest.main()
