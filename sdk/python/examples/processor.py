"""A processor to begin with: prints how each task ended.

    ELVES_PROCESSOR_SECRETS=whsec_... python3 sdk/python/examples/processor.py --listen 127.0.0.1:8099

Put TLS in front of it (any reverse proxy), and its address into the manifest as `processor: url`.
"""

import argparse
import json
import os
import signal
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src"))

from elves.processor import BadSecret, Processor, Refused  # noqa: E402

# A result is at most 1 MiB, and so is a parameter.
MOST_BYTES = 4 << 20

# A center gives up long before; what is older is forgotten.
DAYS_TO_REMEMBER = 30


class Handled:
    """The ids that were handled, in a file, so that a second delivery is known even after a restart."""

    def __init__(self, path):
        self._database = sqlite3.connect(path)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY, day REAL DEFAULT (julianday('now')))")

    def __contains__(self, identifier):
        return self._database.execute("SELECT 1 FROM handled WHERE id = ?", (identifier,)).fetchone() is not None

    def add(self, identifier):
        """Remembers an id and forgets old ones; returns when that is on the disk."""
        with self._database:
            self._database.execute("INSERT OR IGNORE INTO handled (id) VALUES (?)", (identifier,))
            self._database.execute("DELETE FROM handled WHERE day < julianday('now') - ?", (DAYS_TO_REMEMBER,))

    def close(self):
        """Closes the file."""
        self._database.close()


def show(delivery):
    """What an author puts his own work in the place of."""
    outcome, what = delivery.outcome, delivery.outcome.instruction
    flag = {True: "true", False: "false", None: "no answer"}[outcome.flag]
    print("%s %s %s on %s: %s%s in %g ms: %s" % (
        what.app, what.version, what.function, what.ip, flag, " (%s)" % outcome.reason if outcome.reason else "",
        outcome.cost_ms, json.dumps(outcome.result, ensure_ascii=False)), flush=True)


class Handler(BaseHTTPRequestHandler):
    """Answers 204 to what is handled, or ignored, or came before; 400 to what is refused."""

    timeout = 10  # seconds for a client to say what it wants
    server_version = "elves-processor"

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdigit():
            return self.answer(411, "send a content-length")
        if int(length) > MOST_BYTES:
            return self.answer(413, "the body may have %d bytes" % MOST_BYTES)
        body = self.rfile.read(int(length))
        try:
            delivery = self.server.processor.receive(self.headers, body)
        except Refused as refusal:
            self.log_message("refused (%s): %s", refusal.cause, refusal)
            return self.answer(400, "refused: " + refusal.cause)
        if delivery.outcome is not None and delivery.id not in self.server.handled:
            # In this order a crash in between makes the work be done twice, and never makes it be left out.
            self.server.handle_delivery(delivery)
            self.server.handled.add(delivery.id)
        return self.answer(204)

    def answer(self, status, text=""):
        """Sends the status and a line that says why."""
        body = (text + "\n").encode() if text else b""
        self.send_response(status)
        if status != 204:
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(HTTPServer):
    """One request at a time, in the order they come."""

    def __init__(self, address, processor, handled, handle_delivery=show):
        super().__init__(address, Handler)
        self.processor = processor
        self.handled = handled
        self.handle_delivery = handle_delivery


def main():
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(description="Prints how each task of an app ended.")
    parser.add_argument("--listen", default="127.0.0.1:8099", metavar="ADDRESS:PORT")
    parser.add_argument("--handled", default="handled.sqlite", metavar="FILE", help="where the handled ids are kept")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    if not host or not port.isdigit():
        parser.error("--listen %s is not ADDRESS:PORT" % options.listen)
    try:
        processor = Processor(os.environ.get("ELVES_PROCESSOR_SECRETS", "").split())
    except BadSecret as error:
        parser.error("ELVES_PROCESSOR_SECRETS: %s" % error)
    handled = Handled(options.handled)
    server = Server((host, int(port)), processor, handled)
    print("listening on %s:%d" % server.server_address[:2], flush=True)
    # An exception, so that what is being handled is left in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        handled.close()


if __name__ == "__main__":
    main()
