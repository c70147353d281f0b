"""server.py LOG: an HTTP server for one client that behaves as the first part of a request's path says.

It prints its port, and writes each request's path into LOG. /folder/PATH/OF/A/FOLDER!/REST serves files, under the names that
stand in the request. The others answer anything: /endless, /drip (a byte now and then), /silent, /status-CODE, /cut.
"""

import http.server
import select
import sys

LOG = open(sys.argv[1], "a", encoding="utf-8")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        print(self.path, file=LOG, flush=True)
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "folder":
            folder, _, name = rest.partition("!/")
            try:
                with open(f"/{folder}/{name}", "rb") as file:
                    content = file.read()
            except OSError:
                return self.send_error(404)
            self.begin(len(content))
            self.wfile.write(content)
        elif kind == "endless":
            self.begin(None)
            while True:
                self.wfile.write(b" " * 65536)
        elif kind == "drip":
            self.begin(1000)
            while not self.client_is_gone(0.02):
                self.wfile.write(b" ")
        elif kind == "silent":
            self.client_is_gone(None)
        elif kind == "cut":
            self.begin(1000)
            self.wfile.write(b"{")
            self.close_connection = True
        elif kind.startswith("status-"):
            self.send_error(int(kind[len("status-"):]))

    def begin(self, length):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        else:
            self.close_connection = True
        self.end_headers()

    def client_is_gone(self, seconds):
        """Waits for the client to hang up, at most so long."""
        return bool(select.select([self.connection], [], [], seconds)[0])

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # The client has had enough.


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
