"""Programs to declarations: frameworks, kinds, types, values and method calls, whatever the language."""

from __future__ import annotations

import pytest

from gapkit.dialects import typescript
from gapkit.dialects.constructs import declarations
from gapkit.dialects.constructs_names import cdk_type, framework_of, pulumi_type, service_alias
from gapkit.dialects.constructs_values import enum_member
from gapkit.dialects.host import Assignment, Call, Entry, Import, Object, Program, Ref
from gapkit.models import Artifact, Declaration

CDK = "import * as s3 from 'aws-cdk-lib/aws-s3';\n"
PULUMI = "import * as pulumi from '@pulumi/pulumi';\nimport * as aws from '@pulumi/aws';\n"


def read(text: str, line_start: int = 1) -> tuple[Declaration, ...]:
    program = typescript.parse(text)
    return declarations(program, Artifact("RESPONSE.md", "a.ts", "ts", text, line_start, line_start)).declarations


def settings(text: str, before: str = "") -> dict[str, object]:
    """The properties of a bucket with these settings."""
    found = [each for each in read(f"{CDK}{before}\nnew s3.Bucket(this, 'B', {text});") if each.name == "B"]
    return {path: value for path, value, _ in found[0].properties}


@pytest.mark.parametrize(
    ("text", "framework"),
    [
        ("import { Stack } from 'aws-cdk-lib';", "cdk"),
        ("import { Construct } from 'constructs';", "cdk"),
        ("import { Construct } from 'constructs';\nimport { App } from 'cdktf';", "cdktf"),
        ("import { Vpc } from './.gen/providers/aws/vpc';", "cdktf"),
        ("import * as aws from '@pulumi/aws';", "pulumi"),
        ("import { S3 } from '@aws-sdk/client-s3';\nnew X.Y(this, 'a');", "script"),
        ("new sqs.Queue(this, 'Q');", "cdk"),
        ("new aws.sqs.Queue('q', {});", "pulumi"),
        ("const all = zones.map(z => new aws.ec2.Subnet(`s-${z}`, {}));", "pulumi"),
        ("new SqsQueue(this, 'q', {});", "cdktf"),
        ("role.addToPolicy(new iam.PolicyStatement({ actions: ['a'] }));", "cdk"),
        ("group.addIngressRule(ec2.Peer.anyIpv4(), port);", "cdk"),
        ("const config = new pulumi.Config();", "pulumi"),
        ("await s3.putObject({ Bucket: 'a' });", "script"),
        ("function add(a, b) { return a + b; }", "script"),
    ],
)
def test_framework(text: str, framework: str) -> None:
    assert framework_of(typescript.parse(text)) == framework


@pytest.mark.parametrize(
    ("segment", "alias"),
    [
        ("aws-s3", "s3"), ("aws_lambda_event_sources", "lambda_event_sources"), ("awsdynamodb", "dynamodb"),
        ("aws-elasticloadbalancingv2", "elbv2"), ("aws-certificatemanager", "acm"),
        ("custom-resources", "custom_resources"),
    ],
)  # fmt: skip
def test_service_alias(segment: str, alias: str) -> None:
    assert service_alias(segment) == alias


@pytest.mark.parametrize(
    ("module", "tail", "written"),
    [
        ("aws-cdk-lib", "CfnOutput", "cdk.CfnOutput"),
        ("aws-cdk-lib", "aws_s3.Bucket", "s3.Bucket"),
        ("aws-cdk-lib/aws-rds", "DatabaseCluster", "rds.DatabaseCluster"),
        ("aws_cdk.aws_lambda", "Function", "lambda.Function"),
        ("software.amazon.awscdk.services.ec2", "Vpc", "ec2.Vpc"),
        ("github.com/aws/aws-cdk-go/awscdk/v2/awss3", "Bucket", "s3.Bucket"),
        ("github.com/aws/aws-cdk-go/awscdk/v2", "CfnOutput", "cdk.CfnOutput"),
    ],
)
def test_cdk_type(module: str, tail: str, written: str) -> None:
    assert cdk_type(module, tail) == written


@pytest.mark.parametrize(
    ("module", "tail", "written"),
    [
        ("@pulumi/aws", "lambda.Function", "aws.lambda.Function"),
        ("@pulumi/aws/s3", "Bucket", "aws.s3.Bucket"),
        ("@pulumi/aws-native", "s3.Bucket", "aws_native.s3.Bucket"),
        ("pulumi_aws", "lambda_.Function", "aws.lambda.Function"),
        ("com.pulumi.aws.ec2", "Vpc", "aws.ec2.Vpc"),
        ("github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2", "Vpc", "aws.ec2.Vpc"),
    ],
)
def test_pulumi_type(module: str, tail: str, written: str) -> None:
    assert pulumi_type(module, tail) == written


@pytest.mark.parametrize(
    ("text", "kind", "type_", "name"),
    [
        (f"{CDK}new s3.Bucket(this, 'A');", "resource", "s3.Bucket", "A"),
        (f"{CDK}new s3.Bucket(stack, id);", "resource", "s3.Bucket", "${id}"),
        (f"{CDK}new s3.Bucket(this, 'A' + n);", "resource", "s3.Bucket", "A${n}"),
        (f"{CDK}s3.Bucket.fromBucketName(this, 'A', 'x');", "data", "s3.Bucket", "A"),
        (f"{CDK}new cdk.CfnMapping(this, 'A', {{}});", "mapping", "cdk.CfnMapping", "A"),
        (f"{CDK}import {{ Net }} from './net';\nnew Net(this, 'A');", "module", "Net", "A"),
        (f"{CDK}class Net extends Stack {{}}\nnew Net(app, 'A');", "module", "Net", "A"),
        (f"{PULUMI}new aws.s3.Bucket('a');", "resource", "aws.s3.Bucket", "a"),
        (f"{PULUMI}new aws.s3.Bucket(name, {{}});", "resource", "aws.s3.Bucket", "${name}"),
        (f"{PULUMI}new pulumi.StackReference('a/b');", "data", "pulumi.StackReference", "a/b"),
        (f"{PULUMI}const me = aws.getCallerIdentity({{}});", "data", "aws.getCallerIdentity", "me"),
        (f"{PULUMI}pulumi.export('a', 1);", "output", "export", "a"),
        (f"{PULUMI}exports.a = bucket.id;", "output", "export", "a"),
    ],
)
def test_declared(text: str, kind: str, type_: str, name: str) -> None:
    assert [(each.kind, each.type, each.name) for each in read(text)] == [(kind, type_, name)]


@pytest.mark.parametrize(
    "text",
    [
        f"{CDK}// new s3.Bucket(this, 'A');\nconst text = \"new s3.Bucket(this, 'A')\";",
        f"{CDK}throw new Error('new s3.Bucket');",
        f"{CDK}console.log(names.map(n => n.trim()).join(','));",
        f"{CDK}new s3.Thing('one', 'two');",
        f"{PULUMI}new pulumi.Config('a');",
        f"{PULUMI}new pulumi.asset.FileArchive('./x');",
        f"{PULUMI}throw new Error('a');",
        f"{PULUMI}bucket.id.apply(id => console.log(id));",
    ],
)
def test_nothing_that_is_not_there(text: str) -> None:
    assert read(text) == ()


def test_canonical_types_and_holders() -> None:
    bucket, grant = read(
        f"{CDK}class A {{ m() {{\nthis.logs = new s3.Bucket(this, 'L');\nthis.logs.grantRead(role);\n}} }}"
    )
    assert (bucket.canonical_type, bucket.variable) == ("AWS::S3::Bucket", "logs")
    assert (grant.name, grant.owner, grant.canonical_type) == ("logs.grantRead", "logs", "AWS::S3::Bucket")


def test_lines_are_those_of_the_document() -> None:
    (bucket,) = read(f"{CDK}new s3.Bucket(this, 'A', {{\n  versioned: true,\n}});", line_start=100)
    assert (bucket.line, bucket.line_end, bucket.properties[0].line) == (101, 103, 102)


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("{ a: 1, b: 'x', c: true, d: null }", "", {"a": 1, "b": "x", "c": True, "d": None}),
        ("{ a: { b: [1, { c: 2 }] } }", "", {"a.b[0]": 1, "a.b[1].c": 2}),
        ("{ a: [], b: {} }", "", {"a": "[]", "b": "{}"}),
        ("{ a: key.arn, b: this.key }", "", {"a": "${key.arn}", "b": "${key}"}),
        ("{ a: lambda.Tracing.ACTIVE }", "", {"a": "Tracing.ACTIVE"}),
        ("{ a: cdk.Duration.minutes(5) }", "", {"a": "Duration.minutes(5)"}),
        ("{ a: isProd ? 3 : 1 }", "", {"a": "${isProd ? 3 : 1}"}),
        ("{ a: props.x ?? 'dev', b: y || 5 }", "", {"a": "${props.x|dev}", "b": "${y|5}"}),
        ("{ a: list ?? [{ b: 1 }] }", "", {"a": "${list}", "a[0].b": 1}),
        ("{ a: size }", "const size = 30;", {"a": 30}),
        ("{ a: `x-${stage}-${n}` }", "const stage = 'dev';", {"a": "x-dev-${n}"}),
        ("{ a: size }", "let size = 30; size = 40;", {"a": "${size}"}),
        ("{ a: limits.cpu }", "const limits = { cpu: 2 };", {"a": 2}),
        ("{ tags: { ...common, b: 2 } }", "const common = { a: 1, b: 1 };", {"tags.a": 1, "tags.b": 2}),
        ("{ ...(isProd && { a: 1 }), ...rest }", "", {"a": 1, "*": "${rest}"}),
        ("{ a: [...base, 3] }", "const base = [1, 2];", {"a[0]": 1, "a[1]": 2, "a[2]": 3}),
        ("settings", "const settings = { a: 1 };", {"a": 1}),
        ("{ a: loop }", "const loop = { b: other }; const other = { c: loop };", None),
        ("{ a: JSON.stringify({ b: [1] }) }", "", {"a.b[0]": 1}),
        ("{ a: names.map(n => ({ b: n })) }", "", {"a[0].b": "${n}"}),
        ("{ a: statement }", "const statement = new iam.PolicyStatement({ actions: ['x'] });",
         {"a": "new PolicyStatement", "a.actions[0]": "x"}),
        ("{ a: Schedule.cron({ hour: '4' }) }", "", {"a": "Schedule.cron()", "a.hour": "4"}),
        ("{ a: queue.metricAge({ period: 1 }) }", "", {"a": "${queue.metricAge()}", "a.period": 1}),
        ("{ a: Size.gibibytes(60 * 2) }", "", {"a": "Size.gibibytes(120)"}),
        ("{ a: `{\"Effect\": \"Allow\", \"Resource\": [\"${b.arn}/*\"]}` }", "",
         {"a.Effect": "Allow", "a.Resource[0]": "${b.arn}/*"}),
        ("{ a: '{ not JSON, only text in braces }' }", "", {"a": "{ not JSON, only text in braces }"}),
    ],
)  # fmt: skip
def test_properties(text: str, before: str, expected: dict[str, object] | None) -> None:
    found = settings(text, before)
    assert found if expected is None else found == expected


def test_constants_that_multiply_end_soon() -> None:
    lines = ["const a0 = { x: 1 };"]
    lines += [f"const a{n} = {{ p: a{n - 1}, q: a{n - 1}, r: a{n - 1}, ...a{n - 1} }};" for n in range(1, 60)]
    assert len(settings("{ a: a59, ...a59 }", "\n".join(lines))) <= 3000


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("s3.BucketEncryption.KMS", "BucketEncryption.KMS"), ("Tracing.ACTIVE", "Tracing.ACTIVE"),
        ("this.bucket.arn", ""), ("Plain", ""), ("a.b", ""), ("Stack.region", ""),
    ],
)  # fmt: skip
def test_enum_member(text: str, member: str) -> None:
    assert enum_member(text) == member


def test_method_calls() -> None:
    found = read(
        f"{CDK}const listener = alb.addListener('L', {{ port: 443 }});\n"
        "alb.addListener('M').addTargets('T', { port: 80 });\n"
        "const label = name.toLowerCase();\n"
    )
    assert [(each.type, each.name, each.owner, each.variable) for each in found] == [
        ("addListener", "alb.addListener", "alb", "listener"),
        ("addListener", "alb.addListener", "alb", ""),
        ("addTargets", "alb.addListener.addTargets", "alb", ""),
    ]
    assert [tuple(each)[:2] for each in found[0].properties] == [("[0]", "L"), ("port", 443)]


def test_calls_on_fields_with_capitals() -> None:
    found = read(f"{CDK}const endpoint = stack.Vpc.AddGatewayEndpoint('S', {{ Service: 's3' }});")
    assert [(each.kind, each.name) for each in found] == [("call", "stack.Vpc.AddGatewayEndpoint")]


def test_properties_set_afterwards() -> None:
    (_, found) = read(
        f"{CDK}const bucket = new s3.Bucket(this, 'B');\nconst inner = bucket.node.defaultChild as s3.CfnBucket;\n"
        "inner.versioningConfiguration = { status: 'Enabled' };\nsomething.else = { status: 'Enabled' };\n"
    )
    assert (found.kind, found.canonical_type, found.owner) == ("call", "AWS::S3::Bucket", "bucket")
    assert [tuple(each) for each in found.properties] == [("versioningConfiguration.status", "Enabled", 4)]


def test_the_code_of_a_function_is_kept_whole() -> None:
    program = "x = 1\\n" * 100 + "last"
    (found,) = read(f"{CDK}new lambda.Function(this, 'F', {{ code: lambda.Code.fromInline('{program}') }});")
    assert str(found.properties[0].value).endswith('last")')


def test_settings_of_a_stack_that_its_constructor_gives() -> None:
    (found,) = read(f"{CDK}super(scope, id, {{ ...props, env: {{ region: 'eu-west-1' }} }});\nsuper(scope, id, props);")
    assert (found.kind, found.name) == ("call", "super")
    assert ("env.region", "eu-west-1") in [each[:2] for each in found.properties]


def test_keyword_arguments_read_like_settings() -> None:
    """What the Python front end gives for `s3.Bucket(self, "B", versioned=True)`."""
    call = Call("s3.Bucket", (Ref("self"), "B", Object((Entry("versioned", True, 2),), 2)), 2, 3, True)
    imports = (Import("s3", "aws_cdk", "aws_s3", 1),)
    program = Program(imports, (Assignment("logs", call, 2),), (), ())
    (bucket,) = declarations(program, Artifact("R.md", "", "python", "", 1, 3)).declarations
    assert (bucket.type, bucket.variable, bucket.artifact) == ("s3.Bucket", "logs", "R.md:1")
    assert bucket.properties[0][:2] == ("versioned", True)
