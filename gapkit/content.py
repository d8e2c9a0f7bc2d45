"""An order of declarations by what they say: what they are called and where they stand chooses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gapkit.models import Declaration

_HOLE = re.compile(r"\$\{[^{}]*\}")
_NAMES = ("DependsOn", "depends_on")


def content_of(declaration: Declaration) -> tuple[str, str]:
    """A declaration's type and its properties, without the names in their values."""
    says = [
        f"{path}={_HOLE.sub('$', value) if type(value) is str else value}"
        for path, value, _ in declaration.properties
        if not path.startswith(_NAMES)
    ]
    return declaration.type, "\n".join(sorted(says))


def contents_of(declarations: Iterable[Declaration]) -> dict[int, tuple[str, str]]:
    """What each of some declarations says, by its `id`: one that is given many times is read once."""
    return {key: content_of(each) for key, each in {id(each): each for each in declarations}.items()}
