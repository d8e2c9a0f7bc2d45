"""How bad each kind of fault is, and what faults do: read from `knowledge/faults.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import cast

from gapkit.knowledge import load_yaml

# Circumstances that change how bad a fault is.
IN_JAVASCRIPT, PASSED_ON, IMPORTED = "javascript", "passed_on", "imported"


@cache
def _tables() -> Mapping[str, Mapping[str, object]]:
    return cast("Mapping[str, Mapping[str, object]]", load_yaml("faults.yaml"))


def fault_kinds() -> Mapping[str, Mapping[str, str]]:
    """Each kind, or `kind in circumstance`, with its `is`, `severity` and `because`."""
    return cast("Mapping[str, Mapping[str, str]]", _tables()["kinds"])


@lru_cache(maxsize=512)
def fault_severity(code: str, circumstance: str = "") -> str:
    """The severity of a fault of some kind; of a kind that nobody judged that of `other`."""
    kinds = fault_kinds()
    row = kinds.get(f"{code} in {circumstance}") or kinds.get(code) or kinds["other"]
    return row["severity"]


@cache
def told_apart() -> frozenset[str]:
    """The kinds of which two faults are one only where they say the same."""
    return frozenset(code for code, row in fault_kinds().items() if row.get("told_apart"))


def fault_harm(severity: str) -> str:
    """One sentence on what a fault of some severity does."""
    return cast("Mapping[str, str]", _tables()["harm"])[severity]


def lint_severities() -> Mapping[str, str]:
    """The severity of cfn-lint's findings by the first letter of their rule."""
    return cast("Mapping[str, str]", _tables()["lint"])
