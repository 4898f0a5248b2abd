# docs:begin
import base64
import hashlib
import hmac
import time

TOLERANCE_SECONDS = 300


def is_from_petstore(secret, headers, body):
    """Whether `body`, the raw bytes, was signed with `secret` just now.

    The names of `headers` are in lower case.
    """
    sent_at = headers.get("webhook-timestamp", "")
    if not (sent_at.isascii() and sent_at.isdigit()):
        return False
    if abs(time.time() - int(sent_at)) > TOLERANCE_SECONDS:
        return False  # Too old: somebody may be playing a recording.
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    signatures = headers.get("webhook-signature", "").encode().split(b" ")
    return any([hmac.compare_digest(expected, one) for one in signatures])
# docs:end


# For the tests: five lines per message (secret, id, timestamp, signatures, body in base64); prints yes or no for each.
if __name__ == "__main__":
    import sys

    lines = sys.stdin.read().splitlines()
    for at in range(0, len(lines), 5):
        secret, message_id, sent_at, signatures, body = lines[at : at + 5]
        headers = {"webhook-id": message_id, "webhook-timestamp": sent_at, "webhook-signature": signatures}
        print("yes" if is_from_petstore(secret, headers, base64.b64decode(body)) else "no")
