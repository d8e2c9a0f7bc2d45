"""A sample -> the rows that `gapkit facts` and `gapkit diff` print, before any judgement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gapkit.compare import Difference, align, aligned_facts
from gapkit.models import GapkitError, Sample
from gapkit.pipeline import facts, read_declarations, read_sides

Row = dict[str, Any]
SIDES = ("model", "ideal")
FACT_KEYS = (
    *("artifact", "dialect", "kind", "resource_type", "canonical_type", "resource_name"),
    *("property_path", "value", "line"),
)
DIFF_KEYS = (*FACT_KEYS, "change", "ideal_value", "model_value", "ideal_line", "model_line")


def fact_rows(sample: Sample, side: str) -> Iterator[Row]:
    """What was read from one side's code, a fact a row, in source order; raises GapkitError for an unknown side."""
    if side not in SIDES:
        raise GapkitError(f"There is no side {side!r}. Give --side model or --side ideal.")
    declarations, _ = read_declarations(sample, side)
    for fact in facts(declarations):
        yield {key: getattr(fact, key) for key in FACT_KEYS}


def difference_rows(sample: Sample) -> Iterator[Row]:
    """Both sides' facts, aligned, a fact a row; value and line are the ideal's where it has the fact."""
    sides = read_sides(sample, turn=-1)
    return (_difference_row(difference) for difference in aligned_facts(align(sides.ideal, sides.model)))


def _difference_row(difference: Difference) -> Row:
    resource = difference.ideal or difference.model
    assert resource is not None
    declaration = resource.declaration
    item = difference.ideal_item or difference.model_item
    whole = item is None
    ideal_line = _line(difference.ideal, difference.ideal_item, whole)
    model_line = _line(difference.model, difference.model_item, whole)
    ideal_value = difference.ideal_item.raw_value if difference.ideal_item else None
    model_value = difference.model_item.raw_value if difference.model_item else None
    return {
        "artifact": declaration.artifact,
        "dialect": declaration.dialect,
        "kind": declaration.kind if item is None else "property",
        "resource_type": declaration.type,
        "canonical_type": declaration.canonical_type,
        "resource_name": declaration.name,
        "property_path": "" if item is None else item.raw_path,
        "value": ideal_value if difference.ideal_item else model_value,
        "line": model_line if ideal_line is None else ideal_line,
        "change": difference.change,
        "ideal_value": ideal_value,
        "model_value": model_value,
        "ideal_line": ideal_line,
        "model_line": model_line,
    }


def _line(resource: Any, item: Any, whole: bool) -> int | None:
    if item is not None:
        return int(item.line)
    return int(resource.declaration.line) if whole and resource is not None else None


def columns_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """The keys to print: all but those that no row has a value for."""
    return tuple(key for key in (rows[0] if rows else ()) if any(row[key] not in (None, "") for row in rows))
