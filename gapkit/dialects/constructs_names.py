"""What the names in a host-language program stand for: its framework, its imports and the types it constructs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from gapkit.dialects.host import Array, Call, Closure, Import, Object, Program, Ref, Text
from gapkit.types import canonical_type as look_up_canonical_type

SCOPES = frozenset(("this", "self", "scope", "stack", "app", "parent", "construct", "ctx"))
PULUMI_PACKAGES = frozenset(("aws", "awsx", "aws_native", "kubernetes", "random", "tls", "docker", "eks", "command"))

# Service modules that are usually imported under another name than their own.
USUAL_ALIASES = {
    "elasticloadbalancingv2": "elbv2",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2_targets": "elbv2_targets",
    "certificatemanager": "acm",
    "stepfunctions": "sfn",
    "stepfunctions_tasks": "tasks",
    "applicationautoscaling": "appscaling",
}

_CDK = re.compile(r"aws-cdk|aws_cdk|awscdk|monocdk")
# Classes of CDK service modules under their usual aliases, as they stand in fragments without imports.
_CDK_CLASS = re.compile(
    r"(?:acm|apigateway|autoscaling|cloudfront|cloudtrail|cloudwatch|codebuild|codepipeline|dynamodb|ec2|ecr|ecs|efs|"
    r"eks|elbv2|events|iam|kinesis|kms|lambda_?|logs|rds|route53|s3|secretsmanager|sns|sqs|ssm|wafv2)\.[A-Z]\w*"
    r"(?:\.[a-z]\w*)?$"
)
_CDKTF = re.compile(r"cdktf|(?:^|/)\.gen/|^imports\.|(?:^|\.)generated/")
_PULUMI = re.compile(r"^@pulumi|^pulumi|^com\.pulumi|pulumi/pulumi")
_GO_VERSION = re.compile(r"/v\d+(?=/|$)")
_SEPARATOR = re.compile(r"[/.]")


@lru_cache(maxsize=8192)
def canonical_type(dialect: str, written_type: str, module: str) -> str:
    """The CloudFormation type name of a written type where there is one, else the written type."""
    return look_up_canonical_type(dialect, written_type, module)


@lru_cache(maxsize=8192)
def framework_of_module(module: str) -> str:
    """`cdk`, `cdktf` or `pulumi` for a module of theirs, else ``."""
    if _CDKTF.search(module):
        return "cdktf"
    if _CDK.search(module):
        return "cdk"
    return "pulumi" if _PULUMI.search(module) else ""


def framework_of(program: Program) -> str:
    """The framework that a program uses: from its imports, else from the shape of what it constructs.

    `cdk`, `cdktf`, `pulumi`, or `script` for a program that declares no infrastructure.
    """
    found = [framework_of_module(each.module) for each in program.imports]
    for framework in ("cdktf", "pulumi", "cdk"):
        if framework in found:
            return framework
    if any(each.module == "constructs" or "amazon.jsii" in each.module for each in program.imports):
        return "cdk"
    if program.imports and not any(each.module.startswith(".") for each in program.imports):
        return "script"
    for definition in program.definitions:
        for base in definition.bases:
            root = base.partition(".")[0]
            if root in ("cdk", "pulumi"):
                return root
    for call in calls_in((*program.calls, *(each.value for each in program.assignments))):
        framework = framework_by_shape(call)
        if framework:
            return framework
    return "script"


def calls_in(values: Iterable[object]) -> Iterator[Call]:
    """All calls in some values, outermost first."""
    for value in values:
        kind = type(value)
        if kind is Call:
            yield value  # type: ignore[misc]
            yield from calls_in((value.receiver, *value.args))  # type: ignore[attr-defined]
        elif kind is Object:
            yield from calls_in(entry.value for entry in value.entries)  # type: ignore[attr-defined]
        elif kind is Array:
            yield from calls_in(value.items)  # type: ignore[attr-defined]
        elif kind is Closure:
            yield from calls_in((value.result,))  # type: ignore[attr-defined]
        elif kind is Ref or kind is Text:
            yield from calls_in(value.parts)  # type: ignore[attr-defined]


def framework_by_shape(call: Call) -> str:
    """The framework that a construction without imports belongs to, as far as its arguments tell."""
    args = call.args
    root = call.name.partition(".")[0]
    if root == "pulumi" or root == "cdk":
        return root
    if _CDK_CLASS.match(call.name):
        is_go = call.constructor and bool(args) and type(args[0]) is Ref and args[0].text == "ctx"
        return "pulumi" if is_go else "cdk"  # `ec2.NewVpc(ctx, …)`
    if not call.constructor or not args:
        return ""
    if root in PULUMI_PACKAGES and (call.name.count(".") == 2 or call.name == "aws.Provider"):
        return "pulumi"
    scope = args[0]
    if len(args) < 2 or type(scope) is not Ref or not is_scope(scope.text):
        return ""
    if "." in call.name:
        return "cdk"
    in_cdktf = canonical_type("cdktf", call.name, "") != call.name
    return "cdktf" if in_cdktf and canonical_type("cdk", call.name, "") == call.name else "cdk"


def service_alias(segment: str) -> str:
    """`aws-elasticloadbalancingv2` -> `elbv2`, `aws_s3` -> `s3`, Go's `awss3` -> `s3`."""
    service = segment.replace("-", "_")
    if service.startswith("aws"):
        service = service[3:].lstrip("_") or service
    return USUAL_ALIASES.get(service, service)


def is_scope(text: str) -> bool:
    """Whether a name reads like the scope that a construct is made in: `this`, `app`, `devStack`."""
    return text in SCOPES or text.lower().endswith(("app", "stack", "scope", "construct", "self", "this"))


class Names:
    """Resolves the names of one program.

    `imports` gives the module and member that a local name stands for; `local_classes` the bases of the classes
    that the program defines.
    """

    __slots__ = ("_written", "framework", "imports", "local_classes", "wildcards")

    def __init__(self, program: Program, framework: str) -> None:
        self.framework = framework
        self.imports: dict[str, Import] = {each.name: each for each in program.imports if each.name}
        self.wildcards = tuple(each.module for each in program.imports if each.name == "*")
        self.local_classes = {each.name: each.bases for each in program.definitions if each.kind == "class"}
        self._written: dict[str, tuple[str, str]] = {}

    def written(self, name: str) -> tuple[str, str]:
        """A constructed or called name with its module alias resolved to the usual one, and its module."""
        found = self._written.get(name)
        if found is None:
            found = self._written[name] = self._resolve(name)
        return found

    def is_own(self, name: str) -> bool:
        """Whether a class is the program's own: defined in it, or imported from a file beside it."""
        root = name.partition(".")[0]
        if root in self.local_classes:
            return True
        imported = self.imports.get(root)
        return imported is not None and not framework_of_module(imported.module) and imported.module != "constructs"

    def _resolve(self, name: str) -> tuple[str, str]:
        root, _, rest = name.partition(".")
        imported = self.imports.get(root)
        if imported is None:
            for wildcard in self.wildcards if not rest else ():
                if canonical_type(self.framework, name, wildcard) != name:
                    imported = Import(name, wildcard, name, 0)
                    break
            else:
                return self._bare(name), ""
        module = imported.module
        if not framework_of_module(module):
            return name, module
        member = imported.member
        tail = f"{member}.{rest}" if member and rest else member or rest
        if self.framework == "cdktf":
            return tail.rpartition(".")[2] or name, module
        if self.framework == "pulumi":
            return pulumi_type(module, tail), module
        return cdk_type(module, tail), module

    def _bare(self, name: str) -> str:
        if self.framework == "cdktf":
            return name.rpartition(".")[2]
        if self.framework == "cdk" and name.startswith("cdk.aws_"):
            return cdk_type("aws-cdk-lib", name[4:])
        if self.framework == "pulumi" and not self.imports and _CDK_CLASS.match(name):
            return f"aws.{name}"  # an excerpt without its imports
        return name


def cdk_type(module: str, tail: str) -> str:
    """`aws-cdk-lib/aws-s3` and `Bucket` -> `s3.Bucket`; `aws-cdk-lib` and `CfnOutput` -> `cdk.CfnOutput`."""
    first, _, rest = tail.partition(".")
    if rest and first.startswith("aws_"):
        return f"{service_alias(first)}.{rest}"
    last = _SEPARATOR.split(_GO_VERSION.sub("", module))[-1]
    if last in ("aws-cdk-lib", "aws_cdk", "core", "awscdk", "monocdk"):
        return f"cdk.{tail}"
    return f"{service_alias(last)}.{tail}"


def pulumi_type(module: str, tail: str) -> str:
    """`@pulumi/aws` and `s3.Bucket`, or `pulumi_aws.s3` and `Bucket`, -> `aws.s3.Bucket`."""
    path = _GO_VERSION.sub("", module)
    if "/go/" in path:
        path = path.rpartition("/go/")[2]
    for prefix in ("@pulumi/", "com.pulumi.", "pulumi_"):
        path = path.removeprefix(prefix)
    package = path.replace("/", ".").replace("-", "_")
    return f"{package}.{tail}".replace("lambda_.", "lambda.")
