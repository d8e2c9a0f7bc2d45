"""What the tables know of properties."""

from __future__ import annotations

import pytest

from gapkit.schemas import (
    allowed_values,
    attributes,
    missing_in,
    number_limits,
    number_range,
    outdated_runtimes,
    property_known,
    required_properties,
    value_type,
)


@pytest.mark.parametrize(
    ("dialect", "type_", "path", "known"),
    [
        ("cloudformation", "AWS::Route53::HostedZone", "HostedZoneTags[0].Key", True),
        ("cloudformation", "AWS::Route53::HostedZone", "Tags[0].Key", False),
        ("cloudformation", "AWS::S3::Bucket", "LifecycleConfiguration.Rules[0].Status", True),
        ("cloudformation", "AWS::S3::Bucket", "LifecycleConfiguration.Rules[0].State", False),
        ("cloudformation", "AWS::IAM::Role", "AssumeRolePolicyDocument.Statement[0].Effect", None),
        (
            "cloudformation",
            "AWS::WAFv2::WebACL",
            "Rules[0].Statement.AndStatement.Statements[1].GeoMatchStatement",
            True,
        ),
        ("cloudformation", "AWS::No::Such", "Name", None),
        ("terraform", "aws_instance", "root_block_device.encrypted", True),
        ("terraform", "aws_instance", "root_block_device.encryption", False),
        ("terraform", "data.aws_ami", "filter[0].name", True),
        ("cdk", "s3.Bucket", "versioned", True),
        ("cdk", "s3.Bucket", "lifecycle_rules[0].abort_incomplete_multipart_upload_after", True),
        ("cdk", "s3.Bucket", "versioning", False),
        ("cdk", "lambda.CfnFunction", "memory_size", True),
        ("cdktf", "S3BucketVersioningA", "versioningConfiguration.status", True),
        ("pulumi", "aws.lambda_.Function", "vpc_config.subnet_ids", True),
        ("pulumi", "aws.iam.Role", "assumeRolePolicy.Statement[0]", None),
    ],
)
def test_property_known(dialect: str, type_: str, path: str, known: bool | None) -> None:
    assert property_known(dialect, type_, path) is known


@pytest.mark.parametrize(
    ("dialect", "type_", "expected"),
    [
        ("cloudformation", "AWS::Lambda::Function", {"Code", "Role"}),
        ("terraform", "aws_lambda_function", {"function_name", "role"}),
        ("cdk", "lambda.Function", {"code", "handler", "runtime"}),
        ("cdktf", "LambdaFunction", {"functionname", "role"}),
        ("pulumi", "aws.lambda.Function", {"role"}),
        ("terraform", "aws_no_such", set()),
    ],
)
def test_required_properties(dialect: str, type_: str, expected: set[str]) -> None:
    assert required_properties(dialect, type_) == expected


def test_missing_in_a_nested_object() -> None:
    path = "VersioningConfiguration"
    assert missing_in("cloudformation", "AWS::S3::Bucket", path, frozenset()) == {"Status"}
    assert missing_in("cloudformation", "AWS::S3::Bucket", path, frozenset({"Status"})) == frozenset()


def test_attributes() -> None:
    assert "Arn" in (attributes("AWS::Lambda::Function") or ())
    assert attributes("AWS::CloudFormation::Stack") == {"Outputs.*"}
    assert attributes("AWS::No::Such") is None


def test_values() -> None:
    role, bucket = "AWS::IAM::Role", "AWS::S3::Bucket"
    assert number_range("cloudformation", role, "MaxSessionDuration") == (3600, 43200)
    assert allowed_values("cloudformation", bucket, "VersioningConfiguration.Status") == {"Enabled", "Suspended"}
    assert allowed_values("cloudformation", bucket, "BucketName") is None
    assert value_type("cloudformation", role, "MaxSessionDuration") == "integer"
    assert value_type("cloudformation", role, "ManagedPolicyArns") == "list"
    assert value_type("cloudformation", role, "ManagedPolicyArns[0]") == "string"


def test_limits_hold_in_every_dialect() -> None:
    assert number_limits("AWS::IAM::Role", "maxsessionduration") == {"lo": 3600, "hi": 43200}
    assert 45 not in number_limits("AWS::Logs::LogGroup", "retentionindays")["e"]
    assert number_limits("AWS::Lambda::Function", "timeout") == {"lo": 1, "hi": 900}
    assert number_limits("random_password", "length") == {}


def test_outdated_runtimes() -> None:
    assert "python3.7" in outdated_runtimes()
    assert "python3.12" not in outdated_runtimes()
