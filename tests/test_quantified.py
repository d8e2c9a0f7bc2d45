"""Demands on all resources of a kind: who is asked, who does not meet them, and what that makes of a status."""

from __future__ import annotations

import pytest
from sides import fenced, sample_of, side_of

from gapkit.concepts import load_knowledge
from gapkit.knowledge import load_yaml
from gapkit.models import Coverage
from gapkit.pipeline import assess
from gapkit.quantified import QuantifiedSide, asked_kinds

BUCKET, QUEUE, FUNCTION = "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Lambda::Function"
NOTHING: frozenset[str] = frozenset()

TWO_BUCKETS = """
resource "aws_s3_bucket" "in" {{
  bucket        = "notes-in"
  force_destroy = true
}}
resource "aws_s3_bucket" "out" {{
  bucket = "notes-out"
}}
resource "aws_s3_bucket_versioning" "in" {{
  bucket = aws_s3_bucket.in.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}
resource "aws_s3_bucket_versioning" "out" {{
  {out}
  versioning_configuration {{
    status = "Enabled"
  }}
}}
"""


@pytest.mark.parametrize(
    ("text", "general", "kinds", "outright"),
    [
        ("All buckets are versioned", False, (BUCKET,), True),
        ("every S3 bucket and each of the queues", False, (BUCKET, QUEUE), True),
        ("S3 buckets with versioning", False, (BUCKET,), False),
        ("block all public access on the bucket", False, (), False),
        ("queues have dead letter queues", False, (QUEUE,), False),
        ("a queue with a dead-letter queue, no dead letter queues besides", False, (), False),
        ("encrypt all data at rest", True, (BUCKET, QUEUE), True),
        ("encrypt all data at rest", False, (), False),
        ("encrypt everything", True, (BUCKET, QUEUE), True),
        ("encrypt the data", True, (), False),
    ],
)
def test_who_is_asked(text: str, general: bool, kinds: tuple[str, ...], outright: bool) -> None:
    assert asked_kinds((BUCKET, QUEUE), general, text, NOTHING) == (kinds, outright)


def test_services_narrow_what_is_asked_of_everything() -> None:
    assert asked_kinds((BUCKET, QUEUE), True, "all data in SQS", frozenset({"sqs"})).kinds == (QUEUE,)


def missing(code: str, language: str, concept: str, text: str) -> list[str] | None:
    """The names of the resources that do not meet a concept; None where it is asked of nothing."""
    found = QuantifiedSide(side_of(code, language)).standing(load_knowledge(None).concepts[concept], text, NOTHING)
    return None if found is None else [r.declaration.name for r in found.misses]


@pytest.mark.parametrize(
    ("out", "names"),
    [
        ("bucket = aws_s3_bucket.out.id", []),
        ("bucket = aws_s3_bucket.in.id", ["out"]),
        ("for_each = aws_s3_bucket.out\n  bucket = each.value.id", []),
        ("for_each = local.names\n  bucket = each.value", None),  # it may be on any
    ],
)
def test_what_is_attached_counts(out: str, names: list[str] | None) -> None:
    assert missing(TWO_BUCKETS.format(out=out), "hcl", "s3-versioning", "All S3 buckets are versioned") == names


REPOSITORY = """
resource "aws_ecr_repository" "images" {
  name = "images"
}
resource "aws_dynamodb_table" "orders" {
  name = "orders"
}
"""


def test_a_repository_with_images_cannot_be_destroyed() -> None:
    assert missing(REPOSITORY, "hcl", "destroyable", "All resources must be destroyable") == ["images"]
    assert missing(REPOSITORY, "hcl", "destroyable", "The repository must be destroyable") == ["images"]
    assert missing(REPOSITORY, "hcl", "destroyable", "The table must be destroyable") is None
    emptied = REPOSITORY.replace('"images"\n}', '"images"\n  force_delete = true\n}')
    assert missing(emptied, "hcl", "destroyable", "All resources must be destroyable") == []


def test_a_bucket_that_is_not_emptied_cannot_be_destroyed() -> None:
    code = TWO_BUCKETS.format(out="bucket = aws_s3_bucket.out.id")
    assert missing(code, "hcl", "destroyable", "All resources must be destroyable") == ["out"]
    assert missing(code, "hcl", "destroyable", "No Retain policies") is None


CDK = """
const shared = { removalPolicy: cdk.RemovalPolicy.DESTROY };
const a = new s3.Bucket(this, 'A', { ...shared });
const b = new s3.Bucket(this, 'B', { ...props.buckets });
const c = new s3.Bucket(this, 'C', {});
c.applyRemovalPolicy(cdk.RemovalPolicy.DESTROY);
const d = new s3.Bucket(this, 'D', { versioned: true });
new s3.CfnBucket(this, 'E', {});
"""


def test_what_cannot_be_seen_is_not_held_against_it() -> None:
    assert missing(CDK, "typescript", "destroyable", "All resources must be destroyable") == ["D"]


POLICIES = """
Resources:
  A: {Type: AWS::S3::Bucket}
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: other}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref A
      PolicyDocument:
        Statement:
          - {Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "false"}}}
"""


def test_a_policy_counts_for_the_bucket_that_it_is_on() -> None:
    assert missing(POLICIES, "yaml", "s3-deny-insecure-transport", "All buckets refuse HTTP") == ["B"]


QUEUES = """
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
  Other: {Type: AWS::SQS::Queue, Properties: {QueueName: other}}
"""


def test_the_dead_letter_queue_needs_none() -> None:
    assert missing(QUEUES, "yaml", "sqs-dead-letter-queue", "All queues have a dead-letter queue") == ["Other"]


TABLES = """
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties: {{PointInTimeRecoverySpecification: {{PointInTimeRecoveryEnabled: true}}}}
  Users:
    Type: AWS::DynamoDB::Table
    Properties: {users}
"""
RECOVERED = "{PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}}"
PLAIN = "{BillingMode: PAY_PER_REQUEST}"


def coverage(asked: str, users: str, ideal_users: str) -> Coverage:
    prompt = f"# Build\n\n## Requirements\n\n1. {asked}\n2. Tables are billed per request.\n"
    model, ideal = fenced(TABLES.format(users=users)), fenced(TABLES.format(users=ideal_users))
    return assess(sample_of(prompt, model, ideal)).coverages[0]


def test_one_that_lacks_it_keeps_it_from_being_complete() -> None:
    asked = "All DynamoDB tables have point-in-time recovery."
    assert coverage(asked, RECOVERED, RECOVERED).status == "complete"
    short = coverage(asked, PLAIN, RECOVERED)
    assert (short.status, short.ideal_status) == ("partial", "complete")
    assert "Users" in short.reason


def test_what_the_ideal_leaves_so_may_be_added() -> None:
    """One that the ideal does not give it either is held against a response of its own, not against the ideal's own."""
    asked = "All DynamoDB tables have point-in-time recovery."
    other = "{BillingMode: PAY_PER_REQUEST, TableName: users}"
    assert coverage(asked, RECOVERED, PLAIN).status == "complete"
    assert coverage(asked, other, PLAIN).status == "partial"
    alike = coverage(asked, PLAIN, PLAIN)
    assert (alike.status, alike.ideal_status) == ("complete", "complete")


def test_a_plural_asks_of_all_where_the_ideal_leaves_none_out() -> None:
    asked = "DynamoDB tables with point-in-time recovery."
    assert coverage(asked, PLAIN, RECOVERED).status == "partial"
    alike = coverage(asked, PLAIN, PLAIN)
    assert (alike.status, alike.ideal_status) == ("complete", "complete")


def test_the_table_names_concepts_and_kinds_that_there_are() -> None:
    data = load_yaml("quantified.yaml")
    concepts = load_knowledge(None).concepts
    for row in data["demands"]:
        assert set(row["concepts"]) <= concepts.keys()
        assert set(row["kinds"]) <= data["nouns"].keys()
