"""The functions in a real worker, against a server, a proxy and an authority of the test's own."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import servers  # noqa: E402

APP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HELLO = {"type": "hello", "protocols": [1], "app": "webcheck", "version": "1.0.0", "entry": "bin/webcheck.exe"}


class Worker:
    """One worker of the app."""

    def __init__(self, proxy=None):
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        if proxy:
            environment["ELVES_PROXY"] = proxy
        self.process = subprocess.Popen(
            ["mono", "--debug", "bin/webcheck.exe"], cwd=APP, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment)
        self.send(HELLO)
        self.ready = self.line()

    def send(self, message):
        """Writes a message."""
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def line(self):
        """Reads a message."""
        return json.loads(self.process.stdout.readline())

    def call(self, function, param):
        """Calls a function and returns its answer and the messages before it."""
        self.send({"type": "call", "id": "1", "function": function, "param": param, "timeout_ms": 60000})
        return self.answer()

    def answer(self):
        """Reads to the result."""
        before = []
        while True:
            message = self.line()
            if message["type"] == "result":
                return message, before
            before.append(message)

    def close(self):
        """Ends the worker."""
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(60)


class WebcheckTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["sh", "build.sh"], cwd=APP, check=True)
        cls.folder = tempfile.TemporaryDirectory(prefix="webcheck")
        plain = servers.start()
        secure = servers.start(servers.authority(cls.folder.name))
        # A port that nobody listens at, and that nobody else gets while it is bound.
        cls.taken = socket.socket()
        cls.taken.bind(("127.0.0.1", 0))
        path = os.path.join(cls.folder.name, "proxy.sock")
        cls.proxy = servers.Proxy(path, {
            "plain.test:80": plain.server_address[1], "secure.test:443": secure.server_address[1],
            "other.test:443": secure.server_address[1], "plain.test:443": plain.server_address[1],
            "down.test:80": cls.taken.getsockname()[1]})
        cls.authorities = os.path.join(cls.folder.name, "ca.pem")
        cls.worker = Worker(path)
        cls.servers = (plain, secure)

    @classmethod
    def tearDownClass(cls):
        servers.Pages.release.set()
        cls.worker.close()
        cls.proxy.close()
        cls.taken.close()
        for server in cls.servers:
            server.shutdown()
            server.server_close()
        cls.folder.cleanup()

    def check(self, url, **expectations):
        return self.worker.call("check", dict(expectations, url=url))[0]

    def problems(self, url, **expectations):
        answer = self.check(url, **expectations)
        self.assertIs(answer["flag"], not answer["result"]["problems"], answer)
        self.assertIs(answer["result"]["ok"], answer["flag"])
        return answer["result"]["problems"]

    def test_functions(self):
        self.assertEqual(self.worker.ready["functions"], ["check", "check_all"])

    def test_an_answer_is_measured(self):
        result = self.check("http://plain.test/")["result"]
        self.assertEqual((result["status"], result["bytes"], result["redirect"]), (200, 19, None))
        self.assertTrue(0 < result["connect_ms"] <= result["first_byte_ms"] <= result["total_ms"] < 10000, result)
        self.assertIsNone(result["certificate"])

    def test_the_status(self):
        self.assertEqual(self.problems("http://plain.test/missing"), ["the status is 404"])
        self.assertEqual(self.problems("http://plain.test/missing", status=404), [])
        self.assertEqual(self.problems("http://plain.test/missing", status=[200, 404]), [])
        self.assertEqual(self.problems("http://plain.test/", status=204), ["the status is 200, expected 204"])

    def test_the_text(self):
        self.assertEqual(self.problems("http://plain.test/", text="geöffnet"), [])
        self.assertEqual(self.problems("http://plain.test/", text="wir haben geöffnet"), [])
        self.assertEqual(self.problems("http://plain.test/", text="zu"), ["the text 'zu' is not there"])

    def test_the_redirect(self):
        self.assertEqual(self.problems("http://plain.test/moved", redirect="https://secure.test/"), [])
        self.assertEqual(
            self.problems("http://plain.test/moved", redirect="https://x/"),
            ["the redirect leads to https://secure.test/, expected https://x/"])
        self.assertEqual(
            self.problems("http://plain.test/", redirect="https://x/"),
            ["the redirect leads to nowhere, expected https://x/"])

    def test_the_time(self):
        self.assertRegex(self.problems("http://plain.test/", max_ms=0)[0], r"^it took [\d.]+ ms, expected at most 0$")

    def test_bodies_of_every_kind(self):
        self.assertEqual(self.check("http://plain.test/chunked", text="haben ge")["result"]["bytes"], 12)
        self.assertEqual(self.problems("http://plain.test/to-the-end", text="geöffnet"), [])
        self.assertEqual(self.problems("http://plain.test/cut-off"), ["the server's answer ends too early"])
        self.assertEqual(self.problems("http://plain.test/no-http"), ["the server answers with what is no HTTP/1"])
        self.assertEqual(
            self.problems("http://plain.test/nothing"), ["the server closes the connection without an answer"])

    def test_a_large_body_is_cut(self):
        result = self.check("http://plain.test/large", text="y")["result"]
        self.assertEqual((result["bytes"], result["cut"]), (4 << 20, True))
        self.assertEqual(result["problems"], ["the text 'y' is not there (in the first 4194304 bytes)"])

    def test_path_and_host_arrive(self):
        self.assertEqual(self.problems("http://plain.test/echo?a=b%20c", text="plain.test"), [])

    def test_a_server_that_does_not_answer(self):
        self.assertEqual(
            self.problems("http://plain.test/never", timeout=0.3), ["no whole answer within 0.3 s"])

    def test_a_certificate(self):
        result = self.check("https://secure.test/", authorities=self.authorities)["result"]
        self.assertEqual(result["problems"], [])
        certificate = result["certificate"]
        self.assertEqual(
            (certificate["days_left"], certificate["subject"], certificate["issuer"]),
            (19, "CN=secure.test", "CN=Authority of a test"))

    def test_a_certificate_that_ends_too_soon(self):
        self.assertEqual(
            self.problems("https://secure.test/", authorities=self.authorities, min_days=20),
            ["the certificate has 19 days left, expected at least 20"])

    def test_a_certificate_that_is_not_trusted(self):
        self.assertEqual(
            self.problems("https://secure.test/"),
            ["the certificate is not trusted: unable to get local issuer certificate"])
        self.assertEqual(
            self.problems("https://other.test/", authorities=self.authorities),
            ["the certificate is not trusted: Hostname mismatch"])

    def test_authorities_that_are_not_there(self):
        self.assertIn("there is no file /none.pem", self.problems("https://secure.test/", authorities="/none.pem")[0])

    def test_a_server_without_encryption(self):
        self.assertIn("no encrypted connection", self.problems("https://plain.test/")[0])

    def test_what_is_not_granted(self):
        self.assertEqual(self.problems("http://secret.test:8080/"), [
            "the host does not grant secret.test:8080: list it under sandbox.network in app.yaml and grant it, "
            "--grant network:secret.test:8080"])
        self.assertIn("secret.test:8080", self.proxy.asked)

    def test_a_server_that_is_down(self):
        self.assertEqual(
            self.problems("http://down.test/"), ["no connection with down.test:80: the proxy says 502 Bad Gateway"])

    def test_parameters_are_looked_at(self):
        for param, text in (
            ({}, "url is missing: pass a text"),
            ({"url": "plain.test"}, "http:// or https://"),
            ({"url": "file:///etc/passwd"}, "http:// or https://"),
            ({"url": "http://user:word@plain.test/"}, "without a user name"),
            ({"url": "http://plain.test/", "status": "200"}, 'status is "200": pass a list'),
            ({"url": "http://plain.test/", "timeout": 61}, "timeout is 61: pass seconds above 0, at most 60"),
            ({"url": "http://plain.test/", "timeout": 0}, "timeout is 0: pass seconds above 0"),
        ):
            answer, _ = self.worker.call("check", param)
            self.assertEqual(answer["reason"], "bad-param", param)
            self.assertIn(text, answer["result"])

    def test_line_breaks_do_not_get_into_a_request(self):
        for url in ("http://plain.test/a\r\nX: y", "http://plain.test/\u00e4"):
            answer, _ = self.worker.call("check", {"url": url})
            if answer.get("reason") != "bad-param":  # the address may also be escaped
                self.assertEqual(answer["result"]["status"], 200)

    def test_many_in_order(self):
        checks = ["http://plain.test/", {"url": "http://plain.test/missing"}, "http://plain.test/moved"] * 5
        answer, before = self.worker.call("check_all", {"checks": checks, "parallel": 8})
        self.assertIs(answer["flag"], False)
        self.assertEqual((answer["result"]["checked"], answer["result"]["failed"]), (15, 5))
        self.assertEqual([one["status"] for one in answer["result"]["results"]], [200, 404, 301] * 5)
        self.assertEqual(before[-1]["percent"], 100)
        self.assertEqual(before[-1]["message"], "15 of 15 checked")

    def test_many_that_are_all_well(self):
        answer, _ = self.worker.call("check_all", {"checks": ["http://plain.test/"] * 3})
        self.assertIs(answer["flag"], True)

    def test_no_more_at_a_time_than_asked(self):
        for param, text in (
            ({"checks": []}, "checks is []: pass a list of 1 to 1000 addresses"),
            ({"checks": ["http://plain.test/"], "parallel": 17}, "parallel is 17: pass an integer from 1 to 16"),
            ({"checks": ["http://plain.test/", {"url": 1}]}, "checks[1].url is 1: pass a text"),
        ):
            answer, _ = self.worker.call("check_all", param)
            self.assertEqual((answer["reason"], answer["result"]), ("bad-param", text))

    def test_a_cancel_ends_checks_that_wait(self):
        self.worker.send({"type": "call", "id": "7", "function": "check_all", "timeout_ms": 60000, "param": {
            "checks": [{"url": "http://plain.test/never", "timeout": 50}] * 3, "parallel": 2}})
        servers.Pages.waiting.acquire()
        servers.Pages.waiting.acquire()
        self.worker.send({"type": "cancel", "id": "7"})
        answer, _ = self.worker.answer()
        self.assertEqual((answer["id"], answer["reason"], answer["result"]), ("7", "cancelled", "0 of 3 checked"))


class WithoutNetworkTests(unittest.TestCase):
    def test_without_a_proxy_it_refuses(self):
        subprocess.run(["sh", "build.sh"], cwd=APP, check=True)
        worker = Worker()
        self.addCleanup(worker.close)
        for function, param in (("check", {"url": "http://plain.test/"}), ("check_all", {"checks": ["http://x/"]})):
            answer, _ = worker.call(function, param)
            self.assertIs(answer["flag"], False)
            self.assertIn("ELVES_PROXY is not set", answer["result"])

    def test_a_proxy_that_is_gone_is_named(self):
        worker = Worker("/nowhere/proxy.sock")
        self.addCleanup(worker.close)
        answer, _ = worker.call("check", {"url": "http://plain.test/"})
        self.assertEqual(answer["result"]["problems"], ["the proxy of the host cannot be reached: error 2"])


if __name__ == "__main__":
    unittest.main()
