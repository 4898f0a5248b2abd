"""Runs the quick start and the chat's guide as a reader would: every block marked `run`, in order, in one shell.

    python3 .ci/guides.py target/debug/petstore
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import stack

SITE = Path(__file__).parent.parent / "docs/site"
# What guides call the API (docs/site/src/lib.rs), and the quick start the stack that it starts itself.
PLACEHOLDERS = ["https://petstore.example", "http://localhost:3000"]
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
        if "run" in options and "file" in options:
            shown = (SITE / options["file"]).read_text()
            yield options["run"], shown.split("docs:begin\n")[1].split("# docs:end")[0]
        elif "run" in options or "run" in words:
            yield options.get("run"), code


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unfold(guide, running, folder, port="4000"):
    """Saves the guide's files into the folder; its commands."""
    commands = ["set -euo pipefail"]
    for name, code in blocks(guide):
        for placeholder in PLACEHOLDERS:
            code = code.replace(placeholder, running.base)
        code = code.replace("4000", port)
        if name:
            (folder / name).write_text(code)
        else:
            commands.append(code)
    return commands


def chat(guide, running, folder):
    """What the guide's commands print: an answer as JSON, then one that was read in pieces, with more than ASCII."""
    shell = subprocess.run(
        ["bash", "-c", "\n".join(unfold(guide, running, folder))],
        cwd=folder, env={**os.environ, "TOKEN": running.token()}, capture_output=True, text=True, timeout=stack.PATIENCE_SECONDS,
    )
    said = shell.stdout + shell.stderr
    assert shell.returncode == 0 and '"finishReason":"STOP"' in said and "25 °C" in said, said


def follow(guide, running, folder):
    """Saves the guide's files and runs its commands; their output, once everything expected was said."""
    (folder / ".petstore").symlink_to(running.state)
    port = str(free_port())
    commands = unfold(guide, running, folder, port)
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
        chat("chat.md", running, Path(folder))
    print(f"the quick start works: {len(EXPECTED)} deliveries verified; the chat's guide works too")


if __name__ == "__main__":
    main()
