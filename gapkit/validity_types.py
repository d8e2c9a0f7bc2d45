"""Types that do not exist: `AWS::EC2::TargetGroup`, `aws_s3_bucket_encryption`, `aws.logs.LogGroup`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import cast

from gapkit.knowledge import load_yaml
from gapkit.models import Declaration
from gapkit.schemas import type_record
from gapkit.types import is_cdk_module, renamed_class
from gapkit.validity_members import class_known
from gapkit.validity_properties import Fault

_WRITTEN = {
    "cloudformation": re.compile(r"AWS::\w+::\w+"),
    "terraform": re.compile(r"aws_[a-z0-9_]+"),
    "cdktf": re.compile(r"(?!)"),  # its classes are read by what they stand for
    "pulumi": re.compile(r"aws\.[a-z0-9_]+\.[A-Z]\w*"),
    "cdk": re.compile(r"\w+\.[A-Z]\w*"),
}


def type_faults(declarations: Sequence[Declaration]) -> Iterator[Fault]:
    """A fault per declaration whose type neither the tables nor `knowledge/foreign-types.yaml` have."""
    for declaration in declarations:
        if declaration.kind not in ("resource", "data") or declaration.dialect not in _WRITTEN:
            continue
        type_, canonical = declaration.type, declaration.canonical_type
        if declaration.dialect == "cdktf" and (meant := renamed_class(type_)):
            message = f"the provider has no class {type_}"
            yield Fault(declaration, "", declaration.line, "unknown_type", message, expected=meant)
        elif _unknown(declaration.dialect, declaration.kind, type_, canonical):
            yield Fault(declaration, "", declaration.line, "unknown_type", f"there is no type {type_}")


@lru_cache(maxsize=20_000)
def _unknown(dialect: str, kind: str, type_: str, canonical: str) -> bool:
    if canonical.startswith("aws_") and dialect == "cdktf":
        dialect, type_ = "terraform", canonical
    if not _WRITTEN[dialect].fullmatch(type_):
        return False
    if dialect == "cdk":
        module, _, name = type_.rpartition(".")
        return canonical == type_ and is_cdk_module(module) and not class_known(name)
    if dialect == "pulumi" and canonical != type_:
        return False
    named = f"data.{type_}" if kind == "data" and dialect == "terraform" else type_
    if type_record(dialect, named) is not None:
        return False
    pattern = _foreign().get(dialect)
    return pattern is None or pattern.fullmatch(named.removeprefix("aws.")) is None


@cache
def _foreign() -> Mapping[str, re.Pattern[str]]:
    rows = cast("Mapping[str, list[str]]", load_yaml("foreign-types.yaml"))
    return {
        dialect: re.compile("|".join(re.escape(name).replace(r"\*", r"[\w:.]*") for name in names))
        for dialect, names in rows.items()
    }
