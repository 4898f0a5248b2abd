# docs:begin
"""python3 receiver.py SECRET...  tells what arrives at port 4000, and if it is signed."""
import base64, hashlib, hmac, json, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def is_signed(secret, headers, body):
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent_at}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    signatures = headers["webhook-signature"].split()
    return any(hmac.compare_digest(expected, one) for one in signatures)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        ok = any(is_signed(secret, self.headers, body) for secret in sys.argv[1:])
        what = json.loads(body) if ok else {}
        told = what.get("eventType", what.get("status"))
        line = f"{'verified' if ok else 'REFUSED'} {self.path} {told}\n"
        print(line, end="", flush=True)  # in one write: several may arrive at once
        self.send_response(204 if ok else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", 4000), Receiver).serve_forever()
# docs:end
