"""What Pulumi and pulumi-aws refuse of a program: outputs taken for values, names that the package does not have."""

from __future__ import annotations

import pytest

from gapkit.dialects import read_artifact
from gapkit.models import Artifact

PY = "import json\nimport pulumi\nimport pulumi_aws as aws\n\nbucket = aws.s3.Bucket('reports')\nqueue = aws.sqs.Queue('jobs')\n"
TS = (
    "import * as pulumi from '@pulumi/pulumi';\nimport * as aws from '@pulumi/aws';\n\n"
    "const bucket = new aws.s3.Bucket('reports', {});\nconst queue = new aws.sqs.Queue('jobs', {});\n"
)


def misuses(language: str, code: str) -> list[tuple[str, int]]:
    text = {"py": PY, "ts": TS}[language] + code
    artifact = Artifact("answer.md", "", language, text, 1, text.count("\n") + 1)
    return [(each.message, each.line) for each in read_artifact(artifact).misuses]


@pytest.mark.parametrize(
    ("language", "code", "message"),
    [
        ("py", "name = f'{bucket.id}-copy'\n", "bucket.id is an output: as text it is not its value"),
        ("ts", "const name = `${bucket.id}-copy`;\n", "bucket.id is an output: as text it is not its value"),
        ("py", "body = json.dumps({'Resource': queue.arn})\n", "queue.arn is an output, which JSON cannot hold"),
        (
            "ts",
            "const body = JSON.stringify({Resource: queue.arn});\n",
            "queue.arn is an output, which JSON cannot hold",
        ),
        ("ts", "export const address = queue.queueUrl;\n", "aws.sqs.Queue has no attribute queueUrl"),
        ("py", "balancer = aws.elbv2.LoadBalancer('web')\n", "elbv2"),
    ],
)
def test_what_is_refused(language: str, code: str, message: str) -> None:
    found = misuses(language, code)
    assert [line for said, line in found if message in said] == [{"py": PY, "ts": TS}[language].count("\n") + 1]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("py", "name = pulumi.Output.concat(bucket.id, '-copy')\n"),
        ("py", "name = bucket.id.apply(lambda i: f'{i}-copy')\n"),
        ("py", "body = queue.arn.apply(lambda arn: json.dumps({'Resource': arn}))\n"),
        ("py", "body = pulumi.Output.json_dumps({'Resource': queue.arn})\n"),
        ("ts", "const name = pulumi.interpolate`${bucket.id}-copy`;\n"),
        ("ts", "const body = queue.arn.apply(arn => JSON.stringify({Resource: arn}));\n"),
        ("ts", "const body = pulumi.jsonStringify({Resource: queue.arn});\n"),
        ("py", "balancer = aws.lb.LoadBalancer('web')\n"),
    ],
)
def test_what_is_not(language: str, code: str) -> None:
    assert misuses(language, code) == []


CDKTF_PY = "from cdktf import TerraformStack\n"


@pytest.mark.parametrize(
    ("language", "code", "message"),
    [
        ("ts", "new aws.lb.Listener('web', {port: '80'});\n", "port 80 must be a number, not text"),
        ("ts", "new aws.sqs.Queue('a', {tags: {Public: true}});\n", "tags.Public true must be text, not true or false"),
        ("ts", "new aws.sns.Topic('a', {name: ['a']});\n", "name must be text, not a list"),
        (
            "ts",
            "new aws.lambda.Function('f', {environment: [{variables: {A: '1'}}]});\n",
            "must be one object, not a list",
        ),
        ("ts", "new aws.ec2.Instance('i', {vpcSecurityGroupIds: 'sg-1'});\n", "must be a list, not text"),
        (
            "py",
            "aws.apigateway.RestApi('a', endpoint_configuration={'types': ['REGIONAL']})\n",
            "must be text, not a list",
        ),
        ("py", "aws.kms.Key('k', policy={'Statement': []})\n", "must be text, not one object"),
        ("py", "aws.sqs.Queue('a', delay_seconds='soon')\n", "delay_seconds soon must be a number, not text"),
        (
            "ts",
            "const body = JSON.stringify({Resource: pulumi.interpolate`${queue.arn}/*`});\n",
            "pulumi.interpolate is an",
        ),
        ("py", "body = json.dumps({'Resource': bucket.arn.apply(lambda a: a + '/*')})\n", "which JSON cannot hold"),
        (
            "ts",
            "const word = config.requireSecret('word');\nnew aws.sns.Topic('t', {displayName: `${word}!`});\n",
            "word is an output",
        ),
    ],
)
def test_kinds_and_json(language: str, code: str, message: str) -> None:
    assert [said for said, _ in misuses(language, code) if message in said]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("ts", "new aws.lb.Listener('web', {port: 80});\n"),
        ("ts", "new aws.lb.Listener('web', {port: '80' as any});\n"),
        ("ts", "new aws.sns.TopicPolicy('p', {arn: 'a', policy: JSON.stringify({Statement: []})});\n"),
        ("ts", "new aws.sns.Topic('a', {name: names[0], tags: {...common, A: 'b'}});\n"),
        ("py", "aws.sqs.Queue('a', delay_seconds='30', fifo_queue='true')\n"),
        ("py", "aws.kms.Key('k', policy=json.dumps({'Statement': []}))\n"),
        ("py", "body = pulumi.Output.json_dumps({'Resource': pulumi.Output.concat(bucket.arn, '/*')})\n"),
    ],
)
def test_kinds_that_fit(language: str, code: str) -> None:
    assert misuses(language, code) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup\n"
            "class Web(TerraformStack):\n    def __init__(self, scope, id):\n"
            "        LbTargetGroup(self, 'g', deregistration_delay=30)\n",
            "LbTargetGroup deregistration_delay 30 must be text, not a number",
        ),
        (
            "from cdktf_cdktf_provider_aws.dynamodb_table import DynamodbTableStreams\nx = DynamodbTableStreams(a=1)\n",
            "dynamodb_table has no class DynamodbTableStreams",
        ),
        (
            "from cdktf_cdktf_provider_aws.provider import AwsProvider\n"
            "class Web(TerraformStack):\n    def __init__(self, scope, id):\n"
            "        AwsProvider(self, 'aws', default_tags={'tags': {'Team': 'web'}})\n"
            "        AwsProvider(self, 'us', alias='us', default_tags=[{'tags': {'Team': 'web'}}])\n",
            "AwsProvider default_tags must be a list, not one object",
        ),
        (
            "from cdktf_cdktf_provider_aws.queues import Queue\n",
            "the provider has no module queues",
        ),
        (
            "from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import "
            "S3BucketLifecycleConfigurationRuleExpiration, S3BucketLifecycleConfigurationConfig\n"
            "from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter\n"
            "from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags\n",
            "",
        ),
    ],
)
def test_what_the_cdktf_provider_has(code: str, message: str) -> None:
    artifact = Artifact("answer.md", "", "python", CDKTF_PY + code, 1, 9)
    assert [each.message for each in read_artifact(artifact).misuses] == ([message] if message else [])


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("aws.s3BucketVersioning.S3BucketVersioningA", ""),
        ("aws.s3BucketVersioningA.S3BucketVersioningA", "the provider has no namespace s3BucketVersioningA"),
        ("aws.ec2.InternetGateway", "the provider has no namespace ec2"),
    ],
)
def test_namespaces_of_the_cdktf_provider(made: str, message: str) -> None:
    code = (
        "import { TerraformStack } from 'cdktf';\nimport * as aws from '@cdktf/provider-aws';\n"
        f"class Web extends TerraformStack {{\n  make() {{ new {made}(this, 'a', {{}}); }}\n}}\n"
    )
    found = read_artifact(Artifact("answer.md", "", "typescript", code, 1, 5)).misuses
    assert [(each.message, each.line) for each in found if "namespace" in each.message] == (
        [(message, 4)] if message else []
    )
