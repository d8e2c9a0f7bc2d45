"""What the words of a reviewer's notes mean: kinds of labels and headings, severities, categories.

The word lists are data, in `knowledge/failures.yaml`; every question here is asked of a short text and cached, since
notes repeat the same few labels and headings thousands of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

from gapkit.knowledge import either, load_yaml, words_of

MAX_TITLE = 300
"""Headings and labels are read this far, in characters."""


def any_of(name: str) -> str:
    """A regular expression that any of the named `patterns` of `knowledge/failures.yaml` fits."""
    return either(words_of("failures.yaml", f"patterns.{name}"))


_WORD = re.compile(r"[^\W_]+(?:[-'’/][^\W_]+)*")
_LABEL_WORD = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)?")
_PARENTHESES = re.compile(r"\([^()]*\)")
_NUMBER_IN_TITLE = re.compile(
    rf"^[\W_]{{0,8}}+(?P<severity>{any_of('numbered_ranks')})?\s{{0,2}}(?P<noun>{any_of('numbered_nouns')})?"
    r"\s{0,2}(?:no\.|nr\.)?\s{0,2}[#№-]?\s{0,2}"
    r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?|[a-z](?=[.):])|[ivx]{1,5}(?=[.):]))?"
    r"(?:\ufe0f?\u20e3)?(?P<end>\\?[.):\]–—-]|\s|$)",
    re.IGNORECASE,
)
_ENDS = ".):]–—-"


@dataclass(frozen=True, slots=True)
class _Lexicon:
    severity_of: dict[str, str]
    marks: tuple[tuple[str, str], ...]
    kind_of: dict[str, str]
    kind_of_phrase: tuple[tuple[str, str], ...]
    label_words: frozenset[str]
    heading_words: frozenset[str]
    collections: frozenset[str]
    defects: frozenset[str]
    lacks: frozenset[str]
    fault_words: frozenset[str]
    praises: re.Pattern[str]
    not_gaps: re.Pattern[str]
    not_gap_starts: re.Pattern[str]
    restatements: re.Pattern[str]
    extras: re.Pattern[str]
    columns: dict[str, frozenset[str]]
    placeholders: re.Pattern[str]
    nothing_found: re.Pattern[str]
    categories: dict[str, tuple[str, ...]]
    stop_words: frozenset[str]
    ranks_alone: frozenset[str]
    ranks_before_noun: frozenset[str]
    rank_nouns: frozenset[str]
    denying_ranks: frozenset[str]
    before_rank: frozenset[str]
    not_first: frozenset[str]
    not_later: frozenset[str]
    empty_notes: frozenset[str]


def _phrases(words: list[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


@cache
def _lexicon() -> _Lexicon:
    data = cast("dict[str, dict[str, list[str]]]", load_yaml("failures.yaml"))
    lists = cast("dict[str, list[str]]", data)
    known: set[str] = set(lists["label_fillers"])
    kind_of: dict[str, str] = {}
    phrases: list[tuple[str, str]] = []
    for kind, words in data["labels"].items():
        for word in words:
            known.update(_LABEL_WORD.findall(word))
            if " " in word:
                phrases.append((word, kind))
            else:
                kind_of.setdefault(word, kind)
    categories: dict[str, tuple[str, ...]] = {}
    for category, words in data["categories"].items():
        for word in words:
            categories[word] = (*categories.get(word, ()), category)
    return _Lexicon(
        severity_of={word: rank for rank, words in data["severities"].items() for word in words},
        marks=tuple((mark, rank) for rank, marks in data["severity_marks"].items() for mark in marks),
        kind_of=kind_of,
        kind_of_phrase=tuple(phrases),
        label_words=frozenset(known | set(lists["label_areas"])),
        heading_words=frozenset(known),
        collections=frozenset(lists["collections"]),
        defects=frozenset(lists["defects"]),
        lacks=frozenset(lists["defects"]) - frozenset(lists["faults"]),
        fault_words=frozenset(lists["fault_words"]) | frozenset(lists["collections"]),
        praises=_phrases(lists["praises"]),
        not_gaps=_phrases(lists["not_gaps"] + lists["praises"]),
        not_gap_starts=_phrases(lists["not_gap_starts"]),
        restatements=_phrases(lists["restatements"]),
        extras=_phrases(lists["extras"]),
        columns={name: frozenset(words) for name, words in data["columns"].items()},
        placeholders=_phrases(lists["placeholders"]),
        nothing_found=_phrases(lists["nothing_found"]),
        categories=categories,
        stop_words=frozenset(lists["stop_words"]),
        ranks_alone=frozenset(data["heading_ranks"]["alone"]),
        ranks_before_noun=frozenset(data["heading_ranks"]["before_noun"]),
        rank_nouns=frozenset(data["heading_ranks"]["nouns"]),
        denying_ranks=frozenset(data["heading_ranks"]["denied_by"]),
        before_rank=frozenset(data["rank_statements"]["before"]),
        not_first=frozenset(data["rank_statements"]["not_first"]),
        not_later=frozenset(data["rank_statements"]["not_later"]),
        empty_notes=frozenset(lists["empty_notes"]),
    )


def plain(text: str) -> str:
    """The text without markdown's emphasis, on one line."""
    return " ".join(text.replace("**", "").replace("__", "").replace("`", "").replace("\\", "").split())


@lru_cache(maxsize=20_000)
def label_kind(label: str, heading: bool = False) -> str | None:
    """What a label announces: severity, status, impact, cause, evidence, lesson, fix, expected, issue, found, other,
    or None.

    None where the words say more than a label does ("Missing Flow Logs"), so that it is a title.  In a heading fewer
    words pass: "Security Issues" is a label in a text, and the name of a section in a heading.
    """
    if len(label) > 80:
        return None
    lower = label.lower()
    if "(" in lower:
        lower = _PARENTHESES.sub(" ", lower)
    words = _LABEL_WORD.findall(lower)
    if not words or len(words) > 9:
        return None
    lexicon = _lexicon()
    if not lexicon.label_words.issuperset(words):
        last = lexicon.kind_of.get(words[-1])
        return last if last in ("impact", "severity") and len(words) <= 5 else None
    if heading and not lexicon.heading_words.issuperset(words):
        return None
    ranks = [_KINDS.index(lexicon.kind_of[word]) for word in words if word in lexicon.kind_of]
    text = " ".join(words)
    ranks += [_KINDS.index(kind) for phrase, kind in lexicon.kind_of_phrase if phrase in text]
    return _KINDS[min(ranks)] if ranks else None


_KINDS = ("severity", "status", "impact", "cause", "evidence", "lesson", "fix", "expected", "issue", "found", "other")


@dataclass(frozen=True, slots=True)
class Title:
    """What a heading says: its words without number and marks, and what they tell of the section under it."""

    text: str
    number: str | None
    numbered: bool
    severity: str | None
    section_severity: str | None
    field: str | None
    names_gaps: bool
    states_defect: bool
    is_restatement: bool
    is_extra: bool
    finds_nothing: bool
    is_praise: bool
    praises: bool


@lru_cache(maxsize=20_000)
def read_title(raw: str) -> Title:
    """Read a heading; texts are cut at `MAX_TITLE` characters."""
    lexicon = _lexicon()
    text = plain(raw[:MAX_TITLE])
    number, numbered, rest = _split_number(text)
    lower = rest.lower().replace("_", " ")
    words = _WORD.findall(lower)
    present = set(words)
    for word in words:
        if "-" in word or "/" in word:
            present.update(re.split(r"[-/]", word))
    names_gaps = bool(present & lexicon.collections)
    if names_gaps or not lexicon.lacks.isdisjoint(present):
        bare = _PARENTHESES.sub(" ", lower) if "(" in lower else lower  # "Initial gaps (training quality: 7)"
        restating = lexicon.restatements.match(bare) if numbered else lexicon.restatements.search(bare)
        restating = restating or lexicon.praises.match(lower.lstrip())  # "Positive observations"
    else:
        restating = lexicon.not_gaps.search(lower) or lexicon.not_gap_starts.match(lower.lstrip("✅✓✔️ "))
    if restating and numbered and _CALLED_ISSUE.match(text):
        restating = None
    field = label_kind(rest, heading=True)
    if names_gaps and field != "issue":
        field = None
    return Title(
        text=rest.strip(" :-–—✅❌✓✔️⚠"),
        number=number,
        numbered=numbered,
        severity=_marked_severity(text),
        section_severity=_section_severity(lower, present, text),
        field=field,
        names_gaps=names_gaps,
        states_defect=bool(present & lexicon.defects),
        is_restatement=bool(restating),
        is_extra=bool(lexicon.extras.search(lower)) and not present & {"required", "needed", "necessary"},
        finds_nothing=bool(_NOTHING.search(lower) or _NO_ISSUES.search(lower)),
        is_praise=any(mark in text for mark in "✅✓✔") and "❌" not in text and not present & lexicon.defects,
        praises=bool(lexicon.praises.search(lower)),
    )


_CALLED_ISSUE = re.compile(
    rf"[\W_]{{0,8}}(?:{any_of('called_ranks')} )?{any_of('called_nouns')}\b.{{0,6}}?[:–—-]", re.IGNORECASE
)
_NO_ISSUES = re.compile(any_of("denials"))
_NOTHING = re.compile(any_of("nothing"))


def _split_number(text: str) -> tuple[str | None, bool, str]:
    """Number as declared, whether the title is one of a numbered row, and the title without it."""
    if text.startswith("🔟"):
        return "10", True, text[1:].strip()
    match = _NUMBER_IN_TITLE.match(text)
    if match is None:
        return None, False, text
    number, noun, end = match["number"], match["noun"], match["end"]
    if number is None:
        if noun is None or not end or end not in ":–—-" or match["severity"]:
            return None, False, text
        rest = text[match.end() :].strip()
        return (None, True, rest) if rest else (None, False, text)
    if not noun and not (end.lstrip("\\") in tuple(_ENDS) or "\u20e3" in match[0] or "." in number):
        return None, False, text
    rest = text[match.end() :].strip().lstrip(_ENDS + " ")
    return number, True, rest or text


_RANKS = any_of("ranks")
_BRACKETED = re.compile(
    rf"[(\[{{]\W{{0,4}}((?:severity|impact|priority|level)?:?\s?{_RANKS})"
    rf"(?:\s{{0,2}}[-–—:,/|;)\]}}]|\s{any_of('behind_rank_in_brackets')}|\W{{0,4}}[)\]}}])",
    re.IGNORECASE,
)
_UPPER = re.compile(rf"(?<![\w-])({_RANKS.upper()})(?![\w-])")
_LEADING = re.compile(
    rf"^\W{{0,6}}(?:\d{{1,3}}(?:\.\d{{1,3}})?[.):]\s?)?\W{{0,4}}({_RANKS})"
    rf"(?:\s{{0,2}}[:–—]|[ -](?:\w{{2,20}}[ -]){{0,3}}?{any_of('behind_leading_rank')}(?!\w))",
    re.IGNORECASE,
)
_TRAILING = re.compile(rf"[-–—|:,]\s{{0,2}}({_RANKS})(?:\s{any_of('behind_trailing_rank')})?\W{{0,4}}$", re.IGNORECASE)


def _marked_severity(text: str) -> str | None:
    """The severity that a heading marks as such: in brackets, in capitals, by emoji, before or after the title."""
    severity_of = _lexicon().severity_of
    for inner in _BRACKETED.findall(text):
        first = leading_severity(inner)
        if first:
            return first
    match = _UPPER.search(text)
    if match and not text.isupper():
        return severity_of[match[1].lower()]
    match = _LEADING.match(text) or _TRAILING.search(text)
    if match:
        return severity_of[match[1].lower()]
    return _emoji_severity(text)


def _emoji_severity(text: str) -> str | None:
    if text.isascii():
        return None
    for mark, rank in _lexicon().marks:
        if mark in text:
            return rank
    return None


def _section_severity(lower: str, present: set[str], text: str) -> str | None:
    """The severity that a section's heading gives to the gaps under it ("High Priority Issues", "Minor")."""
    lexicon = _lexicon()
    severity_of = lexicon.severity_of
    if present & severity_of.keys():
        pieces = _LEAD_WORDS.findall(lower)
        for index, word in enumerate(pieces):
            if index and pieces[index - 1] in lexicon.denying_ranks:
                continue
            if word in lexicon.ranks_alone:
                return severity_of[word]
            if word in lexicon.ranks_before_noun:
                following = pieces[index + 1] if index + 1 < len(pieces) else ""
                if not following or following in lexicon.collections or following in lexicon.rank_nouns:
                    return severity_of[word]
    return graded_severity(text) or _emoji_severity(text)


_LEAD_WORDS = re.compile(r"[^\W\d_]+\d?")


@lru_cache(maxsize=20_000)
def marked_severity(line: str) -> str | None:
    """The severity that a bullet's or paragraph's first line marks as such: "[HIGH]", "🔴", "Critical: …"."""
    text = plain(line[:MAX_TITLE])
    return _marked_severity(text)


_OWN_TITLE = re.compile(any_of("own_title"), re.IGNORECASE)


def is_own_title(title: str) -> bool:
    """Whether a heading is only the title of the notes, though it has a word of gaps ("model_failures")."""
    return _OWN_TITLE.match(title) is not None


def bracketed_severity(text: str) -> str | None:
    """The severity in brackets that a text begins with, or None."""
    match = _BRACKETED.match(text[:40].lstrip("*_ "))
    return leading_severity(match[1]) if match else None


@lru_cache(maxsize=20_000)
def leading_severity(text: str) -> str | None:
    """The severity that a short statement begins with ("HIGH - blocks deployment"), or None."""
    lexicon = _lexicon()
    severity_of = lexicon.severity_of
    words = _LEAD_WORDS.findall(text[:60].lower())
    if words and words[0] in severity_of and words[0] not in lexicon.not_first:
        return severity_of[words[0]]
    if len(words) > 1 and words[0] in lexicon.before_rank:
        return severity_of.get(words[1])
    return _emoji_severity(text[:20])


def any_severity(text: str) -> str | None:
    """The first severity word anywhere in a statement of severity, or None."""
    lexicon = _lexicon()
    for index, word in enumerate(_LEAD_WORDS.findall(text[:120].lower())):
        if word in lexicon.severity_of and (index == 0 or word not in lexicon.not_later):
            return lexicon.severity_of[word]
    return _emoji_severity(text[:60])


_IN_PASSING = re.compile(
    rf"\b{any_of('passing_verbs')}\s(?:an?\s)?({any_of('passing_ranks')})[\s-]{any_of('passing_nouns')}", re.IGNORECASE
)
_TYPED = any_of("typed_nouns")
_GRADED = re.compile(
    r"ategory\W{1,8}[A-E]\b\W{1,6}([A-Za-z]{3,11})\b"
    rf"|\b{_TYPED} type\W{{1,10}}([A-Za-z]{{3,11}})\W{{1,3}}{_TYPED}\b",
    re.IGNORECASE,
)


def graded_severity(text: str) -> str | None:
    """The severity that a gap's class states: "Category B - Moderate", "Failure type: critical failure"."""
    match = _GRADED.search(text[:600]) if "ategory" in text or "ype" in text else None
    return _lexicon().severity_of.get((match[1] or match[2]).lower()) if match else None


_INLINE = re.compile(rf"\bseverity\s?[:=]\s?({_RANKS})\b", re.IGNORECASE)


def inline_severity(line: str) -> str | None:
    """The severity that stands within a line: "**Gap 1: No queue** — Severity: High. Events are lost"."""
    match = _INLINE.search(line[:MAX_TITLE].replace("*", ""))
    return _lexicon().severity_of[match[1].lower()] if match else None


def severity_in_passing(text: str) -> str | None:
    """The severity that a sentence states: "this is a major gap"."""
    match = _IN_PASSING.search(text[:2_000])
    return leading_severity(match[1]) if match else None


@lru_cache(maxsize=5_000)
def column_kind(header: str) -> frozenset[str]:
    """What a table's column may hold: any of title, issue, found, expected, fix, impact, severity, status."""
    words = set(_LEAD_WORDS.findall(plain(header).lower()))
    return frozenset(kind for kind, names in _lexicon().columns.items() if words & names)


def is_placeholder(text: str) -> bool:
    """Whether a short document only holds the place of notes that were never written."""
    bare = plain(text[:500]).strip("#*-_.!: ").lower()
    return bare in _lexicon().empty_notes or (len(text) < 400 and bool(_lexicon().placeholders.search(bare)))


def states_fault(text: str) -> bool:
    """Whether a wording says that something is amiss, or sets the ideal against it."""
    lexicon = _lexicon()
    words = _FAULT_WORD.findall(text[:400].lower().replace("’", "'"))
    return not lexicon.defects.isdisjoint(words) or not lexicon.fault_words.isdisjoint(words)


_FAULT_WORD = re.compile(r"[a-z0-9]{2,}(?:'t\b)?")
_NO_FIX = re.compile(rf"\W{{0,6}}{any_of('no_fix')}", re.IGNORECASE)
_UNCHANGED = re.compile(rf"\W{{0,6}}{any_of('unchanged')}", re.IGNORECASE)
_PASSED = re.compile(rf"\W{{0,6}}{any_of('passed')}\b", re.IGNORECASE)
_NO_SEVERITY = re.compile(rf"\W{{0,6}}{any_of('no_severity')}", re.IGNORECASE)


def needs_no_fix(text: str) -> bool:
    """Whether a statement of the fix says that there was none to make."""
    return _NO_FIX.match(text) is not None


def is_unchanged(text: str) -> bool:
    """Whether a statement of the ideal's side says that it is that of the response."""
    return _UNCHANGED.match(text) is not None


def is_passed(text: str) -> bool:
    """Whether a statement of a status says that all is well."""
    return _PASSED.match(text) is not None


def denies_severity(text: str) -> bool:
    """Whether a statement of severity says that there is none."""
    return _NO_SEVERITY.match(text) is not None


def says_nothing_found(text: str) -> bool:
    """Whether a text begins by saying that there is no gap."""
    start = plain(text[:160]).lower()
    return bool(_NOTHING.search(start) or _lexicon().nothing_found.match(start))


_SUBJECT_WORD = re.compile(r"[a-z0-9]{2,}")
_WORD_HEAD = 6


def subject_words(text: str) -> frozenset[str]:
    """The heads of the words that say what a wording is about, to tell whether two speak of the same.

    A head is a word's first letters: cheaper than a stem, and as good for one reviewer's own words.
    """
    stop = _lexicon().stop_words
    words = _SUBJECT_WORD.findall(text.lower())
    return frozenset([word[:_WORD_HEAD] for word in words if word not in stop])


def same_word(one: str, other: str) -> bool:
    """Whether a wording of one word stands in another, plural or not, whole."""
    stop = _lexicon().stop_words
    whole = [
        {word.rstrip("s") for word in _SUBJECT_WORD.findall(text.lower()) if word not in stop} for text in (one, other)
    ]
    return whole[0] <= whole[1] or whole[1] <= whole[0]


def guess_category(title: str, text: str) -> str | None:
    """The category whose words the gap has most of, the title's counted three times; None where it has none."""
    categories = _lexicon().categories
    score: dict[str, int] = {}
    for weight, part in ((3, title), (1, text[:250])):
        for word in _WORD.findall(part.lower()):
            for category in categories.get(word, ()):
                score[category] = score.get(category, 0) + weight
    if not score:
        return None
    best = max(score.values())
    return next(category for category in score if score[category] == best)
