"""Prose -> the sentences that state separate capabilities."""

from __future__ import annotations

import re

from gapkit.knowledge import either, words_of

__all__ = ["inline_items", "sentences", "separate_statements"]

_SENTENCE = re.compile(r"(?<=[a-z0-9)\]`\"'*%][.!?])\s+(?=[\"'(`*]?[A-Z0-9])")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_CONTINUES = re.compile(either(words_of("requirements.yaml", "continuing")) + r"\b")
_DEMAND = re.compile(rf"\b{either(words_of('requirements.yaml', 'modals'))}\b")
MAX_SENTENCES = 300
SUBJECT_WORDS = 7
LEAST_WORDS = 5  # fewer are a label


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph; demands between semicolons count as sentences."""
    found = _SENTENCE.split(text.replace("\n", " "), MAX_SENTENCES)
    if "; " not in text:
        return found
    parts = [(sentence, sentence.split("; ")) for sentence in found]
    return [part for sentence, split in parts for part in (split if all(map(_DEMAND.search, split)) else [sentence])]


_INLINE = re.compile(r"(?<![^\s:.;(])\(?([0-9]{1,2})[.)](?=\s+\S)")
_NEXT_HEADING = re.compile(r"\s(?=(?:[A-Z]{3}[A-Z ]{0,40}(?:\([^)]{0,40}\))?|Expected (?:output|outcome|result)s?):)")
LEAST_ITEMS = 3


def inline_items(text: str) -> list[tuple[str | None, str]]:
    """Return the items (number, text) of a list that is written in one paragraph ("…must: 1. Create… 2. Deploy…").

    Numbers count when they run 1, 2, 3 and on; what stands before the first is left out, and what follows under a
    heading of its own ("OPTIONAL: • …") counts where it is a list with bullets.
    """
    if "2." not in text and "2)" not in text:
        return []
    starts: list[re.Match[str]] = []
    for match in _INLINE.finditer(text):
        if match[1] == str(len(starts) + 1):
            starts.append(match)
    if len(starts) < LEAST_ITEMS:
        return []
    ends = [match.start() for match in starts[1:]] + [len(text)]
    items: list[tuple[str | None, str]] = [
        (match[1], text[match.end() : end].strip()) for match, end in zip(starts, ends, strict=True)
    ]
    number, last = items.pop()
    own, *after = _NEXT_HEADING.split(last)
    bullets = [item.strip() for part in after for item in part.split("•")[1:]]
    return [*items, (number, own.strip()), *((None, item) for item in bullets if item)]


def separate_statements(text: str, relevant: re.Pattern[str]) -> list[str]:
    """Return the parts of a paragraph that each ask for something of their own, in order.

    A sentence counts when it is about the infrastructure (`relevant`), whether it orders ("Deploy a VPC") or describes
    what is wanted ("NAT gateways in public subnets route traffic").  One that points back ("This table must…"), or
    whose first words name nothing, stays with what it explains.
    """
    parts: list[str] = []
    for sentence in sentences(text):
        words = _NOT_WORDS.sub(" ", sentence[:2000].lower()).strip()
        if words.count(" ") < LEAST_WORDS - 1 or not relevant.search(words):
            continue
        named = relevant.search(" ".join(words.split(" ", SUBJECT_WORDS)[:SUBJECT_WORDS]))
        if parts and (named is None or _CONTINUES.match(words)):
            parts[-1] += " " + sentence
        else:
            parts.append(sentence)
    return parts
