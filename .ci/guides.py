"""Runs the quick start of the documentation as a reader would: every block marked `run`, in order, in one shell.

    python3 .ci/guides.py target/debug/petstore
"""

import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import stack

SITE = Path(__file__).parent.parent / "docs/site"
EXPECTED = [
    "verified /hooks order.created",
    "verified /hooks payment.succeeded",
    "verified /hooks order.statusChanged",
    "verified /hooks pet.statusChanged",
    "verified /callbacks/1 COMPLETED",
]


def blocks(guide):
    """Commands to run and files to save, in the guide's order."""
    text = (SITE / "guides" / guide).read_text()
    for info, code in re.findall(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE):
        words = info.split()
        options = dict(word.split("=", 1) for word in words if "=" in word)
        if "run" in options:
            shown = (SITE / options["file"]).read_text()
            yield options["run"], shown.split("docs:begin\n")[1].split("# docs:end")[0]
        elif "run" in words:
            yield None, code


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def follow(guide, running, folder):
    """Saves the guide's files and runs its commands; their output, once everything expected was said."""
    (folder / ".petstore").symlink_to(running.state)
    port = str(free_port())
    commands = ["set -euo pipefail"]
    for name, code in blocks(guide):
        code = code.replace("http://localhost:3000", running.base).replace("4000", port)
        if name:
            (folder / name).write_text(code)
        else:
            commands.append(code)
    # The receiver must listen before the first order: a person takes longer to type it than it takes to start.
    commands.insert(-4, f"until python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}))' 2>/dev/null; do sleep 0.1; done")
    output = folder / "output"
    with output.open("w") as file:
        shell = subprocess.Popen(
            ["bash", "-c", "\n".join([*commands, "wait"])], cwd=folder, stdout=file, stderr=file, start_new_session=True
        )
    try:
        return wait_for_all(output, shell)
    finally:
        stack.end(shell)


def wait_for_all(output, shell):
    deadline = time.monotonic() + stack.PATIENCE_SECONDS
    while time.monotonic() < deadline:
        said = output.read_text()
        if all(line in said for line in EXPECTED):
            return said
        if shell.poll() is not None:
            break
        time.sleep(0.2)
    raise SystemExit(f"the quick start does not do what it says:\n{output.read_text()}")


def main():
    with stack.running(sys.argv[1]) as running, tempfile.TemporaryDirectory() as folder:
        said = follow("quick-start.md", running, Path(folder))
    assert "REFUSED" not in said, said
    print(f"the quick start works: {len(EXPECTED)} deliveries verified")


if __name__ == "__main__":
    main()
