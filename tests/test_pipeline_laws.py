"""Laws of judgement, on made samples and on the whole corpus where it is at hand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sides import fenced, sample_of

from gapkit.corpus import open_corpus
from gapkit.models import Assessment, Sample, Turn
from gapkit.pipeline import assess

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
DATA = Path(__file__).parents[1] / "data"
PROMPT = """# Task

## Requirements

1. An SQS queue that keeps messages for 14 days
2. A Lambda function with 512 MB of memory and a dead-letter queue
3. A CloudWatch alarm on errors that notifies an SNS topic
4. Tag everything with Team and CostCenter
"""
IDEAL = """
Resources:
  Dead:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 1209600
      Tags: [{Key: Team, Value: web}, {Key: CostCenter, Value: c1}]
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Tags: [{Key: Team, Value: web}, {Key: CostCenter, Value: c1}]
  Work:
    Type: AWS::Lambda::Function
    Properties:
      MemorySize: 512
      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/work
      Code: {ZipFile: "def handler(event, context): pass"}
      Handler: index.handler
      Runtime: python3.12
      DeadLetterConfig: {TargetArn: !GetAtt Dead.Arn}
      Tags: [{Key: Team, Value: web}, {Key: CostCenter, Value: c1}]
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      AlarmActions: [!Ref Topic]
"""


def against_itself(sample: Sample) -> Assessment:
    turn = Turn(1, sample.turns[0].prompt if sample.turns else None, sample.ideal_response)
    return assess(replace(sample, turns=(turn,)))


def breaks_identity(assessment: Assessment) -> list[str]:
    """What an ideal compared with itself must not show."""
    wrong = [f"{c.requirement.requirement_id} {c.status} {c.ideal_status}" for c in assessment.coverages
             if c.status != c.ideal_status]  # fmt: skip
    still_open = {c.requirement.requirement_id for c in assessment.coverages if c.status != "complete"}
    return wrong + [g.title for g in assessment.gaps if g.kind != "invalid" and g.requirement_id not in still_open]


def statuses(assessment: Assessment) -> list[str]:
    return [c.status for c in assessment.coverages]


def shape(assessment: Assessment) -> list[tuple[object, ...]]:
    return sorted((g.kind, str(g.canonical_type), str(g.property_path).lower(), g.severity) for g in assessment.gaps)


def test_identity_on_a_made_sample() -> None:
    assert breaks_identity(assess(sample_of(PROMPT, fenced(IDEAL), fenced(IDEAL)))) == []


def test_identity_on_our_samples() -> None:
    corpus = open_corpus(str(DATA))
    for sample_id in corpus.sample_ids():
        assessment = against_itself(corpus.read(sample_id))
        if assessment.reference == "code":
            assert breaks_identity(assessment) == [], sample_id


@pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus")
def test_identity_on_the_corpus() -> None:
    corpus = open_corpus(str(CORPUS))
    broken = {}
    for sample_id in corpus.sample_ids():
        assessment = against_itself(corpus.read(sample_id))
        if assessment.reference == "code" and (found := breaks_identity(assessment)):
            broken[sample_id] = found[:3]
    assert broken == {}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("logical ids", lambda t: re.sub(r"(\n  |GetAtt |Ref )(Dead|Work|Topic|Errors)\b", r"\1My\2Thing", t)),
        ("comments", lambda t: t.replace("  Work:\n", "  # does the work\n  Work:\n")),
        ("blank lines", lambda t: t.replace("\n  ", "\n\n  ")),
        ("quotes", lambda t: t.replace(": 1209600", ": '1209600'")),
        ("long intrinsics", lambda t: t.replace("!GetAtt Dead.Arn", "{'Fn::GetAtt': [Dead, Arn]}")),
    ],
)
def test_invariance(name: str, change: object) -> None:
    assert callable(change)
    model = IDEAL.replace("      MemorySize: 512\n", "")
    plain = assess(sample_of(PROMPT, fenced(model), fenced(IDEAL)))
    changed = assess(sample_of(PROMPT, fenced(change(model)), fenced(IDEAL)))
    assert changed.coverages != () and change(model) != model, name
    assert (statuses(changed), shape(changed)) == (statuses(plain), shape(plain))


def test_prose_does_not_count() -> None:
    claims = "I added a queue with 14 days, a Lambda function with 512 MB, a DLQ, an alarm with SNS, and all tags.\n"
    assessment = assess(sample_of(PROMPT, claims, fenced(IDEAL)))
    assert "complete" not in statuses(assessment)


def test_a_removed_resource_is_named_and_its_requirement_drops() -> None:
    model = IDEAL[: IDEAL.index("  Errors:")]
    assessment = assess(sample_of(PROMPT, fenced(model), fenced(IDEAL)))
    assert [g.resource_name for g in assessment.gaps if g.kind == "missing" and g.property_path is None
            and g.resource_type == "AWS::CloudWatch::Alarm"] == ["Errors"]  # fmt: skip
    before = assess(sample_of(PROMPT, fenced(IDEAL), fenced(IDEAL)))
    assert assessment.coverages[2].score < before.coverages[2].score
    assert assessment.coverages[2].status != "complete"


def test_nothing_in_a_sample_is_fatal() -> None:
    for text in ("", "\x00\x01", "```yaml\n" + "a: [" * 5000, "{" * 10_000, "- " * 50_000):
        assessment = assess(sample_of(text, text, text, text))
        assert assessment.sample_id == "made/one"
