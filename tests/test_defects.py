"""Faults in how declarations work together: each fires on the fault and not on the sound neighbour."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest
from sides import side_of

from gapkit.defects import find_defects, load_defects, managed_policies
from gapkit.dialects import read_artifact
from gapkit.knowledge import load_yaml
from gapkit.models import Artifact
from gapkit.resources import build_side

ROLE = """
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/{policy}']
"""
TRAIL = """
Resources:
  Logs: {{Type: AWS::S3::Bucket}}
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: {{S3BucketName: !Ref Logs, IsLogging: true}}
{more}
"""
POLICY = """  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Logs
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: 's3:PutObject', Resource: '*'}]
"""
ALARM = """
Resources:
  A:
    Type: AWS::CloudWatch::Alarm
    Properties: {{MetricName: Errors, Namespace: {namespace}, {action}}}
"""


def codes(text: str, language: str = "yaml") -> set[str]:
    return {f.code for f in find_defects(side_of(text, language))}


@pytest.mark.parametrize(
    ("code", "faulty", "sound"),
    [
        (
            "unknown_managed_policy",
            ROLE.format(policy="service-role/NoSuchRole"),
            ROLE.format(policy="AmazonSSMManagedInstanceCore"),
        ),
        ("trail_bucket_policy", TRAIL.format(more=""), TRAIL.format(more=POLICY)),
        (
            "alarm_without_action",
            ALARM.format(namespace="AWS/Lambda", action="Threshold: 1"),
            ALARM.format(namespace="AWS/Lambda", action="AlarmActions: [x]"),
        ),
        (
            "alarm_on_unknown_namespace",
            ALARM.format(namespace="AWS/CloudTrail", action="AlarmActions: [x]"),
            ALARM.format(namespace="AWS/SQS", action="AlarmActions: [x]"),
        ),
    ],
)
def test_defect(code: str, faulty: str, sound: str) -> None:
    assert code in codes(faulty)
    assert code not in codes(sound)


NODE = """import * as cdk from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
new lambda.Function(this, 'F', {
  runtime: lambda.Runtime.NODEJS_20_X, handler: 'index.handler', code: lambda.Code.fromAsset('src')MORE
});
"""


@pytest.mark.parametrize(
    ("more", "name", "module", "faulty"),
    [
        ("", "src/index.js", "aws-sdk", True),
        ("", "src/index.js", "@aws-sdk/client-s3", False),
        ("", "test/stack.test.js", "aws-sdk", False),
        (", layers: [sdk]", "src/index.js", "aws-sdk", False),
    ],
)
def test_the_old_sdk_in_a_file_of_the_function(more: str, name: str, module: str, faulty: bool) -> None:
    handler = f"const sdk = require('{module}');\nexports.handler = async (event) => ({{}});\n"
    files = [
        Artifact("answer.md", "lib/stack.ts", "typescript", NODE.replace("MORE", more), 1, 6),
        Artifact("answer.md", name, "javascript", handler, 9, 11),
    ]
    side = build_side(tuple(d for each in files for d in read_artifact(each).declarations), tuple(files))
    assert ("old_sdk_beside_new_node" in {f.code for f in find_defects(side)}) is faulty


def test_managed_policies_are_many_and_named_with_their_paths() -> None:
    assert len(managed_policies()) > 1000
    assert "service-role/AWSLambdaBasicExecutionRole" in managed_policies()


def test_every_defect_says_what_and_how() -> None:
    assert all(d.message and d.fix and d.severity in ("critical", "high", "medium", "low") for d in load_defects())


def _examples() -> list[tuple[str, str, str, str]]:
    rows = cast("list[dict[str, Any]]", load_yaml("defects.yaml")["defects"])
    found = [(row["id"], row["examples"]) for row in rows if "examples" in row]
    return [(code, e.get("language", "yaml"), e["faulty"], e["sound"]) for code, e in found]


@pytest.mark.parametrize(("code", "language", "faulty", "sound"), _examples(), ids=[row[0] for row in _examples()])
def test_examples(code: str, language: str, faulty: str, sound: str) -> None:
    head = "Resources: " if language == "yaml" else ""
    assert code in codes(f"{head}{faulty}\n", language)
    assert code not in codes(f"{head}{sound}\n", language)


def test_what_a_condition_chooses_is_not_certain() -> None:
    group = "R: {{Type: AWS::ElastiCache::ReplicationGroup, Properties: {{MultiAZEnabled: true, AutomaticFailoverEnabled: {}}}}}"
    code = "several_zones_without_failover"
    assert code in codes("Resources: {" + group.format("false") + "}\n")
    assert code not in codes("Resources: {" + group.format("!If [Large, true, false]") + "}\n")


def test_one_entry_of_a_list_is_told_once() -> None:
    text = """
Resources:
  D:
    Type: AWS::RDS::DBInstance
    Properties: {Engine: postgres, EnableCloudwatchLogsExports: [error, general, slowquery]}
"""
    assert [f.code for f in find_defects(side_of(text))].count("log_export_of_other_engine") == 1


def test_the_name_of_a_condition_is_no_value() -> None:
    text = (
        "Conditions: {HasName: !Equals [a, b]}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n"
        "      BucketName: !If [HasName, {name}, !Ref AWS::NoValue]\n"
    )
    assert "bucket_name_letters" not in codes(text.replace("{name}", "shop-logs"))
    assert "bucket_name_letters" in codes(text.replace("{name}", "Shop-Logs"))


GATEWAY = """
resource "aws_nat_gateway" "n" { subnet_id = "s" }
resource "aws_route" "r" { gateway_id = "g" }
"""


@pytest.mark.parametrize(
    "more",
    [
        "locals { nat = aws_nat_gateway.n.id }",
        'output "nat" { value = aws_nat_gateway.n.id }',
        'module "routes" {\n  source = "./routes"\n  nat = aws_nat_gateway.n.id\n}',
    ],
)
def test_what_is_passed_on_may_be_named_elsewhere(more: str) -> None:
    code = "nat_gateway_without_route"
    assert code in codes(GATEWAY, "hcl")
    assert code in codes(f'{GATEWAY}\nresource "aws_eip" "e" {{ depends_on = [aws_nat_gateway.n] }}', "hcl")
    assert code not in codes(f"{GATEWAY}\n{more}\n", "hcl")


def test_what_was_not_read_may_name_anything() -> None:
    side = side_of(GATEWAY, "hcl")
    assert any(f.code == "nat_gateway_without_route" for f in find_defects(side))
    assert not find_defects(side, unread=True)


def test_a_computed_name_equals_anything() -> None:
    table = (
        "T: {Type: AWS::DynamoDB::Table, Properties: {BillingMode: PAY_PER_REQUEST, AttributeDefinitions: "
        "[{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: %s, KeyType: HASH}]}}"
    )
    code = "attribute_without_key"
    assert code in codes("Resources: {" + table % "other" + "}\n")
    assert code not in codes("Resources: {" + table % "!Ref Key" + "}\n")
    assert code not in codes("Resources: {" + table % "id" + "}\n")


def test_each_dialect_has_its_own_form_of_a_fault() -> None:
    table = 'resource "aws_dynamodb_table" "t" {{\n  billing_mode = "PAY_PER_REQUEST"\n  hash_key = "id"\n{}}}\n'
    attribute = '  attribute {{\n    name = "{}"\n    type = "S"\n  }}\n'
    assert "attribute_without_key" in codes(table.format(attribute.format("id") + attribute.format("status")), "hcl")
    assert "attribute_without_key" not in codes(table.format(attribute.format("id")), "hcl")
    balancer = 'resource "aws_lb" "b" {{\n  internal = {}\n  subnets = [aws_subnet.private_a.id]\n}}\n'
    subnet = 'resource "aws_subnet" "private_a" { vpc_id = "v" }\n'
    assert "public_part_in_private_subnet" in codes(balancer.format("false") + subnet, "hcl")
    assert "public_part_in_private_subnet" not in codes(balancer.format("true") + subnet, "hcl")


@pytest.mark.parametrize(
    ("parameter", "fits"),
    [
        ("{Type: String, Default: 'true', AllowedValues: [true, false]}", True),
        ("{Type: Number, Default: 2, AllowedValues: ['1', '2']}", True),
        ("{Type: CommaDelimitedList, Default: 'a,b', AllowedValues: [a, b]}", True),
        ("{Type: Number, Default: 3, AllowedValues: ['1', '2']}", False),
    ],
)
def test_a_default_is_one_of_the_allowed_values_in_quotes_or_not(parameter: str, fits: bool) -> None:
    side = side_of(f"Resources:\n  Q: {{Type: AWS::SQS::Queue}}\nParameters:\n  E: {parameter}\n")
    assert (not any(found.code == "default_not_allowed" for found in find_defects(side))) is fits


def test_what_is_named_as_aws_calls_it_is_used() -> None:
    profile = "  P: {Type: AWS::IAM::InstanceProfile, Properties: {InstanceProfileName: web, Roles: [r]}}"
    host = "  I: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: NAME, Tags: [{Key: a, Value: b}]}}"
    for name, used in (("web", True), ("'arn:aws:iam::1:instance-profile/web'", True), ("other", False)):
        found = find_defects(side_of(f"Resources:\n{profile}\n{host.replace('NAME', name)}\n"))
        assert all(each.code != "instance_profile_unused" for each in found) is used


def test_many_places_of_one_resource_are_told_in_no_time() -> None:
    policies = ", ".join(f"'arn:aws:iam::aws:policy/Nope{n}'" for n in range(10_000))
    side = side_of(f"Resources:\n  R: {{Type: AWS::IAM::Role, Properties: {{ManagedPolicyArns: [{policies}]}}}}\n")
    started = time.perf_counter()
    assert len(find_defects(side)) == 5
    assert time.perf_counter() - started < 5
