"""Verifies live deliveries with libraries that we did not write, and with the code that the guide shows.

Starts the local stack and a receiver, orders, pays and asks for a callback, and checks every signature that arrives: `v1`
with `standardwebhooks` and with `svix`, `v1a` and `X-Webhook-Signature` with `cryptography` and the standard library.
Then `languages` does the same in five languages.

    python .ci/signatures.py target/debug/petstore
"""

import base64
import hashlib
import hmac
import sys
import time

import standardwebhooks
import svix.webhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import languages
import stack


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
    api("POST", f"/v1/orders/{order['id']}/payment", {**money, "source": stack.CARD})

    [key] = api("GET", "/.well-known/webhook-keys")["keys"]
    public_key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["publicKey"].removeprefix("whpk_")))
    webhooks = receiver.at("/hooks", 5)
    for delivery in webhooks:
        check(delivery, endpoint["secret"], public_key)
    callback_secret = api("GET", "/v1/webhooks/callback-secret")["secret"]
    callbacks = receiver.at("/callback", 1)
    for delivery in callbacks:
        check(delivery, callback_secret, public_key)
    print(f"{len(webhooks)} webhooks and {len(callbacks)} callback verified by standardwebhooks, svix and cryptography")
    languages.check([(endpoint["secret"], webhooks[0]), (callback_secret, callbacks[0])])


def main():
    with stack.running(sys.argv[1], "--no-seed") as running:
        run(running.api(), stack.Receiver())


if __name__ == "__main__":
    main()
