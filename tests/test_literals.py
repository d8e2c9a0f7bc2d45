"""Whether a side holds a literal of a wording where the wording means it."""

from __future__ import annotations

import pytest
from sides import side_of

from gapkit.dialects import read_artifact
from gapkit.evidence import SideIndex
from gapkit.literals import LiteralFinder
from gapkit.models import Artifact
from gapkit.quantities import find_literals
from gapkit.resources import build_side
from gapkit.words import text_words


def holds(wording: str, code: str, language: str, kind: str = "") -> bool:
    """Whether the first literal of a wording (of a kind) stands in the code."""
    finder = LiteralFinder(SideIndex(side_of(code, language)))
    literal = next(x for x in find_literals(wording) if x.kind == kind or not kind)
    return bool(finder.find(literal, wording, frozenset(text_words(wording))))


TEMPLATE = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: t}}}\n"
ZONED = "Resources: {S: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: %s}}}\n"


@pytest.mark.parametrize(
    ("code", "language", "held"),
    [
        ('provider "aws" {\n  region = "eu-west-1"\n}\n', "hcl", True),
        ('variable "region" {\n  default = "eu-west-1"\n}\n', "hcl", True),
        ('output "o" {\n  value = "https://x.eu-west-1.amazonaws.com"\n}\n', "hcl", False),
        ('resource "aws_iam_policy" "p" {\n  policy = "arn:aws:sqs:eu-west-1:*:jobs"\n}\n', "hcl", False),
        ('resource "aws_sqs_queue" "q" {\n  name = "jobs"\n  tags = { Region = "eu-west-1" }\n}\n', "hcl", False),
        (TEMPLATE, "yaml", True),
        (ZONED % "eu-west-1a", "yaml", True),
        (ZONED % "us-east-1a", "yaml", False),
    ],
)
def test_a_region_counts_where_it_is_set(code: str, language: str, held: bool) -> None:
    assert holds("deploy to eu-west-1", code, language) is held


BUCKET = "\nconst b = new aws.s3.Bucket('b');\n"


@pytest.mark.parametrize(
    ("code", "others", "held"),
    [
        ("const region = aws.config.region || 'eu-west-1';" + BUCKET, "", True),
        ("// const region = aws.config.region || 'eu-west-1';" + BUCKET, "", False),
        ("const other = 'eu-west-1';" + BUCKET, "", False),
        (BUCKET, "pulumi config set aws:region eu-west-1\n", True),
        (BUCKET, "config:\n  aws:region: eu-west-1\n", True),
        (BUCKET, "aws s3 ls --region eu-west-1\n", False),
    ],
)
def test_a_region_that_a_program_sets(code: str, others: str, held: bool) -> None:
    """Variables of programs are no facts, and neither are commands."""
    sources = [Artifact("d", "index.ts", "ts", code, 1, 2), Artifact("d", "", "bash", others, 9, 9)]
    side = build_side(read_artifact(sources[0]).declarations, tuple(sources))
    literal = find_literals("deploy to eu-west-1")[0]
    assert bool(LiteralFinder(SideIndex(side)).find(literal, "deploy to eu-west-1", frozenset())) is held


def test_a_program_without_a_name_sets_a_region() -> None:
    code = """package main

import "github.com/aws/aws-cdk-go/awscdk/v2/awssns"

func stack(s awscdk.Stack) {
	awssns.NewTopic(s, jsii.String("Jobs"), &awssns.TopicProps{})
}

func env() *awscdk.Environment {
	return &awscdk.Environment{Region: jsii.String("eu-west-1")}
}
"""
    assert holds("deploy to eu-west-1", code, "go")
    assert not holds("deploy to eu-west-1", code.replace("eu-west-1", "us-east-1"), "go")


SETTINGS = """
SIZES = {"dev": {"function_memory": 256, "node": "t3.large"}}  # function_memory: 768
bucket = aws.s3.Bucket("b")
"""


@pytest.mark.parametrize(
    ("wording", "held"),
    [
        ("a function with 256 MB of memory", True),
        ("a disk of 256 MB", False),
        ("a function with 768 MB of memory", False),
        ("nodes are `t3.large`", True),
        ("nodes are `t3.small`", False),
    ],
)
def test_settings_of_a_program(wording: str, held: bool) -> None:
    """A dictionary of settings is no fact; its names say what its numbers are."""
    source = Artifact("d", "main.py", "python", SETTINGS, 1, 3)
    finder = LiteralFinder(SideIndex(build_side(read_artifact(source).declarations, (source,))))
    literal = find_literals(wording)[0]
    assert bool(finder.find(literal, wording, frozenset(text_words(wording)))) is held


@pytest.mark.parametrize(
    ("wording", "value", "held"),
    [
        ("PostgreSQL 15", "'15.4'", True),
        ("PostgreSQL 15", "15.4", True),
        ("PostgreSQL 15", "'14.15'", False),
        ("PostgreSQL 13 or higher", "'15.4'", True),
        ("PostgreSQL 15 or higher", "'14.1'", False),
    ],
)
def test_versions(wording: str, value: str, held: bool) -> None:
    code = (
        f"Resources: {{D: {{Type: AWS::RDS::DBInstance, Properties: {{Engine: postgres, EngineVersion: {value}}}}}}}\n"
    )
    assert holds(wording, code, "yaml") is held


@pytest.mark.parametrize(
    ("wording", "code", "language", "held"),
    [
        ("`Team: web`", 'resource "aws_sqs_queue" "q" {\n  tags = { Team = "web" }\n}\n', "hcl", True),
        ("`Team: web`", 'resource "aws_sqs_queue" "q" {\n  tags = { Team = "data" }\n}\n', "hcl", False),
        ("`Team: web`", 'resource "aws_sqs_queue" "q" {\n  tags = { Team = var.team }\n}\n', "hcl", True),
        ("10.3.7.0/24", 'resource "aws_subnet" "s" {\n  cidr_block = "10.3.${count.index}.0/24"\n}\n', "hcl", True),
        ("10.3.7.0/24", 'resource "aws_subnet" "s" {\n  cidr_block = "10.4.${count.index}.0/24"\n}\n', "hcl", False),
        ("names hold envSuffix", 'resource "aws_sqs_queue" "q" {\n  name = "q-${var.env_suffix}"\n}\n', "hcl", True),
        ("names hold envSuffix", 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n', "hcl", False),
        (
            "export `JobsQueueUrl`",
            "Outputs: {JobsQueueUrl: {Value: x}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n",
            "yaml",
            True,
        ),
        (
            "export `JobsQueueUrl`",
            "Outputs: {QueueUrl: {Value: x}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n",
            "yaml",
            False,
        ),
        ('a `variable "team"`', 'variable "team" {\n  type = string\n}\n', "hcl", True),
        ('a `variable "team"`', 'output "team" {\n  value = "team"\n}\n', "hcl", False),
        ('a `data "aws_ami"`', 'data "aws_ami" "linux" {\n  most_recent = true\n}\n', "hcl", True),
        (
            "`MaxErrors` (default `12`)",
            "Parameters: {MaxErrors: {Type: Number, Default: 12}}\n" + TEMPLATE,
            "yaml",
            True,
        ),
        (
            "`MaxErrors` (default `12`)",
            "Parameters: {MaxErrors: {Type: Number, Default: 13}}\n" + TEMPLATE,
            "yaml",
            False,
        ),
    ],
)
def test_texts(wording: str, code: str, language: str, held: bool) -> None:
    assert holds(wording, code, language, "number" if "default" in wording else "") is held


def test_a_type_of_instance_as_the_cdk_writes_it() -> None:
    code = "new ec2.Instance(this, 'I', { instanceType: ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MICRO) });"
    assert holds("t3.micro", code, "ts")
    assert not holds("t3.large", code, "ts")


def test_a_refused_setting_that_is_off_does_not_stand_there() -> None:
    literal = next(x for x in find_literals("no `deletion_protection`") if x.kind == "text")
    off = 'resource "aws_db_instance" "d" {\n  deletion_protection = false\n}\n'
    for code, stands in ((off, False), (off.replace("false", "true"), True)):
        assert bool(LiteralFinder(SideIndex(side_of(code, "hcl"))).find_refused(literal, frozenset())) is stands


TABLE = "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {%s: {%s: %s}}}}"
RECOVERY = ("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")


@pytest.mark.parametrize(
    ("wording", "code", "held"),
    [
        ("point-in-time recovery to any of the last 35 days", TABLE % (*RECOVERY, "true"), True),
        ("point-in-time recovery to any of the last 35 days", TABLE % (*RECOVERY, "false"), False),
        ("point-in-time recovery to any of the last 20 days", TABLE % (*RECOVERY, "true"), False),
        ("backups are kept for 35 days", TABLE % (*RECOVERY, "true"), False),
    ],
)
def test_durations_that_a_service_keeps_to_by_itself(wording: str, code: str, held: bool) -> None:
    assert holds(wording, code, "yaml") is held


TAKEN_OR_NOT = """
const there = new aws.Provider("there", {{region: "eu-west-1"}});
const jobs = new aws.sqs.Queue("jobs", {{name: "jobs"}}{given});
"""


@pytest.mark.parametrize(("given", "held"), [(", {provider: there}", True), ("", False)])
def test_a_provider_that_nothing_is_given_sets_no_region(given: str, held: bool) -> None:
    code = 'import * as aws from "@pulumi/aws";' + TAKEN_OR_NOT.format(given=given)
    literal = find_literals("Deploy to eu-west-1")[0]
    assert bool(LiteralFinder(SideIndex(side_of(code, "ts"))).find(literal, "Deploy to eu-west-1", frozenset())) is held


@pytest.mark.parametrize(
    ("wording", "code", "met"),
    [
        ("Deploy 3 microservices", "".join(f"  S{n}: {{Type: AWS::ECS::Service}}\n" for n in range(3)), True),
        ("Deploy 3 microservices", "".join(f"  S{n}: {{Type: AWS::ECS::Service}}\n" for n in range(2)), False),
        ("It runs in two regions", "  R: {Type: AWS::SQS::Queue, Properties: {A: us-east-1, B: eu-west-1}}\n", True),
        ("It runs in two regions", "  R: {Type: AWS::SQS::Queue, Properties: {A: us-east-1, B: us-east-1}}\n", False),
    ],
)
def test_counts_of_what_no_resource_is_called(wording: str, code: str, met: bool) -> None:
    (literal,) = [each for each in find_literals(wording) if each.kind == "count"]
    found = LiteralFinder(SideIndex(side_of("Resources:\n" + code))).find(
        literal, wording, frozenset(text_words(wording))
    )
    assert bool(found) is met


def test_a_quoted_number_counts_within_a_text() -> None:
    """Account ids stand in ARNs."""
    role = "Resources: {R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [{Principal: {AWS: %s}}]}}}}\n"
    assert holds("trusts the account `123456789012`", role % "arn:aws:iam::123456789012:root", "yaml")
    assert not holds("trusts the account `123456789012`", role % "arn:aws:iam::210987654321:root", "yaml")
