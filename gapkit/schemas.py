"""What properties a resource type has, which it needs, and what they may hold; nothing is read until it is asked for.

The tables are built by tools/build_schemas.py from cfn-lint's CloudFormation schemas and the published CDK, CDKTF and
Pulumi packages.  A type's record is `p` properties, `q` required ones, `a` attributes, `r` properties that can only
be read, `d` definitions.  A property's node is

    "s" "i" "n" "b"     text, integer, number, boolean
    "*"                 anything: a free-form document, or a choice that the table does not decide
    "#Name"             the definition of that name
    {"l": node}         a list; {"m": node} a map with keys of one's own; {"p": …, "q": …, "o": 1 if open} an object
    {"t": letter, …}    a scalar with `e` allowed values (`i`: in any case), `lo` and `hi` bounds, `xl` longest text

A type is named as its dialect writes it: `AWS::S3::Bucket`, `aws_s3_bucket` (`data.aws_ami` for a look-up),
`s3.Bucket`, `S3Bucket`, `aws.s3.Bucket`.  A path is a declaration's: `Rules[0].Status`.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import Any, NamedTuple

from gapkit.types import cdk_key, plain_name

Node = Any  # one of the shapes above
Record = dict[str, Any]

_REMEMBERED = 1 << 15
_POSITION = re.compile(r"\[[^\]]*\]")
_KINDS = {"s": "string", "i": "integer", "n": "number", "b": "boolean"}
_INSTALLED = files("gapkit.knowledge")


class Range(NamedTuple):
    """Bounds of a number, both inclusive; None is no bound."""

    low: float | None
    high: float | None


def property_known(dialect: str, type_: str, path: str) -> bool | None:
    """Whether a type has a property; None where that cannot be told: an unknown type, a free-form part of one."""
    return _look_up(dialect, type_, path)[0]


def required_properties(dialect: str, type_: str) -> frozenset[str]:
    """Names of the top-level properties that a type needs; empty for an unknown type."""
    record = type_record(dialect, type_)
    return frozenset(record.get("q", ())) if record else frozenset()


def missing_in(dialect: str, type_: str, path: str, present: frozenset[str]) -> frozenset[str]:
    """Required properties of the nested object at `path` that are not in `present`, as the table writes them."""
    node = _look_up(dialect, type_, path)[1]
    if not isinstance(node, dict) or not node.get("q"):
        return frozenset()
    return frozenset(node["q"]) - present


def attributes(type_: str) -> frozenset[str] | None:
    """What Fn::GetAtt can ask of a CloudFormation type (`Outputs.*` is any output); None for an unknown type."""
    record = type_record("cloudformation", type_)
    return _attributes(type_) if record else None


def allowed_values(dialect: str, type_: str, path: str) -> frozenset[str] | None:
    """The values that a property may hold, as text; None where any text goes or the property is unknown."""
    return _allowed(dialect, type_, path)


def ignores_case(dialect: str, type_: str, path: str) -> bool:
    """Whether allowed values go in any case."""
    node = _look_up(dialect, type_, path)[1]
    return isinstance(node, dict) and bool(node.get("i"))


def number_range(dialect: str, type_: str, path: str) -> Range | None:
    """The bounds of a numeric property; None where there are none."""
    node = _look_up(dialect, type_, path)[1]
    if isinstance(node, dict) and ("lo" in node or "hi" in node):
        return Range(node.get("lo"), node.get("hi"))
    return None


def value_type(dialect: str, type_: str, path: str) -> str | None:
    """`string`, `integer`, `number`, `boolean`, `list`, `map` or `object`; None where it cannot be told."""
    known, node = _look_up(dialect, type_, path)
    if not known or node is None:
        return None
    if isinstance(node, str):
        return _KINDS.get(node)
    if "t" in node:
        return _KINDS[node["t"]]
    return "list" if "l" in node else "map" if "m" in node else "object"


@lru_cache(maxsize=_REMEMBERED)
def number_limits(canonical: str, name: str) -> dict[str, Any]:
    """Bounds (`lo`, `hi`) or allowed numbers (`e`) of a property in any dialect, by canonical type and plain name.

    Beside CloudFormation's own bounds those of AWS's APIs that the schemas leave out (knowledge/limits.json).
    """
    node: Node = _plain_properties(canonical).get(name)
    numeric = isinstance(node, dict) and node.get("t") in ("i", "n")
    found = {key: node[key] for key in ("lo", "hi", "e") if key in node} if numeric else {}
    stated = _limits().get(canonical, {}).get(name)
    if stated:
        found["lo"], found["hi"] = stated
    return found


@lru_cache(maxsize=4096)
def _plain_properties(type_: str) -> Record:
    record = type_record("cloudformation", type_) or {}
    return {plain_name(name): node for name, node in record.get("p", {}).items()}


@cache
def _limits() -> dict[str, dict[str, list[float]]]:
    limits: dict[str, dict[str, list[float]]] = json.loads((_INSTALLED / "limits.json").read_text())
    return limits


@cache
def outdated_runtimes() -> dict[str, str]:
    """Lambda runtimes that AWS no longer supports -> the day since when (`2024-10-14`)."""
    runtimes: dict[str, str] = json.loads((_INSTALLED / "runtimes.json").read_text())
    return runtimes


def type_record(dialect: str, type_: str) -> Record | None:
    """A type's whole record, properties named as its dialect writes them; None for an unknown type."""
    known = _records.get(dialect)
    if known is None:
        known = _records[dialect] = {}
    record = known.get(type_)
    if record is None:
        place = _place(dialect, type_)
        if place is None:
            return None
        if len(known) >= _REMEMBERED:
            known.clear()
        record = known[type_] = _record(*place)
    return record


_records: dict[str, dict[str, Record]] = {}
"""The records that were asked for, by dialect and type: they are asked for with every property."""


# --------------------------------------------------------------- reading


@lru_cache(maxsize=_REMEMBERED)
def _look_up(dialect: str, type_: str, path: str) -> tuple[bool | None, Node]:
    record = type_record(dialect, type_)
    if record is None:
        return None, None
    segments = _POSITION.sub("", path).split(".")
    if dialect not in ("cloudformation", "terraform"):
        segments = [plain_name(segment) for segment in segments]
    definitions = record.get("d", {})
    node: Node = record
    for segment in segments:
        node = inner_node(node, definitions)
        if not isinstance(node, dict) or "t" in node:
            # Below a scalar or a free-form part: nothing is known of it.
            return None, None
        if "m" in node:
            node = node["m"]
            continue
        inner = node.get("p", {}).get(segment)
        if inner is None:
            return (None if node.get("o") or "p" not in node else False), None
        node = inner
    if path.endswith("]"):
        return True, inner_node(node, definitions)
    if isinstance(node, str) and node[0] == "#":
        node = definitions.get(node[1:], "*")
    return True, node


def inner_node(node: Node, definitions: Record) -> Node:
    """The node that a further segment is looked up in: a list's items, a definition's content."""
    for _ in range(8):
        if isinstance(node, str) and node[0] == "#":
            node = definitions.get(node[1:], "*")
        elif isinstance(node, dict) and "l" in node:
            node = node["l"]
        else:
            break
    return node


@lru_cache(maxsize=_REMEMBERED)
def _allowed(dialect: str, type_: str, path: str) -> frozenset[str] | None:
    node = _look_up(dialect, type_, path)[1]
    if isinstance(node, dict) and "e" in node:
        return frozenset(str(value) for value in node["e"])
    return None


@lru_cache(maxsize=_REMEMBERED)
def _attributes(type_: str) -> frozenset[str]:
    record = type_record("cloudformation", type_) or {}
    return frozenset(record.get("a", ()))


@lru_cache(maxsize=_REMEMBERED)
def _place(dialect: str, type_: str) -> tuple[str, str, bool] | None:
    """The table, the name in it, and whether names are compared without case and underscores."""
    if dialect in ("cloudformation", "terraform"):
        return (dialect, type_, False) if type_ in _index(dialect) else None
    if dialect == "cdk":
        key = cdk_key(type_)
        if key is None:
            return None
        if key.startswith("AWS::"):
            return ("cloudformation", key, True) if key in _index("cloudformation") else None
        return ("cdk", key, True) if key in _index("cdk") else None
    if dialect == "cdktf":
        name = plain_name(type_.rpartition(".")[2])
        found = _terraform_by_plain_name().get(name)
        # A generator's `A` keeps a class apart from its namespace: `S3BucketVersioningA`.
        if found is None and name.endswith("a"):
            found = _terraform_by_plain_name().get(name[:-1])
        return ("terraform", found, True) if found else None
    if dialect == "pulumi":
        segments = type_.split(".")
        key = f"{segments[-2].strip('_').lower()}.{segments[-1]}" if len(segments) > 1 else ""
        return ("pulumi", key, True) if key in _index("pulumi") else None
    return None


@cache
def _terraform_by_plain_name() -> dict[str, str]:
    """`s3bucketversioning` -> `aws_s3_bucket_versioning`, and `dataawsami` -> `data.aws_ami`."""
    return {plain_name(name.removeprefix("aws_")): name for name in _index("terraform")}


@cache
def _index(table: str) -> dict[str, tuple[int, int]]:
    """Type -> where its record begins in the table's file, and how long it is, in bytes."""
    index = json.loads(gzip.decompress((_INSTALLED / f"schemas-{table}-index.json.gz").read_bytes()))
    sizes = index["sizes"]
    return dict(zip(index["names"].split(" "), zip(accumulate(sizes, initial=0), sizes, strict=False), strict=True))


@cache
def _file(table: str) -> bytes:
    return (_INSTALLED / f"schemas-{table}.json.gz").read_bytes()


@lru_cache(maxsize=4096)
def _record(table: str, name: str, plainly: bool) -> Record:
    start, length = _index(table)[name]
    record: Record = json.loads(gzip.decompress(_file(table)[start : start + length]))
    return _plainly_named(record) if plainly else record


def _plainly_named(node: Node) -> Node:
    """The same node with plain property names, since host languages spell them in several ways; `n` keeps them."""
    if not isinstance(node, dict):
        return node
    if "t" in node:
        return node
    plain = {key: _plainly_named(value) if key in ("l", "m") else value for key, value in node.items()}
    if "p" in node:
        plain["p"] = {plain_name(name): _plainly_named(value) for name, value in node["p"].items()}
        plain["n"] = {plain_name(name): name for name in node["p"]}
    if "q" in node:
        plain["q"] = [plain_name(name) for name in node["q"]]
    if "d" in node:
        plain["d"] = {name: _plainly_named(value) for name, value in node["d"].items()}
    return plain
