"""What the published packages say about resource types: the ground that the knowledge tables are built on.

Fetch the packages once, outside the repository (a few hundred MB), and give their folder to the build tools:

    pip download --no-deps -d PACKAGES aws-cdk-lib constructs cdktf-cdktf-provider-aws pulumi-aws
"""

from __future__ import annotations

import ast
import gzip
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import cfnlint

REGION = "us-east-1"
_SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"

Jsii = dict[str, Any]


class PulumiResource(NamedTuple):
    """A Pulumi resource: token (`aws:lambda/function:Function`) and its arguments, True where required."""

    token: str
    arguments: dict[str, bool]


def _wheel(packages: Path, name: str) -> Path:
    found = sorted(packages.glob(f"{name}-*.whl"))
    if not found:
        raise SystemExit(f"{packages}: no wheel of {name}; run `pip download --no-deps -d {packages} {name}`")
    return found[-1]


def _jsii(packages: Path, wheel: str) -> Jsii:
    with zipfile.ZipFile(_wheel(packages, wheel)) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as tar:
            members = {Path(member.name).name: member for member in tar.getmembers()}
            packed = ".jsii.gz" in members
            file = tar.extractfile(members[".jsii.gz" if packed else ".jsii"])
            assert file is not None
            raw = file.read()
    types: Jsii = json.loads(gzip.decompress(raw) if packed else raw)["types"]
    return types


def cdk_types(packages: Path) -> Jsii:
    """The types of aws-cdk-lib's assembly, by full name (`aws-cdk-lib.aws_lambda.Function`)."""
    return _jsii(packages, "aws_cdk_lib")


def constructs_types(packages: Path) -> Jsii:
    """The types of the package that all constructs come from (`constructs.Construct`)."""
    return _jsii(packages, "constructs")


def cdktf_types(packages: Path) -> Jsii:
    """The types of the CDKTF AWS provider's assembly (`@cdktf/provider-aws.lambdaFunction.LambdaFunction`)."""
    return _jsii(packages, "cdktf_cdktf_provider_aws")


def terraform_name(jsii_class: Jsii) -> str:
    """The Terraform resource or data source (`aws_lambda_function`) that a CDKTF class stands for."""
    found = re.search(r"(aws_\w+)\}", jsii_class["docs"]["summary"])
    return found[1] if found else ""


def pulumi_resources(packages: Path) -> list[PulumiResource]:
    """The resources of pulumi-aws, from the signatures of their argument classes."""
    found = []
    with zipfile.ZipFile(_wheel(packages, "pulumi_aws")) as archive:
        for name in sorted(archive.namelist()):
            source = archive.read(name).decode() if name.endswith(".py") else ""
            token = re.search(r'type_token\("([^"]+)"\)\nclass (\w+)\(pulumi.CustomResource', source)
            if token:
                found.append(PulumiResource(token[1], _signature(ast.parse(source), token[2])))
    return found


def _signature(tree: ast.Module, name: str) -> dict[str, bool]:
    for node in tree.body:
        # `InitArgs` where `Args` is taken by an input type of the same name.
        if isinstance(node, ast.ClassDef) and node.name in (f"{name}Args", f"{name}InitArgs"):
            init = next(x for x in node.body if isinstance(x, ast.FunctionDef) and x.name == "__init__")
            pairs = zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
            return {argument.arg: default is None for argument, default in pairs}
    return {}


def pulumi_functions(packages: Path) -> list[str]:
    """Tokens of pulumi-aws's look-ups (`aws:iam/getPolicyDocument:getPolicyDocument`)."""
    with zipfile.ZipFile(_wheel(packages, "pulumi_aws")) as archive:
        text = "\n".join(archive.read(name).decode() for name in archive.namelist() if "/get_" in name)
    return sorted(set(re.findall(r"'(aws:\w+/get\w+:get\w+)'", text)))


def cloudformation_schemas() -> dict[str, Path]:
    """CloudFormation type -> its schema file, as cfn-lint ships them for one region."""
    index: dict[str, str] = json.loads((_SCHEMAS / "providers" / f"{REGION}.json").read_text())
    return {name: _SCHEMAS / "resources" / f"{digest}.json" for name, digest in sorted(index.items())}


def snake(name: str) -> str:
    """`LambdaFunction` -> `lambda_function`, as the generators of the packages do it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
