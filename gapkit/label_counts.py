"""One sample's labels and what was found -> what they share, as counts that add up over samples.

Requirements are matched by the lines of the prompt that they share, one to one, best first; notes by their line;
deviations by resource and property or by wording, among the 20 most important of a sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gapkit.labels import Deviation, JudgedRequirement, Judgement, Note
from gapkit.models import GapkitError

STATUSES = ("missing", "partial", "complete")  # ordinal
SEVERITIES = ("none", "low", "medium", "high", "critical")  # ordinal
SCORE = {"complete": 1.0, "partial": 0.5, "missing": 0.0}
NAMED = 20  # only so many gaps of a sample count as named: no credit for listing everything
CALLS = (*STATUSES, "unverifiable", "not found")
Array = np.ndarray[Any, np.dtype[np.float64]]


# ---------------------------------------------------------------- matching


def match_requirements(gold: Sequence[JudgedRequirement], found: Sequence[JudgedRequirement]) -> dict[int, int]:
    """Places in `gold` -> places in `found`: one to one, best line overlap first, half of the shorter shared."""
    pairs = sorted(
        (-_jaccard(g.lines, f.lines), i, j)
        for i, g in enumerate(gold)
        for j, f in enumerate(found)
        if _overlap(g.lines, f.lines) >= 0.5
    )
    return _one_to_one(pairs)


def match_notes(gold: Sequence[Note], found: Sequence[Note]) -> dict[int, int]:
    """Places in `gold` -> places in `found`: one to one, nearest line first, at most two lines apart."""
    pairs = sorted(
        (abs(g.line - f.line), i, j)
        for i, g in enumerate(gold)
        for j, f in enumerate(found)
        if abs(g.line - f.line) <= 2
    )
    return _one_to_one(pairs)


def _one_to_one(pairs: Iterable[tuple[float, int, int]]) -> dict[int, int]:
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in pairs:
        if i not in matched and j not in taken:
            matched[i] = j
            taken.add(j)
    return matched


def _shared(a: tuple[int, int], b: tuple[int, int]) -> int:
    return max(0, min(a[1], b[1]) - max(a[0], b[0]) + 1)


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    return _shared(a, b) / max(1, min(a[1] - a[0], b[1] - b[0]) + 1)


def _jaccard(a: tuple[int, int], b: tuple[int, int]) -> float:
    shared = _shared(a, b)
    return shared / ((a[1] - a[0] + 1) + (b[1] - b[0] + 1) - shared)


_CAMEL = re.compile(r"([a-z0-9])([A-Z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_NOISE = frozenset({"aws", "resource", "type", "cdk", "lib", "new", "args", "cfn", "the"})


@lru_cache(maxsize=20_000)
def _words(text: str | None) -> frozenset[str]:
    split = _CAMEL.sub(r"\1 \2", text or "")
    return frozenset(word for word in _NO_WORD.split(split.lower()) if len(word) > 2)


def same_deviation(gold: Deviation, found: Deviation) -> bool:
    """Whether both speak of the same kind of resource, and of the same property or clearly in the same words."""
    resource, other = _words(gold.resource) - _NOISE, _words(found.resource) - _NOISE
    if resource and other and not resource & other:
        return False
    leaf, path = _words((gold.property or "").split(".")[-1]), _words(found.property)
    if leaf & path:
        return True
    said = _words(gold.what) | resource | _words(gold.property)
    return len(said & (_words(found.what) | other | path)) >= max(2, 0.3 * len(said))


# ------------------------------------------------------------------ counts

SIZES = {
    "requirements": 3,  # labelled, found, matched
    "status": 4 * 5,  # labelled status × found status, the last column: not found
    "severity": 5 * 5,
    "category": 2,  # right, judged
    "completeness": 2,  # sum of absolute errors, samples
    "notes": 4,  # labelled, found, matched, of these with the same severity
    "claims": 4,  # labelled × found, true and false
    "deviations": 4,  # named and labelled, of all and of critical and high
}
STARTS = dict(zip(SIZES, np.cumsum([0, *SIZES.values()])[:-1].tolist(), strict=True))
WIDTH = sum(SIZES.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """One sample's counts (as SIZES), completeness by the labels and by the run (NaN where there is none), the status
    counts of each category of the labels, and (confidence, right) of each matched requirement."""

    counts: Array
    completeness: tuple[float, float]
    by_category: Mapping[str, Array]
    confidences: tuple[tuple[float, bool], ...]


def count_sample(gold: Judgement, found: Judgement) -> Counted:
    """The counts of one sample."""
    counts = np.zeros(WIDTH)
    matched = match_requirements(gold.requirements, found.requirements)
    part_of(counts, "requirements")[:] = len(gold.requirements), len(found.requirements), len(matched)
    status = part_of(counts, "status").reshape(4, 5)
    severity = part_of(counts, "severity").reshape(5, 5)
    by_category: dict[str, Array] = {}
    confidences: list[tuple[float, bool]] = []
    for place, asked in enumerate(gold.requirements):
        other = found.requirements[matched[place]] if place in matched else None
        row = _index(CALLS[:4], asked.status)
        column = 4 if other is None else _index(CALLS[:4], other.status)
        status[row, column] += 1
        of_category = by_category.setdefault(asked.category or "other", np.zeros((4, 5)))
        of_category[row, column] += 1
        if other is None:
            continue
        part_of(counts, "category")[:] += asked.category == other.category, 1
        if other.confidence is not None:
            confidences.append((other.confidence, asked.status == other.status))
        if asked.status in ("partial", "missing") and asked.severity in SEVERITIES and other.severity in SEVERITIES:
            severity[SEVERITIES.index(asked.severity), SEVERITIES.index(other.severity)] += 1
    scores = _completeness(gold.requirements), _completeness(found.requirements)
    if not np.isnan(scores).any():
        part_of(counts, "completeness")[:] = abs(scores[0] - scores[1]), 1
    _count_notes(counts, gold.notes, found.notes)
    named = sorted(found.deviations, key=lambda deviation: deviation.rank)[:NAMED]
    deviations = part_of(counts, "deviations")
    for deviation in gold.deviations:
        hit = any(same_deviation(deviation, other) for other in named)
        deviations[:2] += hit, 1
        if deviation.severity in ("critical", "high"):
            deviations[2:] += hit, 1
    return Counted(counts, scores, by_category, tuple(confidences))


def _count_notes(counts: Array, gold: Sequence[Note], found: Sequence[Note]) -> None:
    matched = match_notes(gold, found)
    pairs = [(gold[i], found[j]) for i, j in matched.items()]
    same = sum(g.severity == f.severity for g, f in pairs)
    part_of(counts, "notes")[:] = len(gold), len(found), len(matched), same
    claims = part_of(counts, "claims").reshape(2, 2)
    for g, f in pairs:
        if g.supported is not None and f.supported is not None:
            claims[0 if g.supported else 1, 0 if f.supported else 1] += 1


def part_of(counts: Array, name: str) -> Array:
    """The counts of one name, a view: the last axis is as long as SIZES says."""
    part: Array = counts[..., STARTS[name] : STARTS[name] + SIZES[name]]
    return part


def _index(scale: Sequence[str], value: str) -> int:
    try:
        return scale.index(value)
    except ValueError:
        raise GapkitError(f"{value!r} is no status. Labels have: {', '.join(scale)}.") from None


def _completeness(requirements: Sequence[JudgedRequirement]) -> float:
    scores = [SCORE[r.status] for r in requirements if r.status in SCORE]
    return float(np.mean(scores)) if scores else float("nan")
