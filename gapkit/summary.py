"""Aggregates over the tables of a run: each function takes frames and returns a new frame.

Intervals are 95 % unless said otherwise.  Means and ratios over samples are bootstrapped with the percentile method
(B. Efron and R. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13; `scipy.stats.bootstrap`), a sample
being the unit that is drawn, because requirements of one sample are not independent.  Shares of samples have Wilson's
score interval (E. B. Wilson, *JASA* 22, 1927, pp. 209-212; `scipy.stats.binomtest`).

Empty frames give empty results with the same columns.  An interval that cannot be told is NaN, never zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import nan
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from gapkit.models import CATEGORIES, SEVERITIES

STATUS_ORDER = ("complete", "partial", "missing", "unverifiable")
SEVERITY_ORDER = ("critical", "high", "medium", "low")
OPEN_STATUSES = ("partial", "missing")
CONFIDENCE = 0.95
RESAMPLES = 2000
FEWEST_FOR_AN_INTERVAL = 5  # a bootstrap of fewer values only repeats them
FEWEST_SAMPLES_OF_A_PATTERN = 2
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the interval it probably lies in; `n` is how many samples it is made of."""

    value: float
    low: float
    high: float
    n: int


def mean_estimate(values: Sequence[float] | pd.Series[Any], confidence: float = CONFIDENCE) -> Estimate:
    """The mean of the values that are not null, with its percentile bootstrap interval.

    The unit is that of the values.  Without a value, `value` is NaN; with fewer than five, or when all
    are equal, there is no interval.
    """
    known = pd.to_numeric(pd.Series(values), errors="coerce").dropna().to_numpy(dtype=float)
    return ratio_estimate(known, np.ones_like(known), confidence)


def ratio_estimate(parts: np.ndarray, wholes: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """The ratio of two sums, such as requirements met to requirements judged, with its bootstrap interval.

    `parts` and `wholes` hold one number a sample, in the same order; samples whose whole is zero are left out.
    """
    counted = wholes > 0
    parts, wholes = parts[counted].astype(float), wholes[counted].astype(float)
    if not len(parts):
        return Estimate(nan, nan, nan, 0)
    value = float(parts.sum() / wholes.sum())
    ratios = parts / wholes
    if len(parts) < FEWEST_FOR_AN_INTERVAL or np.ptp(ratios) == 0:  # samples that all agree say nothing of their spread
        return Estimate(value, nan, nan, len(parts))
    result = stats.bootstrap(
        (parts, wholes),
        lambda part, whole, axis: part.sum(axis=axis) / whole.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        confidence_level=confidence,
        n_resamples=RESAMPLES,
        batch=max(1, 4_000_000 // len(parts)),
        rng=np.random.default_rng(0),
    )
    return Estimate(value, float(result.confidence_interval.low), float(result.confidence_interval.high), len(parts))


@lru_cache(maxsize=10_000)  # a corpus has thousands of patterns and few different counts
def share_estimate(found: int, total: int, confidence: float = CONFIDENCE) -> Estimate:
    """The share `found / total` (0-1) with Wilson's score interval; NaN where `total` is zero."""
    if total <= 0:
        return Estimate(nan, nan, nan, 0)
    interval = stats.binomtest(int(found), int(total)).proportion_ci(confidence_level=confidence, method="wilson")
    return Estimate(found / total, float(interval.low), float(interval.high), int(total))


def last_turn(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of each sample's last turn, which is the turn that a run summarises."""
    if frame.empty or "turn" not in frame:
        return frame
    return frame[frame["turn"] == frame.groupby("sample_id")["turn"].transform("max")]


def headline(
    samples: pd.DataFrame, requirements: pd.DataFrame, gaps: pd.DataFrame, documented_gaps: pd.DataFrame
) -> pd.DataFrame:
    """The run in a few numbers: measure, value, low, high, n, unit (`count` or `share`), explanation."""
    requirements = last_turn(requirements)
    status = pd.crosstab(_labels(requirements, "sample_id"), _labels(requirements, "status"))
    status = status.reindex(columns=list(STATUS_ORDER), fill_value=0)
    judged = status[["complete", "partial", "missing"]].sum(axis=1).to_numpy()
    asked = status.sum(axis=1).to_numpy()
    critical = _in_samples(gaps[gaps["severity"] == "critical"], samples)
    notes = _has_items(documented_gaps, "gap_ids").groupby(documented_gaps["sample_id"]).agg(["sum", "size"])
    rows = [
        _count("samples", len(samples), "samples in this run"),
        _count("requirements", len(requirements), "things that the prompts ask for"),
        _count("gaps", len(gaps), "differences that matter"),
        _measure("completeness", mean_estimate(_numbers(samples, "completeness")), "mean over samples with a score"),
        _measure(
            "weighted completeness",
            mean_estimate(_numbers(samples, "weighted_completeness")),
            "the same, each requirement weighted by its severity if missed",
        ),
        _measure("complete", ratio_estimate(status["complete"].to_numpy(), judged), "of the requirements judged"),
        _measure("missing", ratio_estimate(status["missing"].to_numpy(), judged), "of the requirements judged"),
        _measure(
            "unverifiable", ratio_estimate(status["unverifiable"].to_numpy(), asked), "of all requirements, left open"
        ),
        _measure("samples with a critical gap", share_estimate(critical, len(samples)), "of the samples"),
        _measure(
            "notes found again",
            ratio_estimate(notes["sum"].to_numpy(), notes["size"].to_numpy()),
            "of the gaps that reviewers list",
        ),
    ]
    return pd.DataFrame(rows)


def completeness_by(samples: pd.DataFrame, column: str) -> pd.DataFrame:
    """Completeness by `platform`, `language`, `complexity`, `subtask`, `model` or any other column of samples.

    Columns: the column itself (null is `unknown`), samples, scored, mean, low, high, all of 0-1; most samples first.
    """
    rows = []
    for label, group in samples.groupby(_labels(samples, column)):
        estimate = mean_estimate(_numbers(group, "completeness"))
        rows.append((label, len(group), estimate.n, estimate.value, estimate.low, estimate.high))
    table = pd.DataFrame(rows, columns=[column, "samples", "scored", "mean", "low", "high"])
    return table.sort_values(["samples", column], ascending=[False, True], ignore_index=True)


def completeness_bins(samples: pd.DataFrame) -> pd.DataFrame:
    """Samples by completeness in ten equal bins: from, to (0-1; `to` excluded but for the last), samples."""
    values = _numbers(samples, "completeness").dropna()
    counts, edges = np.histogram(values, bins=10, range=(0, 1))
    return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "samples": counts})


def status_counts(requirements: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Requirements by status: columns complete, partial, missing, unverifiable, total; one row a value of `by`.

    Without `by` there is one row, `all`.  The index carries the value; the row with most requirements is first.
    """
    requirements = last_turn(requirements)
    values = _labels(requirements, by) if by else pd.Series("all", index=requirements.index, dtype=object)
    table = pd.crosstab(values, _labels(requirements, "status")).reindex(columns=list(STATUS_ORDER), fill_value=0)
    return _with_total(table, by or "requirements")


def gaps_by_category_and_severity(gaps: pd.DataFrame) -> pd.DataFrame:
    """Gaps by category (index) and severity (columns critical, high, medium, low), and their total."""
    table = pd.crosstab(_labels(gaps, "category"), _labels(gaps, "severity"))
    return _with_total(table.reindex(columns=list(SEVERITY_ORDER), fill_value=0), "category")


def missed_by_severity(requirements: pd.DataFrame) -> pd.DataFrame:
    """How many requirements of each severity are open: severity, partial, missing, total, share of all open ones."""
    requirements = last_turn(requirements)
    missed = requirements[requirements["status"].isin(OPEN_STATUSES)]
    table = pd.crosstab(_labels(missed, "severity"), _labels(missed, "status"))
    order = [severity for severity in reversed(SEVERITIES) if severity != "none" or "none" in table.index]
    table = table.reindex(index=order, columns=list(OPEN_STATUSES), fill_value=0)
    table["total"] = table.sum(axis=1)
    table["share"] = table["total"] / table["total"].sum() if len(missed) else nan
    return table.rename_axis(index="severity", columns=None).reset_index()


def failure_patterns(samples: pd.DataFrame, requirements: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """What fails in the same way in several samples, most widespread first.

    A pattern's `basis` is `property` (same kind of gap, canonical type and property path; list positions are
    ignored), whose share is of all samples, or `category` (requirements of the category are missing altogether), whose
    share is of the samples that ask for the category.

    Columns: pattern, basis, kind, canonical_type, property_path, category, severity (the most frequent one), samples,
    occurrences, of_samples, share, low, high (0-1), example (a sample_id).
    """
    rows = [*_property_patterns(gaps, len(samples)), *_category_patterns(last_turn(requirements))]
    columns = [
        *("pattern", "basis", "kind", "canonical_type", "property_path", "category", "severity", "samples"),
        *("occurrences", "of_samples", "share", "low", "high", "example"),
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(
        ["samples", "occurrences", "pattern"], ascending=[False, False, True], ignore_index=True, kind="stable"
    )


def documented_against_detected(documented_gaps: pd.DataFrame) -> pd.DataFrame:
    """Reviewers' notes held against what was found, by the severity that the notes state.

    Columns: severity, notes, found (a detected gap matches), not_found, supported, contradicted, undecided (what the
    response itself says of the note), share (found of notes, 0-1), low, high.
    """
    supported = documented_gaps["supported"].astype("boolean") if len(documented_gaps) else pd.Series(dtype="boolean")
    found = _has_items(documented_gaps, "gap_ids")
    severity = _labels(documented_gaps, "severity")
    rows = []
    for label in (*SEVERITY_ORDER, "unstated"):
        here = severity == label
        if not here.any():
            continue
        notes, matched, verdict = int(here.sum()), int(found[here].sum()), supported[here]
        yes, no = int((verdict == True).sum()), int((verdict == False).sum())  # noqa: E712 - null is neither
        estimate = share_estimate(matched, notes)
        undecided = notes - yes - no
        row = (label, notes, matched, notes - matched, yes, no, undecided, estimate.value, estimate.low, estimate.high)
        rows.append(row)
    columns = ["severity", "notes", "found", "not_found", "supported", "contradicted", "undecided"]
    return pd.DataFrame(rows, columns=[*columns, "share", "low", "high"])


def problems_by_code(problems: pd.DataFrame) -> pd.DataFrame:
    """Problems by code: stage, code, problems, samples, message (an example), most frequent first."""
    table = (
        problems.assign(stage=_labels(problems, "stage"), code=_labels(problems, "code"))
        .groupby(["stage", "code"], as_index=False)
        .agg(problems=("code", "size"), samples=("sample_id", "nunique"), message=("message", "first"))
    )
    return table.sort_values(["problems", "code"], ascending=[False, True], ignore_index=True)


def training_overview(samples: pd.DataFrame) -> pd.DataFrame:
    """What the samples are worth as training material: use, samples, share (0-1), low, high, completeness.

    The use is read from how far the response is from the prompt: a response that leaves a lot open against a reference
    with code teaches most, one that is all but complete teaches little, and without a reference nobody can learn.
    """
    uses = pd.Series([_training_use(row) for row in samples.to_dict("records")], index=samples.index, dtype=object)
    rows = []
    for use in TRAINING_USES:
        chosen = samples[uses == use]
        estimate = share_estimate(len(chosen), len(samples))
        completeness = _numbers(chosen, "completeness").mean()
        rows.append((use, len(chosen), estimate.value, estimate.low, estimate.high, completeness))
    return pd.DataFrame(rows, columns=["use", "samples", "share", "low", "high", "completeness"])


TRAINING_USES = (
    "much to learn: under 50 % complete",
    "something to learn: 50-90 % complete",
    "little to learn: 90 % complete or more",
    "no reference with code",
    "not scored",
)


def _training_use(sample: dict[Any, Any]) -> str:
    much, something, little, no_reference, not_scored = TRAINING_USES
    completeness = sample.get("completeness")
    if completeness is None or pd.isna(completeness):
        return not_scored
    if sample.get("reference") != "code":
        return no_reference
    return much if completeness < 0.5 else something if completeness < 0.9 else little


def _property_patterns(gaps: pd.DataFrame, samples: int) -> list[tuple[Any, ...]]:
    # what is extra has not failed
    named = gaps[(_labels(gaps, "canonical_type", missing="") != "") & (_labels(gaps, "kind") != "extra")]
    named = pd.DataFrame(
        {
            "kind": _labels(named, "kind"),
            "canonical_type": _labels(named, "canonical_type"),
            "path": _labels(named, "property_path", missing="").str.replace(r"\[\d+\]", "[]", regex=True),
            "category": _labels(named, "category"),
            "severity": _labels(named, "severity"),
            "sample_id": _labels(named, "sample_id"),
        }
    )
    keys = ["kind", "canonical_type", "path"]
    widespread = named[named.groupby(keys)["sample_id"].transform("nunique") >= FEWEST_SAMPLES_OF_A_PATTERN]
    rows = []
    for (kind, canonical_type, path), group in widespread.groupby(keys):
        in_samples = group["sample_id"].nunique()
        share = share_estimate(in_samples, samples)
        label = f"{kind}: {canonical_type}" + (f" · {path}" if path else "")
        row = (label, "property", kind, canonical_type, path or None, _commonest(group["category"]))
        counts = (in_samples, len(group), share.n, share.value, share.low, share.high, group["sample_id"].min())
        rows.append((*row, _commonest(group["severity"]), *counts))
    return rows


def _category_patterns(requirements: pd.DataFrame) -> list[tuple[Any, ...]]:
    rows = []
    for category, asked in requirements.groupby(_labels(requirements, "category")):
        missed = asked[asked["status"] == "missing"]
        in_samples = missed["sample_id"].nunique()
        if in_samples < FEWEST_SAMPLES_OF_A_PATTERN:
            continue
        share = share_estimate(in_samples, asked["sample_id"].nunique())
        row = (f"missing: a requirement of {category}", "category", "missing", None, None, category)
        counts = (in_samples, len(missed), share.n, share.value, share.low, share.high, missed["sample_id"].min())
        rows.append((*row, _commonest(missed["severity"]), *counts))
    return rows


def _commonest(values: pd.Series[Any]) -> str:
    """The most frequent value; of several, the first by name."""
    return str(min(Counter(values).items(), key=lambda item: (-item[1], str(item[0])))[0])


def _labels(frame: pd.DataFrame, column: str, missing: str = UNKNOWN) -> pd.Series[Any]:
    """A column as plain text, nulls replaced by a word, so that grouping drops nothing."""
    if column not in frame:
        return pd.Series(missing, index=frame.index, dtype=object, name=column)
    values = frame[column].astype(object)
    return values.where(values.notna(), missing).map(str).astype(object)


def _numbers(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    if column not in frame:
        return pd.Series(nan, index=frame.index, dtype=float, name=column)
    return pd.to_numeric(frame[column], errors="coerce").astype(float)


def _has_items(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Whether a column of lists holds anything; null counts as empty."""
    return frame[column].map(lambda items: hasattr(items, "__len__") and len(items) > 0).astype(bool)


def _in_samples(frame: pd.DataFrame, samples: pd.DataFrame) -> int:
    return int(frame["sample_id"][frame["sample_id"].isin(samples["sample_id"])].nunique())


def _with_total(table: pd.DataFrame, index_name: str) -> pd.DataFrame:
    table = table.assign(total=table.sum(axis=1)).rename_axis(index=index_name, columns=None)
    known = {category: place for place, category in enumerate(CATEGORIES)}
    totals = table["total"].to_dict()
    order = sorted(table.index, key=lambda label: (-totals[label], known.get(label, len(known)), label))
    return table.loc[order]


def _count(measure: str, value: int, explanation: str) -> dict[str, Any]:
    row = {"measure": measure, "value": float(value), "low": nan, "high": nan, "n": value}
    return {**row, "unit": "count", "explanation": explanation}


def _measure(measure: str, estimate: Estimate, explanation: str) -> dict[str, Any]:
    row = {"measure": measure, "value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}
    return {**row, "unit": "share", "explanation": explanation}
