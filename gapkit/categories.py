"""A requirement's category: a linear score over its words, the concepts it names and the types it speaks of.

The weights stand in `knowledge/category_words.yaml`, fitted by tools/fit_categories.py (multinomial logistic
regression); stems as in `gapkit.words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import cast

from gapkit.concepts import Concept
from gapkit.knowledge import load_yaml
from gapkit.severity import type_category
from gapkit.words import phrase_words

HEAD_LENGTH = 120
TEXT_LENGTH = 600


def category_features(
    text: str, concepts: Sequence[Concept], leading: Sequence[Concept], types: Iterable[str]
) -> dict[str, float]:
    """The features of a wording: `w:stem`, `b:stem stem` of its first line, `c:`/`h:` categories of the concepts it
    names (in its first line), `t:` categories of types."""
    head = [word for word in phrase_words(text.partition("\n")[0][:HEAD_LENGTH]) if not word.isdigit()]
    features: dict[str, float] = {f"w:{w}": 0.5 for w in phrase_words(text[:TEXT_LENGTH]) if not w.isdigit()}
    for word in head:
        features[f"w:{word}"] = 1.0
    for first, second in pairwise(head):
        features[f"b:{first} {second}"] = 0.7
    for prefix, named in (("c", concepts), ("h", leading[:2])):
        for concept in named:
            name = f"{prefix}:{concept.category}"
            features[name] = features.get(name, 0.0) + (0.5 if concept.service else 1.0)
    for canonical_type in types:
        name = f"t:{type_category(canonical_type)}"
        features[name] = features.get(name, 0.0) + 0.3
    return features


@cache
def _weights() -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    data = load_yaml("category_words.yaml")
    rows = cast("Mapping[str, str]", data["words"])
    weights: dict[str, dict[str, float]] = {}
    for name, row in rows.items():
        pairs = (pair.rsplit(" ", 1) for pair in row.split(", "))
        weights[name] = {category: float(weight) for category, weight in pairs}
    return dict(cast("Mapping[str, float]", data["bias"])), weights


def best_category(features: Mapping[str, float]) -> str:
    """The category with the highest score."""
    bias, weights = _weights()
    scores = dict(bias)
    for name, value in features.items():
        row = weights.get(name)
        if row is not None:
            for category, weight in row.items():
                scores[category] += weight * value
    return max(scores, key=lambda c: (scores[c], c))
