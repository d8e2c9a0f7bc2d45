"""Names that pulumi-aws does not have: modules, classes, look-ups and attributes of resources.

The names are those of the published package (`knowledge/names-pulumi.json.gz`, built by tools/build_pulumi_names.py),
of several versions at once, which leaves out some faults and makes none up.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from gapkit.dialects.constructs_names import Names
from gapkit.likeness import close_names
from gapkit.models import Artifact, Declaration, Misuse
from gapkit.types import plain_name

_PACKAGES = ("pulumi_aws", "@pulumi/aws")
# Parts of the package that are no services, and what every resource has.
_NO_SERVICES = frozenset("config types input output outputs inputs sdk provider utilities arn tags".split())  # noqa: SIM905
_OF_ANY_RESOURCE = frozenset(
    """
    apply id urn get provider opts name pulumiresourcename pulumiresourcetype translateoutputproperty
    isinstance getprovider pulumiprovider registeroutputs tostring tojson length
    """.split()  # noqa: SIM905
)
_HOLE = re.compile(r"\$\{([A-Za-z_]\w*)\.([A-Za-z_]\w*)(?![\w(])")
_COMMENT = re.compile(r"(?:#|//|^\s*\*).*\Z", re.DOTALL)
_LONGEST_NAME = 100


class _Tables(NamedTuple):
    names: dict[str, str]
    gives: dict[str, str]
    enums: dict[str, str]


@cache
def _tables() -> _Tables:
    path = files("gapkit.knowledge") / "names-pulumi.json.gz"
    data = json.loads(gzip.decompress(path.read_bytes()))
    return _Tables(data["names"], data["gives"], data["enums"])


@lru_cache(maxsize=512)
def _names_in(module: str) -> frozenset[str]:
    """A module's names as Python spells them, `` being the package itself."""
    return frozenset(_tables().names.get(module, "").split())


@lru_cache(maxsize=512)
def _plain_names_in(module: str) -> frozenset[str]:
    return frozenset(plain_name(name) for name in _names_in(module))


@lru_cache(maxsize=512)
def _attributes(key: str) -> frozenset[str]:
    """What a resource gives, plainly named; empty for an unknown one."""
    return frozenset(_tables().gives.get(key, "").split())


@cache
def _holders() -> dict[str, list[str]]:
    """A class -> the modules that have it."""
    found: dict[str, list[str]] = defaultdict(list)
    for module, names in _tables().names.items():
        for name in names.split():
            if not name.endswith("Result"):
                found[name].append(module)
    return found


def name_misuses(
    names: Names, found: tuple[Declaration, ...], artifact: Artifact, label: str, resources: dict[str, str]
) -> Iterator[Misuse]:
    """What a Pulumi program names and the package does not have; `resources` are variables and their types."""
    if artifact.name.endswith((".go", ".java")) or artifact.language in ("go", "java"):
        return
    aliases: dict[str, str] = {}
    for each in names.imports.values():
        package = next((p for p in _PACKAGES if each.module == p or each.module.startswith((f"{p}.", f"{p}/"))), None)
        if package is None:
            continue
        module = each.module[len(package) + 1 :].replace("/", ".").removeprefix("aws.")
        if not module:
            member = each.member if each.member not in ("*", "default") else ""
            if not member or member.islower() or member == "lambda_":
                aliases[each.name] = member
        elif not each.member or each.member == "*":
            aliases[each.name] = module
    if aliases:
        yield from _unknown_names(aliases, artifact, label)
    if resources:
        yield from _unknown_attributes(found, label, resources)


@lru_cache(maxsize=64)
def _pattern(aliases: tuple[str, ...]) -> re.Pattern[str]:
    known = "|".join(rf"{alias}(?<![\w.$'\"/]{alias})" for alias in map(re.escape, aliases))
    return re.compile(rf"({known})\.(\w+)(?:\.(\w+))?(?:\.(\w+))?\s*(\(?)")


def _unknown_names(aliases: dict[str, str], artifact: Artifact, label: str) -> Iterator[Misuse]:
    text = artifact.text
    python = "pulumi_aws" in text
    told: set[str] = set()
    for match in _pattern(tuple(sorted(aliases))).finditer(text):
        alias, first, second, third, called = match.groups()
        module = aliases[alias]
        if not module:
            module, name, member = first, second, third
            written = f"aws.{first}.{second}"
            if name is None:
                continue
        else:
            name, member, written = first, second, f"aws.{module}.{first}"
        if written in told or module in _NO_SERVICES or module[:1].isupper() or not called:
            continue
        lacking = _lacking(module, name, member, python)
        if not lacking or _is_comment(text, match.start()):
            continue
        told.add(written)
        line = text.count("\n", 0, match.start()) + artifact.line_start
        message = f"there is no type {written}" if lacking == "type" else f"{written} has no member {member}"
        code = "unknown_type" if lacking == "type" else "unknown_member"
        yield Misuse(label, line, written, "", code, message, _meant(module, name, python))


def _lacking(module: str, name: str, member: str | None, python: bool) -> str:
    """`type` where the module has no such class or look-up, else ``."""
    if python:
        if member or not (name[:1].isupper() or name.startswith("get_")):
            return ""
        key = "lambda_" if module == "lambda" else module
        return "" if name in _names_in(key) else "type"
    if member or not re.match(r"get[A-Z]", name):
        return ""  # classes that TypeScript constructs are checked where they are declared
    key = "lambda_" if module == "lambda" else module
    known = _plain_names_in(key)
    plain = plain_name(name)
    return "" if plain in known or plain.removesuffix("output") in known else "type"


def _meant(module: str, name: str, python: bool) -> str:
    elsewhere = _holders().get(name, [])
    if elsewhere:
        return " or ".join(f"aws.{other}.{name}" for other in elsewhere[:2])
    known = _names_in("lambda_" if module == "lambda" else module)
    close = close_names(name[:_LONGEST_NAME], known, 1, 0.75) if python else []
    return f"aws.{module}.{close[0]}" if close else ""


def _is_comment(text: str, at: int) -> bool:
    start = text.rfind("\n", 0, at) + 1
    return _COMMENT.search(text[start:at]) is not None


def _unknown_attributes(found: tuple[Declaration, ...], label: str, resources: dict[str, str]) -> Iterator[Misuse]:
    for declaration in found:
        for path, value, line in declaration.properties:
            if type(value) is not str or "${" not in value or "." not in value or path.startswith("opts"):
                continue
            for name, member in _HOLE.findall(value):
                type_ = resources.get(name)
                if type_ is None:
                    continue
                known = _attributes(type_)
                plain = plain_name(member)
                if known and plain not in known and plain not in _OF_ANY_RESOURCE:
                    close = close_names(plain[:_LONGEST_NAME], known, 1, 0.6)
                    message = f"aws.{type_} has no attribute {member}"
                    expected = close[0] if close else ""
                    yield Misuse(label, line, f"aws.{type_}", path, "unknown_attribute", message, expected)
