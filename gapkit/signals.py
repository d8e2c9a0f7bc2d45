"""What a side's code says about one requirement, as numbers with the places they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from gapkit.across import NEARLY_ALL, AcrossSide, Wanted, look_across, wanted, with_keys_below
from gapkit.concepts import Concept, Detection, Hit, apply_rule, detect
from gapkit.evidence import Place, SideIndex
from gapkit.literals import LiteralFinder
from gapkit.parts import Part
from gapkit.quantified import QuantifiedSide, asked_of_all
from gapkit.refusals import Alternative
from gapkit.resources import Resource
from gapkit.scales import scaled
from gapkit.words import word_set

EVIDENCE_LIMIT = 6
QUANTITIES = frozenset({"duration", "size", "percent", "number"})
UNKNOWN = 0.5  # likeness to an ideal that says nothing of it; of what is refused, a setting that may be another one


class Check:
    """One thing looked for: what, how far it was found (0–1), where.

    `asked` counts what a demand on all is made of, `misses` are those of it that do not have it; `outright`: the
    wording says "all", not only a plural.  `lacking`: a quantity that the ideal has and this side has not.  `hits` and
    `says` are all that a concept rests on, and its content; `places` are the first of them.  `idle`: asked only where
    something is there that is not (without a weight where the wording only speaks of it); `refused`: it is met by what
    is not there.  Of a literal, one place of many is told: none.
    """

    # fmt: off
    __slots__ = (
        "asked", "concept", "hits", "idle", "kind", "label", "lacking", "misses", "outright", "part", "places",
        "quantity", "refused", "says", "share", "weight",
    )
    # fmt: on

    def __init__(
        self,
        kind: str,
        label: str,
        share: float,
        weight: float,
        places: Sequence[Place] = (),
        concept: Concept | None = None,
        part: int = 0,
        quantity: bool = False,
    ) -> None:
        self.kind = kind
        self.label = label
        self.share = share
        self.weight = weight
        self.places = places
        self.concept = concept
        self.part = part
        self.quantity = quantity
        self.lacking = False
        self.idle = False
        self.refused = False
        self.asked = 0
        self.outright = False
        self.misses: Sequence[Resource] = ()
        self.hits: Sequence[Hit] = ()
        self.says: frozenset[tuple[str, str, str]] = frozenset()


_ORDER = {"concept": 0, "literal": 1, "words": 2}


def _surest(check: Check) -> tuple[int, float]:
    return _ORDER[check.kind], -check.share


@dataclass(slots=True)
class Signals:
    """The measurements of one requirement on one side.

    `features` are the numbers that the status is decided from (see docs/method.md); `relevant` the positions of the
    resources that the wording speaks of, with their weight.
    """

    checks: list[Check]
    features: dict[str, float]
    relevant: dict[int, float] = field(default_factory=dict)

    def places(self, limit: int) -> list[Place]:
        """Evidence, the surest first: concepts, then literals, then words; at most `limit` places."""
        out: list[Place] = []
        seen: set[int] = set()
        for check in sorted([check for check in self.checks if check.share > 0], key=_surest):
            for place in check.places:
                if place.line not in seen:
                    seen.add(place.line)
                    out.append(place)
                    if len(out) == limit:
                        return out
        return out


def settle(own: Signals, ideal: Signals | None) -> None:
    """Measures what is asked of all, and notes the quantities that the ideal alone has.

    What only a plural asks is a demand on all where the ideal leaves none out.  What the ideal has and leaves so is
    not held against a response that has the same, so adding it to a response lowers nothing.
    """
    left_out = {(c.label, c.part): {r.keys for r in c.misses} for c in ideal.checks if c.misses} if ideal else {}
    least = 1.0
    for check in own.checks:
        if check.misses:
            alike = left_out.get((check.label, check.part), set())
            plain = not check.outright and (ideal is None or alike)
            asked = check.asked
            check.misses = () if plain or check.share < 0.5 else [r for r in check.misses if r.keys not in alike]
            least = min(least, 1 - len(check.misses) / asked)
    own.features["of_all"] = least
    if ideal is not None:
        ideal.features["of_all"] = 1.0
        for check in ideal.checks:
            check.misses = ()
        had = {(c.label, c.part) for c in ideal.checks if c.quantity and c.share}
        for check in own.checks:
            check.lacking = check.quantity and not check.share and (check.label, check.part) in had


def likeness(own: Signals, ideal: Signals) -> float:
    """How much of what the ideal's checks rest on stands in the response with the same type, path and value (0–1, mean
    over the checks); UNKNOWN where they rest on nothing."""
    shares = []
    mine = [check for check in own.checks if check.kind != "words"]
    others = [check for check in ideal.checks if check.kind != "words"]
    for check, other in zip(mine, others, strict=True):
        if other.says and other.share:
            shares.append(len(other.says & check.says) / len(other.says) if check.share else 0.0)
    return _mean(shares, UNKNOWN)


def likeness_to_itself(ideal: Signals) -> float:
    """The same of the ideal."""
    return 1.0 if any(check.says and check.share for check in ideal.checks) else UNKNOWN


def _contents(hits: Sequence[Hit]) -> frozenset[tuple[str, str, str]]:
    """What hits say: type, path and value, whatever the resources are called."""
    return frozenset(
        [(h.resource.type, h.item.path, str(h.item.value)) if h.item else (h.resource.type, "", "") for h in hits]
    )


class Examiner:
    """Asks one side about requirements; a concept is asked once per set of services."""

    def __init__(self, index: SideIndex) -> None:
        self.index = index
        self.literals = LiteralFinder(index)
        self._detections: dict[tuple[str, frozenset[str]], Detection] = {}
        self._contents: dict[int, frozenset[tuple[str, str, str]]] = {}  # by the id of a detection, which is kept
        self._across_detections: dict[tuple[str, Wanted], Detection] = {}
        self._across_side = AcrossSide(index.side)
        self._quantified = QuantifiedSide(index.side)

    def detection(self, concept: Concept, services: frozenset[str]) -> Detection:
        key = (concept.concept_id, services)
        found = self._detections.get(key)
        if found is None:
            found = self._detections[key] = detect(concept, self.index.side, services)
        return found

    def _says(self, detection: Detection) -> frozenset[tuple[str, str, str]]:
        said = self._contents.get(id(detection))
        if said is None:
            said = self._contents[id(detection)] = _contents(detection.hits)
        return said

    def _across(self, name: str, asked: Wanted) -> Detection:
        key = (name, asked)
        found = self._across_detections.get(key)
        if found is None:
            found = self._across_detections[key] = look_across(name, asked, self._across_side)
        return found

    def examine(self, parts: Sequence[Part]) -> Signals:
        """All checks of a requirement's parts, and their summary."""
        checks: list[Check] = []
        relevant: dict[int, float] = {}
        lexical: list[float] = []
        cooccurrence: list[float] = []
        part_scores: list[float] = []
        index = self.index
        for number, part in enumerate(parts):
            first = len(checks)
            words = frozenset(part.weights)
            for mention in part.mentions:
                concept = mention.concept
                asked = None
                if concept.across is not None:
                    text = with_keys_below([p.text for p in parts[number:]]) if concept.across == "tags" else part.text
                    asked = wanted(concept.across, text)
                    detection = self._across(concept.across, asked)
                else:
                    detection = self.detection(concept, frozenset() if concept.service else part.services)
                places = tuple(Place(hit.resource, hit.item) for hit in detection.hits[:EVIDENCE_LIMIT])
                weight = 0.5 if concept.service else 1.0
                check = Check("concept", concept.title, detection.share, weight, places, concept, number)
                if concept.across is None and not concept.violation:
                    check.hits, check.says = detection.hits, self._says(detection)
                if not check.share and concept.concept_id in part.spoken_of:
                    check.share, check.weight, check.idle = 1.0, 0.0, True
                checks.append(check)
                if concept.across is not None and asked is not None and _falls_short(concept.across, asked, detection):
                    check.misses, check.outright = detection.misses, True
                    check.asked = max(len(detection.misses), round(len(detection.misses) / (1 - detection.share)))
                if asked_of_all(concept):
                    standing = self._quantified.standing(concept, part.text, part.services)
                    if standing is not None:
                        check.asked, check.misses, check.outright = standing.asked, standing.misses, standing.outright
            for literal in part.literals:
                place = self.literals.find(literal, part.text, words)
                share = 1.0 if place is not None and place is not False else 0.0
                places = (place,) if isinstance(place, Place) else ()
                quantity = literal.kind in QUANTITIES
                checks.append(Check("literal", literal.text, share, 0.8, places, None, number, quantity=quantity))
            for literal in part.forbidden:
                place = self.literals.find_refused(literal, words)
                share = 0.0 if place is not None and place is not False else 1.0
                places = (place,) if isinstance(place, Place) else ()
                checks.append(Check("literal", "no " + literal.text, share, 0.8, places, None, number))
            checks += [self._refused(mention.concept, number) for mention in part.refused]
            scores = index.score_resources(part.weights)
            total = sum(part.weights.values()) or 1.0
            best = max(scores.values(), default=0.0)
            share = index.found_share(part.weights)
            lexical.append(share)
            cooccurrence.append(best / total if part.weights else 1.0)
            if best > 0:
                top = [n for n, s in scores.items() if s >= 0.75 * best]
                if len(top) > 1:
                    # Source order must not choose.
                    top.sort(key=lambda n: (-scores[n], index.content(n)))
                    cut = EVIDENCE_LIMIT
                    while cut < len(top) and index.content(top[cut]) == index.content(top[cut - 1]):
                        cut += 1  # those that say the same serve the wording alike
                    del top[cut:]
                for n in top:
                    relevant[n] = max(relevant.get(n, 0.0), scores[n] / total)
                lazily = BestPlaces(self.index, tuple(top[:3]), words)
                checks.append(Check("words", "wording", best / total, 0.5, lazily, None, number))
            own = checks[first:]
            for alternative in part.alternatives:
                _excuse(alternative, own)
            if not best:  # nothing speaks of it: neither what is asked for nor what is only named stands there
                for check in own:
                    check.share = check.share if check.weight else 0.0
            if _only_places(part) and not any(c.share for c in own if c.kind == "literal"):
                lexical[-1] = cooccurrence[-1] = 0.0  # "deploy" stands everywhere, and says nothing of the region
                for check in own:
                    check.share = 0.0
            if self._asks_nothing(part, own):
                lexical[-1] = cooccurrence[-1] = 1.0
                for check in own:
                    check.idle = check.share < 1.0 or bool(check.misses)
                    check.share, check.misses = 1.0, ()
            weight = sum(c.weight for c in own)
            part_scores.append(sum(c.weight * c.share for c in own) / weight if weight else 0.0)
        return Signals(checks, _summary(checks, lexical, cooccurrence, part_scores, parts), relevant)

    def _refused(self, concept: Concept, part: int) -> Check:
        """The check of what must not be there; settings may be other ones than those that are meant."""
        detection = self.detection(concept, frozenset())
        things = [rule for rule in concept.rules if rule.refuses_all] if detection.share else []
        hits = [
            hit for rule in things for hit in apply_rule(rule, self.index.side).hits if hit.resource.kind == "resource"
        ]
        share = 1.0 if not detection.share else 0.0 if hits else UNKNOWN
        places = tuple(Place(hit.resource, hit.item) for hit in hits[:EVIDENCE_LIMIT])
        check = Check("concept", f"no {concept.title}", share, 1.0, places, concept, part)
        check.refused = True
        return check

    def _asks_nothing(self, part: Part, checks: Sequence[Check]) -> bool:
        """Whether a part asks for nothing on this side: what it speaks of is not there, and need not be."""
        if part.subjects:
            return not any(self.detection(m.concept, frozenset()).share for m in part.subjects)
        if part.replaced:
            return all(c.share for c in checks if c.kind == "literal" and c.label.startswith("no "))
        if not all(c.share for c in checks if c.kind != "words"):
            return False
        if part.mentions:
            return all(_refuses_a_kind(m.concept) for m in part.mentions)
        return bool(part.refused)


def _only_places(part: Part) -> bool:
    """Whether a part asks for nothing but regions."""
    return bool(part.literals) and not part.mentions and all(literal.kind == "region" for literal in part.literals)


def _excuse(alternative: Alternative, checks: Sequence[Check]) -> None:
    """Where one side of an "or" is found, nothing is asked of the other."""
    sides = [[c for c in checks if c.concept is not None and c.concept.concept_id in ids] for ids in alternative]
    for own, other in (sides, sides[::-1]):
        if any(c.share >= 0.5 and not c.idle for c in other):
            for check in own:
                if check.share < 0.5:
                    check.share, check.weight, check.idle = 1.0, 0.0, True


def _refuses_a_kind(concept: Concept) -> bool:
    """Whether a concept only says that resources of a kind must not be there, whatever they say."""
    return concept.violation and all(rule.refuses_all for rule in concept.rules)


def _falls_short(across: str, asked: Wanted, detection: Detection) -> bool:
    """Whether a demand on all is not met by nearly all; of names only where what they have to hold is prescribed."""
    meant = asked.of_all if across == "tags" else bool(asked.literals)
    return meant and detection.share < NEARLY_ALL[across]


class BestPlaces(Sequence[Place]):
    """The places of some resources that share most words with a wording, found when asked for."""

    def __init__(self, index: SideIndex, numbers: tuple[int, ...], words: frozenset[str]) -> None:
        self._index, self._numbers, self._words = index, numbers, words

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, key: int) -> Place: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[Place]: ...
    def __getitem__(self, key: int | slice) -> Place | Sequence[Place]:
        if isinstance(key, slice):
            return [self._best(n) for n in self._numbers[key]]
        return self._best(self._numbers[key])

    def _best(self, number: int) -> Place:
        resource = self._index.side.resources[number]
        best, best_shared = Place(resource, None), 0
        for item in resource.items[:80]:
            shared = len(self._words & word_set(item.raw_path))
            if shared > best_shared:
                best, best_shared = Place(resource, item), shared
        return best


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _summary(
    checks: Sequence[Check],
    lexical: Sequence[float],
    cooccurrence: Sequence[float],
    part_scores: Sequence[float],
    parts: Sequence[Part],
) -> dict[str, float]:
    concepts: list[float] = []
    services: list[float] = []
    literals: list[float] = []
    lacking = words = 0
    for check in checks:
        if check.kind != "words" and check.share < 0.5:
            lacking += 1
        if check.kind == "literal":
            literals.append(check.share)
        elif check.concept is not None and check.weight:
            (services if check.concept.service else concepts).append(check.share)
    for part in parts:
        words += len(part.weights)
    overall = _mean(part_scores, 0.0)
    return {
        "score": overall,
        "least_part": min(part_scores, default=0.0),
        "concepts": _mean(concepts, overall),
        "least_concept": min(concepts, default=overall),
        "has_concepts": float(bool(concepts)),
        "services": _mean(services, overall),
        "literals": _mean(literals, overall),
        "has_literals": float(bool(literals)),
        "words": _mean(lexical, 0.0),
        "least_words": min(lexical, default=0.0),
        "together": _mean(cooccurrence, 0.0),
        "least_together": min(cooccurrence, default=0.0),
        "parts": scaled("parts", len(parts)),
        "length": scaled("length", words),
        "lacking": scaled("lacking", lacking),
    }
