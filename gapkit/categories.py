"""A requirement's category: a linear score over its words, the concepts it names and the types it speaks of.

The weights stand in `knowledge/category_words.yaml`, fitted by tools/fit_categories.py (multinomial logistic
regression); stems as in `gapkit.words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import inf
from typing import NamedTuple, cast

from gapkit.concepts import Concept
from gapkit.knowledge import load_yaml
from gapkit.severity import type_category
from gapkit.words import phrase_words

HEAD_LENGTH = 120
TEXT_LENGTH = 600
TITLE_LENGTH = 90
MOST_FOR_BODY = 1.5
"""What the words after the first line count together (as a length): a long list drowns no title."""


class Wording(NamedTuple):
    """What a requirement's category is told from, besides the types it speaks of."""

    text: str
    title: str = ""
    group: str = ""


def category_features(
    wording: Wording, concepts: Sequence[Concept], leading: Sequence[Concept], types: Iterable[str]
) -> dict[str, float]:
    """The features of a wording: `w:stem`, `b:stem stem` of its first line, `T:`/`g:` stems of its title and of the
    heading it stands under, `c:`/`h:` categories of the concepts it names (in its title), `t:` categories of types."""
    head = _stems(wording.text.partition("\n")[0][:HEAD_LENGTH])
    body = set(_stems(wording.text[:TEXT_LENGTH])).difference(head)
    weight = min(0.5, MOST_FOR_BODY / len(body) ** 0.5) if body else 0.0
    features: dict[str, float] = {f"w:{word}": weight for word in body}
    for word in head:
        features[f"w:{word}"] = 1.0
    for first, second in pairwise(head):
        features[f"b:{first} {second}"] = 0.7
    for word in _stems(wording.title[:TITLE_LENGTH]):
        features[f"T:{word}"] = 1.0
    for word in _stems(wording.group[:TITLE_LENGTH]):
        features[f"g:{word}"] = 0.5
    for prefix, named in (("c", concepts), ("h", leading[:2])):
        total = sum(0.5 if concept.service else 1.0 for concept in named)
        share = min(1.0, MOST_FOR_BODY / total) if total and prefix == "c" else 1.0
        for concept in named:
            name = f"{prefix}:{concept.category}"
            features[name] = features.get(name, 0.0) + share * (0.5 if concept.service else 1.0)
    for canonical_type in types:
        name = f"t:{type_category(canonical_type)}"
        features[name] = features.get(name, 0.0) + 0.3
    return features


def _stems(text: str) -> list[str]:
    return [word for word in phrase_words(text) if not word.isdigit()]


class _Weights(NamedTuple):
    """Categories, the score that each starts from, and per feature a weight for each of the categories."""

    categories: tuple[str, ...]
    bias: list[float]
    rows: dict[str, list[float]]


@cache
def _weights() -> _Weights:
    data = load_yaml("category_words.yaml")
    bias = cast("Mapping[str, float]", data["bias"])
    categories = tuple(sorted(bias, reverse=True))  # of two with the same score the later name leads
    place = {category: number for number, category in enumerate(categories)}
    rows: dict[str, list[float]] = {}
    for name, row in cast("Mapping[str, str]", data["words"]).items():
        weights = rows[name] = [0.0] * len(categories)
        for pair in row.split(", "):
            category, weight = pair.rsplit(" ", 1)
            weights[place[category]] = float(weight)
    return _Weights(categories, [float(bias[c]) for c in categories], rows)


def best_category(features: Mapping[str, float]) -> str:
    """The category with the highest score."""
    weights = _weights()
    rows = weights.rows
    known: list[tuple[list[float], float]] = []
    for name, value in features.items():
        row = rows.get(name)
        if row is not None:
            known.append((row, value))
    best, best_score = 0, -inf
    for place, start in enumerate(weights.bias):
        score = start  # summed up by category, for which a compiled loop makes no numbers in between
        for row, value in known:
            score += row[place] * value
        if score > best_score:
            best, best_score = place, score
    return weights.categories[best]
