"""Gaps that the notes tell twice: a table before the details, a list of minor issues after them, a summary.

A restatement is no second gap; where it states a severity that the gap's own text lacks, the severity is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gapkit.failures_leaves import Candidate
from gapkit.failures_outline import Section
from gapkit.failures_tables import names_issues, table_rows
from gapkit.failures_words import any_of, leading_severity, read_title, same_word, severity_in_passing, subject_words
from gapkit.models import Document

_REFERENCE = re.compile(
    rf"^\W{{0,4}}(?:\d{{1,2}}[.)] )?\W{{0,4}}{any_of('reference_nouns')}s?\s?#?\s?(\d{{1,3}})\b", re.IGNORECASE
)

SAME = 0.6
"""Share of the shorter wording's words that both must have to speak of the same gap."""

LONGER = 0.5
"""Share of the longer wording's words that both must have, where neither stands in a summary."""

MOSTLY = 0.8
"""Share of a title's words that a gap's text must have to tell the same."""

LISTED = 3
"""From this many labelled bullets on, notes are taken to list their gaps before they tell them at length."""

MOST_COMPARED = 200
"""Beyond this many gaps the notes are a list without a summary, and comparing all pairs would take too long."""


class Restatements:
    """What restatements add: asked by the line of a gap, and read only when a gap's own text states no severity."""

    def __init__(self, kept: Sequence[Candidate], outline: Section, noted: dict[int, str]) -> None:
        self._kept = kept
        self._outline = outline
        self._noted = noted
        self._read = len(kept) > MOST_COMPARED

    def severity(self, line: int) -> str | None:
        """The severity that a list, table or summary elsewhere gives to the gap of this line."""
        if not self._read:
            self._read = True
            _from_summaries(self._kept, self._outline, self._noted)
        return self._noted.get(line)


def without_restatements(
    candidates: Sequence[Candidate], outline: Section, document: Document
) -> tuple[list[Candidate], Restatements]:
    """Return the distinct gaps, and what their restatements say of them."""
    noted: dict[int, str] = {}
    kept = list(candidates) if len(candidates) > MOST_COMPARED else _distinct(candidates, document, noted)
    return kept, Restatements(kept, outline, noted)


def _distinct(candidates: Sequence[Candidate], document: Document, severities: dict[int, str]) -> list[Candidate]:
    candidates = _without_references(candidates, document, severities)
    candidates = _first_mentions(candidates, document, severities)
    unmarked = [candidate for candidate in candidates if not candidate.marked]
    if not unmarked:
        return list(candidates)
    marked = [candidate for candidate in candidates if candidate.marked]
    words = {candidate.line: _words(candidate) for candidate in candidates}
    kept: list[Candidate] = list(marked)
    texts: dict[int, frozenset[str]] = {}
    rows = [candidate for candidate in unmarked if candidate.origin == "row"]
    tabulates = len(candidates) - len(rows) >= max(2, len(rows) // 2)
    for candidate in unmarked:
        if candidate.origin == "row" and tabulates and len(rows) > 1:
            twin = _twin(candidate.title, marked or kept, words, 0.3)
            if twin is not None or not marked:
                _note(candidate, twin, document, severities)
                continue
        earlier = [other for other in kept if other.section != candidate.section or other.marked != candidate.marked]
        distinct = candidate.origin == "section" or candidate.in_gaps
        twin = _twin(candidate.title, earlier, words, SAME, LONGER if distinct else 0.0)
        if twin is None and len(words[candidate.line]) > 1:
            twin = _told_in(candidate, words[candidate.line], earlier, document, texts)
        if twin is None:
            kept.append(candidate)
        else:
            _note(candidate, twin, document, severities)
    kept.sort(key=lambda candidate: candidate.line)
    return kept


def _without_references(
    candidates: Sequence[Candidate], document: Document, severities: dict[int, str]
) -> Sequence[Candidate]:
    """Without bullets that name a numbered gap by its number ("Error 3: no encryption")."""
    by_number = {other.number: other for other in candidates if other.origin == "section" and other.number}
    if not by_number or len(by_number) == len(candidates):
        return candidates
    kept = []
    for candidate in candidates:
        line = document.lines[candidate.line - 1]
        referred = _REFERENCE.match(line[:80]) if candidate.origin == "item" else None
        if referred and referred[1] in by_number:
            _note(candidate, by_number[referred[1]], document, severities)
        elif candidate.origin != "section" or not _only_refers(candidate, document, by_number):
            kept.append(candidate)
    return kept


def _only_refers(candidate: Candidate, document: Document, by_number: Mapping[str, Candidate]) -> bool:
    """Whether a section lists nothing but gaps by their numbers ("Requirements failed: 1. Error 2: …")."""
    lines = [line for line in document.lines[candidate.line : candidate.line_end] if line.strip()]
    referred = [_REFERENCE.match(line[:80]) for line in lines[:MOST_COMPARED]]
    return bool(lines) and all(match is not None and match[1] in by_number for match in referred)


def _first_mentions(
    candidates: Sequence[Candidate], document: Document, severities: dict[int, str]
) -> Sequence[Candidate]:
    """Without sections that tell at length what labelled bullets before them have listed."""
    listed = [candidate for candidate in candidates if candidate.origin == "item" and candidate.marked]
    if len(listed) < LISTED or len(listed) == len(candidates):
        return candidates
    words = {candidate.line: _words(candidate) for candidate in listed}
    kept = []
    for candidate in candidates:
        twin = None
        if candidate.origin == "section" and len(_words(candidate)) > 1:
            earlier = [other for other in listed if other.line < candidate.line and other.section != candidate.section]
            twin = _twin(candidate.title, earlier, words, SAME)
        if twin is None:
            kept.append(candidate)
        else:
            _note(candidate, twin, document, severities)
    return kept


def _told_in(
    candidate: Candidate,
    words: frozenset[str],
    others: Sequence[Candidate],
    document: Document,
    texts: dict[int, frozenset[str]],
) -> Candidate | None:
    """The gap whose first lines hold nearly all words of a title, and half of the text after it."""
    text = _text_words(candidate, document)
    for other in others:
        if other.line not in texts:
            texts[other.line] = _text_words(other, document)
        told = texts[other.line]
        if len(words & told) >= MOSTLY * len(words) and 2 * len(text & told) >= len(text):
            return other
    return None


def _text_words(candidate: Candidate, document: Document) -> frozenset[str]:
    lines = document.lines[candidate.line - 1 : min(candidate.line_end, candidate.line + 5)]
    return subject_words(" ".join(lines)[:700])


def _note(candidate: Candidate, twin: Candidate | None, document: Document, severities: dict[int, str]) -> None:
    text = "\n".join(document.lines[candidate.line - 1 : candidate.line_end]) if candidate.origin != "row" else ""
    severity = candidate.severity or severity_in_passing(text) or candidate.section_severity
    if twin is not None and severity:
        severities.setdefault(twin.line, severity)


def _words(candidate: Candidate) -> frozenset[str]:
    return subject_words(candidate.title[:200])


def _twin(
    title: str, others: Sequence[Candidate], by_line: dict[int, frozenset[str]], share: float, least: float = 0.0
) -> Candidate | None:
    """The gap whose title shares most words with it: at least `share` of the shorter's, `least` of the longer's."""
    words = subject_words(title[:200])
    best, best_share = None, share
    for other in others:
        other_words = by_line[other.line]
        shorter = min(len(words), len(other_words))
        if not shorter:
            continue
        common = len(words & other_words)
        if common < least * max(len(words), len(other_words)):
            continue
        if common / shorter >= best_share and (common > 1 or (shorter == 1 and same_word(title, other.title))):
            best, best_share = other, common / shorter
    return best


def _from_summaries(kept: Sequence[Candidate], outline: Section, severities: dict[int, str]) -> None:
    """Take severities from summaries that list the gaps by severity."""
    own = frozenset(candidate.line for candidate in kept)
    stated = list(_stated_in_summaries(outline, None, own))
    if not stated or len(stated) > MOST_COMPARED:
        return
    words = {candidate.line: _words(candidate) for candidate in kept}
    for text, severity in stated:
        twin = _twin(text, kept, words, SAME)
        if twin is not None:
            severities.setdefault(twin.line, severity)


def _stated_in_summaries(section: Section, severity: str | None, own: frozenset[int]) -> Iterator[tuple[str, str]]:
    """Wordings and severities of the lists and tables that summaries hold; `own` are the lines of the gaps."""
    for child in section.children:
        title = child.title
        if title is None or child.line in own:
            continue
        inside = severity is not None or title.is_restatement
        if not inside:
            yield from _stated_in_summaries(child, None, own)
            continue
        level = (title.section_severity if severity is not None else None) or severity or ""
        for part in () if title.praises else child.parts:
            if part.kind == "table" and names_issues(part):
                for row in table_rows(part):
                    if row.severity is not None:
                        yield row.title, row.severity
            if part.kind != "item" or part.line in own:
                continue
            rank = (_own_rank(part.text) if part.text.startswith("*") else None) or level
            if rank:
                yield read_title(part.text.partition("\n")[0][:200]).text, rank
        yield from _stated_in_summaries(child, level, own)


def _own_rank(text: str) -> str | None:
    """The severity that an entry's bold lead begins with: "**High priority**", but not "**High availability**"."""
    lead = text.partition("\n")[0].partition(":")[0][:200]
    return leading_severity(lead.lstrip(" *_")) if read_title(lead).section_severity else None
