"""gapkit's own gap-analysis documents → documented gaps, without loss: number, title, severity, status and fields.

Reviewers' notes are read by their wording; a document that says it is gapkit's is read by its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gapkit.failures_words import guess_category
from gapkit.models import Document, DocumentedGap

MARK = "<!-- gapkit explain -->"
"""The line that a document of gapkit's own begins with, after its title."""

MARK_WITHIN = 5
_HEADING = re.compile(r"(#{1,6}) (.*)")
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3})*)\. (.*)")
_FIELD = re.compile(r"\*\*(Requirement|Severity|Status|Expected|Found|Impact|Fix)\*\*:\s?(.*)")
_FENCE = re.compile(r"(`{3,})")
_CELLS = re.compile(r"(?<!\\)\|")
ONE_LINE = ("Requirement", "Severity", "Status")
MINOR_SEVERITY = "low"
MINOR_STATUS = "beyond the requirements"


def is_own(document: Document) -> bool:
    """Whether gapkit wrote the document."""
    return any(line.strip() == MARK for line in document.lines[:MARK_WITHIN])


def read_own(document: Document) -> tuple[DocumentedGap, ...]:
    """The detailed gaps of gapkit's own document, in order, then its minor issues."""
    lines = document.lines
    section = ""
    starts: list[int] = []
    ends: list[int] = []
    minor: list[DocumentedGap] = []
    for number, line in _outside_fences(lines):
        heading = _HEADING.fullmatch(line.rstrip())
        if heading is None:
            if section == "Minor quality issues" and line.startswith("|") and not line.startswith(("| Aspect", "|--")):
                minor.append(_minor(line, number))
            continue
        if len(starts) > len(ends):
            ends.append(number - 1)
        if len(heading[1]) == 2:
            section = heading[2]
        elif len(heading[1]) == 4 and section == "Detailed gaps":
            starts.append(number)
    if len(starts) > len(ends):
        ends.append(len(lines))
    return (*(_gap(lines, start, end) for start, end in zip(starts, ends, strict=True)), *minor)


def _outside_fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Line numbers (from 1) and lines that are no code."""
    fence = ""
    for number, line in enumerate(lines, start=1):
        run = _FENCE.match(line)
        if fence:
            if run is not None and run[1] == fence and line.strip() == fence:
                fence = ""
        elif run is not None:
            fence = run[1]
        else:
            yield number, line


def _gap(lines: Sequence[str], start: int, end: int) -> DocumentedGap:
    while end > start and not lines[end - 1].strip():
        end -= 1
    title = lines[start - 1][5:].strip()
    numbered = _NUMBERED.fullmatch(title)
    fields: dict[str, list[str]] = {}
    kind = ""
    for line in lines[start:end]:
        field = _FIELD.match(line) if line.startswith("**") else None
        if field is not None and field[1] not in fields:
            kind = field[1]
            fields[kind] = [field[2]] if field[2] else []
        elif kind:
            fields[kind].append(line)
    values = {n: (found[0] if n in ONE_LINE and found else "\n".join(found)).strip() for n, found in fields.items()}
    number = numbered[1] if numbered else None
    return DocumentedGap(
        number=number,
        line=start,
        line_end=end,
        title=numbered[2] if numbered else title,
        severity=values.get("Severity") or "unstated",
        status=values.get("Status") or None,
        requirement_numbers=(values["Requirement"].lstrip("R").lstrip("0"),) if values.get("Requirement") else (),
        category=guess_category(title, values.get("Expected", "")),
        expected=values.get("Expected") or None,
        found=values.get("Found") or None,
        impact=values.get("Impact") or None,
        fix=values.get("Fix") or None,
        text="\n".join(lines[start - 1 : end]),
    )


def _minor(line: str, number: int) -> DocumentedGap:
    cells = [c.strip().replace("\\|", "|") for c in _CELLS.split(line)[1:-1]]
    title, found, expected = (*cells, "", "", "")[:3]
    return DocumentedGap(
        number=None,
        line=number,
        line_end=number,
        title=title,
        severity=MINOR_SEVERITY,
        status=MINOR_STATUS,
        category=guess_category(title, expected),
        expected=expected or None,
        found=found or None,
        text=line,
    )
