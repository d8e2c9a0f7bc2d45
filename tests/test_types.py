"""One resource type, however it is written, has one canonical name."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from gapkit.types import canonical_type, part_of

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"
FUNCTION = "AWS::Lambda::Function"


@pytest.mark.parametrize(
    ("dialect", "written", "module"),
    [
        ("cloudformation", "AWS::Lambda::Function", ""),
        ("cloudformation", "AWS::Serverless::Function", ""),
        ("terraform", "aws_lambda_function", ""),
        ("cdk", "lambda.Function", "aws-cdk-lib/aws-lambda"),
        ("cdk", "lambda.Function", ""),
        ("cdk", "_lambda.Function", "aws_cdk"),
        ("cdk", "lambda_.Function", "aws_cdk.aws_lambda"),
        ("cdk", "cdk.aws_lambda.Function", "aws-cdk-lib"),
        ("cdk", "awslambda.Function", "github.com/aws/aws-cdk-go/awscdk/v2/awslambda"),
        ("cdk", "awslambda.NewFunction", ""),
        ("cdk", "Function", "software.amazon.awscdk.services.lambda"),
        ("cdk", "Function", "software.amazon.awscdk.services.lambda.Function"),
        ("cdk", "lambda.CfnFunction", ""),
        ("cdk", "lambdaNodejs.NodejsFunction", ""),
        ("cdk", "PythonFunction", "@aws-cdk/aws-lambda-python-alpha"),
        ("cdk", "cloudfront.experimental.EdgeFunction", ""),
        ("cdktf", "LambdaFunction", "@cdktf/provider-aws/lib/lambda-function"),
        ("cdktf", "LambdaFunction", "cdktf_cdktf_provider_aws.lambda_function"),
        ("cdktf", "lambdafunction.LambdaFunction", ""),
        ("cdktf", "aws.lambdaFunction.LambdaFunction", ""),
        ("pulumi", "aws.lambda.Function", "@pulumi/aws"),
        ("pulumi", "aws.lambda_.Function", "pulumi_aws"),
        ("pulumi", "lambda.Function", "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"),
        ("pulumi", "Function", "com.pulumi.aws.lambda"),
        ("pulumi", "com.pulumi.aws.lambda.Function", ""),
        ("pulumi", "aws_native.lambda_.Function", ""),
    ],
)
def test_every_dialect_names_the_same_function(dialect: str, written: str, module: str) -> None:
    assert canonical_type(dialect, written, module) == FUNCTION


@pytest.mark.parametrize(
    ("dialect", "written", "expected"),
    [
        ("terraform", "aws_instance", "AWS::EC2::Instance"),
        ("terraform", "aws_lb", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
        ("terraform", "aws_cloudwatch_metric_alarm", "AWS::CloudWatch::Alarm"),
        ("terraform", "aws_cloudwatch_event_rule", "AWS::Events::Rule"),
        ("terraform", "aws_vpc_security_group_ingress_rule", "AWS::EC2::SecurityGroupIngress"),
        ("terraform", "aws_s3_bucket_versioning", "AWS::S3::Bucket/VersioningConfiguration"),
        ("cdk", "ecs_patterns.ApplicationLoadBalancedFargateService", "AWS::ECS::Service"),
        ("cdk", "dynamodb.TableV2", "AWS::DynamoDB::GlobalTable"),
        ("cdk", "eks.Cluster", "AWS::EKS::Cluster"),
        ("cdk", "ecs.Cluster", "AWS::ECS::Cluster"),
        ("cdk", "ec2.GatewayVpcEndpoint", "AWS::EC2::VPCEndpoint"),
        ("cdk", "elbv2.ApplicationTargetGroup", "AWS::ElasticLoadBalancingV2::TargetGroup"),
        ("cdk", "cloudwatch.Dashboard", "AWS::CloudWatch::Dashboard"),
        ("cdktf", "S3BucketVersioningA", "AWS::S3::Bucket/VersioningConfiguration"),
        ("pulumi", "aws.s3.BucketVersioningV2", "AWS::S3::Bucket/VersioningConfiguration"),
        ("pulumi", "aws.rds.Instance", "AWS::RDS::DBInstance"),
        ("pulumi", "awsx.ec2.Vpc", "AWS::EC2::VPC"),
    ],
)
def test_names_that_differ_from_cloudformation(dialect: str, written: str, expected: str) -> None:
    assert canonical_type(dialect, written) == expected


@pytest.mark.parametrize(
    ("dialect", "written", "module", "expected"),
    [
        ("terraform", "random_password", "", "random_password"),
        ("cdktf", "Password", "@cdktf/provider-random/lib/password", "random_password"),
        ("pulumi", "random.RandomPassword", "@pulumi/random", "random_password"),
        ("cdktf", "DataArchiveFile", "@cdktf/provider-archive/lib/data-archive-file", "archive_file"),
        ("cdktf", "DataAwsIamPolicyDocument", "", "aws_iam_policy_document"),
        ("pulumi", "aws.iam.get_policy_document", "", "aws_iam_policy_document"),
        ("pulumi", "k8s.apps.v1.Deployment", "", "kubernetes_deployment"),
        ("pulumi", "gcp.compute.Instance", "", "google_compute_instance"),
    ],
)
def test_what_cloudformation_has_not_keeps_one_name(dialect: str, written: str, module: str, expected: str) -> None:
    assert canonical_type(dialect, written, module) == expected


@pytest.mark.parametrize(
    ("dialect", "written", "module"),
    [
        ("cdk", "cdk.CfnOutput", "aws-cdk-lib"),
        ("cdk", "cdk.CfnResource", "aws-cdk-lib"),
        ("cdk", "iam.PolicyStatement", "aws-cdk-lib/aws-iam"),
        ("cdk", "Vpc", "./lib/vpc"),
        ("cdktf", "VpcModule", ""),
        ("pulumi", "pulumi.ComponentResource", ""),
        ("terraform", "aws_not_a_thing", ""),
        ("pipeline", "job", ""),
        ("cdk", "", ""),
    ],
)
def test_unknown_names_come_back_unchanged(dialect: str, written: str, module: str) -> None:
    assert canonical_type(dialect, written, module) == written


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("AWS::S3::Bucket/BucketEncryption", ("AWS::S3::Bucket", "BucketEncryption")),
        ("AWS::EC2::SecurityGroupIngress", ("AWS::EC2::SecurityGroup", "SecurityGroupIngress")),
        ("AWS::S3::Bucket", None),
        ("random_password", None),
    ],
)
def test_part_of(canonical: str, expected: tuple[str, str] | None) -> None:
    assert part_of(canonical) == expected


def test_nearly_all_terraform_resources_of_the_corpus_have_a_cloudformation_type() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}")
    uses: Counter[str] = Counter()
    for response in sorted(CORPUS.glob("tf-hcl/*/lib/IDEAL_RESPONSE.md"))[:150]:
        uses.update(re.findall(r'^resource "(aws_\w+)"', response.read_text(errors="replace"), re.MULTILINE))
    mapped = sum(n for name, n in uses.items() if canonical_type("terraform", name) != name)
    assert mapped >= 0.985 * sum(uses.values())
