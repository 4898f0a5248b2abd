"""The local stack, its API and a receiver, for checks that look at it from outside."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PATIENCE_SECONDS = 60
CARD = {
    "object": "card",
    "name": "J. Doe",
    "number": "4242424242424242",
    "cvc": "123",
    "expMonth": 12,
    "expYear": 2040,
}


class Receiver(ThreadingHTTPServer):
    """Keeps every delivery as (path, headers, body); at `/twice` it refuses each once."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taker)
        self.received = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def so_far(self, path):
        return [one for one in self.received if one[0] == path]

    def at(self, path, count):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self.so_far(path)
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise SystemExit(f"{path}: fewer than {count} deliveries in {PATIENCE_SECONDS} s")


class Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_first = all(seen["webhook-id"] != headers["webhook-id"] for _, seen, _ in self.server.so_far(self.path))
        self.server.received.append((self.path, headers, body))
        self.send_response(409 if self.path == "/twice" and is_first else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Api:
    def __init__(self, base, token):
        self.base, self.token = base, token

    def __call__(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)


class Stack:
    def __init__(self, base, state):
        self.base, self.state = base, state

    def token(self, name="tenant-token"):
        return (self.state / name).read_text().strip()

    def api(self):
        return Api(self.base, self.token())


@contextmanager
def running(program, *flags):
    """The stack on a free port, in a folder of its own, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [program, "--state", folder, "--port", "0", *flags]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            yield Stack(_address(process), Path(folder))
        finally:
            process.terminate()
            process.wait(timeout=30)


def _address(process):
    """Where the stack says that it listens."""
    for line in process.stdout:
        start = line.find("http://localhost:")
        if start >= 0:
            # Nobody reads what it says from here on, but somebody must take it.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return line[start:].split()[0].rstrip("/").removesuffix("/v1")
    raise SystemExit("the stack did not start")


def end(process):
    """Ends a process that leads a group, with all that it started."""
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=30)
