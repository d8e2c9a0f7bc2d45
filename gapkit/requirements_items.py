"""The items of a prompt's lists: lines that are items, items that ask for nothing or go on with the one above."""

from __future__ import annotations

import re
from itertools import pairwise

from gapkit.prose import sentences
from gapkit.requirements_groups import is_conditional
from gapkit.requirements_words import (
    ENVIRONMENTS,
    INVENTORIES,
    MODALS,
    NARRATIVE,
    ORDERS,
    OUTCOMES,
    RESTATING,
    SERVICES,
    STORIES,
    VERSIONS,
    WORDS_FROM,
    anywhere,
    is_boilerplate,
    opening,
    words_in,
)
from gapkit.sections import Section, Statement

MAX_LINE = 200
"""A line of a paragraph that is longer is prose, not an entry of a list."""

LEAST_LINES = 3
"""So many short lines make a list."""

MANY_NAMES, NAME_BLANKS = 3, 2
"""So many names with no more blanks than this are a list of names."""

FIELD_WITHIN = 60
"""Characters from the start of an item in which the name of a field stands."""

_IN_BRACKETS = re.compile(r"\([^)]*\)")
_LEADING_ON = anywhere("leading_on")
_CALL = re.compile(r"\W{0,3}\w{1,60}\(\)\W{0,3}")
_GIVEN = opening("given_headings")
_FIELDS = opening("fields", r"^\W*", r"\W{0,4}:")
_REASONS = opening("reasons", r"^\W*", r"\W{0,4}:")
_OF_PARAMETER = opening("parameter_fields", r"^\W*", r"\W{0,4}:")
_EXPLAINING = opening("explaining", r"^\W*", r"\W{0,4}:[^{$]{0,30}[{$]")


def entry_lines(section: Section) -> set[int]:
    """Where lines of a section stand that are as short as the entries of a list, under a heading or side by side."""
    lines = [s.line_start for s in section.statements if s.kind == "line" and len(s.text) < MAX_LINE]
    if len(lines) < LEAST_LINES:
        return set()
    if section.title != "" and not STORIES.match(words_in(section.title)):
        return set(lines)
    adjacent = {a for a, b in pairwise(lines) if b == a + 1}
    adjacent |= {line + 1 for line in adjacent}
    return adjacent if len(adjacent) >= LEAST_LINES else set()


def is_entry(statement: Statement, entries: set[int]) -> bool:
    """Whether a statement is an item of a list, or a line that is written as one."""
    if statement.kind == "item" or statement.number is not None:
        return True
    if statement.kind != "line" or statement.line_start not in entries:
        return False
    words = words_in(statement.text)
    leads_on = statement.text.endswith(":") and _LEADING_ON.search(words) is not None
    return not leads_on and not NARRATIVE.match(words)


def is_code(text: str) -> bool:
    """Whether a text is a block of code without a fence (`provider "aws" {` … `}`)."""
    return text.endswith("}") and text.partition("\n")[0].endswith("{")


def asks_for_nothing(statement: Statement, group: str | None) -> bool:
    """Whether an item is a field of a form, a name, a condition, or boilerplate."""
    words = words_in(statement.text)
    if not words or (" " not in words and "." in words) or _CALL.fullmatch(statement.text) or is_conditional(statement):
        return True
    under = words_in(group or "")
    if ENVIRONMENTS.match(under) and _is_names(statement.text):
        return True
    if OUTCOMES.match(under) and RESTATING.match(words):
        return True
    if _GIVEN.fullmatch(under) and not (ORDERS.match(words) or MODALS.search(words)):
        return True
    first, *others = sentences(statement.text[:WORDS_FROM])
    if is_boilerplate(words_in(first) if others else words):
        return True
    return _FIELDS.match(statement.text[:FIELD_WITHIN].lower()) is not None


def explains(statement: Statement) -> bool:
    """Whether an item only goes on with the one above it: a reason ("Rationale: …"), a pattern ("Pattern: {env}-…"),
    a field of a parameter ("AllowedPattern: …")."""
    start = statement.text[:FIELD_WITHIN].lower()
    unnumbered = statement.number is None and (_REASONS.match(start) or _OF_PARAMETER.match(start))
    return bool(unnumbered) or _EXPLAINING.match(start) is not None


def asks_of_environment(statement: Statement) -> bool:
    """Whether an item of a section on the environment says something of a service, orders, or names a version."""
    words = words_in(statement.text)
    asked = SERVICES.search(words) or ORDERS.match(words) or MODALS.search(words) or VERSIONS.match(words)
    return asked is not None and not INVENTORIES.match(words)


def _is_names(text: str) -> bool:
    """Whether a text is a list of names and no more ("AWS us-east-1, ECS, S3")."""
    names = _IN_BRACKETS.sub("", text).split(",")
    return len(names) >= MANY_NAMES and sum(n.strip().count(" ") <= NAME_BLANKS for n in names) * 4 >= len(names) * 3
