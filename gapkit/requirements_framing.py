"""Which sections of a prompt only frame the task: background, the scene, success criteria, the answer's files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gapkit.knowledge import either, words_of
from gapkit.requirements_files import FILE, NAMED_FILE
from gapkit.requirements_words import (
    LISTING,
    NOTES,
    ORDERS,
    OUTCOMES,
    RESTATING,
    SERVICES,
    SETTINGS,
    anywhere,
    heading,
    opening,
    words_in,
)
from gapkit.sections import BOLD_RANK, LABEL_RANK, Section

MANY_TOPICS = 3
"""So many sections side by side, each about one thing, are no frame."""

NAME_WORDS = 4
"""A name has no more words than this."""

LONGEST_NAMING = 200
"""Characters: what says more than that is no name."""

_FRAMING = heading("framing_headings")
_SCENES = anywhere("scene_headings")
_WANTED = anywhere("wanted_headings")
_FLOWS = anywhere("flow_headings", after="$")
_SERVICE_LISTS = anywhere("service_headings")
_OUTPUTS = opening("output_headings", after="$")
_IDENTIFIERS = anywhere("identifiers")
_OF_ANSWER = re.compile(rf"(?i)\b{either(words_of('requirements.yaml', 'parts_of_answer'))}\b")
_IN_ANSWER = re.compile(rf"{_OF_ANSWER.pattern}|{NAMED_FILE.pattern}")
_BESIDE_NAME = re.compile(r"\([^)]*\)|\bfor\s.*|\bwith\s[^0-9]*$")


class Framing:
    """Tells which sections of one prompt frame the task; in a `relaxed` reading none does."""

    def __init__(self, length: int, relaxed: bool = False) -> None:
        """`length` is the prompt's, in lines."""
        self.length = length
        self.relaxed = relaxed
        self.known: dict[int, bool] = {}  # by the section's identity: each is asked for several times

    def frames(self, section: Section) -> bool:
        """Whether a section only frames the task."""
        if self.relaxed or not section.title:
            return False
        known = self.known.get(id(section))
        if known is None:
            known = self.known[id(section)] = self._frames(section, words_in(section.title))
        return known

    def _frames(self, section: Section, words: str) -> bool:
        if words == "output":
            return _lists_files(section)
        if _SERVICE_LISTS.search(words):
            return _names_only(section)
        if _FLOWS.search(words) and _tells_flow(section):
            return True
        if _FRAMING.match(words) is None or NOTES.search(words) or _WANTED.search(words):
            return False
        if _lists_outputs(section, words) or lists_outcomes(section) or _holds_requirements(section, words):
            return False
        # A heading over most of the prompt frames nothing: it is the prompt's title.
        return (section.line_end - section.line_start + 1) * 3 < self.length * 2

    def items_told(self, section: Section) -> int:
        """How many list items stand in a section and below it, outside of what frames the task."""
        if self.frames(section):
            return 0
        items = sum(s.kind == "item" and not FILE.match(s.text) for s in section.statements)
        return items + sum(self.items_told(child) for child in section.children)

    def telling(self, sections: Sequence[Section]) -> list[Section]:
        """The sections that do not frame the task; what a framing label leads on to ("Output: / A file with:") does."""
        kept: list[Section] = []
        leading: Section | None = None
        for section in sections:
            led = leading is not None and section.rank == leading.rank == LABEL_RANK and section.number is None
            if self.frames(section) or led:
                leading = None if section.statements or section.children else section
            else:
                leading = None
                kept.append(section)
        return kept


def _holds_requirements(section: Section, words: str) -> bool:
    """Whether a heading of the setting or the scene ("Environment", "The challenge") stands over orders, or over many
    topics or lists of their own."""
    setting, scene = SETTINGS.search(words) is not None, _SCENES.search(words) is not None
    if (setting or scene) and _orders_most(section):
        return True
    if (setting or scene) and any(
        LISTING.fullmatch(words_in(c.title)) and len(c.items()) > 1 for c in section.children
    ):
        return True  # a story that ends in "**Requirements:**"
    if setting:
        topics = [child for child in section.children if not LISTING.search(words_in(child.title))]
        if sum(len(topic.statements) > 1 for topic in topics) >= MANY_TOPICS:
            return True
    return scene and sum(c.rank < BOLD_RANK and len(c.items()) > 1 for c in section.children) >= MANY_TOPICS


def _orders_most(section: Section) -> bool:
    """Whether most items under a heading order something ("Task overview: 1. Create… 2. Deploy…")."""
    items = section.items()
    ordering = sum(ORDERS.match(words_in(item.text)) is not None for item in items)
    return len(items) >= MANY_TOPICS and ordering * 3 > len(items) * 2


def _tells_flow(section: Section) -> bool:
    """Whether the steps under a heading tell what happens ("A customer pays") and name few services."""
    steps = [words_in(s.text) for s in section.statements if s.number is not None]
    named = sum(SERVICES.search(step) is not None or ORDERS.match(step) is not None for step in steps)
    return len(steps) > 1 and named * 2 < len(steps)


def _lists_outputs(section: Section, words: str) -> bool:
    """Whether "Expected outputs" are those of the stack ("VPC ID"), rather than the files of the answer."""
    items = section.items()
    if len(items) < 2 or _OUTPUTS.match(words) is None:
        return False
    return sum(_IDENTIFIERS.search(s.text.lower()) is not None for s in items) * 3 >= len(items) * 2


def lists_outcomes(section: Section) -> bool:
    """Whether "Expected output" is a list of what is to be there, rather than of outputs or the files of the answer."""
    items = section.items()
    words = words_in(section.title)
    if len(items) < MANY_TOPICS or section.children or OUTCOMES.match(words) is None or _lists_outputs(section, words):
        return False
    told = sum(not _IN_ANSWER.search(s.text) and not RESTATING.match(words_in(s.text)) for s in items)
    return told > 1 and told * 2 > len(items)


def _lists_files(section: Section) -> bool:
    """Whether "Output" is what the answer is to consist of."""
    told = [s.text for s in section.statements if s.kind in ("item", "line", "paragraph")]
    told += [s.text for child in section.children for s in child.statements]
    return sum(bool(FILE.match(t) or _OF_ANSWER.search(t)) for t in told) * 2 >= len(told)


def _names_only(section: Section) -> bool:
    """Whether a section lists names ("Amazon S3", "VPC with private subnets", "SNS for alerts") and no more."""
    items = section.items()
    short = [s.text for s in items if not s.nested and s.number is None and len(s.text) <= LONGEST_NAMING]
    bare = sum(words_in(_BESIDE_NAME.sub("", text)).count(" ") < NAME_WORDS for text in short)
    if any(s.kind != "item" and not s.text.endswith(":") for s in section.statements):
        return False
    return len(items) > 1 and bare * 4 >= len(items) * 3
