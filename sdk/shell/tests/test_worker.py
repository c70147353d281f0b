"""The worker beyond the fixtures: what is the shell's own, the start, the rate of progress, and hosts that go away."""

import json
import os
import subprocess
import tempfile
import unittest
from random import Random

TESTS = os.path.dirname(os.path.abspath(__file__))
SDK = os.path.join(os.path.dirname(TESTS), "src", "elves.sh")
WORKER = ["/bin/bash", SDK]


def lines(*messages):
    """Returns messages as the bytes of lines."""
    return b"".join(json.dumps(message, ensure_ascii=False).encode() + b"\n" for message in messages)


def hello(**fields):
    """Returns the hello for the app of a test."""
    return dict({"type": "hello", "protocols": [1], "app": "tried", "version": "1.0.0", "entry": "tried.sh"}, **fields)


def call(function, param=None, name="1"):
    """Returns a call."""
    return {"type": "call", "id": name, "function": function, "param": param, "timeout_ms": 60000}


def value(random, depth):
    """Returns a random JSON value."""
    kind = random.randrange(8 if depth else 6)
    if kind < 2:
        return "".join(random.choice("ab\u00fc\u4e16\U0001f9dd\"\\/\n\t {}[]:,*?$&\x7f") for _ in range(
            random.randrange(6)))
    if kind < 6:
        return (random.randrange(-99, 10 ** 12), random.random() * 10 ** random.randrange(-9, 25), None, True)[kind - 2]
    if kind == 6:
        return [value(random, depth - 1) for _ in range(random.randrange(4))]
    return {value(random, 0) if random.random() < 0.1 else random.choice("abcdef"): value(random, depth - 1)
            for _ in range(random.randrange(4))}


def mutated(random, text):
    """Returns a JSON text, in half of all cases with a letter less, more or another one."""
    for _ in range(random.choice((0, 0, 1, 2))):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(("", *"{}[]:,\"\\ 019-+.eEu\ntrue\u00fc\r")) + text[at + random.randrange(2):]
    return text


def unique(pairs):
    """Returns the object of some pairs, or fails when a key is there twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def constant(name):
    """Refuses NaN and infinities."""
    raise ValueError(name)


def is_json(text):
    """Returns whether Python's reader takes a text, strictly."""
    try:
        json.dumps(json.loads(text, object_pairs_hook=unique, parse_constant=constant), ensure_ascii=False).encode()
        return True
    except ValueError:
        return False


class AppTests(unittest.TestCase):
    """Each test writes an app and runs it in a real worker."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, files):
        for name, text in ({"tried.sh": files} if isinstance(files, (str, bytes)) else files).items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as handle:
                handle.write(text if isinstance(text, bytes) else text.encode())

    def run_app(self, files, *messages, secrets=None):
        self.write(files)
        with tempfile.TemporaryFile() as given:
            given.write(secrets or b"")
            given.seek(0)

            def place():
                os.dup2(given.fileno(), 3)
                os.set_inheritable(3, True)

            done = subprocess.run(
                WORKER, input=lines(*messages), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                    timeout=60,
                **({} if secrets is None else {"preexec_fn": place, "pass_fds": (3,)}))
        got = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
        return got, done.stderr.decode("utf-8", "replace"), done.returncode

    def function(self, body, param=None, **fields):
        """Runs an app with one function `f`; returns its answer, the log lines before it and what was printed."""
        got, printed, code = self.run_app("f() {\n%s\n}\n" % body, hello(**fields), call("f", param))
        self.assertEqual(code, 0, printed)
        self.assertEqual(got[-1]["type"], "result", printed)
        return got[-1], [message for message in got if message["type"] == "log"], printed

    def assertAnswers(self, source, *expected, isolation="resident"):
        """Runs the functions named in `expected` in order and compares flag, result and reason."""
        got, printed, code = self.run_app(
            source, hello(isolation=isolation), *[call(row[0], name=str(n)) for n, row in enumerate(expected)])
        self.assertEqual(code, 0, printed)
        answers = [message for message in got if message["type"] == "result"]
        self.assertEqual(
            [(row[0], answer["flag"], answer["result"], answer.get("reason")) for row,
                answer in zip(expected, answers)],
            [tuple(row) + (None,) * (4 - len(row)) for row in expected], printed)
        self.assertEqual([answer["id"] for answer in answers], [str(n) for n in range(len(expected))])

    # Answers

    def test_the_status_is_the_flag(self):
        self.assertAnswers(
            "yes() { :; }\nno() { return 1; }\nodd() { return 3; }\ngone() { no_such_program; }\n",
            ("yes", True, None), ("no", False, None), ("odd", False, "odd ended with the status 3", "exception"),
            ("gone", False, "gone ended with the status 127", "exception"))

    def test_the_last_result_counts(self):
        self.assertEqual(self.function("result one; result 'two  words' more")[0]["result"], "two  words more")
        self.assertEqual(self.function("result one; result_json '{\"a\":\n [1]}'")[0]["result"], {"a": [1]})

    def test_a_result_that_is_not_json_says_so(self):
        for text, cause in (
            ("", "ends too early"), ("{", "ends too early"), ("[1,]", "where it cannot be"), ("01", "is not JSON"),
            ("{\"a\":1,\"a\":2}", "is there twice"), ("9223372036854775808", "beyond 64 bits"), ("NaN", "is not JSON"),
            ("[1 2]", "without a comma"), ("\"a", "inside of a text"), ("1 2", "without a comma"),
                ("[1]]", "where none can be"),
            ("{1:2}", "where it cannot"), ("{\"a\"}", "where it cannot be"), ("[\"a\" \"b\"]", "where none can be"),
            ("[" * 64 + "]" * 64, "deeper than 63"), ("\"\\x\"", "escape"), ("\"\\ud800\"", "surrogate"),
                ("[}", "where it cannot"),
        ):
            answer = self.function("result_json '%s'" % text)[0]
            self.assertEqual((answer["flag"], answer["reason"]), (False, "exception"), text)
            self.assertIn(cause, answer["result"], text)

    def test_the_scanner_agrees_with_another_one(self):
        random = Random(7)
        texts = [mutated(random, json.dumps(value(random, 4), ensure_ascii=random.random() < 0.5)) for _ in range(600)]
        source = ("f() { local text; param text; if _elves_scan \"$text\" 63; then result_json true; "
            "else result_json false; fi; }\n")
        got, printed, code = self.run_app(source, hello(),
            *[call("f", {"text": text}, str(n)) for n, text in enumerate(texts)])
        self.assertEqual((code, printed), (0, ""))
        for text, answer in zip(texts, got[1:]):
            self.assertIs(answer["result"], is_json(text), repr(text))
        self.assertTrue(100 < sum(answer["result"] for answer in got[1:]) < 500)

    def test_any_json_is_sent_as_it_was(self):
        for text in ("9223372036854775807", "-9223372036854775808", "1.0", "1e400", "[ ]",
            "\"\\/\\u00e9\\ud83e\\udddd\"",
                     "{\"\":{\"\":[{},[],\"*\",\"?\"]}}", "{\"$(id)`]\":\"'\"}", "[\"@\",\"&\",\"\\\\\\\\\",\"\\\"\"]",
                     "12345678901234567890.5", "[1 , 2\t]", "\"%s %n\""):
            body = "result_json \"$1\""
            answer = self.function(body,
                json.loads(text, parse_float=lambda raw: 0.5) if "e4" in text else json.loads(text))[0]
            self.assertIs(answer["flag"], True, text)
        self.assertEqual(self.function("result_json \"$1\"", {"k]": {"*": ["[", "]", {"$x": "\\"}]}})[0]["result"],
                         {"k]": {"*": ["[", "]", {"$x": "\\"}]}})

    def test_text_that_is_not_utf8_is_replaced_and_logged(self):
        for raw, sent in ((r"caf\xe9", "caf\ufffd"), (r"\xe4\xb8\xad\xe4\xb8", "\u4e2d\ufffd\ufffd"),
                          (r"\xc0\xaf", "\ufffd\ufffd"), (r"\xed\xa0\x80!", "\ufffd" * 3 + "!"),
                          (r"\xf0\x9f\xa7\x9d\xff", "\U0001f9dd\ufffd")):
            answer, logged, _ = self.function("result $'%s'" % raw)
            self.assertEqual(answer["result"], sent)
            self.assertEqual(logged[0]["level"], "warning")

    def test_long_texts_are_escaped_whole(self):
        for text in ("\n\"\\\u00fc\t" * 2000, "\U0001f9dd" * 2000, "\\" * 9000, "\\u0041" * 2000, "a\\\u00e9b" * 1500):
            self.write("f() { local text; param text; result \"$text\"; }\n")
            given = json.dumps(hello()) + "\n" + json.dumps(
                call("f", {"text": text})) + "\n"  # with \\u for all beyond ASCII
            done = subprocess.run(WORKER, input=given.encode(), stdout=subprocess.PIPE, cwd=self.folder, check=True)
            self.assertEqual(json.loads(done.stdout.splitlines()[-1])["result"], text)

    def test_fail_and_bad_param_end_the_function_from_anywhere(self):
        deep = "one() { two; log 'not reached' error; }\ntwo() { printf 'a\\nb\\n' | while read -r l; do %s; done; }\n"
        self.assertAnswers(
            "a() { one; }\n" + deep % "fail \"at $l\"", ("a", False, "at a"), ("a", False, "at a"))
        self.assertAnswers(
            "a() { one; }\n" + deep % "bad_param no", ("a", False, "no", "bad-param"))

    # Functions that fail

    def test_exit_ends_the_function_and_not_the_worker(self):
        self.assertAnswers(
            "n=0\ncount() { n=$((n + 1)); result_json $n; }\nzero() { result x; exit 0; }\n"
                "one() { { exit 1; } >/dev/null; }\n"
            "four() { exit 4; }\nsub() { (exit 5) || result sub; }\n",
            ("count", True, 1), ("zero", True, "x"), ("one", False, None), ("sub", True, "sub"),
            ("four", False, "four ended with the status 4", "exception"), ("count", True, 2))

    def test_errexit_ends_the_function_and_the_app_begins_anew(self):
        source = ("set -euo pipefail\nn=0\ncount() { n=$((n + 1)); result_json $n; }\n"
                  "bad() { helper; }\nhelper() {\n  false\n  result x\n}\nno() { return 1; }\n"
                      "unset_one() { result \"$nope\"; }\n"
                  "needed() { : \"${nope:?is needed}\"; }\nparse() { eval 'if'; }\npiped() { false | true; }\n")
        failed = "%s failed with the status 1 at: %s"
        self.assertAnswers(
            source, ("count", True, 1), ("no", False, None), ("count", True, 2),
            ("bad", False, failed % ("bad", "line 6: false"), "exception"), ("count", True, 1),
            ("unset_one", False, failed % ("unset_one", "result \"$nope\""), "exception"), ("count", True, 1))
        got, _, _ = self.run_app(source, hello(), call("piped"), call("needed"), call("parse"))
        self.assertEqual([message["reason"] for message in got if message["type"] == "result"], ["exception"] * 3)

    def test_a_failure_is_logged(self):
        got, _, _ = self.run_app("set -e\nf() { false; }\n", hello(), call("f"))
        self.assertEqual((got[1]["type"], got[1]["level"], got[1]["id"]), ("log", "error", "1"))

    def test_the_app_begins_anew_with_its_secrets_and_the_lines_that_wait(self):
        source = ("set -u\nf() { local s; secret token s; cancelled || :; result \"$s$nope\"; }\n"
            "g() { secret token; result \"$token\"; }\n")
        got, _, code = self.run_app(
            source, hello(secrets_descriptor=3), *[call(name, name=str(n)) for n, name in enumerate("fgfg")],
            secrets=b'{"token":"hush \\"1\\""}\n')
        self.assertEqual(code, 0)
        answers = [message for message in got if message["type"] == "result"]
        self.assertEqual([answer["flag"] for answer in answers], [False, True, False, True])
        self.assertEqual(answers[3]["result"], 'hush "1"')
        self.assertEqual(sum(message["type"] == "ready" for message in got), 1)

    def test_a_failure_with_output_redirected_is_answered(self):
        self.assertAnswers("set -u\nf() { { echo \"$nope\"; } >/dev/null 2>&1; }\n", *[
            ("f", False, "f failed with the status 1", "exception")] * 2)

    # Parameters

    def test_param_sets_a_variable(self):
        body = ("local text number flag object none dry_run\n"
            "param text; param number; param flag; param object; param none gone\n"
                "param dry-run no\nresult \"$text|$number|$flag|$object|$none|$dry_run\"")
        param = {"text": "a\nb \"c\" \\ \u00fc", "number": -1.5, "flag": True, "object": {"a": [1, "\u00fc"]},
            "none": None,
                 "dry-run": "yes"}
        self.assertEqual(
            self.function(body, param)[0]["result"],
            'a\nb "c" \\ \u00fc|-1.5|true|{"a": [1, "\u00fc"]}|gone|yes'.replace('{"a": [1, ', '{"a":[1,'))

    def test_param_json_keeps_texts_quoted(self):
        self.assertEqual(self.function("local a; param_json a; result_json \"[$a]\"", {"a": "x\\"})[0]["result"],
            ["x\\"])

    def test_param_list_sets_an_array(self):
        body = "local items; param_list items; result \"${#items[@]}:${items[*]}\""
        self.assertEqual(self.function(body, {"items": ["a b", "", 1, "*", {"x": "y"}]})[0]["result"],
            '5:a b  1 * {"x":"y"}')
        self.assertEqual(self.function(body, {"items": []})[0]["result"], "0:")

    def test_what_is_missing_is_a_bad_param(self):
        for body in ("param name", "param_json name", "param_list name"):
            answer = self.function(body + "\nresult 'not reached'", {})[0]
            self.assertEqual(answer["reason"], "bad-param")
            self.assertIn('"name"', answer["result"])

    def test_a_nul_in_a_text_is_a_bad_param(self):
        answer = self.function("param t", {"t": "a\0b"})[0]
        self.assertEqual((answer["reason"], "NUL" in answer["result"]), ("bad-param", True))

    def test_names_that_are_no_variables_are_errors(self):
        for name in ("a b", "_elves_out", "1", "a[0]", ""):
            answer = self.function("param '%s' x" % name)[0]
            self.assertEqual(answer["reason"], "exception", name)

    def test_hostile_values_are_values(self):
        text = "$(touch hacked) `touch hacked` ${IFS} ; touch hacked & ' \" \\ * ~ %s \x7f \x01"
        got = self.function("local a; param a; eval \"[[ x == x ]]\"; result \"$a\"",
            {"a": text, "$(touch hacked)]": {text: text}})[0]
        self.assertEqual(got["result"], text)
        self.assertEqual(os.listdir(self.folder), ["tried.sh"])

    def test_an_unknown_function_is_not_a_command(self):
        got, _, _ = self.run_app("f() { :; }\n", hello(), call("touch hacked"), call("ls", name="2"),
            call("_elves_end", name="3"))
        self.assertEqual([message["reason"] for message in got[1:]], ["unknown-function"] * 3)
        self.assertEqual(os.listdir(self.folder), ["tried.sh"])

    # What an app may ask

    def test_secrets(self):
        source = ("f() { secret a-b; result \"$a_b\"; }\ng() { secret nope; }\n"
            "h() { ls /proc/self/fd; env; cat /proc/$$/cmdline; }\n")
        got, printed, _ = self.run_app(
            source, hello(secrets_descriptor=3), call("f"), call("g", name="2"), call("h", name="3"),
            secrets=b'{"a-b":"hush","c":""}')
        self.assertEqual(got[1]["result"], "hush")
        self.assertEqual(got[3]["reason"], "exception")
        self.assertRegex(got[3]["result"], "^there is no secret nope; there is (a-b,c|c,a-b)$")
        self.assertNotIn("hush", printed)

    def test_programs_do_not_get_the_private_descriptors(self):
        answer = self.function("local l; l=$(ls /proc/self/fd); result \"${l//$'\\n'/ }\"")[0]
        self.assertEqual(answer["result"], "0 1 2 3")

    def test_a_subshell_prints_and_does_not_answer(self):
        answer, logged, printed = self.function("(log inner; progress 5; result inner; cancelled || :); result outer")
        self.assertEqual((answer["result"], logged, printed), ("outer", [], "info: inner\n"))

    def test_the_last_part_of_a_pipeline_runs_in_the_worker(self):
        answer, logged, _ = self.function(
            "local n=0 l\nprintf '1\\n2\\n' | while read -r l; do n=$((n + l)); log \"$l\"; done\nresult $n")
        self.assertEqual((answer["result"], [line["message"] for line in logged]), ("3", ["1", "2"]))

    def test_a_level_that_there_is_not_is_an_error(self):
        answer, _, printed = self.function("log hello loud")
        self.assertIs(answer["flag"], False)
        self.assertIn("none of debug, info, warning, error", printed)

    def test_cancelled_after_a_cancel(self):
        source = "f() { until cancelled; do :; done; result 'half done'; return 1; }\n"
        got, _, _ = self.run_app(source, hello(), call("f"), {"type": "cancel", "id": "1"})
        self.assertEqual(got[-1],
            {"type": "result", "id": "1", "flag": False, "result": "half done", "reason": "cancelled"})

    def test_a_param_survives_the_looking_for_a_cancel(self):
        source = "f() { local a; cancelled || :; param a; result \"$a\"; }\n"
        got, _, _ = self.run_app(
            source, hello(), call("f", {"a": "one"}), call("f", {"a": "two"}, "2"), {"type": "cancel", "id": "2"},
            call("f", {"a": "two"}, "3"))
        self.assertEqual([message["result"] for message in got[1:]], ["one", "two", "two"])

    def test_the_end_of_input_cancels_nothing(self):
        self.assertIs(self.function("! cancelled && ! cancelled")[0]["flag"], True)

    def test_deadline_and_version(self):
        got, _, _ = self.run_app(
            "f() { deadline; result_json $REPLY; }\ng() { app_version; result \"$REPLY\"; }\n", hello(),
            {"type": "call", "id": "1", "function": "f"}, dict(call("f", name="2"), timeout_ms=1500.5),
                call("g", name="3"))
        self.assertEqual(got[1]["result"], 2147483647)
        self.assertTrue(1000 < got[2]["result"] <= 1501, got)
        self.assertEqual(got[3]["result"], "1.0.0")

    # Loading

    def test_an_app_that_cannot_be_loaded_ends_with_70(self):
        for files, text in (
            ({}, "is not a file of the app"), ("exit 3", "status 3"), ("set -e\nfalse\nf() { :; }", "status 1"),
            ("set -u\nx=$nope", "status"),
        ):
            got, _, code = self.run_app(files, hello(), call("f"))
            self.assertEqual(([message["type"] for message in got], code), (["log"], 70), text)
            self.assertEqual(got[0]["level"], "error")
            self.assertIn(text, got[0]["message"])

    def test_functions_are_those_of_the_entry(self):
        files = {"src/tried.sh": ". src/lib.sh\nset -f\nb() { helper; }\n_private() { :; }\n"
            "set() { result mine; }\ntest() { [[ 1 ]]; }\n",
                 "src/lib.sh": "helper() { result \"$-\"; }\n"}
        got, _, _ = self.run_app(
            files, hello(entry="src/tried.sh"), call("b"), call("helper", name="2"), call("set", name="3"),
                call("test", name="4"))
        self.assertEqual(got[0]["functions"], ["b", "set", "test"])
        self.assertIn("f", got[1]["result"])
        self.assertEqual([message["flag"] for message in got[2:]], [False, True, True])

    def test_what_the_app_declares_is_global(self):
        self.assertAnswers("declare -A map=([a]=1)\nlist=(x y)\nf() { result \"${map[a]}${list[1]}\"; }\n",
            ("f", True, "1y"))

    def test_options_and_ifs_of_the_app_stay_its_own(self):
        source = ("set -euf -o pipefail\nIFS=$'\\n\\t'\nshopt -s nullglob nocasematch\n"
                  "f() { local a; param a; result \"$-|${#IFS}|$a\"; }\n")
        got, printed, code = self.run_app(source, hello(),
            *[call("f", {"a": "x y", "B": [1, {"c": "d"}]}, str(n)) for n in range(3)])
        self.assertEqual((code, printed), (0, ""))
        for message in got[1:]:
            self.assertRegex(message["result"], r"^[a-zA-Z]*e[a-zA-Z]*f[a-zA-Z]*u[a-zA-Z]*\|2\|x y$")

    # Hosts that go away, and the rate of progress

    def test_a_host_that_has_gone_ends_the_worker_with_74(self):
        self.write("f() { :; }\n")
        worker = subprocess.Popen(WORKER, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        worker.stdout.close()
        worker.stdin.write(lines(hello()))
        worker.stdin.flush()
        self.assertEqual(worker.wait(60), 74)
        worker.stdin.close()

    def test_ten_progress_lines_a_second_and_the_last_one(self):
        # A clock of the test's own: SDK and app see the time that the variable says.
        source = ("unset EPOCHREALTIME\nEPOCHREALTIME=1000.000000\n"
                  "f() {\n  local n\n  for ((n = 0; n <= 100; n++)); do\n    progress $n\n"
                  "    printf -v EPOCHREALTIME '1000.%06d' $((n * 9999))\n  done\n}\n")
        got, _, _ = self.run_app(source, hello(), call("f"))
        percents = [message["percent"] for message in got if message["type"] == "progress"]
        self.assertEqual((percents[0], percents[-1]), (0, 100))
        self.assertTrue(10 <= len(percents) <= 12, percents)

    def test_progress_is_clamped(self):
        source = ("unset EPOCHREALTIME\nEPOCHREALTIME=1000.000000\n"
            "f() { local p; for p in -1 33.333 1000 007 08.50; do progress $p; "
                "EPOCHREALTIME=$((${EPOCHREALTIME%.*} + 1)).000000; done; progress x || :; }\n")
        got, _, _ = self.run_app(source, hello(), call("f"))
        self.assertEqual([message["percent"] for message in got if message["type"] == "progress"],
            [0, 33.3, 100, 7, 8.5])

    def test_a_long_log_line_is_cut_between_characters(self):
        for shift in range(4):
            source = ("f() { local t=%s\n while ((${#t} < 9000)); do t+=$'\\xf0\\x9f\\xa7\\x9d'; done; "
                "log \"$t\"; }\n" % ("x" * shift))
            got, _, _ = self.run_app(source, hello(limits={"line_bytes": 4000, "depth": 64}), call("f"))
            self.assertRegex(got[1]["message"], "^x*\U0001f9dd+\\.\\.\\. \\(cut, 900[0-9] bytes in all\\)$")

    # Between two calls

    def test_a_process_left_by_a_call_holds_nothing_up(self):
        source = ("n=0\nf() { n=$((n + 1)); (while read -r -t 20 -u 0 _ || [[ -e go ]]; "
            "do sleep 0.05; done) & "
                  "result $n; }\n")
        # The processes that are left end when the folder goes, and with it this file.
        self.write({"tried.sh": source, "go": ""})
        worker = subprocess.Popen(
            WORKER, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                bufsize=0)
        self.addCleanup(worker.stdout.close)
        worker.stdin.write(lines(hello(), call("f"), call("f", name="2"), {"type": "bye"}))
        answers = [json.loads(worker.stdout.readline()) for _ in range(3)]
        self.assertEqual([answer["result"] for answer in answers[1:]], ["1", "2"])
        self.assertEqual(worker.wait(60), 0)
        worker.stdin.close()

    def test_lines_read_ahead_by_a_call_are_answered(self):
        source = "f() { cancelled || :; local a; param a; result ${#a}; }\n"
        calls = [call("f", {"a": "x" * size}, str(size)) for size in (1, 100000, 2, 300000, 3)]
        got, _, code = self.run_app(source, hello(), *calls, {"type": "bye"})
        self.assertEqual(code, 0)
        self.assertEqual([message["result"] for message in got[1:]], ["1", "100000", "2", "300000", "3"])

    def test_a_zygote_is_refused_by_name(self):
        got, _, code = self.run_app("f() { result 1; }\n", hello(isolation="zygote"), call("f"))
        self.assertEqual(([(message["type"], message["level"]) for message in got], code), ([("log", "error")], 65))
        self.assertIn("zygote", got[0]["message"])

    # Without a host

    def test_an_app_can_be_tried_without_a_host(self):
        self.write("f() { local n; param n World; log \"hi $n\"; progress 5; cancelled && return 1; "
            "result \"Hello, $n!\"; }\ng() { exit 3; }\n")
        script = ". %s\n. ./tried.sh\nelves_try f '{\"n\":\"Ada\"}'\nelves_try f\nelves_try g\n" % SDK
        done = subprocess.run(["/bin/bash", "-c", script], cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([answer["result"] for answer in answers],
            ["Hello, Ada!", "Hello, World!", "g ended with the status 3"])
        self.assertIn(b"info: hi Ada\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
