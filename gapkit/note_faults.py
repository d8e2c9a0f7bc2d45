"""Faults of a reviewer's notes themselves, found while scoring: numbers, counts and severities that clash, notes about
another task, notes that fit any response.

Each fault is a Problem of the stage `audit`, with its line in the notes.  What the notes say of the response is not
judged here (`gapkit.claims`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from gapkit.failures_outline import Part
from gapkit.failures_tables import table_rows
from gapkit.failures_words import (
    any_severity,
    column_kind,
    marked_severity,
    plain,
    read_title,
    same_word,
    subject_words,
)
from gapkit.folding import LineFinder
from gapkit.knowledge import either, words_of
from gapkit.models import Document, DocumentedGap, Problem, Requirement
from gapkit.words import code_names, word_set

STAGE = "audit"
MOST_OF_A_KIND = 3  # faults of one kind that are told of one document
FEWEST_NAMES = 10  # names that notes must give before their absence says anything
FOREIGN = 0.25  # at most this share of the names stands in the sample's texts: another task
GENERIC = 0.2  # at most this share of the gaps names anything of the sample's texts: they fit any response
FEWEST_GAPS = 2
SAME_SUBJECT = 0.6
MOST_ROWS = 500  # rows of tables that are held against the gaps
FIRST_NUMBERS = frozenset({"1", "1.1", "a", "A", "i", "I"})
SEVERITIES = words_of("failures.yaml", "audit.levels")


def _any_of(name: str) -> str:
    return either(words_of("failures.yaml", f"audit.{name}"))


_LEVEL = f"({_any_of('levels')})"
_TOTAL = re.compile(
    rf"^[^\w\n]{{0,8}}total(?: number of)?(?: {_LEVEL})? ?{_any_of('counted')}?"
    rf"(?: {_any_of('counting')})?\W{{0,8}}?[:=]\W{{0,4}}(\d{{1,3}})(?![\d.,+%$-])([^\n]{{0,160}})",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(?<![\w.,-])(\d{1,3})\**\s{0,2}\**" + _LEVEL + r"\b(?!\s?[/&]|-\w| or )", re.IGNORECASE)
_MIXED = re.compile(_LEVEL + r"\s?(?:/|-|&|or|and)\s?" + _LEVEL, re.IGNORECASE)
_BULLET = re.compile(
    rf"^\W{{0,8}}{_LEVEL}(?: {_any_of('levels_are_of')})?(?: {_any_of('counted_with_level')})?"
    rf"\W{{0,6}}:\W{{0,4}}(\d{{1,3}})\**(?:\s{{0,2}}{_any_of('counted')})?\s{{0,2}}(?:$|\(([^)\n]{{0,120}})\)?|[—–-])",
    re.IGNORECASE,
)
_COUNT_ROW = re.compile(r"^\|\W{0,6}" + _LEVEL + r"\W{0,6}\|\W{0,4}(\d{1,3})\W{0,4}\|", re.IGNORECASE)
_COUNTED = re.compile(_any_of("counted"))
_NUMBER_LIST = re.compile(
    rf"^\W{{0,3}}(?:{_any_of('numbered_by')}\s)?[#\d][\d,#\s&]*(?:and \d+)?[\s.)]{{0,3}}$", re.IGNORECASE
)
_PROMPT_NUMBER = re.compile(
    r"^[\W_]{0,8}(?:requirement\s{1,2}|req\s?|R)?#?(\d{1,2})\s?[.):\]–-]", re.IGNORECASE | re.MULTILINE
)
_CODE = re.compile(r"`([^`\n]{4,80})`")
_OWN_NAMES = re.compile(_any_of("own_names"), re.IGNORECASE)
_SEVERITY_FIELD = re.compile(
    rf"^[\s>*+-]{{0,8}}(?:\*\*|__)?{_any_of('severity_fields')}(?: level)?(?:\*\*|__)?\s{{0,2}}:(?:\*\*|__)?\s{{0,2}}"
    r"([^\n]{1,60})",
    re.IGNORECASE | re.MULTILINE,
)
_DIGIT = re.compile(r"\d")


def note_faults(
    document: Document,
    notes: Sequence[DocumentedGap],
    requirements: Sequence[Requirement],
    prompt: str,
    responses: Sequence[LineFinder],
    unknown: Sequence[float] = (),
) -> tuple[Problem, ...]:
    """The faults of the notes, in the order of their kinds.

    `prompt` is the prompt's text, `responses` hold both responses' texts.  `unknown` is, per note, the share of its
    names that stand in neither response, where it is known: notes that mostly name what is there are not looked at
    again.  Notes that list no gap have no faults here.
    """
    if not notes:
        return ()
    lines = _prose_lines(document)
    found: list[Problem] = []
    for faults in (
        _number_clashes(document, notes, requirements, prompt),
        _count_mismatches(document, notes, lines),
        _duplicate_numbers(document, notes),
        _severity_clashes(document, notes, lines),
        _foreign_or_generic(document, notes, prompt, responses) if _suspicious(unknown) else (),
    ):
        for place, fault in enumerate(faults):
            if place == MOST_OF_A_KIND:
                break
            found.append(fault)
    return tuple(found)


def _prose_lines(document: Document) -> list[tuple[int, str]]:
    """The lines outside code blocks that may count something, with their numbers."""
    code: set[int] = set()
    for block in document.blocks:
        if block.kind == "code":
            code.update(range(block.line_start, block.line_end + 1))
    return [
        (number, line)
        for number, line in enumerate(document.lines, 1)
        if line and number not in code and len(line) < 400 and _DIGIT.search(line)
    ]


# ------------------------------------------------------------- requirement numbers


def _number_clashes(
    document: Document, notes: Sequence[DocumentedGap], requirements: Sequence[Requirement], prompt: str
) -> Iterator[Problem]:
    """Notes that name a requirement which the prompt doesn't number so."""
    naming = [note for note in notes if note.requirement_numbers]
    if not naming or not prompt:
        return
    declared = set(_PROMPT_NUMBER.findall(prompt))
    by_number: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        if requirement.number is not None:
            by_number.setdefault(requirement.number.split(".")[0], []).append(requirement)
    if len(declared) < 3 and len(by_number) < 3:
        return
    words = {r.requirement_id: word_set(r.title) | word_set(r.text) for r in requirements}
    for note in naming:
        for number in note.requirement_numbers:
            whole = number.split(".")[0].lstrip("0")
            if whole not in declared and whole not in by_number:
                yield Problem(
                    STAGE,
                    "note_number_clash",
                    f"the note speaks of requirement {number}, and the prompt has no such number; give the prompt's",
                    document.name,
                    note.line,
                )
                break
        else:
            meant = _meant(note, by_number, words)
            if meant is not None:
                yield Problem(
                    STAGE,
                    "note_number_clash",
                    f"the note speaks of requirement {note.requirement_numbers[0]}, and its subject is the prompt's "
                    f"requirement {meant.number} ({meant.title[:60]}); give the prompt's number",
                    document.name,
                    note.line,
                )


def _meant(
    note: DocumentedGap, by_number: Mapping[str, list[Requirement]], words: Mapping[str, frozenset[str]]
) -> Requirement | None:
    """The requirement that a note is about where it is clearly not the one it names."""
    if len(note.requirement_numbers) != 1:
        return None
    number = note.requirement_numbers[0].split(".")[0].lstrip("0")
    named = by_number.get(number, [])
    if len(named) != 1 or any(len(others) > 1 for others in by_number.values()):
        return None  # numbers that start again in each group say nothing without the group
    title = word_set(note.title)
    whole = title | word_set((note.found or "")[:300])
    if len(title) < 2 or whole & words[named[0].requirement_id]:
        return None
    others = [r for rs in by_number.values() for r in rs if r is not named[0]]
    fitting = [r for r in others if len(title & words[r.requirement_id]) >= max(2, SAME_SUBJECT * len(title))]
    return fitting[0] if len(fitting) == 1 else None


# ------------------------------------------------------------------ counts


def _count_mismatches(
    document: Document, notes: Sequence[DocumentedGap], lines: Sequence[tuple[int, str]]
) -> Iterator[Problem]:
    """Counts that the notes state and that are not those of their list."""
    listed = Counter(note.severity for note in notes)
    for number, line in lines:
        low = line.lower()
        stated: dict[str, int] = {}
        total: int | None = None
        if "total" in low and (match := _TOTAL.match(line)):
            stated = _stated_parts(line)
            level, count, rest = match[1], int(match[2]), match[3]
            if level:
                stated = {level.lower(): count}
            elif not stated and _COUNTED.search(low[: match.start(2)]) and not _QUALIFIED.match(rest):
                total = count
        elif ((match := _BULLET.match(line)) and (match[3] is None or _NUMBER_LIST.match(match[3]))) or (
            match := _COUNT_ROW.match(line)
        ):
            stated = {match[1].lower(): int(match[2])}
        if total is not None and total != len(notes):
            yield _miscounted(document, number, str(total), "gaps", len(notes))
        elif stated:
            if sum(listed[level] for level in SEVERITIES) < len(notes):
                continue  # gaps without a severity of their own may be any of them
            for level, count in stated.items():
                if count != listed[level]:
                    yield _miscounted(document, number, str(count), f"{level} gaps", listed[level])
                    break


def _stated_parts(line: str) -> dict[str, int]:
    """`2 Critical, 3 High` as counts; empty where levels are lumped together."""
    if _MIXED.search(line):
        return {}
    counts: Counter[str] = Counter()
    for count, level in _PARTS.findall(line):
        counts[level.lower()] += int(count)
    return dict(counts)


_QUALIFIED = re.compile(rf"\W{{0,4}}{_any_of('not_of_gaps')}", re.IGNORECASE)


def _miscounted(document: Document, line: int, stated: str, what: str, listed: int) -> Problem:
    message = f"the notes state {stated} {what} and list {listed}; correct the count or the list"
    return Problem(STAGE, "note_count_mismatch", message, document.name, line)


# ----------------------------------------------------------------- numbers


def _duplicate_numbers(document: Document, notes: Sequence[DocumentedGap]) -> Iterator[Problem]:
    """Gaps that bear the number of an earlier one under the same heading, where numbers do not start again."""
    numbers = [note.number for note in notes if note.number is not None]
    if len(set(numbers)) == len(numbers):
        return
    headings = [(block.line_start, block.level) for block in document.blocks if block.kind == "heading"]
    seen: dict[tuple[int, str], int] = {}
    for note in notes:
        if note.number is None:
            continue
        key = (_parent(note.line, headings), note.number)
        if note.number in FIRST_NUMBERS:
            seen = {other: line for other, line in seen.items() if other[0] != key[0]}
        if key in seen:
            message = f"the number {note.number} is that of line {seen[key]}, too; number the gaps anew"
            yield Problem(STAGE, "note_duplicate_number", message, document.name, note.line)
        seen.setdefault(key, note.line)


def _parent(line: int, headings: Sequence[tuple[int, int]]) -> int:
    """The line of the heading that a line, or the heading on it, stands under; 0 without one."""
    place = bisect_right(headings, (line, 99))
    level = 99
    if place and headings[place - 1][0] == line:
        place -= 1
        level = headings[place][1]
    while place and headings[place - 1][1] >= level:
        place -= 1
    return headings[place - 1][0] if place else 0


# -------------------------------------------------------------- severities


def _severity_clashes(
    document: Document, notes: Sequence[DocumentedGap], lines: Sequence[tuple[int, str]]
) -> Iterator[Problem]:
    """Severities that a gap's heading, its own field, a table and a list state differently."""
    headings = [(block.line_start, block.level) for block in document.blocks if block.kind == "heading"]
    for note in notes:
        first, _, rest = note.text.partition("\n")
        field = _SEVERITY_FIELD.search(rest[:4000])
        stated = any_severity(field[1]) if field else None
        if stated is None:
            continue
        heading = marked_severity(first)
        above = 0 if heading else _parent(note.line, headings)
        if above:
            heading = read_title(document.lines[above - 1].lstrip("# ")).section_severity
        if heading and heading != stated:
            where = "its own field" if not above else f"its own field, under the heading of line {above}"
            yield _clash(document, note.line, note.title, heading, stated, where)
    by_number = {note.number: note for note in notes if note.number}
    unique = len(by_number) == sum(note.number is not None for note in notes)
    worded = [(note, subject_words(note.title[:200])) for note in notes]
    for line, number, title, severity in islice(_tabled(document), MOST_ROWS):
        twin = by_number.get(number) if unique and number and not title else _twin(title, worded)
        if twin is None or twin.line <= line <= twin.line_end or twin.severity in ("unstated", severity):
            continue
        yield _clash(document, line, twin.title, twin.severity, severity, f"the table; see line {twin.line}")
    if not unique:
        return
    for line, text in lines:
        match = _BULLET.match(text)
        if match is None or match[3] is None or not _NUMBER_LIST.match(match[3]):
            continue
        for number in re.findall(r"\d+", match[3]):
            twin = by_number.get(number)
            if twin is not None and twin.severity not in ("unstated", match[1].lower()):
                place = f"the list; see line {twin.line}"
                yield _clash(document, line, twin.title, twin.severity, match[1].lower(), place)
                break


def _tabled(document: Document) -> Iterator[tuple[int, str | None, str, str]]:
    """Line, number, title and severity of the rows of tables that state severities."""
    for block in document.blocks:
        if block.kind != "table" or len(block.rows) < 2:
            continue
        if not any("severity" in column_kind(cell) for cell in block.rows[0]):
            continue
        part = Part("table", block.text, block.line_start, block.line_end, 0, None, None, "", block.rows)
        for row in table_rows(part):
            if row.severity is not None:
                yield row.line, row.number, row.title, row.severity


def _twin(title: str, worded: Sequence[tuple[DocumentedGap, frozenset[str]]]) -> DocumentedGap | None:
    """The one gap that a title speaks of, among gaps with the words of their titles; None where several fit."""
    words = subject_words(plain(title)[:200])
    if len(words) < 2:
        return None
    fitting = []
    for note, others in worded:
        common = len(words & others)
        if common > 1 and common >= 0.8 * min(len(words), len(others)):
            fitting.append(note)
    exact = list(islice((note for note in fitting if same_word(title, note.title)), 2))
    chosen = exact or fitting
    return chosen[0] if len(chosen) == 1 else None


def _clash(document: Document, line: int, title: str, heading: str, other: str, where: str) -> Problem:
    message = f"“{title[:60]}” is {heading} in its heading and {other} in {where}; state one severity"
    return Problem(STAGE, "note_severity_clash", message, document.name, line)


# ------------------------------------------------------------------ subject


def _foreign_or_generic(
    document: Document, notes: Sequence[DocumentedGap], prompt: str, responses: Sequence[LineFinder]
) -> Iterator[Problem]:
    """Notes whose names stand nowhere in the sample, and notes that name nothing."""
    if all(response.blank for response in responses):
        return
    texts = (LineFinder(prompt), *responses)
    by_note = [_names(note.text[:4000]) for note in notes]
    names = frozenset().union(*by_note)
    few_names, few_notes = len(names) < FEWEST_NAMES, len(notes) < FEWEST_GAPS
    specific = standing = 0
    known: dict[str, bool] = {}
    for own in by_note:
        for name in own:
            if name not in known:
                known[name] = found = _stands(name, texts)
                standing += found
        specific += any(known[name] for name in own)
        if (few_names or standing > FOREIGN * len(names)) and (few_notes or specific > GENERIC * len(notes)):
            return  # neither, whatever the other notes name
    if len(names) >= FEWEST_NAMES and standing <= FOREIGN * len(names):
        yield Problem(
            STAGE,
            "notes_about_another_task",
            f"of {len(names)} names that the notes give, {standing} stand in the prompt or a response; check that the "
            "notes belong to this sample",
            document.name,
            notes[0].line,
        )
    elif len(notes) >= FEWEST_GAPS and specific <= GENERIC * len(notes):
        yield Problem(
            STAGE,
            "notes_are_generic",
            f"of {len(notes)} gaps, {specific} name anything that stands in a response; name resources and properties",
            document.name,
            notes[0].line,
        )


def _suspicious(unknown: Sequence[float]) -> bool:
    """Whether notes may be foreign or generic: few of them name much that stands in a response."""
    return sum(share < 0.5 for share in unknown) <= 0.6 * len(unknown)


def _stands(name: str, texts: Sequence[LineFinder]) -> bool:
    return any(text.holds(name) for text in texts)


def _names(text: str) -> set[str]:
    found = {match[1].strip() for match in _CODE.finditer(text)} | set(code_names(text))
    return {name for name in found if len(name) > 3 and not _OWN_NAMES.match(name)}
