"""A candidate and its lines -> a documented gap: severity, status, what was expected and found, impact, fix."""

from __future__ import annotations

import re

from gapkit.failures_leaves import Candidate
from gapkit.failures_outline import read_label
from gapkit.failures_restated import Restatements
from gapkit.failures_words import (
    any_of,
    any_severity,
    denies_severity,
    graded_severity,
    guess_category,
    inline_severity,
    is_passed,
    is_unchanged,
    label_kind,
    leading_severity,
    needs_no_fix,
    plain,
    severity_in_passing,
)
from gapkit.models import Document, DocumentedGap

MAX_FIELD_LINES = 400
"""Lines of a gap that are read for its fields; the whole wording is kept all the same."""

_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.{1,200})")
_REQUIREMENTS = re.compile(
    rf"\brequirements?\b(?:\s{{1,3}}{any_of('requirement_labels')})?[*\s:#(]{{0,8}}"
    r"((?:[#R]?\d{1,2}(?:\.\d{1,2})?(?!\d)(?:\s{0,2}(?:,|and|&|/|-|–)\s{0,2})?){1,12})|\breq\.?\s?#?(\d{1,2})\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d{1,2}(?:\.\d{1,2})?")
_STATUS_LEAD = re.compile(rf"^\W{{0,6}}({any_of('statuses')})\s?(?::|\*\*|\)|$)", re.IGNORECASE)
_MARKER = re.compile(r"^(?:[-+•]|\*(?!\*)|\d{1,3}[.)])\s+")


def document_gap(candidate: Candidate, document: Document, restated: Restatements) -> DocumentedGap | None:
    """The gap with its fields, None where they say that it is none; `restated` knows what summaries say of it."""
    end = min(candidate.line_end, len(document.lines))
    while end > candidate.line and _ends_nothing(document.lines[end - 1]):
        end -= 1
    lines = document.lines[candidate.line - 1 : end]
    text = "\n".join(lines)
    fields = _fields(lines, candidate.origin == "section")
    fields.update((kind, value) for kind, value in candidate.cells if value.strip())
    if denies_severity(fields.get("severity", "")):
        return None
    if "issue" not in fields and candidate.severity is None and is_unchanged(fields.get("expected", "")):
        return None
    severity = (
        candidate.severity
        or _stated_severity(fields)
        or _impact_severity(fields)
        or inline_severity(lines[0])
        or graded_severity(text)
        or (severity_in_passing(text) if candidate.origin != "section" else None)
        or restated.severity(candidate.line)
        or candidate.section_severity
        or "unstated"
    )
    if severity == "unstated" and (needs_no_fix(fields.get("fix", "")) or is_passed(fields.get("status", ""))):
        return None
    found = fields.get("issue") or fields.get("found")
    return DocumentedGap(
        number=candidate.number,
        line=candidate.line,
        line_end=candidate.line + len(lines) - 1,
        title=candidate.title,
        severity=severity,
        status=_status(fields, lines),
        requirement_numbers=_requirement_numbers(text),
        category=guess_category(candidate.title, found or text),
        expected=fields.get("expected"),
        found="\n\n".join(fields[kind] for kind in ("issue", "found") if fields.get(kind)) or None,
        impact=fields.get("impact"),
        fix=fields.get("fix"),
        text=text,
    )


def _ends_nothing(line: str) -> bool:
    """Whether a line is blank, or a ruler."""
    return not line.strip() or not line.strip("-*_ ")


def _fields(lines: tuple[str, ...], headed: bool) -> dict[str, str]:
    """The labelled stretches of a gap's lines, by kind of label; a label reaches to the next one."""
    fields: dict[str, str] = {}
    kind: str | None = None
    held: list[str] = []
    fenced = False

    def close() -> None:
        value = "\n".join(held).strip()
        if kind is not None and value:
            fields[kind] = f"{fields[kind]}\n{value}" if kind in fields else value

    for index, line in enumerate(lines[:MAX_FIELD_LINES]):
        stripped = line.lstrip()
        if stripped.startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and (":" in stripped or "**" in stripped or "：" in stripped or stripped[:1] == "#"):
            if index == 0 and headed:
                continue
            label, value = _label(stripped)
            if label is not None:
                close()
                kind, held = label, [value] if value else []
                continue
        if kind is not None:
            held.append(line)
    close()
    return fields


def _label(line: str) -> tuple[str | None, str]:
    if line[0] == "#":
        match = _HEADING.match(line)
        return (label_kind(plain(match[1]), heading=True), "") if match else (None, "")
    if line[0] in "-*+•" or line[0].isdigit():
        line = _MARKER.sub("", line, count=1)
    return read_label(line)


def _stated_severity(fields: dict[str, str]) -> str | None:
    value = fields.get("severity")
    return any_severity(value.partition("\n")[0]) if value else None


_IMPACT_RANK = re.compile(rf"^\W{{0,6}}[A-Za-z]+\W{{0,4}}(?:$|\n|[-–—:(,.]|\s[-–—(]|\s{any_of('behind_impact_rank')})")


def _impact_severity(fields: dict[str, str]) -> str | None:
    """The severity that a statement of impact begins with: "**Impact**: HIGH - deployment fails"."""
    value = fields.get("impact")
    if not value:
        return None
    first = value.lstrip("*_ ").partition("\n")[0]
    return leading_severity(first) if _IMPACT_RANK.match(first) else None


def _status(fields: dict[str, str], lines: tuple[str, ...]) -> str | None:
    if "status" in fields:
        return plain(fields["status"].partition("\n")[0])[:60].lower() or None
    for line in lines[:4]:
        match = _STATUS_LEAD.match(line)
        if match:
            return match[1].lower()
    return None


def _requirement_numbers(text: str) -> tuple[str, ...]:
    if "equirement" not in text and "REQ" not in text and "Req" not in text:
        return ()
    numbers: dict[str, None] = {}
    for match in _REQUIREMENTS.finditer(text[:20_000]):
        for number in _NUMBERS.findall(match[1] or match[2] or ""):
            numbers[number] = None
    return tuple(numbers)
