"""Sections without sub-sections -> candidates: one gap, or one for each bullet, row, labelled issue or paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gapkit.failures_outline import Part, Section, read_label
from gapkit.failures_tables import is_gap_table, names_issues, table_rows
from gapkit.failures_words import Title, any_of, label_kind, marked_severity, plain, read_title, says_nothing_found

_SEVERAL = re.compile(rf"\b{any_of('several')}\W{{0,4}}$", re.IGNORECASE)
_LISTS = re.compile(rf"\b{any_of('lists')}\b", re.IGNORECASE)
MAX_LEAD = 400
"""Characters of a candidate's text that are asked whether they find a fault."""

_PRAISE = ("✅", "✓", "✔", "☑")
_INTRODUCES = re.compile(rf"\b{any_of('introduces')}\b", re.IGNORECASE)
_CONCLUDES = re.compile(rf"^\W{{0,4}}{any_of('concludes')}", re.IGNORECASE)
_SIDE = r"^(?:\W{0,4}[\w &/-]{2,40}:\s{0,2})?\W{0,4}"
_MODEL_SIDE = re.compile(_SIDE + any_of("model_side"), re.IGNORECASE)
_IDEAL_SIDE = re.compile(_SIDE + any_of("ideal_side"), re.IGNORECASE)
_SENTENCE = re.compile(any_of("sentence_verbs"), re.IGNORECASE)
_MERITS = re.compile(rf"\b{any_of('merits')}", re.IGNORECASE)
_BLAMES = re.compile(rf"\b{any_of('blames')}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a gap: a section, or a stretch of one.

    `origin` is `section`, `item`, `row` or `paragraph`; `marked` says that numbers or labels mark it as one.
    `severity` is what its own heading or cell says, `section_severity` what the nearest heading above it says.
    `lead` is its heading with the words after it, or its text as far as its first lines.
    """

    origin: str
    title: str
    number: str | None
    line: int
    line_end: int
    marked: bool
    severity: str | None = None
    section_severity: str | None = None
    section: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    lead: str = ""
    in_gaps: bool = False  # a heading over its section names gaps
    in_faults: bool = False  # a heading over it names gaps, or says what is amiss


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk stands: the severity of the headings above, and what kind of neighbourhood it is."""

    severity: str | None = None
    in_extra: bool = False
    top: bool = False  # the section is the title of the notes
    numbered_list: bool = False  # numbered sections beside this one hold several gaps each
    lenient: bool = False
    numbered_row: bool = False  # it is one of several numbered sections, most of which are not named for gaps
    in_gaps: bool = False  # a heading above names gaps
    in_faults: bool = False  # a heading above names gaps, or says what is amiss
    numbered_holders: bool = False  # numbered sections beside this one hold sections that are gaps


def from_section(section: Section, place: Place) -> Candidate:
    title = section.title
    assert title is not None
    opening = section.parts[0].text[:300] if section.parts else ""
    marked = title.numbered or section.issue_labels > 0 or section.field_labels > 0 or bool(section.children)
    fields = {child.title.field for child in section.children if child.title}
    compares = section.compares and (title.numbered or not (title.is_restatement or title.is_extra))
    told = section.issue_labels > 0 or compares or not fields.isdisjoint(("issue", "cause"))
    return Candidate(
        "section", title.text, title.number, section.line, section.line_end, marked, title.severity, place.severity,
        title.text, (), f"{title.text} {'issue' if told else opening}", place.in_gaps,
    )  # fmt: skip


def leaf(section: Section, place: Place, whole: bool) -> Iterator[Candidate]:
    """A section without sub-sections; `whole` says that its heading cannot be the gap."""
    parts = section.parts
    title = section.title
    numbered = title is not None and title.numbered and not whole
    issues = _alike([part for part in parts if part.label == "issue"])
    labelled = section.issue_labels + section.field_labels
    if place.in_extra and not issues and not place.lenient and not (section.compares or section.explains):
        return
    if len(issues) > 1 and _each_issue_is_a_gap(parts, issues, numbered or not whole):
        yield from _issues(section, issues, place)
        return
    items = [part for part in parts if part.kind == "item"]
    bare = _bare_items(parts)
    if labelled and not whole:
        if (
            title is not None
            and title.names_gaps
            and not issues
            and len(bare) > 1
            and len(bare) * 2 > len(items)
            and not numbered
        ):
            yield from list_items(section, place)
            return
        listed = _listed_under_issue(section, parts, issues)
        if listed:
            grave = read_title(issues[0].text[:120]).section_severity or place.severity
            for part in listed:
                yield from_part(part, section, replace(place, severity=grave), True)
            return
        yield from_section(section, place)
        return
    tables = [part for part in parts if part.kind == "table" and is_gap_table(part)]
    if tables and not numbered:
        for table in tables:
            yield from _rows(table, section, place)
        if items and not whole:
            yield from list_items(section, place)
        return
    if labelled:
        if issues:
            yield from _issues(section, issues, place)
        elif bare:
            yield from list_items(section, place)
        else:
            loose = [part for part in parts if part.kind == "paragraph" and part.label is None]
            yield from _paragraphs(section, loose, place)
        return
    yield from _unlabelled(section, place, items, numbered, whole)


def _bare_items(parts: Sequence[Part]) -> list[Part]:
    """The bullets without a label that do not stand under one either ("**Affected resources**:", then their names)."""
    bare: list[Part] = []
    under = False
    for part in parts:
        if part.kind == "item":
            if part.label is None and not under:
                bare.append(part)
        elif part.kind != "nested":
            under = part.label not in (None, "issue", "found", "severity") and not part.value.strip()
    return bare


def _unlabelled(
    section: Section, place: Place, items: Sequence[Part], numbered: bool, whole: bool
) -> Iterator[Candidate]:
    title = section.title
    paragraphs = [part for part in section.parts if part.kind == "paragraph"]
    collects = title is not None and _collects(title)
    if numbered and title is not None:
        lists = len(items) > 1 and (place.numbered_list or (collects and not paragraphs and not place.numbered_row))
        if lists:
            yield from list_items(section, place)
        elif only_praises(section):
            return
        elif section.parts or title.states_defect:
            yield from_section(section, place)
        return
    if not section.parts or (not whole and only_praises(section)):
        return
    if not whole and title is not None and not collects and (title.states_defect or not items):
        if not (paragraphs and says_nothing_found(paragraphs[0].text)):
            yield from_section(section, place)
        return
    if items:
        if not _denied(section, items[0]):
            yield from list_items(section, place)
    elif paragraphs:
        yield from _paragraphs(section, paragraphs, place)
    elif not whole and title is not None and title.names_gaps and all(part.kind == "code" for part in section.parts):
        yield from_section(section, place)


def _denied(section: Section, item: Part) -> bool:
    """Whether the text right before a list says that there is no gap: "None found. The model has:"."""
    before = [part for part in section.parts if part.line < item.line]
    return bool(before) and before[-1].kind == "paragraph" and says_nothing_found(before[-1].text)


def _collects(title: Title) -> bool:
    """Whether a heading is one over a list of gaps."""
    return title.names_gaps or _LISTS.search(title.text) is not None


def _each_issue_is_a_gap(parts: Sequence[Part], issues: Sequence[Part], headed: bool) -> bool:
    """Whether "Issue: … Fix: … Issue: … Fix: …" repeats, rather than one gap naming several issues."""
    if headed and any(part.label == "severity" for part in parts):
        return False
    counts: dict[str, int] = {}
    for part in parts:
        if part.label in ("impact", "fix", "expected", "cause", "found"):
            counts[part.label] = counts.get(part.label, 0) + 1
    if counts:
        return max(counts.values()) > 1
    return not headed or all(part.kind == "item" for part in issues)


def _alike(issues: list[Part]) -> list[Part]:
    """The issues that are marked as the first one is: "Test Failure:" in a list of impacts begins no gap."""
    if len(issues) < 2:
        return issues
    kind, wording = issues[0].kind, _wording(issues[0])
    return [part for part in issues if part.kind == kind and _wording(part) == wording]


def _wording(part: Part) -> str:
    label = part.text[:90].partition(":")[0]
    return "".join(char for char in label.lower() if char.isalpha())


def _listed_under_issue(section: Section, parts: Sequence[Part], issues: Sequence[Part]) -> list[Part]:
    """The bullets of "Issue: several misuses of the API:", each of which is a gap of its own."""
    title = section.title
    if len(issues) != 1 or (title and title.severity) or any(part.label == "severity" for part in parts):
        return []
    issue = issues[0]
    value = issue.value.rstrip()
    if not value:
        return _listed_under_area(title, parts, issue)
    if not value.endswith(":") or not _SEVERAL.search(value):
        return []
    listed = _run(parts, parts.index(issue) + 1, "item")
    return listed if len(listed) > 1 else []


def _listed_under_area(title: Title | None, parts: Sequence[Part], issue: Part) -> list[Part]:
    """What stands under "Model Response Issues:" beside "Ideal Improvements:", in a section named for an area."""
    plural = read_title(issue.text.rstrip(": *\n")).names_gaps
    compared = any(_IDEAL_SIDE.match(part.text[:60]) for part in parts)
    if not plural or (title and title.states_defect) or not (compared or parts[0] is issue):
        return []
    start = parts.index(issue) + 1
    paragraphs = _run(parts, start, "paragraph")
    if len(paragraphs) > 1 or (paragraphs and not compared):
        return paragraphs
    return _run(parts, start, "item") if compared else []


def _run(parts: Sequence[Part], start: int, kind: str) -> list[Part]:
    """The unlabelled parts of one kind that follow each other."""
    run: list[Part] = []
    for part in parts[start:]:
        if part.label is not None or part.kind not in (kind, "nested"):
            break
        if part.kind == kind:
            run.append(part)
    return run


def _issues(section: Section, issues: Sequence[Part], place: Place) -> Iterator[Candidate]:
    """One gap for each labelled issue; it reaches to the next."""
    for index, part in enumerate(issues):
        end = issues[index + 1].line - 1 if index + 1 < len(issues) else section.line_end
        candidate = from_part(part, section, place, True)
        yield Candidate(
            "item", first_sentence(part.value or part.text), part.number, part.line, max(end, part.line_end), True,
            candidate.severity, candidate.section_severity, candidate.section, (), "issue", place.in_gaps,
        )  # fmt: skip


def list_items(section: Section, place: Place, marked: bool = False) -> Iterator[Candidate]:
    """One gap for each outer bullet that is not itself a fix or a merit."""
    parts = section.parts
    listed = place.in_gaps or (section.title is not None and _collects(section.title))
    for index, part in enumerate(parts):
        if part.kind != "item" or part.label in (
            "fix",
            "expected",
            "impact",
            "cause",
            "evidence",
            "lesson",
            "severity",
            "other",
        ):
            continue
        text = part.text.lstrip(" *_")
        if index and _IDEAL_SIDE.match(parts[index - 1].text[:120]) and _MODEL_SIDE.match(part.text[:120]):
            continue  # the other half of the comparison that the bullet before has begun
        if not text or text.startswith(_PRAISE) or says_nothing_found(text) or _praises(text):
            continue
        nested = _nested(parts, index)
        if len(nested) > 1 and _names_a_collection(part) and not any(read_label(inner.text)[0] for inner in nested):
            for inner in nested:
                yield from_part(inner, section, place, marked)
            continue
        candidate = from_part(part, section, place, marked)
        if nested and (listed or _MODEL_SIDE.match(nested[0].text[:120])):
            told = "\n".join([part.text, *(inner.text for inner in nested)])
            candidate = replace(candidate, lead=told[:MAX_LEAD])
        yield candidate


def only_praises(section: Section) -> bool:
    """Whether a section without labels begins by telling what the model's side has, without a word of blame."""
    paragraphs = [part for part in section.parts if part.kind in ("paragraph", "code")]
    first = paragraphs[0] if len(paragraphs) == 1 else None
    stated = section.title is not None and section.title.states_defect
    compared = any("deal" in part.text for part in section.parts)
    return first is not None and not (stated or compared or section.labels or section.children) and _praises(first.text)


def _praises(text: str) -> bool:
    """Whether a text only tells what the model's side has, without a word of blame."""
    return bool(_MODEL_SIDE.match(text[:120]) and _MERITS.search(text[:300])) and not _BLAMES.search(text[:600])


def _nested(parts: Sequence[Part], index: int) -> list[Part]:
    """The items directly inside the item at `index`."""
    nested: list[Part] = []
    level = parts[index].level + 1
    index += 1
    while index < len(parts) and parts[index].kind == "nested":
        if parts[index].level == level:
            nested.append(parts[index])
        index += 1
    return nested


def _names_a_collection(part: Part) -> bool:
    """Whether an item only names a kind of gap ("**Deployment Failures**:"), and nested items tell them."""
    first = part.text.partition("\n")[0]
    if len(first) > 80:
        return False
    title = read_title(first)
    return title.names_gaps and not title.states_defect and not _SENTENCE.match(title.text)


def issue_rows(section: Section, place: Place) -> Iterator[Candidate]:
    """The rows of a section's own tables that name issues: a list before, or after, the details."""
    for part in section.parts:
        if part.kind == "table" and names_issues(part):
            yield from _rows(part, section, place)


def _rows(table: Part, section: Section, place: Place) -> Iterator[Candidate]:
    for row in table_rows(table):
        yield Candidate(
            "row", row.title, row.number, row.line, row.line, False, row.severity, place.severity,
            f"gaps, table of line {table.line}", row.cells, "gap", place.in_gaps,
        )  # fmt: skip


def _paragraphs(section: Section, paragraphs: Sequence[Part], place: Place) -> Iterator[Candidate]:
    last = len(paragraphs) - 1
    for index, part in enumerate(paragraphs):
        text = part.text.strip()
        if len(text) < 25 or text.endswith((":", "：")):
            continue
        if index == 0 and _INTRODUCES.search(text[:300]):
            continue
        if last and index == last and _CONCLUDES.match(text):
            continue
        if says_nothing_found(text):
            continue
        yield from_part(part, section, place, False)


def from_part(part: Part, section: Section, place: Place, marked: bool) -> Candidate:
    text = part.text.partition("\n")[0]
    return Candidate(
        "item" if part.kind in ("item", "nested") else "paragraph", lead_of(part.text), part.number, part.line,
        part.line_end, marked, marked_severity(text[:200]), place.severity,
        section.title.text if section.title else "gaps", (), part.text[:MAX_LEAD], place.in_gaps, place.in_faults,
    )  # fmt: skip


_BOLD_LEAD = re.compile(r"^\W{0,4}(?:\*\*|__)([^*\n]{2,120}?)\s?[:.]?\s?(?:\*\*|__)")
_SENTENCE_END = re.compile(r"[.;!?](?=\s)|\n")


def lead_of(text: str) -> str:
    """The title of a bullet or paragraph: its bold lead, or what stands before a colon, or its first sentence."""
    match = _BOLD_LEAD.match(text)
    if match and label_kind(match[1]) is None:
        return plain(match[1])
    return first_sentence(text)


def first_sentence(text: str) -> str:
    """The first sentence, without markdown's marks, 160 characters at most."""
    text = text[:400].strip()
    match = _SENTENCE_END.search(text, 15) if len(text) > 15 else None
    sentence = plain(text[: match.start()] if match else text)
    return sentence if len(sentence) <= 160 else sentence[:157].rsplit(" ", 1)[0] + "…"
