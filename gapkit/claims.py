"""A reviewer's claim against the two responses: is it true of the response, and which found gaps say the same?

Measurements are of the claim's code words and code lines in both texts and of its overlap with the gaps that were
found; `knowledge/claims.yaml` holds the word lists and the weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import exp, log
from typing import NamedTuple, cast

from gapkit.concepts import find_mentions
from gapkit.coverage import Judge
from gapkit.evidence import SideIndex
from gapkit.folding import lowered, squeezed
from gapkit.knowledge import at_word, load_yaml, words_of
from gapkit.models import CheckedGap, DocumentedGap, Gap
from gapkit.words import code_names, phrase_words, plain_words, word_set

_CODE = re.compile(r"`([^`\n]{2,120})`")
_FENCE = re.compile(r"```[^\n]{0,200}\n((?:[^`]++|`(?!``))*+)(?:```)?")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w:./-]{3,}")
_AFTER = re.compile(at_word(words_of("claims.yaml", "before_fixed_code")))
_BEFORE = re.compile(at_word(words_of("claims.yaml", "before_faulty_code")))
_LEADS = {side: re.compile(at_word(words_of("claims.yaml", f"leads_{side}"))) for side in ("lack", "wrong")}
_TESTS = re.compile(at_word(words_of("claims.yaml", "about_tests")))
_COMMENT = re.compile(r"\s(?:#|//|<!--|/\*).*")
_OPENS_COMMENT = ("#", "//", "*", "<!--", "--", "/*")
_ODD_LETTERS = "\u0130\u0131\u017f\u212a"  # forms of i, s and k
MATCH_LIMIT = 3
GAP_LIMIT = 40
CONCEPT_LIMIT = 3
NAME_LIMIT = 8
LINE_LIMIT = 20
PAIR_LIMIT = 80
LEAST_LINE = 9
LEAST_FIX = 5
LEAST_OVERLAP = 0.34
MOSTLY = 0.5


class Texts:
    """A response's text, squeezed for look-ups: lower case without blanks; what was looked up is remembered."""

    __slots__ = ("_code", "_known", "squeezed")

    def __init__(self, squeezed: str) -> None:
        self.squeezed = squeezed
        self._code = squeezed.encode("utf-8", "surrogatepass")  # one wide sign makes looking in text twice as slow
        self._known: dict[str, bool] = {}

    def holds(self, code: str) -> bool:
        """Whether the text has that code, blanks and case aside."""
        known = self._known.get(code)
        if known is None:
            wanted = "".join(code.lower().split()).encode("utf-8", "surrogatepass")
            known = self._known[code] = wanted in self._code
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
    return _Worded(lower, plain_words(lower))


@cache
def _tables() -> Mapping[str, object]:
    return load_yaml("claims.yaml")


@cache
def _tone(name: str) -> _Tone:
    return _Tone(cast("list[str]", _tables()[name]))


class Grounds(NamedTuple):
    """What claims are held against: both texts, the gaps that were found with their words, and both sides' facts.

    `alike` is the share of all lines that both texts have (0–1): where it is high, notes tend to be made of the rest.
    `longer` is how much longer the ideal is, 0 where it is not and 2 at most (the logarithm of both lengths' ratio).
    `no_code` and `tests`: the response holds no code at all, or tests.
    """

    model: Texts
    ideal: Texts | None
    gaps: Sequence[tuple[Gap, frozenset[str]]]
    judge: Judge
    alike: float = 0.0
    longer: float = 0.0
    no_code: bool = False
    tests: bool = False


class Claim(NamedTuple):
    """A documented gap's wording taken apart: code words, code lines before and after the fix, and its tone.

    `names` are all code words; `issue_names` those of the fault, `fix_names` those that only the fix has.
    `fix_pairs` are the neighbouring words of what the fix is said to be, stemmed.
    `leads` is what it says first: that something is lacking ("lack"), that something is amiss ("wrong"), or neither.
    """

    words: frozenset[str]
    names: tuple[str, ...]
    issue_names: tuple[str, ...]
    fix_names: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    lack: bool
    wrong: bool
    generic: bool
    applied: bool
    fix_pairs: tuple[tuple[str, str], ...]
    leads: str
    about_tests: bool


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
        last_after = max((m.start() for m in _AFTER.finditer(before_code)), default=-1)
        last_before = max((m.start() for m in _BEFORE.finditer(before_code)), default=-1)
        is_diff = text.startswith("diff", match.start() + 3)
        _sort_lines(match.group(1), last_after > last_before, is_diff, before, after)
    prose = (_FENCE.sub(" ", text) if position else text)[:3000]
    head = _worded(gap.title + " " + (gap.found or ""))
    lead = _worded(prose[:400])
    issue = f"{gap.title} {_FENCE.sub(' ', gap.found[:2000]) if gap.found else prose[:400]}"
    names = _code_names(prose)
    issue_names = [name for name in names if name in issue][:NAME_LIMIT]
    fix = f"{gap.fix or ''} {gap.expected or ''}"[:2000]
    fix_prose = _FENCE.sub(" ", fix) if len(fix) > LEAST_FIX else prose[300:900]
    fix_words = phrase_words(fix_prose[:800])
    title = lowered(gap.title)
    return Claim(
        words=word_set(gap.title) | word_set((gap.found or prose)[:200]),
        names=tuple(names[:NAME_LIMIT]),
        issue_names=tuple(issue_names),
        fix_names=tuple([name for name in names if name in fix and name not in issue_names][:NAME_LIMIT]),
        before=tuple(before),
        after=tuple(after),
        lack=_tone("lack").sounds_in(head) or _tone("lack").sounds_in(lead),
        wrong=_tone("wrong").sounds_in(head) or _tone("wrong").sounds_in(lead),
        generic=_tone("generic").sounds_in(lead),
        applied=_tone("applied").sounds_in(_worded(prose)),
        fix_pairs=tuple(dict.fromkeys(p for p in pairwise(fix_words) if p[0] != p[1]))[:PAIR_LIMIT],
        leads=_leads(title) or _leads(lowered((gap.found or prose[len(gap.title) :])[:200])),
        about_tests=_TESTS.search(title) is not None,
    )


def _leads(lower: str) -> str:
    """Whether a wording says first that something lacks or that something is wrong; empty where it says neither."""
    lack, wrong = _LEADS["lack"].search(lower), _LEADS["wrong"].search(lower)
    if lack is not None and (wrong is None or lack.start() <= wrong.start()):
        return "lack"
    return "wrong" if wrong is not None else ""


def _sort_lines(code: str, fixed: bool, is_diff: bool, before: list[str], after: list[str]) -> None:
    """Adds the lines that can be looked up, without what is commented and what ends them, to the fault's or the fix's.

    A block may hold both, told apart by comments ("# Before") or by the marks of a diff.
    """
    for line in code.split("\n"):
        text = line.strip()
        if text.startswith(_OPENS_COMMENT):
            comment = lowered(text)
            to_after, to_before = _AFTER.search(comment), _BEFORE.search(comment)
            if to_after is not None and (to_before is None or to_after.start() < to_before.start()):
                fixed = True
            elif to_before is not None:
                fixed = False
            continue
        side = after if fixed else before
        if text.startswith("+ ") or (is_diff and text.startswith("+")):
            side, text = after, text[1:].lstrip()
        elif is_diff and text.startswith("-"):
            side, text = before, text[1:].lstrip()
        if len(text) < LEAST_LINE or len(side) == LINE_LIMIT:
            continue
        text = _COMMENT.sub("", text).rstrip(" ,;")
        if len(text) >= LEAST_LINE:
            side.append(text)


@cache
def _brands() -> frozenset[str]:
    return frozenset(cast("list[str]", _tables()["brands"]))


def _code_names(prose: str) -> list[str]:
    """The first names of code in a wording: those marked as code, then those that are written like names.

    Names of products and of the documents themselves stand in every response and tell nothing.
    """
    names: dict[str, None] = {}
    marked = [match.group(1).strip() for match in _CODE.finditer(prose)] if "`" in prose else []
    brands = _brands()
    for found in (marked, code_names(prose)):
        for name in found:
            if 3 < len(name) < 80 and name.lower() not in brands:
                names[name] = None
                if len(names) == 2 * NAME_LIMIT:
                    return list(names)
    return list(names)


class _Standing(NamedTuple):
    """Where names stand: in the response only, the ideal only, both, neither; and at all in the response (0–1)."""

    model_only: float
    ideal_only: float
    both: float
    neither: float
    in_model: float


def _standing(names: Sequence[str], model: Texts, ideal: Texts | None) -> _Standing:
    if not names:
        return _Standing(0.0, 0.0, 0.0, 0.0, 0.0)
    in_model = [model.holds(name) for name in names]
    in_ideal = [ideal.holds(name) for name in names] if ideal is not None else [False] * len(names)
    both = sum(m and i for m, i in zip(in_model, in_ideal, strict=True))
    many_in_model, many_in_ideal, many = sum(in_model), sum(in_ideal), len(names)
    return _Standing(
        (many_in_model - both) / many,
        (many_in_ideal - both) / many,
        both / many,
        (many - many_in_model - many_in_ideal + both) / many,
        many_in_model / many,
    )


def _share_of_ideal_only(lines: Sequence[str], model: Texts, ideal: Texts | None) -> float:
    if not lines or ideal is None:
        return 0.0
    return sum(ideal.holds(line) and not model.holds(line) for line in lines) / len(lines)


def _share(lines: Sequence[str], texts: Texts) -> float:
    return sum(texts.holds(line) for line in lines) / len(lines) if lines else 0.0


def _concepts(note: DocumentedGap, judge: Judge) -> dict[str, float]:
    """How far the concepts that the claim names stand on either side."""
    words = phrase_words((note.title + " " + (note.found or note.text[:200]))[:400])
    mentions = [m.concept for m in find_mentions(words, judge.knowledge) if m.concept.rules][:CONCEPT_LIMIT]
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


def _unserved(pairs: Sequence[tuple[str, str]], judge: Judge) -> float:
    """Of the words that stand side by side in the fix and together on a part of the ideal, the share that no part of
    the response has together."""
    ideal = judge.ideal
    if ideal is None:
        return 0.0
    wanted = [pair for pair in pairs if _together(pair, ideal)]
    if not wanted:
        return 0.0
    return sum(not _together(pair, judge.model) for pair in wanted) / len(wanted)


def _together(pair: tuple[str, str], index: SideIndex) -> bool:
    first, second = index.of_word.get(pair[0]), index.of_word.get(pair[1])
    return first is not None and second is not None and not set(first).isdisjoint(second)


def measure_claim(note: DocumentedGap, claim: Claim, grounds: Grounds, overlap: float) -> dict[str, float]:
    """The measurements that the verdict is made from; shares are 0–1."""
    model, ideal = grounds.model, grounds.ideal
    concepts = _concepts(note, grounds.judge)
    named = _standing(claim.names, model, ideal)
    issue = _standing(claim.issue_names, model, ideal)
    fix = _standing(claim.fix_names, model, ideal)
    lack, has_issue, has_fix = float(claim.lack), float(bool(claim.issue_names)), float(bool(claim.fix_names))
    gone = [line for line in claim.before if line not in claim.after]
    new = [line for line in claim.after if line not in claim.before]
    amiss = float(claim.leads == "wrong")
    gone_in_model = _share(gone, model)
    return {
        "named": float(bool(claim.names)),
        "code_in_model": named.in_model if claim.names else 0.5,
        "model_only": named.model_only,
        "ideal_only": named.ideal_only,
        "both": named.both,
        "neither": named.neither,
        "issue_named": has_issue,
        "issue_model_only": issue.model_only,
        "issue_ideal_only": issue.ideal_only,
        "issue_both": issue.both,
        "issue_neither": issue.neither,
        "fix_named": has_fix,
        "fix_model_only": fix.model_only,
        "fix_both": fix.both,
        "fix_neither": fix.neither,
        "fix_in_model": fix.in_model if has_fix else 0.3,
        "has_before": float(bool(claim.before)),
        "before_in_model": _share(claim.before, model),
        "before_in_ideal": _share(claim.before, ideal) if ideal is not None else 0.0,
        "gone_in_model": gone_in_model,
        "gone_elsewhere": 1.0 - gone_in_model if gone else 0.0,
        "gone_from_ideal": float(any(model.holds(line) and (ideal is None or not ideal.holds(line)) for line in gone)),
        "has_after": float(bool(claim.after)),
        "after_in_model": _share(claim.after, model),
        "after_in_ideal": _share(claim.after, ideal) if ideal is not None else 0.0,
        "new_in_model": _share(new, model),
        "new_in_ideal": _share_of_ideal_only(new, model, ideal),
        "gap_overlap": overlap,
        "generic": float(claim.generic),
        "lack": lack,
        "wrong": float(claim.wrong),
        "lack_present": lack * issue.in_model,
        **concepts,
        "lack_concept": lack * concepts["concepts"] * (1 - concepts["concept_in_model"]),
        "lack_contradicted": lack * concepts["concepts"] * concepts["concept_in_model"],
        "concept_only_in_ideal": max(0.0, concepts["concept_in_ideal"] - concepts["concept_in_model"]),
        "unstated": float(note.severity == "unstated"),
        "alike": grounds.alike,
        "longer": grounds.longer,
        "applied": float(claim.applied),
        "fix_unserved": _unserved(claim.fix_pairs, grounds.judge),
        "leads_wrong": amiss,
        "tests_absent": float(claim.about_tests and not grounds.tests),
        "wrong_absent": amiss * concepts["concepts"] * (1 - concepts["concept_in_model"]),
    }


SHARED = ("model_only", "before_in_model", "generic", "gap_overlap", "code_in_model", "lack")


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
    alike = longer = 0.0
    if ideal_text:
        alike = _alike(model_text, ideal_text)
        longer = max(0.0, min(2.0, log((len(ideal_text) + 1) / (len(model_text) + 1))))
    ideal = read_texts(ideal_text) if ideal_text else None
    model, side = read_texts(model_text), judge.model.side
    tests = any(model.holds(code) for code in cast("list[str]", _tables()["test_code"]))
    return Grounds(model, ideal, worded, judge, alike, longer, not (side.sources or side.resources), tests)


def _alike(one: str, other: str) -> float:
    first, second = ({line.strip() for line in text.split("\n") if len(line) >= LEAST_LINE} for text in (one, other))
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared or 1)


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
        elif grounds.no_code and claim.leads != "lack" and not _is_quoted(found):
            supported, reason = False, "The response holds no code, so that nothing in it is amiss."
        elif probability >= cast(float, tables["true"]):
            supported, reason = True, _why_true(found, gap_ids)
        elif probability < cast(float, tables["false"]) and not grounds.no_code:
            supported, reason = False, _why_false(claim, found)
        else:
            reason = "The texts do not settle the claim."
        out.append(CheckedGap(note, supported, gap_ids if supported else (), reason))
    return tuple(out)


def _is_quoted(found: Mapping[str, float]) -> bool:
    """Whether the response's prose has most of the code words of a claim."""
    return found["named"] > 0 and found["code_in_model"] >= MOSTLY


def _why_true(found: Mapping[str, float], gap_ids: Sequence[str]) -> str:
    if gap_ids:
        return f"The comparison found the same: {', '.join(gap_ids)}."
    if found["before_in_model"] > 0.5:
        return "The code that the note quotes stands in the response."
    if found["new_in_ideal"] > 0.5:
        return "The ideal has the code of the fix, the response has not."
    if found["model_only"] > 0.3:
        return "The response has what the note objects to, the ideal has not."
    if found["ideal_only"] > 0.3:
        return "The ideal has what the note misses, the response has not."
    if found["fix_unserved"] > 0.5:
        return "A part of the ideal has what the note asks for, none of the response has."
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
    if found["gone_elsewhere"] > 0.9:
        return "The code that the note quotes as faulty does not stand in the response."
    return "Judged from the wording alone."
