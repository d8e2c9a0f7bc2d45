"""Fit knowledge/severity_score.yaml, the severity of an open requirement, to labels; kappa by cross-validation.

    python tools/fit_severity.py MEASUREMENTS.parquet [--write]

Ridge regression (scikit-learn) of the severity's rank on measurements, category and stems of the wording, stretched to
the spread of the labels; labels other than the primary ones count less.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from fit_judgement import STEM_SAMPLES, STEMS_SCALE
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from gapkit.models import CATEGORIES
from gapkit.wordings import TEXT_LENGTH
from gapkit.words import phrase_words

KNOWLEDGE = Path(__file__).parent.parent / "gapkit" / "knowledge" / "severity_score.yaml"
RANKS = {"low": 1, "medium": 2, "high": 3, "critical": 4}
CATEGORY_SCALE = 1.5
OTHERS_WEIGHT = 0.5
SPREAD = 1.15


class Fitted:
    """A ridge regression on standardised measurements, the category and the wording's stems."""

    def __init__(self, frame: pd.DataFrame, features: list[str], alpha: float) -> None:
        self.features = features
        self.scaler = StandardScaler().fit(frame[features].to_numpy(float))
        self.stems = TfidfVectorizer(analyzer=lambda text: phrase_words(text[:TEXT_LENGTH]), min_df=STEM_SAMPLES)
        self.stems.fit(frame.text)
        weights = np.where(frame.primary, 1.0, OTHERS_WEIGHT)
        self.model = Ridge(alpha=alpha).fit(self.columns(frame), frame.y, sample_weight=weights)
        own = frame[frame.primary]
        raw = self.model.predict(self.columns(own))
        self.slope = own.y.std() * SPREAD / raw.std()
        self.shift = own.y.mean() - raw.mean() * self.slope

    def columns(self, frame: pd.DataFrame):
        measured = self.scaler.transform(frame[self.features].to_numpy(float))
        categories = np.column_stack([(frame.category == c).to_numpy(float) for c in CATEGORIES]) * CATEGORY_SCALE
        stems = self.stems.transform(frame.text) * STEMS_SCALE
        return hstack([csr_matrix(measured), csr_matrix(categories), stems]).tocsr()

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        raw = self.model.predict(self.columns(frame)) * self.slope + self.shift
        return np.clip(np.round(raw), 1, 4).astype(int)

    def tables(self) -> dict[str, object]:
        weights = self.model.coef_ * self.slope
        count = len(self.features)
        measured = weights[:count] / self.scaler.scale_
        bias = float(self.model.intercept_ * self.slope + self.shift - (measured * self.scaler.mean_).sum())
        stems = zip(
            self.stems.get_feature_names_out(), self.stems.idf_, weights[count + len(CATEGORIES) :], strict=True
        )
        categories = weights[count : count + len(CATEGORIES)] * CATEGORY_SCALE
        return {
            "bias": round(bias, 3),
            "measurements": {f[2:]: round(float(w), 3) for f, w in zip(self.features, measured, strict=True)},
            "categories": {c: round(float(w), 3) for c, w in zip(CATEGORIES, categories, strict=True)},
            "stems": {str(s): f"{i:.2f} {w * STEMS_SCALE:.3f}" for s, i, w in sorted(stems)},
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--primary", default="shared/labels", help="how the path of the primary labels ends")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--alpha", type=float, default=10.0)
    args = parser.parse_args()
    frame = pd.read_parquet(args.measurements)
    frame = frame[frame.side == "model"]
    frame["primary"] = frame.source.str.endswith(args.primary)
    told = [c for c in frame if c.startswith(("f_", "s_")) and not c.startswith("f_wording")]
    measured = [c for c in told if frame[c].notna().all()]
    frame = frame[frame.status.isin(["partial", "missing"]) & frame.severity.isin(RANKS)].copy()
    frame["y"] = frame.severity.map(RANKS)
    frame["f_missing"] = (frame.status == "missing").astype(float)
    features = [*measured, "f_missing"]
    own, others = frame[frame.primary].reset_index(drop=True), frame[~frame.primary]
    kappas = []
    for seed in range(3):
        predicted = np.zeros(len(own), int)
        for train, test in GroupKFold(6, shuffle=True, random_state=seed).split(own, own.y, own["sample"]):
            predicted[test] = Fitted(pd.concat([own.iloc[train], others]), features, args.alpha).predict(own.iloc[test])
        kappas.append(cohen_kappa_score(own.y, predicted, weights="quadratic"))
    print("severity kappa, given the status:", round(float(np.mean(kappas)), 3))
    if args.write:
        head = "# Severity of an open requirement (gapkit/severity_score.py), fitted by tools/fit_severity.py:\n"
        head += (
            "# rank 1 low … 4 critical = bias + measurements + category + stems (inverse document frequency, weight).\n"
        )
        KNOWLEDGE.write_text(
            head + yaml.safe_dump(Fitted(frame, features, args.alpha).tables(), sort_keys=False, width=200)
        )


if __name__ == "__main__":
    main()
