"""Answers `good` or `bad` for each line of a file: an object with a schema and a value. See SchemaDifferentialTests."""

import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as cases:
    for line in cases:
        case = json.loads(line)
        Draft202012Validator.check_schema(case["schema"])
        print("good" if Draft202012Validator(case["schema"]).is_valid(case["value"]) else "bad")
