"""How bad a gap is, of what category, and whom it hurts: read from concepts and `knowledge/severity.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import cast

from gapkit.concepts import path_pattern, service_of
from gapkit.knowledge import load_yaml
from gapkit.models import SEVERITIES

RANK = {name: number for number, name in enumerate(SEVERITIES)}


@cache
def _tables() -> Mapping[str, object]:
    return load_yaml("severity.yaml")


def worst(severities: Iterable[str]) -> str:
    """The most severe of some severities; `none` of nothing."""
    return max(severities, key=RANK.__getitem__, default="none")


def milder(severity: str) -> str:
    """One step down, not below `low`."""
    return SEVERITIES[max(1, RANK[severity] - 1)]


@lru_cache(maxsize=50_000)
def property_severity(path: str, canonical_type: str) -> tuple[str, str]:
    """Severity and category of a difference at a normalised property path."""
    return _spoken_of(path) or ("low", type_category(canonical_type))


@lru_cache(maxsize=50_000)
def _spoken_of(path: str) -> tuple[str, str] | None:
    for row in cast("list[Mapping[str, str]]", _tables()["property"]):
        if path_pattern(row["path"]).matches(path):
            return row["severity"], row["category"]
    return None


@lru_cache(maxsize=50_000)
def is_plain(path: str) -> bool:
    """Whether no row of the knowledge speaks of a normalised property path."""
    return _spoken_of(path) is None


@lru_cache(maxsize=10_000)
def type_category(canonical_type: str) -> str:
    """The category of a resource type by its service; `other` where the service is unknown."""
    table = cast("Mapping[str, str]", _tables()["service_category"])
    return table.get(service_of(canonical_type), "other")


def declaration_severity(kind: str, change: str) -> str:
    """Severity of a whole declaration that is missing or extra."""
    table = cast("Mapping[str, Mapping[str, str]]", _tables()["declaration"])
    return table.get(kind, {"missing": "medium", "extra": "low"})[change]


def construct_name(dialect: str, kind: str, type_: str) -> str:
    """What people call a declaration of a dialect that is not a resource; else its type."""
    names = cast("Mapping[str, Mapping[str, str]]", _tables()["construct"]).get(dialect, {})
    return names.get(type_, names.get(kind, type_)).replace("{type}", type_)


def code_name(dialect: str) -> str:
    """What people call the code of a dialect."""
    return cast("Mapping[str, str]", _tables()["code"]).get(dialect, f"{dialect} code")


@lru_cache(maxsize=10_000)
def part_of(canonical_type: str) -> tuple[str, ...]:
    """The types that a type is a part of: what stands beside a `/` is a part of what stands before it."""
    table = cast("Mapping[str, list[str]]", _tables()["part_of"])
    whole, slash, _ = canonical_type.rpartition("/")
    return (*([whole] if slash else ()), *table.get(canonical_type, ()))


def ranking() -> Mapping[str, float]:
    """The steps by which gaps are ordered."""
    return cast("Mapping[str, float]", _tables()["ranking"])


def harm_of(category: str) -> str:
    """One sentence on who is hurt by a gap of a category."""
    return cast("Mapping[str, str]", _tables()["harm"]).get(category, "")


def stated_severity(status: str, stated: str, share: float, broken: str) -> str:
    """Severity of a requirement whose title is nothing but a concept, as knowledge states it: a step milder where the
    greater part is there, not milder than broken code; `none` of what is not open."""
    if status not in ("partial", "missing"):
        return "none"
    return worst((milder(stated) if status == "partial" and share > 0.5 else stated, broken))
