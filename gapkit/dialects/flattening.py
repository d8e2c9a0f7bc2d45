"""Trees into flat properties, and decimal literals into numbers."""

from __future__ import annotations

import re
from typing import Any

from gapkit.dialects.tree import Map, Sequence
from gapkit.models import Property, Scalar

_new = tuple.__new__
_VERSION_LIKE = re.compile(r"\d{1,2}\.\d0\Z").match


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
