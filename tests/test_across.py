"""Demands on all resources: names and tags."""

from __future__ import annotations

import pytest
from sides import side_of

from gapkit.across import AcrossSide, look_across, wanted, with_keys_below
from gapkit.concepts import Detection
from gapkit.resources import Side

TWO = """
Resources:
  A:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: {name}
      Tags: [{{Key: Team, Value: web}}]
  B:
    Type: AWS::SQS::Queue
    Properties: {{QueueName: !Sub 'jobs-${{Suffix}}'}}
"""


def found_on(name: str, wording: str, side: Side) -> Detection:
    return look_across(name, wanted(name, wording), AcrossSide(side))


def test_names_that_carry_a_variable() -> None:
    found = found_on("names", "names include environmentSuffix", side_of(TWO.format(name="plain")))
    assert found.share == 0.5
    assert [r.declaration.name for r in found.misses] == ["A"]
    assert found_on("names", "", side_of(TWO.format(name="!Sub 'data-${Suffix}'"))).share == 1.0


def test_a_suffix_is_not_any_parameter() -> None:
    wording = "every name ends with `${var.environment_suffix}`"
    code = """
    variable "{0}" {{ default = "shop" }}
    resource "aws_s3_bucket" "a" {{ bucket = "${{var.{0}}}-files" }}
    resource "aws_sqs_queue" "b" {{ name = "${{var.{0}}}-work-${{count.index}}" }}
    """
    assert found_on("names", wording, side_of(code.format("project"), "hcl")).share == 0.0
    assert found_on("names", "naming convention: team first", side_of(code.format("project"), "hcl")).share == 1.0
    assert found_on("names", wording, side_of(code.format("stage"), "hcl")).share == 1.0


@pytest.mark.parametrize(
    ("wording", "literals"),
    [
        ("Naming: every resource is called `billing-{resource}-{environmentSuffix}`", {"billing-"}),
        ("naming convention: `{resource-type}-{environmentSuffix}`", set()),
        ("naming convention: resource-type-environment-suffix", set()),
        ("naming convention: fraud-watch-resource-type", {"fraud-watch"}),
        ("Resources use the prefix acme-core-.", {"acme-core-"}),
        ("all resources carry the suffix `qxrt`", {"qxrt"}),
        ("use prefix 31415 for resource names", {"31415"}),
        ("All resources are called 'Prod-<ComponentName>'", {"prod-"}),
        ("all resource names hold the suffix (e.g., `billing-vpc-{environmentSuffix}`)", set()),
        ("resources: `web-{environmentSuffix}`, `worker-{environmentSuffix}`", set()),
        ("S3 bucket naming: `billing-logs-{environmentSuffix}`", set()),
    ],
)
def test_prescribed_names(wording: str, literals: set[str]) -> None:
    assert wanted("names", wording).literals == literals


def test_a_prescribed_name_is_not_met_by_a_variable() -> None:
    code = """
Parameters:
  Stem: {Type: String, Default: billing-core}
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'jobs-${AWS::Region}'}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Stem}-jobs'}}
  C: {Type: AWS::SNS::Topic, Properties: {TopicName: billing-alerts}}
"""
    found = found_on("names", "all resources: `billing-{resource}`", side_of(code))
    assert [r.declaration.name for r in found.misses] == ["A"]


def test_a_name_from_what_cannot_be_seen_is_neither() -> None:
    code = (
        "new sqs.Queue(this, 'A', {queueName: `${props.stem}-jobs`});\nnew sqs.Queue(this, 'B', {queueName: 'jobs'});"
    )
    found = found_on("names", "all resources: `billing-{resource}`", side_of(code, "ts"))
    assert [r.declaration.name for r in found.misses] == ["B"]


def test_tags_by_key() -> None:
    side = side_of(TWO.format(name="plain"))
    assert found_on("tags", "tag with Team: web", side).share == 0.5
    assert found_on("tags", "", side).share == 0.5


def test_a_key_that_is_nowhere_counts() -> None:
    side = side_of(TWO.format(name="plain"))
    assert found_on("tags", "tag with `Team` and `Owner`", side).share == 0.25
    assert found_on("tags", "tag with `Team`, for the Owner", side).share == 0.5


def test_types_without_tags_are_let_off() -> None:
    code = """
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: Team, Value: web}]}}
  B: {Type: AWS::EC2::NetworkAclEntry, Properties: {RuleNumber: 100}}
  C: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [a]}}
  D: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: v, BackupVaultTags: {Team: web}}}
"""
    assert found_on("tags", "all resources: tag Team", side_of(code)).share == 1.0


def test_a_construct_tagged_by_a_call() -> None:
    code = """
const jobs = new sqs.Queue(this, 'Jobs');
const news = new sns.Topic(this, 'News');
cdk.Tags.of(jobs).add('Team', 'web');
"""
    found = found_on("tags", "all resources are tagged", side_of(code, "ts"))
    assert [r.declaration.name for r in found.misses] == ["News"]
    assert (
        found_on("tags", "all are tagged", side_of(code + "cdk.Tags.of(this).add('Team', 'web');", "ts")).share == 1.0
    )


def test_keys_in_the_lines_below() -> None:
    assert with_keys_below(["Tag all resources:", "Team: web", "`Owner`: ops", "Use queues."]).count("\n") == 2
    assert with_keys_below(["Tag all resources.", "Team: web"]) == "Tag all resources."


def test_default_tags_cover_everything() -> None:
    side = side_of(
        'provider "aws" {\n  default_tags {\n    tags = { Team = "web" }\n  }\n}\nresource "aws_sqs_queue" "q" {}\n',
        "hcl",
    )
    assert found_on("tags", "Team: web", side).share == 1.0


@pytest.mark.parametrize(
    ("wording", "keys"),
    [
        ("tag everything with `Owner` and `CostCenter`", {"owner", "costcenter"}),
        ("tag all with `Owner: ops` and 'Stage:live'", {"owner", "stage"}),
        ("all resources must be tagged", set()),
    ],
)
def test_wanted_keys(wording: str, keys: set[str]) -> None:
    assert wanted("tags", wording).words == keys
