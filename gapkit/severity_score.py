"""The severity of an open requirement: a linear score of its measurements, category, wording and open concepts.

Weights stand in `knowledge/severity_score.yaml`, fitted by tools/fit_severity.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from math import sqrt
from typing import NamedTuple, cast

from gapkit.concepts import Concept
from gapkit.knowledge import load_yaml
from gapkit.models import SEVERITIES
from gapkit.severity import RANK, worst
from gapkit.wordings import TEXT_LENGTH
from gapkit.words import stem_counts


class _Weights(NamedTuple):
    bias: float
    measurements: tuple[tuple[str, float], ...]
    categories: Mapping[str, float]
    stems: Mapping[str, tuple[float, float]]


@cache
def _weights() -> _Weights:
    data = load_yaml("severity_score.yaml")
    stems = {}
    for stem, row in cast("Mapping[str, str]", data["stems"]).items():
        idf, weight = row.split()
        stems[str(stem)] = (float(idf), float(weight))
    measurements = tuple(cast("Mapping[str, float]", data["measurements"]).items())
    return _Weights(cast(float, data["bias"]), measurements, cast("Mapping[str, float]", data["categories"]), stems)


def severity_features(lacking: Iterable[Concept]) -> dict[str, float]:
    """What knowledge says of the concepts that a response lacks, but for services: the worst rank (0 none to 4
    critical), and whether there are any."""
    lacks = float(RANK[worst(c.severity for c in lacking if not c.service)])
    return {"lacks": lacks, "has_lacks": min(1.0, lacks)}


def score_severity(status: str, category: str, text: str, features: Mapping[str, float]) -> str:
    """`low` to `critical` for a requirement that is partial or missing, `none` for any other.

    `features` are those of the status with those of `severity_features`.
    """
    if status not in ("partial", "missing"):
        return "none"
    weights = _weights()
    total = weights.bias + weights.categories.get(category, 0.0)
    for name, weight in weights.measurements:
        total += weight * (float(status == "missing") if name == "missing" else features[name])
    length = words = 0.0
    for stem, count in stem_counts(text[:TEXT_LENGTH]).items():
        row = weights.stems.get(stem)
        if row is not None:
            value = count * row[0]
            length += value * value
            words += value * row[1]
    total += words / (sqrt(length) or 1.0)
    return SEVERITIES[min(4, max(1, round(total)))]
