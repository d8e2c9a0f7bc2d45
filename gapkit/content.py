"""An order of declarations by what they say: what they are called and where they stand chooses nothing."""

from __future__ import annotations

import re

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
