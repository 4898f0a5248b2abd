"""Creates the tables, queues and buckets of template.yaml at an emulator, so that nothing is described twice.

    AWS_ENDPOINT_URL=http://localhost:4566 python infra/localstack/create_from_template.py [--stack petstore]

Works with any emulator that has the services; those it lacks can be left out: `--only dynamodb sqs`. What exists is
left alone. Needs boto3 and PyYAML. It refuses to run without AWS_ENDPOINT_URL: in AWS the template is deployed.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

import boto3
import yaml
from botocore.exceptions import ClientError

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
# Emulators have neither: left out rather than refused.
NOT_EMULATED = ("DeletionProtectionEnabled", "PointInTimeRecoverySpecification")
EXISTS = ("ResourceInUseException", "QueueAlreadyExists", "QueueNameExists", "BucketAlreadyOwnedByYou", "BucketAlreadyExists")


class Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and so on, as CloudFormation does."""


def intrinsic(loader: Loader, tag: str, node: yaml.Node) -> dict:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if tag == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", intrinsic)


class Stack:
    """The resources of the template with what they refer to filled in."""

    def __init__(self, name: str, region: str, account: str) -> None:
        self.resources = yaml.load(TEMPLATE.read_text(), Loader)["Resources"]  # noqa: S506
        self.pseudo = {
            "AWS::StackName": name,
            "AWS::Region": region,
            "AWS::AccountId": account,
            "AWS::Partition": "aws",
        }

    def of_type(self, kind: str) -> list[dict]:
        """The properties of every resource of a type, but for those that emulators lack."""
        described = [r["Properties"] for r in self.resources.values() if r["Type"] == kind]
        return [self.fill({key: p[key] for key in p if key not in NOT_EMULATED}) for p in described]

    def fill(self, value: object) -> object:
        """`value` with the references that tables, queues and buckets use."""
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return self.pseudo[value["Ref"]]
        if set(value) == {"Fn::Sub"}:
            return self.substitute(value["Fn::Sub"])
        if set(value) == {"Fn::GetAtt"}:
            return self.queue_arn(value["Fn::GetAtt"])
        return {key: self.fill(item) for key, item in value.items()}

    def substitute(self, text: str) -> str:
        for name, known in self.pseudo.items():
            text = text.replace("${" + name + "}", known)
        return text

    def queue_arn(self, reference: list[str]) -> str:
        resource, attribute = reference
        if attribute != "Arn" or self.resources[resource]["Type"] != "AWS::SQS::Queue":
            raise SystemExit(f"cannot resolve {resource}.{attribute}")
        name = self.fill(self.resources[resource]["Properties"]["QueueName"])
        return self.substitute("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:") + name


def tables(stack: Stack) -> None:
    client = boto3.client("dynamodb")
    for request in stack.of_type("AWS::DynamoDB::Table"):
        expiry = request.pop("TimeToLiveSpecification")
        if "StreamSpecification" in request:
            request["StreamSpecification"]["StreamEnabled"] = True
        if make(f"table {request['TableName']}", lambda: client.create_table(**request)):
            client.get_waiter("table_exists").wait(TableName=request["TableName"])
            expire(client, request["TableName"], expiry)


def expire(client, table: str, specification: dict) -> None:
    make(f"expiry of {table}", lambda: client.update_time_to_live(TableName=table, TimeToLiveSpecification=specification))


def queues(stack: Stack) -> None:
    client = boto3.client("sqs")
    described = stack.of_type("AWS::SQS::Queue")
    # Dead-letter queues first: a queue may only name one that exists.
    for properties in sorted(described, key=lambda properties: "RedrivePolicy" in properties):
        name = properties.pop("QueueName")
        attributes = {key: attribute(value) for key, value in properties.items() if key != "RedriveAllowPolicy"}
        make(f"queue {name}", lambda: client.create_queue(QueueName=name, Attributes=attributes))


def attribute(value: object) -> str:
    """A queue attribute as SQS takes it: everything is text, policies are JSON in text."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def buckets(stack: Stack) -> None:
    client = boto3.client("s3")
    for logical_id, resource in stack.resources.items():
        if resource["Type"] != "AWS::S3::Bucket":
            continue
        # LostEventsBucket: petstore-lost-events.
        words = re.sub("(?<!^)(?=[A-Z])", "-", logical_id.removesuffix("Bucket")).lower()
        name = f"{stack.pseudo['AWS::StackName']}-{words}"
        region = stack.pseudo["AWS::Region"]
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        make(f"bucket {name}", lambda: client.create_bucket(Bucket=name, **place))


def make(what: str, create) -> bool:
    """Runs `create`; False when the thing exists."""
    try:
        create()
    except ClientError as error:
        if error.response["Error"]["Code"].rsplit(".", 1)[-1] not in EXISTS:
            raise
        print(f"{what}: exists")
        return False
    print(f"{what}: created")
    return True


SERVICES = {"dynamodb": tables, "sqs": queues, "s3": buckets}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", default="petstore", help="name that tables and queues get")
    parser.add_argument("--account", default="000000000000", help="account id in the emulator's ARNs")
    parser.add_argument("--only", nargs="+", choices=sorted(SERVICES), default=sorted(SERVICES))
    options = parser.parse_args()
    if not os.environ.get("AWS_ENDPOINT_URL"):
        sys.exit("set AWS_ENDPOINT_URL to the emulator's address; for AWS itself use `sam deploy`")
    for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_DEFAULT_REGION", "us-east-1")):
        os.environ.setdefault(name, value)
    stack = Stack(options.stack, os.environ["AWS_DEFAULT_REGION"], options.account)
    for service in options.only:
        SERVICES[service](stack)


if __name__ == "__main__":
    main()
