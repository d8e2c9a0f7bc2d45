"""How severities and counts become measurements between 0 and 1: read from `knowledge/measurements.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from gapkit.knowledge import load_yaml

_TABLE = load_yaml("measurements.yaml")

FAULT_WEIGHT = {name: float(w) for name, w in cast("Mapping[str, float]", _TABLE["fault_weight"]).items()}
"""How badly broken a resource is, by the severity of its worst fault."""

_COUNTS_AS_ONE = {name: float(n) for name, n in cast("Mapping[str, float]", _TABLE["counts_as_one"]).items()}


def scaled(name: str, count: float) -> float:
    """A count as the measurement of that name."""
    return min(1.0, count / _COUNTS_AS_ONE[name])
