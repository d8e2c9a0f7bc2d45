"""What every dialect calls a resource type -> one canonical type, so that sides written differently compare.

The canonical type is CloudFormation's (`AWS::Lambda::Function`).  What CloudFormation has only as a property of
another type is named for that property (`AWS::S3::Bucket/VersioningConfiguration`, see `part_of`); what it has
not at all keeps its Terraform name (`random_password`, `aws_s3_object`), whatever the dialect.

The tables are built from the published packages by tools/build_types.py and loaded by dialect, when first asked.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache, lru_cache
from importlib.resources import files

from gapkit.memo import Remembered

_REMEMBERED = 1 << 15  # answers kept; a corpus has a few thousand different names

# What people call the modules of the CDK when they import them, where it is not the module's own name.
_MODULE_NAMES = {
    "acm": "certificatemanager", "alb": "elasticloadbalancingv2", "apigw": "apigateway", "apigwv2": "apigatewayv2",
    "appas": "applicationautoscaling", "asg": "autoscaling", "appscaling": "applicationautoscaling",
    "certmgr": "certificatemanager", "cert": "certificatemanager", "cb": "codebuild", "cd": "codedeploy",
    "cfn": "cloudformation", "cf": "cloudfront", "cp": "codepipeline", "ct": "cloudtrail", "cw": "cloudwatch",
    "cwlogs": "logs", "ddb": "dynamodb", "dynamo": "dynamodb", "elb": "elasticloadbalancingv2",
    "elbv2": "elasticloadbalancingv2", "eventbridge": "events", "firehose": "kinesisfirehose",
    "apigatewayv2alpha": "apigatewayv2", "autoscalinggroup": "autoscaling", "loadbalancingv2": "elasticloadbalancingv2",
    "lambdanode": "lambdanodejs", "lambdapython": "lambdapythonalpha", "nodejs": "lambdanodejs",
    "nodejslambda": "lambdanodejs", "opensearch": "opensearchservice", "python": "lambdapythonalpha",
    "r53": "route53", "secrets": "secretsmanager", "secretmanager": "secretsmanager", "sm": "secretsmanager",
    "sfn": "stepfunctions", "stepfunction": "stepfunctions", "waf": "wafv2", "ga": "globalaccelerator",
    "ecspatterns": "ecspatterns", "cloudmap": "servicediscovery", "backups": "backup", "awsevents": "events",
}  # fmt: skip

# Where a class stands in several modules and nothing says which: the ones that programs use most come first.
_USUAL_MODULES = (
    "lambda", "s3", "ec2", "iam", "dynamodb", "sns", "sqs", "kms", "rds", "ecs", "logs", "cloudwatch", "events",
    "apigateway", "elasticloadbalancingv2", "autoscaling", "route53", "cloudfront", "secretsmanager", "ssm",
    "stepfunctions", "kinesis", "codepipeline", "codebuild", "backup", "ecr", "eks", "apigatewayv2", "wafv2", "config",
)  # fmt: skip

_SAM = {
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::Application": "AWS::CloudFormation::Stack",
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::GraphQLApi": "AWS::AppSync::GraphQLApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::LayerVersion": "AWS::Lambda::LayerVersion",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
}
_CDK_CORE = {
    "NestedStack": "AWS::CloudFormation::Stack",
    "CustomResource": "AWS::CloudFormation::CustomResource",
    "AwsCustomResource": "AWS::CloudFormation::CustomResource",
}
# `CfnResource` is the core's own class and API Gateway's resource.
_CDK_CORE_MODULES = frozenset({"", "cdk", "core", "awscdk", "awscdklib", "v2"})
_AWSX = {
    "Vpc": "AWS::EC2::VPC", "DefaultVpc": "AWS::EC2::VPC", "SecurityGroup": "AWS::EC2::SecurityGroup",
    "ApplicationLoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "NetworkLoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "TargetGroupAttachment": "AWS::ElasticLoadBalancingV2::TargetGroup/Targets",
    "FargateService": "AWS::ECS::Service", "EC2Service": "AWS::ECS::Service",
    "FargateTaskDefinition": "AWS::ECS::TaskDefinition", "EC2TaskDefinition": "AWS::ECS::TaskDefinition",
    "Repository": "AWS::ECR::Repository", "Trail": "AWS::CloudTrail::Trail", "Bucket": "AWS::S3::Bucket",
    "Cluster": "AWS::EKS::Cluster", "ManagedNodeGroup": "AWS::EKS::Nodegroup", "NodeGroup": "AWS::EKS::Nodegroup",
    "NodeGroupV2": "AWS::EKS::Nodegroup", "RestAPI": "AWS::ApiGateway::RestApi",
}  # fmt: skip

# Provider packages of CDKTF and Pulumi -> the prefix of the provider's Terraform resources.
_PROVIDERS = {
    "archive": "archive", "azure": "azurerm", "azurenative": "azurerm", "azurerm": "azurerm", "azuread": "azuread",
    "cloudflare": "cloudflare", "datadog": "datadog", "docker": "docker", "external": "external", "gcp": "google",
    "googlenative": "google", "google": "google", "helm": "helm", "http": "http", "k8s": "kubernetes",
    "kubernetes": "kubernetes", "local": "local", "null": "null", "random": "random", "template": "template",
    "time": "time", "tls": "tls", "vault": "vault", "github": "github", "gitlab": "gitlab", "command": "command",
}  # fmt: skip

_PLAIN = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VERSION = re.compile(r"[vV]\d$")
_VERSIONED_KIND = re.compile(r"_v\d\w*$")


def canonical_type(dialect: str, written_type: str, module: str = "") -> str:
    """The canonical type of what a dialect calls `written_type`; an unknown name comes back unchanged.

    `dialect` is `cloudformation`, `terraform`, `cdk`, `cdktf`, `pulumi`, `pipeline` or `script`; `module` the
    module that the name was imported from, as written (`aws-cdk-lib/aws-lambda`, `com.pulumi.aws.lambda`), or ``.
    """
    return _canonical(dialect, written_type, module)


def part_of(canonical: str) -> tuple[str, str] | None:
    """The type and property that a canonical type may as well be written as: (`AWS::S3::Bucket`, `BucketEncryption`).

    None for a type that stands for itself.
    """
    parent, slash, path = canonical.partition("/")
    if slash:
        return parent, path
    whole = _table("parts").get(canonical)
    if whole is None:
        return None
    parent, _, path = whole.partition("/")
    return parent, path


@lru_cache(maxsize=_REMEMBERED)
def _canonical(dialect: str, written_type: str, module: str) -> str:
    if written_type.startswith("AWS::"):
        return _SAM.get(written_type, written_type)
    if dialect == "terraform":
        return _terraform(written_type)
    if dialect == "cdk":
        return _cdk(written_type, module)
    if dialect == "cdktf":
        return _cdktf(written_type, module)
    if dialect == "pulumi":
        return _pulumi(written_type, module)
    if dialect == "cloudformation" and written_type.startswith("Custom::"):
        return "AWS::CloudFormation::CustomResource"
    return written_type


@cache
def _table(name: str) -> dict[str, str]:
    path = files("gapkit.knowledge") / f"types-{name}.json.gz"
    table: dict[str, str] = json.loads(gzip.decompress(path.read_bytes()))
    return table


def _plainly(name: str) -> str:
    return _PLAIN.sub("", name.lower())


_plain_names = Remembered(_plainly, 50_000)


def plain_name(name: str) -> str:
    """A name without case and punctuation: `bucket_name`, `bucketName` and `BucketName` are one."""
    return _plain_names.of(name)


def _snake(name: str) -> str:
    return _CAMEL.sub("_", name).lower()


def _terraform(name: str) -> str:
    if name.startswith("aws_"):
        return _table("terraform").get(name, name)
    # `kubernetes_deployment_v1` is `kubernetes_deployment`
    return _VERSIONED_KIND.sub("", name) if name.startswith("kubernetes_") else name


# ------------------------------------------------------------------- CDK


@cache
def _cdk_modules_of() -> dict[str, tuple[str, ...]]:
    """Class name -> the modules that it stands in, the one that programs use most first."""
    usual = {module: rank for rank, module in enumerate(_USUAL_MODULES)}
    modules: dict[str, list[str]] = {}
    for key in _table("cdk"):
        module, _, name = key.partition(".")
        modules.setdefault(name, []).append(module)
    return {name: tuple(sorted(found, key=lambda m: (usual.get(m, 99), len(m), m))) for name, found in modules.items()}


def _likely_module(name: str, qualifier: str) -> str:
    """The module of a class that comes without one, or under a name of one's own: `resolver` is route53resolver."""
    modules = _cdk_modules_of().get(name, ("",))
    named = [module for module in modules if len(qualifier) > 2 and module.endswith(qualifier)]
    return min(named, key=len) if named else modules[0]


def is_cdk_module(qualifier: str) -> bool:
    """Whether what stands before a CDK class names its module: `s3` or `aws_s3` does, `shared` does not."""
    return any(candidate in _known_modules() for candidate in _cdk_module_names(qualifier, ""))


def cdk_key(written: str, module: str = "") -> str | None:
    """A CDK construct as the tables name it: `lambda.Function`, the CloudFormation type of an L1 class, or None."""
    qualifier, _, name = written.rpartition(".")
    if name.startswith("New") and name[3:4].isupper():
        name = name[3:]
    if name == "CfnResource" and _plain_last(qualifier or module) in _CDK_CORE_MODULES:
        return None
    table = _table("cdk")
    candidates = [*_cdk_module_names(module, name), *_cdk_module_names(qualifier, name)]
    found = next((key for candidate in candidates if (key := f"{candidate}.{name}") in table), None)
    # A module that is known and has no such class: the name is something else (`s3deploy.Source`).
    if (
        found is None
        and not module.startswith(".")
        and not any(candidate in _known_modules() for candidate in candidates)
    ):
        key = f"{_likely_module(name, plain_name(qualifier))}.{name}"
        found = key if key in table else None
    return table[found] if found and name.startswith("Cfn") else found


def _plain_last(path: str) -> str:
    return plain_name(re.split(r"[/.]", path)[-1])


def _cdk(written: str, module: str) -> str:
    key = cdk_key(written, module)
    if key:
        return _table("cdk").get(key, key)
    return _CDK_CORE.get(written.rpartition(".")[2], written)


@cache
def _known_modules() -> frozenset[str]:
    return frozenset(key.partition(".")[0] for key in _table("cdk"))


def _cdk_module_names(path: str, name: str) -> list[str]:
    """`software.amazon.awscdk.services.lambda`, `aws-cdk-lib/aws-lambda`, `_lambda`, `awslambda` -> [`lambda`]."""
    if not path:
        return []
    segments = [segment for segment in re.split(r"[/.:]", path) if segment and segment not in (name, "*")]
    found = []
    if len(segments) > 1:
        segments.append("".join(segments[-2:]))  # `cloudfront.experimental` is one module
    for segment in reversed(segments[-4:]):
        module = plain_name(segment)
        shorter = module.removeprefix("aws").removeprefix("cdk")
        for candidate in (shorter, module):
            if candidate:
                found.append(_MODULE_NAMES.get(candidate, candidate))
    return found


# ----------------------------------------------------------------- CDKTF


def _cdktf(written: str, module: str) -> str:
    qualifier, _, name = written.rpartition(".")
    if name.startswith("New") and name[3:4].isupper():
        name = name[3:]
    provider = _provider(module) or _provider(qualifier)
    if provider in ("", "aws"):
        table = _table("cdktf")
        # Names that a generator numbered (`S3BucketVersioningA`) or that people expect (`AwsInstance`, `AclV2`).
        bare = _VERSION.sub("", name.removeprefix("Aws"))
        found = table.get(name) or table.get(name.removesuffix("A")) or table.get(f"{name}A")
        found = found or table.get(bare) or table.get(f"{bare}A")
        if found:
            return found
        snake = f"aws_{_snake(bare)}"
        found = _table("terraform").get(snake)
        if found:
            return found
        return f"aws_{_snake(name.removeprefix('DataAws'))}" if provider else written
    return f"{provider}_{_snake(_without_provider(name, provider))}"


def _without_provider(name: str, provider: str) -> str:
    """`DataArchiveFile` -> `File`: look-ups carry the provider's name."""
    data = re.match(rf"Data{provider}(?=[A-Z])", name, re.IGNORECASE)
    return name[data.end() :] if data else name


def renamed_class(written: str) -> str:
    """The class of CDKTF's AWS provider that bears a letter more (`S3BucketVersioningA`), or no version (`S3BucketV2`).

    `` for any other name.
    """
    name = written.rpartition(".")[2]
    table = _table("cdktf")
    if name in table:
        return ""
    bare = _VERSION.sub("", name)
    return f"{bare}A" if f"{bare}A" in table else bare if bare != name and bare in table else ""


_PROVIDER = re.compile(
    r"(?:provider[-_/]|providers[./])@?([a-z]+)|imports[./]([a-z]+)|@pulumi/([\w-]+)|pulumi[-_.](\w+)"
)


def _provider(path: str) -> str:
    """The Terraform prefix of the provider that a module or qualifier names; `` where it names none."""
    found = _PROVIDER.search(path)
    if found:
        word = plain_name(found[1] or found[2] or found[3] or found[4])
        return _PROVIDERS.get(word, word)
    word = plain_name(re.split(r"[/.]", path)[0])
    return "aws" if word == "aws" else _PROVIDERS.get(word, "")


# ---------------------------------------------------------------- Pulumi

_PULUMI_ROOTS = frozenset({"aws", "pulumiaws", "pulumi"})


def _pulumi(written: str, module: str) -> str:
    qualifier, _, name = written.rpartition(".")
    if name.startswith("New") and name[3:4].isupper():
        name = name[3:]
    path = f"{module}/{qualifier}"
    plain = plain_name(path)
    if "awsnative" in plain:
        return _aws_native(qualifier or module, name, written)
    if "awsx" in plain or "pulumieks" in plain or (qualifier == "eks" and name in ("Cluster", "ManagedNodeGroup")):
        return _AWSX.get(name, written)
    root = plain_name(re.split(r"[/.]", qualifier)[0])
    provider = _provider(module) or _provider(qualifier) if root not in _PULUMI_ROOTS else _provider(module)
    if provider and provider != "aws":
        return _other_pulumi(provider, qualifier.rpartition(".")[2], name)
    table = _table("pulumi")
    segments = [s for s in re.split(r"[/.]", f"{qualifier}/{module}" if qualifier else module) if s and s != name]
    # The qualifier's last segment is the module; without one, the imported module's is.
    own = [s for s in qualifier.split(".") if s]
    for segment in (*reversed(own), *reversed(segments)):
        service = segment.strip("_").lower()
        found = table.get(f"{service}.{name}") or table.get(f"{service}.{_spelled(name)}")
        if found:
            return found
    return written


def _spelled(name: str) -> str:
    """A name as the table has it: without a version, look-ups in camel case."""
    if name.startswith("get_"):
        return "get" + "".join(word.capitalize() for word in name[4:].split("_"))
    if name.startswith("Lookup"):
        return "get" + name[6:]
    return _VERSION.sub("", name)


def _aws_native(qualifier: str, name: str, written: str) -> str:
    service = plain_name(re.split(r"[/.]", qualifier)[-1])
    return _table("cloudformation").get(f"{service}.{plain_name(name)}", written)


def _other_pulumi(provider: str, service: str, name: str) -> str:
    snake = _snake(name)
    if snake.startswith(f"{provider}_"):
        return snake
    # Google's names carry the service: `gcp.compute.Instance` is google_compute_instance.
    within = f"{service.lower()}_" if provider == "google" and service not in ("", "gcp") else ""
    return f"{provider}_{within}{snake}"
