"""Every protocol fixture, with the input at once and byte by byte; the schemas, where `jsonschema` is there."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import replay  # noqa: E402


class FixtureTests(unittest.TestCase):
    maxDiff = None

    def check(self, case, got, code):
        _, expected, expected_code = replay.fixture(case)
        if not replay.matches(expected, got):
            self.assertEqual(expected, got)
        self.assertEqual(expected_code, code)

    def test_there_are_fixtures(self):
        self.assertGreaterEqual(len(replay.cases()), 20)


def add(case):
    def at_once(self):
        got, _, code = replay.run(replay.fixture(case)[0])
        self.check(case, got, code)

    def byte_by_byte(self):
        given = replay.fixture(case)[0]
        if len(given) > 4000:
            self.skipTest("long input, only at once")
        worker = subprocess.Popen(
            replay.WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=replay.CONFORMANCE, bufsize=0)
        with worker:
            try:
                for index in range(len(given)):
                    worker.stdin.write(given[index:index + 1])
            except BrokenPipeError:
                pass  # the worker has refused the input and is gone
            worker.stdin.close()
            output = worker.stdout.read()
        self.check(case, replay.messages(output), worker.returncode)

    name = case.replace("-", "_")
    setattr(FixtureTests, "test_%s_at_once" % name, at_once)
    setattr(FixtureTests, "test_%s_byte_by_byte" % name, byte_by_byte)


for _case in replay.cases():
    add(_case)


class SchemaTests(unittest.TestCase):
    def schemas(self):
        folder = os.path.join(replay.PROTOCOL, "schema")
        schemas = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as handle:
                schemas[name[:-len(".json")]] = json.load(handle)
        return schemas

    def test_there_is_a_schema_for_each_message(self):
        self.assertEqual(
            sorted(self.schemas()), ["bye", "call", "cancel", "hello", "log", "progress", "ready", "result"])
        for name, schema in self.schemas().items():
            self.assertEqual(schema["properties"]["type"], {"const": name})
            self.assertNotIn("additionalProperties", schema)

    def test_every_message_of_the_fixtures_is_valid(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs jsonschema")
        validators = {}
        for name, schema in self.schemas().items():
            jsonschema.Draft202012Validator.check_schema(schema)
            validators[name] = jsonschema.Draft202012Validator(schema)
        for case in replay.cases():
            given, _, code = replay.fixture(case)
            sent = [] if code else [json.loads(line) for line in given.split(b"\n") if line[:1] == b"{"]
            for message in sent + replay.run(given)[0]:
                errors = [error.message for error in validators[message["type"]].iter_errors(message)]
                self.assertEqual(errors, [], (case, message))

    def test_the_schemas_refuse_what_the_worker_refuses(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs jsonschema")
        schemas = self.schemas()
        for case in ("id-missing", "id-not-a-text", "function-missing", "function-not-a-text"):
            message = json.loads(replay.fixture("hostile-" + case)[0].split(b"\n")[2])
            self.assertFalse(jsonschema.Draft202012Validator(schemas["call"]).is_valid(message), case)


if __name__ == "__main__":
    unittest.main()
