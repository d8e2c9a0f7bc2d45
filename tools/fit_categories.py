"""Fit knowledge/category_words.yaml to labelled requirements; accuracy by cross-validation over samples.

python tools/fit_categories.py MEASUREMENTS.parquet [--write]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from gapkit.categories import category_features
from gapkit.concepts import find_mentions, load_knowledge
from gapkit.words import phrase_words

KNOWLEDGE = Path(__file__).parent.parent / "gapkit" / "knowledge" / "category_words.yaml"
LEAST_WEIGHT = 0.12


def features_of(row, knowledge) -> dict[str, float]:
    named = [m.concept for m in find_mentions(phrase_words(row.text), knowledge)]
    leading = [m.concept for m in find_mentions(phrase_words(row.title[:120]), knowledge)]
    return category_features(row.text, named, leading, list(row.types)[:3])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("-C", type=float, default=1.0)
    args = parser.parse_args()
    frame = pd.read_parquet(args.measurements)
    frame = frame[frame.side == "model"]
    knowledge = load_knowledge(None)
    vectorizer = DictVectorizer()
    x = vectorizer.fit_transform([features_of(row, knowledge) for row in frame.itertuples()])
    y, groups = frame.category.to_numpy(), frame["sample"].to_numpy()
    right = np.zeros(len(y), bool)
    for train, test in GroupKFold(10, shuffle=True, random_state=0).split(x, y, groups):
        right[test] = LogisticRegression(C=args.C, max_iter=800).fit(x[train], y[train]).predict(x[test]) == y[test]
    print("accuracy", right.mean().round(3), {s: right[frame.source == s].mean().round(3) for s in set(frame.source)})
    if not args.write:
        return
    model = LogisticRegression(C=args.C, max_iter=800).fit(x, y)
    names = vectorizer.get_feature_names_out()
    seen = np.asarray((x > 0).sum(axis=0)).ravel()
    lines = [
        "# Weights of words for a requirement's category (gapkit/categories.py), fitted by tools/fit_categories.py.",
        "# w: a stem, b: two stems of the first line, c:/h: concepts named, t: types spoken of.",
        "bias: {" + ", ".join(f"{c}: {b:.2f}" for c, b in zip(model.classes_, model.intercept_, strict=True)) + "}",
        "words:",
    ]
    for column in np.argsort(names):
        if seen[column] < 3 and names[column][0] in "wb":
            continue
        kept = [(c, w) for c, w in zip(model.classes_, model.coef_[:, column], strict=True) if abs(w) >= LEAST_WEIGHT]
        if kept:
            row = ", ".join(f"{c} {w:.2f}" for c, w in kept)
            lines.append(f'  "{names[column]}": {row}'.replace("\\", ""))
    KNOWLEDGE.write_text("\n".join(lines) + "\n")
    print(len(lines), "lines")


if __name__ == "__main__":
    main()
