"""Paths, values and references made comparable."""

from __future__ import annotations

import pytest
from sides import side_of

from gapkit.resources import normal_path, normal_scalar


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("VpcConfig.SubnetIds[0]", "vpcconfig.subnetids"),
        ("vpc_config.subnet_ids[1]", "vpcconfig.subnetids"),
        ("tags.Cost-Center", "tags.costcenter"),
    ],
)
def test_normal_path(path: str, normal: str) -> None:
    assert normal_path(path) == normal


@pytest.mark.parametrize(
    ("value", "normal"),
    [("true", True), ("Enabled", True), ("no", False), (" 512 ", 512), ("1.5", 1.5), ("a b", "a b"), (None, None)],
)
def test_normal_scalar(value: object, normal: object) -> None:
    assert normal_scalar(value) == normal  # type: ignore[arg-type]


def test_a_reference_is_told_by_type_not_by_name() -> None:
    template = """
Resources:
  {name}:
    Type: AWS::SQS::Queue
  Work:
    Type: AWS::Lambda::Function
    Properties:
      DeadLetterConfig: {{TargetArn: !GetAtt {name}.Arn}}
"""
    first, second = (side_of(template.format(name=name)) for name in ("Dead", "Lost"))
    values = [{(i.path, i.value) for i in side.by_type["AWS::Lambda::Function"][0].items} for side in (first, second)]
    assert values[0] == values[1]
    assert ("deadletterconfig.targetarn", "${AWS::SQS::Queue}") in values[0]


def test_a_parameter_with_a_default_is_its_default() -> None:
    side = side_of("""
Parameters:
  Memory: {Type: Number, Default: 512}
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties: {MemorySize: !Ref Memory}
""")
    items = {i.path: i.value for i in side.by_type["AWS::Lambda::Function"][0].items}
    assert items["memorysize"] == 512


def test_tags_are_keyed_in_every_dialect() -> None:
    cloudformation = side_of("""
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [{Key: Team, Value: web}, {Value: a1, Key: CostCenter}]
""")
    terraform = side_of(
        'resource "aws_s3_bucket" "b" {\n  tags = {\n    Team = "web"\n    CostCenter = "a1"\n  }\n}', "hcl"
    )
    for side in (cloudformation, terraform):
        items = {(i.path, i.value) for i in side.by_type["AWS::S3::Bucket"][0].items}
        assert {("tags.team", "web"), ("tags.costcenter", "a1")} <= items


def test_words_of_a_description_are_no_names_of_resources() -> None:
    side = side_of("""
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Work: {Type: AWS::Lambda::Function, Properties: {Description: "Takes what's new (Orders)", Handler: a.b}}
""")
    (described,) = [item for r in side.resources for item in r.items if item.path == "description"]
    assert described.value == "Takes what's new (Orders)"
