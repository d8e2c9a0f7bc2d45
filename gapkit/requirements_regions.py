"""The region that all is to be deployed in, where a prompt tells it only beside its requirements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gapkit.prose import sentences
from gapkit.quantities import ANY_REGION
from gapkit.requirements_found import Found, found_sentence
from gapkit.requirements_framing import Framing
from gapkit.requirements_words import NARRATIVE, ORDERS, PLACES, anywhere, words_in
from gapkit.sections import Section, Statement

_SETTLED = anywhere("modals", "announcing")
_WHOLE = anywhere("tools", "whole_answers")


def regions_told(found: Sequence[Found], root: Section, framing: Framing) -> list[Found]:
    """The sentences that say where all is to be deployed, if no requirement names that region."""
    sayings = list(_sayings(root, framing))
    if not sayings:
        return []
    read = {line for f in found for line in range(f.line_start, f.line_end + 1)}
    told = {region for f in found for region in ANY_REGION.findall(f.text)}
    added = []
    for statement, sentence, group in sayings:
        regions = ANY_REGION.findall(sentence)
        if statement.line_start not in read and told.isdisjoint(regions):
            told.update(regions)
            added.append(found_sentence(statement, sentence, group))
    return added


def _sayings(section: Section, framing: Framing) -> Iterator[tuple[Statement, str, str | None]]:
    """The sentences of paragraphs that say where to deploy, with the headings they stand under."""
    if framing.frames(section):
        return
    for statement in section.statements:
        if statement.kind in ("line", "paragraph") and ANY_REGION.search(statement.text):
            for sentence in sentences(statement.text):
                if ANY_REGION.search(sentence) and _places(words_in(sentence)):
                    yield statement, sentence, section.title or None
    for child in section.children:
        yield from _sayings(child, framing)


def _places(words: str) -> bool:
    """Whether a sentence says where to deploy ("Deploy all in eu-west-1"; "The stack should run in eu-west-1")."""
    ordered = ORDERS.match(words) or _SETTLED.search(words)
    if ordered is None or PLACES.search(words) is None:
        return False
    return _WHOLE.search(words) is None and NARRATIVE.match(words) is None
