"""Aggregates: their numbers, their intervals, and frames with nothing in them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from synthetic_run import COLUMNS, Tables, empty_tables, tables

from gapkit import summary


@pytest.fixture(scope="module")
def made() -> Tables:
    return tables(samples=40)


def requirements(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["sample_id", "category", "status", "severity"])
    return frame.assign(turn=1)


def test_a_mean_lies_in_its_interval_and_the_interval_is_repeatable():
    values = [0.1, 0.5, 0.5, 0.9, 1.0, 0.3, 0.7]
    estimate = summary.mean_estimate(values)
    assert estimate.value == pytest.approx(np.mean(values))
    assert 0.1 < estimate.low < estimate.value < estimate.high < 1.0
    assert estimate == summary.mean_estimate(values)


def test_more_samples_narrow_the_interval():
    few = summary.mean_estimate([0, 1] * 10)
    many = summary.mean_estimate([0, 1] * 500)
    assert many.high - many.low < (few.high - few.low) / 3


@pytest.mark.parametrize(
    ("values", "value", "low"),
    [
        ([], math.nan, math.nan),
        ([None, math.nan], math.nan, math.nan),
        ([0.5, 1.0], 0.75, math.nan),
        ([1] * 6, 1, math.nan),
    ],
    ids=["none", "nulls", "too few for an interval", "all the same"],
)
def test_means_at_the_edges(values: list[float], value: float, low: float):
    estimate = summary.mean_estimate(values)
    assert (estimate.value, estimate.low) == pytest.approx((value, low), nan_ok=True)


def test_a_ratio_weighs_samples_by_their_size():
    assert summary.ratio_estimate(np.array([1, 0]), np.array([1, 9])).value == pytest.approx(0.1)


def test_wilson_matches_the_published_formula():
    n, p, z = 50, 0.1, 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    estimate = summary.share_estimate(5, 50)
    assert (estimate.low, estimate.high) == pytest.approx((centre - half, centre + half), abs=1e-6)


def test_completeness_by_counts_every_sample_once(made: Tables):
    for column in ("platform", "language", "complexity", "subtask", "model"):
        table = summary.completeness_by(made["samples"], column)
        assert table["samples"].sum() == len(made["samples"])
        assert table["samples"].is_monotonic_decreasing
    assert summary.UNKNOWN in set(summary.completeness_by(made["samples"], "model")["model"])


def test_bins_hold_both_ends():
    table = summary.completeness_bins(pd.DataFrame({"completeness": [0.0, 0.05, 0.1, 1.0, None]}))
    assert table["samples"].tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]


def test_status_counts_keep_absent_statuses_as_zero():
    table = summary.status_counts(
        requirements(("a", "iam", "missing", "high"), ("a", "iam", "complete", "none")), "category"
    )
    assert table.loc["iam"].to_dict() == {"complete": 1, "partial": 0, "missing": 1, "unverifiable": 0, "total": 2}


def test_only_the_last_turn_is_counted():
    both = requirements(("a", "iam", "missing", "high"), ("a", "iam", "complete", "none")).assign(turn=[1, 2])
    assert summary.status_counts(both).loc["all", "missing"] == 0


def test_missed_by_severity_ignores_what_is_met():
    table = summary.missed_by_severity(
        requirements(("a", "iam", "missing", "high"), ("a", "iam", "partial", "low"), ("b", "iam", "complete", "none"))
    ).set_index("severity")
    assert table["total"].to_dict() == {"critical": 0, "high": 1, "medium": 0, "low": 1}
    assert table["share"].sum() == pytest.approx(1)


def test_patterns_join_list_positions_and_need_two_samples():
    gap = dict.fromkeys(COLUMNS["gaps"].split()) | {"turn": 1, "kind": "missing", "category": "iam", "severity": "high"}
    rows = [
        gap | {"sample_id": "a", "canonical_type": "T", "property_path": "P[0].Q"},
        gap | {"sample_id": "b", "canonical_type": "T", "property_path": "P[7].Q"},
        gap | {"sample_id": "b", "canonical_type": "T", "property_path": "P[8].Q"},
        gap | {"sample_id": "b", "canonical_type": "only here", "property_path": ""},
        gap | {"sample_id": "a", "canonical_type": "", "property_path": ""},
        gap | {"sample_id": "b", "canonical_type": None, "property_path": None},
        gap | {"sample_id": "a", "canonical_type": "X", "property_path": None, "kind": "extra"},
        gap | {"sample_id": "b", "canonical_type": "X", "property_path": None, "kind": "extra"},
    ]
    samples = pd.DataFrame({"sample_id": ["a", "b", "c", "d"]})
    asked = requirements(
        ("a", "cost", "missing", "low"), ("b", "cost", "missing", "low"), ("c", "cost", "complete", "none")
    )
    table = summary.failure_patterns(samples, asked, pd.DataFrame(rows)).set_index("pattern")
    assert list(table.index) == ["missing: T · P[].Q", "missing: a requirement of cost"]
    assert table["samples"].tolist() == [2, 2]
    assert table["occurrences"].tolist() == [3, 2]
    assert table["of_samples"].tolist() == [4, 3]


def test_notes_are_found_or_not(made: Tables):
    table = summary.documented_against_detected(made["documented_gaps"])
    assert table["notes"].sum() == len(made["documented_gaps"])
    assert (table["found"] + table["not_found"] == table["notes"]).all()
    assert (table["supported"] + table["contradicted"] + table["undecided"] == table["notes"]).all()


def test_problems_by_code(made: Tables):
    assert summary.problems_by_code(made["problems"])["problems"].sum() == len(made["problems"])


@pytest.mark.parametrize(
    ("completeness", "reference", "use"),
    [(0.2, "code", 0), (0.5, "code", 1), (0.95, "code", 2), (0.2, "prose", 3), (None, "code", 4)],
)
def test_training_use(completeness: float | None, reference: str, use: int):
    frame = pd.DataFrame({"sample_id": ["a"], "completeness": [completeness], "reference": [reference]})
    table = summary.training_overview(frame)
    assert table["samples"].tolist() == [int(place == use) for place in range(5)]


@pytest.mark.parametrize("made", [empty_tables(), tables(1, 0, 0), tables(1, 1, 1)], ids=["empty", "bare", "one"])
@pytest.mark.filterwarnings("error")
def test_small_runs_give_the_same_columns(made: Tables):
    full = tables(5)
    for aggregate in (
        lambda t: summary.headline(t["samples"], t["requirements"], t["gaps"], t["documented_gaps"]),
        lambda t: summary.completeness_by(t["samples"], "platform"),
        lambda t: summary.status_counts(t["requirements"], "category"),
        lambda t: summary.gaps_by_category_and_severity(t["gaps"]),
        lambda t: summary.missed_by_severity(t["requirements"]),
        lambda t: summary.failure_patterns(t["samples"], t["requirements"], t["gaps"]),
        lambda t: summary.documented_against_detected(t["documented_gaps"]),
        lambda t: summary.problems_by_code(t["problems"]),
        lambda t: summary.training_overview(t["samples"]),
    ):
        assert list(aggregate(made).columns) == list(aggregate(full).columns)


def test_nothing_given_is_changed():
    made, same = tables(6), tables(6)
    summary.headline(made["samples"], made["requirements"], made["gaps"], made["documented_gaps"])
    summary.failure_patterns(made["samples"], made["requirements"], made["gaps"])
    for name, table in made.items():
        pd.testing.assert_frame_equal(table, same[name])
