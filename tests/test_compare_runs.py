"""Two runs compared: paired, by platform, with honest intervals."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from synthetic_run import Tables, tables, write_run

from gapkit.compare_runs import compare_runs, comparison_rows
from gapkit.models import GapkitError
from gapkit.run_tables import RunTables, read_run


def run(folder: Path, made: Tables) -> RunTables:
    return read_run(write_run(folder, made))


def moved(by: float, platforms: int = 2, samples: int = 24) -> tuple[Tables, Tables]:
    """Two runs of the same samples; B is `by` above A on the first platform and equal on the others."""
    a = tables(samples)
    a["samples"]["platform"] = [f"p{number % platforms}" for number in range(samples)]
    a["samples"]["completeness"] = [0.3 + 0.01 * number for number in range(samples)]
    b = {name: frame.copy() for name, frame in a.items()}
    shift = by * (b["samples"]["platform"] == "p0") + 0.0001 * b["samples"].index
    b["samples"]["completeness"] = a["samples"]["completeness"] + shift
    return a, b


def test_a_shift_is_found_where_it_is(tmp_path: Path) -> None:
    a, b = moved(0.2)
    found = compare_runs(run(tmp_path / "a", a), run(tmp_path / "b", b))
    table = found.by_platform.set_index("platform")
    assert list(table.index) == ["all", "p0", "p1"]
    assert table.loc["p0", "difference"] == pytest.approx(0.2, abs=0.01)
    assert table.loc["p0", "low"] > 0.19 and table.loc["p1", "high"] < 0.01
    assert table.loc["all", "low"] < 0.1 < table.loc["all", "high"]
    assert table.loc["all", ["better", "same", "worse"]].tolist() == [24, 0, 0]
    assert (found.name_a, found.name_b) == ("a", "b")


def test_the_sign_turns_with_the_runs(tmp_path: Path) -> None:
    a, b = moved(0.1)
    one, other = run(tmp_path / "a", a), run(tmp_path / "b", b)
    there = compare_runs(one, other).by_platform["difference"]
    back = compare_runs(other, one).by_platform["difference"]
    assert there.tolist() == pytest.approx((-back).tolist())


def test_pairs_not_means_are_compared(tmp_path: Path) -> None:
    a, b = moved(0.05, platforms=1)
    b["samples"] = b["samples"].sample(frac=1, random_state=2)  # another order is the same run
    found = compare_runs(run(tmp_path / "a", a), run(tmp_path / "b", b)).by_platform.iloc[0]
    assert found["high"] - found["low"] < 0.01  # the spread between samples is far wider


def test_samples_of_one_run_alone_are_counted(tmp_path: Path) -> None:
    a, b = moved(0.1)
    a["samples"] = a["samples"].iloc[2:]
    b["samples"] = b["samples"].iloc[:-1]
    b["samples"].iloc[5, b["samples"].columns.get_loc("completeness")] = None
    found = compare_runs(run(tmp_path / "a", a), run(tmp_path / "b", b))
    assert (found.only_a, found.only_b, found.unscored) == (1, 2, 1)
    assert found.by_platform["samples"].iloc[0] == len(found.by_sample) == 20


def test_few_samples_have_no_interval(tmp_path: Path) -> None:
    a, b = moved(0.1, samples=3)
    assert pd.isna(compare_runs(run(tmp_path / "a", a), run(tmp_path / "b", b)).by_platform["low"]).all()


def test_rows_are_json(tmp_path: Path) -> None:
    a, b = moved(0.1, samples=3)
    rows = list(comparison_rows(compare_runs(run(tmp_path / "a", a), run(tmp_path / "b", b))))
    parsed = [json.loads(json.dumps(row, allow_nan=False)) for row in rows]
    assert {row["kind"] for row in parsed} == {"platform", "sample"}
    assert parsed[0]["low"] is None


def test_nothing_in_common_is_told(tmp_path: Path) -> None:
    a, b = moved(0.1)
    b["samples"]["sample_id"] = [f"other/{number}" for number in range(len(b["samples"]))]
    with pytest.raises(GapkitError, match="no sample in common"):
        compare_runs(run(tmp_path / "a", a), run(tmp_path / "b", b))
