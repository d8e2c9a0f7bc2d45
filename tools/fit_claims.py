"""Fit the verdict on reviewers' claims (knowledge/claims.yaml, `weights`) to labelled claims.

    python tools/fit_claims.py CORPUS LABELS [LABELS …] [--write]

A logistic regression (scikit-learn), judged by cross-validation over samples.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gapkit.claims import ground, measure_claims
from gapkit.concepts import load_knowledge
from gapkit.corpus import open_corpus
from gapkit.coverage import Judge
from gapkit.documents import read_document
from gapkit.failures import read_failures
from gapkit.pipeline import assess, read_sides

KNOWLEDGE = Path(__file__).parent.parent / "gapkit" / "knowledge" / "claims.yaml"


def rows_of(corpus, path: Path) -> list[dict]:
    label = json.loads(path.read_text())
    sample = corpus.read(label["sample"].removeprefix("archive/"))
    if sample.model_failures is None or not sample.turns or sample.turns[0].model_response is None:
        return []
    notes, _ = read_failures(read_document(sample.model_failures))
    judge = Judge.of(read_sides(sample), load_knowledge(None))
    ideal = sample.ideal_response.text if sample.ideal_response else None
    grounds = ground(assess(sample).gaps, judge, sample.turns[0].model_response.text, ideal)
    out = []
    if grounds.no_code:
        return []  # a rule's matter, and unlike all others
    for note, measured in zip(notes, measure_claims(notes, grounds), strict=True):
        near = [g for g in label["documented_gaps"] if abs(g["line"] - note.line) <= 2]
        gold = min(near, key=lambda g: abs(g["line"] - note.line), default={})  # bullets stand on lines side by side
        if gold.get("supported") is not None:
            row = {"sample": sample.sample_id, "y": bool(gold["supported"]), "set": str(path.parent)}
            out.append(row | measured.features)
    return out


def model_of(strength: float):
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000, class_weight="balanced"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("-C", type=float, default=0.01)
    args = parser.parse_args()
    corpus = open_corpus(str(args.corpus))
    frame = pd.DataFrame(
        [r for folder in args.labels for p in sorted(folder.glob("*.json")) for r in rows_of(corpus, p)]
    )
    features = [c for c in frame.columns if c not in ("sample", "y", "set")]
    x, y, groups = frame[features].to_numpy(float), frame.y.to_numpy(), frame["sample"].to_numpy()
    print(len(frame), "claims,", y.mean().round(2), "true")
    for strength in (0.01, 0.1, 1.0):
        p = np.zeros(len(y))
        for train, test in GroupKFold(8, shuffle=True, random_state=0).split(x, y, groups):
            p[test] = model_of(strength).fit(x[train], y[train]).predict_proba(x[test])[:, 1]
        for low, high in ((0.5, 0.5), (0.4, 0.5), (0.35, 0.55), (0.3, 0.6)):
            told = (p < low) | (p >= high)
            first = told & (frame.set == frame.set.iloc[0]).to_numpy()
            print(
                strength,
                low,
                high,
                "told",
                round(told.mean(), 2),
                "macro-F1",
                round(f1_score(y[told], p[told] >= high, average="macro"), 3),
                "first set",
                round(f1_score(y[first], p[first] >= high, average="macro"), 3),
            )
    fitted = model_of(args.C).fit(x, y)
    weights = fitted[1].coef_[0] / fitted[0].scale_
    bias = float(fitted[1].intercept_[0] - (weights * fitted[0].mean_).sum())
    row = {"bias": round(bias, 3)} | {f: round(float(w), 3) for f, w in zip(features, weights, strict=True)}
    print(row)
    if args.write:
        text = KNOWLEDGE.read_text()
        line = "weights: {" + ", ".join(f"{k}: {v}" for k, v in row.items()) + "}\n"
        KNOWLEDGE.write_text(re.sub(r"weights: \{[^}]*\}\n", line, text))


if __name__ == "__main__":
    main()
