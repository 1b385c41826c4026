"""A receiver of webhooks, and helpers that the tests of both Python SDKs use."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SOON = 60


class Receiver(ThreadingHTTPServer):
    """Receives webhooks and records them. Returns 500 to the first two deliveries at /flaky, and 200 to all others."""

    daemon_threads = True

    def __init__(self):
        self.deliveries = []
        self.arrived = threading.Condition()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def wait_for(self, path, count):
        """Waits for `count` deliveries at a path, and returns their headers and bodies."""

        def at_path():
            return [(headers, body) for at, headers, body in self.deliveries if at == path]

        with self.arrived:
            self.arrived.wait_for(lambda: len(at_path()) >= count, SOON)
            assert len(at_path()) >= count, f"{len(at_path())} of {count} at {path} in {SOON} s"
            return at_path()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.arrived:
            before = sum(path == self.path for path, _, _ in self.server.deliveries)
            self.server.deliveries.append((self.path, dict(self.headers), body))
            self.server.arrived.notify_all()
        status = 500 if self.path == "/flaky" and before < 2 else 200
        text = f"attempt {before + 1}".encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def step(text):
    print(f"- {text}", flush=True)


def rejected(error, status, call):
    """Asserts that the API rejects a call with this status. Returns the error that the SDK raises."""
    try:
        value = call()
    except error as raised:
        assert raised.status_code == status, raised
        return raised
    raise AssertionError(f"expected a {status}, got {value!r}")
