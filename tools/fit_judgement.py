"""Fit the decision (knowledge/judgement.yaml) to labelled requirements, by cross-validation over samples.

    python tools/fit_judgement.py MEASUREMENTS.parquet [--primary LABELS] [--write]

Two logistic regressions (scikit-learn), complete or not and present or not, on the measurements and on the stems of
the wording.  Labels other than the primary ones count
less and choose no threshold, and samples without any answer in code are left out.  The threshold of `present` is chosen
for quadratic kappa and macro-F1 on the primary labels of the training folds alone; that of `complete` is given.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, f1_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from gapkit.wordings import TEXT_LENGTH
from gapkit.words import phrase_words

CLASSES = {"missing": 0, "partial": 1, "complete": 2}
KNOWLEDGE = Path(__file__).parent.parent / "gapkit" / "knowledge" / "judgement.yaml"


OTHERS_WEIGHT = 0.2
STEMS_SCALE = 2.0
STEM_SAMPLES = 8
STEMS = Path(__file__).parent.parent / "gapkit" / "knowledge" / "status_words.yaml"
LEAST_ANSWERED = 0.15
# A requirement is complete from this probability on.  Chosen for kappa alone it would be 0.50 to 0.55; what is called
# complete has no severity, and this lifts the agreement on severity at hardly any cost (docs/method.md).
COMPLETE_FROM = 0.59


# More found never lowers a status, more broken never raises it: a measurement that a fit would use the other way is
# left out of it.
RISING = frozenset(
    {"score", "least_part", "concepts", "least_concept", "services", "literals", "words", "least_words", "together"}
    | {"least_together", "of_all", "like_ideal"}
)
FALLING = ("broken", "broken_hits", "faults", "unparsed", "lacking", "ideal_alone")


def against_their_sign(fitted: Fitted) -> list[tuple[int, str]]:
    """The measurements that a score would use against their sense, each with the score's level."""
    wrong = []
    for level, model in enumerate(fitted.models):
        for feature, weight in zip(fitted.features, model.coef_[0], strict=False):
            name = feature.removeprefix("f_")
            if (name in RISING and weight < 0) or (name in FALLING and weight > 0):
                wrong.append((level, feature))
    return wrong


def fit(frame: pd.DataFrame, features: list[str], strength: float) -> Fitted:
    """The scores, each on the measurements that keep their sense in it."""
    unused: frozenset[tuple[int, str]] = frozenset()
    while True:
        fitted = Fitted(frame, features, strength, unused)
        wrong = against_their_sign(fitted)
        if not wrong:
            return fitted
        unused |= set(wrong)


class Fitted:
    """Two logistic regressions on standardised measurements and on the stems of the wording."""

    def __init__(
        self,
        frame: pd.DataFrame,
        features: list[str],
        strength: float,
        unused: frozenset[tuple[int, str]] = frozenset(),
    ) -> None:
        self.features, self.unused = features, unused
        self.scaler = StandardScaler().fit(frame[features].to_numpy(float))
        self.stems = TfidfVectorizer(analyzer=lambda text: phrase_words(text[:TEXT_LENGTH]), min_df=STEM_SAMPLES)
        self.stems.fit(frame.text)
        weights = np.where(frame.primary, 1.0, OTHERS_WEIGHT)
        unfitted = [LogisticRegression(C=strength, max_iter=2000) for _ in (0, 1)]
        self.models = [
            m.fit(self.columns(frame, n), frame.y > n, sample_weight=weights) for n, m in enumerate(unfitted)
        ]
        own = frame[frame.primary]
        self.low, self.high = present_from(self.probabilities(own), own.y.to_numpy()), COMPLETE_FROM

    def columns(self, frame: pd.DataFrame, level: int):
        measured = self.scaler.transform(frame[self.features].to_numpy(float))
        measured[:, [(level, name) in self.unused for name in self.features]] = 0.0
        return hstack([csr_matrix(measured), self.stems.transform(frame.text) * STEMS_SCALE]).tocsr()

    def probabilities(self, frame: pd.DataFrame) -> np.ndarray:
        return np.column_stack([m.predict_proba(self.columns(frame, n))[:, 1] for n, m in enumerate(self.models)])

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        p = self.probabilities(frame)
        called = np.where(p[:, 0] < self.low, 0, np.where(p[:, 1] < self.high, 1, 2))
        left_out = frame.f_of_all.to_numpy(float) < 1 if "f_of_all" in frame else False
        return np.where(left_out, np.minimum(called, 1), called)  # as coverage.decide_on

    def table(self, level: int, threshold: float) -> dict[str, float]:
        """The score on raw measurements: standardisation folded into the weights, the threshold as a logit."""
        coefficients = self.models[level].coef_[0][: len(self.features)]
        weights = coefficients / self.scaler.scale_
        bias = float(self.models[level].intercept_[0] - (weights * self.scaler.mean_).sum())
        row = {"threshold": round(float(np.log(threshold / (1 - threshold))), 4), "bias": round(bias, 4)}
        named = zip(self.features, weights, strict=True)
        row |= {f.removeprefix("f_"): round(float(w), 4) for f, w in named if (level, f) not in self.unused}
        return row | {("wording_present", "wording_complete")[level]: 1.0}

    def stem_rows(self) -> list[str]:
        count = len(self.features)
        present, complete = (m.coef_[0][count:] * STEMS_SCALE for m in self.models)
        rows = sorted(zip(self.stems.get_feature_names_out(), self.stems.idf_, complete, present, strict=True))
        return [f'"{stem}": {idf:.3f} {c:.3f} {p:.3f}' for stem, idf, c, p in rows]


def present_from(p: np.ndarray, y: np.ndarray) -> float:
    """The probability from which on a requirement is at least partial, best by kappa and macro-F1."""
    complete = p[:, 1] >= COMPLETE_FROM

    def value(low: float) -> float:
        predicted = np.where(p[:, 0] < low, 0, np.where(complete, 2, 1))
        return cohen_kappa_score(y, predicted, weights="quadratic") + f1_score(y, predicted, average="macro")

    return float(max(np.arange(0.3, 0.95, 0.05), key=value))


def evaluate(frame: pd.DataFrame, features: list[str], strength: float, seeds: int = 3) -> dict[str, float]:
    """Figures on the primary labels by cross-validation over samples."""
    own = frame[frame.primary].reset_index(drop=True)
    others = frame[~frame.primary]
    rows = []
    for seed in range(seeds):
        predicted = np.zeros(len(own), int)
        for train, test in GroupKFold(6, shuffle=True, random_state=seed).split(own, own.y, own["sample"]):
            fitted = fit(pd.concat([own.iloc[train], others]), features, strength)
            predicted[test] = fitted.predict(own.iloc[test])
        pair = pd.DataFrame({"s": own["sample"], "y": own.y / 2, "p": predicted / 2}).groupby("s").mean()
        rows.append(
            {
                "kappa": cohen_kappa_score(own.y, predicted, weights="quadratic"),
                "f1": f1_score(own.y, predicted, average="macro"),
                "mae": (pair.y - pair.p).abs().mean(),
                "spearman": pair.y.corr(pair.p, method="spearman"),
            }
        )
    return pd.DataFrame(rows).mean().round(3).to_dict()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--primary", default="shared/labels", help="how the path of the primary labels ends")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("-C", type=float, default=0.5)
    args = parser.parse_args()
    frame = pd.read_parquet(args.measurements)
    frame = frame[frame.status.isin(CLASSES) & (frame.side == "model") & ~frame["empty"].astype(bool)].copy()
    frame["y"] = frame.status.map(CLASSES)
    frame["primary"] = frame.source.str.endswith(args.primary)
    answered = frame.groupby("sample").y.transform("mean") >= LEAST_ANSWERED
    frame = frame[frame.primary | answered]
    everything = [c for c in frame.columns if c.startswith("f_") and not c.startswith("f_wording")]
    frame[everything] = frame[everything].fillna(0.0)
    print(len(frame), evaluate(frame, everything, args.C))
    if not args.write:
        return
    # What only a reference in code gives (likeness to the ideal) was tried and was not worth its keep.
    fitted = fit(frame, everything, args.C)
    rows = {"present": fitted.table(0, fitted.low), "complete": fitted.table(1, fitted.high)}
    head = "".join(line + "\n" for line in KNOWLEDGE.read_text().split("\n") if line.startswith("#"))
    KNOWLEDGE.write_text(head + yaml.safe_dump(rows, sort_keys=False))
    head = "# Stem of a wording: inverse document frequency, weight for complete, weight for present\n"
    head += "# (gapkit/wordings.py), fitted by tools/fit_judgement.py.\n"
    STEMS.write_text(head + "\n".join(fitted.stem_rows()) + "\n")


if __name__ == "__main__":
    main()
