"""Demands on all: which resources of the kinds that a concept is asked of meet it, and which do not.

"All buckets are versioned" is met by every bucket or not at all; one versioned bucket among three is a part of it.
What can be asked of all, and of which kinds, stands in knowledge/quantified.yaml.  A resource meets a concept by what
it says itself, by what is attached to it (a part that Terraform keeps apart, an alarm on it) or by a call made on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from gapkit.concepts import Concept, PathPattern, Rule, apply_rule, path_pattern, read_rule, service_of
from gapkit.knowledge import either, load_yaml, words_of
from gapkit.resources import Resource, Side

_QUANTIFIER = r"\b(?:all|every|each|any|both|entire)\b(?:\W+[\w'/-]+){0,2}?\W+(?:of )?(?:the )?"
_SUBJECT_WITHIN = 120  # characters that hold the subject of a sentence
_SPREAD = "*"  # what an object takes over from another one that cannot be seen


class Demand(NamedTuple):
    """One row of knowledge/quantified.yaml."""

    concepts: frozenset[str]
    kinds: tuple[str, ...]
    general: bool
    always: re.Pattern[str] | None
    dialects: frozenset[str]
    written: re.Pattern[str] | None
    meets: tuple[Rule, ...]
    let_off: tuple[Rule, ...]
    let_off_at: PathPattern | None


class Noun(NamedTuple):
    """How wordings name all of a kind: behind "all", in the plural, or as what a sentence speaks of."""

    quantified: re.Pattern[str]
    plural: re.Pattern[str]
    subject: re.Pattern[str]


class Asked(NamedTuple):
    """The kinds that a wording asks something of all of; `outright` where it says "all", not only a plural."""

    kinds: tuple[str, ...]
    outright: bool


class Standing(NamedTuple):
    """How many resources were asked, which of them do not meet a concept, and whether it was asked outright."""

    asked: int
    misses: tuple[Resource, ...]
    outright: bool


@cache
def _table() -> tuple[Mapping[str, Noun], re.Pattern[str], Mapping[str, tuple[Demand, ...]]]:
    """The noun of each kind, those of a general demand, and the demands that each concept makes."""
    data = cast("Mapping[str, Any]", load_yaml("quantified.yaml"))
    modals = either([*words_of("requirements.yaml", "modals"), "needs? to", "ha(?:s|ve) to"])
    nouns = {
        kind: Noun(
            re.compile(rf"{_QUANTIFIER}(?:{noun})s?\b", re.IGNORECASE),
            re.compile(rf"\b(?:{noun})s\b", re.IGNORECASE),
            re.compile(
                rf"(?:\W*+\w++){{0,2}}?\W*+(?:{noun})s?\s+{modals}\b",
                re.IGNORECASE,
            ),
        )
        for kind, noun in data["nouns"].items()
    }
    general = re.compile(rf"\beverything\b|{_QUANTIFIER}(?:{data['general']})s?\b", re.IGNORECASE)
    of_concept: dict[str, list[Demand]] = {}
    for row in data["demands"]:
        demand = Demand(
            concepts=frozenset(row["concepts"]),
            kinds=tuple(row["kinds"]),
            general=bool(row.get("general", False)),
            always=re.compile(row["always"], re.IGNORECASE) if "always" in row else None,
            dialects=frozenset(row.get("dialects", ())),
            written=re.compile(row["written"]) if "written" in row else None,
            meets=tuple(read_rule(rule) for rule in row.get("meets", ())),
            let_off=tuple(read_rule(rule) for rule in row.get("except", ())),
            let_off_at=path_pattern(row["except_at"]) if "except_at" in row else None,
        )
        for concept_id in demand.concepts:
            of_concept.setdefault(concept_id, []).append(demand)
    return nouns, general, {name: tuple(rows) for name, rows in of_concept.items()}


@lru_cache(maxsize=20_000)
def asked_kinds(kinds: tuple[str, ...], general: bool, text: str, services: frozenset[str]) -> Asked:
    """The kinds that a wording asks something of all of: those it names so, or all where it speaks of all there is."""
    nouns, everything, _ = _table()
    named = tuple(kind for kind in kinds if nouns[kind].quantified.search(text))
    if named:
        return Asked(named, True)
    if general and everything.search(text):
        return Asked(tuple(kind for kind in kinds if service_of(kind) in services) or kinds, True)
    return Asked(tuple(kind for kind in kinds if nouns[kind].plural.search(text)), False)


@lru_cache(maxsize=20_000)
def _always_asked(kinds: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The kinds of a demand that need not be named; of "the table must …" that one alone."""
    spoken_of = [kind for kind, noun in _table()[0].items() if noun.subject.match(text[:_SUBJECT_WITHIN])]
    return tuple(kind for kind in kinds if kind in spoken_of) if spoken_of else kinds


@lru_cache(maxsize=2_000)
def _which_rules(kinds: tuple[str, ...], rules: tuple[Rule, ...]) -> tuple[tuple[Rule, ...], frozenset[str]]:
    """The rules that may tell of the kinds, by their service, and the kinds that no rule looks at itself."""
    others = frozenset(k for k in kinds if not any(_covers(name, k) for rule in rules for name in rule.types))
    services = {service_of(kind) for kind in kinds} | {"*"}
    return rules if others else tuple(rule for rule in rules if rule.services & services), others


def _covers(pattern: str, kind: str) -> bool:
    """Whether a rule's type is the kind, or a part of it that is kept apart."""
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern.partition("/")[0]


def asked_of_all(concept: Concept) -> bool:
    """Whether a concept can be asked of all resources of a kind."""
    return concept.concept_id in _table()[2]


_NAMES = re.compile(r"[A-Za-z_][\w-]*").findall


class QuantifiedSide:
    """A side that is asked about all its resources of a kind; what is attached to what is read when first asked for."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._named: dict[str, list[Resource]] | None = None
        self._of_declaration: dict[int, Resource] = {}
        self._standings: dict[tuple[str, int, tuple[str, ...]], tuple[int, list[Resource]]] = {}

    def standing(self, concept: Concept, text: str, services: frozenset[str]) -> Standing | None:
        """How the resources stand that a wording asks a concept of; None where it asks it of no kind that there is."""
        asked, outright = 0, False
        misses: list[Resource] = []
        for number, demand in enumerate(_table()[2].get(concept.concept_id, ())):
            if demand.always is None:
                of = asked_kinds(demand.kinds, demand.general, text, services)
            else:
                of = Asked(_always_asked(demand.kinds, text) if demand.always.search(text) else (), True)
            if not of.kinds:
                continue
            key = (concept.concept_id, number, of.kinds)
            if key not in self._standings:
                self._standings[key] = self._read(concept, demand, of.kinds)
            counted, short = self._standings[key]
            asked += counted
            misses += short
            outright = outright or (of.outright and bool(short))
        return Standing(asked, tuple(misses), outright) if asked else None

    def _read(self, concept: Concept, demand: Demand, kinds: tuple[str, ...]) -> tuple[int, list[Resource]]:
        """How many resources are asked, and those that do not meet the concept."""
        side = self.side
        asked = [
            resource
            for kind in kinds
            for resource in side.by_type.get(kind, ())
            if resource.kind == "resource"
            and (not demand.dialects or resource.declaration.dialect in demand.dialects)
            and (demand.written is None or demand.written.search(resource.declaration.type))
        ]
        if not asked:
            return 0, []
        met: set[int] = set()
        unseen: set[str] = set()  # kinds of which something is on one or more, nobody can say on which
        rules, others = _which_rules(kinds, demand.meets or concept.rules)
        for rule in rules:
            for hit in apply_rule(rule, side).hits:
                resource = hit.resource
                met.add(id(resource))
                attached = self._attached_to(resource)
                met |= {id(other) for other in attached}
                types = {other.type for other in attached}
                base = resource.type.partition("/")[0]
                if (resource.kind == "call" or base != resource.type) and base not in types:
                    unseen.add(base)
                if not types & others:
                    unseen |= others
        let_off = {id(hit.resource) for rule in demand.let_off for hit in apply_rule(rule, side).hits}
        if demand.let_off_at is not None:
            let_off |= self._named_at(demand.let_off_at)
        counted = [r for r in asked if id(r) not in let_off and r.type not in unseen]
        misses = [r for r in counted if id(r) not in met and all(item.path != _SPREAD for item in r.items)]
        return len(counted), misses

    def _index(self) -> dict[str, list[Resource]]:
        if self._named is None:
            self._named = {}
            for resource in self.side.resources:
                self._of_declaration[id(resource.declaration)] = resource
                if resource.kind == "resource":
                    self._named.setdefault(resource.declaration.name, []).append(resource)
        return self._named

    def _attached_to(self, resource: Resource) -> list[Resource]:
        """What a resource refers to, and what a call is made on."""
        named = self._index()
        found = [other for name in resource.ref_names for other in named.get(name, ()) if other.type in resource.refs]
        owner = self.side.by_name.get(resource.declaration.owner) if resource.declaration.owner else None
        if owner is not None and id(owner) in self._of_declaration:
            found.append(self._of_declaration[id(owner)])
        return found

    def _named_at(self, path: PathPattern) -> set[int]:
        """What other resources refer to at such a path."""
        named = self._index()
        found: set[int] = set()
        for name, pairs in self.side.by_path.items():
            if path.matches(name):
                for resource, item in pairs:
                    value = str(item.raw_value)
                    if "${" in value:
                        words = _NAMES(value)
                        found |= {
                            id(other) for ref in resource.ref_names if ref in words for other in named.get(ref, ())
                        }
                        found |= self._of_variable(value)
        return found

    def _of_variable(self, value: str) -> set[int]:
        names = {name for name in re.findall(r"[A-Za-z_]\w*", value) if name in self.side.by_name}
        declarations = (self.side.by_name[name] for name in names)
        return {id(self._of_declaration[id(d)]) for d in declarations if id(d) in self._of_declaration}
