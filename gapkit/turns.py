"""What later turns change: frames from the requirements table of a run.

The requirements are those of the first prompt; `turn_status` holds their status at each turn.  Samples with one turn
have none and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pandas as pd

from gapkit.models import GapkitError

STATUSES = ("complete", "partial", "missing", "unverifiable")
OPEN = ("partial", "missing")
KEPT = ("sample_id", "requirement_id", "title", "category", "severity")
SCORE = {"complete": 1.0, "partial": 0.5, "missing": 0.0}
COURSES = ("met from the start", "closed", "closed and came back", "broken later", "open throughout", "unverifiable")


def turn_rows(requirements: pd.DataFrame) -> pd.DataFrame:
    """A row per requirement and turn of the multi-turn samples.

    Columns: sample_id, requirement_id, title, category, severity, turn (1 is first), status, change (`first`, `same`,
    `closed`: complete now and not before, `came back`: open again after it was closed, `broken`: open after it was
    complete from the start, `better`, `worse`).
    """
    rows = []
    for row in _multi_turn(requirements).to_dict("records"):
        kept = [row[name] for name in KEPT]
        statuses = list(row["turn_status"])
        for turn, (status, change) in enumerate(zip(statuses, _changes(statuses), strict=True), 1):
            rows.append((*kept, turn, status, change))
    return pd.DataFrame(rows, columns=[*KEPT, "turn", "status", "change"])


def requirement_courses(requirements: pd.DataFrame) -> pd.DataFrame:
    """A row per requirement of the multi-turn samples: how it went from the first turn to the last.

    Columns: sample_id, requirement_id, title, category, severity, first, last (status), closed_at, came_back_at (the
    last turn at which it closed or came back; null where it never did), open_at_end, course (one of COURSES).
    """
    rows = []
    for row in _multi_turn(requirements).to_dict("records"):
        statuses = list(row["turn_status"])
        changes = _changes(statuses)
        kept = [row[name] for name in KEPT]
        closed, came_back = _last(changes, "closed"), _last(changes, "came back")
        rows.append((*kept, statuses[0], statuses[-1], closed, came_back, statuses[-1] in OPEN, _course(statuses)))
    columns = [*KEPT, "first", "last", "closed_at", "came_back_at", "open_at_end", "course"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"closed_at": "Int64", "came_back_at": "Int64", "open_at_end": bool})


def turn_summary(requirements: pd.DataFrame) -> pd.DataFrame:
    """A row per turn over all multi-turn samples that have that turn.

    Index: turn.  Columns: complete, partial, missing, unverifiable, total (requirements), closed, came_back, broken,
    samples, completeness (0–1: mean over samples of 1, 0.5, 0 over what can be verified).
    """
    rows = turn_rows(requirements)
    counts = pd.crosstab(rows["turn"], rows["status"]).reindex(columns=list(STATUSES), fill_value=0)
    counts = counts.rename_axis(columns=None)
    counts["total"] = counts.sum(axis=1)
    for name, change in (("closed", "closed"), ("came_back", "came back"), ("broken", "broken")):
        counts[name] = rows["turn"][rows["change"] == change].value_counts().reindex(counts.index, fill_value=0)
    counts["samples"] = rows.groupby("turn")["sample_id"].nunique().reindex(counts.index, fill_value=0)
    scored = rows.assign(score=rows["status"].map(SCORE).astype(float)).dropna(subset=["score"])
    by_sample = scored.groupby(["turn", "sample_id"])["score"].mean()
    counts["completeness"] = by_sample.groupby("turn").mean().reindex(counts.index).astype(float)
    return counts


def course_counts(requirements: pd.DataFrame) -> pd.DataFrame:
    """How many requirements took each course: course, requirements, samples, share (0–1 of all followed)."""
    courses = requirement_courses(requirements)
    grouped = courses.groupby("course")["sample_id"].agg(["size", "nunique"]).reindex(list(COURSES), fill_value=0)
    grouped.columns = pd.Index(["requirements", "samples"])
    total = int(grouped["requirements"].sum())
    grouped["share"] = grouped["requirements"] / total if total else float("nan")
    return grouped.reset_index()


def left_open(requirements: pd.DataFrame) -> pd.DataFrame:
    """The requirements that the last turn leaves open, the most severe first: rows of `requirement_courses`."""
    courses = requirement_courses(requirements)
    order = {severity: place for place, severity in enumerate(("critical", "high", "medium", "low", "none"))}
    found = courses[courses["open_at_end"]]
    ranked = found.assign(order=found["severity"].map(order).fillna(len(order)))
    ranked = ranked.sort_values(["order", "sample_id", "requirement_id"], kind="stable", ignore_index=True)
    return ranked.drop(columns="order")


def _multi_turn(requirements: pd.DataFrame) -> pd.DataFrame:
    if "turn_status" not in requirements:
        raise GapkitError("The requirements have no column turn_status. Score the corpus again.")
    return requirements[requirements["turn_status"].map(_length) > 1]


def _length(statuses: object) -> int:
    return len(statuses) if hasattr(statuses, "__len__") and not isinstance(statuses, str) else 0


def _changes(statuses: Sequence[str]) -> list[str]:
    """What each turn changed, the first turn's `first` first."""
    changes = ["first"]
    was_open = statuses[0] in OPEN
    for before, now in pairwise(statuses):
        if before == now:
            change = "same"
        elif now == "complete":
            change = "closed"
        elif before == "complete" and now in OPEN:
            change = "came back" if was_open else "broken"
        else:
            change = "better" if SCORE.get(now, -1) > SCORE.get(before, -1) else "worse"
        changes.append(change)
        was_open = was_open or now in OPEN
    return changes


def _last(changes: Iterable[str], wanted: str) -> int | None:
    """The last turn with a change."""
    return max((turn for turn, change in enumerate(changes, 1) if change == wanted), default=None)


def _course(statuses: Sequence[str]) -> str:
    verifiable = [status for status in statuses if status != "unverifiable"]
    if not verifiable:
        return "unverifiable"
    was_open = verifiable[0] in OPEN
    if all(status == "complete" for status in verifiable):
        return "met from the start"
    if verifiable[-1] == "complete":
        return "closed"
    if "complete" not in verifiable:
        return "open throughout"
    return "closed and came back" if was_open else "broken later"
