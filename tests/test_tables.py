"""The columns are those of the contract, with the right types and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from scoring_doubles import assessment_of, coverage, gap, requirement

from gapkit.models import Assessment, CheckedGap, Coverage, DocumentedGap, Metadata, Problem, Sample
from gapkit.tables import TABLES, arrow_tables, columns_markdown, frames, requirement_rows

CONTRACT = {
    "samples": "sample_id turn platform language complexity subtask model n_requirements n_complete n_partial "
    "n_missing n_unverifiable completeness weighted_completeness n_critical n_high n_medium n_low model_artifacts "
    "ideal_artifacts reference seconds",
    "requirements": "sample_id turn requirement_id source number group title text line_start line_end category status "
    "severity score confidence ideal_status model_lines ideal_lines reason",
    "gaps": "sample_id turn gap_id requirement_id rank title kind resource_type canonical_type resource_name "
    "property_path expected found severity category impact fix model_line ideal_line confidence",
    "documented_gaps": "sample_id number line line_end title severity status requirement_numbers category expected "
    "found impact fix supported gap_ids",
    "problems": "sample_id stage document line code message",
}


def whole(coverages: tuple[Coverage, ...] = (), **changes: object) -> Assessment:
    made = assessment_of(Sample("a/b", ()))
    return replace(made, coverages=coverages, metadata=Metadata("tf", "hcl"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("table", CONTRACT)
def test_the_contracts_columns_come_first_in_any_order_and_none_is_absent(table: str) -> None:
    columns = [column.name for t in TABLES if t.name == table for column in t.columns]
    assert set(CONTRACT[table].split()) <= set(columns)
    assert len(columns) == len(set(columns))
    assert all(column.doc for t in TABLES for column in t.columns)


@pytest.mark.parametrize(
    ("coverages", "completeness", "weighted"),
    [
        ([], None, None),
        ([coverage(1, "unverifiable")], None, None),
        ([coverage(1, "complete"), coverage(2, "partial", "high"), coverage(3, "missing", "low")], 0.5, 3.5 / 6),
        ([coverage(1, "complete"), coverage(2, "missing", "critical"), coverage(3, "unverifiable")], 0.5, 2 / 6),
        ([coverage(1, "missing", "low", requirement=requirement(1, weight=3.0)), coverage(2, "complete")], 0.5, 0.4),
        ([coverage(1, "complete", requirement=requirement(1, "critical")), coverage(2, "missing", "low")], 0.5, 0.8),
        ([coverage(1, "complete", turn_status=("complete", "missing"))], 0.0, 0.0),
        ([coverage(1, "missing", requirement=requirement(1, weight=0.0))], 0.0, None),
    ],
)  # fmt: skip
def test_completeness(coverages: list[Coverage], completeness: float | None, weighted: float | None) -> None:
    (row,) = arrow_tables([whole(tuple(coverages))])["samples"].to_pylist()
    assert row["completeness"] == (None if completeness is None else pytest.approx(completeness))
    assert row["weighted_completeness"] == (None if weighted is None else pytest.approx(weighted))
    assert row["n_requirements"] == len(coverages)


def test_counts_by_status_and_severity() -> None:
    statuses = ("complete", "complete", "partial", "missing", "unverifiable")
    coverages = tuple(coverage(n, status) for n, status in enumerate(statuses, 1))
    found = frames([whole(coverages, gaps=(gap(1, "critical"), gap(2, "low"), gap(3, "low")))])["samples"].iloc[0]
    assert [found[f"n_{s}"] for s in ("complete", "partial", "missing", "unverifiable")] == [2, 1, 1, 1]
    assert [found[f"n_{s}"] for s in ("critical", "high", "medium", "low")] == [1, 0, 0, 2]


def test_nulls_keep_integers_whole_and_parquet_gives_the_same_frame(tmp_path: Path) -> None:
    notes = DocumentedGap(None, 3, 4, "title", "unstated")
    checked = (CheckedGap(notes, None), CheckedGap(notes, True, ("G01",)))
    gaps = (gap(1), gap(2)._replace(model_line=3))
    made = [
        whole(gaps=gaps, documented_gaps=checked, problems=(Problem("s", "c", "m"),)),
        whole((coverage(1, "complete"),), gaps=(), sample_id="é/ü"),
    ]
    tables = frames(made)
    assert tables["gaps"]["model_line"].tolist() == [pd.NA, 3]
    assert str(tables["gaps"]["model_line"].dtype) == str(tables["problems"]["line"].dtype) == "Int64"
    assert tables["documented_gaps"]["supported"].tolist() == [None, True]
    assert tables["gaps"]["resource_type"].tolist() == ["", ""]
    assert pd.isna(tables["gaps"]["requirement_id"].iloc[0])
    assert requirement_rows(made[1])[0]["model_lines"] == [[1, 2], [4, 4]]
    for name, table in arrow_tables(made).items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"{name}.parquet"), tables[name])


def test_empty_tables_have_their_columns() -> None:
    for name, frame in frames([]).items():
        assert set(CONTRACT[name].split()) <= set(frame.columns)
        assert frame.empty


def test_text_that_no_encoding_can_hold_is_kept_readable() -> None:
    (row,) = requirement_rows(whole((coverage(1, "complete", reason="half \ud800 pair"),)))
    assert row["reason"] == "half ? pair"


def test_markdown_names_every_column() -> None:
    text = columns_markdown()
    for table in TABLES:
        assert f"**{table.name}**" in text
        for column in table.columns:
            assert f"| {column.name} |" in text
