"""Every protocol fixture, with the input at once and byte by byte."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import support  # noqa: E402
from support import replay  # noqa: E402


class FixtureTests(unittest.TestCase):
    """One test for each case and way of feeding."""

    def test_there_are_fixtures(self):
        self.assertGreaterEqual(len(replay.cases()), 80)


def add(name, feed):
    def test(self):
        case = replay.Case(name)
        outcome = replay.run(support.WORKER, support.CONFORMANCE, replay.FEEDS[feed](case.input()), case.secrets)
        self.assertIsNone(replay.judge(case, outcome))

    setattr(FixtureTests, "test_%s_%s" % (name.replace("-", "_"), feed.replace(" ", "_")), test)


for _name in replay.cases():
    for _feed in replay.FEEDS:
        add(_name, _feed)


if __name__ == "__main__":
    unittest.main()
