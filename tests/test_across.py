"""Demands on all resources: names and tags."""

from __future__ import annotations

import pytest
from sides import side_of

from gapkit.across import AcrossSide, look_across, wanted_keys, wanted_words

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


def test_names_that_carry_a_variable() -> None:
    found = look_across(
        "names", wanted_words("names include environmentSuffix"), AcrossSide(side_of(TWO.format(name="plain")))
    )
    assert found.share == 0.5
    assert [r.declaration.name for r in found.misses] == ["A"]
    both = look_across("names", frozenset(), AcrossSide(side_of(TWO.format(name="!Sub 'data-${Suffix}'"))))
    assert both.share == 1.0


def test_tags_by_key() -> None:
    side = side_of(TWO.format(name="plain"))
    assert look_across("tags", wanted_keys("tag with Team: web"), AcrossSide(side)).share == 0.5
    assert look_across("tags", frozenset(), AcrossSide(side)).share == 0.5


def test_default_tags_cover_everything() -> None:
    side = side_of(
        'provider "aws" {\n  default_tags {\n    tags = { Team = "web" }\n  }\n}\nresource "aws_sqs_queue" "q" {}\n',
        "hcl",
    )
    assert look_across("tags", wanted_keys("Team: web"), AcrossSide(side)).share == 1.0


@pytest.mark.parametrize(
    ("wording", "keys"),
    [
        ("tag everything with `Owner` and `CostCenter`", {"owner", "costcenter"}),
        ("all resources must be tagged", set()),
    ],
)
def test_wanted_keys(wording: str, keys: set[str]) -> None:
    assert wanted_keys(wording) == keys
