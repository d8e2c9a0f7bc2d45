"""Members of CDK classes that do not exist: `RetentionDays.THIRTY_DAYS`, `table.addDeadLetterQueue()`.

The names are those of aws-cdk-lib (`knowledge/members-cdk.json.gz`, built by tools/build_members.py), without case and
underscores, so that one table serves every language.  Classes of one name in several modules share their members, which
leaves out some faults and makes none up.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from gapkit.models import Declaration
from gapkit.types import plain_name
from gapkit.validity_properties import Fault

# A class and its member as an expression of its own: not the end of a longer name, and no text around it.
_MEMBER = re.compile(r"(?:^|(?<=[(,\[?!&|{ ]))([A-Z][A-Za-z0-9]+)\.([A-Za-z_][A-Za-z0-9_]*)")
_NOT_CDK_JAVA = frozenset({"Duration"})  # java.time has a class of that name, too
_LONGEST = 400


class _Members(NamedTuple):
    values: dict[str, frozenset[str]]
    methods: dict[str, frozenset[str]]
    classes: frozenset[str]


@cache
def _members() -> _Members:
    path = files("gapkit.knowledge") / "members-cdk.json.gz"
    data = json.loads(gzip.decompress(path.read_bytes()))

    def read(rows: dict[str, str]) -> dict[str, frozenset[str]]:
        return {name: frozenset(row.split()) for name, row in rows.items()}

    values, methods = read(data["values"]), read(data["methods"])
    return _Members(values, methods, frozenset({*data["classes"].split(), *values, *methods}))


def class_known(name: str) -> bool:
    """Whether aws-cdk-lib has a class, enumeration or L1 class of that name in any module."""
    return name in _members().classes


def member_faults(declarations: Sequence[Declaration]) -> list[Fault]:
    """Faults of CDK declarations that use what aws-cdk-lib does not have; other dialects have none."""
    cdk = [d for d in declarations if d.dialect == "cdk"]
    if not cdk:
        return []
    constructs: dict[str, Declaration] = {}
    for declaration in cdk:
        if declaration.kind == "resource":
            constructs.setdefault(declaration.variable or declaration.name, declaration)
    faults: list[Fault] = []
    for declaration in cdk:
        faults.extend(_unknown_values(declaration))
        if declaration.kind == "call" and (owner := constructs.get(declaration.owner)) is not None:
            faults.extend(_unknown_method(declaration, owner))
    return faults


def _unknown_values(declaration: Declaration) -> Iterator[Fault]:
    java = declaration.artifact.endswith(".java")
    for path, value, line in declaration.properties:
        if type(value) is not str or "." not in value or len(value) > _LONGEST:
            continue
        for name, member in _not_there(value):
            if not (java and name in _NOT_CDK_JAVA):
                yield Fault(declaration, path, line, "unknown_member", f"{name} has no member {member}")


@lru_cache(maxsize=50_000)
def _not_there(value: str) -> tuple[tuple[str, str], ...]:
    known = _members().values
    return tuple(
        (name, member)
        for name, member in _MEMBER.findall(value)
        if name in known and plain_name(member) not in known[name]
    )


def _unknown_method(call: Declaration, owner: Declaration) -> Iterator[Fault]:
    method = call.type
    if "." in method or call.name.count(".") > 1:  # `api.root.addResource` is a method of what `root` is
        return
    known = _members().methods.get(owner.type.rpartition(".")[2])
    name = plain_name(method)
    if known is not None and name not in known and name.removeprefix("get") not in known:
        message = f"{owner.type} has no method {method}"
        yield Fault(owner, method, call.line, "unknown_member", message)
