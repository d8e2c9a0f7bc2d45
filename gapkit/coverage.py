"""Requirement × facts → status with evidence: the measurements of both sides, decided by one table of weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from math import exp
from typing import NamedTuple, cast

from gapkit.absence import nothing_of_it
from gapkit.categories import HEAD_LENGTH, Wording, best_category, category_features
from gapkit.compare import Alignment, align
from gapkit.concepts import Concept, Knowledge, Mention, find_mentions
from gapkit.creation import creation_reason
from gapkit.evidence import Place, SideIndex, place_value
from gapkit.gaps import Link
from gapkit.knowledge import load_yaml
from gapkit.models import Coverage, Requirement, Span
from gapkit.parts import Part, read_parts, word_weights
from gapkit.resources import Sides
from gapkit.scales import FAULT_WEIGHT, scaled
from gapkit.severity import stated_severity, worst
from gapkit.severity_score import score_severity, severity_features
from gapkit.signals import UNKNOWN, Check, Examiner, Signals, likeness, likeness_to_itself, settle
from gapkit.wordings import wording_features
from gapkit.words import phrase_words

LINES_LIMIT = 5
MISSES_LIMIT = 3
NOTHING_CONFIDENCE = 0.8  # of 36 labelled samples' requirements that the rule speaks of, four in five are missing
LEAST_CONFIDENCE = 0.34  # of three statuses
STEEPNESS = 0.85  # held out, judgements are then right as often as their confidence says (docs/method.md)
WITHOUT_CODE = ("missing", 0.0, 0.95)
"""What an answer that declares nothing gets, whatever its prose claims."""
LEAST_OF_PARTIAL = 0.25
UNTOLD = ("partial", 0.5, LEAST_CONFIDENCE)
"""What a wording gets that neither response's code says anything of: that it is not there shows nothing."""


class Measured(NamedTuple):
    """A requirement's parts with its measurements on both sides."""

    parts: tuple[Part, ...]
    features: dict[str, float]
    ideal_features: dict[str, float]
    own: Signals
    reference: Signals | None


class Score(NamedTuple):
    """A linear score: what it starts from (bias less threshold), and the weight of each measurement."""

    start: float
    weights: tuple[tuple[str, float], ...]

    def of(self, features: Mapping[str, float]) -> float:
        """The score above its threshold."""
        total = self.start
        for name, weight in self.weights:
            total += weight * features[name]
        return total


@cache
def _scores() -> tuple[Score, Score]:
    """The scores `complete` and `present` of knowledge/judgement.yaml."""
    data = cast("Mapping[str, Mapping[str, float]]", load_yaml("judgement.yaml"))

    def score(row: Mapping[str, float]) -> Score:
        named = tuple((k, w) for k, w in row.items() if k not in ("bias", "threshold"))
        return Score(row["bias"] - row["threshold"], named)

    return score(data["complete"]), score(data["present"])


def _probability(margin: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, STEEPNESS * margin))))


def decide(features: Mapping[str, float]) -> tuple[str, float, float]:
    """Status, score and confidence from measurements."""
    complete, present = (score.of(features) for score in _scores())
    p_complete, p_present = _probability(complete), _probability(present)
    p_complete = min(p_complete, p_present)
    if complete >= 0 and present >= 0:
        status, confidence = "complete", p_complete
    elif present >= 0:
        status, confidence = "partial", p_present - p_complete
    else:
        status, confidence = "missing", 1 - p_present
    return status, round((p_complete + p_present) / 2, 4), round(max(confidence, LEAST_CONFIDENCE), 4)


def decide_on(signals: Signals, features: Mapping[str, float]) -> tuple[str, float, float]:
    """The decision, never `complete` where something asked of all resources of a kind is not on each, a quantity lacks
    that the ideal has, something stands that is refused, or names and tags are right on less than half; and never
    `missing` where all that lacks is that something bad does not stand: the rest is as it was asked for."""
    status, score, confidence = decide(features)
    lacking = [c.concept for c in signals.checks if c.concept is not None and not c.concept.service and c.share < 0.5]
    if status == "missing" and lacking and all(concept.violation for concept in lacking):
        return "partial", max(score, LEAST_OF_PARTIAL), LEAST_CONFIDENCE
    across = [c.share for c in signals.checks if c.concept is not None and c.concept.across]
    short = any(c.misses or c.lacking or (c.refused and c.share < 0.5) for c in signals.checks)
    if status == "complete" and (short or min(across, default=1.0) < 0.5):
        return "partial", min(score, 0.5), LEAST_CONFIDENCE
    return status, score, confidence


def open_concepts(status: str, signals: Signals, leading: Sequence[Concept]) -> tuple[list[Concept], Sequence[Concept]]:
    """The concepts that are found by less than half, and those of them that lead the title."""
    lacking = [c.concept for c in signals.checks if c.kind != "words" and c.share < 0.5 and c.concept is not None]
    named = frozenset([concept.concept_id for concept in leading])
    open_leading: Sequence[Concept] = [c for c in lacking if c.concept_id in named]
    if status == "missing" and not open_leading:  # what the title names is not there, whatever bears its name
        open_leading = leading
    return lacking, open_leading


class Judge:
    """Judges every requirement of a sample on both sides."""

    def __init__(
        self,
        model: SideIndex,
        ideal: SideIndex | None,
        alignment: Alignment | None,
        knowledge: Knowledge,
        explaining: bool = False,
    ) -> None:
        self.model, self.ideal, self.alignment, self.knowledge = model, ideal, alignment, knowledge
        self.explaining = explaining
        self.model_examiner = Examiner(model)
        self.ideal_examiner = Examiner(ideal) if ideal is not None else None

    @property
    def reference(self) -> str:
        return "code" if self.ideal is not None else "prose"

    @classmethod
    def of(cls, sides: Sides, knowledge: Knowledge, explaining: bool = False) -> Judge:
        """A judge of one sample's sides; an ideal without code is no reference; `explaining` keeps the chains."""
        if sides.ideal.empty:
            return cls(SideIndex(sides.model), None, None, knowledge, explaining)
        alignment = align(sides.ideal, sides.model)
        return cls(SideIndex(sides.model), SideIndex(sides.ideal), alignment, knowledge, explaining)

    @cached_property
    def creation_reason(self) -> str:
        """Why the ideal's parts could not be created with the response's roles; empty where they could."""
        return creation_reason(self.ideal.side, self.model.side) if self.ideal is not None else ""

    def measurements(self, requirements: Sequence[Requirement]) -> Iterator[Measured]:
        """The measurements of each requirement of one prompt."""
        idf = word_weights(requirements)
        for requirement in requirements:
            yield self.measure(requirement, read_parts(requirement, idf, self.knowledge))

    def measure(self, requirement: Requirement, parts: tuple[Part, ...]) -> Measured:
        """Features of the model and of the ideal, with their signals."""
        own = self.model_examiner.examine(parts)
        wording = wording_features(requirement.text)
        if self.ideal_examiner is None:
            settle(own, None)
            own.features |= {"like_ideal": UNKNOWN, "ideal_alone": 0.0}
            return Measured(parts, {**own.features, **wording, **self._faults(self.model, own)}, {}, own, None)
        assert self.ideal is not None
        reference = self.ideal_examiner.examine(parts)
        settle(own, reference)
        asking = [part.weights for part in parts if not part.refused]
        alone = max((self.model.lacking_share(weights, self.ideal) for weights in asking), default=0.0)
        own.features |= {"like_ideal": likeness(own, reference), "ideal_alone": alone}
        reference.features |= {"like_ideal": likeness_to_itself(reference), "ideal_alone": 0.0}
        features = {**own.features, **wording, **self._faults(self.model, own)}
        ideal_features = {**reference.features, **wording, **self._faults(self.ideal, reference)}
        return Measured(parts, features, ideal_features, own, reference)

    def _faults(self, index: SideIndex, signals: Signals) -> dict[str, float]:
        """How badly the resources that the wording speaks of are broken, and how much is broken at all."""
        resources, faults = index.side.resources, index.side.faults
        top = max(signals.relevant.values(), default=1.0)
        broken = 0.0
        for number, strength in signals.relevant.items():
            severity = faults.get(id(resources[number].declaration))
            if severity is not None:
                broken = max(broken, FAULT_WEIGHT[severity] * strength / top)
        critical = sum(severity == "critical" for severity in faults.values())
        return {
            "broken": broken,
            "broken_hits": self._broken_hits(signals, faults),
            "faults": scaled("faults", critical),
            "unparsed": scaled("unparsed", len(index.side.stops)),
        }

    def _broken(self, signals: Signals) -> str:
        """The worst fault of the model's resources that the wording speaks of most."""
        faults, resources = self.model.side.faults, self.model.side.resources
        half = 0.5 * max(signals.relevant.values(), default=0.0)
        return worst(
            faults.get(id(resources[n].declaration), "none")
            for n, strength in signals.relevant.items()
            if strength >= half
        )

    @staticmethod
    def _broken_hits(signals: Signals, faults: Mapping[int, str]) -> float:
        """How badly that is broken which a check rests on: of the check's resources the soundest, of the checks the
        worst."""
        worst_of_all = 0.0
        if faults:
            for check in signals.checks:
                if check.hits and check.share > 0:
                    weights = [FAULT_WEIGHT[faults.get(id(hit.resource.declaration), "none")] for hit in check.hits]
                    worst_of_all = max(worst_of_all, min(weights))
        return worst_of_all

    def judge(self, requirements: Sequence[Requirement]) -> tuple[tuple[Coverage, ...], list[Measured]]:
        """A coverage per requirement, and the measurements behind it."""
        coverages: list[Coverage] = []
        measured: list[Measured] = []
        for requirement, found in zip(requirements, self.measurements(requirements), strict=True):
            decision, ideal_status = self._decisions(found)
            coverages.append(self._coverage(requirement, found, decision, ideal_status))
            measured.append(found)
        return tuple(coverages), measured

    def _decisions(self, found: Measured) -> tuple[tuple[str, float, float], str]:
        """The decision on the model, and the ideal's status."""
        own, reference = found.own, found.reference
        told = own.checks or (reference is not None and reference.checks)
        if self.model.side.empty:
            decision = WITHOUT_CODE
        elif told:
            decision = decide_on(own, found.features)
        else:
            decision = UNTOLD
        if reference is None:
            return decision, "unverifiable"
        return decision, decide_on(reference, found.ideal_features)[0] if told else UNTOLD[0]

    def links(self, coverages: Sequence[Coverage], measured: Sequence[Measured]) -> dict[int, Link]:
        """The requirement that each resource serves most: of the ideal's resources, and of what only the model has."""
        links: dict[int, Link] = {}
        for coverage, found in zip(coverages, measured, strict=True):
            for index, signals in ((self.ideal, found.reference), (self.model, found.own)):
                if signals is None or index is None:
                    continue
                resources = index.side.resources
                for number, strength in signals.relevant.items():
                    key = id(resources[number])
                    known = links.get(key)
                    if known is None or strength > known.strength:
                        requirement_id = coverage.requirement.requirement_id
                        links[key] = Link(requirement_id, strength, coverage.category, coverage.severity)
        return links

    def leading(self, requirement: Requirement) -> list[Concept]:
        """The concepts that a title names; of two that share words, the one that says more."""
        return [mention.concept for mention in self._named(phrase_words(requirement.title[:HEAD_LENGTH]))]

    def _named(self, title: tuple[str, ...]) -> list[Mention]:
        mentions = find_mentions(title, self.knowledge)
        return [
            m
            for m in mentions
            if not any(o.start <= m.start and m.end <= o.end and o.end - o.start > m.end - m.start for o in mentions)
        ]

    def category_features(
        self, requirement: Requirement, found: Measured, leading: list[Concept] | None = None
    ) -> dict[str, float]:
        """What a requirement's category is told from: its wording, the concepts it names, the types that serve it."""
        source = found.reference or found.own
        side = self.ideal.side if self.ideal is not None and found.reference is not None else self.model.side
        return category_features(
            Wording(requirement.text, requirement.title, requirement.group or ""),
            list(dict.fromkeys(m.concept for part in found.parts for m in part.mentions)),
            self.leading(requirement) if leading is None else leading,
            [side.resources[n].type for n in list(source.relevant)[:3]],
        )

    def _coverage(
        self,
        requirement: Requirement,
        found: Measured,
        decision: tuple[str, float, float],
        ideal_status: str,
    ) -> Coverage:
        status, score, confidence = decision
        own, reference = found.own, found.reference
        title = phrase_words(requirement.title[:HEAD_LENGTH])
        mentions = self._named(title)
        leading = [mention.concept for mention in mentions]
        named = frozenset([concept.concept_id for concept in leading])
        whole = frozenset([m.concept.concept_id for m in mentions if m.end - m.start == len(title)])
        if status in ("partial", "complete") and reference is not None and nothing_of_it(own, reference, named):
            status, score, confidence = "missing", min(score, 0.1), NOTHING_CONFIDENCE
        category = requirement.category or best_category(self.category_features(requirement, found, leading))
        lacking, open_leading = open_concepts(status, own, leading)
        stated = worst(c.severity for c in open_leading if c.concept_id in whole)
        if stated != "none":
            severity = stated_severity(status, stated, own.features["score"], self._broken(own))
        else:
            measured = {**found.features, **severity_features(lacking)}
            severity = score_severity(status, category, requirement.text, measured)
        deployment = worst(c.deployment for c in lacking) if severity != "none" else "none"
        operational = worst((severity, *(c.operational for c in open_leading))) if severity != "none" else "none"
        if category == "iam" and severity != "none" and self.creation_reason:
            severity = deployment = "critical"
        lacking_it = (
            [Place(r, None) for c in own.checks for r in c.misses][:MISSES_LIMIT] if status == "partial" else []
        )
        model_places = (lacking_it + own.places(LINES_LIMIT))[:LINES_LIMIT]
        ideal_places = reference.places(LINES_LIMIT) if reference is not None else []
        return Coverage(
            requirement=requirement,
            status=status,
            score=score,
            confidence=confidence,
            ideal_status=ideal_status,
            severity=severity,
            category=category,
            reason=_reason(status, own.checks),
            model_lines=_spans(model_places),
            ideal_lines=_spans(ideal_places),
            model_evidence=tuple(_quote(p) for p in model_places),
            ideal_evidence=tuple(_quote(p) for p in ideal_places),
            deployment_impact=deployment,
            operational_impact=operational,
            chain=_chain(own, status) if self.explaining else (),
        )


def _spans(places: Sequence[Place]) -> tuple[Span, ...]:
    return tuple(sorted({(p.line, p.line) for p in places}))


def _quote(place: Place) -> str:
    declaration = place.resource.declaration
    head = f"{place.line}: {declaration.type} {declaration.name}".rstrip()
    return head if place.item is None else f"{head} {place.item.raw_path} = {place_value(place.item.raw_value)}"


def _reason(status: str, checks: Sequence[Check]) -> str:
    """One sentence: what was found, what was not."""
    found = list(dict.fromkeys(c.label for c in checks if c.kind != "words" and c.share >= 0.5 and not c.idle))[:3]
    lacking = list(dict.fromkeys(c.label for c in checks if c.kind != "words" and c.share < 0.5))[:3]
    if status == "complete" and not found and any(c.idle and c.weight for c in checks):
        return "Nothing is there that it would ask something of."
    if status == "complete":
        return f"Found {', '.join(found)}." if found else "The wording's terms stand together in the response's code."
    if status == "missing":
        return f"Nothing implements {', '.join(lacking)}." if lacking else "No declaration speaks of what is asked."
    if not checks:
        return "Nothing in the code of either response speaks of it."
    short = _shortfalls(checks)
    if short:
        lacking.insert(0, short)
    if found and lacking:
        return f"Found {', '.join(found)}; not {', '.join(lacking)}."
    if lacking:
        return f"Not found: {', '.join(lacking)}."
    return "Only some of what is asked stands in the response's code."


def _shortfalls(checks: Sequence[Check]) -> str:
    """What is asked of all and not on each, with the first that lacks it."""
    told = []
    for check in checks:
        if check.misses:
            first = check.misses[0].declaration
            more = f" and {len(check.misses) - 1} more" if len(check.misses) > 1 else ""
            told.append(f"{check.label} (lacks on {first.type} {first.name}, line {first.line}{more})")
    return f"on all of them: {', '.join(list(dict.fromkeys(told))[:2])}" if told else ""


def _chain(own: Signals, status: str) -> tuple[str, ...]:
    lines = []
    for check in own.checks:
        where = ", ".join(f"line {p.line}" for p in check.places[:3]) or "nowhere"
        lines.append(f"part {check.part + 1} → {check.kind} “{check.label}” → {check.share:.2f} at {where}")
    features = own.features
    lines.append("measurements: " + ", ".join(f"{k} {v:.2f}" for k, v in features.items()))
    lines.append(f"status: {status}")
    return tuple(lines)
