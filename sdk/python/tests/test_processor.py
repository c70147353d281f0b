"""The processor: every fixture, and the example as a real HTTP server."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import support  # noqa: E402

from elves.processor import BadSecret, Delivery, Instruction, Outcome, Processor, Refused  # noqa: E402

FIXTURES = os.path.join(support.PROTOCOL, "processor", "fixtures")
SCHEMA = os.path.join(support.PROTOCOL, "processor", "schema", "task-finished.json")
EXAMPLE = os.path.join(os.path.dirname(support.TESTS), "examples", "processor.py")
SECRET = "whsec_" + base64.b64encode(b"a secret of the test's own").decode()


def fixture(name):
    """Returns a fixture and its body as bytes."""
    with open(os.path.join(FIXTURES, name + ".json"), encoding="utf-8") as handle:
        case = json.load(handle)
    encoded = case.get("body_base64")
    return case, case["body"].encode() if encoded is None else base64.b64decode(encoded)


def verdict(case, body):
    """Returns what the SDK makes of a fixture, in the words of the fixtures."""
    try:
        delivery = Processor(case["secrets"]).receive(case["headers"], body, case["now"])
    except BadSecret as error:
        for secret in case["secrets"]:
            assert secret[6:] not in str(error) or not secret[6:], "the text repeats the secret"
        return {"verdict": "refused", "cause": "secret"}
    except Refused as refusal:
        return {"verdict": "refused", "cause": refusal.cause}
    if delivery.outcome is None:
        return {"verdict": "ignored", "id": delivery.id, "type": delivery.type}
    data = delivery.outcome._asdict()
    data["instruction"] = data["instruction"]._asdict()
    data["flag"] = {True: 1, False: 0, None: -1}[data["flag"]]
    return {"verdict": "accepted", "id": delivery.id, "type": delivery.type, "data": data}


class FixtureTests(unittest.TestCase):
    """One test for each fixture."""

    maxDiff = None

    def test_there_are_fixtures(self):
        self.assertGreaterEqual(len(NAMES), 25)

    def test_what_is_accepted_is_valid_by_the_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs jsonschema")
        with open(SCHEMA, encoding="utf-8") as handle:
            validator = jsonschema.Draft202012Validator(json.load(handle))
        for name in NAMES:
            case, body = fixture(name)
            if case["expect"]["verdict"] == "accepted":
                self.assertEqual(list(validator.iter_errors(json.loads(body))), [], name)
            elif name.startswith("body-") and case["expect"]["cause"] == "body":
                try:
                    message = json.loads(body)
                except ValueError:
                    continue  # not JSON at all
                # What JSON itself allows and we do not is beyond a schema.
                if name.split("-", 1)[1] not in ("duplicate-key", "duplicate-key-escaped", "nan", "half-a-surrogate",
                                                 "too-deep"):
                    self.assertFalse(validator.is_valid(message), name)


NAMES = sorted(name[:-len(".json")] for name in os.listdir(FIXTURES))

for _name in NAMES:
    def _test(self, name=_name):
        case, body = fixture(name)
        self.assertEqual(verdict(case, body), case["expect"], case["about"])

    setattr(FixtureTests, "test_" + _name.replace("-", "_"), _test)


class ReceiveTests(unittest.TestCase):
    def test_an_author_gets_instruction_flag_result_and_cost(self):
        case, body = fixture("finished-true")
        self.assertEqual(Processor(case["secrets"]).receive(case["headers"], body, case["now"]), Delivery(
            case["expect"]["id"], "task.finished", Outcome(
                Instruction("9778EE12A999086A", "10.0.0.8", "3502F22051081B17", "queue", "apptest", "1.0.0",
                            "helloword", {"my": "toryzen"}, 90),
                True, "toryzen", None, 12)))

    def test_no_answer_is_neither_true_nor_false(self):
        case, body = fixture("finished-without-an-answer")
        outcome = Processor(case["secrets"]).receive(case["headers"], body, case["now"]).outcome
        self.assertEqual((outcome.flag, outcome.reason), (None, "timeout"))

    def test_headers_may_be_pairs_and_one_that_is_there_twice_is_refused(self):
        case, body = fixture("finished-true")
        processor = Processor(case["secrets"])
        pairs = list(case["headers"].items())
        self.assertTrue(processor.receive(pairs, body, case["now"]).outcome.flag)
        for pair in pairs:
            with self.assertRaises(Refused) as caught:
                processor.receive(pairs + [(pair[0].upper(), pair[1])], body, case["now"])
            self.assertEqual((caught.exception.cause, pair[0] in str(caught.exception)), ("bad-header", True))

    def test_the_systems_clock_is_used(self):
        body = fixture("finished-true")[1]
        with self.assertRaisesRegex(Refused, "are both clocks right"):
            Processor([SECRET]).receive(signed(body, int(time.time()) - 400), body)
        self.assertTrue(Processor([SECRET]).receive(signed(body), body).outcome.flag)


def signed(body, seconds=None, identifier="msg_1", secret=SECRET):
    """Returns the headers of a body."""
    stamp = str(int(time.time()) if seconds is None else seconds)
    key = base64.b64decode(secret[6:])
    digest = hmac.new(key, ("%s.%s." % (identifier, stamp)).encode() + body, hashlib.sha256).digest()
    return {"webhook-id": identifier, "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(digest).decode()}


class ExampleTests(unittest.TestCase):
    """The example, started as its users start it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.body = fixture("finished-true")[1]

    def start(self):
        server = subprocess.Popen(
            [sys.executable, "-B", EXAMPLE, "--listen", "127.0.0.1:0"], cwd=self.folder, text=True,
            env={"ELVES_PROCESSOR_SECRETS": "whsec_b3RoZXI= " + SECRET}, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        self.port = int(server.stdout.readline().rpartition(":")[2])
        return server

    def post(self, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/elves", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def test_an_outcome_is_printed_once_however_often_it_comes(self):
        server = self.start()
        for _ in range(2):
            self.assertEqual(self.post(self.body, signed(self.body)), (204, ""))
        self.assertEqual(self.post(self.body, signed(self.body, identifier="msg_2"))[0], 204)
        line = 'apptest 1.0.0 helloword on 10.0.0.8: true in 12 ms: "toryzen"\n'
        self.assertEqual([server.stdout.readline() for _ in range(2)], [line, line])
        server.terminate()
        self.assertEqual(server.stdout.read(), "")

    def test_it_knows_after_a_restart_what_it_has_handled(self):
        server = self.start()
        self.assertEqual(self.post(self.body, signed(self.body))[0], 204)
        self.assertIn("toryzen", server.stdout.readline())
        server.terminate()
        self.assertEqual(server.wait(), 0)
        server = self.start()
        self.assertEqual(self.post(self.body, signed(self.body))[0], 204)
        server.terminate()
        self.assertEqual(server.stdout.read(), "")

    def test_what_is_refused_gets_400_and_what_is_not_known_204(self):
        server = self.start()
        self.assertEqual(self.post(self.body + b" ", signed(self.body)), (400, "refused: signature\n"))
        self.assertEqual(self.post(self.body, {}), (400, "refused: missing-header\n"))
        self.assertEqual(self.post(self.body, signed(self.body, 1000)), (400, "refused: time\n"))
        self.assertEqual(self.post(b"{}", signed(b"{}")), (400, "refused: body\n"))
        other = b'{"type":"agent.joined"}'
        self.assertEqual(self.post(other, signed(other)), (204, ""))
        server.terminate()
        self.assertEqual(server.stdout.read(), "")

    def test_a_body_beyond_the_limit_is_not_read(self):
        self.start()
        self.assertEqual(self.post(b"", {"content-length": str(64 << 20)})[0], 413)

    def test_it_does_not_start_without_a_secret(self):
        for secrets in ("", "token"):
            done = subprocess.run(
                [sys.executable, "-B", EXAMPLE, "--listen", "127.0.0.1:0"], cwd=self.folder, text=True,
                env={"ELVES_PROCESSOR_SECRETS": secrets}, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2)
            self.assertIn("ELVES_PROCESSOR_SECRETS", done.stderr)


if __name__ == "__main__":
    unittest.main()
