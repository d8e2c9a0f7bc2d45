"""Prose -> the sentences that state separate capabilities."""

from __future__ import annotations

import re

__all__ = ["sentences", "separate_statements"]

_SENTENCE = re.compile(r"(?<=[a-z0-9)\]`\"'*%][.!?])\s+(?=[\"'(`*]?[A-Z0-9])")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_CONTINUES = re.compile(
    r"(?:this|these|those|that|they|it|its|each|both|also|additionally|then|when|if|for example|all of|the same|such)\b"
)
# "Deployment region: us-east-1" asks without a verb.
_SETTING = re.compile(r"[A-Z][\w /-]{3,50}: \S")
MAX_SENTENCES = 300
SUBJECT_WORDS = 7


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return _SENTENCE.split(text.replace("\n", " "), MAX_SENTENCES)


def separate_statements(text: str, asking: re.Pattern[str], relevant: re.Pattern[str]) -> list[str]:
    """Return the parts of a paragraph that each ask for something of their own, in order.

    A sentence counts when it asks and is about the infrastructure (`relevant`).  It starts a new part when its
    first words name nothing that the part before it is about; a sentence that points back ("This table must…")
    stays with what it explains.
    """
    parts: list[str] = []
    subject: set[str] = set()
    for sentence in sentences(text):
        words = _NOT_WORDS.sub(" ", sentence[:2000].lower()).strip()
        if not relevant.search(words) or not (asking.search(words) or _SETTING.match(sentence)):
            continue
        named = {
            _singular(name) for name in relevant.findall(" ".join(words.split(" ", SUBJECT_WORDS)[:SUBJECT_WORDS]))
        }
        if parts and (not named or named & subject or _CONTINUES.match(words)):
            parts[-1] += " " + sentence
            subject |= named
        else:
            parts.append(sentence)
            subject = named
    return parts


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
