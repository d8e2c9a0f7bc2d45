"""A requirement's checkable parts: its sub-bullets or sentences, with the words, literals and concepts in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import log
from typing import NamedTuple

from gapkit.across import is_name_path
from gapkit.concepts import Concept, Knowledge, Mention, find_mentions
from gapkit.knowledge import either, words_of
from gapkit.models import Requirement
from gapkit.quantities import Literal, find_literals
from gapkit.refusals import Alternative, alternatives, conditional_on, negated_further, only_spoken_of, plainly_refused
from gapkit.words import phrase_words, text_words

PART_LIMIT = 24
_MARKER = re.compile(r"^\s*(?:[-*+•]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+")
_SENTENCE = re.compile(r"\s(?<=[.;!?]\s)\s*(?=[A-Z(`*])")


def _any_of(key: str) -> str:
    return either(words_of("negation.yaml", key))


_NEGATION = re.compile(rf"\b{_any_of('before_value')}\b[^.;,]{{0,28}}$", re.I)
_NEGATED_AFTER = re.compile(rf"^\W{{0,3}}{_any_of('behind_value')}", re.I)
_NEGATIVE_WORDS = frozenset(words_of("negation.yaml", "words"))
_WORDS = re.compile(r"\w+(?:'t)?").findall
_EXAMPLES = re.compile(rf"{_any_of('example_leads')}\b[^:]{{0,30}}:$", re.I)
_REFUSING = re.compile(rf"\b{_any_of('refusing_leads')}\b[^:]{{0,40}}:$", re.I)
_FORBIDDING = re.compile(rf"{_any_of('forbidding_labels')}\W{{0,3}}:\W{{0,3}}(?=\w)", re.I)
_LIMIT = re.compile(rf"\b{_any_of('limits')}\s+(?:\w+\s+){{0,2}}\W?$", re.I)
_REASON = re.compile(rf"{_any_of('reason_leads')}\s*:", re.I)
_REFUSED_AGAIN = re.compile(rf"{_any_of('refusing')}\b|no\b", re.I)
_LABEL_REFUSED = re.compile(rf"[^:]{{2,50}}:\s*{_any_of('refusing')}\b", re.I)
_IMPORT = re.compile(r"`import\s[^`\n]{1,200}`")
_CODE_NAME = re.compile(r"`[a-z]\w*`")
_INSTEAD = re.compile(rf"\s(?:→|->|=>|–|—|-)\s*(?={_any_of('replacing')}\b)", re.I)
_MARKUP = re.compile(r"[*#|]{1,3}(?=\S)|(?<=\S)[*#|]{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)")


class Part(NamedTuple):
    """One checkable part of a requirement.

    `weights` gives each stem its weight (rare words of the prompt weigh more); `forbidden` are literals that must not
    stand; `services` the services that the wording names.  `refused` are capabilities that must not be there,
    `subjects` those without which the part asks nothing; of what is `replaced` ("A → use B") B is asked where A is.
    Services that are only `spoken_of` (concept ids) need not be there, and of `alternatives` one is enough.
    """

    text: str
    weights: Mapping[str, float]
    literals: tuple[Literal, ...]
    forbidden: tuple[Literal, ...]
    mentions: tuple[Mention, ...]
    services: frozenset[str]
    refused: tuple[Mention, ...] = ()
    subjects: tuple[Mention, ...] = ()
    replaced: bool = False
    spoken_of: frozenset[str] = frozenset()
    alternatives: tuple[Alternative, ...] = ()


class Piece(NamedTuple):
    """The text of one part; `refused` where a lead-in above it says that it must not be ("Forbidden:")."""

    text: str
    refused: bool


def _without_markup(text: str) -> str:
    if "*" in text or "_" in text or "|" in text or "#" in text:
        return _MARKUP.sub("", text)
    return text


def split_text(text: str) -> list[Piece]:
    """A requirement's parts: a line of a list each, else a sentence each.

    A lead-in alone is dropped, and so are examples and reasons: they ask for nothing of their own.
    """
    lines = [line for line in text.split("\n") if line.strip() and not line.strip().startswith(("```", "|--"))]
    pieces: list[Piece] = []
    scope: tuple[int, str] | None = None  # the indentation of a lead-in, and what it makes of the lines below it
    for number, line in enumerate(lines):
        bare = _MARKER.sub("", line).strip()
        indent = len(line) - len(line.lstrip())
        if scope is not None and indent <= scope[0]:
            scope = None
        lead = _without_markup(bare).rstrip("*_ ") if number else ""
        if lead.endswith(":") and scope is None:
            kind = "example" if _EXAMPLES.match(lead) else "refused" if _REFUSING.search(lead) else ""
            if kind:
                scope = (indent, kind)
                continue
        if number == 0 and len(lines) > 1 and (bare.rstrip("*_ ").endswith(":") or len(bare) < 60):
            continue
        if (scope is not None and scope[1] == "example") or (lead and _REASON.match(lead)):
            continue
        label = lead or (_without_markup(bare) if ":" in bare else "")
        forbidding = _FORBIDDING.match(label)
        labelled = forbidding is not None and not _REFUSED_AGAIN.match(label, forbidding.end())
        sentences = [p for p in _SENTENCE.split(bare) if len(p) > 2]
        pieces.extend(Piece(p, scope is not None or (labelled and n == 0)) for n, p in enumerate(sentences))
    if not pieces:
        pieces = [Piece(_MARKER.sub("", lines[0]).strip() if lines else text, False)]
    return pieces[:PART_LIMIT]


def word_weights(requirements: Sequence[Requirement]) -> dict[str, float]:
    """Inverse document frequency of each stem over the requirements of one prompt (Spärck Jones 1972,
    https://doi.org/10.1108/eb026526): log(1 + N/n)."""
    counts: dict[str, int] = {}
    for requirement in requirements:
        for word in set(text_words(requirement.text[:4000])):
            counts[word] = counts.get(word, 0) + 1
    total = max(len(requirements), 1)
    return {word: log(1 + total / number) for word, number in counts.items()}


def read_parts(requirement: Requirement, idf: Mapping[str, float], knowledge: Knowledge) -> tuple[Part, ...]:
    """The checkable parts of a requirement."""
    parts: list[Part] = []
    for piece, below_refusal in split_text(requirement.text):
        text = _IMPORT.sub("", piece)  # what a package is called says nothing of what is built with it
        plain = _without_markup(text)
        words = text_words(plain)
        unasked: list[Mention] = []
        mentions = find_mentions(phrase_words(plain), knowledge, negated_further(plain), unasked)
        label = _LABEL_REFUSED.match(plain) if mentions and ":" in plain else None
        if label:  # "Caching: avoid it unless …": the label names what is to be avoided
            named = len(phrase_words(plain[: plain.index(":")]))
            mentions = [m for m in mentions if m.concept.violation or m.start >= named]
        instead = _INSTEAD.search(text)
        refused_till = instead.start() if instead else len(text) if below_refusal else 0
        if below_refusal and not instead:
            mentions = [m for m in mentions if m.concept.violation]
        of_all = any(m.concept.across == "names" for m in mentions)
        if of_all and "`" in text:  # of "every `bucketName` holds the suffix" no bucket is asked
            spoken = frozenset(phrase_words(_without_markup(_CODE_NAME.sub("", text))))
            words_named = phrase_words(plain)
            mentions = [m for m in mentions if not m.concept.service or spoken.issuperset(words_named[m.start : m.end])]
        literals: list[Literal] = []
        forbidden: list[Literal] = []
        found = find_literals(text)
        negated = bool(found) and not _NEGATIVE_WORDS.isdisjoint(_WORDS(text.lower()))
        for literal in found:
            at = text.find(literal.text) if negated or refused_till else -1
            if of_all and literal.kind == "text" and is_name_path(literal.text):
                continue  # "every `bucketName` holds the suffix" asks for no bucketName
            if below_refusal and literal.kind == "region":
                continue  # "no hardcoded us-east-1": where it is set, it is no name
            if at > 0 and _LIMIT.search(text[:at]):
                continue  # "must not exceed 5 minutes": less is as good, and it is not refused
            refused = at >= 0 and (
                at < refused_till or _NEGATION.search(text[:at]) or _NEGATED_AFTER.match(text[at + len(literal.text) :])
            )
            (forbidden if refused else literals).append(literal)
        services = {m.concept.service for m in mentions if m.concept.service}
        parts.append(
            Part(
                text=plain,
                weights={w: idf.get(w, 1.0) for w in dict.fromkeys(words) if not w.isdigit()},
                literals=tuple(literals),
                forbidden=tuple(forbidden),
                mentions=tuple(mentions),
                services=frozenset(services),
                refused=tuple(plainly_refused(plain, unasked)),
                subjects=conditional_on(plain, mentions),
                replaced=instead is not None and bool(forbidden),
                spoken_of=only_spoken_of(plain, mentions),
                alternatives=alternatives(plain, mentions),
            )
        )
    return tuple(_without_refused(parts))


def _without_refused(parts: Sequence[Part]) -> list[Part]:
    """What a requirement refuses by its name is not asked for elsewhere in it ("one detector per account")."""
    refused = {m.concept.concept_id for part in parts for m in part.refused}
    types = {t for part in parts for m in part.mentions if m.concept.violation for t in _refused_types(m.concept)}
    if not refused and not types:
        return list(parts)
    return [
        part._replace(
            mentions=tuple(
                m
                for m in part.mentions
                if m.concept.concept_id not in refused and not (m.concept.service and _is_refused(m.concept, types))
            )
        )
        for part in parts
    ]


def _refused_types(concept: Concept) -> list[str]:
    """The types of which a concept that must find nothing refuses every resource."""
    return [t for rule in concept.rules if rule.refuses_all for t in rule.types]


def _is_refused(concept: Concept, types: set[str]) -> bool:
    return all(t in types for rule in concept.rules for t in rule.types)
