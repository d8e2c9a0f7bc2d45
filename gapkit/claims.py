"""A reviewer's claim against the two responses: is it true of the response, and which found gaps say the same?

Measurements are of the claim's code words and code lines in both texts and of its overlap with the gaps that were
found; `knowledge/claims.yaml` holds the word lists and the weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from math import exp
from typing import NamedTuple, cast

from gapkit.concepts import find_mentions
from gapkit.coverage import Judge
from gapkit.folding import lowered, squeezed
from gapkit.knowledge import load_yaml
from gapkit.models import CheckedGap, DocumentedGap, Gap
from gapkit.words import code_names, phrase_words, word_set

_CODE = re.compile(r"`([^`\n]{2,120})`")
_FENCE = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w:./-]{3,}")
_AFTER = re.compile(r"(?:fix|correct|should|ideal|solution|after|expected|required|resolution|good)")
_BEFORE = re.compile(r"(?:before|wrong|incorrect|model|original|current|problem|issue|bad|actual|generated)")
_WORD = re.compile(r"\w+").findall
_ODD_LETTERS = "\u0130\u0131\u017f\u212a"  # forms of i, s and k
MATCH_LIMIT = 3
GAP_LIMIT = 40
CONCEPT_LIMIT = 3
NAME_LIMIT = 8
LINE_LIMIT = 6
LEAST_OVERLAP = 0.34


class Texts:
    """A response's text, squeezed for look-ups: lower case without blanks; what was looked up is remembered."""

    __slots__ = ("_known", "squeezed")

    def __init__(self, squeezed: str) -> None:
        self.squeezed = squeezed
        self._known: dict[str, bool] = {}

    def holds(self, code: str) -> bool:
        """Whether the text has that code, blanks and case aside."""
        known = self._known.get(code)
        if known is None:
            known = self._known[code] = "".join(code.lower().split()) in self.squeezed
        return known


def read_texts(text: str) -> Texts:
    """A response prepared for many look-ups."""
    return Texts(squeezed(text))


class _Tone:
    """Words that set a claim's tone.

    A text is cut into its words once and held against each list; only wordings of several words need their pattern.
    """

    __slots__ = ("_pattern", "_phrases", "_words")

    def __init__(self, words: Sequence[str]) -> None:
        self._words = frozenset(word.lower() for word in words if word.isalnum())
        self._phrases = [word.lower() for word in words if not word.isalnum()]
        self._pattern = re.compile(r"\b(?:" + "|".join(re.escape(w) for w in words) + r")\b", re.IGNORECASE)

    def sounds_in(self, worded: _Worded) -> bool:
        """Whether one of the words stands in the text, in any case."""
        if worded.words is None:
            return self._pattern.search(worded.text) is not None
        if not self._words.isdisjoint(worded.words):
            return True
        text = worded.text
        return any(phrase in text for phrase in self._phrases) and self._pattern.search(text) is not None


class _Worded(NamedTuple):
    """A text in lower case and its words; as it stands and None where it has letters that only a pattern folds."""

    text: str
    words: list[str] | None


def _worded(text: str) -> _Worded:
    if not text.isascii() and any(letter in text for letter in _ODD_LETTERS):
        return _Worded(text, None)
    lower = text.lower()
    return _Worded(lower, _WORD(lower))


@cache
def _tables() -> Mapping[str, object]:
    return load_yaml("claims.yaml")


@cache
def _tone(name: str) -> _Tone:
    return _Tone(cast("list[str]", _tables()[name]))


class Grounds(NamedTuple):
    """What claims are held against: both texts, the gaps that were found with their words, and both sides' facts."""

    model: Texts
    ideal: Texts | None
    gaps: Sequence[tuple[Gap, frozenset[str]]]
    judge: Judge


class Claim(NamedTuple):
    """A documented gap's wording taken apart: code words, code lines before and after the fix, and its tone."""

    words: frozenset[str]
    names: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    lack: bool
    wrong: bool
    outside: bool
    generic: bool


class Measured(NamedTuple):
    """A claim, the gaps that say the same, and its measurements."""

    claim: Claim
    gap_ids: tuple[str, ...]
    features: dict[str, float]


def read_claim(gap: DocumentedGap) -> Claim:
    """The parts of a documented gap's wording that can be looked up."""
    text = gap.text or gap.title
    before: list[str] = []
    after: list[str] = []
    position = 0
    for match in _FENCE.finditer(text) if "```" in text else ():
        before_code = lowered(text[max(position, match.start() - 160) : match.start()])
        position = match.end()
        lines = [line for line in match.group(1).split("\n") if len(line.strip()) > 8]
        lines = [line for line in lines if not line.strip().startswith(("#", "//"))][:30]
        last_after = max((m.start() for m in _AFTER.finditer(before_code)), default=-1)
        last_before = max((m.start() for m in _BEFORE.finditer(before_code)), default=-1)
        (after if last_after > last_before else before).extend(lines)
    prose = (_FENCE.sub(" ", text) if position else text)[:3000]
    head = _worded(gap.title + " " + (gap.found or ""))
    lead = _worded(prose[:400])
    return Claim(
        words=word_set(gap.title) | word_set((gap.found or prose)[:200]),
        names=_code_names(prose),
        before=tuple(before[:LINE_LIMIT]),
        after=tuple(after[:LINE_LIMIT]),
        lack=_tone("lack").sounds_in(head) or _tone("lack").sounds_in(lead),
        wrong=_tone("wrong").sounds_in(head) or _tone("wrong").sounds_in(lead),
        outside=_tone("outside").sounds_in(_worded(gap.title)),
        generic=_tone("generic").sounds_in(lead),
    )


def _code_names(prose: str) -> tuple[str, ...]:
    """The first names of code in a wording: those marked as code, then those that are written like names."""
    names: dict[str, None] = {}
    for match in _CODE.finditer(prose) if "`" in prose else ():
        name = match.group(1).strip()
        if 3 < len(name) < 80:
            names[name] = None
            if len(names) == NAME_LIMIT:
                return tuple(names)
    for name in code_names(prose):
        if 3 < len(name) < 80:
            names[name] = None
            if len(names) == NAME_LIMIT:
                break
    return tuple(names)


def _share(lines: Sequence[str], texts: Texts) -> float:
    return sum(texts.holds(line) for line in lines) / len(lines) if lines else 0.0


def _concepts(note: DocumentedGap, judge: Judge) -> dict[str, float]:
    """How far the concepts that the claim names stand on either side."""
    words = phrase_words((note.title + " " + (note.found or note.text[:200]))[:400])
    mentions = [m.concept for m in find_mentions(words, judge.knowledge) if m.concept.across is None][:CONCEPT_LIMIT]
    services = frozenset(c.service for c in mentions if c.service)
    own = [c for c in mentions if not c.service] or mentions
    if not own:
        return {"concepts": 0.0, "concept_in_model": 0.5, "concept_in_ideal": 0.5}
    model = [judge.model_examiner.detection(c, frozenset() if c.service else services).share for c in own]
    ideal = model
    if judge.ideal_examiner is not None:
        ideal = [judge.ideal_examiner.detection(c, frozenset() if c.service else services).share for c in own]
    return {
        "concepts": 1.0,
        "concept_in_model": sum(model) / len(model),
        "concept_in_ideal": sum(ideal) / len(ideal),
    }


def measure_claim(note: DocumentedGap, claim: Claim, grounds: Grounds, overlap: float) -> dict[str, float]:
    """The measurements that the verdict is made from; shares are 0–1."""
    model, ideal = grounds.model, grounds.ideal
    concepts = _concepts(note, grounds.judge)
    in_model = [model.holds(n) for n in claim.names]
    in_ideal = [ideal.holds(n) for n in claim.names] if ideal is not None else [False] * len(in_model)
    count = len(claim.names) or 1
    many_in_model, many_in_ideal = sum(in_model), sum(in_ideal)
    in_both = sum(i and m for m, i in zip(in_model, in_ideal, strict=True))
    model_share = many_in_model / count if claim.names else 0.5
    return {
        "named": float(bool(claim.names)),
        "code_in_model": model_share,
        "model_only": (many_in_model - in_both) / count,
        "ideal_only": (many_in_ideal - in_both) / count,
        "both": in_both / count,
        "neither": (len(in_model) - many_in_model - many_in_ideal + in_both) / count,
        "has_before": float(bool(claim.before)),
        "before_in_model": _share(claim.before, model),
        "before_in_ideal": _share(claim.before, ideal) if ideal is not None else 0.0,
        "has_after": float(bool(claim.after)),
        "after_in_model": _share(claim.after, model),
        "after_in_ideal": _share(claim.after, ideal) if ideal is not None else 0.0,
        "gap_overlap": overlap,
        "generic": float(claim.generic),
        "outside": float(claim.outside),
        "lack": float(claim.lack),
        "wrong": float(claim.wrong),
        "lack_present": float(claim.lack) * model_share,
        "lack_absent": float(claim.lack) * (1 - model_share),
        "wrong_present": float(claim.wrong) * model_share,
        **concepts,
        "lack_concept": float(claim.lack) * concepts["concepts"] * (1 - concepts["concept_in_model"]),
        "lack_contradicted": float(claim.lack) * concepts["concepts"] * concepts["concept_in_model"],
        "concept_only_in_ideal": max(0.0, concepts["concept_in_ideal"] - concepts["concept_in_model"]),
    }


SHARED = ("neither", "both", "model_only", "ideal_only", "before_in_model", "generic", "gap_overlap", "code_in_model")


def measure_claims(notes: Sequence[DocumentedGap], grounds: Grounds) -> list[Measured]:
    """The measurements of all claims of one document: each claim's own, and the document's means (`all_…`), since
    notes that speak of another answer tend to do so throughout."""
    out = []
    places: dict[str, list[int]] = {}
    for place, (_, words) in enumerate(grounds.gaps):
        for word in words:
            places.setdefault(word, []).append(place)
    for note in notes:
        claim = read_claim(note)
        overlap, gap_ids = match_gaps(claim, grounds.gaps, places)
        out.append(Measured(claim, gap_ids, measure_claim(note, claim, grounds, overlap)))
    count = len(out) or 1
    means = {f"all_{name}": sum(m.features[name] for m in out) / count for name in SHARED}
    means["gaps"] = min(1.0, len(grounds.gaps) / 40)
    for measured in out:
        measured.features.update(means)
    return out


def match_gaps(
    claim: Claim, gaps: Sequence[tuple[Gap, frozenset[str]]], places: Mapping[str, Sequence[int]]
) -> tuple[float, tuple[str, ...]]:
    """How well the best found gap covers the claim's words (0–1), and the ids of the gaps that say the same.

    `places` leads from a word to the gaps that have it, by their positions.
    """
    if not claim.words:
        return 0.0, ()
    wanted = claim.words.union(*(word_set(n) for n in claim.names[:8]))
    shared: dict[int, int] = {}
    for word in wanted:
        for place in places.get(word, ()):
            shared[place] = shared.get(place, 0) + 1
    if not shared:
        return 0.0, ()
    many = len(wanted)
    scored = []
    for place, count in shared.items():
        gap, words = gaps[place]
        scored.append((-count / (min(many, len(words)) + 2.0), gap.rank, place))
    scored.sort()
    best = tuple(gaps[place][0].gap_id for score, _, place in scored[:MATCH_LIMIT] if -score >= LEAST_OVERLAP)
    return -scored[0][0], best


def gap_words(gap: Gap) -> frozenset[str]:
    """The words of a found gap, to match claims with."""
    return word_set(gap.title)


def verdict(measurements: Mapping[str, float]) -> float:
    """The probability that the claim is true of the response."""
    weights = cast("Mapping[str, float]", _tables()["weights"])
    total = weights["bias"] + sum(weights.get(k, 0.0) * v for k, v in measurements.items())
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


def ground(gaps: Sequence[Gap], judge: Judge, model_text: str, ideal_text: str | None) -> Grounds:
    """What the claims on one sample are held against."""
    worded = [(gap, gap_words(gap)) for gap in gaps[:GAP_LIMIT]]
    return Grounds(read_texts(model_text), read_texts(ideal_text) if ideal_text else None, worded, judge)


def check_claims(
    notes: Sequence[DocumentedGap], grounds: Grounds, measurements: Sequence[Measured] | None = None
) -> tuple[CheckedGap, ...]:
    """Each documented gap with its verdict: supported true, false, or None where the texts cannot tell.

    `measurements` are those of `measure_claims` where they are known already.
    """
    tables = _tables()
    out = []
    for note, measured in zip(notes, measurements or measure_claims(notes, grounds), strict=True):
        claim, gap_ids, found = measured
        probability = verdict(found)
        supported: bool | None = None
        if not grounds.model.squeezed:
            reason = "There is no response to hold the claim against."
        elif probability >= cast(float, tables["true"]):
            supported, reason = True, _why_true(found, gap_ids)
        elif probability < cast(float, tables["false"]):
            supported, reason = False, _why_false(claim, found)
        else:
            reason = "The texts do not settle the claim."
        out.append(CheckedGap(note, supported, gap_ids if supported else (), reason))
    return tuple(out)


def _why_true(found: Mapping[str, float], gap_ids: Sequence[str]) -> str:
    if gap_ids:
        return f"The comparison found the same: {', '.join(gap_ids)}."
    if found["before_in_model"] > 0.5:
        return "The code that the note quotes stands in the response."
    if found["model_only"] > 0.3:
        return "The response has what the note objects to, the ideal has not."
    if found["ideal_only"] > 0.3:
        return "The ideal has what the note misses, the response has not."
    return "Judged from the wording alone."


def _why_false(claim: Claim, found: Mapping[str, float]) -> str:
    if found["after_in_model"] > 0.5 or found["lack_contradicted"] > 0.5:
        return "The response already has what the note asks for."
    if found["neither"] > 0.5:
        return "What the note names stands in neither response."
    if claim.lack and found["code_in_model"] > 0.5 and claim.names:
        return "The response has what the note says is missing."
    if found["both"] > 0.3:
        return "What the note names stands in both responses alike."
    return "Judged from the wording alone."
