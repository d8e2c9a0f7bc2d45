"""Reviewer's notes -> documented gaps: every distinct gap that MODEL_FAILURES.md lists, in order.

Notes come in every style: numbered headings, bold leads, bullets, tables, prose.  The outline is walked from the top;
each section either is one gap (it has its own fields: issue, impact, fix), lists gaps (each bullet, row or paragraph
is one), holds sections that do, or says something else (summary, praise, lessons) and is left out.
"""

from __future__ import annotations

from gapkit.explain_reading import is_own, read_own
from gapkit.failures_candidates import find_candidates
from gapkit.failures_fields import document_gap
from gapkit.failures_outline import read_outline
from gapkit.failures_restated import without_restatements
from gapkit.failures_words import is_placeholder
from gapkit.models import Document, DocumentedGap, Problem

__all__ = ["read_failures"]

MAX_GAPS = 2_000
"""Notes that seem to list more than this are cut there, with a problem: no reviewer writes as many."""


def read_failures(document: Document) -> tuple[tuple[DocumentedGap, ...], tuple[Problem, ...]]:
    """Return the gaps that a reviewer's notes list, in order, and what could not be read.

    Lines are 1-based and inclusive, of the document.  A document without any gap gives a `no_gaps_listed` problem
    whose message says why; no text raises.
    """
    if is_own(document):
        return read_own(document), ()
    text = "\n".join(document.lines[:40])
    if len(document.lines) <= 40 and is_placeholder(text.strip()):
        return (), (_problem(document, "no_gaps_listed", "the notes are a placeholder that was never filled in; "
                             "write one heading or bullet per gap", None),)  # fmt: skip
    outline = read_outline(document)
    candidates = find_candidates(outline)
    problems: list[Problem] = []
    if len(candidates) > MAX_GAPS:
        problems.append(_problem(document, "too_many_gaps", f"only the first {MAX_GAPS} of {len(candidates)} gaps "
                                 "were read; split the notes", candidates[MAX_GAPS].line))  # fmt: skip
        candidates = candidates[:MAX_GAPS]
    kept, restated = without_restatements(candidates, outline, document)
    read = (document_gap(candidate, document, restated) for candidate in kept)
    gaps = tuple(gap for gap in read if gap is not None)
    if not gaps:
        problems.append(_problem(document, "no_gaps_listed", _why_none(document), None))
    return gaps, tuple(problems)


def _why_none(document: Document) -> str:
    if not any(line.strip() for line in document.lines):
        return "the notes are empty; write one heading or bullet per gap"
    if not any(block.kind in ("heading", "item", "table") for block in document.blocks):
        return "the notes are prose that names no fault; write one heading or bullet per gap"
    return "the notes name no fault: they praise, summarise or report results; if a gap is meant, give it a heading"


def _problem(document: Document, code: str, message: str, line: int | None) -> Problem:
    return Problem("failures", code, message, document.name, line)
