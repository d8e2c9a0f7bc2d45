"""How versions of the AWS provider differ: read from `knowledge/provider-versions.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from gapkit.knowledge import load_yaml
from gapkit.types import plain_name


class ProviderVersions(NamedTuple):
    """What version 5 has and version 6, of which the tables tell, has not; plain names are those of host languages."""

    properties: dict[str, frozenset[str]]
    plain_properties: dict[str, frozenset[str]]
    instead: dict[str, str]
    attributes: frozenset[str]
    plain_kinds: frozenset[tuple[str, str]]
    newest_pulumi: int
    plain_blocks: tuple[str, ...]


@cache
def provider_versions() -> ProviderVersions:
    """The differences that gapkit knows."""
    rows: Mapping[str, Any] = load_yaml("provider-versions.yaml")
    properties: Mapping[str, list[str]] = rows["properties"]
    kinds: Mapping[str, list[str]] = rows["kinds"]
    return ProviderVersions(
        {type_: frozenset(names) for type_, names in properties.items()},
        {_plain_type(type_): frozenset(map(plain_name, names)) for type_, names in properties.items()},
        {plain_name(name): other for name, other in rows["instead"].items()},
        frozenset(rows["attributes"]),
        frozenset((_plain_type(type_), plain_name(name)) for type_, names in kinds.items() for name in names),
        rows["newest_pulumi"],
        tuple(plain_name(name) for name in rows["blocks"]),
    )


def _plain_type(type_: str) -> str:
    return plain_name(type_.removeprefix("aws_"))
