"""The schemas of the worker protocol against the fixtures; needs `jsonschema`, and is skipped without it."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import replay  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None


def schemas():
    """Returns the schemas by name of message."""
    folder = os.path.join(replay.PROTOCOL, "schema")
    read = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as handle:
            read[name[:-len(".json")]] = json.load(handle)
    return read


class SchemaTests(unittest.TestCase):
    def test_there_is_a_schema_for_each_message(self):
        self.assertEqual(
            sorted(schemas()), ["bye", "call", "cancel", "hello", "log", "progress", "ready", "result"])
        for name, schema in schemas().items():
            self.assertEqual(schema["properties"]["type"], {"const": name})
            self.assertNotIn("additionalProperties", schema)

    def test_the_hello_of_the_schema_has_every_field_of_the_fixtures(self):
        known = set(schemas()["hello"]["properties"])
        named = set()
        for name in replay.cases():
            case = replay.Case(name)
            first = case.given.split(b"\n")[0]
            if case.code == 0 and first and "unknown" not in name:
                named |= json.loads(first).keys()
        self.assertEqual(named - known, set())

    @unittest.skipUnless(jsonschema, "needs jsonschema")
    def test_every_message_of_the_fixtures_is_valid(self):
        validators = {}
        for name, schema in schemas().items():
            jsonschema.Draft202012Validator.check_schema(schema)
            validators[name] = jsonschema.Draft202012Validator(schema)
        for name in replay.cases():
            case = replay.Case(name)
            given = [] if case.code else [
                json.loads(line) for line in case.given.split(b"\n") if line[:1] == b"{"]
            # A star stands for a text in every message but `ready`, where it stands for the names of the SDK.
            for message in given + case.expected:
                errors = [error.message for error in validators[message["type"]].iter_errors(message)]
                self.assertEqual(errors, [], (name, message))

    @unittest.skipUnless(jsonschema, "needs jsonschema")
    def test_the_schemas_refuse_what_a_worker_refuses(self):
        for name, line in (
            ("hostile-id-missing", 2), ("hostile-id-not-a-text", 2), ("hostile-function-missing", 2),
            ("hostile-function-not-a-text", 2), ("hostile-isolation-unknown", 0), ("hostile-isolation-not-a-text", 0),
            ("hostile-scratch-not-a-text", 0), ("hostile-secrets-descriptor-not-a-number", 0),
            ("hostile-secrets-descriptor-of-the-protocol", 0),
        ):
            message = json.loads(replay.Case(name).given.split(b"\n")[line])
            self.assertFalse(jsonschema.Draft202012Validator(schemas()[message["type"]]).is_valid(message), name)


if __name__ == "__main__":
    unittest.main()
