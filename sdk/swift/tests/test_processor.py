"""The example of a processor, over HTTP, signed by another implementation."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
import unittest

import support

KEY, OLD = b"a key of the test's own", b"the key before"
DATA = {
    "instruction": {
        "id": "9778EE12A999086A", "ip": "10.0.0.8", "agent": "3502F22051081B17", "mode": "queue", "app": "apptest",
        "version": "1.0.0", "function": "helloword", "param": {"my": "toryzen"}, "timeout": 90},
    "flag": 1, "result": {"said": "toryzen"}, "reason": None, "cost_ms": 12}


def headers(identifier, body, key=KEY, at=None):
    """Returns the headers of Standard Webhooks."""
    at = str(int(time.time()) if at is None else at)
    code = hmac.new(key, ("%s.%s." % (identifier, at)).encode() + body, hashlib.sha256).digest()
    return {
        "Webhook-Id": identifier, "Webhook-Timestamp": at,
        "Webhook-Signature": "v1,%s" % base64.b64encode(code).decode()}


class ProcessorTests(unittest.TestCase):
    """One running example for each test."""

    @classmethod
    def setUpClass(cls):
        cls.program = support.built(os.path.join("examples", "processor"), "processor")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        secrets = os.path.join(folder.name, "secrets")
        with open(secrets, "w") as handle:
            for key in (KEY, OLD):
                handle.write("whsec_%s\n" % base64.b64encode(key).decode())
        self.process = subprocess.Popen([self.program, "0", secrets], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.port = int(self.process.stdout.readline().rpartition(":")[2])

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def post(self, body, fields, method="POST"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, "/elves", body, fields)
            return connection.getresponse().status
        finally:
            connection.close()

    def printed(self):
        return self.process.stdout.readline()

    def test_an_outcome_is_handled_once_however_often_it_comes(self):
        body = json.dumps({"type": "task.finished", "data": DATA}).encode()
        self.assertEqual([self.post(body, headers("msg_1", body)) for _ in range(3)], [204] * 3)
        self.assertEqual(self.post(body, headers("msg_2", body, OLD)), 204)
        line = self.printed()
        self.assertIn('apptest@1.0.0 helloword on 10.0.0.8: flag true, {"said":"toryzen"}', line)
        self.assertEqual(self.printed(), line)
        # Had the repetitions been handled, this would not be the third line.
        self.assertEqual(self.post(body, headers("msg_3", body, b"wrong")), 400)
        self.assertTrue(self.printed().startswith("refused: no signature fits"))

    def test_what_is_not_signed_now_and_well_is_refused(self):
        body = json.dumps({"type": "task.finished", "data": DATA}).encode()
        self.assertEqual(self.post(body + b" ", headers("msg_1", body)), 400)
        self.assertTrue(self.printed().startswith("refused: no signature fits"))
        self.assertEqual(self.post(body, headers("msg_1", body, at=int(time.time()) - 400)), 400)
        self.assertIn("in the past, 300 are allowed", self.printed())
        self.assertEqual(self.post(body, {}), 400)
        self.assertIn("webhook-id is missing", self.printed())
        self.assertEqual(self.post(None, {}, "GET"), 405)

    def test_an_unknown_type_is_answered_like_a_handled_one(self):
        body = b'{"type":"agent.joined"}'
        self.assertEqual(self.post(body, headers("msg_1", body)), 204)

    def test_what_is_no_request_does_no_harm(self):
        for text in (b"\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"x" * 20000,
                     b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
                     b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as client:
                client.sendall(text)
                client.shutdown(socket.SHUT_WR)
                self.assertIn(b" 400 ", client.recv(4096))
        body = b'{"type":"agent.joined"}'
        self.assertEqual(self.post(body, headers("msg_1", body)), 204)


if __name__ == "__main__":
    unittest.main()
