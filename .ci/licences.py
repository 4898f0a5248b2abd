"""Checks licences, bans and sources of what is linked, from deny.toml and `cargo metadata`.

It stands in for `cargo deny check licenses bans sources`, which takes minutes to compile. It believes the licence a
package declares, where cargo-deny also reads its licence files.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def packages(target: str) -> dict[str, dict]:
    """Every package that a build for `target` resolves to, by its id."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    found = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    used = {node["id"] for node in found["resolve"]["nodes"]}
    return {package["id"]: package for package in found["packages"] if package["id"] in used}


def permits(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be met with the allowed licences. `A/B` is an old spelling of `A OR B`."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    met = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token in ("(", ")"):
            met.append(token)
        elif token in ("AND", "OR"):
            met.append(token.lower())
        elif tokens[position + 1 : position + 2] == ["WITH"]:
            met.append(str(f"{token} WITH {tokens[position + 2]}" in allowed))
            position += 2
        else:
            met.append(str(token in allowed))
        position += 1
    # Only True, False, and, or, and parentheses are left.
    return bool(met) and bool(eval(" ".join(met), {"__builtins__": {}}))  # noqa: S307


def problems(package: dict, rules: dict) -> list[str]:
    """What deny.toml has against a package."""
    name = f"{package['name']} {package['version']}"
    source = package["source"]
    if source is None:
        return []
    found = []
    if not package["license"]:
        found.append(f"{name}: declares no licence")
    elif not permits(package["license"], set(rules["licenses"]["allow"])):
        found.append(f"{name}: licence {package['license']} is not allowed")
    for ban in rules["bans"]["deny"]:
        if package["name"] == ban["crate"]:
            found.append(f"{name}: banned, {ban['reason']}")
    if not source.startswith(("registry+", "sparse+")):
        found.append(f"{name}: comes from {source}")
    return found


def main() -> int:
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    linked = {}
    # Linux alone: what ships runs there, and `cargo metadata` would download every other system's packages.
    for target in ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"):
        linked |= packages(target)
    found = sorted(problem for package in linked.values() for problem in problems(package, rules))
    sources = {package["source"] for package in linked.values() if package["source"]}
    if len(sources) > 1:
        found.append(f"more than one source: {sorted(sources)}")
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"{len(linked)} packages, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
