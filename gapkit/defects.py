"""What deploys but cannot work, or cannot deploy for a reason no schema knows: rules in `knowledge/defects.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple, cast

from gapkit.concepts import Hit, Rule, apply_rule, read_rule
from gapkit.content import contents_of
from gapkit.evidence import place_value
from gapkit.fault_kinds import fault_severity
from gapkit.knowledge import load_yaml
from gapkit.resources import Side
from gapkit.validity import Finding

HIT_LIMIT = 5
_LAST_POSITION = re.compile(r"\[\d+\]$")
_MANAGED = re.compile(r"arn:aws[\w-]*:iam::aws:policy/([\w+=,.@/-]+)$")
_NAMED = re.compile(r"from_?[aA]ws_?[mM]anaged_?[pP]olicy_?[nN]ame\([\s\"'`]*+([\w+=,.@/-]++)[\s\"'`]*+\)$")


class Defect(NamedTuple):
    """A fault in how declarations work together: one of `rules` holds, all of `beside`, and none of `unless`."""

    code: str
    message: str
    severity: str
    fix: str
    rules: tuple[Rule, ...]
    unless: tuple[Rule, ...]
    beside: tuple[Rule, ...]


@cache
def load_defects() -> tuple[Defect, ...]:
    """The defects that gapkit knows."""
    rows = cast("list[Mapping[str, object]]", load_yaml("defects.yaml")["defects"])
    return tuple(
        Defect(
            code=str(row["id"]),
            message=str(row["message"]),
            severity=str(row["severity"]),
            fix=str(row["fix"]),
            rules=tuple(read_rule(r) for r in cast("list[Mapping[str, object]]", row["detect"])),
            unless=tuple(read_rule(r) for r in cast("list[Mapping[str, object]]", row.get("unless", []))),
            beside=tuple(read_rule(r) for r in cast("list[Mapping[str, object]]", row.get("with", []))),
        )
        for row in rows
    )


@cache
def _places_of_rules() -> dict[Rule, int]:
    """Each rule of `detect` -> its defect's place."""
    return {rule: place for place, defect in enumerate(load_defects()) for rule in defect.rules}


@cache
def managed_policies() -> frozenset[str]:
    """The names of AWS's managed policies, with their paths."""
    text = (files("gapkit.knowledge") / "managed-policies.json").read_text(encoding="utf-8")
    return frozenset(json.loads(text))


def find_defects(side: Side, unread: bool = False) -> tuple[Finding, ...]:
    """The defects of one side, in the order of the knowledge file.

    Where parts of it are `unread`, they may name anything.
    """
    found: list[Finding] = []
    stirred = _stirred(side)
    places_of = _places_of_rules()
    for place in sorted({places_of[rule] for rule in stirred}):
        defect = load_defects()[place]
        if not all(apply_rule(rule, side).hits for rule in defect.beside):
            continue
        rules = [rule for rule in defect.rules if rule in stirred and not (unread and rule.unnamed)]
        hits = [hit for rule in rules for hit in apply_rule(rule, side).hits]
        if not hits or any(_excuses(rule, side) for rule in defect.unless):
            continue
        places: dict[tuple[int, str], Hit] = {}
        for hit in hits:  # one entry of a list is enough
            if hit.item is not None and hit.item.raw_path.endswith(".Fn::If"):
                continue  # a condition's name is no value
            path = _LAST_POSITION.sub("", hit.item.raw_path) if hit.item is not None else ""
            places.setdefault((id(hit.resource), path), hit)
        for hit in _most_told(places.values()):
            resource, item = hit.resource, hit.item
            found.append(
                Finding(
                    declaration=resource.declaration,
                    property_path=item.raw_path if item is not None else "",
                    line=item.line if item is not None else resource.declaration.line,
                    code=defect.code,
                    message=defect.message,
                    severity=defect.severity,
                    expected=defect.fix,
                )
            )
    found.extend(_unknown_managed_policies(side))
    return tuple(found)


def _most_told(hits: Collection[Hit]) -> Iterable[Hit]:
    """Some of the places of one fault where there are many: what they say decides which."""
    if len(hits) <= HIT_LIMIT:
        return hits
    says = contents_of(hit.resource.declaration for hit in hits)
    by_content = sorted(hits, key=lambda h: (says[id(h.resource.declaration)], h.item.raw_path if h.item else ""))
    return by_content[:HIT_LIMIT]


def _stirred(side: Side) -> set[Rule]:
    """The rules of `detect` for which something on the side speaks: the others need not be applied."""
    dialects = {resource.declaration.dialect for resource in side.resources}
    stirred = {rule for rule in _of_any_type() if not rule.dialects or not dialects.isdisjoint(rule.dialects)}
    for type_, resources in side.by_type.items():
        watch: _Watch | None = None
        watched = ""
        for resource in resources:
            dialect = resource.declaration.dialect
            if watch is None or dialect != watched:
                watch, watched = _watch(type_, dialect), dialect
                stirred.update(watch.pathless)
            known = watch.known
            for item in resource.items:
                path = item[0]
                watching = known.get(path)
                if watching is None:
                    watching = known[path] = tuple(r for r in watch.rules if r.path and r.path.matches(path))
                for rule in watching:
                    if rule not in stirred and rule.test.accepts(item[1]):
                        stirred.add(rule)
    return stirred


class _Watch(NamedTuple):
    """The rules that look at a type in a dialect, without paths and with them, and those that look at each of its
    paths, filled as paths come."""

    pathless: tuple[Rule, ...]
    rules: tuple[Rule, ...]
    known: dict[str, tuple[Rule, ...]]


@cache
def _of_any_type() -> tuple[Rule, ...]:
    """The rules without a path that look at resources of every type, or at files."""
    return tuple(r for defect in load_defects() for r in defect.rules if r.path is None and r.types == ("*",))


@lru_cache(maxsize=8192)
def _watch(type_: str, dialect: str) -> _Watch:
    exact, beginnings = _rules_by_type()
    found = dict.fromkeys(exact.get(type_, ()))
    for beginning, some in beginnings.items():
        if type_.startswith(beginning):
            found.update(dict.fromkeys(some))
    rules = [rule for rule in found if not rule.dialects or dialect in rule.dialects]
    return _Watch(
        tuple(r for r in rules if r.path is None and r.types != ("*",)),
        tuple(r for r in rules if r.path is not None),
        {},
    )


@cache
def _rules_by_type() -> tuple[dict[str, list[Rule]], dict[str, list[Rule]]]:
    """The rules that look at each type, and at each beginning of types (`AWS::EC2::*`, `*`)."""
    exact: dict[str, list[Rule]] = {}
    beginnings: dict[str, list[Rule]] = {}
    for defect in load_defects():
        for rule in defect.rules:
            for name in rule.types:
                if name.endswith("*"):
                    beginnings.setdefault(name[:-1], []).append(rule)
                else:
                    exact.setdefault(name, []).append(rule)
    return exact, beginnings


def _excuses(rule: Rule, side: Side) -> bool:
    """Whether a rule holds anywhere; what looks at every value is asked of their text as a whole."""
    if rule.any_value is not None:
        return rule.any_value.search(side.values) is not None
    return apply_rule(rule, side).share > 0


def _unknown_managed_policies(side: Side) -> list[Finding]:
    unknown: list[Hit] = []
    known = managed_policies()
    for path, places in side.by_path.items():
        if "polic" not in path:
            continue
        for resource, item in places:
            value = item.raw_value
            if not isinstance(value, str) or "olicy" not in value:
                continue
            match = _named_policy(value)
            if match and match[1] not in known:
                unknown.append(Hit(resource, item))
    found = []
    for hit in _most_told(unknown):
        resource, place = hit.resource, hit.item
        assert place is not None
        match = _named_policy(str(place.raw_value))
        assert match is not None
        found.append(
            Finding(
                declaration=resource.declaration,
                property_path=place.raw_path,
                line=place.line,
                code="unknown_managed_policy",
                message=f"AWS has no managed policy {place_value(match[1])}",
                severity=fault_severity("unknown_managed_policy"),
                expected="the name of an existing managed policy",
            )
        )
    return found


def _named_policy(value: str) -> re.Match[str] | None:
    return _MANAGED.search(value) or _NAMED.search(value)
