"""What a program's names that stand nowhere else say: the language stops at them, or the compiler does.

Only of files that look whole: with imports, without code left out or broken, and with few such names, for many of them
show an excerpt of a file whose beginning is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gapkit.dialects.host import Program
from gapkit.dialects.tree import label_of
from gapkit.models import Artifact, Misuse, Reading

CODE = "undeclared_name"
_LINES_PER_NAME = 40  # an excerpt has more names than one for so many lines
_LINES_UNNAMED = 80  # a block without a file's name is an excerpt unless it is as long as this
_MOST_NAMES = 3
_PATH = re.compile(r"[\w./-]+\.(?:py|[jt]sx?)")


def is_whole(program: Program, artifact: Artifact, reading: Reading) -> bool:
    """Whether an artifact can be held to the names that it declares."""
    if not program.imports or program.broken_lines or program.elided_lines or not reading.declarations:
        return False
    least = _LINES_PER_NAME if artifact.name else _LINES_UNNAMED
    return reading.declarations[0].dialect != "script" and artifact.text.count("\n") >= least


def name_misuses(uses: Iterable[tuple[str, int]], artifact: Artifact) -> tuple[Misuse, ...]:
    """A misuse per name, at its first use; `uses` are names with lines that count from 1."""
    first: dict[str, int] = {}
    for name, line in uses:
        first.setdefault(name, line)
    if not first:
        return ()
    lines = artifact.text.split("\n")
    if len(first) > min(_MOST_NAMES, len(lines) // _LINES_PER_NAME):
        return ()
    if any(_PATH.fullmatch(lines[line - 1].strip()) for line in first.values()):  # files written one after the other
        return ()
    label, offset = label_of(artifact), artifact.line_start - 1
    return tuple(
        Misuse(label, line + offset, name, "", CODE, f"neither declared nor imported: {name}", "critical",
               f"an import or a declaration of {name}")
        for name, line in first.items()
    )  # fmt: skip


def without_declared(misuses: Sequence[Misuse], artifacts: Iterable[Artifact]) -> list[Misuse]:
    """The misuses without names that another artifact of the response declares, passes or assigns.

    What another file imports is not there in this one, so `import json` elsewhere and `json.dumps` do not count.
    """
    known = {
        misuse.owner
        for misuse in misuses
        if misuse.code == CODE
        for artifact in artifacts
        if not _stands_in(misuse, artifact) and _declares(artifact.text, misuse.owner)
    }
    return [misuse for misuse in misuses if misuse.code != CODE or misuse.owner not in known]


def _stands_in(misuse: Misuse, artifact: Artifact) -> bool:
    """Whether it is that artifact's: of a file shown in several blocks, each is one of its own."""
    return label_of(artifact) == misuse.artifact and artifact.line_start <= misuse.line <= artifact.line_end


def _declares(text: str, name: str) -> bool:
    if name not in text:
        return False
    pattern = rf"(?<![\w.])(?<!import )(?<!\bas ){re.escape(name)}\b(?!\s*\.)"
    return re.search(pattern, text) is not None
