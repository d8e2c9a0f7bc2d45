"""Prose -> the sentences that state separate capabilities."""

from __future__ import annotations

import re

__all__ = ["sentences", "separate_statements"]

_SENTENCE = re.compile(r"(?<=[a-z0-9)\]`\"'*%][.!?])\s+(?=[\"'(`*]?[A-Z0-9])")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_CONTINUES = re.compile(
    r"(?:this|these|those|that|they|it|its|each|both|also|additionally|then|when|if|for example|all of|the same|such)\b"
)
MAX_SENTENCES = 300
SUBJECT_WORDS = 7
LEAST_WORDS = 5  # fewer are a label


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return _SENTENCE.split(text.replace("\n", " "), MAX_SENTENCES)


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
