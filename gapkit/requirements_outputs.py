"""The stack's outputs, where a prompt names them only among what is to be delivered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gapkit.requirements_files import FILE
from gapkit.requirements_found import Found, found_item
from gapkit.requirements_words import anywhere, opening, words_in
from gapkit.sections import Section

_DELIVERABLES = anywhere("deliverable_headings")
_OUTPUTS = opening("stack_outputs")
_ASKED = anywhere("outputs_asked")


def outputs_told(found: Sequence[Found], root: Section, lines: Sequence[str]) -> list[Found]:
    """The item among the deliverables that names the stack's outputs, if no requirement speaks of any."""
    if any(_ASKED.search(words_in(f.text)) for f in found):
        return []
    for section in _deliverables(root):
        for item in section.items():
            if _OUTPUTS.match(words_in(item.text)) and not FILE.match(item.text):
                return [found_item(lines, item, section.title)]
    return []


def _deliverables(section: Section) -> Iterator[Section]:
    if _DELIVERABLES.search(words_in(section.title)):
        yield section
    for child in section.children:
        yield from _deliverables(child)
