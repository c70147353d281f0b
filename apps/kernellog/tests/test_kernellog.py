"""Tests of kernellog: what it makes of lines, and what it remembers of files that grow, are rotated and are cut."""

import json
import os
import sys
import tempfile
import unittest
from unittest import mock

APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SDK = os.path.join(os.path.dirname(os.path.dirname(APP)), "sdk", "python", "src")
sys.path[:0] = [APP, SDK]

import elves  # noqa: E402
import kernellog  # noqa: E402
import logfile  # noqa: E402
import messages  # noqa: E402


def summary_of(*lines, top=10):
    """Returns the summary of some lines."""
    summary = messages.Summary()
    for line in lines:
        summary.add(line)
    return summary.answer(top)


class MessageTests(unittest.TestCase):
    def test_every_form_of_a_line_is_read(self):
        for line, time, level, text in (
            ("Nov  4 13:00:01 web1 kernel: [    1.10] usb 1-1: new device", "Nov  4 13:00:01", "info", "usb 1-1: new device"),
            ("2026-11-24T13:00:01.5+00:00 web1 kernel: [9.1] disk failed", "2026-11-24T13:00:01.5+00:00", "error", "disk failed"),
            ("2026-11-24T13:00:01Z web1 kernel: no uptime", "2026-11-24T13:00:01Z", "info", "no uptime"),
            ("<3>[   12.345678] ata1: link is slow", "12.345678", "error", "ata1: link is slow"),
            ("<30>[   12.3] a facility in the number", "12.3", "info", "a facility in the number"),
            ("[   12.345678][    T1] with a thread", "12.345678", "info", "with a thread"),
            ("nothing but text", None, "info", "nothing but text"),
            ("<6>[1.0] error: the level of the line counts", "1.0", "info", "error: the level of the line counts"),
        ):
            message = messages.Message(line)
            self.assertEqual((message.time, message.level, message.text), (time, level, text), line)
            self.assertTrue(message.is_kernel)

    def test_lines_of_others_are_told_apart(self):
        answer = summary_of("Nov  4 13:00:01 web1 sshd[12]: error: out of memory", "Nov  4 13:00:01 web1 kernel: fine", "")
        self.assertEqual((answer["lines"], answer["lines_of_others"], answer["levels"]), (1, 1, {"info": 1}))

    def test_words_tell_the_level_where_there_is_none(self):
        for text, level in (
            ("Kernel panic - not syncing", "critical"), ("BUG: unable to handle page fault", "critical"),
            ("mce: [Hardware Error]: Machine check", "critical"), ("EXT4-fs error (device sda1): bad block", "error"),
            ("firmware load failed", "error"), ("CPU0: Core temperature above threshold, cpu clock throttled", "warning"),
            ("task blocked, request timed out", "warning"), ("Terrorist watch", "info"), ("mounted filesystem", "info"),
        ):
            self.assertEqual(messages.guessed_level(text), level, text)

    def test_subsystems(self):
        for text, name in (
            ("usb 1-1: new device", "usb"), ("EXT4-fs (vda1): mounted", "EXT4-fs"), ("ACPI: Core revision", "ACPI"),
            ("e1000 0000:00:03.0 eth0: link up", "e1000"), ("systemd[1]: starting", "systemd"),
            ("Linux version 6.1 without a colon", "other"), ("", "other"), ("12: number", "other"),
        ):
            self.assertEqual(messages.subsystem(text), name, text)


class SummaryTests(unittest.TestCase):
    def test_repeats_are_the_same_but_for_numbers(self):
        answer = summary_of("[1.0] usb 1-1: reset 5", "[2.0] usb 1-2: reset 77", "[3.0] usb 1-3: gone", "[4.0] usb 1-9: reset 0xff")
        self.assertEqual(answer["repeated"], [
            {"time": "4.0", "text": "usb 1-9: reset 0xff", "count": 3, "pattern": "usb #-#: reset #"}])
        self.assertEqual((answer["first"], answer["last"], answer["subsystems"]), ("1.0", "4.0", {"usb": 4}))

    def test_the_top_is_a_limit(self):
        lines = ["[1.0] message %s" % letter for letter in "abc" for _ in range(2)]
        self.assertEqual(len(summary_of(*lines, top=2)["repeated"]), 2)

    def test_memory_that_is_out(self):
        answer = summary_of(
            "[1.0] Out of memory: Killed process 4711 (java) total-vm:8kB, anon-rss:4kB",
            "[2.0] Memory cgroup out of memory: Killed process 12 (my (odd) name) total-vm:8kB",
            "[3.0] Out of memory: Kill process 13 (java) score 900 or sacrifice child",
            "[4.0] java invoked oom-killer: gfp_mask=0x0")["oom_kills"]
        self.assertEqual((answer["count"], answer["by_process"]), (3, {"java": 2, "my (odd) name": 1}))
        self.assertEqual([sample["pid"] for sample in answer["samples"]], [4711, 12, 13])

    def test_errors_of_disks(self):
        answer = summary_of(
            "[1.0] blk_update_request: I/O error, dev sda, sector 2048 op 0x0:(READ)",
            "[1.1] I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x80700",
            "[2.0] Buffer I/O error on dev sda1, logical block 5, async page read",
            "[2.1] Buffer I/O error on device sdb, logical block 5",
            "[3.0] critical medium error, dev sdc, sector 9",
            "[4.0] EXT4-fs error (device vda1): ext4_lookup:1855: inode #2: comm ls: deleted inode referenced",
            "[5.0] nvme0: I/O 123 QID 4 timeout, aborting",
            "[6.0] ata1.00: failed command: READ FPDMA QUEUED",
            "[7.0] EXT4-fs (vda1): mounted filesystem with ordered data mode",
            "[8.0] sd 0:0:0:0: [sda] Attached SCSI disk")["io_errors"]
        self.assertEqual(answer["by_device"], {
            "sda": 2, "sda1": 1, "sdb": 1, "sdc": 1, "vda1": 1, "nvme0": 1, "ata1.00": 1})
        self.assertEqual((answer["count"], len(answer["samples"])), (8, 5))

    def test_faults_of_programs(self):
        answer = summary_of(
            "[1.0] nginx[88]: segfault at 0 ip 00007f00 sp 00007ffe error 4 in libc.so.6[7f00+100]",
            "[2.0] traps: a program[89] general protection fault ip:7f sp:7f error:0",
            "[3.0] traps: other[90] trap invalid opcode ip:7f sp:7f error:0")["segfaults"]
        self.assertEqual(answer["by_program"], {"nginx": 1, "a program": 1, "other": 1})
        self.assertEqual([sample["kind"] for sample in answer["samples"]],
                         ["segfault", "general protection fault", "invalid opcode"])

    def test_a_log_that_never_repeats_takes_bounded_memory(self):
        with mock.patch.object(messages, "MOST_PATTERNS", 3):
            answer = summary_of(*["[1.0] message %s" % letter for letter in "abcdef"])
        self.assertEqual((answer["lines"], answer["not_counted"]), (6, 3))

    def test_an_answer_is_json(self):
        answer = summary_of("\udcff odd \x01 bytes", "x" * 100000)
        self.assertEqual(json.loads(json.dumps(answer)), answer)


class FileCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = os.path.join(folder.name, "kern.log")
        self.marks = os.path.join(folder.name, "marks")
        os.mkdir(self.marks)
        self.app = kernellog.kernellog(self.marks)

    def write(self, text, path=None, mode="a"):
        with open(path or self.log, mode, encoding="utf-8") as handle:
            handle.write(text)

    def new(self, **param):
        flag, answer = self.app.new(dict({"file": self.log}, **param))
        self.assertIs(flag, True)
        return answer["lines"], answer["lines_lost"]


class NewTests(FileCase):
    def test_only_what_came_since_is_answered(self):
        self.write("one\ntwo\n")
        self.assertEqual(self.new(), (2, False))
        self.assertEqual(self.new(), (0, False))
        self.write("three\n")
        self.assertEqual(self.new(), (1, False))

    def test_a_line_without_its_end_comes_whole_the_next_time(self):
        self.write("one\nOut of mem")
        self.assertEqual(self.new(), (1, False))
        self.write("ory: Killed process 1 (a) x\n")
        flag, answer = self.app.new({"file": self.log})
        self.assertEqual((answer["lines"], answer["oom_kills"]["count"]), (1, 1))

    def test_marks_are_apart_and_keep_leaves_one_where_it_is(self):
        self.write("one\n")
        self.assertEqual((self.new(), self.new(mark="other", keep=True), self.new(mark="other"), self.new(mark="other")),
                         ((1, False), (1, False), (1, False), (0, False)))

    def test_marks_are_of_one_log_each(self):
        other = self.log + "-too"
        self.write("one\n")
        self.write("one\ntwo\n", other)
        self.assertEqual((self.new(), self.new(file=other)), ((1, False), (2, False)))

    def test_a_rotated_log_is_read_to_its_end(self):
        self.write("one\n")
        self.new()
        self.write("two\nthree\n")
        os.rename(self.log, self.log + ".1")
        self.write("four\n")
        self.assertEqual(self.new(), (3, False))
        self.assertEqual(self.new(), (0, False))

    def test_lines_that_are_gone_are_said_to_be_lost(self):
        self.write("one\n")
        self.new()
        os.rename(self.log, self.log + ".2")
        self.write("two\n", self.log + ".1")
        self.write("three\nfour\n")
        self.assertEqual(self.new(), (2, True))
        self.assertEqual(self.new(), (0, False))

    def test_a_log_that_was_cut_begins_anew(self):
        self.write("one\ntwo\n")
        self.new()
        self.write("new\n", mode="w")
        self.assertEqual(self.new(), (1, True))

    def test_a_log_that_was_cut_and_grew_beyond_the_mark_begins_anew(self):
        self.write("one\ntwo\n")
        self.new()
        self.write("another\nfile\naltogether\n", mode="w")
        self.assertEqual(self.new(), (3, True))

    def test_clear_forgets_one_or_all(self):
        self.write("one\n")
        for mark in ("a", "b", "c"):
            self.new(mark=mark)
        self.write("not a mark", os.path.join(self.marks, "notes"))
        self.assertEqual(self.app.clear({"mark": "a"}), (True, {"cleared": 1}))
        self.assertEqual((self.new(mark="a"), self.new(mark="b")), ((1, False), (0, False)))
        self.assertEqual(self.app.clear({}), (True, {"cleared": 3}))
        self.assertEqual(os.listdir(self.marks), ["notes"])

    def test_a_cancel_moves_no_mark(self):
        self.write("one\n")
        with mock.patch.object(kernellog, "cancelled", lambda: True):
            with self.assertRaisesRegex(elves.Cancelled, "no mark was moved"):
                self.app.new({"file": self.log})
        self.assertEqual(self.new(), (1, False))

    def test_a_mark_that_cannot_be_read_says_what_to_do(self):
        self.write("one\n")
        self.new()
        [name] = os.listdir(self.marks)
        for text in ("", "[]", '{"inode":1}', '{"inode":1,"offset":-1,"tail":""}'):
            self.write(text, os.path.join(self.marks, name), "w")
            with self.assertRaisesRegex(ValueError, "the mark default of .* cannot be read; clear forgets it"):
                self.app.new({"file": self.log})
        self.app.clear({})
        self.assertEqual(self.new(), (1, False))

    def test_a_very_long_line_is_cut_and_the_next_one_is_whole(self):
        self.write("x" * (3 * logfile.LINE_BYTES) + "\ntwo\n")
        self.assertEqual((self.new(), self.new()), ((2, False), (0, False)))


class ParameterTests(FileCase):
    def test_what_is_no_log_is_refused(self):
        for path, text in (
            (self.log, "no such file"), (self.marks, "directory"), ("kern.log", "absolute path"),
            ("/var/log/../kern.log", "absolute path"), ("", "absolute path"), (7, "absolute path"), ("/a\0b", "absolute path"),
        ):
            for function in (self.app.summary, self.app.new):
                with self.assertRaises(elves.BadParam) as caught:
                    function({"file": path})
                self.assertIn(text, str(caught.exception))

    def test_a_pipe_is_not_read(self):
        os.mkfifo(self.log)
        writer = os.open(self.log, os.O_RDWR)  # so that opening it does not wait
        self.addCleanup(os.close, writer)
        with self.assertRaisesRegex(elves.BadParam, "is not a file"):
            self.app.summary({"file": self.log})

    def test_other_parameters_are_looked_at(self):
        self.write("one\n")
        for param in ({"top": 0}, {"top": 101}, {"top": True}, {"mark": "../x"}, {"mark": "A"}, {"mark": ""}, {"mark": None},
                      {"keep": 1}):
            with self.assertRaises(elves.BadParam, msg=param):
                self.app.new(dict({"file": self.log}, **param))


if __name__ == "__main__":
    unittest.main()
