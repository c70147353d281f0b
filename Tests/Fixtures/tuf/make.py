"""make.py FOLDER: writes all scenarios into a new folder, and their names into names.json."""

import json
import sys

import delegations
import hostile
import workflow
from script import SCENARIOS, Script


def main(folder):
    for name, make in SCENARIOS.items():
        script = Script(f"{folder}/{name}")
        make(script)
        script.finish()
    with open(f"{folder}/names.json", "w", encoding="utf-8") as file:
        json.dump({"names": list(SCENARIOS)}, file)


if __name__ == "__main__":
    # Named here so that no import looks unused: importing is what registers the scenarios.
    assert delegations and hostile and workflow
    main(sys.argv[1])
