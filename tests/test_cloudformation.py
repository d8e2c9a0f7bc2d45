"""CloudFormation and SAM templates into declarations."""

from __future__ import annotations

import time

import pytest
from dialect_fixtures import artifact_of, cases, codes

from gapkit.dialects import cloudformation, read_artifact
from gapkit.models import Artifact, Declaration

CASES = {case.name: case for case in cases("cfn")}
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: Shop
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 30}
Metadata:
  Owner: core
Parameters:
  Env:
    Type: String
    AllowedValues: [dev, prod]
Mappings:
  Sizes:
    dev: {Cpu: 256}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Rules:
  Only:
    Assertions: []
Resources:
  Api:
    Type: AWS::Serverless::Function
    Condition: IsProd
    Properties:
      Runtime: python3.12
      Events:
        Get:
          Type: Api
          Properties: {Path: /a}

  # A comment between two resources.
  Role:
    Type: AWS::IAM::Role
    Properties:
      Account: 012345678901
      Engine: 15.10
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Condition:
              Bool: {"aws:SecureTransport": "true"}
Outputs:
  RoleArn:
    Value: !GetAtt Role.Arn
    Export: {Name: !Sub "${AWS::StackName}-role"}
"""


def read(text: str, language: str = "yaml") -> tuple[Declaration, ...]:
    return cloudformation.read(artifact_of(text, language)).declarations


def properties(one: Declaration) -> dict[str, object]:
    return {path: value for path, value, _ in one.properties}


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("short")])
def test_functions_read_alike_however_they_are_written(name: str) -> None:
    case = CASES[name]
    assert cloudformation.accepts(case.artifact)
    declarations = cloudformation.read(case.artifact).declarations
    queue = next(one for one in declarations if one.kind == "resource")
    assert [f"{path} = {value}" for path, value, _ in queue.properties] == case.expected
    used = [one.type for one in declarations if one.kind == "function"]
    assert used == ["Fn::Join", "Fn::FindInMap", "Fn::ImportValue"]
    assert {one.name for one in declarations if one.kind == "function"} == {"Queue"}


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("broken")])
def test_damaged_templates_give_what_they_hold(name: str) -> None:
    case = CASES[name]
    reading = cloudformation.read(case.artifact)
    kinds = ("resource", "output")
    assert [f"{one.type} {one.name}" for one in reading.declarations if one.kind in kinds] == case.expected
    assert {"broken_code", "elided_code"} <= codes(reading)
    lines = range(case.artifact.line_start, case.artifact.line_end + 1)
    assert all(problem.line in lines and problem.document == case.artifact.document for problem in reading.problems)


def test_damaged_properties_survive() -> None:
    reading = cloudformation.read(CASES["broken_resource:4"].artifact)
    by_name = {one.name: properties(one) for one in reading.declarations}
    assert by_name["First"] == {"TopicName": "alerts"}
    assert by_name["Second"]["BucketName"] == "logs: ${Env}"


def test_sections() -> None:
    found = [(one.kind, one.type, one.name) for one in read(TEMPLATE)]
    assert found == [
        ("metadata", "Transform", "AWS::Serverless-2016-10-31"),
        ("function", "Fn::Transform", "AWS::Serverless-2016-10-31"),
        ("metadata", "Globals", ""),
        ("metadata", "Metadata", ""),
        ("parameter", "String", "Env"),
        ("mapping", "Mapping", "Sizes"),
        ("condition", "Condition", "IsProd"),
        ("rule", "Rule", "Only"),
        ("resource", "AWS::Serverless::Function", "Api"),
        ("resource", "AWS::IAM::Role", "Role"),
        ("output", "Output", "RoleArn"),
        ("template", "Template", ""),
    ]


def test_values_and_paths() -> None:
    by_name = {one.name: properties(one) for one in read(TEMPLATE) if one.name}
    assert by_name["Env"] == {"AllowedValues[0]": "dev", "AllowedValues[1]": "prod"}
    assert by_name["Sizes"] == {"dev.Cpu": 256}
    assert by_name["IsProd"] == {"expression": '{"Fn::Equals":[{"Ref":"Env"},"prod"]}'}
    assert by_name["Api"] == {
        "Condition": "IsProd",
        "Runtime": "python3.12",
        "Events.Get.Type": "Api",
        "Events.Get.Properties.Path": "/a",
    }
    policy = "AssumeRolePolicyDocument"
    assert by_name["Role"] == {
        "Account": "012345678901",
        "Engine": "15.10",
        f"{policy}.Version": "2012-10-17",
        f"{policy}.Statement[0].Effect": "Allow",
        f"{policy}.Statement[0].Condition.Bool.aws:SecureTransport": "true",
    }
    assert by_name["RoleArn"] == {"Value": "${Role.Arn}", "Export.Name": "${AWS::StackName}-role"}


def test_lines_count_from_the_documents_first_line() -> None:
    declarations = cloudformation.read(artifact_of(TEMPLATE, line_start=101)).declarations
    by_name = {one.name: one for one in declarations}
    lines = TEMPLATE.split("\n")
    api, role = by_name["Api"], by_name["Role"]
    assert lines[api.line - 101] == "  Api:"
    assert lines[api.line_end - 101].strip() == "Properties: {Path: /a}"
    assert lines[role.line_end - 101].strip().startswith("Bool:")
    runtime = next(one for one in api.properties if one.path == "Runtime")
    assert "python3.12" in lines[runtime.line - 101]


def test_json_lines() -> None:
    bucket = '"A": {\n   "Type": "AWS::S3::Bucket",\n   "Properties": {\n    "N": ["x",\n     "y"]\n   }\n  }'
    text = f'{{\n "Resources": {{\n  {bucket},\n  "B": {{"Type": "AWS::SNS::Topic"}}\n }}\n}}\n'
    first, second = read(text, "json")
    assert (first.line, first.line_end, second.line, second.line_end) == (3, 9, 10, 10)
    assert [(path, line) for path, _, line in first.properties] == [("N[0]", 6), ("N[1]", 7)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MyQueue:\n  Type: AWS::SQS::Queue\n", [("resource", "MyQueue")]),
        ("Type: AWS::SQS::Queue\nProperties:\n  QueueName: q\n", [("resource", "")]),
        ('"A": {"Type": "AWS::SQS::Queue"},\n"B": {"Type": "AWS::X::Y"}', [("resource", "A"), ("resource", "B")]),
        ("Outputs:\n  A:\n    Value: !Ref B\n", [("output", "A")]),
        ("service: x\nresources:\n  Resources:\n    T:\n      Type: AWS::SNS::Topic\n", [("resource", "T")]),
        ("Resources:\n  T:\n    Type: AWS::X::Y\nQ:\n  Type: AWS::X::Z\n", [("resource", "T"), ("resource", "Q")]),
        (
            "Resources:\n  Fn::ForEach::T:\n    - N\n    - [a, b]\n    - T${N}:\n        Type: AWS::SNS::Topic\n",
            [("resource", "T${N}")],
        ),
    ],
)  # fmt: skip
def test_pieces_of_templates(text: str, expected: list[tuple[str, str]]) -> None:
    for language in ("yaml", "", "hcl"):
        artifact = artifact_of(text, language)
        assert cloudformation.accepts(artifact)
        assert [(one.kind, one.name) for one in read_artifact(artifact).declarations] == expected


def test_a_template_without_indentation() -> None:
    network = "Net:\nType: AWS::EC2::VPC\nProperties:\nCidrBlock: 10.0.0.0/16\nTags: - Key: a\n"
    topic = "Topic:\nType: AWS::SNS::Topic\nDeletionPolicy: Retain\n"
    text = f"Parameters:\nEnv:\nType: String\nDefault: dev\nResources:\n{network}{topic}"
    reading = cloudformation.read(artifact_of(text))
    assert [(one.kind, one.type, one.name) for one in reading.declarations] == [
        ("parameter", "String", "Env"),
        ("resource", "AWS::EC2::VPC", "Net"),
        ("resource", "AWS::SNS::Topic", "Topic"),
    ]
    assert properties(reading.declarations[1])["CidrBlock"] == "10.0.0.0/16"
    assert properties(reading.declarations[2]) == {"DeletionPolicy": "Retain"}
    assert codes(reading) == {"broken_code"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("export const t = { Type: 'AWS::SNS::Topic' }", "typescript"),
        ("import x from 'y'\nconst t = {\n  Type: 'AWS::SNS::Topic' }", ""),
        ('resource "aws_x" "y" {\n  Type: AWS::S3::Bucket\n}', "hcl"),
        ("jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: 'Type: AWS::S3::Bucket'\n", "yaml"),
        ('{"name": "package"}', "json"),
        ("just words about AWS::S3::Bucket", ""),
    ],
)
def test_other_texts_are_not_accepted(text: str, language: str) -> None:
    assert not cloudformation.accepts(artifact_of(text, language))


def test_duplicate_keys_are_kept_and_reported() -> None:
    text = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n  A:\n    Type: AWS::SQS::Queue\n"
    reading = cloudformation.read(artifact_of(text))
    assert [one.type for one in reading.declarations] == ["AWS::SNS::Topic", "AWS::SQS::Queue"]
    assert [(problem.code, problem.line) for problem in reading.problems] == [("duplicate_key", 4)]


def test_anchors_and_merge_keys() -> None:
    original = "Resources:\n  A: &a\n    Type: AWS::SNS::Topic\n    Properties: &p {TopicName: x, KmsMasterKeyId: k}\n"
    text = original + "  B:\n    Type: AWS::SNS::Topic\n    Properties:\n      <<: *p\n      TopicName: y\n"
    first, second = read(text)
    assert properties(first) == {"TopicName": "x", "KmsMasterKeyId": "k"}
    assert properties(second) == {"TopicName": "y", "KmsMasterKeyId": "k"}


BOMB = "Type: AWS::X\na: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 20)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "Type: AWS::X\na: &a [*a]\n",
        "Type: AWS::X\nb: " + "[" * 50_000,
        "Type: AWS::X\nb:\n  " + "- " * 50_000,
        '{"Type": "AWS::S3::Bucket", "a": ' + "[" * 50_000,
        '{"Type": "AWS::S3::Bucket", "a": ' + '{"a":' * 50_000,
        "Type: AWS::X\n" + "  bad: [\n" * 5_000,
        "Type: AWS::X\n" + 'a: "\n' * 5_000,
        '{"Type": "AWS::S3::Bucket",' + '"' * 100_001,
        "Type: AWS::X\n\x00\x01",
        "Type: AWS::X\n" + "# ... " * 50_000,
        "Resources:\n" + "\t- : {\n" * 20_000 + "Type: AWS::X",
    ],
    ids=range(12),
)
def test_hostile_texts_are_read_quickly(text: str) -> None:
    start = time.perf_counter()
    cloudformation.accepts(artifact_of(text))
    reading = cloudformation.read(artifact_of(text))
    assert time.perf_counter() - start < 15
    assert len(reading.declarations) < 10_000


def test_nothing_is_read_from_shell_and_prose() -> None:
    for language, text in (("bash", "aws s3 ls"), ("markdown", "# Title"), ("text", "a tree\n└── main.tf")):
        assert read_artifact(Artifact("d.md", "", language, text, 1, 1)).declarations == ()
