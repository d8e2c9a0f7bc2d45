"""A prompt -> the list of things it asks for.

A requirement is a numbered item, a headed group with its bullets, a bullet of a flat list, or, where a prompt is
prose, a sentence that states a separate capability.  Sections that only frame the task are left out.

The steps: `requirements_framing` tells what is left out, `requirements_groups` the grain of lists, `requirements_items`
and `requirements_paragraphs` what an item and a paragraph ask for, `requirements_files`, `requirements_regions` and
`requirements_outputs` what else counts; `requirements_reader` walks a prompt with them.  Here the reading that suits a
prompt is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gapkit.blocks import read_blocks
from gapkit.documents import MAX_LINES
from gapkit.models import Document, Problem, Requirement
from gapkit.requirements_found import Found, in_order, numbered, problems_of
from gapkit.requirements_framing import Framing
from gapkit.requirements_outputs import outputs_told
from gapkit.requirements_reader import Reader
from gapkit.requirements_regions import regions_told
from gapkit.sections import Section, sections_of

__all__ = ["find_requirements", "requirements_of_ideal"]

ENOUGH = 2
"""A prompt with fewer requirements than this is read again with its framing sections."""

FEW_GROUPS, MANY_ITEMS = 3, 8
"""A prompt of so few headed groups with so many items is a list of items under headings."""

FEW_LISTED = 10
"""A prompt that lists no more than this may tell most of what it asks for in prose."""

VERY_MANY = 60
"""More than this and headings are taken as requirements, rather than every bullet under them."""

_CODE_ENDS = ("{", "}", "(", ")", "[", "]", ";", ",")
_FENCES = ("```", "~~~")
_LISTED = re.compile(r"\s*(?:[-*]|[0-9]{1,2}[.)]) ")
_PROSE_FENCES = ("", "text", "txt", "markdown", "md", "plaintext")


def find_requirements(document: Document) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    """Return what a prompt asks for, in order, with line spans, and the problems of its numbering."""
    root = sections_of(document.blocks, document.lines)
    framing = Framing(len(document.lines))
    found = _best_reading(root, document.lines, framing)
    if len(found) < ENOUGH or _mostly_fenced(document):
        # The prompt may stand in a code fence, as prompts that were pasted from elsewhere do.
        found = max(found, _read_unfenced(document.lines), key=len)
    if len(found) < ENOUGH:
        found = max(found, _read_all(root, document.lines), key=len)
    if found:
        beside = [*regions_told(found, root, framing), *outputs_told(found, root, document.lines)]
        found = in_order([*found, *beside])
    return numbered(found, "prompt"), problems_of(found, document.name)


def requirements_of_ideal(document: Document) -> tuple[Requirement, ...]:
    """Return what an ideal response says it implements: its headings and bullets, for prompts that list nothing."""
    return numbered(_read_all(sections_of(document.blocks, document.lines), document.lines), "ideal")


def _best_reading(root: Section, lines: Sequence[str], framing: Framing) -> list[Found]:
    """Read a prompt, and again in another way where what was found shows that it is written so."""
    reader = Reader(lines, framing)
    found = reader.read(root)
    if reader.passed_over >= FEW_GROUPS and len(found) <= FEW_LISTED:
        told = Reader(lines, framing, "told").read(root)
        if len(told) * 5 >= len(found) * 8:
            return told  # the prose is the prompt, its few lists are beside the point
    if len(found) <= FEW_GROUPS and reader.listed_in_groups >= MANY_ITEMS:
        return Reader(lines, framing, "flat").read(root)
    if len(found) > VERY_MANY:
        coarse = Reader(lines, framing, "coarse").read(root)
        return coarse if len(coarse) >= FEW_LISTED else found
    return found


def _read_all(root: Section, lines: Sequence[str]) -> list[Found]:
    """Read a document with all that only frames the task in a prompt."""
    return Reader(lines, Framing(len(lines), relaxed=True), "relaxed").read(root)


def _read_unfenced(fenced: Sequence[str]) -> list[Found]:
    """Read a prompt as if its fences were not there."""
    lines = ["" if line.lstrip().startswith(_FENCES) else line for line in fenced]
    return _best_reading(sections_of(read_blocks(lines[:MAX_LINES]), lines), lines, Framing(len(lines)))


def _mostly_fenced(document: Document) -> bool:
    """Whether most of a prompt stands in fences that hold no code."""
    fenced = 0
    for block in document.blocks:
        if block.kind == "code" and not _holds_code(block.text, document.lines[block.line_start - 1]):
            fenced += block.line_end - block.line_start + 1
    return fenced * 2 > len(document.lines)


def _holds_code(text: str, fence: str) -> bool:
    """Whether what stands under a fence is code: rows that end as code does, or a language and few list items."""
    rows = [row.rstrip() for row in text.split("\n") if row.strip()]
    endings = sum(row.endswith(_CODE_ENDS) for row in rows)
    listed = sum(_LISTED.match(row) is not None for row in rows)
    named = fence.strip("`~ ").lower() not in _PROSE_FENCES
    return endings * 3 > len(rows) or (named and listed * 3 < len(rows))
