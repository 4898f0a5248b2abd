"""Verifies live deliveries with libraries that we did not write, and with the code that the guide shows.

Starts the local stack and a receiver, orders, pays and asks for a callback, and checks every signature that arrives: `v1`
with `standardwebhooks` and with `svix`, `v1a` and `X-Webhook-Signature` with `cryptography` and the standard library.
Among them: deliveries while two secrets overlap, one that is tried twice, endpoints with and without `v1a`. Then
`languages` does the same in five languages.

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


def check(delivery, secrets, public_key):
    """Holds a delivery against every secret that signs it, the newest first, and against the public key, where it has one."""
    _, headers, body = delivery
    for secret in secrets:
        for library in (standardwebhooks.Webhook, svix.webhooks.Webhook):
            verify = library(secret).verify
            verify(body, headers)
            assert refuses(verify, headers, body), f"{library.__module__} takes an altered body"
    expected = "sha256=" + hmac.new(secrets[0].encode(), body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["x-webhook-signature"], expected)
    kinds = [one.split(",")[0] for one in headers["webhook-signature"].split()]
    assert kinds == ["v1"] * len(secrets) + ["v1a"] * bool(public_key), kinds
    if public_key:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        public_key.verify(base64.b64decode(headers["webhook-signature"].split()[-1].removeprefix("v1a,")), signed)


def ask_and_pay(api: stack.Api, order: dict, callback_url: str) -> None:
    """Asks to be called back for an order, and pays it."""
    money = {"amount": order["totalAmount"], "currency": order["currency"]}
    callback = {**money, "timestamp": str(int(time.time())), "callbackUrl": callback_url}
    api("POST", f"/v1/orders/{order['id']}", callback)
    api("POST", f"/v1/orders/{order['id']}/payment", {**money, "source": stack.CARD})


def order_one(api):
    pet = {"name": "Mäx 🐾", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD", "status": "AVAILABLE"}
    return api("POST", "/v1/orders", {"petId": api("POST", "/v1/pets", pet)["id"]})


def run(api, receiver):
    def hook(path, events, **more):
        return api("POST", "/v1/webhooks", {"url": receiver.url(path), "events": events, **more})

    chosen = hook("/hooks", ["*"], asymmetricSignature=True)
    plain = hook("/plain", ["order.created"])
    twice = hook("/twice", ["order.created"], retrySchedule=[5])
    order = order_one(api)
    ask_and_pay(api, order, receiver.url("/callback"))

    [key] = api("GET", "/.well-known/webhook-keys")["keys"]
    public_key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["publicKey"].removeprefix("whpk_")))
    webhooks = receiver.at("/hooks", 5)
    for delivery in webhooks:
        check(delivery, [chosen["secret"]], public_key)
    check(receiver.at("/plain", 1)[0], [plain["secret"]], None)
    callbacks = receiver.at("/callback", 1)
    callback_secret = api("GET", "/v1/webhooks/callback-secret")["secret"]
    for delivery in callbacks:
        check(delivery, [callback_secret], public_key)

    first, second = receiver.at("/twice", 2)
    assert first[2] == second[2] and first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[1]["webhook-timestamp"] != second[1]["webhook-timestamp"], "each try is signed at its own time"
    for delivery in (first, second):
        check(delivery, [twice["secret"]], None)

    # While two secrets overlap, a receiver that knows either believes what comes.
    newest = api("POST", f"/v1/webhooks/{plain['id']}/secret")["secret"]
    order_one(api)
    check(receiver.at("/plain", 2)[1], [newest, plain["secret"]], None)
    newer = api("POST", "/v1/webhooks/callback-secret")["secret"]
    ask_and_pay(api, order_one(api), receiver.url("/callback"))
    callbacks = receiver.at("/callback", 2)
    check(callbacks[1], [newer, callback_secret], public_key)
    count = len(receiver.received)
    print(f"{count} deliveries, {len(callbacks)} of them callbacks, verified by standardwebhooks, svix and cryptography")
    languages.check([(chosen["secret"], webhooks[0]), (callback_secret, callbacks[0])])


def main():
    with stack.running(sys.argv[1], "--no-seed") as running:
        run(running.api(), stack.Receiver())


if __name__ == "__main__":
    main()
