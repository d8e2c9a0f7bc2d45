"""Prose -> the sentences that state separate capabilities."""

from __future__ import annotations

import re
from itertools import islice

from gapkit.knowledge import either, words_of
from gapkit.requirements_words import MODALS, PLACES, opening

__all__ = ["clauses", "inline_items", "sentences", "separate_statements"]

# What stands before the blanks is looked at behind the first: a pattern that begins with `\s` is looked for at once.
_SENTENCE = re.compile(r"\s(?:(?<=[a-z0-9)\]`\"'*%][.!?]\s)|(?<=[A-Z]{2}[.!?]\s))\s*(?=[\"'(`*]?[A-Z0-9])")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_CONTINUES = opening("continuing")
_IN_REGION = re.compile(r"\b(?:us|eu|ap|ca|sa|me|af) (?:north|south|east|west|central)[a-z]* [0-9]\b")
_LED = re.compile(rf"(?i:{either(words_of('requirements.yaml', 'adjuncts'))}) [^,.;:]{{3,90}}, ")  # "For the logs, …"
MAX_SENTENCES = 300
SUBJECT_WORDS = 7
PLACE_WORDS = 20
LEAST_WORDS = 5  # fewer are a label


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph; demands between semicolons count as sentences."""
    found = _SENTENCE.split(text.replace("\n", " "), MAX_SENTENCES)
    if "; " not in text:
        return found
    parts = [(sentence, sentence.split("; ")) for sentence in found]
    return [part for sentence, split in parts for part in (split if all(map(MODALS.search, split)) else [sentence])]


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


def separate_statements(text: str, relevant: re.Pattern[str], apart: bool = False) -> list[str]:
    """Return the parts of a paragraph that each ask for something of their own, in order.

    A sentence counts when it is about the infrastructure (`relevant`), whether it orders ("Deploy a VPC") or describes
    what is wanted ("NAT gateways in public subnets route traffic").  One that points back ("This table must…"), or
    whose first words name nothing, stays with what it explains, unless it is a demand of a text whose sentences stand
    `apart`.
    """
    parts: list[str] = []
    for sentence in sentences(text):
        words = _NOT_WORDS.sub(" ", sentence[:2000].lower()).strip()
        if words.count(" ") < LEAST_WORDS - 1 or not relevant.search(words):
            continue
        named = relevant.search(_subject(words))
        if named is None and (led := _LED.match(sentence)):
            named = relevant.search(_subject(_NOT_WORDS.sub(" ", sentence[led.end() : 2000].lower()).strip()))
        if named is None and words.count(" ") < PLACE_WORDS and PLACES.search(words):
            named = _IN_REGION.search(words)  # "We will run it all in eu-west-1"
        if parts and (named is None or _CONTINUES.match(words)) and not (apart and MODALS.search(words)):
            parts[-1] += " " + sentence
        else:
            parts.append(sentence)
    return parts


def _subject(words: str) -> str:
    """The first words of a sentence, which name what it is about."""
    return " ".join(words.split(" ", SUBJECT_WORDS)[:SUBJECT_WORDS])


_PARTS = re.compile(r"[,;]\s+(?:and\s+|then\s+)?|\s+and\s+")
MAX_PARTS = 60
_LISTED = re.compile(r"\w+,")
_DEMANDS = opening("modals", r"(?:\w+ ){1,6}?")
_ADJUNCTS = opening("adjuncts")
LEAST_BLANKS = 3  # a clause has more words than this
CLAUSE = 120  # characters in which a clause shows what it is about


def clauses(text: str, relevant: re.Pattern[str], verbs: re.Pattern[str], nouns: re.Pattern[str]) -> list[str]:
    """Return the parts of a sentence that each order something of their own ("Store… in S3, enable…, and add…").

    A part starts after a comma or an "and", with one of `verbs`, with a further one of `nouns` and what it is for
    ("Use topics for events, queues for…"), or, after a comma, with what must be ("…, and all tables must…"), and names
    what is `relevant`.
    """
    found: list[str] = []
    last = 0
    for match in islice(_PARTS.finditer(text), MAX_PARTS):
        before = _NOT_WORDS.sub(" ", text[last : match.start()][:2000].lower()).strip()
        after = _NOT_WORDS.sub(" ", text[match.end() : match.end() + CLAUSE].lower()).strip()
        bracketed = text.count("(", last, match.start()) > text.count(")", last, match.start())
        if bracketed or before.count(" ") < LEAST_BLANKS:
            continue
        if "," not in text[last : match.start()] and _ADJUNCTS.match(before):
            continue  # "For the web servers, deploy…"
        paired = nouns.match(" ".join(before.split()[-2:]) + " for ")  # "for both S3 and DynamoDB"
        demands = match[0][0] in ",;" and _DEMANDS.match(after) is not None
        demands = demands and not (_CONTINUES.match(after) or _ADJUNCTS.match(after))
        orders = verbs.match(after) and not _LISTED.match(text, match.end())  # not "source, build, and deployment"
        if not demands and not orders and (paired or not nouns.match(after)):
            continue
        if relevant.search(before) and relevant.search(after):
            found.append(text[last : match.start()])
            last = match.end()
    return [*found, text[last:]]
