"""The outline of a reviewer's notes: sections with their parts, whatever marks the notes use for headings.

Headings, whole lines in bold, numbered lines that stand alone and "Issue 3: …" lines all open a section.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gapkit.documents import read_document
from gapkit.failures_words import Title, is_own_title, label_kind, plain, read_title
from gapkit.models import Block, Document, Source

LINE_LEVEL = 8
"""Level of a section that no heading opens: under every heading."""

FEWEST_TITLES = 3
"""From so many plain lines on that say what is amiss, plain lines over text are headings."""

_PLAIN_TITLE = re.compile(r"[A-Z][^\n:]{7,78}[^\s.;:,?!-]$")
_HEADING_LINES = re.compile(r"^#{2,5} +\S", re.MULTILINE)
_NUMBERED_HEADING = re.compile(r"^#{2,5} +\d{1,2}\. +\S", re.MULTILINE)
_LETTERED = re.compile(r"[A-Z]\) \S")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)")
_BOLD_LINE = re.compile(r"^(?:\W{0,4})(?:\*\*|__)([^*\n]{3,160})(?:\*\*|__)\s{0,2}:?\s*$")
_BOLD_LABEL = re.compile(
    r"^[^\w*]{0,6}(?:\*\*|__)([^*\n]{1,90}?)(?:(:)\s*(?:\*\*|__)|(?:\*\*|__)\s{0,2}([:：–—-]|[^\w*]{0,3}$|\())"
)
_PLAIN_LABEL = re.compile(r"^[^\w*]{0,6}([^\W\d_][\w/ .()'’-]{1,48}?)\s{0,1}([:：])(?:\s|$)")


class Part(NamedTuple):
    """A stretch of a section: its kind is `item`, `nested` (in an item), `paragraph`, `table` or `code`.

    A labelled part starts with a label: `label` is its kind ("impact"), `value` the text after it.
    """

    kind: str
    text: str
    line: int
    line_end: int
    level: int
    number: str | None
    label: str | None
    value: str
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(slots=True, eq=False)
class Section:
    """A section while the outline grows; `title` is None for the whole document."""

    title: Title | None
    level: int
    line: int
    line_end: int
    parts: list[Part] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)
    issue_labels: int = 0
    field_labels: int = 0
    labels: set[str] = field(default_factory=set)

    @property
    def compares(self) -> bool:
        """Whether labels or headings set the model's side against the ideal's: a gap that is told without a verdict."""
        told = self.labels | {child.title.field or "" for child in self.children if child.title}
        return "found" in told and not told.isdisjoint(("expected", "fix"))

    @property
    def explains(self) -> bool:
        """Whether labels give both a cause and a fix: a gap, whatever the heading says."""
        return {"cause", "fix"} <= self.labels

    @property
    def tells_gap(self) -> bool:
        """Whether labels give both sides and the impact: a gap, though the heading is a label's word."""
        return {"found", "expected", "impact"} <= self.labels


def read_outline(document: Document) -> Section:
    """Return the document's sections as a tree under one root."""
    blocks = _unwrapped(document).blocks
    by_headings = sum(block.kind == "heading" and read_title(block.text).numbered for block in blocks) > 1
    numbered_lines = frozenset() if by_headings else _standing_numbers(blocks) | _standing_letters(blocks)
    standing = numbered_lines or _standing_titles(blocks)
    root = Section(None, 0, 1, max(1, len(document.lines)))
    open_sections = [root]
    covered = 0  # the last line of an outer item that has been taken with all that is nested in it
    for index, block in enumerate(blocks):
        if block.kind == "rule":
            continue
        title = None
        if block.line_start > covered and (block.kind == "heading" or not by_headings):
            title = _opens_section(block, index in standing)
        elif block.line_start > covered and block.kind == "paragraph" and _lists_gaps(open_sections):
            title = _opens_section(block, False)
        if title is not None:
            level = block.level if block.kind == "heading" else LINE_LEVEL + (block.kind == "item")
            section = Section(title, level, block.line_start, block.line_end)
            while open_sections[-1].level >= level:
                open_sections.pop()
            open_sections[-1].children.append(section)
            open_sections.append(section)
            rest = block.text.partition("\n")[2] if block.kind != "heading" else ""
            if rest:
                _add_lines(section, "paragraph", rest, block.line_start + 1, block.line_end, 0)
            continue
        if block.line_start <= covered:
            if block.kind == "item":
                open_sections[-1].parts.append(
                    Part("nested", block.text, block.line_start, block.line_end, block.level, block.number, None, "")
                )
            continue
        if block.kind == "item":
            covered = block.line_end
        _add(open_sections[-1], block)
    _close(root, root.line_end)
    _level(root)
    _adopt(root)
    return root


def _unwrapped(document: Document) -> Document:
    """The document without a fence that swallows headings, two or a numbered one: a stray or outer fence would hide
    what is noted."""
    swallowing = [
        block for block in document.blocks
        if block.kind == "code" and "\n#" in block.text
        and (len(_HEADING_LINES.findall(block.text)) > 1 or _NUMBERED_HEADING.search(block.text))
    ]  # fmt: skip
    if len(document.blocks) == 1 and document.blocks[0].kind == "code":
        swallowing = list(document.blocks)
    if not swallowing:
        return document
    lines = list(document.lines)
    for block in swallowing:
        inner = sum(_FENCE.match(line) is not None for line in lines[block.line_start : block.line_end - 1])
        closes_inner = inner % 2 == 1  # the last fence inside is the one that it closes
        for number in (block.line_start,) if closes_inner else (block.line_start, block.line_end):
            if _FENCE.match(lines[number - 1]):
                lines[number - 1] = ""
    return read_document(Source(document.name, "\n".join(lines)))


def _standing_numbers(blocks: Sequence[Block]) -> frozenset[int]:
    """Numbered items that head what follows them ("1. Title", then paragraphs), by index."""
    heads = 0
    numbered: list[int] = []
    for index, block in enumerate(blocks):
        if block.kind != "item" or block.number is None or block.level:
            continue
        numbered.append(index)
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if following is None or following.kind == "heading" or following.line_start <= block.line_end:
            continue
        told = following.kind in ("paragraph", "code", "table", "quote") or (
            following.kind == "item" and following.number is None and following.level == 0
        )
        if told and len(block.text.partition("\n")[0]) <= 160:
            heads += 1
    return frozenset(numbered) if heads > 1 and heads * 2 >= len(numbered) else frozenset()


def _lists_gaps(open_sections: Sequence[Section]) -> bool:
    """Whether the heading over a line is numbered and names a kind of gap ("### 1. Security failures")."""
    title = next((section.title for section in reversed(open_sections) if section.level < LINE_LEVEL), None)
    return title is not None and title.numbered and title.names_gaps and not title.states_defect


def _standing_letters(blocks: Sequence[Block]) -> frozenset[int]:
    """Lines "A) Title", "B) Title" that stand alone, by index."""
    lettered = {
        index: block.text[0]
        for index, block in enumerate(blocks)
        if block.kind == "paragraph"
        and _LETTERED.match(block.text)
        and "\n" not in block.text
        and len(block.text) <= 160
    }
    return frozenset(lettered) if {"B", "C"} <= set(lettered.values()) else frozenset()


def _standing_titles(blocks: Sequence[Block]) -> frozenset[int]:
    """Short lines that say what is amiss and stand alone over text, in notes without any mark, by index."""
    if any(block.kind == "heading" or "**" in block.text for block in blocks):
        return frozenset()
    short = [block.kind == "paragraph" and _PLAIN_TITLE.match(block.text) is not None for block in blocks]
    over = [index for index in range(len(blocks) - 1) if short[index] and not short[index + 1]]
    stating = sum(read_title(blocks[index].text).states_defect for index in over)
    return frozenset(over) if stating >= FEWEST_TITLES else frozenset()


def _opens_section(block: Block, heads: bool) -> Title | None:
    kind = block.kind
    if kind == "heading":
        return read_title(block.text) if block.text.strip() else None
    if heads:
        return read_title(f"{block.marker or ''} {plain(block.text.partition(chr(10))[0])}")
    if kind != "paragraph" or block.level:
        return None
    if "\n" in block.text:
        return _over_labels(block.text)
    if len(block.text) > 200:
        return None
    match = _BOLD_LINE.match(block.text)
    if match:
        text = match[1].strip()
        title = read_title(text)
        if text.endswith(":") or block.text.rstrip().endswith(":"):
            return title if title.numbered and title.field is None else None
        labelled = label_kind(text.partition(":")[0]) is not None
        return title if not labelled or title.numbered or is_own_title(title.text) else None
    if len(block.text) <= 120 and not block.text.rstrip().endswith((".", ";")):
        title = read_title(block.text)
        if title.numbered and title.number and title.number.isdigit() and not block.text[:1].isdigit():
            return title
    return None


def _over_labels(text: str) -> Title | None:
    """The title of a paragraph whose first line is a numbered one in bold, and whose second starts with a label."""
    first, _, rest = text.partition("\n")
    match = _BOLD_LINE.match(first) if len(first) <= 200 else None
    title = read_title(match[1].strip()) if match else None
    return (
        title
        if title and title.numbered and title.number and read_label(rest.partition("\n")[0])[0] is not None
        else None
    )


def _add(section: Section, block: Block) -> None:
    kind = block.kind
    if kind == "code" or kind == "table":
        section.parts.append(
            Part(kind, block.text, block.line_start, block.line_end, block.level, None, None, "", block.rows)
        )
    elif kind == "item":
        first, _, rest = block.text.partition("\n")
        label, value = read_label(first)
        if label in ("impact", "severity", "issue") and not value and block.number and ":" not in first:
            label = None if _heads_bullets(first, label) else label
        _count(section, label, first)
        section.parts.append(
            Part("item", block.text, block.line_start, block.line_end, block.level, block.number, label, value or rest)
        )
    else:
        _add_lines(section, "paragraph", block.text, block.line_start, block.line_end, block.level)


def _heads_bullets(first: str, label: str) -> bool:
    """Whether a numbered line over bullets is no label, but names a gap or kinds of it: "2. **Access risks**"."""
    title = read_title(first)
    return title.names_gaps or (label == "impact" and title.states_defect)


def _add_lines(section: Section, kind: str, text: str, line: int, line_end: int, level: int) -> None:
    """Add a paragraph, cut where one of its lines starts with a label or it is a table drawn with tabs."""
    lines = text.split("\n")
    if "\t" in text and sum("\t" in one for one in lines) > 1:
        rows = tuple(tuple(cell.strip() for cell in one.split("\t")) for one in lines)
        section.parts.append(Part("table", text, line, line_end, level, None, None, "", rows))
        return
    start = 0
    label, value = read_label(lines[0])
    for index in range(1, len(lines) + 1):
        if index < len(lines):
            next_label, next_value = read_label(lines[index])
            if next_label is None:
                continue
        else:
            next_label, next_value = None, ""
        _count(section, label, lines[start])
        end = line_end if index == len(lines) else line + index - 1
        section.parts.append(Part(kind, "\n".join(lines[start:index]), line + start, end, level, None, label, value))
        start, label, value = index, next_label, next_value


def _count(section: Section, label: str | None, text: str) -> None:
    if label is not None and not (label == "found" and "mplement" in text[:30]):
        section.labels.add(label)
    if label == "issue":
        section.issue_labels += 1
    elif label is not None and label != "other":
        section.field_labels += 1


def read_label(line: str) -> tuple[str | None, str]:
    """The kind of the label that a line starts with, and the text after the label; (None, "") where none does."""
    head = line[:110].lstrip()
    bold = "**" in head or "__" in head
    colon = ":" in head or "：" in head
    if bold:
        match = _BOLD_LABEL.match(head)
        if match:
            label, told, value = match[1].partition(":")
            if told and label_kind(label) == "severity":  # "**Severity: HIGH**"
                return "severity", value.strip()
            kind = label_kind(match[1])
            if match[3] in ("-", "–", "—") and kind not in ("severity", "impact", "issue", "fix"):
                return None, ""
            return kind, line.lstrip()[match.end() :].lstrip(" :*") if kind else ""
    if colon:
        match = _PLAIN_LABEL.match(head)
        if match:
            kind = label_kind(match[1])
            return kind, line.lstrip()[match.end() :].strip() if kind else ""
    return None, ""


def _close(section: Section, line_end: int) -> None:
    """Give every section the last line that is its own or its children's."""
    for index, child in enumerate(section.children):
        following = section.children[index + 1].line - 1 if index + 1 < len(section.children) else line_end
        child.line_end = max(child.line_end, following)
        _close(child, child.line_end)


def _level(root: Section) -> None:
    """Put the gaps that a first gap's heading holds only by its level beside it ("# Error 1", "## Error 2")."""
    first = root.children[0] if root.children else None
    number = first.title.number if first and first.title and first.title.numbered else None
    if first is None or number is None or not number.isdigit():
        return
    following = str(int(number) + 1)
    for index, child in enumerate(first.children):
        if child.title and child.title.numbered and child.title.number == following:
            root.children[1:1] = first.children[index:]
            first.children = first.children[:index]
            first.line_end = child.line - 1
            return


def _adopt(section: Section) -> None:
    """Put numbered sections under the empty heading of their own level before them ("## Critical", "## 1. …")."""
    kept: list[Section] = []
    adopter: Section | None = None
    children = section.children
    for index, child in enumerate(children):
        title = child.title
        assert title is not None
        if title.numbered and adopter is not None:
            adopter.children.append(child)
            adopter.line_end = child.line_end
        else:
            following = children[index + 1].title if index + 1 < len(children) else None
            adopts = (
                not title.numbered
                and following is not None
                and following.numbered
                and not child.children
                and all(part.kind == "paragraph" for part in child.parts)
            )
            adopter = child if adopts and (not child.parts or title.names_gaps) and _can_adopt(child) else None
            kept.append(child)
    section.children = kept
    for child in kept:
        _adopt(child)


def _can_adopt(section: Section) -> bool:
    """Whether a heading without text of its own can stand over the numbered sections after it."""
    title = section.title
    return title is not None and not title.is_restatement and section.issue_labels == 0
