"""A run against hand-made labels: every figure with its interval, by platform, by category, by confidence.

Everything but the rank correlation is a function of counts that add up over samples (`gapkit.label_counts`), so a
bootstrap (percentile, 1,000 resamples of samples, fixed seed) is a product of matrices: all resamples at once, where a
library's metric, called for each, would take minutes.  Formulas: Cohen's kappa with quadratic weights (J. Cohen,
*Psychological Bulletin* 70, 1968); macro-F1 over the classes that the labels have; Spearman's rank correlation.  The
tests hold them against scikit-learn's and scipy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from gapkit.label_counts import Array, Counted, count_sample, part_of
from gapkit.labels import Judgement
from gapkit.models import CATEGORIES, GapkitError
from gapkit.summary import share_estimate

RESAMPLES = 1000
BINS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of confidence


# ----------------------------------------------------------------- figures


def quadratic_kappa(counts: Array) -> Array:
    """Cohen's kappa with quadratic weights of confusion matrices (…, n, n); NaN where nothing can differ."""
    n = counts.shape[-1]
    weights = np.subtract.outer(np.arange(n), np.arange(n)) ** 2 / (n - 1) ** 2
    rows, columns = counts.sum(-1), counts.sum(-2)
    total = rows.sum(-1)
    expected = (weights * rows[..., :, None] * columns[..., None, :]).sum((-1, -2))
    return 1 - _over((weights * counts).sum((-1, -2)) * total, expected)


def macro_f1(counts: Array, classes: int) -> Array:
    """The mean F1 of the first `classes` classes of confusion matrices (…, rows, columns), over those with rows."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)[..., :classes]
    rows, columns = counts.sum(-1)[..., :classes], counts.sum(-2)[..., :classes]
    scores = np.where(rows > 0, _over(2 * hits, rows + columns), 0.0)
    return _over(scores.sum(-1), (rows > 0).sum(-1))


def _over(part: Array, whole: Array) -> Array:
    """`part / whole`, NaN where the whole is zero."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    quotient: Array = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole != 0)
    return quotient


def _share(counts: Array, name: str, part: int, whole: int) -> Array:
    found = part_of(counts, name)
    return np.asarray(found[..., part] / np.maximum(1, found[..., whole]))


def _status(counts: Array) -> Array:
    return part_of(counts, "status").reshape(*counts.shape[:-1], 4, 5)


def _ordinal(status: Array) -> Array:
    return status[..., :3, :3]


def _accuracy(status: Array) -> Array:
    return _over(np.trace(status, axis1=-2, axis2=-1), status.sum((-1, -2)))


FIGURES: Mapping[str, Callable[[Array], Array]] = {
    "requirement recall": lambda c: _share(c, "requirements", 2, 0),
    "requirement precision": lambda c: _share(c, "requirements", 2, 1),
    "status accuracy": lambda c: _accuracy(_status(c)),
    "status macro-F1": lambda c: macro_f1(_status(c), 3),
    "status kappa (quadratic)": lambda c: quadratic_kappa(_ordinal(_status(c))),
    "completeness MAE": lambda c: _over(part_of(c, "completeness")[..., 0], part_of(c, "completeness")[..., 1]),
    "completeness Spearman": lambda c: np.full(c.shape[:-1], np.nan),  # no function of counts; see _spearman
    "severity kappa (quadratic)": lambda c: quadratic_kappa(part_of(c, "severity").reshape(*c.shape[:-1], 5, 5)),
    "category accuracy": lambda c: _over(part_of(c, "category")[..., 0], part_of(c, "category")[..., 1]),
    "deviation recall": lambda c: _share(c, "deviations", 0, 1),
    "deviation recall, critical+high": lambda c: _share(c, "deviations", 2, 3),
    "documented gap recall": lambda c: _share(c, "notes", 2, 0),
    "documented gap precision": lambda c: _share(c, "notes", 2, 1),
    "documented gap severity accuracy": lambda c: _share(c, "notes", 3, 2),
    "documented claim macro-F1": lambda c: macro_f1(part_of(c, "claims").reshape(*c.shape[:-1], 2, 2), 2),
}
STATUS_FIGURES = ("status accuracy", "status macro-F1", "status kappa (quadratic)")


def _spearman(completeness: Array) -> Array:
    """Spearman's correlation of pairs (…, samples, 2); NaN with fewer than three, or where one side is constant."""
    if np.isnan(completeness).any():
        if completeness.ndim > 2:
            return np.stack([_spearman(one) for one in completeness])
        completeness = completeness[~np.isnan(completeness).any(axis=1)]
    if completeness.shape[-2] <= 2:
        return np.full(completeness.shape[:-2], np.nan)
    ranks = stats.rankdata(completeness, axis=-2)
    ranks = ranks - ranks.mean(axis=-2, keepdims=True)
    spread = np.sqrt((ranks**2).sum(axis=-2).prod(axis=-1))
    return _over(ranks.prod(axis=-1).sum(axis=-1), spread)


def draws(samples: int, resamples: int = RESAMPLES) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The places of the samples of each resample: (resamples, samples), always the same."""
    chance = np.random.default_rng(0)
    return np.stack([chance.choice(samples, samples) for _ in range(resamples)])


def figures_of(counted: Sequence[Counted], resamples: int = RESAMPLES) -> pd.DataFrame:
    """The figures of some samples: figure, value, low, high (95 %)."""
    counts = np.stack([one.counts for one in counted])
    completeness = np.array([one.completeness for one in counted])
    places = draws(len(counted), resamples)
    drawn = _times(places) @ counts
    rows = []
    for name, figure in FIGURES.items():
        if name == "completeness Spearman":
            value, spread = float(_spearman(completeness)), _spearman(completeness[places])
        else:
            value, spread = float(figure(counts.sum(axis=0))), figure(drawn)
        rows.append((name, value, *_interval(spread)))
    return pd.DataFrame(rows, columns=["figure", "value", "low", "high"])


def _times(places: np.ndarray[Any, np.dtype[np.int64]]) -> Array:
    """How often each sample was drawn in each resample."""
    return np.stack([np.bincount(chosen, minlength=places.shape[1]) for chosen in places]).astype(float)


def _interval(values: Array) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


# ---------------------------------------------------------------- agreement


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How far a run agrees with labels.

    samples, requirements: how many are labelled; absent: labelled samples that the run has not.
    figures: figure, value, low, high.  by_platform: platform, samples, requirements, figure, value, low, high.
    by_category: the same for the three figures of status, with category in place of platform.
    reliability: from, to (confidence), judgements, confidence (mean), right (share of equal statuses), low, high.
    baselines: method, then a column a figure of STATUS_FIGURES, completeness MAE and Spearman; empty where not asked.
    """

    samples: int
    requirements: int
    absent: int
    figures: pd.DataFrame
    by_platform: pd.DataFrame
    by_category: pd.DataFrame
    reliability: pd.DataFrame
    baselines: pd.DataFrame

    def value(self, figure: str) -> float:
        """The value of one of the figures."""
        return float(self.figures["value"][self.figures["figure"] == figure].iloc[0])


def agree(
    gold: Mapping[str, Judgement],
    found: Mapping[str, Judgement],
    platforms: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    baselines: pd.DataFrame | None = None,
) -> Agreement:
    """The agreement of what was found with labels; a labelled sample that was not judged counts as nothing found.

    `platforms` names each sample's platform.  Raises GapkitError where no labelled sample was judged.
    """
    keys = sorted(gold)
    if not any(key in found for key in keys):
        raise GapkitError(
            f"None of the {len(keys)} labelled samples is in this run. Score their corpus, or give others."
        )
    counted = {key: count_sample(gold[key], found.get(key, Judgement())) for key in keys}
    platforms = platforms or {}
    names = {key: platforms.get(key) or "unknown" for key in keys}
    by_platform = [
        _grouped("platform", name, [counted[key] for key in keys if names[key] == name], resamples)
        for name in sorted(set(names.values()), key=lambda name: (-list(names.values()).count(name), name))
    ]
    return Agreement(
        samples=len(keys),
        requirements=sum(len(gold[key].requirements) for key in keys),
        absent=sum(key not in found for key in keys),
        figures=figures_of(list(counted.values()), resamples),
        by_platform=pd.concat(by_platform, ignore_index=True),
        by_category=by_category(list(counted.values()), resamples),
        reliability=reliability([pair for one in counted.values() for pair in one.confidences]),
        baselines=baselines if baselines is not None else pd.DataFrame(),
    )


def _grouped(column: str, name: str, counted: Sequence[Counted], resamples: int) -> pd.DataFrame:
    frame = figures_of(counted, resamples)
    frame.insert(0, column, name)
    frame.insert(1, "samples", len(counted))
    frame.insert(2, "requirements", int(sum(part_of(one.counts, "requirements")[0] for one in counted)))
    return frame


def by_category(counted: Sequence[Counted], resamples: int = RESAMPLES) -> pd.DataFrame:
    """The figures of status for each category of the labels; samples are drawn for the intervals."""
    rows = []
    times = _times(draws(len(counted), resamples))
    status_figures: Sequence[Callable[[Array], Array]] = (
        _accuracy,
        lambda status: macro_f1(status, 3),
        lambda status: quadratic_kappa(_ordinal(status)),
    )
    present = {category for one in counted for category in one.by_category}
    for category in [*(c for c in CATEGORIES if c in present), *sorted(present - set(CATEGORIES))]:
        empty = np.zeros((4, 5))
        status = np.stack([one.by_category.get(category, empty) for one in counted])
        drawn = np.tensordot(times, status, axes=1)
        samples = int((status.sum((1, 2)) > 0).sum())
        for name, figure in zip(STATUS_FIGURES, status_figures, strict=True):
            value = float(figure(status.sum(axis=0)))
            rows.append((category, samples, int(status.sum()), name, value, *_interval(figure(drawn))))
    return pd.DataFrame(rows, columns=["category", "samples", "requirements", "figure", "value", "low", "high"])


def reliability(judgements: Sequence[tuple[float, bool]], bins: Sequence[float] = BINS) -> pd.DataFrame:
    """How often judgements of each confidence are right: from, to, judgements, confidence, right, low, high.

    A bin holds its lower end, the last one its upper end too; intervals are Wilson's.
    """
    rows = []
    for low, high in pairwise(bins):
        inside = [(c, right) for c, right in judgements if low <= c < high or (high == bins[-1] and c == high)]
        right = sum(right for _, right in inside)
        share = share_estimate(right, len(inside))
        mean = float(np.mean([c for c, _ in inside])) if inside else float("nan")
        rows.append((low, high, len(inside), mean, share.value, share.low, share.high))
    columns = ["from", "to", "judgements", "confidence", "right", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def agreement_json(found: Agreement) -> dict[str, object]:
    """An agreement as JSON can hold it: each figure as [value, low, high], null where it cannot be told."""
    groups = {"platform": found.by_platform, "category": found.by_category}
    return {
        "samples": found.samples,
        "requirements": found.requirements,
        "absent": found.absent,
        "figures": _triples(found.figures),
        **{
            f"by_{column}": {str(name): _triples(group) for name, group in frame.groupby(column, sort=False)}
            for column, frame in groups.items()
        },
        "reliability": json_rows(found.reliability),
        "baselines": json_rows(found.baselines),
    }


def _triples(frame: pd.DataFrame) -> dict[str, list[float | None]]:
    return {
        row["figure"]: [None if np.isnan(row[name]) else float(row[name]) for name in ("value", "low", "high")]
        for row in frame.to_dict("records")
    }


def json_rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """A frame's rows with null for what cannot be told."""
    rows = frame.to_dict("records")
    return [{str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()} for row in rows]
