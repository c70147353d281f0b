"""Tests of hosts: its functions as an agent calls them, on files in a folder of their own."""

import json
import os
import stat
import subprocess
import tempfile
import unittest

APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SDK = os.path.join(os.path.dirname(os.path.dirname(APP)), "sdk", "shell", "src", "elves.sh")
HELLO = {"type": "hello", "protocols": [1], "app": "hosts", "version": "1.0.0", "entry": "hosts.sh"}
LINES = """# the machine itself
127.0.0.1\tlocalhost
::1     localhost ip6-localhost   # loop

10.0.0.5  db db.example # the old one
10.0.0.6 web
not an entry
"""


class HostsTests(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(self.folder, "hosts")
        self.write(LINES)

    def write(self, text):
        with open(self.file, "wb") as handle:
            handle.write(text.encode())

    def read(self, path=None):
        with open(path or self.file, "rb") as handle:
            return handle.read().decode()

    def calls(self, *calls, environment=()):
        lines = [HELLO] + [
            {"type": "call", "id": str(number), "function": name, "param": dict({"file": self.file}, **param)}
            for number, (name, param) in enumerate(calls)]
        done = subprocess.run(
            ["/bin/bash", SDK], cwd=APP, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(os.environ, **dict(environment)),
            input="".join(json.dumps(line) + "\n" for line in lines).encode())
        self.assertEqual(done.stderr, b"")
        messages = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(messages[0]["functions"], ["diff", "remove", "restore", "set", "show"])
        return [message for message in messages if message["type"] == "result"]

    def answer(self, function, environment=(), **param):
        answer, = self.calls((function, param), environment=environment)
        return answer

    def good(self, function, **param):
        answer = self.answer(function, **param)
        self.assertIs(answer["flag"], True, answer)
        return answer["result"]

    def refused(self, text, function, reason=None, **param):
        answer = self.answer(function, **param)
        self.assertIs(answer["flag"], False)
        self.assertEqual(answer.get("reason"), reason, answer)
        self.assertIn(text, answer["result"])
        self.assertEqual(self.read(), LINES)

    # Reading

    def test_show_answers_entries_and_what_is_none(self):
        self.assertEqual(self.good("show"), {
            "file": self.file,
            "entries": [
                {"line": 2, "address": "127.0.0.1", "names": ["localhost"]},
                {"line": 3, "address": "::1", "names": ["localhost", "ip6-localhost"], "comment": "loop"},
                {"line": 5, "address": "10.0.0.5", "names": ["db", "db.example"], "comment": "the old one"},
                {"line": 6, "address": "10.0.0.6", "names": ["web"]},
            ],
            "invalid": [
                {"line": 7, "text": "not an entry", "problem": '"not" is no IPv4 or IPv6 address'},
            ],
        })

    def test_an_empty_file_has_no_entries(self):
        self.write("")
        self.assertEqual(self.good("show"), {"file": self.file, "entries": [], "invalid": []})

    def test_addresses_are_looked_at(self):
        good = ["0.0.0.0", "255.255.255.255", "::", "::1", "1::", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4",
                "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "2001:DB8::a"]
        bad = ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4/8", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
               "1:2:3:4:5:6:7:8:9", "12345::", "g::", "1:2:3:4::5:6:7:8", "fe80::1%", "::1.2.3.256", "1:", ":1", "*"]
        self.write("".join("%s a\n" % address for address in good + bad))
        shown = self.good("show")
        self.assertEqual([entry["address"] for entry in shown["entries"]], good)
        self.assertEqual(len(shown["invalid"]), len(bad))

    def test_names_are_looked_at(self):
        good = ["a", "a-b", "a_b", "1a", "a.b.c", "a.b.", "x" * 63]
        bad = ["-a", "a-", "a..b", ".a", "x" * 64, "a$b", "caf\u00e9", "a/b", ".".join(["y" * 63] * 4)]
        self.write("".join("10.0.0.1 %s\n" % name for name in good + bad))
        shown = self.good("show")
        self.assertEqual([entry["names"] for entry in shown["entries"]], [[name] for name in good])
        self.assertEqual(len(shown["invalid"]), len(bad))

    def test_diff_says_what_is_missing_and_what_is_otherwise(self):
        wanted = ["10.0.0.5 DB db.example # fine", "10.0.0.7 web mail", "::1 localhost"]
        self.assertEqual(self.good("diff", wanted=wanted), {
            "same": False, "missing": ["10.0.0.7 mail"],
            "conflicting": [{"wanted": "10.0.0.7 web", "address": "10.0.0.6"}]})
        self.assertEqual(
            self.good("diff", wanted=["127.0.0.1 localhost"]), {"same": True, "missing": [], "conflicting": []})

    def test_diff_refuses_wanted_lines_that_are_none(self):
        self.refused("no host name", "diff", "bad-param", wanted=["10.0.0.1 a$b"])
        self.refused("it has no address", "diff", "bad-param", wanted=["# nothing"])
        self.refused('pass the list "wanted"', "diff", "bad-param")

    # Editing

    def test_set_gives_a_new_name_its_address(self):
        self.assertEqual(
            self.good("set", name="mail", address="10.0.0.9"),
            {"changed": True, "backup": self.file + ".elves-backup"})
        self.assertEqual(self.read(), LINES + "10.0.0.9\tmail\n")
        self.assertEqual(self.read(self.file + ".elves-backup"), LINES)
        self.assertEqual(sorted(os.listdir(self.folder)), ["hosts", "hosts.elves-backup"])

    def test_set_changes_the_address_of_a_line_of_its_own_in_place(self):
        self.good("set", name="WEB", address="10.0.0.66")
        self.assertEqual(self.read(), LINES.replace("10.0.0.6 web", "10.0.0.66 web"))

    def test_set_takes_the_name_from_a_line_with_others(self):
        self.good("set", name="db", address="10.0.0.50")
        self.assertEqual(self.read(), LINES.replace(
            "10.0.0.5  db db.example # the old one", "10.0.0.5\tdb.example # the old one") + "10.0.0.50\tdb\n")

    def test_set_twice_changes_once(self):
        answers = self.calls(*[("set", {"name": "web", "address": "10.0.0.7"})] * 2)
        self.assertEqual([answer["result"]["changed"] for answer in answers], [True, False])

    def test_set_leaves_the_other_kind_of_address_alone(self):
        self.good("set", name="localhost", address="127.0.0.2")
        self.assertEqual(self.read(), LINES.replace("127.0.0.1", "127.0.0.2"))

    def test_set_refuses_what_is_no_name_or_address(self):
        self.refused("no host name", "set", "bad-param", name="a b", address="10.0.0.1")
        self.refused("no host name", "set", "bad-param", name="a\n10.0.0.1 b", address="10.0.0.1")
        self.refused("no IPv4 or IPv6 address", "set", "bad-param", name="a", address="10.0.0.1 b #")
        self.refused('pass "address"', "set", "bad-param", name="a")

    def test_a_last_line_without_its_end_gets_one(self):
        self.write("10.0.0.6 web")
        self.good("set", name="mail", address="10.0.0.9")
        self.assertEqual(self.read(), "10.0.0.6 web\n10.0.0.9\tmail\n")

    def test_remove_takes_the_name_out_everywhere(self):
        self.good("remove", name="localhost")
        self.assertEqual(self.read(), LINES.replace("127.0.0.1\tlocalhost\n", "").replace(
            "::1     localhost ip6-localhost   # loop", "::1\tip6-localhost # loop"))
        self.assertEqual(self.good("remove", name="localhost"), {"changed": False})

    def test_remove_from_one_address(self):
        self.good("remove", name="localhost", address="::1")
        self.assertIn("127.0.0.1\tlocalhost\n", self.read())

    def test_restore_brings_back_and_back_again(self):
        self.refused("there is no backup", "restore")
        self.good("remove", name="web")
        changed = self.read()
        self.good("restore")
        self.assertEqual(self.read(), LINES)
        self.good("restore")
        self.assertEqual(self.read(), changed)

    def test_the_mode_of_the_file_stays(self):
        os.chmod(self.file, 0o640)
        self.good("remove", name="web")
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o640)

    # What it does not touch

    def test_files_that_are_no_hosts_files_are_refused(self):
        for content, text in ((b"10.0.0.1 a\0b\n", "holds a NUL"), (b"#" * 1048577, "larger than")):
            with open(self.file, "wb") as handle:
                handle.write(content)
            answer = self.answer("set", name="a", address="10.0.0.1")
            self.assertIs(answer["flag"], False)
            self.assertIn(text, answer["result"])
        self.write(LINES)
        link = os.path.join(self.folder, "link")
        os.symlink(self.file, link)
        self.refused("is a link", "set", file=link, name="a", address="10.0.0.1")
        self.refused("grant write:/no/such/file", "show", file="/no/such/file")
        self.refused("through . or ..", "show", "bad-param", file=self.folder + "/../hosts")
        self.refused("no path from the root", "show", "bad-param", file="hosts")

    @unittest.skipIf(os.geteuid() != 0, "needs root, to become somebody who may not write in the folder")
    def test_a_file_granted_alone_is_written_in_place_with_its_backup_elsewhere(self):
        backups = tempfile.TemporaryDirectory()
        self.addCleanup(backups.cleanup)
        for path in (self.file, backups.name):
            os.chown(path, 65534, 65534)
        os.chmod(self.folder, 0o755)
        before = os.stat(self.file).st_ino
        lines = [HELLO, {"type": "call", "id": "1", "function": "remove", "param": {"file": self.file, "name": "web"}}]
        done = subprocess.run(
            ["/bin/bash", SDK], cwd=APP, check=True, stdout=subprocess.PIPE, user=65534, group=65534, extra_groups=[],
            env={"PATH": os.environ["PATH"], "ELVES_HOSTS_BACKUPS": backups.name},
            input="".join(json.dumps(line) + "\n" for line in lines).encode())
        answer = json.loads(done.stdout.splitlines()[-1])
        self.assertIs(answer["flag"], True, answer)
        self.assertEqual(self.read(), LINES.replace("10.0.0.6 web\n", ""))
        self.assertEqual(os.stat(self.file).st_ino, before)
        self.assertEqual(self.read(answer["result"]["backup"]), LINES)
        self.assertEqual(len(os.listdir(backups.name)), 1)


if __name__ == "__main__":
    unittest.main()
