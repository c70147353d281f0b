"""A processor that believes what the Python library of Standard Webhooks believes.

receiver.py SECRET...: prints its port, then a line for each callback: its id, and for each secret "good" or why not.
"""

import http.server
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRETS = sys.argv[1:]


def verdict(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
        return "good"
    except WebhookVerificationError as error:
        return str(error).replace(" ", "-")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        verdicts = [verdict(secret, body, headers) for secret in SECRETS]
        print(headers["webhook-id"], *verdicts, flush=True)
        self.send_response(204 if "good" in verdicts else 400)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
