"""Fit knowledge/category_words.yaml to labelled requirements; accuracy by cross-validation over samples.

python tools/fit_categories.py MEASUREMENTS.parquet [--write]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction import DictVectorizer
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

KNOWLEDGE = Path(__file__).parent.parent / "gapkit" / "knowledge" / "category_words.yaml"
LEAST_WEIGHT = 0.04
LEAST_SEEN = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("-C", type=float, default=0.05)
    args = parser.parse_args()
    frame = pd.read_parquet(args.measurements)
    frame = frame[frame.side == "model"]
    vectorizer = DictVectorizer()
    x = vectorizer.fit_transform([json.loads(features) for features in frame.category_features])
    y, groups = frame.category.to_numpy(), frame["sample"].to_numpy()
    names = vectorizer.get_feature_names_out()
    seen = np.asarray((x > 0).sum(axis=0)).ravel()
    told = np.array([seen[n] >= LEAST_SEEN or names[n][0] not in "wbTg" for n in range(len(names))])
    x = x[:, told]
    names = names[told]
    seeds = []
    for seed in range(3):
        right = np.zeros(len(y), bool)
        for train, test in GroupKFold(10, shuffle=True, random_state=seed).split(x, y, groups):
            right[test] = LinearSVC(C=args.C).fit(x[train], y[train]).predict(x[test]) == y[test]
        seeds.append({"all": right.mean(), **{s: right[frame.source == s].mean() for s in sorted(set(frame.source))}})
    print("accuracy", pd.DataFrame(seeds).mean().round(3).to_dict())
    model = LinearSVC(C=args.C).fit(x, y)
    weights = np.where(abs(model.coef_) >= LEAST_WEIGHT, model.coef_, 0.0)
    shipped = model.classes_[np.argmax(x @ weights.T + model.intercept_, axis=1)]
    print("fitted", (shipped == y).mean().round(3), "with all weights", (model.predict(x) == y).mean().round(3))
    if not args.write:
        return
    lines = [
        "# Weights of words for a requirement's category (gapkit/categories.py), fitted by tools/fit_categories.py.",
        "# w: a stem, b: two stems of the first line, T/g: a stem of the title, of the heading above, c/h: concepts",
        "# named, t: types spoken of.",
        "bias: {" + ", ".join(f"{c}: {b:.2f}" for c, b in zip(model.classes_, model.intercept_, strict=True)) + "}",
        "words:",
    ]
    for column in np.argsort(names):
        kept = [(c, w) for c, w in zip(model.classes_, weights[:, column], strict=True) if w]
        if kept:
            row = ", ".join(f"{c} {w:.2f}" for c, w in kept)
            lines.append(f'  "{names[column]}": {row}'.replace("\\", ""))
    KNOWLEDGE.write_text("\n".join(lines) + "\n")
    print(len(lines), "lines")


if __name__ == "__main__":
    main()
