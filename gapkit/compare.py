"""Align the model's declarations with the ideal's, and list what differs.

A resource is matched by what it is and says, not by what it is called: identical content first, then the same name,
then the largest share of equal properties (Dice coefficient, Dice 1945, https://doi.org/10.2307/1932409).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gapkit.resources import Item, Resource, Side

SKIPPED_KINDS = frozenset({"import", "function", "step", "template"})
LEAST_SIMILARITY = 0.12
NAME_BONUS = 0.3
GROUP_LIMIT = 10_000


class Pair(NamedTuple):
    """An ideal resource and the model's counterpart; one of the two may be absent."""

    ideal: Resource | None
    model: Resource | None


class Difference(NamedTuple):
    """One aligned fact.

    change is `same`, `missing` (the ideal's alone), `extra` (the model's alone) or `different`; the items are None
    where the whole resource is meant.
    """

    change: str
    ideal: Resource | None
    model: Resource | None
    ideal_item: Item | None
    model_item: Item | None


@dataclass(slots=True)
class Alignment:
    """All pairs, and for each ideal resource (by position) what became of it."""

    pairs: tuple[Pair, ...]
    model_of: dict[int, Resource]


def _similarity(a: Resource, b: Resource) -> float:
    shared = len(a.keys & b.keys)
    total = len(a.keys) + len(b.keys)
    score = 2 * shared / total if total else 0.5
    if a.declaration.name == b.declaration.name:
        score += NAME_BONUS
    return score


def _match_group(ideals: list[Resource], models: list[Resource]) -> list[Pair]:
    pairs: list[Pair] = []
    by_content: dict[tuple[frozenset[object], str], list[Resource]] = {}
    by_keys: dict[frozenset[object], list[Resource]] = {}
    for model in models:
        by_content.setdefault((model.keys, model.declaration.name), []).append(model)
        by_keys.setdefault(model.keys, []).append(model)
    used: set[int] = set()
    left: list[Resource] = []
    for ideal in ideals:
        same = by_content.get((ideal.keys, ideal.declaration.name), [])
        found = next((m for m in same if id(m) not in used), None)
        if found is None:
            left.append(ideal)
        else:
            used.add(id(found))
            pairs.append(Pair(ideal, found))
    still: list[Resource] = []
    for ideal in left:
        same = by_keys.get(ideal.keys, [])
        found = next((m for m in same if id(m) not in used), None)
        if found is None:
            still.append(ideal)
        else:
            used.add(id(found))
            pairs.append(Pair(ideal, found))
    rest = [m for m in models if id(m) not in used]
    if len(still) == 1 and len(rest) == 1:
        pairs.append(Pair(still[0], rest[0]))
        return pairs
    if len(still) * len(rest) > GROUP_LIMIT:
        by_name = {m.declaration.name: m for m in rest}
        candidates = [(1.0, i, rest.index(by_name[r.declaration.name])) for i, r in enumerate(still)
                      if r.declaration.name in by_name]  # fmt: skip
    else:
        candidates = [(_similarity(a, b), i, j) for i, a in enumerate(still) for j, b in enumerate(rest)]
    candidates.sort(key=lambda c: (-c[0], c[1], c[2]))
    ideal_used: set[int] = set()
    model_used: set[int] = set()
    for score, i, j in candidates:
        if score < LEAST_SIMILARITY:
            break
        if i not in ideal_used and j not in model_used:
            ideal_used.add(i)
            model_used.add(j)
            pairs.append(Pair(still[i], rest[j]))
    pairs.extend(Pair(a, None) for i, a in enumerate(still) if i not in ideal_used)
    pairs.extend(Pair(None, b) for j, b in enumerate(rest) if j not in model_used)
    return pairs


def _group(side: Side) -> dict[tuple[str, str], list[Resource]]:
    groups: dict[tuple[str, str], list[Resource]] = {}
    for resource in side.resources:
        if resource.kind in SKIPPED_KINDS:
            continue
        kind = "resource" if resource.kind == "module" else resource.kind
        label = resource.type if kind != "call" else f"{resource.declaration.type}@{resource.type}"
        groups.setdefault((kind, label), []).append(resource)
    return groups


def align(ideal: Side, model: Side) -> Alignment:
    """Pairs of counterparts, in the ideal's order, what the model adds last."""
    ideal_groups, model_groups = _group(ideal), _group(model)
    pairs: list[Pair] = []
    for key, ideals in ideal_groups.items():
        models = model_groups.get(key)
        if models is None:
            pairs.extend(Pair(a, None) for a in ideals)
        elif len(ideals) == 1 and len(models) == 1:
            pairs.append(Pair(ideals[0], models[0]))
        else:
            pairs.extend(_match_group(ideals, models))
    for key, models in model_groups.items():
        if key not in ideal_groups:
            pairs.extend(Pair(None, b) for b in models)
    model_of = {id(p.ideal): p.model for p in pairs if p.ideal is not None and p.model is not None}
    return Alignment(tuple(pairs), model_of)


def pair_differences(ideal: Resource, model: Resource) -> Iterator[Difference]:
    """What differs between two counterparts, by path; values at one path are compared as a multiset."""
    if ideal.keys == model.keys and len(ideal.items) == len(model.items):
        return
    missing = Counter((i.path, i.value) for i in ideal.items)
    extra = Counter((i.path, i.value) for i in model.items)
    common = missing & extra
    missing -= common
    extra -= common
    if not missing and not extra:
        return
    left: dict[str, list[Item]] = {}
    for item in ideal.items:
        key = (item.path, item.value)
        if missing.get(key, 0) > 0:
            missing[key] -= 1
            left.setdefault(item.path, []).append(item)
    added: dict[str, list[Item]] = {}
    for item in model.items:
        key = (item.path, item.value)
        if extra.get(key, 0) > 0:
            extra[key] -= 1
            added.setdefault(item.path, []).append(item)
    for path, items in left.items():
        others = added.pop(path, [])
        for index, item in enumerate(items):
            if index < len(others):
                yield Difference("different", ideal, model, item, others[index])
            else:
                yield Difference("missing", ideal, model, item, None)
        for item in others[len(items) :]:
            yield Difference("extra", ideal, model, None, item)
    for items in added.values():
        for item in items:
            yield Difference("extra", ideal, model, None, item)


def differences(alignment: Alignment) -> Iterator[Difference]:
    """Every difference of an alignment; a resource that one side lacks is one difference."""
    for ideal, model in alignment.pairs:
        if ideal is None:
            yield Difference("extra", None, model, None, None)
        elif model is None:
            yield Difference("missing", ideal, None, None, None)
        else:
            yield from pair_differences(ideal, model)


def aligned_facts(alignment: Alignment) -> Iterator[Difference]:
    """Every fact of both sides with its change, `same` ones included, for `gapkit diff`."""
    for ideal, model in alignment.pairs:
        if ideal is None or model is None:
            only = ideal or model
            assert only is not None
            change = "missing" if model is None else "extra"
            yield Difference(change, ideal, model, None, None)
            for item in only.items:
                yield Difference(change, ideal, model, item if model is None else None, item if ideal is None else None)
            continue
        yield Difference("same", ideal, model, None, None)
        rest = Counter((i.path, i.value) for i in ideal.items) & Counter((i.path, i.value) for i in model.items)
        mirror: dict[tuple[str, object], list[Item]] = {}
        for item in model.items:
            mirror.setdefault((item.path, item.value), []).append(item)
        for item in ideal.items:
            key = (item.path, item.value)
            if rest.get(key, 0) > 0:
                rest[key] -= 1
                yield Difference("same", ideal, model, item, mirror[key].pop(0))
        yield from pair_differences(ideal, model)
