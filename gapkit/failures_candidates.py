"""Which sections, bullets, rows and paragraphs of an outline are gaps.

Each section is one gap, a list of gaps, a holder of sections that are, or none.  What it is follows from its marks
(numbers, labels such as "Issue:" and "Fix:"), from its neighbours, and from the words of its heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gapkit.failures_outline import Part, Section
from gapkit.failures_tables import is_gap_table, table_rows
from gapkit.failures_words import Title, label_kind, marked_severity, plain, read_title, says_nothing_found

STRONG = 3
"""From this many well-marked gaps on, unmarked text elsewhere in the notes is not taken for gaps."""

_SEVERAL = re.compile(
    r"\b(?:issues|errors|problems|usages|misuses|patterns|mistakes|failures|gaps|violations)\W{0,4}$",
    re.IGNORECASE,
)
_PRAISE = ("✅", "✓", "✔", "☑")
_INTRODUCES = re.compile(
    r"\b(?:this (?:document|section|file|analysis|report)|the following|below|several issues|were encountered)\b", re.IGNORECASE
)
_CONCLUDES = re.compile(
    r"^\W{0,4}(?:overall|in conclusion|in summary|to summari[sz]e|these (?:fixes|failures|changes|issues|improvements|"
    r"gaps)|after |with these|all (?:issues|fixes|of these)|despite|the (?:final|ideal|corrected) )",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a gap: a section, or a stretch of one.

    `origin` is `section`, `item`, `row` or `paragraph`; `marked` says that numbers or labels mark it as one.
    `severity` is what its own heading or cell says, `section_severity` what the nearest heading above it says.
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk stands."""

    severity: str | None = None
    in_extra: bool = False
    top: bool = False  # the section is the title of the notes
    numbered_list: bool = False  # numbered sections beside this one hold several gaps each
    lenient: bool = False
    numbered_holders: bool = False  # numbered sections beside this one hold sections that are gaps


def find_candidates(outline: Section) -> list[Candidate]:
    """Return what may be gaps, in order; restatements are still among them."""
    for lenient in (False, True):
        found = list(_walk(outline, _Place(lenient=lenient)))
        if found:
            found.extend(_continued(outline, found))
            found.sort(key=lambda candidate: candidate.line)
            return _well_marked(found)
    return []


def _continued(outline: Section, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Numbered sections that go on counting where a gap left off, whatever the heading above them says."""
    by_line = {candidate.line: candidate for candidate in found}
    previous: tuple[int, int] | None = None  # level and number of the last section that is a gap
    for section, severity in _numbered_sections(outline, None):
        title = section.title
        if title is None or title.number is None or not title.number.isdigit():
            continue
        number = int(title.number)
        if section.line in by_line:
            previous = (section.level, number)
        elif previous == (section.level, number - 1) and section.parts and not (
            title.is_restatement or title.finds_nothing or title.is_praise
            or any(section.line < line <= section.line_end for line in by_line)
        ):  # fmt: skip
            previous = (section.level, number)
            yield _from_section(section, _Place(severity))


def _numbered_sections(section: Section, severity: str | None) -> Iterator[tuple[Section, str | None]]:
    for child in section.children:
        title = child.title
        if title is None:
            continue
        if title.numbered:
            yield child, severity
        if title.is_restatement:
            continue
        inner = (title.section_severity if title.names_gaps or not title.numbered else None) or severity
        yield from _numbered_sections(child, inner)


def _well_marked(found: list[Candidate]) -> list[Candidate]:
    """Without unmarked text of sections that are not named for gaps, where the notes mark their gaps elsewhere."""
    if sum(candidate.marked for candidate in found) < STRONG:
        return found
    kept = []
    for candidate in found:
        if not candidate.marked:
            title = read_title(candidate.section)
            named = (title.names_gaps or title.states_defect) and not title.is_extra
            if not named:
                continue
        kept.append(candidate)
    return kept


# ------------------------------------------------------------------ sections


def _walk(section: Section, place: _Place) -> Iterator[Candidate]:
    title = section.title
    whole = title is None or place.top
    if title is not None and not whole:
        if title.finds_nothing or (_is_left_out(section, place) and not _is_told_anyway(section)):
            if not (place.lenient and section.children and not title.finds_nothing):
                return
        severity = title.section_severity if title.names_gaps or not title.numbered else None
        extra = place.in_extra or (
            title.is_extra and not title.names_gaps and not title.numbered and not title.states_defect
        )
        place = _Place(severity or place.severity, extra, False, place.numbered_list, place.lenient)
    fields = [child for child in section.children if _is_field(child, section) and not (whole and place.lenient)]
    if title is None and _has_title(section):
        fields = [child for child in fields if child is not section.children[0]]
    others = [child for child in section.children if child not in fields] if fields else section.children
    if title is not None and not whole:
        if others and fields and all(_is_left_out(child, place) and not _is_told_anyway(child) for child in others):
            fields, others = section.children, []
        if others and _is_one_gap_with_details(section, others, len(fields)) and not place.numbered_holders:
            yield _from_section(section, place)
            return
        if not others and fields:
            yield from _from_fields(section, fields, place)
            return
    elif not others and fields and any(child.title and child.title.field == "issue" for child in fields):
        yield from _whole_document(fields, place)
        return
    if not section.children:
        yield from _leaf(section, place, whole)
        return
    yield from _holder(section, others, fields, place, whole)


def _holder(
    section: Section, others: Sequence[Section], fields: Sequence[Section], place: _Place, whole: bool
) -> Iterator[Candidate]:
    told = False
    holds = any(child.children and not _is_left_out(child, place) for child in others) or _mostly_lists(others)
    holders = _hold_gaps(others)
    inner = _Place(place.severity, place.in_extra, False, holds, place.lenient, holders)
    top = _Place(place.severity, place.in_extra, True, holds, place.lenient)
    titled = section.title is None and _has_title(section)
    for child in others:
        for candidate in _walk(child, top if titled and child is section.children[0] else inner):
            told = True
            yield candidate
    for child in fields:
        if child.title and child.title.field == "issue" and child.title.names_gaps:
            for candidate in _leaf(child, inner, False):
                told = True
                yield candidate
    if not told or (whole and section.issue_labels > 1):
        yield from _leaf(section, place, True)


def _mostly_lists(sections: Sequence[Section]) -> bool:
    """Whether most of the numbered sections are named for a kind of gap and hold bullets only."""
    listing = [
        child
        for child in sections
        if child.title
        and child.title.numbered
        and not child.children
        and not child.issue_labels + child.field_labels
        and sum(part.kind == "item" for part in child.parts) > 1
        and not any(part.kind == "paragraph" for part in child.parts)
    ]
    return len(listing) > 1 and 2 * sum(bool(child.title and child.title.names_gaps) for child in listing) >= len(listing)


def _hold_gaps(sections: Sequence[Section]) -> bool:
    """Whether most numbered sections hold sections that read as gaps themselves."""
    numbered = [child for child in sections if child.title and child.title.numbered and child.children]
    if len(numbered) < 2:
        return False
    holders = 0
    for child in numbered:
        inner = [grandchild for grandchild in child.children if not _is_field(grandchild, child)]
        holders += bool(inner) and not _is_one_gap_with_details(child, inner, len(child.children) - len(inner))
    return holders * 2 > len(numbered)


def _has_title(root: Section) -> bool:
    """Whether the first heading is the title of the notes, over all others."""
    if not root.children:
        return False
    first = root.children[0]
    if not first.children or (first.title and first.title.numbered):
        return False
    return len(root.children) == 1 or (first.level == 1 and first.line <= 5)


def _is_field(child: Section, parent: Section) -> bool:
    title = child.title
    if title is None or title.field is None or title.numbered:
        return False
    if child.issue_labels > (title.field == "issue"):
        return False
    if title.field in ("impact", "fix", "expected"):
        return not _labelled_children(child)
    if child.children:
        return False
    if title.field == "issue" and title.names_gaps:
        return bool(parent.title and parent.title.numbered) or any(
            other is not child and other.title and other.title.field and other.title.field != "issue"
            for other in parent.children
        )
    return True


def _is_left_out(section: Section, place: _Place) -> bool:
    title = section.title
    if title is None:
        return False
    if title.is_praise and not section.issue_labels and section.field_labels < 2 and not section.children:
        return True
    if title.is_restatement:
        if title.numbered and (title.states_defect or section.issue_labels):
            return False
        return not place.lenient or not title.names_gaps
    return (
        title.is_extra
        and not place.lenient
        and not title.numbered
        and not title.names_gaps
        and not title.states_defect
    )


def _is_told_anyway(section: Section) -> bool:
    """Whether a section that is usually left out names what was wrong, label by label."""
    title = section.title
    if title is None or title.is_restatement:
        return _labelled_children(section) > 1 or _has_numbered_gaps(section)
    return bool(section.issue_labels) or _labelled_children(section) > 0


def _labelled_children(section: Section) -> int:
    return sum(_tells_issue(child) or _labelled_children(child) > 0 for child in section.children)


def _tells_issue(section: Section) -> bool:
    return bool(section.issue_labels) or any(child.title and child.title.field == "issue" for child in section.children)


def _has_numbered_gaps(section: Section) -> bool:
    """Whether numbered sections with fields stand, a level too deep, under an overview."""
    return any(
        child.title is not None
        and child.title.numbered
        and (_tells_issue(child) or child.field_labels > 1)
        and not child.title.is_restatement
        for child in section.children
    )


def _is_one_gap_with_details(section: Section, others: Sequence[Section], title_fields: int = 0) -> bool:
    """Whether sub-sections are the details of one gap, and no gaps themselves."""
    marked = sum(
        bool(child.title and child.title.numbered) or child.issue_labels > 0 or child.field_labels > 1
        for child in others
    )
    own = section.issue_labels > 0 or section.field_labels > 1
    if title_fields > 1 and not any(child.title and child.title.numbered for child in others):
        return bool(section.title and section.title.numbered)
    numbered = section.title is not None and section.title.numbered
    if own:
        return marked < 2 or (numbered and not any(child.issue_labels for child in others))
    return numbered and not marked and not any(child.children for child in others)


def _from_section(section: Section, place: _Place) -> Candidate:
    title = section.title
    assert title is not None  # noqa: S101  callers ask only for titled sections
    marked = title.numbered or section.issue_labels > 0 or section.field_labels > 0 or bool(section.children)
    return Candidate(
        "section", title.text, title.number, section.line, section.line_end, marked, title.severity, place.severity,
        title.text,
    )  # fmt: skip


def _from_fields(section: Section, fields: Sequence[Section], place: _Place) -> Iterator[Candidate]:
    """A section made of "Problem", "Fix", … headings: one gap, or a list of issues under a plural heading."""
    if place.in_extra and not any(child.title and child.title.field == "issue" for child in fields):
        return
    for child in fields:
        title = child.title
        if title and title.field == "issue" and title.names_gaps and len(fields) > 1 and not section.issue_labels:
            items = [part for part in child.parts if part.kind == "item"]
            prose = [part for part in child.parts if part.kind in ("paragraph", "code")]
            if items and not prose:
                yield from _items(child, place, marked=True)
                return
    yield _from_section(section, place)


def _whole_document(fields: Sequence[Section], place: _Place) -> Iterator[Candidate]:
    """Notes of one gap, told under "Problem", "Cause" and "Fix" headings."""
    issues = [child for child in fields if child.title and child.title.field == "issue"]
    first = issues[0]
    if first.title and first.title.names_gaps and any(part.kind == "item" for part in first.parts):
        yield from _leaf(first, place, True)
        return
    assert first.title is not None  # noqa: S101  fields have titles
    text = next((part.text for part in first.parts if part.kind != "code"), first.title.text)
    yield Candidate("section", first_sentence(text), None, first.line, fields[-1].line_end, True, None, place.severity)


# -------------------------------------------------------------------- leaves


def _leaf(section: Section, place: _Place, whole: bool) -> Iterator[Candidate]:
    """A section without sub-sections; `whole` says that its heading cannot be the gap."""
    parts = section.parts
    title = section.title
    numbered = title is not None and title.numbered and not whole
    issues = _alike([part for part in parts if part.label == "issue"])
    labelled = section.issue_labels + section.field_labels
    if place.in_extra and not issues and not place.lenient:
        return
    if len(issues) > 1 and _each_issue_is_a_gap(parts, issues, numbered or not whole):
        yield from _issues(section, issues, place)
        return
    items = [part for part in parts if part.kind == "item"]
    bare = [part for part in items if part.label is None]
    if labelled and not whole:
        if title is not None and title.names_gaps and not issues and len(bare) > 1 and len(bare) * 2 > len(items) and not numbered:
            yield from _items(section, place)
            return
        listed = _listed_under_issue(section, parts, issues)
        if listed:
            for part in listed:
                yield _from_part(part, section, place, True)
            return
        yield _from_section(section, place)
        return
    tables = [part for part in parts if part.kind == "table" and is_gap_table(part)]
    if tables and not numbered:
        for table in tables:
            yield from _rows(table, section, place)
        if items and not whole:
            yield from _items(section, place)
        return
    if labelled:
        if issues:
            yield from _issues(section, issues, place)
        elif bare:
            yield from _items(section, place)
        return
    yield from _unlabelled(section, place, items, numbered, whole)


def _unlabelled(
    section: Section, place: _Place, items: Sequence[Part], numbered: bool, whole: bool
) -> Iterator[Candidate]:
    title = section.title
    paragraphs = [part for part in section.parts if part.kind == "paragraph"]
    collects = title is not None and title.names_gaps
    if numbered and title is not None:
        lists = len(items) > 1 and (place.numbered_list or (collects and not paragraphs))
        if lists:
            yield from _items(section, place)
        elif section.parts or title.states_defect:
            yield _from_section(section, place)
        return
    if not section.parts:
        return
    if not whole and title is not None and not collects:
        if title.states_defect or not items:
            if paragraphs and says_nothing_found(paragraphs[0].text):
                return
            yield _from_section(section, place)
            return
    if items:
        yield from _items(section, place)
    elif paragraphs:
        yield from _paragraphs(section, paragraphs, place)


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
    """What stands under "Model Response Issues:" beside "Ideal Response Improvements:", in a section named for an area."""
    plural = read_title(issue.text.rstrip(": *\n")).names_gaps
    compared = any(part.label in ("fix", "expected") and ("deal" in part.text[:40] or "IDEAL" in part.text[:40])
                   for part in parts)  # fmt: skip
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


def _issues(section: Section, issues: Sequence[Part], place: _Place) -> Iterator[Candidate]:
    """One gap for each labelled issue; it reaches to the next."""
    for index, part in enumerate(issues):
        end = issues[index + 1].line - 1 if index + 1 < len(issues) else section.line_end
        candidate = _from_part(part, section, place, True)
        yield Candidate(
            "item", first_sentence(part.value or part.text), part.number, part.line, max(end, part.line_end), True,
            candidate.severity, candidate.section_severity, candidate.section,
        )  # fmt: skip


def _items(section: Section, place: _Place, marked: bool = False) -> Iterator[Candidate]:
    """One gap for each outer bullet that is not itself a fix or a merit."""
    parts = section.parts
    for index, part in enumerate(parts):
        if part.kind != "item" or part.label in ("fix", "expected", "impact", "cause", "evidence", "severity", "other"):
            continue
        text = part.text.lstrip(" *_")
        if not text or text.startswith(_PRAISE) or says_nothing_found(text) or _praises(text):
            continue
        nested = _nested(parts, index)
        if len(nested) > 1 and _names_a_collection(part):
            for inner in nested:
                yield _from_part(inner, section, place, marked)
            continue
        yield _from_part(part, section, place, marked)


_MODEL_SIDE = re.compile(
    r"^(?:\W{0,4}[\w &/-]{2,40}:\s{0,2})?\W{0,4}(?:the |both )?(?:model|both)\b(?:'s)?(?: response| template)?s?\b", re.IGNORECASE
)
_BLAMES = re.compile(
    r"\b(?:lack|miss|omit|without|fewer|hard-?cod|static|risk|prone|less|not?\b|never|fail|only|over|un|weak|wrong|"
    r"incorrect|invalid|improper|inconsisten|insufficient|incomplete|instead|while|whereas|but|however|expects|adds|uses|"
    r"requires|creates|ignore|complex|outdated|deprecated|generic|basic|limit|manual|expos|assum|conflict|duplicat)",
    re.IGNORECASE,
)


def _praises(text: str) -> bool:
    """Whether a bullet only tells what the model's side has, without a word of blame."""
    return bool(_MODEL_SIDE.match(text[:120])) and not _BLAMES.search(text[:600])


def _nested(parts: Sequence[Part], index: int) -> list[Part]:
    """The items directly inside the item at `index`."""
    nested: list[Part] = []
    for part in parts[index + 1 :]:
        if part.kind != "nested":
            break
        if part.level == parts[index].level + 1:
            nested.append(part)
    return nested


def _names_a_collection(part: Part) -> bool:
    """Whether an item only names a kind of gap ("**Deployment Failures**:"), and nested items tell them."""
    first = part.text.partition("\n")[0]
    if len(first) > 80:
        return False
    title = read_title(first)
    return title.names_gaps and not title.states_defect


def _rows(table: Part, section: Section, place: _Place) -> Iterator[Candidate]:
    for row in table_rows(table):
        yield Candidate(
            "row", row.title, row.number, row.line, row.line, False, row.severity, place.severity,
            f"gaps, table of line {table.line}", row.cells,
        )  # fmt: skip


def _paragraphs(section: Section, paragraphs: Sequence[Part], place: _Place) -> Iterator[Candidate]:
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
        yield _from_part(part, section, place, False)


def _from_part(part: Part, section: Section, place: _Place, marked: bool) -> Candidate:
    text = part.text.partition("\n")[0]
    return Candidate(
        "item" if part.kind in ("item", "nested") else "paragraph", lead_of(part.text), part.number, part.line,
        part.line_end, marked, marked_severity(text[:200]), place.severity, section.title.text if section.title else "gaps",
    )  # fmt: skip


# -------------------------------------------------------------------- titles

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
