"""Two runs -> the paired difference of completeness, per sample, over all and by platform, with intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

import pandas as pd

from gapkit.models import GapkitError
from gapkit.run_tables import RunTables
from gapkit.summary import mean_estimate

SAME = 1e-9  # differences below this are rounding
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What differs between two runs, B against A.

    by_sample: a row per sample of both with a score in each: sample_id, platform, completeness_a, completeness_b,
    difference (B minus A, −1 to 1), gaps_a, gaps_b; the largest change first.
    by_platform: a row per platform, `all` first: platform, samples, mean_a, mean_b, difference, low, high (95 %
    bootstrap over samples, paired), better, same, worse (samples).
    only_a, only_b, unscored: samples that stand in one run alone, and that have no score in one of them.
    """

    name_a: str
    name_b: str
    by_sample: pd.DataFrame
    by_platform: pd.DataFrame
    only_a: int
    only_b: int
    unscored: int


def compare_runs(a: RunTables, b: RunTables) -> Comparison:
    """The paired comparison of two runs; raises GapkitError where they have no sample in common."""
    left, right = _scores(a), _scores(b)
    both = left.merge(right, on="sample_id", how="inner", suffixes=("_a", "_b"))
    if both.empty:
        raise GapkitError(f"{a.name} and {b.name} have no sample in common. Score the same corpus in both.")
    scored = both.dropna(subset=["completeness_a", "completeness_b"]).copy()
    scored["platform"] = scored["platform_b"].fillna(scored["platform_a"]).fillna(UNKNOWN)
    scored["difference"] = scored["completeness_b"] - scored["completeness_a"]
    order = scored["difference"].abs().sort_values(ascending=False, kind="stable").index
    columns = ["sample_id", "platform", "completeness_a", "completeness_b", "difference", "gaps_a", "gaps_b"]
    by_sample = scored.loc[order, columns].reset_index(drop=True)
    groups = [("all", scored), *sorted(scored.groupby("platform"), key=lambda group: (-len(group[1]), str(group[0])))]
    by_platform = pd.DataFrame([_compared(str(name), group) for name, group in groups])
    return Comparison(
        name_a=a.name,
        name_b=b.name,
        by_sample=by_sample,
        by_platform=by_platform,
        only_a=len(left) - len(both),
        only_b=len(right) - len(both),
        unscored=len(both) - len(scored),
    )


def _scores(run: RunTables) -> pd.DataFrame:
    frame = run.samples[["sample_id", "platform"]].copy()
    frame["platform"] = frame["platform"].astype(object)
    frame["completeness"] = pd.to_numeric(run.samples["completeness"], errors="coerce").astype(float)
    counts = run.gaps["sample_id"].value_counts()
    frame["gaps"] = frame["sample_id"].map(counts).fillna(0).astype(int)
    return frame.drop_duplicates("sample_id").sort_values("sample_id", kind="stable")


def _compared(name: str, group: pd.DataFrame) -> dict[str, object]:
    differences = group["difference"]
    estimate = mean_estimate(differences)
    return {
        "platform": name,
        "samples": len(group),
        "mean_a": float(group["completeness_a"].mean()),
        "mean_b": float(group["completeness_b"].mean()),
        "difference": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "better": int((differences > SAME).sum()),
        "same": int((differences.abs() <= SAME).sum()),
        "worse": int((differences < -SAME).sum()),
    }


def comparison_rows(found: Comparison) -> Iterable[dict[str, object]]:
    """The rows of both frames as plain values; `kind` says which (`platform` or `sample`)."""
    for kind, frame in (("platform", found.by_platform), ("sample", found.by_sample)):
        for row in frame.to_dict("records"):
            plain = {str(k): None if isinstance(v, float) and isnan(v) else v for k, v in row.items()}
            yield {"kind": kind, **plain}
