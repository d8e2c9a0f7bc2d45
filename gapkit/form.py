"""Demands on the form of an answer: comments in its code, how many files it has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import cast

from gapkit.knowledge import load_yaml
from gapkit.models import Artifact, Declaration

_COMMENT = re.compile(
    r"""^[ \t]*(?:#(?!!)|//|/\*|\*(?!/)|\"{3}|'{3}|"(?:Description|_?[Cc]omments?)"[ ]*:)"""  # a line of its own
    r"""|[;{}),\]"'] +(?://|#)[ ]""",  # or behind code
    re.MULTILINE,
)
_DECLARING = frozenset({"resource", "parameter", "output", "local", "data"})
COMMENTS = cast(int, load_yaml("form.yaml")["comments"])
FORMS = ("comments", "one-file", "files")


def form_share(form: str, sources: Iterable[Artifact], declarations: Iterable[Declaration]) -> float:
    """How far an answer has a form; of files, only a name of its own makes one: pieces without a name may belong
    together."""
    if form == "comments":
        found = (comment for source in sources for comment in _COMMENT.finditer(source.text))
        return sum(1 for _ in islice(found, COMMENTS)) / COMMENTS
    if form == "files":
        return float(len({source.name for source in sources if source.name and source.language != "markdown"}) > 1)
    declaring = {d.artifact for d in declarations if d.kind in _DECLARING}
    return 1 / max(1, len(declaring & {source.name for source in sources})) if declaring else 0.0
