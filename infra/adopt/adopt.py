"""Writes what CloudFormation needs to take tables and photos that are there already into a new stack.

    python infra/adopt/adopt.py --stack petstore --photos petstore-photosbucket-1a2b3c4d target/adopt

`template.json` is template.yaml without all that is made anew, since an import may make nothing; `resources.json` says
which tables and which bucket are meant. docs/operations.md has the commands around it. Needs PyYAML, and no AWS account.
"""

import argparse
import json
from pathlib import Path

import yaml

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


class Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and so on, which is how JSON templates say it."""


def intrinsic(loader: Loader, tag: str, node: yaml.Node) -> dict:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", intrinsic)


def identifiers(stack: str, photos: str | None) -> dict[str, dict[str, str]]:
    """Which thing each resource is, by the property that tells them apart."""
    found = {"Table": {"TableName": stack}, "DeliveriesTable": {"TableName": f"{stack}-deliveries"}}
    return found | ({"PhotosBucket": {"BucketName": photos}} if photos else {})


def adopted(resource: dict) -> dict:
    """The resource as it is: protected, and kept even if the import fails, which did not create it."""
    properties = resource["Properties"]
    if "DeletionProtectionEnabled" in properties:
        properties = properties | {"DeletionProtectionEnabled": True}
    return resource | {"DeletionPolicy": "Retain", "Properties": properties}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", required=True, help="the new stack's name, after which its tables are named")
    parser.add_argument("--photos", help="the bucket of photos; left out, the stack makes an empty one")
    parser.add_argument("folder", type=Path, help="where the two files go")
    options = parser.parse_args()
    resources = yaml.load(TEMPLATE.read_text(), Loader)["Resources"]  # noqa: S506
    meant = identifiers(options.stack, options.photos)
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {name: adopted(resources[name]) for name in meant},
    }
    to_import = [
        {"ResourceType": resources[name]["Type"], "LogicalResourceId": name, "ResourceIdentifier": identifier}
        for name, identifier in meant.items()
    ]
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("template.json", template), ("resources.json", to_import)):
        (options.folder / name).write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
