"""What the tests check against: a server with and without TLS, an authority, and a proxy as hosts have one."""

import http.server
import os
import socket
import ssl
import subprocess
import threading


class Pages(http.server.BaseHTTPRequestHandler):
    """One page for each way of answering."""

    protocol_version = "HTTP/1.1"
    release = threading.Event()
    waiting = threading.Semaphore(0)

    def do_GET(self):
        """Answers by path."""
        body = "wir haben geöffnet".encode()
        if self.path == "/chunked":
            self.begin(200, ("Transfer-Encoding", "chunked"))
            self.wfile.write(b"5\r\nwir h\r\n7;x=y\r\naben ge\r\n0\r\nTrailer: 1\r\n\r\n")
        elif self.path == "/to-the-end":
            self.begin(200)
            self.wfile.write(body)
            self.close_connection = True
        elif self.path == "/cut-off":
            self.begin(200, ("Content-Length", "1000"))
            self.wfile.write(body)
            self.close_connection = True
        elif self.path == "/no-http":
            self.wfile.write(b"SSH-2.0-server\r\n")
            self.close_connection = True
        elif self.path == "/nothing":
            self.close_connection = True
        elif self.path == "/large":
            self.begin(200, ("Content-Length", str(6 << 20)))
            try:
                self.wfile.write(b"x" * (6 << 20))
            except OSError:
                pass  # whoever asked has read enough
            self.close_connection = True
        elif self.path == "/never":
            self.waiting.release()
            self.release.wait(60)
            self.close_connection = True
        elif self.path == "/moved":
            self.begin(301, ("Content-Length", "0"), ("Location", "https://secure.test/"))
        elif self.path == "/echo?a=b%20c":
            self.begin(200, ("Content-Length", str(len(self.headers["Host"]))))
            self.wfile.write(self.headers["Host"].encode())
        else:
            self.begin(404 if self.path == "/missing" else 200, ("Content-Length", str(len(body))))
            self.wfile.write(body)

    def begin(self, status, *fields):
        """Sends the head."""
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


def start(context=None):
    """Starts a server on a port of its own and returns it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.handle_error = lambda *_: None
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def authority(folder):
    """Makes an authority and a certificate for secure.test; returns the server's context."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority of a test",
            "-days", "30")
    openssl("req", *new_key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=secure.test")
    with open(os.path.join(folder, "names"), "w") as handle:
        handle.write("subjectAltName=DNS:secure.test\n")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20",
            "-extfile", "names", "-out", "leaf.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "leaf.pem"), os.path.join(folder, "leaf.key"))
    return context


class Proxy:
    """Connects a local socket with the servers that are granted, by name."""

    def __init__(self, path, granted):
        self.granted = granted
        self.asked = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Takes no more connections."""
        self.socket.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            self._connect(client)

    def _connect(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            part = client.recv(1)
            if not part:
                return
            head += part
        target = head.split(b" ")[1].decode()
        self.asked.append(target)
        port = self.granted.get(target)
        if port is None:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        try:
            server = socket.create_connection(("127.0.0.1", port))
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        with server:
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join()


def pump(source, sink):
    """Carries bytes until one side ends."""
    try:
        for part in iter(lambda: source.recv(65536), b""):
            sink.sendall(part)
    except OSError:
        pass
    for end, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass
