"""Verifies live deliveries with libraries that we did not write.

Starts the local stack and a receiver, orders, pays and asks for a callback, and checks every signature that arrives: `v1`
with `standardwebhooks` and with `svix`, `v1a` and `X-Webhook-Signature` with `cryptography` and the standard library.

    python .ci/signatures.py target/debug/petstore
"""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import standardwebhooks
import svix.webhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

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
    """Keeps every delivery as (path, headers, body)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taker)
        self.received = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def at(self, path, count):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = [one for one in self.received if one[0] == path]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise SystemExit(f"{path}: fewer than {count} deliveries in {PATIENCE_SECONDS} s")


class Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.path, headers, body))
        self.send_response(204)
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


def start(program, state):
    """The stack on a free port, once it says where it listens."""
    arguments = [program, "--state", state, "--port", "0", "--no-seed"]
    stack = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in stack.stdout:
        start = line.find("http://localhost:")
        if start >= 0:
            base = line[start:].split()[0].rstrip("/").removesuffix("/v1")
            threading.Thread(target=stack.stdout.read, daemon=True).start()
            return stack, base
    raise SystemExit("the stack did not start")


def refuses(verify, headers, body):
    try:
        verify(body + b" ", headers)
    except Exception:  # Each library has an error of its own.
        return True
    return False


def check(delivery, secret, public_key):
    _, headers, body = delivery
    for library in (standardwebhooks.Webhook, svix.webhooks.Webhook):
        verify = library(secret).verify
        verify(body, headers)
        assert refuses(verify, headers, body), f"{library.__module__} takes an altered body"
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["x-webhook-signature"], expected)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    [asymmetric] = [one[4:] for one in headers["webhook-signature"].split() if one.startswith("v1a,")]
    public_key.verify(base64.b64decode(asymmetric), signed)


def run(api, receiver):
    hook = {"url": receiver.url("/hooks"), "events": ["*"], "asymmetricSignature": True}
    endpoint = api("POST", "/v1/webhooks", hook)
    pet = {"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD", "status": "AVAILABLE"}
    order = api("POST", "/v1/orders", {"petId": api("POST", "/v1/pets", pet)["id"]})
    money = {"amount": order["totalAmount"], "currency": order["currency"]}
    callback = {**money, "timestamp": str(int(time.time())), "callbackUrl": receiver.url("/callback")}
    api("POST", f"/v1/orders/{order['id']}", callback)
    api("POST", f"/v1/orders/{order['id']}/payment", {**money, "source": CARD})

    [key] = api("GET", "/.well-known/webhook-keys")["keys"]
    public_key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["publicKey"].removeprefix("whpk_")))
    webhooks = receiver.at("/hooks", 5)
    for delivery in webhooks:
        check(delivery, endpoint["secret"], public_key)
    callbacks = receiver.at("/callback", 1)
    for delivery in callbacks:
        check(delivery, api("GET", "/v1/webhooks/callback-secret")["secret"], public_key)
    print(f"{len(webhooks)} webhooks and {len(callbacks)} callback verified by standardwebhooks, svix and cryptography")


def main():
    with tempfile.TemporaryDirectory() as state:
        stack, base = start(sys.argv[1], state)
        try:
            run(Api(base, (Path(state) / "tenant-token").read_text().strip()), Receiver())
        finally:
            stack.terminate()
            stack.wait(timeout=30)


if __name__ == "__main__":
    main()
