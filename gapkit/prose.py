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


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return _SENTENCE.split(text.replace("\n", " "), MAX_SENTENCES)


def separate_statements(
    text: str, asking: re.Pattern[str], services: re.Pattern[str], relevant: re.Pattern[str]
) -> list[str]:
    """Return the parts of a paragraph that each ask for something of their own, in order.

    A sentence counts when it asks and is about the infrastructure (`relevant`).  It starts a new part when it is
    about a service that the part before it does not name; a sentence that points back ("This table must…") stays
    with what it explains.
    """
    parts: list[str] = []
    known: set[str] = set()
    for sentence in sentences(text):
        words = _NOT_WORDS.sub(" ", sentence[:2000].lower()).strip()
        if not relevant.search(words) or not (asking.search(words) or _SETTING.match(sentence)):
            continue
        named = [_singular(name) for name in services.findall(words)]
        new = bool(named) and named[0] not in known and not _CONTINUES.match(words)
        if parts and not new:
            parts[-1] += " " + sentence
            known.update(named)
        else:
            parts.append(sentence)
            known = set(named)
    return parts


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
