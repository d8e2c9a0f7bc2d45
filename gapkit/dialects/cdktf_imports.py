"""What a CDKTF program imports from the AWS provider's modules and they do not have.

A module holds one resource and the classes of its blocks, which are named after the way to them:
`S3BucketLifecycleConfigurationRuleExpiration` is `rule` and `expiration` of `aws_s3_bucket_lifecycle_configuration`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from gapkit.dialects.host import Import
from gapkit.models import Artifact, Declaration, Misuse
from gapkit.schemas import inner_node, type_record
from gapkit.types import plain_name

_MODULE = re.compile(r"(?:^cdktf_cdktf_provider_aws\.|^@cdktf/provider-aws/lib/)([\w-]+)$")
_ALL_MODULES = "@cdktf/provider-aws"
_OF_THE_CLASS = frozenset({"", "a", "config"})
_OF_A_BLOCK = frozenset({"", "a", "list", "map", "outputreference"})
_DEEPEST = 12


def import_misuses(
    imports: Sequence[Import], found: Sequence[Declaration], artifact: Artifact, label: str
) -> Iterator[Misuse]:
    """A misuse per name that is not there, at its first use; resources that do not exist are told elsewhere."""
    used = {declaration.type.rpartition(".")[2] for declaration in found}
    for name, module, member, line in imports:
        if module == _ALL_MODULES and not member:
            yield from _namespace_misuses(name, artifact, label)
        match = _MODULE.search(module)
        if match is None or not member[:1].isupper() or match[1] == "provider":
            continue
        key = plain_name(match[1].replace("-", "_"))
        if _holds(key, plain_name(member)) or (member in used and type_record("cdktf", member) is None):
            continue
        use = re.search(rf"{re.escape(name)}\((?<!\w{re.escape(name)}\()", artifact.text)
        at = artifact.text.count("\n", 0, use.start()) + 1 if use else line
        whole = type_record("cdktf", key) is not None
        message = f"{match[1]} has no class {member}" if whole else f"the provider has no module {match[1]}"
        yield Misuse(label, at + artifact.line_start - 1, member, "", "unknown_type", message, "")


def _namespace_misuses(name: str, artifact: Artifact, label: str) -> Iterator[Misuse]:
    """A misuse per class that exists and is asked of a namespace that does not: `aws.s3BucketVersioningA`, since only
    the class takes the A."""
    told: set[str] = set()
    for use in re.finditer(rf"\bnew {re.escape(name)}\.([a-z]\w*)\.([A-Z]\w*)\(", artifact.text):
        space, member = use[1], use[2]
        without = space.removesuffix("A")
        known = type_record("cdktf", plain_name(without)) is not None
        if space in told or type_record("cdktf", plain_name(member)) is None or (known and without == space):
            continue
        told.add(space)
        line = artifact.line_start + artifact.text.count("\n", 0, use.start())
        meant = f"{name}.{without}" if known else ""
        yield Misuse(label, line, member, "", "unknown_type", f"the provider has no namespace {space}", meant)


@lru_cache(maxsize=4096)
def _holds(module: str, member: str) -> bool:
    """Whether a module, plainly named, has a class."""
    record = type_record("cdktf", module)
    if record is None:
        return False
    bare = module.removesuffix("a") if not member.startswith(module) else module
    if not member.startswith(bare):
        return False
    rest = member[len(bare) :]
    return rest in _OF_THE_CLASS or _leads(record, rest, record.get("d", {}), 0)


def _leads(node: Any, rest: str, definitions: dict[str, Any], depth: int) -> bool:
    """Whether names of nested blocks make up the rest of a class's name."""
    node = inner_node(node, definitions)
    if not isinstance(node, dict):
        return False
    if "m" in node:
        return True
    if depth and rest in _OF_A_BLOCK:
        return "p" in node
    return depth < _DEEPEST and any(
        rest.startswith(name) and _leads(inner, rest[len(name) :], definitions, depth + 1)
        for name, inner in node.get("p", {}).items()
    )
