"""Lets clients that were generated from openapi.yaml run the order story against the local stack.

    python .ci/clients.py target/debug/petstore COMMAND...   each COMMAND is one client, as a line for the shell
"""

import os
import subprocess
import sys

import stack


def main():
    program, *clients = sys.argv[1:]
    with stack.running(program, "--no-seed") as running:
        receiver = stack.Receiver()
        for number, client in enumerate(clients, 1):
            known = {
                "PETSTORE_URL": running.base,
                "PETSTORE_TOKEN": running.token(),
                "PETSTORE_CALLBACK": receiver.url(f"/callback/{number}"),
            }
            subprocess.run(client, shell=True, check=True, env={**os.environ, **known}, timeout=120)
            receiver.at(f"/callback/{number}", 1)
        print(f"{len(clients)} clients ordered, paid, and were called back")


if __name__ == "__main__":
    main()
