"""Decisions from measurements, and coverage of a made sample with evidence."""

from __future__ import annotations

import pytest
from sides import fenced, sample_of

from gapkit.categories import Wording, best_category, category_features
from gapkit.concepts import load_knowledge
from gapkit.coverage import decide
from gapkit.models import CATEGORIES, SEVERITIES, STATUSES
from gapkit.pipeline import assess
from gapkit.wordings import wording_features

PROMPT = """# Queue

## Requirements

1. An SQS queue with a dead-letter queue
2. The queue keeps messages for 14 days
3. A CloudWatch dashboard
"""
IDEAL = """
Resources:
  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 1209600
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Board: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: '{}'}}
"""
MODEL = """
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
"""


def test_a_response_without_a_part_is_judged_with_evidence() -> None:
    assessment = assess(sample_of(PROMPT, fenced(MODEL), fenced(IDEAL)), explaining=True)
    by_line = {c.requirement.line_start: c for c in assessment.coverages}
    assert set(by_line) == {5, 6, 7}
    assert by_line[6].status == "complete"
    assert by_line[6].model_lines and by_line[6].model_evidence
    assert by_line[7].status == "missing"
    assert by_line[5].score < assess(sample_of(PROMPT, fenced(IDEAL), fenced(IDEAL))).coverages[0].score
    for coverage in assessment.coverages:
        assert coverage.status in STATUSES and coverage.category in CATEGORIES and coverage.severity in SEVERITIES
        assert (coverage.severity == "none") is (coverage.status not in ("partial", "missing"))
        assert 0 <= coverage.score <= 1 and 0 <= coverage.confidence <= 1
        assert coverage.reason.endswith(".") and coverage.chain[-1] == f"status: {coverage.status}"


def test_without_a_reference_the_ideal_is_unverifiable() -> None:
    assessment = assess(sample_of(PROMPT, fenced(MODEL), "Only words.\n"))
    assert assessment.reference == "prose"
    assert {c.ideal_status for c in assessment.coverages} == {"unverifiable"}


def test_what_no_code_speaks_of_is_neither_complete_nor_missing() -> None:
    prompt = PROMPT + "- Steer clear of macros, please\n"
    assessment = assess(sample_of(prompt, fenced(MODEL), fenced(IDEAL)))
    told = assessment.coverages[-1]
    assert (told.status, told.ideal_status, told.model_lines) == ("partial", "partial", ())
    empty = assess(sample_of(prompt, "Only words.\n", fenced(IDEAL)))
    assert empty.coverages[-1].status == "missing"


WIDE = """
Resources:
  Work: {Type: AWS::SQS::Queue}
  Reader:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: reader
      PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
"""


def test_where_something_bad_stands_the_rest_is_as_asked() -> None:
    prompt = PROMPT + "4. Follow the principle of least privilege\n"
    narrow = WIDE.replace('Action: "*", Resource: "*"', 'Action: "sqs:ReceiveMessage", Resource: !GetAtt Work.Arn')
    assert assess(sample_of(prompt, fenced(WIDE), fenced(narrow))).coverages[-1].status == "partial"
    assert assess(sample_of(prompt, fenced(narrow), fenced(narrow))).coverages[-1].status != "missing"


def test_wordings_are_told_apart() -> None:
    assert wording_features("All resources must be tagged")["universal"] == 1.0
    assert wording_features("One queue")["universal"] == 0.0
    assert wording_features("must pass terraform validate")["by_running"] == 1.0


def test_category_of_plain_wordings() -> None:
    knowledge = load_knowledge()
    dead, tags = knowledge.concepts["sqs-dead-letter-queue"], knowledge.concepts["tags-on-everything"]
    for text, concept, expected in (
        ("Tag all resources with CostCenter", tags, "tagging-naming"),
        ("Add a dead-letter queue", dead, "resilience"),
    ):
        assert best_category(category_features(Wording(text, text), [concept], [concept], [])) == expected


def test_title_and_heading_tell_of_the_category() -> None:
    features = category_features(Wording("1. Alarms\n- a\n- b\n- c", "Alarms", "Monitoring 2"), [], [], ())
    assert features["T:alarm"] == features["w:alarm"] == 1.0
    assert features["g:monitor"] == 0.5
    long = category_features(Wording("Alarms\n" + " ".join(f"word{chr(97 + n)}" for n in range(25))), [], [], ())
    assert long["w:alarm"] == 1.0
    assert max(value for name, value in long.items() if name.startswith("w:word")) < 0.5


def test_decide_needs_every_measurement() -> None:
    with pytest.raises(KeyError):
        decide({})


def test_tags_on_a_few_of_many_are_not_complete() -> None:
    topics = "".join(f"  T{n}: {{Type: AWS::SNS::Topic, Properties: {{TopicName: t{n}}}}}\n" for n in range(9))
    tagged = "  Q: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: CostCenter, Value: x}, {Key: Owner, Value: y}]}}\n"
    text = f"```yaml\nResources:\n{tagged}{topics}```\n"
    assessment = assess(sample_of("1. Tag every resource with CostCenter and Owner.\n2. A queue.\n", text, text))
    assert assessment.coverages[0].status != "complete"
    assert assessment.coverages[0].status == assessment.coverages[0].ideal_status


@pytest.mark.parametrize(("region", "status"), [("us-east-1", "complete"), ("eu-west-1", "missing")])
def test_a_region_alone_is_set_or_missing(region: str, status: str) -> None:
    """Whatever else the wording says stands everywhere: "deploy" in a resource's name is no region."""
    code = (
        'provider "aws" {\n  region = "us-east-1"\n}\n\n'
        'resource "aws_codedeploy_app" "deploy" {\n  name = "deploy-region"\n}\n'
    )
    prompt = f"# App\n\n## Requirements\n\n- A CodeDeploy application\n- Deploy to {region} region\n"
    answer = fenced(code, "hcl")
    coverage = assess(sample_of(prompt, answer, answer.replace("us-east-1", region))).coverages[-1]
    assert coverage.status == status
