"""Gaps: what they say, and their order."""

from __future__ import annotations

from sides import fenced, sample_of

from gapkit.gaps import rank_gaps, stop_gaps
from gapkit.models import Gap, Problem, Source
from gapkit.pipeline import _side, assess
from gapkit.resources import Side
from gapkit.severity import RANK

IDEAL = """
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties: {MemorySize: 512, Timeout: 30, Handler: a.b, Runtime: python3.12, Role: 'arn:aws:iam::aws:role/x', Code: {ZipFile: x}}
  Topic: {Type: AWS::SNS::Topic}
Outputs:
  A: {Value: !Ref Topic}
  B: {Value: !Ref Work}
  C: {Value: !GetAtt Work.Arn}
"""
PROMPT = "## Requirements\n\n- A Lambda function with 512 MB\n- An SNS topic\n"


def gap(severity: str, kind: str = "missing", canonical: str = "AWS::S3::Bucket") -> Gap:
    return Gap("", None, 0, "t", kind, canonical, canonical, "n", "p", None, None, severity, "other", "", "", 1, 1, 0.5)


def test_ranks_count_from_one_and_severe_gaps_lead() -> None:
    ranked = rank_gaps([gap("low"), gap("critical"), gap("medium", canonical="AWS::SQS::Queue")])
    assert [g.rank for g in ranked] == [1, 2, 3]
    assert ranked[0].severity == "critical"
    assert [g.gap_id for g in ranked] == ["G01", "G02", "G03"]


def test_the_top_of_the_list_names_different_things() -> None:
    ranked = rank_gaps([gap("high")] * 5 + [gap("medium", canonical="AWS::SQS::Queue")])
    assert "AWS::SQS::Queue" in [g.canonical_type for g in ranked[:4]]


def test_what_has_no_canonical_type_repeats_only_its_own_kind() -> None:
    def untyped(resource_type: str | None) -> Gap:
        return Gap._make(("", None, 0, resource_type or "t", "missing", resource_type, None, *gap("medium")[7:]))

    ranked = rank_gaps([untyped("tryGetContext"), untyped("variable"), untyped("Outputs"), gap("low")])
    assert [g.canonical_type for g in ranked] == [None, None, None, "AWS::S3::Bucket"]


def test_what_handlers_call_beyond_the_ideal_stands_behind_resources() -> None:
    stack = (
        "import * as sns from 'aws-cdk-lib/aws-sns';\nimport * as cdk from 'aws-cdk-lib';\n"
        "export class S extends cdk.Stack {\n  constructor(scope: any, id: string) {\n    super(scope, id);\n"
        "    new sns.Topic(this, 'Orders', {});\n    BODY\n  }\n}\n"
    )
    ideal = fenced(stack.replace("BODY", ""), "typescript")
    body = "new sns.Topic(this, 'Other', { displayName: 'x' });\n    client.send({ a: 1 });"
    model = fenced(stack.replace("BODY", body), "typescript")
    found = [g.title for g in assess(sample_of("- An SNS topic\n", model, ideal)).gaps if g.kind == "extra"]
    assert len(found) == 2
    assert "call send" in found[-1]


def test_a_changed_value_a_lost_resource_and_lost_outputs() -> None:
    model = IDEAL.replace("MemorySize: 512", "MemorySize: 128").replace("  Topic: {Type: AWS::SNS::Topic}\n", "")
    model = model[: model.index("Outputs:")]
    gaps = assess(sample_of(PROMPT, fenced(model), fenced(IDEAL))).gaps
    changed = next(g for g in gaps if g.kind == "different")
    assert (changed.property_path, changed.expected, changed.found) == (
        "MemorySize",
        "MemorySize = 512",
        "MemorySize = 128",
    )
    assert changed.model_line and changed.ideal_line
    assert any(g.kind == "missing" and g.resource_name == "Topic" for g in gaps)
    together = next(g for g in gaps if g.resource_name == "A, B, C")
    assert "outputs" in together.title
    assert all(g.fix and g.severity in RANK for g in gaps)


def test_code_that_does_not_parse_is_a_gap_unless_the_ideal_does_so_too() -> None:
    def side(text: str) -> Side:
        problems: list[Problem] = []
        return _side(Source("MODEL_RESPONSE.md", f"```hcl\n{text}\n```\n"), (), problems)

    good = 'resource "aws_sns_topic" "a" {\n  name = "x"\n}'
    cut = good + '\nresource "aws_sqs_queue" "b" {\n  name = '
    (found,) = stop_gaps(side(cut), side(good))
    assert (found.kind, found.severity, found.category) == ("invalid", "critical", "deployability")
    assert found.model_line is not None and found.model_line >= 5
    assert "in resource aws_sqs_queue “b”" in found.title
    assert stop_gaps(side(cut), side(cut)) == []
    assert stop_gaps(side(good), side(good)) == []


def test_outputs_and_parameters_are_named_as_people_call_them_and_told_together() -> None:
    listed = (
        "Parameters:\n  Env: {Type: String, Default: dev}\n  Size: {Type: Number, Default: 3}\n"
        "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  A: {Value: !Ref Topic}\n"
    )
    model = listed.replace(", Default: dev", "").replace(", Default: 3", "").replace("  A: {Value: !Ref Topic}\n", "")
    gaps = assess(sample_of(PROMPT, fenced(model), fenced(listed))).gaps
    told = {(g.title, g.resource_type, g.resource_name, g.property_path) for g in gaps if g.ideal_line}
    assert (
        "Parameters “Env”, “Size” lack Default",
        "AWS::CloudFormation::Parameter",
        "Env, Size",
        "Default",
    ) in told
    assert ("No output “A”", "Outputs", "A", None) in told


def test_a_variable_is_a_variable_whatever_its_type() -> None:
    ideal = 'variable "size" {\n  type = map(object({\n    a = string\n  }))\n}\nresource "aws_sns_topic" "t" {}\n'
    model = 'resource "aws_sns_topic" "t" {}\n'
    (gap,) = [
        g
        for g in assess(sample_of(PROMPT, fenced(model, "hcl"), fenced(ideal, "hcl"))).gaps
        if g.resource_name == "size"
    ]
    assert (gap.title, gap.resource_type) == ("No parameter “size”", "variable")


def test_an_answer_without_code_is_the_first_gap() -> None:
    gaps = assess(sample_of(PROMPT, "I would use a queue and a topic.", fenced(IDEAL))).gaps
    assert gaps[0].title == "The answer delivers no CloudFormation template, only prose"
    assert not any("no infrastructure" in g.title for g in assess(sample_of(PROMPT, "None.", "None.")).gaps)


def test_parts_go_with_what_they_are_a_part_of_and_policies_stand_alone() -> None:
    ideal = """
resource "aws_s3_bucket" "data" {
  bucket = "x"
}
resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
}
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
}
resource "aws_sns_topic" "t" {}
"""
    gaps = assess(sample_of(PROMPT, fenced('resource "aws_sns_topic" "t" {}', "hcl"), fenced(ideal, "hcl"))).gaps
    assert sorted(g.title for g in gaps if g.resource_type) == [
        "No resource aws_s3_bucket “data” with its aws_s3_bucket_versioning",
        "No resource aws_s3_bucket_policy “data”",
    ]


def test_parts_of_parts_go_with_the_whole() -> None:
    ideal = """
resource "aws_api_gateway_rest_api" "shop" { name = "shop" }
resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.shop.id
  path_part   = "orders"
}
resource "aws_api_gateway_method" "put" {
  resource_id = aws_api_gateway_resource.orders.id
  http_method = "PUT"
}
resource "aws_api_gateway_integration" "put" {
  http_method = aws_api_gateway_method.put.http_method
  type        = "MOCK"
}
resource "aws_sqs_queue" "jobs" {}
"""
    model = 'resource "aws_sqs_queue" "jobs" {}\n'
    gaps = assess(sample_of(PROMPT, fenced(model, "hcl"), fenced(ideal, "hcl"))).gaps
    title = next(g.title for g in gaps if g.resource_type == "aws_api_gateway_rest_api")
    assert "aws_api_gateway_integration, aws_api_gateway_method, aws_api_gateway_resource" in title
    assert not any(g.resource_type and "integration" in g.resource_type for g in gaps)


def test_the_order_depends_on_no_name_and_no_source_order() -> None:
    lines = ["  A: {Type: AWS::SNS::Topic}", "  B: {Type: AWS::SQS::Queue}", "  C: {Type: AWS::KMS::Key}"]
    orders = set()
    for chosen in (lines, lines[::-1], [line.replace("  ", "  Z", 1) for line in lines[::-1]]):
        ideal = fenced("Resources:\n" + "\n".join(chosen) + "\n  Last: {Type: AWS::EC2::VPC}\n")
        gaps = assess(sample_of(PROMPT, fenced("Resources:\n  Last: {Type: AWS::EC2::VPC}\n"), ideal)).gaps
        orders.add(tuple(g.resource_type for g in gaps))
    assert len(orders) == 1


def test_what_the_ideal_gets_wrong_excuses_no_other_name() -> None:
    role = "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: ['arn:aws:iam::aws:policy/{}Policy']\n"
    for other, count in (("NoSuch", 0), ("NorSuch", 1)):
        found = assess(sample_of("Make a role.", fenced(role.format("NoSuch")), fenced(role.format(other))))
        assert sum(gap.kind == "invalid" for gap in found.gaps) == count


def whole(kind: str, severity: str, number: int) -> Gap:
    return gap(severity, kind, f"AWS::{kind.title()}::T{number}")._replace(property_path=None)


def test_what_is_beyond_a_fragment_steps_back() -> None:
    """Where the ideal shows little of what the response declares, what is beyond it says little."""
    for beyond, first in ((4, "extra"), (12, "missing")):
        extras = [whole("extra", "low", n) for n in range(beyond)]
        assert rank_gaps([whole("missing", "low", 0), *extras])[0].kind == first
