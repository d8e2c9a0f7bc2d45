"""Fit the decision (knowledge/judgement.yaml) to labelled requirements, by cross-validation over samples.

    python tools/fit_judgement.py MEASUREMENTS.parquet [--primary LABELS] [--write]

Two logistic regressions (scikit-learn), complete or not and present or not.  Labels other than the primary ones count
less and choose no threshold, and samples without any answer in code are left out.  Thresholds are chosen for quadratic
kappa and macro-F1 on the primary labels of the training folds alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, f1_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CLASSES = {"missing": 0, "partial": 1, "complete": 2}
KNOWLEDGE = Path(__file__).parent.parent / "gapkit" / "knowledge" / "judgement.yaml"


OTHERS_WEIGHT = 0.3
LEAST_ANSWERED = 0.15


def fit(x: np.ndarray, y: np.ndarray, weights: np.ndarray, strength: float):
    models = []
    for level in (1, 2):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
        models.append(model.fit(x, y >= level, logisticregression__sample_weight=weights))
    return models


def probabilities(models, x: np.ndarray) -> np.ndarray:
    return np.column_stack([m.predict_proba(x)[:, 1] for m in models])


def thresholds(p: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    best = (-9.0, 0.5, 0.5)
    for low in np.arange(0.3, 0.95, 0.05):
        for high in np.arange(0.25, 0.8, 0.05):
            predicted = np.where(p[:, 0] < low, 0, np.where(p[:, 1] < high, 1, 2))
            value = cohen_kappa_score(y, predicted, weights="quadratic") + f1_score(y, predicted, average="macro")
            if value > best[0]:
                best = (value, low, high)
    return best[1], best[2]


def fitted(frame: pd.DataFrame, features: list[str], strength: float):
    """Models fitted to all rows, thresholds to the primary ones."""
    weights = np.where(frame.primary, 1.0, OTHERS_WEIGHT)
    models = fit(frame[features].to_numpy(float), frame.y.to_numpy(), weights, strength)
    own = frame[frame.primary]
    return models, thresholds(probabilities(models, own[features].to_numpy(float)), own.y.to_numpy())


def evaluate(frame: pd.DataFrame, features: list[str], strength: float, seeds: int = 3) -> dict[str, float]:
    """Figures on the primary labels by cross-validation over samples."""
    own = frame[frame.primary].reset_index(drop=True)
    others = frame[~frame.primary]
    rows = []
    for seed in range(seeds):
        predicted = np.zeros(len(own), int)
        for train, test in GroupKFold(6, shuffle=True, random_state=seed).split(own, own.y, own["sample"]):
            models, (low, high) = fitted(pd.concat([own.iloc[train], others]), features, strength)
            p = probabilities(models, own.iloc[test][features].to_numpy(float))
            predicted[test] = np.where(p[:, 0] < low, 0, np.where(p[:, 1] < high, 1, 2))
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


def table(model, features: list[str], threshold: float) -> dict[str, float]:
    """The fitted score on raw features: standardisation folded into the weights, the threshold as a logit."""
    scaler, regression = model[0], model[1]
    weights = regression.coef_[0] / scaler.scale_
    bias = float(regression.intercept_[0] - (weights * scaler.mean_).sum())
    row = {"threshold": round(float(np.log(threshold / (1 - threshold))), 4), "bias": round(bias, 4)}
    return row | {f.removeprefix("f_"): round(float(w), 4) for f, w in zip(features, weights, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--primary", default="shared/labels", help="how the path of the primary labels ends")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("-C", type=float, default=0.1)
    args = parser.parse_args()
    frame = pd.read_parquet(args.measurements)
    frame = frame[frame.status.isin(CLASSES)].copy()
    frame["y"] = frame.status.map(CLASSES)
    frame["primary"] = frame.source.str.endswith(args.primary)
    answered = frame.groupby("sample").y.transform("mean") >= LEAST_ANSWERED
    frame = frame[frame.primary | answered]
    everything = [c for c in frame.columns if c.startswith("f_")]
    own = [c for c in everything if frame[c].notna().all()]
    out = {}
    for name, part, features in (
        ("with_reference", frame[frame.reference == "code"], everything),
        ("without_reference", frame, own),
    ):
        part = part.fillna(0.0)
        print(name, len(part), evaluate(part, features, args.C))
        models, (low, high) = fitted(part, features, args.C)
        out[name] = {"present": table(models[0], features, low), "complete": table(models[1], features, high)}
    if args.write:
        head = "".join(line + "\n" for line in KNOWLEDGE.read_text().split("\n") if line.startswith("#"))
        KNOWLEDGE.write_text(head + yaml.safe_dump(out, sort_keys=False))


if __name__ == "__main__":
    main()
