"""What cannot be deployed as it is declared."""

from __future__ import annotations

from time import process_time

import pytest

from gapkit.artifacts import find_artifacts
from gapkit.defects import find_defects
from gapkit.dialects import read_artifact
from gapkit.models import Artifact, Declaration, Source
from gapkit.resources import build_side
from gapkit.undelivered import undelivered
from gapkit.validity import Finding, invalid_facts
from gapkit.validity_projects import older_pulumi_asked, project_faults

HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\n'


def declared(language: str, text: str, name: str = "") -> tuple[Declaration, ...]:
    artifact = Artifact("answer.md", name, language, text, 1, text.count("\n") + 1)
    return read_artifact(artifact).declarations


def findings(language: str, text: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.property_path) for finding in invalid_facts(declared(language, text))]


def template(resources: str) -> str:
    return HEAD + "Resources:\n" + resources


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (
            "  Zone:\n    Type: AWS::Route53::HostedZone\n    Properties:\n      Name: a.example\n"
            "      Tags:\n        - {Key: a, Value: b}\n",
            [("unknown_property", "Tags")],
        ),
        (
            "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      MaxSessionDuration: 1800\n"
            "      AssumeRolePolicyDocument: {Statement: []}\n",
            [("value_out_of_range", "MaxSessionDuration")],
        ),
        (
            "  Logs:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      RetentionInDays: 45\n",
            [("value_not_allowed", "RetentionInDays")],
        ),
        (
            "  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.7\n      Handler: a.b\n"
            "      Role: arn:aws:iam::1:role/r\n",
            [("missing_property", "Code"), ("outdated_runtime", "Runtime")],
        ),
        (
            "  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      VersioningConfiguration: {Status: On}\n",
            [("value_not_allowed", "VersioningConfiguration.Status")],
        ),
        (
            "  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: soon\n",
            [("wrong_value_type", "VisibilityTimeout")],
        ),
        (
            "  A:\n    Type: AWS::SNS::Topic\n    DependsOn: B\n  B:\n    Type: AWS::SNS::Topic\n    DependsOn: A\n",
            [("circular_reference", "")],
        ),
        (
            "  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !GetAtt Q.Url}\n"
            "  Q:\n    Type: AWS::SQS::Queue\n",
            [("unknown_attribute", "TopicName")],
        ),
        (
            "  A:\n    Type: AWS::SNS::Topic\n    Properties: {KmsMasterKeyId: !Ref Key}\n"
            "  Q:\n    Type: AWS::SQS::Queue\n    Properties: {KmsMasterKeyId: !Ref A}\n"
            "  R:\n    Type: AWS::SQS::Queue\n    Properties: {KmsMasterKeyId: !Ref Q}\n"
            "  S:\n    Type: AWS::SQS::Queue\n    Properties: {KmsMasterKeyId: !Ref R}\n",
            [("undeclared_reference", "KmsMasterKeyId")],
        ),
        # What cannot be told is not called wrong.
        (
            "  Role:\n    Type: AWS::IAM::Role\n    DeletionPolicy: Retain\n    Properties:\n"
            "      MaxSessionDuration: !If [Long, 7200, !Ref Seconds]\n"
            "      AssumeRolePolicyDocument: {Version: x, Statement: [{Anything: goes}]}\n",
            [],
        ),
        ("  Thing:\n    Type: Custom::Thing\n    Properties: {ServiceToken: a, Mine: b}\n", []),
        ("  Thing:\n    Type: Acme::Not::Known\n    Properties: {Mine: b}\n", []),
        (
            "  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: r\n"
            "      Code: {ZipFile: 'return `${Fn.name} ${Event.id}`'}\n",
            [],
        ),
    ],
)
def test_templates(resources: str, expected: list[tuple[str, str]]) -> None:
    assert findings("yaml", template(resources)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('resource "aws_sns_topic" "a" {\n  nam = "x"\n}\n', [("unknown_property", "nam")]),
        ('resource "aws_eip" "a" {\n  vpc = true\n}\n', []),
        ('resource "aws_sns_topic" "a" {\n  count = 2\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n', []),
        ('resource "aws_cloudwatch_log_group" "a" {\n  retention_in_days = 45\n}\n',
         [("value_not_allowed", "retention_in_days")]),
        ('resource "aws_cloudwatch_log_group" "a" {\n  retention_in_days = 0\n}\n', []),
        ('resource "aws_sqs_queue" "a" {\n  visibility_timeout_seconds = 90000\n}\n',
         [("value_out_of_range", "visibility_timeout_seconds")]),
        ('resource "aws_s3_bucket_versioning" "a" {\n  bucket = "b"\n}\n',
         [("missing_property", "versioning_configuration")]),
        ('resource "aws_sns_topic" "a" {\n  name = "x"\n}\noutput "o" {\n  value = aws_sns_topic.a.arns\n}\n',
         [("unknown_attribute", "value")]),
        ('resource "aws_sns_topic" "a" {\n  name = "x"\n}\nresource "aws_sns_topic" "a" {\n  name = "y"\n}\n',
         [("duplicate_declaration", "")]),
        ('data "aws_ami" "a" {\n  most_recent = true\n  owner = "x"\n}\n', [("unknown_property", "owner")]),
        ('data "aws_ami" "a" {\n  most_recent = true\n  owners = ["x"]\n}\n', []),
        ('variable "n" {\n  default = "a-${var.m}"\n}\n', [("computed_constant", "default")]),
        ('variable "n" {\n  default = "a-$${var.m}"\n}\n', []),
        ('provider "aws" {\n  alias = each.key\n}\n', [("computed_constant", "alias")]),
        ('resource "aws_instance" "a" {\n  user_data = <<-EOT\n    echo ${HOME}\n  EOT\n}\n',
         [("undeclared_reference", "user_data")]),
        ('resource "aws_instance" "a" {\n  user_data = <<-EOT\n    echo $${HOME}\n  EOT\n}\n', []),
        ('provider "aws" {}\nresource "aws_vpc" "v" {\n  provider = aws.west\n  cidr_block = "10.0.0.0/16"\n}\n',
         [("undeclared_reference", "provider")]),
        ('provider "aws" {\n  alias = "west"\n}\nresource "aws_vpc" "v" {\n  provider = aws.west\n}\n', []),
        ('resource "aws_vpc" "v" {\n  provider = aws.west\n}\n', []),
    ],
)  # fmt: skip
def test_terraform(text: str, expected: list[tuple[str, str]]) -> None:
    assert findings("hcl", text) == expected


def test_an_excerpt_next_to_a_file_is_not_judged() -> None:
    topics = "".join(f'resource "aws_sns_topic" "t{n}" {{\n  name = "t{n}"\n}}\n' for n in range(12))
    quoted = 'resource "aws_sns_topic" "before" {\n  nam = "x"\n}\n'
    whole = declared("hcl", topics, "main.tf")
    assert invalid_facts(whole + declared("hcl", quoted)) == ()
    # Terraform is spread over many small files: one that has a name is no excerpt.
    for name in ("alarms.tf", "main.tf"):
        assert [f.code for f in invalid_facts(whole + declared("hcl", quoted, name))] == ["unknown_property"]


def test_host_languages() -> None:
    text = (
        "import * as s3 from 'aws-cdk-lib/aws-s3';\n"
        "export class S extends Stack { constructor(scope, id) { super(scope, id);\n"
        "  new s3.Bucket(this, 'A', { versioning: true });\n"
        "  new s3.Bucket(this, 'B', { versioned: true, ...more });\n}}\n"
    )
    assert findings("typescript", text) == [("unknown_property", "versioning")]


def test_a_finding_says_what_to_do() -> None:
    (finding,) = invalid_facts(
        declared("yaml", template("  Z:\n    Type: AWS::Route53::HostedZone\n    Properties: {Name: a, Tags: []}\n"))
    )
    assert isinstance(finding, Finding)
    assert (finding.severity, finding.line, finding.expected) == ("critical", 5, "HostedZoneTags")
    assert finding.declaration.name == "Z"


def test_a_template_that_lost_its_shape_gives_no_findings() -> None:
    flat = "".join(f"      Lost{n}: x\n" for n in range(30))
    assert findings("yaml", template("  B:\n    Type: AWS::S3::Bucket\n    Properties:\n" + flat)) == []


@pytest.mark.parametrize("text", ["", "Resources: [1, 2]", template("  A: {Type: AWS::S3::Bucket, Properties: 3}\n")])
def test_odd_templates_do_not_fail(text: str) -> None:
    assert invalid_facts(declared("yaml", text)) == ()


NETWORK = 'variable "cidr" {}\nvariable "name" {\n  default = "a"\n}\noutput "vpc_id" {\n  value = aws_vpc.v.id\n}\n'


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('  source = "./modules/network"\n  cidr = "10.0.0.0/16"\n', []),
        ('  source = "../modules/network"\n  cidr = "10.0.0.0/16"\n  zones = 2\n', [("unknown_property", "zones")]),
        ('  source = "./modules/network"\n  name = "b"\n', [("missing_property", "cidr")]),
        ('  source = "./modules/other"\n  zones = 2\n', []),
        ('  source = "acme/network/aws"\n  zones = 2\n', []),
    ],
)
def test_calls_of_local_modules(call: str, expected: list[tuple[str, str]]) -> None:
    files = declared("hcl", NETWORK, "modules/network/main.tf") + declared(
        "hcl", f'module "n" {{\n{call}}}\n', "main.tf"
    )
    found = [(f.code, f.property_path) for f in invalid_facts(files) if f.declaration.kind == "module"]
    assert found == expected


def test_what_a_module_is_asked_for() -> None:
    files = declared("hcl", NETWORK, "modules/network/main.tf") + declared(
        "hcl",
        'module "n" {\n  source = "./modules/network"\n  cidr = "10.0.0.0/16"\n}\n'
        'output "a" {\n  value = module.n.vpc_id\n}\noutput "b" {\n  value = module.n.vpc_arn\n}\n',
        "main.tf",
    )
    found = [(f.code, f.declaration.name) for f in invalid_facts(files)]
    assert ("unknown_attribute", "b") in found
    assert ("unknown_attribute", "a") not in found


def test_two_files_that_declare_the_same() -> None:
    many = "".join(f'variable "v{n}" {{}}\n' for n in range(4))
    one, other = declared("hcl", many, "main.tf"), declared("hcl", 'variable "v1" {}\n', "variables.tf")
    assert [f.code for f in invalid_facts(one + other)] == ["duplicate_declaration"]
    # A copy of the whole, and the folder of another environment, are no second declaration.
    assert invalid_facts(one + declared("hcl", many, "copy.tf")) == ()
    needs = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
    twice = invalid_facts(one + declared("hcl", needs, "main.tf") + declared("hcl", needs, "provider.tf"))
    assert [f.declaration.kind for f in twice] == ["terraform"]
    assert invalid_facts(one + declared("hcl", 'variable "v1" {}\n', "prod/variables.tf")) == ()


CDK = (
    "import * as s3 from 'aws-cdk-lib/aws-s3';\nimport * as logs from 'aws-cdk-lib/aws-logs';\n"
    "import * as ec2 from 'aws-cdk-lib/aws-ec2';\n"
    "export class S extends Stack { constructor(scope, id) { super(scope, id);\n"
)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("typescript", CDK + "  new logs.LogGroup(this, 'L', { retention: logs.RetentionDays.THIRTY_DAYS });\n}}\n",
         [("unknown_member", "retention")]),
        ("typescript", CDK + "  new logs.LogGroup(this, 'L', { retention: logs.RetentionDays.ONE_MONTH });\n}}\n", []),
        ("typescript", CDK + "  const b = new s3.Bucket(this, 'B', {});\n  b.addExpiry(30);\n}}\n",
         [("unknown_member", "addExpiry")]),
        ("typescript", CDK + "  const b = new s3.Bucket(this, 'B', {});\n  b.addToResourcePolicy(p);\n}}\n", []),
        ("typescript", CDK + "  new ec2.Firewall(this, 'F', { a: 1 });\n}}\n", [("unknown_type", "")]),
        ("typescript", "import * as shop from './shop';\nnew shop.Firewall(this, 'F', { a: 1 });\n", []),
        ("hcl", 'resource "aws_bucket_encryption" "b" {\n  bucket = "x"\n}\n', [("unknown_type", "")]),
        ("hcl", 'resource "acme_bucket" "b" {\n  bucket = "x"\n}\n', []),
        ("yaml", template("  A:\n    Type: AWS::EC2::NATGateway\n"), [("unknown_type", "")]),
        ("yaml", template("  A:\n    Type: AWS::Serverless::Function\n"), []),
        ("typescript", "import { S3BucketLoggingV2 } from '@cdktf/provider-aws/lib/s3-bucket-logging';\n"
         "new S3BucketLoggingV2(this, 'L', { bucket: 'b', targetBucket: 'l', targetPrefix: 'a' });\n",
         [("unknown_type", "")]),
        ("typescript", "import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging';\n"
         "new S3BucketLoggingA(this, 'L', { bucket: 'b', targetBucket: 'l', targetPrefix: 'a' });\n", []),
        ("python", "import pulumi_aws as aws\naws.logs.LogGroup('g', name='x')\n", [("unknown_type", "")]),
        ("python", "import pulumi_aws as aws\naws.cloudwatch.LogGroup('g', name='x')\n", []),
    ],
)  # fmt: skip
def test_what_does_not_exist(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert findings(language, text) == expected


CDKTF = (
    "import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';\n"
    "import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository';\n"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("new EcrRepository(this, 'R', { name: 'a', encryptionConfiguration: { encryptionType: 'AES256' } });",
         [("wrong_value_type", "encryptionConfiguration")]),
        ("new EcrRepository(this, 'R', { name: 'a', encryptionConfiguration: [{ encryptionType: 'AES256' }] });", []),
        ("new DynamodbTable(this, 'T', { name: 'a', serverSideEncryption: [{ enabled: true }] });",
         [("wrong_value_type", "serverSideEncryption[0]")]),
        ("new DynamodbTable(this, 'T', { name: 'a', serverSideEncryption: { enabled: true } });", []),
    ],
)  # fmt: skip
def test_blocks_of_cdktf(line: str, expected: list[tuple[str, str]]) -> None:
    assert findings("typescript", CDKTF + line + "\n") == expected


@pytest.mark.parametrize(("written", "expected"), [("enforceSSL", ["enforceSsl"]), ("enforceSsl", [])])
def test_builders_of_java_write_one_capital(written: str, expected: list[str]) -> None:
    text = f'Bucket bucket = Bucket.Builder.create(this, "B")\n    .{written}(true)\n    .build();\n'
    head = "import software.amazon.awscdk.services.s3.Bucket;\n"
    found = invalid_facts(declared("java", head + text, "src/App.java"))
    assert [f.expected for f in found if f.code == "unknown_property"] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("new LbTargetGroup(this, 'G', { deregistrationDelay: 30 });", [("wrong_value_type", "deregistrationDelay")]),
        ("new LbTargetGroup(this, 'G', { deregistrationDelay: '30' });", []),
        ("new LbTargetGroup(this, 'G', { port: '80' });", [("wrong_value_type", "port")]),
        ("new LbTargetGroup(this, 'G', { port: props.port });", []),
        ("new LbTargetGroup(this, 'G', { healthCheck: { healthy_threshold: 2 } });",
         [("unknown_property", "healthCheck.healthy_threshold")]),
        ("new LbTargetGroup(this, 'G', { healthCheck: { healthyThreshold: 2 }, tags: { cost_center: 'a' } });", []),
    ],
)  # fmt: skip
def test_values_of_cdktf(line: str, expected: list[tuple[str, str]]) -> None:
    head = "import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group';\n"
    text = head + line + "\n"
    read = read_artifact(Artifact("answer.md", "main.ts", "typescript", text, 1, text.count("\n")))
    found = invalid_facts(read.declarations, misuses=read.misuses)
    assert [(finding.code, finding.property_path) for finding in found] == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("stream_mode_details={'streamMode': 'ON_DEMAND'}", [("critical", "stream_mode")]),
        ("stream_mode_details={'stream_mode': 'ON_DEMAND'}", []),
        ("stream_mode_details=KinesisStreamStreamModeDetails(stream_mode='ON_DEMAND')", []),
    ],
)
def test_keys_of_objects_in_python(arguments: str, expected: list[tuple[str, str]]) -> None:
    text = (
        "from cdktf_cdktf_provider_aws.kinesis_stream import KinesisStream, KinesisStreamStreamModeDetails\n"
        f"KinesisStream(self, 's', name='a', {arguments})\n"
    )
    found = invalid_facts(declared("python", text, "main.py"))
    assert [(finding.severity, finding.expected) for finding in found] == expected


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("{'name': 'a', 'hash_key': 'k', 'projectionType': 'ALL'}", [("critical", "hashKey")]),
        ("{'name': 'a', 'hashKey': 'k', 'projectionType': 'ALL', 'read_capacity': 1}", [("high", "readCapacity")]),
        ("{'name': 'a', 'hashKey': 'k', 'projectionType': 'ALL'}", []),
        ("DynamodbTableGlobalSecondaryIndex(name='a', hash_key='k', projection_type='ALL')", []),
    ],
)
def test_keys_of_listed_dictionaries_in_python(index: str, expected: list[tuple[str, str]]) -> None:
    text = (
        "from cdktf_cdktf_provider_aws.dynamodb_table import DynamodbTable, DynamodbTableGlobalSecondaryIndex\n"
        f"DynamodbTable(self, 't', name='a', global_secondary_index=[{index}])\n"
    )
    found = invalid_facts(declared("python", text, "main.py"))
    assert [(finding.severity, finding.expected) for finding in found] == expected


PINNED = Artifact("answer.md", "requirements.txt", "", "pulumi-aws>=6.0.0,<7.0.0", 1, 1)
PULUMI = "import pulumi\nimport pulumi_aws as aws\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("aws.ec2.Eip('gate', vpc=True)", [("removed_property", "vpc")]),
        ("aws.ec2.Eip('gate', domain='vpc')", []),
        (
            "aws.sqs.Queue('work', delay_seconds=3, depends_on=[other])",
            [("unknown_property", "depends_on")],
        ),
        ("aws.sqs.Queue('work', delay_seconds=3, opts=pulumi.ResourceOptions(depends_on=[other]))", []),
    ],
)
def test_what_pulumi_has_no_longer_or_not_there(code: str, expected: list[tuple[str, str]]) -> None:
    assert findings("python", PULUMI + code + "\n") == expected
    assert {f.code for f in invalid_facts(declared("python", PULUMI + code + "\n"), artifacts=[PINNED])} == {
        code for code, _ in expected if code != "removed_property"
    }


@pytest.mark.parametrize(
    ("text", "older"),
    [
        ("pulumi-aws>=6.0.0,<7.0.0", True),
        ("pulumi-aws>=6.0.0", False),
        ("pulumi-aws~=6.4", True),
        ('import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"', True),
        ("pulumi-aws==7.1.0", False),
        ('"@pulumi/aws": "^6.0.0"', True),
        ('"@pulumi/aws": "^7.0.0"', False),
        ('"@pulumi/awsx": "^2.0.0"', False),
        ("import * as aws from '@pulumi/aws';", False),
    ],
)
def test_versions_asked_for(text: str, older: bool) -> None:
    assert older_pulumi_asked([Artifact("answer.md", "", "", text, 1, 1)]) is older


def test_structs_of_pulumi_in_go() -> None:
    text = (
        'package main\n\nimport (\n\t"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"\n'
        '\t"github.com/pulumi/pulumi/sdk/v3/go/pulumi"\n)\n\nfunc main() {\n'
        "\tpulumi.Run(func(ctx *pulumi.Context) error {\n"
        '\t\tcloudwatch.NewLogGroup(ctx, "audit", &cloudwatch.LogGroupArgs{\n'
        '\t\t\tLogGroupName: pulumi.String("audit"),\n\t\t\tRetentionInDays: pulumi.Int(30),\n\t\t})\n'
        "\t\treturn nil\n\t})\n}\n"
    )
    assert findings("go", text) == [("unknown_property", "LogGroupName")]


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ("  aws:region:\n    description: where\n    default: eu-west-1\n", ["config.aws:region.default"]),
        ("  aws:region:\n    value: eu-west-1\n  size:\n    type: integer\n    default: 3\n", []),
        ("  shop:size:\n    default: 3\n  aws:region: eu-west-1\n", []),
        ("  size:\n    type: number\n", ["config.size.type"]),
    ],
)
def test_settings_of_a_project(settings: str, paths: list[str]) -> None:
    text = "name: shop\nruntime: python\nconfig:\n" + settings + "options:\n  type: number\n"
    artifact = Artifact("answer.md", "Pulumi.yaml", "yaml", text, 10, 20)
    assert [fault.path for fault in project_faults([artifact])] == paths


def test_values_of_the_wrong_kind_on_one_line_and_of_look_ups() -> None:
    text = (
        "import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group';\n"
        "import { DataAwsAmi } from '@cdktf/provider-aws/lib/data-aws-ami';\n"
        "new LbTargetGroup(this, 'G', { deregistrationDelay: 30, slowStart: '80', port: '80' });\n"
        "new DataAwsAmi(this, 'A', { mostRecent: 'true', nameRegex: String(3) });\n"
    )
    artifact = Artifact("answer.md", "main.ts", "typescript", text, 1, 4)
    read = read_artifact(artifact)
    found = invalid_facts(read.declarations, misuses=read.misuses)
    assert sorted(f.message for f in found) == [
        "DataAwsAmi mostRecent true must be true or false, not text",
        "LbTargetGroup deregistrationDelay 30 must be text, not a number",
        "LbTargetGroup port 80 must be a number, not text",
        "LbTargetGroup slowStart 80 must be a number, not text",
    ]


SMALL_PIECES = "".join(
    f'```hcl\nresource "aws_s3_bucket_policy" "p{n}" {{\n  policy = "x"\n  polcy = "y"\n}}\n```\n\n' for n in range(3)
)


def read(text: str) -> list[tuple[str, str, int]]:
    """The faults of a whole document, with their lines."""
    artifacts, _ = find_artifacts(Source("answer.md", text))
    declarations = tuple(d for artifact in artifacts for d in read_artifact(artifact).declarations)
    return [(f.code, f.property_path, f.line) for f in invalid_facts(declarations, artifacts=artifacts)]


def test_small_pieces_without_a_name_lack_nothing() -> None:
    """What such a piece says is judged, but not what it leaves out."""
    assert [code for code, _, _ in read(SMALL_PIECES)] == ["unknown_property"] * 3
    named = SMALL_PIECES.replace("```hcl", "**policy.tf**\n\n```hcl", 1)
    assert [code for code, _, line in read(named) if line < 8] == ["missing_property", "unknown_property"]


@pytest.mark.parametrize(("lines", "expected"), [(2, []), (60, ["duplicate_declaration", "missing_property"])])
def test_a_file_that_is_quoted_again_is_not_declared_twice(lines: int, expected: list[str]) -> None:
    rest = "".join(f"  # {n}\n" for n in range(lines))
    text = (
        '**db.tf**\n\n```hcl\nresource "aws_sns_topic_policy" "p" {\n  arn = "a"\n  policy = "x"\n}\n'
        + 'resource "aws_sns_topic" "t" {\n  name = "t"\n}\n' * 1
        + "".join(f"# {n}\n" for n in range(20))
        + '```\n\nThe policy of **db.tf** is now\n\n```hcl\n# db.tf\nresource "aws_sns_topic_policy" "p" {\n'
        + f'  policy = "y"\n{rest}}}\n```\n'
    )
    assert sorted(code for code, _, _ in read(text)) == expected


def test_what_a_transform_makes_is_declared() -> None:
    maker = "  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: !Ref Stage\n"
    key = "  Key:\n    Type: AWS::ApiGateway::ApiKey\n    DependsOn: ApiStage\n"
    more = "".join(f"  T{n}:\n    Type: AWS::SNS::Topic\n    DependsOn: Key\n" for n in range(4))
    parameter = "Parameters:\n  Stage: {Type: String}\nTransform: AWS::Serverless-2016-10-31\n"
    assert findings("yaml", HEAD + parameter + "Resources:\n" + maker + key + more) == []
    api = maker.replace("AWS::Serverless::Api", "AWS::SNS::Topic").replace("StageName", "TopicName")
    more += "".join(f"  U{n}:\n    Type: AWS::SNS::Topic\n    DependsOn: T{n}\n" for n in range(4))
    assert findings("yaml", HEAD + parameter + "Resources:\n" + api + key + more) == [
        ("undeclared_reference", "DependsOn")
    ]


def test_values_of_variables_are_no_variables() -> None:
    module = 'variable "size" {\n  type = number\n}\nvariable "zone" {\n  default = "a"\n}\n'
    call = 'module "shop" {\n  source = "./modules/shop"\n  size = 3\n}\n'
    values = 'colour = "red"\nweight = 3\n'
    both = (
        *declared("hcl", module, "modules/shop/variables.tf"),
        *declared("hcl", values, "modules/shop/main.tf"),
        *declared("hcl", call, "main.tf"),
    )
    assert [d.name for d in both if d.type == "tfvars"] == ["colour", "weight"]
    assert invalid_facts(both) == ()


@pytest.mark.parametrize(("name", "expected"), [("alarms.ts", ["unknown_property"]), ("", [])])
def test_a_named_module_of_a_program_is_no_excerpt(name: str, expected: list[str]) -> None:
    head = 'import * as aws from "@pulumi/aws";\n'
    queues = "".join(f'const q{n} = new aws.sqs.Queue("q{n}", {{ fifoQueue: false }});\n' for n in range(12))
    board = 'const board = new aws.cloudwatch.Dashboard("b", { dashboardName: "b", dashboardBody: "x", tags: {} });\n'
    declarations = declared("typescript", head + queues, "index.ts") + declared("typescript", head + board, name)
    assert [finding.code for finding in invalid_facts(declarations)] == expected


def test_an_excerpt_of_pulumi_in_go_is_not_taken_for_cdk() -> None:
    text = 'func rules(ctx *pulumi.Context) {\n\tec2.NewNetworkAclRule(ctx, "in", &ec2.NetworkAclRuleArgs{})\n}\n'
    found = declared("go", text)
    assert [(d.dialect, d.type) for d in found] == [("pulumi", "aws.ec2.NetworkAclRule")]
    assert not [f for f in invalid_facts(found) if f.code == "unknown_type"]


LONG = 200_000
HOSTILE = {
    "key": ("main.ts", CDKTF + "new EcrRepository(this, 'R', { 'a" + "[" * LONG + "': 1 });\n"),
    "listed key": (
        "main.py",
        "from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository\n"
        "EcrRepository(self, 'R', tags={'a_" + "]." * LONG + "': 1})\n",
    ),
    "policy": (
        "t.yaml",
        template(
            "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns:\n"
            f'        - "Policy fromAwsManagedPolicyName({"-" * LONG}x"\n'
        ),
    ),
    "version": ("main.py", "import pulumi_aws as aws\naws.sqs.Queue('a')\n# pulumi-aws" + " " * LONG + "x\n"),
    "import": ("main.ts", CDKTF + "new EcrRepository(this, 'R', { name: 'a' });\nimport" + " " * LONG + "x\n"),
    "imports": (
        "main.ts",
        CDKTF
        + "new EcrRepository(this, 'R', { name: 'a' });\n"
        + "".join(f"import {{ A{n} }} from './a{n}';\n" for n in range(LONG // 30)),
    ),
    "one line": ("main.ts", CDKTF + "".join(f"new EcrRepository(this, 'R{n}', {{ name: {n} }});" for n in range(4000))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_written_to_take_long_takes_none(name: str) -> None:
    """What is not linear would take minutes."""
    file, text = HOSTILE[name]
    artifact = Artifact("answer.md", file, "", text, 1, text.count("\n") + 1)
    started = process_time()
    reading = read_artifact(artifact)
    invalid_facts(reading.declarations, reading.problems, reading.misuses, [artifact])
    find_defects(build_side(reading.declarations))
    undelivered(reading.declarations, [artifact])
    assert process_time() - started < 20
