"""A response that differs from the ideal by one edit: the gaps name that edit, and its requirement does not rise."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from sides import fenced, sample_of

from gapkit.models import Turn
from gapkit.pipeline import assess

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from mutants import Outcome, mutants_of, outcomes, samples_of, try_mutant  # noqa: E402

CORPUS = ROOT.parent / "shared" / "corpus"
SURE = ("cloudformation", "cloudformation-json", "terraform")
needs_corpus = pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus")

TEMPLATE = """
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: 3
      Tags:
        - Key: Team
          Value: web
        - Key: CostCenter
          Value: c1
  Dead:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 1209600
  Late:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Threshold: 5
      AlarmActions:
        - !Ref Pager
        - !Ref Mail
  Pager:
    Type: AWS::SNS::Topic
  Mail:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: mail
  Reader:
    Type: AWS::IAM::Policy
    Properties:
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action:
              - sqs:ReceiveMessage
              - sqs:DeleteMessage
            Resource: !GetAtt Jobs.Arn
          - Effect: Allow
            Action:
              - sqs:ReceiveMessage
            Resource: !GetAtt Dead.Arn
"""


def gaps_of(model: str) -> list[tuple[str, str | None, str | None]]:
    prompt = "1. A queue\n2. An alarm\n"
    found = assess(sample_of(prompt, fenced(model), fenced(TEMPLATE))).gaps
    return [(g.kind, g.resource_name, g.property_path) for g in found if g.resource_type and g.kind != "invalid"]


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ("      VisibilityTimeout: 60\n", "", ("missing", "Jobs", "VisibilityTimeout")),
        ("VisibilityTimeout: 60", "VisibilityTimeout: 30", ("different", "Jobs", "VisibilityTimeout")),
        ("        maxReceiveCount: 3\n", "", ("missing", "Jobs", "RedrivePolicy.maxReceiveCount")),
        ("        - Key: Team\n          Value: web\n", "", ("missing", "Jobs", "Tags[Team].Value")),
        ("Value: c1", "Value: c2", ("different", "Jobs", "Tags[CostCenter].Value")),
        ("        - !Ref Pager\n", "", ("missing", "Late", "AlarmActions[0]")),
        (
            "              - sqs:DeleteMessage\n", "              - sqs:*\n",
            ("different", "Reader", "PolicyDocument.Statement[0].Action[1]"),
        ),
        (
            "              - sqs:ReceiveMessage\n            Resource: !GetAtt Dead.Arn\n",
            "              - sqs:ReceiveMessage\n            Resource: '*'\n",
            ("different", "Reader", "PolicyDocument.Statement[1].Resource"),
        ),
        (TEMPLATE[TEMPLATE.index("  Dead:") : TEMPLATE.index("  Late:")], "", ("missing", "Dead", None)),
        ("  Pager:\n    Type: AWS::SNS::Topic\n", "", ("missing", "Pager", None)),
    ],
)  # fmt: skip
def test_one_edit_is_one_gap(old: str, new: str, gap: tuple[str, str, str | None]) -> None:
    assert old in TEMPLATE
    assert gaps_of(TEMPLATE.replace(old, new, 1)) == [gap]


def test_a_list_item_that_goes_is_the_one_that_is_named() -> None:
    statement = TEMPLATE[TEMPLATE.index("          - Effect") : TEMPLATE.rindex("          - Effect")]
    assert gaps_of(TEMPLATE.replace(statement, "")) == [("missing", "Reader", "PolicyDocument.Statement[0]")]


def test_a_default_that_differs_is_told_at_the_parameter_alone() -> None:
    head = "Parameters:\n  Wait:\n    Type: Number\n    Default: 60\n"
    template = head + TEMPLATE.replace("VisibilityTimeout: 60", "VisibilityTimeout: !Ref Wait")
    model = template.replace("Default: 60", "Default: 5")
    found = assess(sample_of("1. A queue\n", fenced(model), fenced(template))).gaps
    told = [(g.kind, g.resource_name, g.property_path) for g in found if g.resource_type]
    assert told == [("different", "Wait", "Default")]


@cache
def tried() -> tuple[Outcome, ...]:
    """Mutants of our own samples, and of a sample of the corpus where it is at hand."""
    own = outcomes(samples_of([ROOT / "data"], 100, 1), 1, 3)
    real = outcomes(samples_of([CORPUS], 60, 7), 7, 2) if CORPUS.exists() else iter(())
    return (*own, *islice(real, 400))


def rates(rows: list[Outcome]) -> tuple[float, float]:
    """Recall and precision."""
    gaps = sum(len(row.gaps) for row in rows)
    wrong = sum(len(row.wrong) for row in rows)
    return sum(row.found for row in rows) / len(rows), (gaps - wrong) / gaps


def test_gaps_name_what_was_edited_in_every_dialect() -> None:
    recall, precision = rates(list(tried()))
    assert len(tried()) >= 150
    assert (recall >= 0.98, precision >= 0.98) == (True, True), (recall, precision)


def test_gaps_name_what_was_edited_in_templates_and_terraform() -> None:
    recall, precision = rates([row for row in tried() if row.mutant.dialect in SURE])
    assert (recall >= 0.995, precision >= 0.995) == (True, True), (recall, precision)


def test_our_own_samples_have_mutants_of_every_kind() -> None:
    rows = [row for sample in samples_of([ROOT / "data"], 100, 1) for row in mutants_of(sample, random.Random(1), 3)[1]]
    assert {row.mutation for row in rows} == {"resource", "property", "value", "policy", "tag", "alarm action"}


def test_the_measure_itself_tells_a_wrong_gap() -> None:
    sample = next(samples_of([ROOT / "data"], 1, 1))
    side, mutants = mutants_of(sample, random.Random(1), 1)
    row = try_mutant(side, mutants[0])
    elsewhere = replace(row, mutant=replace(row.mutant, names=frozenset({("AWS::SQS::Queue", "elsewhere")})))
    assert row.found and not elsewhere.found and elsewhere.wrong == row.gaps


def test_a_removed_fact_never_raises_its_requirement() -> None:
    """The score of each requirement that a missing resource is linked with is at most the ideal's own."""
    raised = []
    for sample in samples_of([ROOT / "data"], 100, 1):
        _, mutants = mutants_of(sample, random.Random(2), 2)
        assert sample.ideal_response is not None
        itself = assess(replace(sample, turns=(Turn(1, sample.turns[0].prompt, sample.ideal_response),)))
        best = {c.requirement.requirement_id: c.score for c in itself.coverages}
        for mutant in mutants:
            found = assess(replace(sample, turns=(Turn(1, sample.turns[0].prompt, mutant.document),)))
            named = {g.requirement_id for g in found.gaps if mutant.names_it(g)}
            raised += [
                (sample.sample_id, mutant.mutation, mutant.line, c.requirement.requirement_id)
                for c in found.coverages
                if c.requirement.requirement_id in named and c.score > best[c.requirement.requirement_id]
            ]
    assert raised == []
