"""The neutral tree that YAML, JSON and HCL are read into; `flattening` makes properties of it.

A tree is a scalar, a `Map` or a `Sequence`; every entry and item carries the line that it stands on.
An entry whose key is empty belongs to the path of the map itself.
"""

from __future__ import annotations

from typing import Any

from gapkit.models import Artifact, Problem, Scalar


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


def label_of(artifact: Artifact) -> str:
    """How declarations and messages name an artifact: its file name, else its document and first line."""
    return artifact.name or f"{artifact.document}:{artifact.line_start}"


def problem(artifact: Artifact, code: str, message: str, line: int) -> Problem:
    """A problem of the stage that reads facts from artifacts."""
    return Problem("facts", code, f"{label_of(artifact)}: {message}", artifact.document, line)
