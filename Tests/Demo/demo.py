#!/usr/bin/python3
"""Runs the main job of Elves for real, and says how long each step took.

A center and an agent as two processes on loopback, in a scratch folder: the agent joins with a one-use token, two apps are
signed with throwaway keys, published and called over the signed REST API, and a new version of one goes online while a call of the old one runs.

Usage: demo.py PATH_OF_ELVES. Ends with `demo: ok in N s` and exit code 0, or says what failed and exits with 1.
"""

import hashlib
import json
import os
import select
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AGENT_IP = "127.0.0.1"


class Failure(Exception):
    """What went wrong, in words for the person who watches."""


class Demo:
    def __init__(self, elves, folder):
        self.elves = elves
        self.folder = folder
        self.data = os.path.join(folder, "center")
        self.processes = {}
        self.began = self.last = time.monotonic()

    # Steps

    def run(self):
        self.say("a scratch folder: " + self.folder)
        ready = self.start("center", "center", "--data", self.data, "--http", "127.0.0.1:0", "--link", "127.0.0.1:0")
        self.http = ready["http"]
        self.step("center started: " + self.http)

        token = self.command("token", "create")["token"]
        agent_data = os.path.join(self.folder, "agent")
        joined = self.command("agent", "join", self.http, "--token", token, "--data", agent_data, "--ip", AGENT_IP)
        self.step("agent %s joined with a one-use token" % joined["agent"])
        self.start("agent", "agent", "run", "--data", agent_data)
        self.step("agent started and linked by mutual TLS")

        self.make_repository("apptest", "hostinfo")
        self.step("a repository made, with throwaway keys: root, targets and an author")

        self.keys = {}
        for app in ("apptest", "hostinfo"):
            published = self.publish(os.path.join(ROOT, "apps", app))
            self.command("app", "bind", app, AGENT_IP, json_output=False)
            self.keys[app] = self.command("key", "create", app)
            self.wait_for(app, published["version"])
            self.step("%s %s signed, published, downloaded, verified and online on the agent" % (app, published["version"]))

        self.expect("apptest", "helloword", {"my": "toryzen"}, "toryzen")
        self.step("apptest.helloword answered \"toryzen\" from its sandbox")
        facts = json.loads(self.call("hostinfo", "facts", {})["worker_message"])
        self.step("hostinfo.facts: Linux %s, %d bytes of memory" % (facts["kernel"]["release"], facts["memory"]["total_bytes"]))

        self.hot_load()
        self.check_same_processes()

    def hot_load(self):
        """Publishes 1.1.0 while a call of 1.0.0 runs."""
        self.pids = {name: process.pid for name, process in self.processes.items()}
        slow = {}
        thread = threading.Thread(target=lambda: slow.update(self.call_or_error("apptest", "slow", {"seconds": 3})))
        thread.start()
        # Nothing tells from outside that a call has begun; a third of a second is a hundred times what it takes.
        time.sleep(0.3)
        self.step("a slow call of apptest 1.0.0 is running")
        published = self.publish(self.next_version())
        self.wait_for("apptest", "1.1.0")
        if not thread.is_alive():
            raise Failure("the slow call ended before 1.1.0 was online, so nothing was shown: " + repr(slow))
        self.step("apptest %s online while it runs" % published["version"])
        self.expect("apptest", "version", {}, "1.1.0")
        self.step("the next call is answered by 1.1.0")
        thread.join()
        if "1.0.0" not in slow.get("worker_message", ""):
            raise Failure("the slow call did not end on 1.0.0: " + repr(slow))
        self.step("the slow call ended on 1.0.0: \"%s\"" % slow["worker_message"])

    def check_same_processes(self):
        for name, process in self.processes.items():
            if process.poll() is not None or process.pid != self.pids[name]:
                raise Failure("the %s did not run through" % name)
        self.step("center and agent are the same processes as before")

    # Means

    def make_repository(self, *apps):
        """Says who may sign what, as a fleet does, but with keys that nobody keeps."""
        root, targets, author = (self.key(name) for name in ("root", "targets", "author"))
        repository = os.path.join(self.folder, "repository")
        self.command("repo", "init", repository, "--root-key", root, "--targets-key", targets)
        for app in apps:
            self.command("repo", "delegate", app, "--key", author, "--repository", repository, "--sign", targets)
        self.command("repo", "publish", "--repository", repository)

    def key(self, name):
        path = os.path.join(self.folder, name + ".key")
        self.command("repo", "new-key", path, "--no-passphrase")
        return path

    def publish(self, app):
        return self.command("app", "publish", app, "--key", os.path.join(self.folder, "author.key"))

    def next_version(self):
        """A copy of apps/apptest that calls itself 1.1.0."""
        copy = os.path.join(self.folder, "apptest-1.1.0")
        shutil.copytree(os.path.join(ROOT, "apps", "apptest"), copy)
        manifest = os.path.join(copy, "app.yaml")
        with open(manifest, encoding="utf-8") as file:
            text = file.read()
        with open(manifest, "w", encoding="utf-8") as file:
            file.write(text.replace("version: 1.0.0", "version: 1.1.0"))
        return copy

    def start(self, name, *arguments):
        """Starts a long-running command and waits for its ready line."""
        log = open(os.path.join(self.folder, name + ".log"), "wb")
        process = subprocess.Popen(
            [self.elves, *arguments, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        log.close()
        self.processes[name] = process
        if not select.select([process.stdout], [], [], 15)[0]:
            raise Failure("the %s was not ready within 15 s%s" % (name, self.log_of(name)))
        line = process.stdout.readline()
        if not line:
            raise Failure("the %s ended at once%s" % (name, self.log_of(name)))
        return json.loads(line)

    def log_of(self, name):
        with open(os.path.join(self.folder, name + ".log"), encoding="utf-8", errors="replace") as file:
            return "; its log:\n" + file.read()[-4000:]

    def command(self, *arguments, json_output=True):
        """Runs an administrative command against the demo's center."""
        line = [self.elves, *arguments] + (["--json"] if json_output else [])
        done = subprocess.run(
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
            env=dict(os.environ, ELVES_DATA=self.data))
        if done.returncode != 0:
            raise Failure("`elves %s` failed: %s" % (" ".join(arguments), done.stderr.strip()))
        return json.loads(done.stdout) if json_output else None

    def wait_for(self, app, version):
        """Waits until the agent has told that the version takes new calls."""
        deadline = time.monotonic() + 15
        while True:
            apps = {entry["app"]: entry for agent in self.command("agents") for entry in agent["apps"]}
            if apps.get(app, {}).get("online") == version:
                return
            if time.monotonic() > deadline:
                raise Failure("%s %s is not online on the agent: %s" % (app, version, apps.get(app)) + self.log_of("agent"))

    def call(self, app, function, param):
        """A signed call of /api/v2/rt/exec, as the original's clients make it."""
        path = "/api/v2/rt/exec"
        fields = {
            "app": app, "func": function, "ip": AGENT_IP, "param": json.dumps(param), "timeout": "20",
            "auth_id": self.keys[app]["auth_id"], "timestamp": str(int(time.time())), "sign_type": "MD5"}
        signed = "&".join("%s=%s" % (name, fields[name]) for name in sorted(fields) if name != "sign_type")
        fields["sign"] = hashlib.md5((path + "?" + signed + self.keys[app]["auth_key"]).encode()).hexdigest()
        trusted = ssl.create_default_context(cafile=os.path.join(self.data, "identity", "authority.pem"))
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(self.http + path, body, timeout=30, context=trusted) as response:
            envelope = json.load(response)
        if envelope["flag"] != "true":
            raise Failure("%s.%s was refused: %s" % (app, function, envelope["error"]))
        return envelope["result"]

    def call_or_error(self, app, function, param):
        try:
            return self.call(app, function, param)
        except Exception as error:  # told by the thread that waits
            return {"worker_message": "failed: %s" % error}

    def expect(self, app, function, param, answer):
        result = self.call(app, function, param)
        if (result["worker_flag"], result["worker_message"]) != (1, answer):
            raise Failure("%s.%s should answer %r, not %r" % (app, function, answer, result))

    def step(self, text):
        now = time.monotonic()
        self.say("%6.0f ms  %s" % ((now - self.last) * 1000, text))
        self.last = now

    @staticmethod
    def say(text):
        print("demo: " + text, flush=True)

    def stop(self):
        """Ends what was started, agent first, and returns the names of what had to be killed."""
        killed = []
        for name, process in reversed(list(self.processes.items())):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                killed.append(name)
                process.kill()
                process.wait()
            process.stdout.close()
        return killed


def main():
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        print("usage: demo.py PATH_OF_ELVES", file=sys.stderr)
        return 1
    folder = tempfile.mkdtemp(prefix="elves-demo-")
    demo = Demo(os.path.abspath(sys.argv[1]), folder)
    failure = None
    try:
        demo.run()
    except Failure as error:
        failure = str(error)
    except (OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
        failure = "%s: %s" % (type(error).__name__, error)
    killed = demo.stop()
    if killed and failure is None:
        failure = "%s did not end within 10 s of SIGTERM" % " and ".join(killed)
    shutil.rmtree(folder, ignore_errors=True)
    if failure is not None:
        print("demo: FAILED: " + failure, file=sys.stderr)
        return 1
    demo.say("ok in %.1f s" % (time.monotonic() - demo.began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
