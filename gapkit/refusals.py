"""What a wording refuses by its name, and what it asks only where something else is there.

"No NAT gateways or VPN connections" is met where neither stands; "RDS instances (if any) must …" asks nothing of an
answer without a database.  The wordings are knowledge (knowledge/negation.yaml).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple, cast

from gapkit.concepts import Mention, right_behind_negation
from gapkit.knowledge import either, load_yaml, words_of
from gapkit.words import phrase_words

_TABLE = load_yaml("negation.yaml")


def _marked(key: str) -> list[tuple[tuple[str, ...], re.Pattern[str]]]:
    """A table's patterns, each with the marks (lower case) of which one stands wherever it fits."""
    rows = cast("Mapping[str, Mapping[str, str]]", _TABLE[key])
    return [
        (tuple(words_of("negation.yaml", f"{key}.{name}.marks")), re.compile(row["pattern"], re.IGNORECASE))
        for name, row in rows.items()
    ]


_LABEL = r"(?:(?!no\b)[\w -]{2,40}:\s+)?"  # "Exclusions: do not include …"; "No encryption: …" names a finding
_OPENS = re.compile(_LABEL + either(words_of("negation.yaml", "opens_refused")), re.IGNORECASE)
_GOES_ON = re.compile(str(_TABLE["goes_on"]), re.IGNORECASE)
_CLOSES = re.compile(str(_TABLE["closes_name"]), re.IGNORECASE)
_NOT_PLAINLY = re.compile(str(_TABLE["not_plainly"]), re.IGNORECASE)
_IF_ANY = re.compile(str(_TABLE["if_any"]), re.IGNORECASE)
_IF_USED = [re.compile(pattern, re.IGNORECASE) for pattern in words_of("negation.yaml", "if_used")]
_SPOKEN_OF = _marked("spoken_of")
_PURPOSES = _marked("purposes")
_SPOKEN_BEHIND = re.compile(str(_TABLE["spoken_behind"]), re.IGNORECASE)
_EITHER = re.compile(
    rf",?\s{{1,4}}or\s+(?:{either(words_of('negation.yaml', 'before_alternative'))}\s+){{0,2}}", re.IGNORECASE
)
_ITEM_BEFORE = re.compile(r",\s+(?:(?!(?:and|or)\b)[\w-]+\s+){0,2}(?!or\b)[\w-]+$")
_MOST_ALTERNATIVES = 8
_CLAUSE = re.compile(r"[.;:]\s")


class Alternative(NamedTuple):
    """Concepts (ids) on both sides of an "or"."""

    first: frozenset[str]
    second: frozenset[str]


def _stems_before(text: str, place: int) -> int:
    return len(phrase_words(text[:place]))


def negated_further(text: str) -> frozenset[int]:
    """The stems of a wording that "or" joins to what a negation refuses, by their place."""
    if " or " not in text and " nor " not in text:
        return frozenset()
    return frozenset([_stems_before(text, match.end()) for match in _GOES_ON.finditer(text)])


def plainly_refused(text: str, refused: Sequence[Mention]) -> list[Mention]:
    """What a wording that opens with a refusal forbids outright: names that nothing behind them narrows."""
    if not refused or not _OPENS.match(text) or _NOT_PLAINLY.search(text.partition("(")[0]):
        return []
    words = phrase_words(text)
    ends: list[tuple[int, int]] = []  # for each stem, where its token begins and ends
    for token in re.finditer(r"\S+", text):
        ends += [token.span()] * len(phrase_words(token[0]))
    further = negated_further(text)
    return [
        m
        for m in refused
        if m.end <= len(ends)
        and (m.start in further or right_behind_negation(words, m.start))
        and _closes(text, ends, m.end)
    ]


def _closes(text: str, ends: Sequence[tuple[int, int]], end: int) -> bool:
    start, stop = ends[end - 1]
    if end < len(ends) and ends[end][0] == start:
        return False  # the token goes on: `vpc-endpoint`
    if text[stop - 1] in ",.;)!":
        return True
    return text[stop - 1] != ":" and _CLOSES.match(text, stop) is not None


def conditional_on(text: str, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """What has to be there before a wording asks anything; nothing where it asks in any case."""
    match = _IF_ANY.search(text)
    if match is not None:
        clauses = [found.end() for found in _CLAUSE.finditer(text, 0, match.start())]
        first = _stems_before(text, clauses[-1]) if clauses else 0
        last = _stems_before(text, match.start())
        return tuple(m for m in mentions if m.concept.service and first <= m.start and m.end <= last)
    for pattern in _IF_USED:
        match = pattern.match(text)
        if match is not None:
            first, last = _stems_before(text, match.start(1)), _stems_before(text, match.end(1))
            return tuple(m for m in mentions if not m.concept.violation and first <= m.start and m.end <= last)
    return ()


def alternatives(text: str, mentions: Sequence[Mention]) -> tuple[Alternative, ...]:
    """What stands right before and right behind an "or", also in a list "A, B, or C": one of both is enough."""
    if len(mentions) < 2 or " or " not in text:
        return ()
    found = []
    for match in islice(_EITHER.finditer(text), _MOST_ALTERNATIVES):
        right, ends = _stems_before(text, match.end()), [_stems_before(text, match.start())]
        at = match.start() if match[0].startswith(",") else 0
        while (item := _ITEM_BEFORE.search(text, max(0, at - 80), at)) is not None:
            at = item.start()
            ends.append(_stems_before(text, at))
            if len(ends) == _MOST_ALTERNATIVES:
                break
        asked = [m for m in mentions if not m.concept.violation]
        named = frozenset([m.end for m in mentions])
        ends = [end if end in named else end - 1 for end in ends]  # "an SQS queue": a noun stands behind the name
        groups = [frozenset([m.concept.concept_id for m in asked if m.end == end]) for end in ends]
        groups.append(frozenset([m.concept.concept_id for m in asked if m.start == right]))
        for place, group in enumerate(groups[1:], 1):
            others = frozenset[str]().union(*groups[:place], *groups[place + 1 :])
            if others - group and group - others:
                found.append(Alternative(others - group, group - others))
    return tuple(found)


def only_spoken_of(text: str, mentions: Sequence[Mention]) -> frozenset[str]:
    """The concepts (ids) that a wording names and does not ask for: services in "rights for S3", "tag all: EC2", and
    whatever only its purpose names: "output the ARN so that we can use it in policies"."""
    services = [m for m in mentions if m.concept.service]
    found = _in_purposes(text, mentions)
    if not services:
        return frozenset(found)
    lower = text.lower()
    for marks, pattern in _SPOKEN_OF:
        for match in pattern.finditer(text) if any(mark in lower for mark in marks) else ():
            first, last = _stems_before(text, match.start(1)), _stems_before(text, match.end(1))
            found |= {m.concept.concept_id for m in services if first <= m.start and m.end <= last}
    of_all = [m.end for m in mentions if m.concept.across is not None]
    if of_all and _SPOKEN_BEHIND.search(text):
        found |= {m.concept.concept_id for m in services if m.start >= of_all[0]}
    return frozenset(found)


def _in_purposes(text: str, mentions: Sequence[Mention]) -> set[str]:
    """The concepts that a wording names only where it says what something is for."""
    found: set[str] = set()
    lower = text.lower() if mentions else ""
    for marks, pattern in _PURPOSES:
        match = pattern.search(text) if any(mark in lower for mark in marks) else None
        if match is not None:
            first, last = _stems_before(text, match.start(1)), _stems_before(text, match.end(1))
            inside = [m for m in mentions if first <= m.start and m.end <= last and not m.concept.violation]
            asked = {m.concept.concept_id for m in mentions if m not in inside}
            found |= {m.concept.concept_id for m in inside} - asked
    return found
