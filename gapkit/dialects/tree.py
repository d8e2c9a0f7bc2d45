"""The neutral tree that YAML, JSON and HCL are read into, and its flattening into properties.

A tree is a scalar, a `Map` or a `Sequence`; every entry and item carries the line that it stands on.
An entry whose key is empty belongs to the path of the map itself.
"""

from __future__ import annotations

import re
from typing import Any

from gapkit.models import Artifact, Problem, Property, Scalar

_new = tuple.__new__
_VERSION_LIKE = re.compile(r"\d{1,2}\.\d0\Z").match


class Map(tuple[tuple[str, Any, int], ...]):
    """The entries of a mapping in source order, as `(key, value, line)`; a key that is written twice stands twice."""

    __slots__ = ()

    def get(self, key: str) -> Any:
        """The value of the first entry of that key, or None."""
        for name, value, _ in self:
            if name == key:
                return value
        return None

    def line_of(self, key: str, default: int) -> int:
        """The line of the first entry of that key."""
        for name, _, line in self:
            if name == key:
                return line
        return default


class Nested(Map):
    """The body of a nested block, until it is known whether its type repeats."""

    __slots__ = ()


class Sequence(tuple[tuple[Any, int], ...]):
    """The items of a sequence, as `(value, line)`."""

    __slots__ = ()


Tree = Scalar | Map | Sequence
EMPTY = Map()


def number(text: str) -> Scalar:
    """A decimal literal as a number; text that reads like a version (`3.10`) stays text, for 3.1 is another one."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return text if _VERSION_LIKE(text) and text[0] != "0" else float(text)
    except ValueError:
        return text


def flatten(path: str, value: Any, line: int, out: list[Property]) -> None:
    """Append a property for each leaf below `path`; an empty map or sequence is the leaf `{}` or `[]`."""
    kind = type(value)
    if kind is Map:
        if not value:
            out.append(_new(Property, (path, "{}", line)))
        for key, child, child_line in value:
            below = f"{path}.{key}" if path and key else path or key
            if type(child) is Map or type(child) is Sequence:
                flatten(below, child, child_line, out)
            else:
                out.append(_new(Property, (below, child, child_line)))
    elif kind is Sequence:
        if not value:
            out.append(_new(Property, (path, "[]", line)))
        for index, (child, child_line) in enumerate(value):
            below = f"{path}[{index}]"
            if type(child) is Map or type(child) is Sequence:
                flatten(below, child, child_line, out)
            else:
                out.append(_new(Property, (below, child, child_line)))
    else:
        out.append(_new(Property, (path, value, line)))


def properties_of(value: Tree, line: int) -> tuple[Property, ...]:
    """The flat properties of a whole tree, paths relative to it."""
    out: list[Property] = []
    if value != EMPTY:
        flatten("", value, line, out)
    return tuple(out)


def label_of(artifact: Artifact) -> str:
    """How declarations and messages name an artifact: its file name, else its document and first line."""
    return artifact.name or f"{artifact.document}:{artifact.line_start}"


def problem(artifact: Artifact, code: str, message: str, line: int) -> Problem:
    """A problem of the stage that reads facts from artifacts."""
    return Problem("facts", code, f"{label_of(artifact)}: {message}", artifact.document, line)
