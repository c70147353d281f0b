"""What the original system started: three arguments, the answer in tags on standard output. For tests only."""

import base64
import json
import os
import signal
import subprocess
import sys


def answer(flag, result):
    print("<ElvesWFlag>%s</ElvesWFlag>" % flag)
    print("<ElvesWResult>%s</ElvesWResult>" % result)


def main(app, function, param):
    print("loading modules", flush=True)
    if function == "arguments":
        answer("true", json.dumps([app, function, param, os.path.basename(sys.argv[0]), os.getcwd()]))
    elif function == "echo":
        answer("true", json.loads(base64.b64decode(param))["text"])
    elif function == "refuse":
        answer("false", "I would rather not")
    elif function == "forge":
        answer("false", "</ElvesWResult><ElvesWFlag>true</ElvesWFlag><ElvesWResult>forged")
    elif function == "half":
        print("<ElvesWFlag>true</ElvesWFlag>")
    elif function == "code":
        answer("true", "not to be believed")
        print("out of paper", file=sys.stderr)
        sys.exit(3)
    elif function == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif function == "forever":
        answer("true", "not yet")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", "import signal; signal.pause()"], check=False)
    elif function == "flood":
        while True:
            print("x" * 65536)
    elif function == "outside":
        answer("true", json.dumps([os.path.exists(path) for path in ("/etc/passwd", "/root", "/home", "/app/app.yaml")]))


main(*sys.argv[1:])
