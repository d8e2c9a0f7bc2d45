"""Verdicts on a reviewer's notes -> the lines that they rest on, in the response and in the ideal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gapkit.claims import Grounds, Measured
from gapkit.concepts import find_mentions
from gapkit.folding import LineFinder
from gapkit.models import CheckedGap, DocumentedGap, Gap, Span
from gapkit.words import phrase_words

MOST_LINES = 3
MOST_CONCEPTS = 3
DETECTED = 0.5


def with_evidence(
    checked: Sequence[CheckedGap],
    measurements: Sequence[Measured],
    grounds: Grounds,
    model: LineFinder,
    ideal: LineFinder,
) -> tuple[CheckedGap, ...]:
    """The checked gaps with their lines in both texts, at most three a side; a verdict that cannot be told has none.

    A contradicted note shows what the response has; a supported one shows the gaps that say the same, else what the
    note quotes from the response and what only the ideal has.
    """
    gaps = {gap.gap_id: gap for gap, _ in grounds.gaps}
    return tuple(
        _shown(one, measured, grounds, gaps, model, ideal) for one, measured in zip(checked, measurements, strict=True)
    )


def _shown(
    checked: CheckedGap,
    measured: Measured,
    grounds: Grounds,
    gaps: dict[str, Gap],
    model: LineFinder,
    ideal: LineFinder,
) -> CheckedGap:
    claim = measured.claim
    if checked.supported is None:
        return checked
    if checked.supported:
        matched = [gaps[gap_id] for gap_id in checked.gap_ids if gap_id in gaps]
        model_lines = [gap.model_line for gap in matched if gap.model_line is not None]
        ideal_lines = [gap.ideal_line for gap in matched if gap.ideal_line is not None]
        if not model_lines:
            model_lines = _find(claim.before, model.line_of)
        if not ideal_lines:
            ideal_lines = _find(claim.after, ideal.line_of)
        if not model_lines and not ideal_lines:
            for name in claim.names:
                line = model.line_of(name)
                if line is not None:
                    model_lines.append(line)
                elif (line := ideal.line_of(name)) is not None:
                    ideal_lines.append(line)
        return _with_lines(checked, model_lines, ideal_lines)
    lines = _find(claim.after, model.line_of) if claim.after else []
    if not lines and measured.features.get("lack_contradicted", 0.0) > 0:
        lines = _detected(checked.gap, grounds)
    if not lines:
        lines = _find(claim.names, model.line_of)
    return _with_lines(checked, lines, ())


def _with_lines(checked: CheckedGap, model: Iterable[int], ideal: Iterable[int]) -> CheckedGap:
    return CheckedGap(
        checked.gap,
        checked.supported,
        checked.gap_ids,
        checked.reason,
        _spans(model),
        _spans(ideal) or checked.ideal_lines,
    )


def _find(wordings: Iterable[str], line_of: Callable[[str], int | None]) -> list[int]:
    found: list[int] = []
    for wording in wordings:
        line = line_of(wording)
        if line is not None and line not in found:
            found.append(line)
            if len(found) == MOST_LINES:
                break
    return found


def _detected(note: DocumentedGap, grounds: Grounds) -> list[int]:
    """The lines of the response where the concepts stand that a note misses."""
    words = phrase_words((note.title + " " + (note.found or note.text[:200]))[:400])
    lines: list[int] = []
    judge = grounds.judge
    mentions = [m.concept for m in find_mentions(words, judge.knowledge) if m.concept.rules]
    services = frozenset(c.service for c in mentions if c.service)
    for concept in ([c for c in mentions if not c.service] or mentions)[:MOST_CONCEPTS]:
        detection = judge.model_examiner.detection(concept, frozenset() if concept.service else services)
        if detection.share >= DETECTED:
            lines += [hit.item.line if hit.item else hit.resource.declaration.line for hit in detection.hits]
    return list(dict.fromkeys(lines))[:MOST_LINES]


def _spans(lines: Iterable[int]) -> tuple[Span, ...]:
    return tuple((line, line) for line in sorted(set(lines))[:MOST_LINES])
