"""Runs schemathesis against the local stack: what the document allows must be taken, and what it forbids refused.

    python .ci/fuzz.py target/debug/petstore [arguments of `schemathesis run`]
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import stack

HERE = Path(__file__).parent


def story(api, receiver):
    """A paid order with a callback and a receipt, so that every operation has something to find."""
    api("POST", "/v1/webhooks", {"url": receiver.url("/hooks"), "events": ["payment.succeeded"]})
    pet = {"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD", "status": "AVAILABLE"}
    order = api("POST", "/v1/orders", {"petId": api("POST", "/v1/pets", pet)["id"]})
    money = {"amount": order["totalAmount"], "currency": order["currency"]}
    callback = {**money, "timestamp": str(int(time.time())), "callbackUrl": receiver.url("/callback")}
    request = api("POST", f"/v1/orders/{order['id']}", callback)
    api("POST", f"/v1/orders/{order['id']}/payment", {**money, "source": stack.CARD})
    [(_, _, event)] = receiver.at("/hooks", 1)
    receipt = json.loads(event)["data"]["receipt"]
    return {"ORDER": order["id"], "CALLBACK": request["requestId"], "RECEIPT": receipt["receiptId"]}


def main():
    program, *arguments = sys.argv[1:]
    # Nothing is delivered while the document's examples name the internet, so retries need no hurry.
    with stack.running(program) as running:
        known = story(running.api(), stack.Receiver())
        environment = {
            **os.environ,
            "PETSTORE_TOKEN": running.token(),
            "SCHEMATHESIS_HOOKS": "fuzz_hooks",
            "PYTHONPATH": str(HERE),
            **{f"PETSTORE_{name}": value for name, value in known.items()},
        }
        command = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run"]
        asked = [HERE.parent / "openapi.yaml", "--url", running.base, *arguments]
        raise SystemExit(subprocess.run([*command, *asked], env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
