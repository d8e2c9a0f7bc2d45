"""Fit the decision (knowledge/judgement.yaml) to labelled requirements, by cross-validation over samples.

    python tools/fit_judgement.py MEASUREMENTS.parquet [--write]

Two logistic regressions (scikit-learn), complete or not and present or not; thresholds are chosen for quadratic
kappa on the training folds alone.
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


def fit(x: np.ndarray, y: np.ndarray, strength: float):
    models = []
    for level in (1, 2):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
        models.append(model.fit(x, y >= level))
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


def evaluate(frame: pd.DataFrame, features: list[str], strength: float, seeds: int = 3) -> dict[str, float]:
    x, y, groups = frame[features].to_numpy(float), frame["y"].to_numpy(), frame["sample"].to_numpy()
    kappas, f1s, maes = [], [], []
    for seed in range(seeds):
        predicted = np.zeros(len(y), int)
        for train, test in GroupKFold(6, shuffle=True, random_state=seed).split(x, y, groups):
            models = fit(x[train], y[train], strength)
            low, high = thresholds(probabilities(models, x[train]), y[train])
            p = probabilities(models, x[test])
            predicted[test] = np.where(p[:, 0] < low, 0, np.where(p[:, 1] < high, 1, 2))
        kappas.append(cohen_kappa_score(y, predicted, weights="quadratic"))
        f1s.append(f1_score(y, predicted, average="macro"))
        pair = pd.DataFrame({"s": groups, "y": y / 2, "p": predicted / 2}).groupby("s").mean()
        maes.append((pair.y - pair.p).abs().mean())
    return {"kappa": np.mean(kappas), "f1": np.mean(f1s), "mae": np.mean(maes)}


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
    parser.add_argument("--write", action="store_true")
    parser.add_argument("-C", type=float, default=0.05)
    args = parser.parse_args()
    frame = pd.read_parquet(args.measurements)
    frame = frame[frame.status.isin(CLASSES)].copy()
    frame["y"] = frame.status.map(CLASSES)
    everything = [c for c in frame.columns if c.startswith("f_")]
    own = [c for c in everything if frame[c].notna().all()]
    out = {}
    for name, part, features in (
        ("with_reference", frame[frame.reference == "code"], everything),
        ("without_reference", frame, own),
    ):
        part = part.fillna(0.0)
        for strength in (0.003, 0.01, 0.05, 0.3):
            print(name, len(part), strength, evaluate(part, features, strength))
        x, y = part[features].to_numpy(float), part["y"].to_numpy()
        models = fit(x, y, args.C)
        low, high = thresholds(probabilities(models, x), y)
        out[name] = {"present": table(models[0], features, low), "complete": table(models[1], features, high)}
    if args.write:
        head = "".join(line + "\n" for line in KNOWLEDGE.read_text().split("\n") if line.startswith("#"))
        KNOWLEDGE.write_text(head + yaml.safe_dump(out, sort_keys=False))


if __name__ == "__main__":
    main()
