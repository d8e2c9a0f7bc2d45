"""What aws-cdk-lib refuses of a program's calls, in every language."""

from __future__ import annotations

import pytest

from gapkit.dialects import read_artifact
from gapkit.fault_kinds import IN_JAVASCRIPT
from gapkit.models import Artifact
from gapkit.structs import NUMBER, TEXT, api, members_of, modules, named, names_in
from gapkit.structs_fit import fits, said
from gapkit.validity import invalid_facts

TS = (
    "import * as cdk from 'aws-cdk-lib';\nimport * as cw from 'aws-cdk-lib/aws-cloudwatch';\n"
    "import * as s3 from 'aws-cdk-lib/aws-s3';\nimport * as iam from 'aws-cdk-lib/aws-iam';\n"
    "import * as lambda from 'aws-cdk-lib/aws-lambda';\nimport { Bucket } from 'aws-cdk-lib/aws-s3';\n"
    "import { Metric } from './metric';\n"
)
PY = (
    "from aws_cdk import Duration, Stack, Tags, aws_cloudwatch as cw, aws_s3 as s3, aws_iam as iam, aws_ec2 as ec2\n"
    "from constructs import Construct\n"
)
JAVA = (
    "import software.amazon.awscdk.services.s3.*;\nimport software.amazon.awscdk.services.cloudwatch.Metric;\n"
    "import software.amazon.awscdk.Duration;\n"
    "public class A { void a() {\n"
)
GO = (
    'package main\n\nimport (\n\t"github.com/aws/aws-cdk-go/awscdk/v2/awss3"\n'
    '\t"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"\n\t"github.com/aws/jsii-runtime-go"\n)\n\nfunc add(s Stack) {\n'
)


def misuses(language: str, text: str) -> list[tuple[str, str, str]]:
    artifact = Artifact("answer.md", "", language, text, 1, text.count("\n") + 1)
    return [(each.code, each.message, each.expected) for each in read_artifact(artifact).misuses]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "const m = new cw.Metric({ namespace: 'A', metricName: 'b', dimensions: { c: 'd' } });",
            ("unknown_property", "Metric has no property dimensions", "dimensionsMap"),
        ),
        (
            "new cw.Metric({ namespace: 'A', metricName: 'b', period: 300 });",
            ("wrong_value_type", "Metric period must be a Duration, not a number", "a Duration"),
        ),
        (
            "new cw.Metric({ namespace: 'A' });",
            ("missing_property", "Metric needs metricName, which is not given", "metricName"),
        ),
        (
            "new s3.Bucket(this, 'B', { lifecycleRules: [{ expiration: 30 }] });",
            ("wrong_value_type", "Bucket lifecycleRules[0].expiration must be a Duration, not a number", "a Duration"),
        ),
        (
            "new s3.Bucket(this, 'B', { lifecycleRules: { enabled: true } });",
            ("wrong_value_type", "Bucket lifecycleRules must be a list, not an object", "a list"),
        ),
        (
            "new s3.Bucket(this, 'B', { lifecycleRules: [{ id: 'a', days: 3 }] });",
            ("unknown_property", "Bucket has no property lifecycleRules[0].days", ""),
        ),
        (
            "new s3.Bucket(this, 'B', { encryption: 'aws:kms' });",
            ("wrong_value_type", "Bucket encryption must be a BucketEncryption, not text", "a BucketEncryption"),
        ),
        (
            "const b = new s3.Bucket(this, 'B'); b.grantRead('x');",
            ("wrong_value_type", "grantRead identity must be an IGrantable, not text", "an IGrantable"),
        ),
        (
            "const b = new s3.Bucket(this, 'B'); new cdk.CfnOutput(this, 'O', { value: b.bucketUrl });",
            ("unknown_member", "Bucket has no property or method bucketUrl", ""),
        ),
        (
            "const b = new s3.Bucket(this, 'B'); b.addLifecycleRule({ ids: 'a' });",
            ("unknown_property", "addLifecycleRule has no property ids", "id"),
        ),
        (
            "cdk.Duration.fortnights(2);",
            ("unknown_member", "Duration has no member fortnights", ""),
        ),
        (
            "new iam.ServicePrincipal();",
            ("wrong_arguments", "ServicePrincipal needs 1 argument, not 0", "service, opts?"),
        ),
        ("new s3.LifecycleThing({});", ("unknown_type", "aws_s3 has no LifecycleThing", "")),
        (
            "lambda.HealthKind.GOOD.toString(); new Bucket(this, 'B', { versioned: lambda.HealthKind.GOOD });",
            ("unknown_type", "aws_lambda has no HealthKind", ""),
        ),
    ],
)
def test_typescript(line: str, expected: tuple[str, str, str]) -> None:
    found = misuses("typescript", TS + line + "\n")
    assert expected[:2] in [each[:2] for each in found]
    if expected[2]:
        assert expected in found


@pytest.mark.parametrize(
    "line",
    [
        "new cw.Metric({ namespace: 'A', metricName: 'b', dimensionsMap: { c: 'd' }, period: cdk.Duration.minutes(5) });",
        "new cw.Metric({ ...shared, anything: 1 });",
        "new cw.Metric(settings);",
        "new cw.Metric({ namespace: 'A', metricName: 'b', ['c' + 'd']: 1 });",
        "new Metric({ anything: 1 });",
        "const Duration = makeDuration(); Duration.fortnights(2);",
        "new s3.Bucket(this, 'B', { encryptionKey: props.key, lifecycleRules: rules, versioned: flag ?? true });",
        "const cfn = bucket.node.defaultChild as s3.CfnBucket; cfn.analyticsConfigurations = [];",
        "const b = new s3.Bucket(this, 'B'); (b as any).whatever(1);",
        "for (const b of list) { b.whatever(); }\nconst b = new s3.Bucket(this, 'B');",
        "new s3.Bucket(this, 'B', { objectOwnership: undefined });",
        "cdk.Aspects.of(this).add({ visit(node) { node.toString(); } });",
        "new s3.CfnBucket(this, 'B', { bucketEncryption: { serverSideEncryptionConfiguration: [] } });",
        "lambda.Code.fromInline(`exports.handler = async () => {};`);",
    ],
)
def test_typescript_that_compiles(line: str) -> None:
    assert misuses("typescript", TS + line + "\n") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "cw.Metric(namespace='A', metric_name='b', dimensions={'c': 'd'})",
            ("unknown_property", "Metric has no property dimensions", "dimensions_map"),
        ),
        (
            "s3.Bucket(self, 'B', lifecycle_rules=[s3.LifecycleRule(expiration_days=3)])",
            ("unknown_property", "LifecycleRule has no property expiration_days", "expiration_date"),
        ),
        (
            "s3.Bucket(self, 'B', bucketName='x')",
            ("unknown_property", "Bucket has no property bucketName", "bucket_name"),
        ),
        (
            "ec2.Port.tcp_range(80, end=90)",
            ("unknown_property", "Port.tcp_range has no parameter end", "end_port"),
        ),
        (
            "s3.Bucket(self, 'B', props)",
            (
                "wrong_arguments",
                "Bucket takes 2 positional arguments, not 3",
                "scope, id, keyword arguments",
            ),
        ),
    ],
)
def test_python(line: str, expected: tuple[str, str, str]) -> None:
    assert expected in misuses("python", PY + line + "\n")


@pytest.mark.parametrize(
    "line",
    [
        "s3.Bucket(self, 'B', lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(3))], **more)",
        "s3.Bucket(scope=self, id='B', bucket_name=f'{name}-x')",
        "ec2.MachineImage.generic_linux({'us-east-1': 'ami-1'})",
        "key = ec2.Port.tcp(80)\nfor key, value in tags.items():\n    Tags.of(self).add(key, value)",
        "iam.PolicyStatement(actions=['s3:*'], resources=[str(count)], conditions={'Bool': {'a': 'b'}})",
        "bucket = s3.Bucket.from_bucket_name(self, 'B', 'x')\nbucket.whatever_it_has_at_run_time()",
    ],
)
def test_python_that_runs(line: str) -> None:
    assert misuses("python", PY + line + "\n") == []


def test_java() -> None:
    text = JAVA + (
        '    Bucket.Builder.create(this, "B").enforceSsl(true).versionned(true).build();\n'
        '    Metric.Builder.create().namespace("a").metricName("b").period(Duration.minutes(1)).build();\n}}\n'
    )
    assert misuses("java", text) == [("unknown_property", "Bucket has no property versionned", "versioned")]


def test_go() -> None:
    text = GO + (
        '\tb := awss3.NewBucket(s, jsii.String("B"), &awss3.BucketProps{Versionned: jsii.Bool(true)})\n'
        "\tb.GrantRead(role)\n"
        "\tawsec2.Port_Tcp(jsii.Number(80))\n}\n"
    )
    assert misuses("go", text) == [
        ("unknown_property", "Bucket has no property Versionned", "Versioned"),
        ("wrong_arguments", "GrantRead needs 2 arguments, not 1", "identity, objectsKeyPattern?"),
    ]


def test_javascript_passes_over_a_key_that_it_does_not_know() -> None:
    text = "const s3 = require('aws-cdk-lib/aws-s3');\nnew s3.Bucket(this, 'B', { versionned: true });\n"
    artifact = Artifact("answer.md", "stack.js", "javascript", text, 1, 2)
    assert [each.circumstance for each in read_artifact(artifact).misuses] == [IN_JAVASCRIPT]


@pytest.mark.parametrize(
    "text",
    [
        "import { Metric } from '@aws-cdk/aws-cloudwatch';\nnew Metric({ dimensions: {} });\n",
        "import * as cw from 'other-cdk/aws-cloudwatch';\nimport * as cdk from 'aws-cdk-lib';\nnew cw.Metric({ a: 1 });\n",
        "import { GoFunction } from '@aws-cdk/aws-lambda-go-alpha';\nimport 'aws-cdk-lib';\nnew GoFunction(this, 'F', {});\n",
    ],
)
def test_other_packages_and_the_first_version_are_left_alone(text: str) -> None:
    assert misuses("typescript", text) == []


def test_what_is_imported_and_does_not_exist() -> None:
    text = (
        "import { SnsAktion } from 'aws-cdk-lib/aws-cloudwatch-actions';\nimport * as x from 'aws-cdk-lib/aws-s33';\n"
    )
    assert misuses("typescript", text) == [
        ("unknown_type", "aws_cloudwatch_actions has no SnsAktion", "SnsAction"),
        ("unknown_type", "aws-cdk-lib has no module aws-s33", "aws_s3"),
    ]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("ts", TS + "new sqs.Queue(this, 'Q');\nnew sqs.Queue(this, 'R');\n", "sqs"),
        ("ts", TS + "new s3.Bucket(this, 'B', { lifecycleRules: [{ expiration: Duration.days(3) }] });\n", "Duration"),
        ("python", PY + "alarm.add_alarm_action(actions.SnsAction(topic))\n", "actions"),
        (
            "python",
            PY + "class A(Stack):\n    def __init__(self):\n        CfnOutput(self, 'O', value='a')\n",
            "CfnOutput",
        ),
    ],
)
def test_what_is_used_and_not_imported(language: str, text: str, name: str) -> None:
    found = [message for code, message, _ in misuses(language, text) if code == "undeclared_reference"]
    assert found == [f"{name} is used and neither imported nor declared"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ts", TS + "function make(sqs: Made) { new sqs.Queue(this, 'Q'); }\n"),
        ("ts", TS + "const { sqs } = made;\nnew sqs.Queue(this, 'Q');\n"),
        ("ts", "new sqs.Queue(this, 'Q');\n"),
        ("ts", TS + "// ... other resources\nnew sqs.Queue(this, 'Q');\n"),
        ("python", "from aws_cdk import *\nDuration.days(3)\n"),
        ("python", PY + "try:\n    import actions\nexcept ImportError:\n    pass\nactions.SnsAction(topic)\n"),
        ("python", PY + "class CfnOutput:\n    pass\nCfnOutput(self, 'O', value='a')\n"),
    ],
)
def test_what_may_be_declared_is_left_alone(language: str, text: str) -> None:
    assert not [code for code, *_ in misuses(language, text) if code == "undeclared_reference"]


def test_a_misuse_is_a_fault_of_the_declaration_that_it_stands_in() -> None:
    text = TS + (
        "export class S extends cdk.Stack { constructor(scope, id) { super(scope, id);\n"
        "  new cw.Alarm(this, 'High', { threshold: 1, evaluationPeriods: 1,\n"
        "    metric: new cw.Metric({ namespace: 'A', metricName: 'b', dimensions: {} }) });\n"
        "  const loose = new iam.PolicyStatement({ action: ['s3:*'], resources: ['*'] });\n}}\n"
    )
    artifact = Artifact("answer.md", "", "typescript", text, 1, text.count("\n") + 1)
    reading = read_artifact(artifact)
    found = invalid_facts(reading.declarations, reading.problems, reading.misuses)
    assert [(f.declaration.type, f.declaration.name, f.property_path, f.line, f.severity) for f in found] == [
        ("cloudwatch.Alarm", "High", "dimensions", 10, "critical"),
        ("PolicyStatement", "", "action", 11, "critical"),
    ]


def test_one_fault_is_told_once() -> None:
    text = TS + "new s3.Bucket(this, 'B', { versioning: true });\n"
    artifact = Artifact("answer.md", "", "typescript", text, 1, text.count("\n") + 1)
    reading = read_artifact(artifact)
    found = invalid_facts(reading.declarations, reading.problems, reading.misuses)
    assert [(f.code, f.property_path) for f in found] == [("unknown_property", "versioning")]


def test_the_table() -> None:
    assert {"core", "aws_s3", "constructs"} <= modules()
    assert "Bucket" in names_in("aws_s3")
    assert members_of("aws_s3.BucketProps")["versioned"].optional
    bucket = api("aws_s3.Bucket")
    assert bucket is not None
    assert [p.name for p in bucket.initializer or ()] == ["scope", "id", "props"]
    assert api("aws_s3.Nothing") is None


def test_shapes() -> None:
    assert fits(named("aws_s3.Bucket"), named("aws_s3.IBucket"), "ts")
    assert not fits(named("aws_s3.Bucket"), named("aws_iam.IGrantable"), "ts")
    assert not fits(TEXT, NUMBER, "ts")
    assert said(named("core.Duration")) == "a Duration"
