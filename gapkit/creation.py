"""Rights that a service checks when a thing is created: without them the deployment itself fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import cast

from gapkit.concepts import path_pattern
from gapkit.knowledge import load_yaml
from gapkit.resources import Resource, Side


@cache
def _rows() -> Sequence[Mapping[str, str]]:
    return cast("Sequence[Mapping[str, str]]", load_yaml("creation.yaml")["creation_rights"])


def creation_reason(ideal: Side, model: Side) -> str:
    """Why the ideal's parts could not be created with the response's roles; empty where they could.

    The ideal's policies allow what the service checks, the response's do not.
    """
    for row in _rows():
        users = ideal.by_type.get(row["type"], ())
        if not any(path_pattern(row["path"]).matches(item.path) for user in users for item in user.items):
            continue
        wanted = frozenset(row["actions"].split("|"))
        asked = _refers_to(users, row["path"], wanted)
        if (asked & _granted(ideal.resources, asked)) - _granted(model.resources, asked):
            return row["why"]
    return ""


def _refers_to(users: Sequence[Resource], path: str, wanted: frozenset[str]) -> frozenset[str]:
    """The actions of the services that the users' properties at a path refer to; all where they refer to none."""
    values = [str(i.value).lower() for u in users for i in u.items if path_pattern(path).matches(i.path)]
    named = frozenset(w for w in wanted if any(w.partition(":")[0] in value for value in values))
    return named or wanted


def _granted(resources: Sequence[Resource], wanted: frozenset[str]) -> frozenset[str]:
    """Which of some actions the policies among resources allow; a wildcard of the service allows them all."""
    out: set[str] = set()
    for resource in resources:
        if resource.kind not in ("resource", "data") or "::IAM::" not in resource.type:
            continue
        for item in resource.items:
            value = str(item.raw_value).lower()
            if value in wanted:
                out.add(value)
            elif value.endswith(":*"):
                out |= {w for w in wanted if w.startswith(value[:-1])}
    return frozenset(out)
