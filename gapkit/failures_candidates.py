"""Which sections, bullets, rows and paragraphs of an outline are gaps.

Each section is one gap, a list of gaps, a holder of sections that are, or none.  What it is follows from its marks
(numbers, labels such as "Issue:" and "Fix:"), from its neighbours, and from the words of its heading.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gapkit.failures_leaves import (
    Candidate,
    Place,
    first_sentence,
    from_part,
    from_section,
    issue_rows,
    leaf,
    list_items,
    only_praises,
)
from gapkit.failures_outline import Section
from gapkit.failures_sections import (
    field_sections,
    gaps_inside,
    has_title,
    hold_gaps,
    is_left_out,
    is_named_for_gaps,
    is_one_gap_with_details,
    is_told_anyway,
    mostly_lists,
    only_teaches,
)
from gapkit.failures_words import Title, bracketed_severity, read_title, says_nothing_found, states_fault
from gapkit.knowledge import words_of

_BLAME = tuple(words_of("failures.yaml", "blame_marks"))

STRONG = 3
"""From this many well-marked gaps on, unmarked text elsewhere in the notes is not taken for gaps."""

FAULTLESS = 3
"""Where less than one in this many entries finds any fault, the notes are a report, and only those are gaps."""


def find_candidates(outline: Section) -> list[Candidate]:
    """Return what may be gaps, in order; restatements are still among them."""
    for lenient in (False, True):
        if lenient and _finds_nothing(outline):
            break
        found = list(_walk(outline, Place(lenient=lenient)))
        if found:
            found.extend(_continued(outline, found))
            found.sort(key=lambda candidate: candidate.line)
            return _well_marked(found, lenient)
    return []


def _finds_nothing(section: Section) -> bool:
    """Whether a heading or a paragraph says that there is no gap: then none is looked for in a report's text."""
    return (
        bool(section.title and section.title.finds_nothing)
        or any(part.kind == "paragraph" and says_nothing_found(part.text) for part in section.parts)
        or any(map(_finds_nothing, section.children))
    )


def _continued(outline: Section, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Numbered sections that go on counting where a gap left off, whatever the heading above them says."""
    by_line = {candidate.line: candidate for candidate in found}
    lines = sorted(by_line)
    previous: tuple[int, int] | None = None  # level and number of the last section that is a gap
    for section, severity in _numbered_sections(outline, None):
        title = section.title
        if title is None or title.number is None or not title.number.isdigit():
            continue
        number = int(title.number)
        if section.line in by_line:
            previous = (section.level, number)
        elif previous == (section.level, number - 1) and section.parts and not _goes_on_otherwise(section, lines):
            previous = (section.level, number)
            yield from_section(section, Place(severity))


def _goes_on_otherwise(section: Section, lines: Sequence[int]) -> bool:
    """Whether a numbered section after a gap is none, or holds gaps itself; `lines` are those of all gaps in order."""
    title = section.title
    return title is None or (
        title.is_restatement
        or title.finds_nothing
        or title.is_praise
        or only_teaches(section)
        or only_praises(section)
        or title.field in ("impact", "fix", "cause")
        or not (section.labels or section.children or title.states_defect or title.names_gaps)
        or bisect_right(lines, section.line) < bisect_right(lines, section.line_end)
    )


def _numbered_sections(section: Section, severity: str | None) -> Iterator[tuple[Section, str | None]]:
    for child in section.children:
        title = child.title
        if title is None:
            continue
        if title.numbered:
            yield child, severity
        if title.is_restatement or title.finds_nothing or title.praises:
            continue
        inner = (title.section_severity if title.names_gaps or not title.numbered else None) or severity
        yield from _numbered_sections(child, inner)


def _well_marked(found: list[Candidate], lenient: bool) -> list[Candidate]:
    """Without text that no mark calls a gap, where the notes mark theirs elsewhere, or it finds no fault."""
    marked = sum(candidate.marked for candidate in found)
    faults = sum(candidate.marked or states_fault(candidate.lead) for candidate in found)
    faultless = lenient or faults * FAULTLESS < len(found)
    if marked < STRONG and not faultless:
        return found
    kept = []
    for candidate in found:
        if faultless and not states_fault(candidate.lead):
            continue
        if marked >= STRONG and not candidate.marked:
            title = read_title(candidate.section)
            plain = not title.is_extra and (title.names_gaps or title.states_defect)
            if not (plain or _told(candidate, title)):
                continue
        kept.append(candidate)
    return kept


def _lists_fixes(section: Section) -> bool:
    """Whether a section tells of its fixes in a list alone: "What was fixed", with each fix an entry."""
    title = section.title
    items = sum(part.kind == "item" for part in section.parts)
    return title is not None and title.field == "fix" and title.is_extra and items > 1 and not section.labels


def _told(candidate: Candidate, section: Title) -> bool:
    """Whether text without a mark is told as a gap all the same: by headings above its section's, and its own words."""
    if candidate.in_gaps and candidate.origin == "section":
        return True
    above = candidate.in_gaps or (candidate.in_faults and not section.is_extra)
    return (above or candidate.lead.startswith(_BLAME)) and read_title(candidate.title).states_defect


def _walk(section: Section, place: Place) -> Iterator[Candidate]:
    title = section.title
    whole = title is None or place.top
    if title is not None and not whole:
        left_out = is_left_out(section, place.lenient, place.in_gaps) and not is_told_anyway(section)
        tells = section.issue_labels > 0 or section.tells_gap
        tells_consequences = title.field in ("impact", "fix", "cause") and not tells
        if (
            title.finds_nothing
            or only_teaches(section)
            or (tells_consequences and not section.children and not (place.lenient and _lists_fixes(section)))
            or (left_out and (title.praises or not (place.lenient and section.children)))
        ):
            if left_out and not title.praises:
                for child in gaps_inside(section):
                    yield from _walk(child, place)
            return
        severity = title.section_severity if title.names_gaps or not title.numbered else None
        plain = title.names_gaps or title.numbered or title.states_defect or place.in_gaps
        extra = place.in_extra or (title.is_extra and not plain)
        in_gaps = place.in_gaps or is_named_for_gaps(title.text)
        in_faults = (title.names_gaps or title.states_defect) and not title.is_extra and bool(section.children)
        place = replace(
            place,
            severity=severity or place.severity,
            in_extra=extra,
            top=False,
            in_gaps=in_gaps,
            in_faults=place.in_faults or in_faults,
        )
    fields = [] if whole and place.lenient else field_sections(section)
    if title is None and has_title(section):
        fields = [child for child in fields if child is not section.children[0]]
    others = section.children
    if fields:
        taken = set(fields)
        others = [child for child in section.children if child not in taken]
    if title is not None and not whole:
        if (
            others
            and fields
            and all(is_left_out(child, place.lenient) and not is_told_anyway(child) for child in others)
        ):
            fields, others = section.children, []
        if others and is_one_gap_with_details(section, others, len(fields)) and not place.numbered_holders:
            yield from_section(section, place)
            return
        if not others and fields:
            yield from _from_fields(section, fields, place)
            return
    elif not others and fields and any(child.title and child.title.field == "issue" for child in fields):
        yield from _whole_document(fields, place)
        return
    if not section.children:
        yield from leaf(section, place, whole)
        return
    yield from _holder(section, others, fields, place, whole)


def _holder(
    section: Section, others: Sequence[Section], fields: Sequence[Section], place: Place, whole: bool
) -> Iterator[Candidate]:
    told = False
    yield from _ranked(section, place)
    holds = any(child.children and not is_left_out(child, place.lenient) for child in others) or mostly_lists(others)
    holders = hold_gaps(others)
    numbered = [child.title for child in others if child.title and child.title.numbered]
    row = len(numbered) > 1 and 2 * sum(title.names_gaps for title in numbered) <= len(numbered)
    inner = replace(place, top=False, numbered_list=holds, numbered_row=row, numbered_holders=holders)
    top = Place(place.severity, place.in_extra, top=True, numbered_list=holds, lenient=place.lenient)
    titled = section.title is None and has_title(section)
    for child in others:
        for candidate in _walk(child, top if titled and child is section.children[0] else inner):
            told = True
            yield candidate
    for child in fields:
        if not child.title or child.title.field != "issue":
            continue
        lists = sum(part.kind == "item" for part in child.parts) > 1
        if child.title.names_gaps or lists:
            for candidate in leaf(child, inner, lists):
                told = True
                yield candidate
    if told:
        yield from issue_rows(section, place)
    if not told or (whole and section.issue_labels > 1):
        yield from leaf(section, place, True)


def _ranked(section: Section, place: Place) -> Iterator[Candidate]:
    """The paragraphs over sub-sections that each begin with a severity in brackets: "**[HIGH] No alarms.** …"."""
    ranked = [part for part in section.parts if part.kind == "paragraph" and bracketed_severity(part.text)]
    if len(ranked) > 1:
        for part in ranked:
            yield from_part(part, section, place, True)


def _from_fields(section: Section, fields: Sequence[Section], place: Place) -> Iterator[Candidate]:
    """A section made of "Problem", "Fix", … headings: one gap, or a list of issues under a plural heading."""
    tells = section.compares or any(child.title and child.title.field == "issue" for child in fields)
    if (place.in_extra and not tells) or _only_of_the_task(section, fields):
        return
    for child in fields:
        title = child.title
        if title and title.field == "issue" and title.names_gaps and len(fields) > 1 and not section.issue_labels:
            items = [part for part in child.parts if part.kind == "item"]
            prose = [part for part in child.parts if part.kind in ("paragraph", "code")]
            if items and not prose:
                yield from list_items(child, place, marked=True)
                return
    yield from_section(section, place)


def _only_of_the_task(section: Section, fields: Sequence[Section]) -> bool:
    """Whether a heading stands over "Date", "Platform and language" and the like alone."""
    said = {child.title.field for child in fields if child.title}
    return not section.parts and said <= {"other", None}


def _whole_document(fields: Sequence[Section], place: Place) -> Iterator[Candidate]:
    """Notes of one gap, told under "Problem", "Cause" and "Fix" headings."""
    issues = [child for child in fields if child.title and child.title.field == "issue"]
    first = issues[0]
    if first.title and first.title.names_gaps and any(part.kind == "item" for part in first.parts):
        yield from leaf(first, place, True)
        return
    assert first.title is not None
    text = next((part.text for part in first.parts if part.kind != "code"), first.title.text)
    yield Candidate("section", first_sentence(text), None, first.line, fields[-1].line_end, True, None, place.severity)
