"""The verification code of the guide, in every language it is shown in, held against live deliveries.

Each program reads messages of five lines (secret, id, timestamp, signatures, body in base64) and says yes or no to each.
It must take a delivery as it came, also beside signatures that it does not know, and refuse everything that a forger, a
replay or a mix-up could bring.
"""

import base64
import hashlib
import hmac
import subprocess
import tempfile
import time
from pathlib import Path

CODE = Path(__file__).parent.parent / "docs/site/verify"


def programs(folder):
    """Name and command of each; what must be compiled goes to `folder`."""
    subprocess.run(["javac", "-d", folder, CODE / "Verify.java", CODE / "VerifyCheck.java"], check=True)
    return {
        "python": ["python3", CODE / "verify.py"],
        "javascript": ["node", CODE / "verify.mjs"],
        "php": ["php", CODE / "verify.php"],
        "ruby": ["ruby", CODE / "verify.rb"],
        "java": ["java", "-cp", folder, "VerifyCheck"],
    }


def sign(secret, message_id, sent_at, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def cases(secret, headers, body):
    """(what, expected answer, message)"""
    message_id, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    signatures = headers["webhook-signature"]
    other = "whsec_" + base64.b64encode(bytes(32)).decode()

    def resent(seconds):
        at = str(int(time.time()) + seconds)
        return (secret, message_id, at, sign(secret, message_id, at, body), body)

    yield "as it came", "yes", (secret, message_id, sent_at, signatures, body)
    yield "beside other signatures", "yes", (secret, message_id, sent_at, f"v1,AAAA {signatures} v2,AAAA", body)
    yield "four minutes old", "yes", resent(-240)
    yield "six minutes old", "no", resent(-360)
    yield "six minutes early", "no", resent(360)
    yield "a changed body", "no", (secret, message_id, sent_at, signatures, body.replace(b"{", b"{ ", 1))
    yield "a longer body", "no", (secret, message_id, sent_at, signatures, body + b"\n")
    yield "another id", "no", (secret, message_id[::-1], sent_at, signatures, body)
    yield "another time", "no", (secret, message_id, str(int(sent_at) + 1), signatures, body)
    yield "a wrong secret", "no", (other, message_id, sent_at, signatures, body)
    yield "a signature of another kind", "no", (secret, message_id, sent_at, signatures.replace("v1,", "v2,"), body)
    yield "no signature", "no", (secret, message_id, sent_at, "", body)
    yield "no time", "no", (secret, message_id, "", signatures, body)
    yield "a time that is none", "no", (secret, message_id, "soon", signatures, body)


def answers(command, messages):
    lines = [line for message in messages for line in (*message[:4], base64.b64encode(message[4]).decode())]
    told = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, f"{command[0]}: {told.stderr}"
    return told.stdout.split()


def check(deliveries):
    """Holds every program against `deliveries`, pairs of a secret and (path, headers, body)."""
    expected = [case for secret, (_, headers, body) in deliveries for case in cases(secret, headers, body)]
    with tempfile.TemporaryDirectory() as folder:
        for name, command in programs(folder).items():
            told = answers(command, [message for _, _, message in expected])
            wrong = [what for (what, answer, _), said in zip(expected, told, strict=True) if said != answer]
            assert not wrong, f"{name} is wrong about: {', '.join(wrong)}"
            print(f"{name}: right about {len(told)} messages")
