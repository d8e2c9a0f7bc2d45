"""What must not be there, and what is asked only where something else is there."""

from __future__ import annotations

from time import perf_counter

import pytest
from sides import fenced, sample_of

from gapkit.concepts import load_knowledge
from gapkit.models import Coverage, Requirement
from gapkit.parts import Part, read_parts
from gapkit.pipeline import assess


def _parts(text: str) -> tuple[Part, ...]:
    requirement = Requirement("R01", "prompt", None, None, text.split("\n")[0], text, 1, 1 + text.count("\n"))
    return read_parts(requirement, {}, load_knowledge())


@pytest.mark.parametrize(
    ("text", "refused", "asked"),
    [
        ("No bucket replication or global tables", {"s3-replication", "dynamodb-global-table"}, set()),
        ("No Route 53 failover (one region is enough)", {"route53-failover"}, set()),
        ("Do not create AWS GuardDuty detectors (one per account)", {"service-guardduty"}, set()),
        ("Important: do not include CloudTrail or NAT gateways.", {"service-cloudtrail", "service-nat-gateway"}, set()),
        ("No mocks in unit tests", set(), set()),
        ("No NAT gateway in development", set(), set()),
        ("No NAT gateway unless the functions need it", set(), set()),
        ("No bucket replication: names of what the report lists", set(), set()),
    ],
)
def test_what_is_refused_by_its_name(text: str, refused: set[str], asked: set[str]) -> None:
    (part,) = _parts(text)
    assert {m.concept.concept_id for m in part.refused} == refused
    assert {m.concept.concept_id for m in part.mentions if not m.concept.violation} == asked


def test_what_is_refused_is_asked_for_nowhere_in_the_requirement() -> None:
    parts = _parts(
        "GuardDuty\n- Do NOT create GuardDuty detectors in code\n- GuardDuty allows one detector per account"
    )
    assert all(m.concept.violation for part in parts for m in part.mentions)


@pytest.mark.parametrize(
    ("text", "forbidden", "asked"),
    [
        ("Forbidden: RemovalPolicy.RETAIN or deletionProtection anywhere", {"deletionProtection"}, set()),
        ("Forbidden: no `prevent_destroy`", {"prevent_destroy"}, set()),
        ("Non-current versions expire after 40 days", set(), {"40 days"}),
        ("Functions must not exceed 4 minutes", set(), set()),
        ("Functions run no more than 4 minutes", set(), set()),
        ("Functions must not run for 4 minutes", {"4 minutes"}, set()),
    ],
)
def test_values_that_are_refused_and_limits(text: str, forbidden: set[str], asked: set[str]) -> None:
    (part,) = _parts(text)
    assert {x.text for x in part.forbidden} == forbidden
    assert {x.text for x in part.literals} == asked


def test_a_module_that_is_imported_is_no_service() -> None:
    (part,) = _parts("Write handlers with the third SDK: `import { S3Client } from '@aws-sdk/client-s3'`")
    assert not part.mentions and not part.literals


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("RDS instances (if any) must skip the final snapshot", {"service-rds"}),
        ("If the task requires GuardDuty, leave a comment", {"service-guardduty"}),
        ("If a Lambda function fails, its message goes to a dead-letter queue", set()),
        ("Encryption at rest (if any)", set()),
        (
            "Secrets should be fetched from existing Secrets Manager entries",
            {"service-secrets-manager", "existing-secret"},
        ),
    ],
)
def test_conditions_have_subjects(text: str, subjects: set[str]) -> None:
    (part,) = _parts(text)
    assert {m.concept.concept_id for m in part.subjects} == subjects


@pytest.mark.parametrize(
    ("text", "spoken_of"),
    [
        ("A role with policies for SQS and SNS access", {"service-sqs", "service-sns"}),
        ("A queue, and a role with rights for the queue", set()),
        ("Config rules check that EBS volumes are encrypted", {"service-ebs-volume"}),
        ("Scan all EC2 instances of the account", {"service-ec2-instance"}),
        ("Tags on all resources: SQS, SNS", {"service-sqs", "service-sns"}),
        ("An SQS queue with tags on all resources", set()),
        ("For SQS and SNS", {"service-sqs", "service-sns"}),
        ("For SQS: encryption at rest", set()),
        ("Output the queue's URL so that we can name it in IAM policies", {"inline-policy", "service-iam-role"}),
        ("Export its ARN for IAM policy documents", {"inline-policy", "service-iam-role"}),
        ("An SQS queue, so that functions can write to the SQS queue", set()),
    ],
)
def test_services_that_are_only_spoken_of(text: str, spoken_of: set[str]) -> None:
    """Whom rights are for, and what a rule or a script looks at, need not be declared."""
    (part,) = _parts(text)
    assert set(part.spoken_of) == spoken_of


@pytest.mark.parametrize(
    ("text", "spoken_of"),
    [
        ("Use consistent naming conventions for resources", {"names-carry-environment"}),
        ("Use a consistent naming convention: `shop-{env}`", set()),
        ("A naming convention with the environment", set()),
    ],
)
def test_naming_conventions_that_nothing_is_told_of(text: str, spoken_of: set[str]) -> None:
    (part,) = _parts(text)
    assert set(part.spoken_of) & {"names-carry-environment"} == spoken_of


@pytest.mark.parametrize(
    ("text", "concept", "spoken_of"),
    [
        ("An alarm for Lambda errors that is sent to an SNS topic", "service-lambda", True),
        ("An alarm for Lambda errors that is sent to an SNS topic", "service-sns", False),
        ("An IAM role for ECS to read secrets", "service-ecs", True),
        ("Subnets across different AZs to ensure high availability and fault tolerance", "high-availability", True),
        ("Run the database to ensure high availability", "high-availability", False),
    ],
)
def test_what_something_is_for(text: str, concept: str, spoken_of: bool) -> None:
    (part,) = _parts(text)
    assert concept in {m.concept.concept_id for m in part.mentions}
    assert (concept in part.spoken_of) == spoken_of


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("Use SQS or Kinesis", [({"service-sqs"}, {"service-kinesis-stream"})]),
        ("Write events to an SQS queue or to an SNS topic", [({"service-sqs"}, {"service-sns"})]),
        ("Write to SQS, or use Amazon SNS", [({"service-sqs"}, {"service-sns"})]),
        ("Use SQS and SNS", []),
        ("Use SQS, Kinesis and Lambda, or SNS", [({"service-lambda"}, {"service-sns"})]),
        ("No SQS or SNS", []),
        (
            "Use SQS, SNS, or Kinesis",
            [
                ({"service-sns", "service-kinesis-stream"}, {"service-sqs"}),
                ({"service-sqs", "service-sns"}, {"service-kinesis-stream"}),
            ],
        ),
        (
            "Read SQS, plain files, or Kinesis",
            [({"service-kinesis-stream"}, {"service-sqs"}), ({"service-sqs"}, {"service-kinesis-stream"})],
        ),
    ],
)
def test_alternatives(text: str, sides: list[tuple[set[str], set[str]]]) -> None:
    (part,) = _parts(text)
    assert [(set(a.first), set(a.second)) for a in part.alternatives] == sides


def test_of_alternatives_one_is_enough() -> None:
    head = "# Task\n\n## Requirements\n\n"
    prompt = f"{head}1. Use an SQS queue or Kinesis for events\n2. Use an SQS queue and Kinesis for events\n"
    one, both = _judged(QUEUE, prompt)
    assert "Kinesis" not in _judged(QUEUE, f"{head}1. Use an SQS queue, files, or Kinesis for events\n")[0].reason
    assert "Kinesis" not in one.reason
    assert "not Kinesis" in both.reason


PROMPT = """# Queue

## Requirements

1. No Step Functions
2. RDS instances (if any) must set `skip_final_snapshot = true`
"""
QUEUE = """
Resources:
  Work: {Type: AWS::SQS::Queue}
"""
OTHERS = """
  Flow: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: r}}
  Store: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql}}
"""


def _judged(model: str, prompt: str = PROMPT) -> list[Coverage]:
    return list(assess(sample_of(prompt, fenced(model), fenced(QUEUE))).coverages)


def test_what_is_refused_or_conditional_is_met_where_it_is_absent() -> None:
    without, with_them = _judged(QUEUE), _judged(QUEUE + OTHERS)
    assert [c.status for c in without] == ["complete", "complete"]
    assert without[0].reason == "Found no Step Functions."
    assert without[1].reason == "Nothing is there that it would ask something of."
    assert "complete" not in [c.status for c in with_them]


def test_a_kind_that_must_not_be_there_asks_nothing_else() -> None:
    """That none stands there is all that is asked; the rest of the wording only says why."""
    prompt = "# Task\n\n## Requirements\n\n1. GuardDuty must not be created: an account has one detector per region\n"
    detector = "  Guard: {Type: AWS::GuardDuty::Detector, Properties: {Enable: true}}\n"
    assert [c.status for c in _judged(QUEUE, prompt)] == ["complete"]
    assert "complete" not in [c.status for c in _judged(QUEUE + detector, prompt)]


def test_what_is_only_spoken_of_gives_no_credit() -> None:
    prompt = "# Task\n\n## Requirements\n\n1. Scan all load balancers of the account\n"
    assert [c.status for c in _judged(QUEUE, prompt)] == ["missing"]


def test_what_is_only_spoken_of_is_not_missed() -> None:
    prompt = "# Task\n\n## Requirements\n\n1. Tag all resources with `Team`: SQS queues, SNS topics\n"
    tagged = "\nResources:\n  Work: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: Team, Value: shop}]}}\n"
    (coverage,) = _judged(tagged, prompt)
    assert "SNS" not in coverage.reason


def test_a_setting_that_a_refusal_may_not_mean_is_not_held_against_it() -> None:
    prompt = "# Task\n\n## Requirements\n\n1. No retention policies\n2. No global tables\n"
    logs = "  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}\n"
    retention, tables = _judged(QUEUE + logs, prompt)
    assert "not found" not in retention.reason.lower()
    assert tables.status == "complete"


def test_a_replacement_is_asked_only_where_the_replaced_stands() -> None:
    prompt = "# Task\n\n## Requirements\n\n- Forbidden:\n  - `deletionProtection: true` (RDS) - Use `deletionProtection: false`\n"
    assert [c.status for c in _judged(QUEUE, prompt)] == ["complete"]


def test_a_forbidding_label_refuses_its_own_sentence_alone() -> None:
    refused, asked = _parts("Forbidden: `prevent_destroy`. All buckets must set `force_destroy`.")
    assert {x.text for x in refused.forbidden} == {"prevent_destroy"}
    assert {x.text for x in asked.literals} == {"force_destroy"}


@pytest.mark.parametrize(
    "text",
    [
        "An SQS queue with access for " + "a/" * 2_000,
        "A role for " + "a/" * 2_000,
        "Use SQS" + ", or SNS" * 2_000,
        "Use SQS" + " " * 8_000 + "or SNS",
        "The " + "x" * 8_000 + " must be destroyable",
    ],
)
def test_long_wordings_are_read_at_once(text: str) -> None:
    started = perf_counter()
    _parts(text)
    assert perf_counter() - started < 2
