"""Alignment by content, and differences by path."""

from __future__ import annotations

from time import perf_counter

import pytest
from sides import side_of

from gapkit.compare import align, aligned_facts, differences

QUEUES = """
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 60, QueueName: orders}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600, QueueName: dead}
"""


def changes(ideal: str, model: str) -> list[tuple[str, str, str]]:
    rows = differences(align(side_of(ideal), side_of(model)))
    out = []
    for row in rows:
        resource = row.ideal or row.model
        item = row.ideal_item or row.model_item
        assert resource is not None
        out.append((row.change, resource.declaration.name, item.raw_path if item else ""))
    return sorted(out)


def test_the_same_text_differs_in_nothing() -> None:
    assert changes(QUEUES, QUEUES) == []


def test_renaming_and_reordering_differ_in_nothing() -> None:
    renamed = """
Resources:
  LetterBox:
    Type: AWS::SQS::Queue
    Properties: {QueueName: dead, MessageRetentionPeriod: '1209600'}
  Incoming:
    Type: AWS::SQS::Queue
    Properties: {QueueName: orders, VisibilityTimeout: 60}
"""
    assert changes(QUEUES, renamed) == []


def test_json_is_the_same_as_yaml() -> None:
    json_text = (
        '{"Resources": {"Orders": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60,'
        ' "QueueName": "orders"}}, "Dead": {"Type": "AWS::SQS::Queue", "Properties":'
        ' {"MessageRetentionPeriod": 1209600, "QueueName": "dead"}}}}'
    )
    rows = list(differences(align(side_of(QUEUES), side_of(json_text, "json"))))
    assert rows == []


def test_a_dropped_resource_a_changed_value_and_an_added_property() -> None:
    model = """
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 30, QueueName: orders, DelaySeconds: 5}
"""
    assert changes(QUEUES, model) == [
        ("different", "Orders", "VisibilityTimeout"),
        ("extra", "Orders", "DelaySeconds"),
        ("missing", "Dead", ""),
    ]


def test_aligned_facts_tell_what_is_the_same() -> None:
    rows = list(aligned_facts(align(side_of(QUEUES), side_of(QUEUES))))
    assert {row.change for row in rows} == {"same"}
    assert sum(row.ideal_item is not None for row in rows) == 4


def test_many_resources_of_a_type_are_aligned_in_reasonable_time() -> None:
    many = "Resources:\n" + "".join(
        f"  Q{n}: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: {n}}}}}\n" for n in range(300)
    )
    assert changes(many, many.replace("DelaySeconds: 7}", "DelaySeconds: 8}")) == [("different", "Q7", "DelaySeconds")]


CDK = """from aws_cdk import Stack, aws_iam as iam, aws_s3 as s3, aws_wafv2 as wafv2

class Store(Stack):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        bucket = s3.Bucket(self, "Bucket")
        reader = iam.Role(self, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        writer = iam.Role(self, "Writer", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), path="/w/")
        bucket.grant_write(reader)
        bucket.grant_write(writer)
        acl = wafv2.CfnWebACL(self, "Acl", scope="REGIONAL", visibility_config=wafv2.CfnWebACL.VisibilityConfigProperty(
            metric_name="acl"))
"""


def test_what_refers_to_a_lacking_resource_is_told_by_the_lack_alone() -> None:
    lines = CDK.splitlines(keepends=True)
    model = "".join(line for line in lines if '"Writer"' not in line)
    rows = differences(align(side_of(CDK, "python"), side_of(model, "python")))
    assert [(r.change, r.ideal and r.ideal.declaration.name) for r in rows] == [("missing", "Writer")]


def test_an_object_that_lost_its_properties_adds_nothing() -> None:
    model = CDK.replace('metric_name="acl"', "")
    rows = differences(align(side_of(CDK, "python"), side_of(model, "python")))
    assert [(r.change, r.ideal_item and r.ideal_item.raw_path) for r in rows] == [
        ("missing", "visibility_config.metric_name")
    ]


def test_the_text_of_a_value_object_is_no_name() -> None:
    code = """
import * as iam from 'aws-cdk-lib/aws-iam';
new iam.Role(this, 'Work', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
"""
    other = code.replace("ec2.amazonaws.com", "lambda.amazonaws.com").replace("'Work'", "'Job'")
    rows = list(differences(align(side_of(code, "ts"), side_of(other, "ts"))))
    assert [(row.change, row.ideal_item and row.ideal_item.raw_path) for row in rows] == [("different", "assumedBy")]
    assert not list(differences(align(side_of(code, "ts"), side_of(code.replace("'Work'", "'Job'"), "ts"))))


ROUTED = """
Resources:
  V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref V, CidrBlock: 10.0.1.0/24}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref V, CidrBlock: 10.0.2.0/24}}
  C: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref V, CidrBlock: 10.0.3.0/24}}
  Open: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref V, Tags: [{Key: Name, Value: open}]}}
  Shut: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref V, Tags: [{Key: Name, Value: shut}]}}
  AOpen: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref A, RouteTableId: !Ref Open}}
  BShut: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref B, RouteTableId: !Ref Shut}}
  CShut: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref C, RouteTableId: !Ref Shut}}
"""


@pytest.mark.parametrize("names", [{}, {"BShut": "AOpen", "CShut": "First"}, {"BShut": "Other", "CShut": "AOpen"}])
def test_of_equal_resources_those_are_left_over_whose_neighbours_are(names: dict[str, str]) -> None:
    lines = [line for line in ROUTED.splitlines() if not line.startswith(("  Open:", "  AOpen:"))]
    model = "\n".join(lines)
    for name, other in names.items():
        model = model.replace(name, other)
    assert changes(ROUTED, model) == [("missing", "AOpen", ""), ("missing", "Open", "")]
    assert changes(ROUTED, "\n".join([*model.splitlines()[:2], *model.splitlines()[:1:-1]])) == changes(ROUTED, model)


def test_equal_resources_go_with_what_they_belong_to() -> None:
    ideal = """
Resources:
  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: orders}}
  U: {Type: AWS::SNS::Topic, Properties: {DisplayName: returns}}
  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: email, Endpoint: orders@example.com}}
  R: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref U, Protocol: email, Endpoint: returns@example.com}}
"""
    model = """
Resources:
  Mail: {Type: String}
  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: orders}}
  U: {Type: AWS::SNS::Topic, Properties: {DisplayName: returns}}
  One: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref U, Protocol: email, Endpoint: !Ref Mail}}
  Two: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: email, Endpoint: !Ref Mail}}
"""
    pairs = {p.ideal.declaration.name: p.model.declaration.name
             for p in align(side_of(ideal), side_of(model)).pairs if p.ideal and p.model}  # fmt: skip
    assert (pairs["S"], pairs["R"]) == ("Two", "One")


def test_hundreds_of_equal_resources_are_settled_in_reasonable_time() -> None:
    def queues(count: int) -> str:
        return "Resources:\n" + "\n".join(
            f"  Q{n}: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: 5}}}}" for n in range(count)
        )

    start = perf_counter()
    assert len(changes(queues(800), queues(400))) == 400
    assert perf_counter() - start < 10
