"""Align the model's declarations with the ideal's, and list what differs.

A resource is matched by what it is and says, not by what it is called: identical content first, then the largest share
of equal properties (Dice coefficient, Dice 1945, https://doi.org/10.2307/1932409).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from gapkit.models import Scalar
from gapkit.resources import Item, Resource, Side

SKIPPED_KINDS = frozenset({"import", "function"})
EMPTY = ("{}", "[]")
_HOLE = re.compile(r"\$\{[^{}]*\}")
LEAST_SIMILARITY = 0.12
CUT = "…}"
GROUP_LIMIT = 10_000
CHOICE_LIMIT = 100  # equal resources that are told apart by their neighbours


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
    return 2 * shared / total if total else 0.5


def _paths(resource: Resource) -> frozenset[str]:
    return frozenset([item.path for item in resource.items])


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    total = len(a) + len(b)
    return 2 * len(a & b) / total if total else 0.0


def _content_ranks(resources: Sequence[Resource]) -> list[int]:
    """Each resource's place in an order by content, that of the source where the content is the same."""
    says = [r.content for r in resources]
    ranks = [0] * len(says)
    for rank, number in enumerate(sorted(range(len(says)), key=lambda n: (says[n], n))):
        ranks[number] = rank
    return ranks


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
    if any(c[0] < LEAST_SIMILARITY for c in candidates):
        of_ideal, of_model = [_paths(r) for r in still], [_paths(r) for r in rest]
        candidates = [
            c if c[0] >= LEAST_SIMILARITY else (c[0] + LEAST_SIMILARITY * _dice(of_ideal[c[1]], of_model[c[2]]), *c[1:])
            for c in candidates
        ]
    candidates.sort(key=lambda c: -c[0])
    if any(a[0] == b[0] >= LEAST_SIMILARITY / 2 for a, b in pairwise(candidates)):
        # Equally like: what they say decides, not where they stand.
        ideal_rank, model_rank = _content_ranks(still), _content_ranks(rest)
        candidates.sort(key=lambda c: (-c[0], ideal_rank[c[1]], model_rank[c[2]]))
    ideal_used: set[int] = set()
    model_used: set[int] = set()
    for score, i, j in candidates:
        if score < LEAST_SIMILARITY / 2:
            break
        if i not in ideal_used and j not in model_used:
            ideal_used.add(i)
            model_used.add(j)
            pairs.append(Pair(still[i], rest[j]))
    pairs.extend(Pair(a, None) for i, a in enumerate(still) if i not in ideal_used)
    pairs.extend(Pair(None, b) for j, b in enumerate(rest) if j not in model_used)
    return pairs


class _Neighbours:
    """Per resource of a side, what it names and what names it."""

    def __init__(self, side: Side) -> None:
        by_name: dict[str, list[Resource]] = {}
        for resource in side.resources:
            for name in resource.names:
                by_name.setdefault(name, []).append(resource)
        self._near: dict[int, list[Resource]] = {}
        for resource in side.resources:
            for name in sorted(resource.ref_names) if resource.kind != "call" else ():  # equal calls count once
                for other in by_name.get(name, ()):
                    self._near.setdefault(id(resource), []).append(other)
                    self._near.setdefault(id(other), []).append(resource)

    def of(self, resource: Resource) -> list[Resource]:
        return self._near.get(id(resource), [])

    def content(self, resource: Resource) -> list[tuple[str, str]]:
        """What they say, to order by."""
        return sorted([(other.type, other.content) for other in self.of(resource)])


def _settled(pairs: list[Pair], ideal: Side, model: Side) -> list[Pair]:
    """Of equal resources of one side, each goes with the one whose neighbours are the counterparts of its own, and
    those whose neighbours are none are left over: the associations of a route table go with it, whatever they are
    called and wherever they stand."""
    choices = _choices(pairs)
    if not choices:
        return pairs
    settled = list(pairs)
    near_ideal, near_model = _Neighbours(ideal), _Neighbours(model)
    unsure = {n for places in choices for n in places}
    for _ in range(3):  # first by what is sure, then by what was settled, too
        model_of = {
            id(p.ideal): id(p.model)
            for n, p in enumerate(settled)
            if n not in unsure and p.ideal is not None and p.model is not None
        }
        unsure.clear()
        for places in choices:
            chosen = _rematched([settled[n] for n in places], model_of, near_ideal, near_model)
            for n, pair in zip(places, chosen, strict=True):
                settled[n] = pair
    return settled


def _choices(pairs: Sequence[Pair]) -> list[list[int]]:
    """The places of pairs with equal resources on one side, whose counterparts are not all equal or all absent."""
    alike: dict[tuple[int, str, str, frozenset[tuple[str, Scalar]]], list[int]] = {}
    for position, pair in enumerate(pairs):
        for side, resource in enumerate(pair):
            if resource is not None and resource.keys:
                label = (side, resource.kind, resource.type, resource.keys)
                places = alike.get(label)
                if places is None:
                    alike[label] = [position]
                else:
                    places.append(position)
    choices = []
    for label, places in alike.items():
        if 1 < len(places) <= CHOICE_LIMIT:
            others = {None if (other := pairs[n][1 - label[0]]) is None else other.keys for n in places}
            if len(others) > 1:
                choices.append(places)
    return choices


def _rematched(
    pairs: Sequence[Pair], model_of: Mapping[int, int], near_ideal: _Neighbours, near_model: _Neighbours
) -> list[Pair]:
    """The same resources in pairs by their neighbours: as many that are counterparts, else as many that say the same,
    as can be; what they say decides, then names."""
    ideals = [p.ideal for p in pairs if p.ideal is not None]
    models = [p.model for p in pairs if p.model is not None]
    counterparts = [{model_of.get(id(o)) for o in near_ideal.of(one)} for one in ideals]
    near = [{id(o) for o in near_model.of(one)} for one in models]
    says_ideal = [near_ideal.content(one) for one in ideals]
    says_model = [near_model.content(one) for one in models]
    ranked = sorted(
        (
            -len(counterparts[i] & near[j]),
            -len(set(says_ideal[i]).intersection(says_model[j])),
            says_ideal[i],
            says_model[j],
            ideals[i].declaration.name != models[j].declaration.name,
            i,
            j,
        )
        for i in range(len(ideals))
        for j in range(len(models))
    )
    found: dict[int, int] = {}
    used: set[int] = set()
    for *_, i, j in ranked:
        if i not in found and j not in used:
            found[i] = j
            used.add(j)
    given = iter([Pair(one, models[found[i]] if i in found else None) for i, one in enumerate(ideals)])
    left = iter([Pair(None, one) for j, one in enumerate(models) if j not in used])
    return [next(given if p.ideal is not None else left) for p in pairs]


def _with_orphans(pairs: list[Pair]) -> list[Pair]:
    """Calls written alike are counterparts even where one side does not declare what they are made on."""
    model_calls = {_call_as_written(p.model): p.model for p in pairs
                   if p.ideal is None and p.model is not None and p.model.kind == "call"}  # fmt: skip
    if not model_calls:
        return pairs
    found: list[Pair] = []
    taken: set[int] = set()
    for pair in pairs:
        if pair.model is None and pair.ideal is not None and pair.ideal.kind == "call":
            twin = model_calls.pop(_call_as_written(pair.ideal), None)
            if twin is not None:
                taken.add(id(twin))
                pair = Pair(pair.ideal, twin)
        found.append(pair)
    return [p for p in found if p.ideal is not None or id(p.model) not in taken]


def _call_as_written(call: Resource) -> tuple[object, ...]:
    declaration = call.declaration
    written = frozenset([(p.path, p.value) for p in declaration.properties])
    return declaration.type, declaration.owner, declaration.name, written


def _group(side: Side) -> dict[tuple[str, str], list[Resource]]:
    groups: dict[tuple[str, str], list[Resource]] = {}
    for resource in side.resources:
        if resource.kind in SKIPPED_KINDS or (
            resource.kind == "template" and resource.declaration.dialect != "pipeline"
        ):
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
    pairs = _settled(_with_orphans(pairs), ideal, model)
    model_of = {id(p.ideal): p.model for p in pairs if p.ideal is not None and p.model is not None}
    return Alignment(tuple(pairs), model_of)


def pair_differences(ideal: Resource, model: Resource) -> Iterator[Difference]:
    """What differs between two counterparts, by path; values at one path are compared as a multiset.

    A value that is written alike on both sides is the same, whatever it refers to: when a parameter's default differs,
    or what it refers to is gone, that declaration's own difference tells it.
    """
    exact = len(ideal.keys) == len(ideal.items) and len(model.keys) == len(model.items)
    if exact and ideal.keys == model.keys:
        return
    left = _alone(ideal, model)
    added = _alone(model, ideal)
    if not left and not added:
        return
    if left and added:
        _drop_alike(left, added, ideal, model)
    _drop_empty(left, model)
    _drop_empty(added, ideal)
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


def _alone(own: Resource, other: Resource) -> dict[str, list[Item]]:
    """A resource's items, by path, that the other one has not, or has less often."""
    alone: dict[str, list[Item]] = {}
    other_keys = other.keys
    if len(own.keys) == len(own.items):
        for item in own.items:
            if (item[0], item[1]) not in other_keys:
                alone.setdefault(item[0], []).append(item)
        return alone
    surplus = Counter([(i[0], i[1]) for i in own.items])
    counts = Counter([(i[0], i[1]) for i in other.items])
    repeated: dict[tuple[str, Scalar], list[Item]] = {}
    parents: set[str] = set()
    for item in own.items:
        key = (item[0], item[1])
        if key not in other_keys:
            alone.setdefault(item[0], []).append(item)
            parents.add(_list_item(item.raw_path))
        elif surplus[key] > counts[key]:
            repeated.setdefault(key, []).append(item)
    written = {(i.raw_path, i.value) for i in other.items} if repeated else set()
    as_written = {(i.path, i.raw_value) for i in other.items} if repeated else set()

    for key, items in repeated.items():
        # Which of several equal facts is alone?  Those of a list item that is alone itself, else what is written
        # nowhere in the other, else what stands at no such place there.
        ranked = [
            (
                _list_item(item.raw_path) not in parents,
                (item.path, item.raw_value) in as_written,
                (item.raw_path, item.value) in written,
                position,
            )
            for position, item in enumerate(items)
        ]
        ranked.sort()
        alone.setdefault(key[0], []).extend([items[rank[3]] for rank in ranked[: surplus[key] - counts[key]]])
    return alone


def _list_item(raw_path: str) -> str:
    """The innermost list item that a path leads through: `Statement[1].Action[0]` → `Statement[1]`."""
    inner = raw_path[:-1].rpartition("[")[0] if raw_path.endswith("]") else raw_path
    return inner[: inner.rfind("]") + 1]


def _drop_alike(left: dict[str, list[Item]], added: dict[str, list[Item]], ideal: Resource, model: Resource) -> None:
    """Take out of both what is written alike at one path."""
    for path in left.keys() & added.keys():
        for item in tuple(left[path]):
            twin = next((o for o in added[path] if _is_alike(item, o, ideal, model)), None)
            if twin is not None:
                left[path].remove(item)
                added[path].remove(twin)
        for side in (left, added):
            if not side[path]:
                del side[path]


def _is_alike(ideal: Item, model: Item, of_ideal: Resource, of_model: Resource) -> bool:
    """Whether two values are written alike, whatever the resources in them are called, and the model's refers to no
    resource that the ideal's does not."""
    if ideal.raw_value != model.raw_value:
        wanted, found = of_ideal.written(ideal.raw_value), of_model.written(model.raw_value)
        if wanted is None or found is None:
            return False
        if wanted.endswith(CUT) and found.endswith(CUT):  # a longer name leaves less of the rest
            shown = min(len(wanted), len(found)) - len(CUT)
            return wanted[:shown] == found[:shown]
        return wanted == found
    value = model.value
    if not isinstance(value, str) or "${" not in value or value == model.raw_value:
        return True
    known = f"{model.raw_value}\n{ideal.value}\n${{parameter}} ${{local}}"
    return all(hole in known for hole in _HOLE.findall(value))


def _drop_empty(alone: dict[str, list[Item]], other: Resource) -> None:
    """Take out `{}`, `[]` and objects without properties where the other side has something inside: what is inside is
    told already."""
    for path in [p for p, items in alone.items() if any(_is_empty(i) for i in items)]:
        if any(i.path == path or i.path.startswith(path + ".") for i in other.items):
            alone[path] = [i for i in alone[path] if not _is_empty(i)]
            if not alone[path]:
                del alone[path]


def _is_empty(item: Item) -> bool:
    value = item.raw_value
    return value in EMPTY or (isinstance(value, str) and value[:4] == "new " and value[4:].isidentifier())


def differences(alignment: Alignment) -> Iterator[Difference]:
    """Every difference of an alignment; a resource that one side lacks is one difference.

    Where the model refers to nothing that it declares, in the place of what it lacks, the lack has been told.
    """
    lacking = _names(pair.ideal for pair in alignment.pairs if pair.model is None)
    surplus = _names(pair.model for pair in alignment.pairs if pair.ideal is None) if lacking else set()
    for ideal, model in alignment.pairs:
        if ideal is None:
            assert model is not None
            if not (lacking and model.kind == "call" and any(_is_gone(i, lacking) for i in model.items)):
                yield Difference("extra", None, model, None, None)
        elif model is None:
            yield Difference("missing", ideal, None, None, None)
        else:
            for row in pair_differences(ideal, model):
                if not (lacking and row.change == "different" and _refers_to_what_lacks(row, lacking, surplus)):
                    yield row


def _names(resources: Iterable[Resource | None]) -> set[str]:
    """What declarations may be referred to by."""
    return {name for resource in resources if resource is not None for name in resource.names}


def _refers_to_what_lacks(row: Difference, lacking: set[str], surplus: set[str]) -> bool:
    """Whether the ideal's value is a reference to a lacking declaration, and the model's is one to what the ideal has
    no counterpart of, or to nothing declared."""
    assert row.ideal_item is not None and row.model_item is not None
    wanted, found = row.ideal_item.raw_value, row.model_item.value
    if _referred(wanted) not in lacking:
        return False
    if wanted == row.model_item.raw_value:
        return True  # written alike: what else bears the name here is another thing
    if found == row.model_item.raw_value:
        return _referred(found) != ""
    return _referred(row.model_item.raw_value) in surplus


def _is_gone(item: Item, lacking: set[str]) -> bool:
    """Whether a value is a reference to what is not declared, which the ideal declares."""
    return item.value == item.raw_value and _referred(item.value) in lacking


def _referred(value: Scalar) -> str:
    """The name that a value refers to, where it is one reference and nothing else."""
    if not isinstance(value, str) or value[:2] != "${" or value[-1] != "}" or "${" in value[2:]:
        return ""
    return value[2:-1].partition(".")[0].partition("[")[0]


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
        rows = list(pair_differences(ideal, model))
        told = {id(row.ideal_item) for row in rows if row.ideal_item is not None}
        told_of_model = {id(row.model_item) for row in rows if row.model_item is not None}
        mirror: dict[tuple[str, Scalar], list[Item]] = {}
        as_written: dict[tuple[str, Scalar], Item] = {}
        for item in model.items:
            if id(item) not in told_of_model:
                mirror.setdefault((item.path, item.value), []).append(item)
                as_written.setdefault((item.path, item.raw_value), item)
        for item in ideal.items:
            if id(item) not in told:
                twins = mirror.get((item.path, item.value))
                twin = twins.pop(0) if twins else as_written.get((item.path, item.raw_value))
                if twin is not None:
                    yield Difference("same", ideal, model, item, twin)
        yield from rows
