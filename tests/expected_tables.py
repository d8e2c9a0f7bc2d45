"""The samples in data/ beside what a careful reader says of them, and where gapkit says something else.

`expected.yaml` of a sample holds the reader's table.  Its `known_misses` hold where gapkit disagrees at present; these
are written by tools/refresh_known_misses.py, the rest of the file never is.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gapkit.corpus import open_corpus
from gapkit.models import Assessment, CheckedGap, Coverage, Sample
from gapkit.pipeline import assess

DATA = Path(__file__).parents[1] / "data"
ABSENT = "not found"


def sample_ids() -> tuple[str, ...]:
    """Every sample with a reader's table, in the order of the corpus."""
    return tuple(i for i in _corpus().sample_ids() if (DATA / i / "expected.yaml").exists())


@cache
def _corpus() -> Any:
    return open_corpus(DATA)


@cache
def read(sample_id: str) -> Sample:
    """The sample of that id."""
    sample: Sample = _corpus().read(sample_id)
    return sample


@cache
def assessed(sample_id: str) -> Assessment:
    """What gapkit says of it."""
    return assess(read(sample_id))


@cache
def expected(sample_id: str) -> dict[str, Any]:
    """What the reader says of it."""
    table: dict[str, Any] = yaml.safe_load((DATA / sample_id / "expected.yaml").read_text(encoding="utf-8"))
    return table


def label(sample_id: str) -> dict[str, Any]:
    """The reader's table in the format of labels that `gapkit agree` and evaluation scripts read."""
    table = expected(sample_id)
    fields = ("lines", "title", "status", "ideal", "severity", "category", "evidence")
    return {
        "sample": sample_id,
        "annotator": "author",
        "requirements": [{field: row[field] for field in fields} for row in table["requirements"]],
        "deviations": [],
        "documented_gaps": table["documented_gaps"],
        "notes": "",
    }


def misses(sample_id: str) -> list[dict[str, Any]]:
    """Every point where gapkit disagrees, in the format of `known_misses`: whose, and what gapkit says instead."""
    return [
        *_requirement_misses(sample_id),
        *_documented_misses(sample_id),
    ]


def _requirement_misses(sample_id: str) -> list[dict[str, Any]]:
    found = list(assessed(sample_id).coverages)
    by_title = read(sample_id).rubric is not None  # a rubric's entries may share a line
    out = []
    for row in expected(sample_id)["requirements"]:
        coverage = next((c for c in found if _is_same(c, row, by_title)), None)
        said: dict[str, Any] = {"lines": ABSENT}
        if coverage is not None:
            found.remove(coverage)
            said = _differing(row, coverage)
        if said:
            out.append({"requirement": row["title"], **said})
    out += [{"extra_requirement": [c.requirement.line_start, c.requirement.line_end]} for c in found]
    return out


def _is_same(coverage: Coverage, row: dict[str, Any], by_title: bool) -> bool:
    if by_title:
        return bool(coverage.requirement.title == row["title"])
    return [coverage.requirement.line_start, coverage.requirement.line_end] == row["lines"]


def _differing(row: dict[str, Any], coverage: Coverage) -> dict[str, Any]:
    at_last = coverage.turn_status[-1] if coverage.turn_status else coverage.status
    said: dict[str, Any] = {"status": at_last, "ideal": coverage.ideal_status}
    if "turns" in row:
        said["turns"] = list(coverage.turn_status)
    return {field: value for field, value in said.items() if row[field] != value}


def _documented_misses(sample_id: str) -> list[dict[str, Any]]:
    found: dict[int, CheckedGap] = {g.gap.line: g for g in assessed(sample_id).documented_gaps}
    out = []
    for row in expected(sample_id)["documented_gaps"]:
        gap = found.pop(row["line"], None)
        said: dict[str, Any] = {"line": ABSENT}
        if gap is not None:
            judged = {"severity": gap.gap.severity, "supported": gap.supported}
            said = {field: value for field, value in judged.items() if row[field] != value}
        if said:
            out.append({"documented_gap": row["title"], **said})
    out += [{"extra_documented_gap": line} for line in found]
    return out
