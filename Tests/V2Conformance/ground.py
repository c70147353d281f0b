"""A real center and a real agent to speak to, in a folder of their own."""

import json
import os
import select
import shutil
import ssl
import subprocess
import tempfile

from client import Client, Key, Wrong

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ELVES = os.path.abspath(os.environ.get("ELVES_BIN") or os.path.join(ROOT, ".build", "release", "elves"))

HERE = "127.0.0.1"
# Bound to apptest, but not running.
AWAY = "127.0.0.2"
# Joined, but not bound to apptest.
UNBOUND = "127.0.0.3"


class Given:
    """A center that runs already, with apptest on an agent."""

    def __init__(self, url, key, ip, authority=None):
        trusted = ssl.create_default_context(cafile=authority) if url.startswith("https") else None
        self.client = Client(url.rstrip("/"), Key(*key.split(":", 1)), trusted)
        self.ip = ip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Own:
    """A center of the suite's own: apptest at HERE and AWAY, and keys for everything that is forbidden."""

    ip = HERE

    def __init__(self, *options):
        self.options = options
        self.processes = []
        self.folder = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="elves-v2-")
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def build(self):
        self.data = os.path.join(self.folder, "center")
        ready = self.start(
            "center", "center", "--data", self.data, "--http", "127.0.0.1:0", "--link", "127.0.0.1:0", *self.options)
        self.url = ready["http"]
        agents = [self.join(ip) for ip in (HERE, AWAY, UNBOUND)]
        self.start("agent", "agent", "run", "--data", agents[0])
        hostile = os.path.join("Tests", "Fixtures", "apps", "hostile")
        self.sign(apptest=os.path.join(ROOT, "apps", "apptest"), hostile=os.path.join(ROOT, hostile))
        for app, ip in (("apptest", HERE), ("apptest", AWAY), ("hostile", HERE)):
            self.elves("app", "bind", app, ip, output=False)
        self.wait_for("apptest", "hostile")
        trusted = ssl.create_default_context(cafile=os.path.join(self.data, "identity", "authority.pem"))
        self.client = Client(self.url, self.key("apptest"), trusted)
        # Of another app that the same agent has, so that only its ownership differs.
        self.other = self.client.using(key=self.key("hostile"))
        # Good from 10.0.0.0/8, and so not from here.
        self.foreign = self.key("apptest", "--from", "10.0.0.0/8")
        self.revoked = self.key("apptest")
        self.elves("key", "revoke", self.revoked.auth_id, output=False)

    def join(self, ip):
        data = os.path.join(self.folder, "agent-" + ip)
        token = self.elves("token", "create")["token"]
        self.elves("agent", "join", self.url, "--token", token, "--data", data, "--ip", ip)
        return data

    def sign(self, **apps):
        """Publishes apps under throwaway keys."""
        keys = {name: os.path.join(self.folder, name + ".key") for name in ("root", "targets", "author")}
        for path in keys.values():
            self.elves("repo", "new-key", path, "--no-passphrase")
        repository = os.path.join(self.folder, "repository")
        self.elves("repo", "init", repository, "--root-key", keys["root"], "--targets-key", keys["targets"])
        for app in apps:
            self.elves("repo", "delegate", app, "--key", keys["author"], "--repository", repository, "--sign", keys["targets"])
        self.elves("repo", "publish", "--repository", repository)
        for path in apps.values():
            self.elves("app", "publish", path, "--key", keys["author"])

    def key(self, app, *options):
        made = self.elves("key", "create", app, *options)
        return Key(made["auth_id"], made["auth_key"])

    def wait_for(self, *apps):
        """Waits until the running agent takes calls of all apps."""
        def there():
            [agent] = [agent for agent in self.elves("agents") if agent["ip"] == HERE]
            return set(apps) <= {entry["app"] for entry in agent["apps"] if entry.get("online")}

        for _ in range(600):
            if there():
                return
        raise Wrong("the agent did not take %s online%s" % (" and ".join(apps), self.log("agent")))

    def start(self, name, *arguments):
        """Starts a long-running command and waits for its ready line."""
        with open(os.path.join(self.folder, name + ".log"), "wb") as log:
            process = subprocess.Popen(
                [ELVES, *arguments, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        self.processes.append(process)
        if not select.select([process.stdout], [], [], 30)[0]:
            raise Wrong("the %s was not ready within 30 s%s" % (name, self.log(name)))
        line = process.stdout.readline()
        if not line:
            raise Wrong("the %s ended at once%s" % (name, self.log(name)))
        return json.loads(line)

    def log(self, name):
        with open(os.path.join(self.folder, name + ".log"), encoding="utf-8", errors="replace") as file:
            return "; its log:\n" + file.read()[-3000:]

    def elves(self, *arguments, output=True):
        done = subprocess.run(
            [ELVES, *arguments] + (["--json"] if output else []), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, env=dict(os.environ, ELVES_DATA=self.data))
        if done.returncode != 0:
            raise Wrong("`elves %s` failed: %s" % (" ".join(arguments), done.stderr.strip()))
        return json.loads(done.stdout) if output else None
