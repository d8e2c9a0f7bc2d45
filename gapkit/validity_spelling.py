"""Properties of CDKTF classes in the spelling of another place, which is refused or lost; builders of Java.

TypeScript takes `hashKey` everywhere.  In Python the arguments of classes are `hash_key`, and so are the keys of a
dictionary that stands for one object; dictionaries in lists go to the provider's classes as they are, with `hashKey`.
The builders of the CDK for Java write one capital where TypeScript has several: `enforceSsl`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gapkit.fault_kinds import PASSED_ON
from gapkit.models import Declaration
from gapkit.schemas import inner_node, type_record
from gapkit.types import plain_name
from gapkit.validity_properties import LONGEST_PATH, POSITION, Fault

_KINDS = frozenset({"resource", "data"})
_SNAKE_IN_LIST = re.compile(r"\][\w.\[\]]*\.[a-z0-9]+_")
_CAMEL = re.compile(r"[a-z][A-Z]")
_CAPITALS = re.compile(r"(?<=[a-z0-9])[A-Z]{2,}(?=[A-Z][a-z]|\d|$)")


class _Misspelt(NamedTuple):
    """A key as written, where it stands, how it is written there, and whether its object needs it."""

    path: str
    meant: str
    needed: bool


def spelling_faults(declarations: Sequence[Declaration]) -> Iterator[Fault]:
    """A fault per key that the classes of CDKTF, or the CDK's builders in Java, know in another spelling."""
    for declaration in declarations:
        if declaration.dialect == "cdk" and declaration.kind == "resource" and declaration.artifact.endswith(".java"):
            yield from _of_builder(declaration)
        if declaration.dialect != "cdktf" or declaration.kind not in _KINDS:
            continue
        artifact = declaration.artifact
        typescript = artifact.endswith((".ts", ".tsx"))
        if not typescript and not artifact.endswith(".py"):
            continue
        told: set[str] = set()
        for fact in declaration.properties:
            path = fact.path
            if len(path) > LONGEST_PATH or not _is_suspect(path, typescript):
                continue
            found = _misspelt(declaration, path, typescript)
            if found is None or found.path in told:
                continue
            told.add(found.path)
            lost = not typescript and not found.needed and not _CAMEL.search(found.path.rpartition(".")[2])
            message = f"{declaration.type} {found.path} must be written {found.meant} here"
            circumstance = PASSED_ON if lost else ""
            yield Fault(declaration, path, fact.line, "unknown_property", message, found.meant, circumstance)


def _of_builder(declaration: Declaration) -> Iterator[Fault]:
    for fact in declaration.properties:
        path = fact.path
        if _CAPITALS.search(path) and path[0].islower() and path.isalnum():
            meant = _CAPITALS.sub(lambda match: match[0].capitalize(), path)
            message = f"{declaration.type} {path} must be written {meant} here"
            yield Fault(declaration, path, fact.line, "unknown_property", message, meant)


def _is_suspect(path: str, typescript: bool) -> bool:
    return "_" in path if typescript else bool(_SNAKE_IN_LIST.search(path) or _CAMEL.search(path))


def _misspelt(declaration: Declaration, path: str, typescript: bool) -> _Misspelt | None:
    """The first key of a path that is written as another place wants it."""
    node: Any = type_record("cdktf", declaration.type)
    if node is None:
        return None
    definitions = node.get("d", {})
    before, listed = "", False
    for depth, segment in enumerate(path.split(".")):
        name = POSITION.sub("", segment)
        plain = plain_name(name)
        node = inner_node(node, definitions)
        if not isinstance(node, dict) or plain not in node.get("p", ()):
            return None
        if depth and listed and not typescript and _is_made(declaration, before):
            listed = False
        here = f"{before}.{segment}" if before else segment
        meant = _snake(node, plain) if not typescript and not listed else _camel(_snake(node, plain))
        if name != meant and _is_other_spelling(name, typescript or listed):
            return _Misspelt(POSITION.sub("", here), meant, plain in node.get("q", ()))
        node = node["p"][plain]
        before = here
        listed = segment.endswith("]") or listed
    return None


def _is_made(declaration: Declaration, path: str) -> bool:
    """Whether the object at a path is made by a class, whose arguments Python checks."""
    return any(fact.path == path and str(fact.value).startswith("new ") for fact in declaration.properties)


def _is_other_spelling(name: str, camel_wanted: bool) -> bool:
    return ("_" in name.strip("_")) if camel_wanted else bool(_CAMEL.search(name))


def _snake(node: dict[str, Any], plain: str) -> str:
    names: dict[str, str] = node.get("n", {})
    return names.get(plain, plain)


def _camel(name: str) -> str:
    """`hash_key` -> `hashKey`."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
