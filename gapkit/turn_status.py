"""Later turns of a sample -> the status of the first prompt's requirements at each turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gapkit.concepts import Knowledge
from gapkit.coverage import Judge
from gapkit.models import Coverage
from gapkit.resources import Side, Sides

FRAGMENT = 1 / 3  # an answer with a smaller share of the resources before it corrects them and does not replace them
RANK = {"missing": 0, "partial": 1, "complete": 2}


def follow_turns(
    coverages: Sequence[Coverage], first: Sides, later: Iterable[Side], knowledge: Knowledge
) -> tuple[Coverage, ...]:
    """The coverages of the first turn with `turn_status` filled: one status a turn, the first turn's first.

    `later` are the model's sides at the turns after the first.  An answer without code changes nothing.  An answer that
    declares much less than what stands is a correction of it: what was met before stays met.
    """
    requirements = [coverage.requirement for coverage in coverages]
    statuses = [[coverage.status] for coverage in coverages]
    standing = len(first.model.resources)
    for side in later:
        size = len(side.resources)
        if not size:
            for status in statuses:
                status.append(status[-1])
            continue
        judged, _ = Judge.of(Sides(side, first.ideal), knowledge).judge(requirements)
        corrects = size < FRAGMENT * standing
        for status, coverage in zip(statuses, judged, strict=True):
            status.append(_better(status[-1], coverage.status) if corrects else coverage.status)
        standing = max(standing, size) if corrects else size
    return tuple(
        replace(coverage, turn_status=tuple(status)) for coverage, status in zip(coverages, statuses, strict=True)
    )


def _better(before: str, now: str) -> str:
    return now if RANK.get(now, -1) > RANK.get(before, -1) else before
