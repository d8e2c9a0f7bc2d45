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
