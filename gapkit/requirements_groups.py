"""The grain of a prompt's lists: what is one requirement as a whole, and what is one per item."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gapkit.requirements_files import FILE, names_files
from gapkit.requirements_framing import MANY_TOPICS, Framing, lists_outcomes
from gapkit.requirements_words import (
    ASKING,
    CONDITIONAL,
    LISTING,
    NARRATIVE,
    ORDERS,
    STORIES,
    TOOLS,
    anywhere,
    opening,
    words_in,
)
from gapkit.sections import BOLD_RANK, LABEL_RANK, Section, Statement

LONG_LEAD = 90
"""An item that says so much before the items inside it is one requirement with its parts, not a heading."""

LEAST_LISTED, LONG_ITEM = 3, 110
"""So many items under a heading that hold items each, or are so long, are requirements each."""

MANY_NUMBERED, LONG_NUMBERED = 5, 60
"""So many numbered items of such length inside an item are requirements each."""

MANY_KEYS = 4
"""So many keys of a configuration are one list."""

CONDITION_WITHIN = 80
"""Characters from the start of an item in which a condition stands."""

_FILLER = anywhere("filler")
_SINGLE = opening("single_headings")
_KEY = re.compile(r"[`*]{0,3}[a-z]\w*(?:[._][A-Za-z]\w*)*[`*]{0,3}(?: \([^)]{1,60}\))?:[`*]{0,3} \S")


class Grain(NamedTuple):
    """How the sections under a heading are taken."""

    grouped: bool  # whether its topics are one requirement each
    topics: frozenset[int]  # which those are, by identity
    labelled: bool  # whether they hold so many labelled lists that the topics inside them are one each, too


def grain_of(sections: Sequence[Section], cousins: bool, framing: Framing) -> Grain:
    """How to take the sections under a heading: topics are one requirement each where there are many of them (fewer
    are lists of requirements), or where `cousins`, the topics under the headings beside it, are."""
    topics = [section for section in sections if _is_topic(section)]
    pure = [topic for topic in topics if _is_pure(topic)]
    inner = [_lists_inside(section, framing) for section in sections]
    labelled = sum(count for count, section in zip(inner, sections, strict=True) if _holds_labels_only(section))
    many = len(pure) + (len(pure) > 1 and max(inner) >= MANY_TOPICS) >= MANY_TOPICS
    taken = frozenset([id(topic) for topic in (topics if many else pure)])
    return Grain(many or cousins, taken, labelled >= MANY_TOPICS)


def is_one(section: Section, coarse: bool) -> bool:
    """Whether a headed section is one requirement as a whole, wherever it stands; `coarse` takes more for one."""
    if not section.statements and not section.children:
        return False
    title_words = words_in(section.title)
    if not section.children and _lists_keys(section):
        return True
    if not section.children and _SINGLE.match(title_words):
        return not names_files(section)
    if coarse and section.rank <= BOLD_RANK and not any(c.rank < BOLD_RANK for c in section.children):
        return len(section.statements) + len(section.children) > 1
    return section.number is not None and not _is_generic(title_words)


def _lists_keys(section: Section) -> bool:
    """Whether the statements under a heading tell what keys of a configuration mean ("vpc.cidr: range of the VPC")."""
    statements = section.statements
    if len(statements) < MANY_KEYS:
        return False
    keys = sum(_KEY.match(s.text) is not None and not FILE.match(s.text) for s in statements)
    return keys >= MANY_KEYS and keys * 4 > len(statements) * 3


def is_list(section: Section) -> bool:
    """Whether the items under a heading are requirements each: most hold items, each says much, or tells an outcome."""
    if lists_outcomes(section):
        return True
    items = section.items()
    if len(items) < LEAST_LISTED or section.children:
        return False
    headed = sum(item.nested > 1 for item in items)
    long = section.rank < LABEL_RANK and sum(len(item.text) for item in items) >= LONG_ITEM * len(items)
    return long or headed * 5 >= len(items) * 3


def is_conditional(statement: Statement) -> bool:
    """Whether an item says what it is for if it is there at all ("If using AWS Config, …")."""
    return CONDITIONAL.match(statement.text[:CONDITION_WITHIN].lower()) is not None


def starts_conditional(section: Section) -> bool:
    """Whether the first thing under a heading is a conditional item."""
    statements = section.statements
    return len(statements) > 0 and statements[0].kind == "item" and is_conditional(statements[0])


def is_taken_apart(statement: Statement, flat: bool) -> bool:
    """Whether the items inside an item are requirements each; in a `flat` reading they are where it is a heading."""
    by_item = flat and len(statement.inner) >= LEAST_LISTED and len(statement.text) < LONG_LEAD
    return by_item or _leads_list(statement)


def _leads_list(statement: Statement) -> bool:
    """Whether an item only leads on to a numbered list of sentences ("The stack must:"), or holds one that does."""
    if not statement.inner:
        return False
    numbered = [s.text for s in statement.inner if s.number is not None]
    if len(numbered) >= MANY_NUMBERED and sum(map(len, numbered)) >= LONG_NUMBERED * len(numbered):
        return len(statement.text) < LONG_LEAD
    return any(map(_leads_list, statement.inner))


def _is_topic(section: Section) -> bool:
    """Whether a section is about one thing: no subsections, no numbered list, a heading that says what."""
    if any(child.rank < LABEL_RANK or section.rank >= BOLD_RANK for child in section.children):
        return False
    title_words = words_in(section.title)
    if not (section.statements or section.children) or _is_generic(title_words) or lists_outcomes(section):
        return False
    items = section.items()
    if not items and _tells_story(title_words):
        return False
    if section.rank >= LABEL_RANK and not items:
        return any(_asks(words_in(s.text)) for s in section.statements)
    return sum(item.number is not None for item in items) < 2


def _is_pure(topic: Section) -> bool:
    """Whether the heading of a topic says nothing of a list."""
    return not LISTING.search(words_in(topic.title))


def _lists_inside(section: Section, framing: Framing) -> int:
    """How many lists with headings of their own stand under a heading that has nothing else under it."""
    if section.statements or framing.frames(section):
        return 0
    topics = [child for child in framing.telling(section.children) if _is_topic(child)]
    return sum(_is_pure(t) and any(s.kind == "item" for s in t.statements) for t in topics)


def _holds_labels_only(section: Section) -> bool:
    return all(child.rank == LABEL_RANK for child in section.children)


def _tells_story(title_words: str) -> bool:
    """Whether a heading is that of a story and no more ("problem statement"; not "environment separation")."""
    if title_words.count(" ") > 1 or title_words.startswith("environment "):
        return False
    return STORIES.match(title_words) is not None


def _asks(words: str) -> bool:
    return ASKING.search(words) is not None and not NARRATIVE.match(words)


def _is_generic(title_words: str) -> bool:
    """Whether a heading says only that requirements follow ("technical requirements"), not which."""
    if ORDERS.match(title_words) and TOOLS.search(title_words):
        return True  # "Implement a CDK stack that:"
    return LISTING.search(title_words) is not None and not _FILLER.sub("", LISTING.sub("", title_words)).strip()
