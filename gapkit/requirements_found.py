"""What is found in a prompt, from its lines to numbered requirements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gapkit.models import Problem, Requirement
from gapkit.requirements_words import BOLD_LEAD, VERSIONS, anywhere, words_in
from gapkit.sections import Section, Statement, plain
from gapkit.words import text_words

MAX_REQUIREMENTS = 400
MAX_TITLE = 90
MAX_TEXT = 8_000

TOLD = 0.7
"""A statement is told already where so much of its words stands in others."""


_FORBIDDING = anywhere("forbidding")
_KINDS = anywhere("kinds_of_parts")


class Found(NamedTuple):
    """A requirement before it is given its id."""

    number: str | None
    group: str | None
    title: str
    text: str
    line_start: int
    line_end: int


def text_between(lines: Sequence[str], start: int, end: int) -> str:
    """The text of some lines of a prompt (1-based, inclusive)."""
    return "\n".join(lines[start - 1 : end])[:MAX_TEXT].replace("**", "").strip()


def found_item(lines: Sequence[str], statement: Statement, group: str | None) -> Found:
    """A statement as a requirement, with all that is nested in it."""
    start, end = statement.line_start, statement.line_end
    return Found(statement.number, group, _title(statement.text), text_between(lines, start, end), start, end)


def found_section(lines: Sequence[str], section: Section, group: str | None) -> Found:
    """A headed section as one requirement."""
    start, end = section.line_start, section.line_end
    return Found(section.number, group, section.title[:MAX_TITLE], text_between(lines, start, end), start, end)


def found_sentence(statement: Statement, text: str, group: str | None, number: str | None = None) -> Found:
    """A part of a statement's text as a requirement."""
    return Found(number, group, _title(text), plain(text)[:MAX_TEXT], statement.line_start, statement.line_end)


def in_order(found: Iterable[Found]) -> list[Found]:
    """What was found, in the order of the prompt."""
    return sorted(found, key=lambda f: (f.line_start, f.line_end))


def new_among(beside: Sequence[Found], found: Sequence[Found]) -> list[Found]:
    """Those of `beside` that say something else than what was found; versions are no words and always new."""
    if not beside:
        return []
    told = {word for f in found for word in text_words(f.text)}
    return [f for f in beside if VERSIONS.match(words_in(plain(f.text))) or not _is_told(set(text_words(f.text)), told)]


def _is_told(words: set[str], told: set[str]) -> bool:
    new = words - told
    return len(new) <= (1 - TOLD) * len(words) and not any(word.isdigit() for word in new)


def needed_among(advice: Iterable[tuple[Found, str | None]], found: Sequence[Found]) -> list[Found]:
    """The advice on services that a requirement outside of the heading above it names, and what forbids a service."""
    told: dict[str | None, set[str]] = {}
    needed = []
    for piece, above in advice:
        if above not in told:
            told[above] = {word for f in found if f.group != above for word in text_words(f.text)}
        topic = text_words(_KINDS.sub("", words_in(piece.title)))
        if _FORBIDDING.search(words_in(piece.text)) or (topic and told[above].issuperset(topic)):
            needed.append(piece)
    return needed


def _title(text: str) -> str:
    lead = BOLD_LEAD.match(text)
    if lead:
        return str(lead[1]).strip()
    first = plain(text.split("\n", 1)[0])
    if len(first) <= MAX_TITLE:
        return first
    return first[: MAX_TITLE - 1].rsplit(" ", 1)[0] + "…"


def numbered(found: Sequence[Found], source: str) -> tuple[Requirement, ...]:
    """The requirements with their ids, no more than are kept."""
    return tuple(
        Requirement(f"R{index:02d}", source, f.number, f.group, f.title, f.text, f.line_start, f.line_end)
        for index, f in enumerate(found[:MAX_REQUIREMENTS], 1)
    )


def problems_of(found: Sequence[Found], document: str) -> tuple[Problem, ...]:
    """What is wrong with the requirements as a list: numbers given twice, too many, none."""
    problems = _duplicate_numbers(found, document)
    if len(found) > MAX_REQUIREMENTS:
        message = f"only the first {MAX_REQUIREMENTS} of {len(found)} requirements are kept; split the prompt"
        line = found[MAX_REQUIREMENTS].line_start
        problems.append(Problem("requirements", "too_many_requirements", message, document, line))
    if not found:
        message = "no requirement was found; state them as a numbered list, or add a requirements.yaml to the sample"
        problems.append(Problem("requirements", "no_requirements", message, document, 1))
    return tuple(problems)


def _duplicate_numbers(found: Sequence[Found], document: str) -> list[Problem]:
    seen: dict[tuple[str | None, str], int] = {}
    told: set[tuple[str | None, str]] = set()
    problems = []
    for requirement in found:
        if requirement.number is None:
            continue
        key = (requirement.group, requirement.number)
        if key in seen and key not in told:
            told.add(key)
            message = (
                f"number {requirement.number} is declared at line {seen[key]} and again here under the same heading; "
                "both are kept: renumber one"
            )
            problems.append(Problem("requirements", "duplicate_number", message, document, requirement.line_start))
        seen.setdefault(key, requirement.line_start)
    return problems
