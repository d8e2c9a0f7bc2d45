"""A prompt's blocks -> a tree of sections.

Writers head their lists with markdown headings, with bold lines, or with plain short lines ("Security rules:").
All of them open a section here; what stands under it is kept as statements, one per list item, paragraph or line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gapkit.knowledge import either, words_of
from gapkit.models import Block

__all__ = ["Section", "Statement", "plain", "sections_of"]

_BOLD = re.compile(r"^(?:\*\*|__)(?P<title>[^*\n]{1,160}?)(?:\*\*|__)\s*(?P<colon>:?)\s*$")
_NUMBERED_TITLE = re.compile(
    r"^(?:\*\*|`)?(?:(?:requirement|req|step|part|section|phase|task)\s+)?[#(]?"
    r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,2}){0,2}|[A-Z])(?:[.):]|\s+[-–—]|\.?$)\s*(?=\S)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[*`#]+|(?<!\w)_+|_+(?!\w)")
_ENDS = (".", "!", "?", ",", ";")


def _any_of(key: str) -> str:
    return either(words_of("requirements.yaml", key))


_SMALL_WORDS = frozenset(words_of("requirements.yaml", "small_words"))
_ORDER = re.compile(rf"{_any_of('ordering_verbs')}\b", re.IGNORECASE)
_DASH_END = re.compile(r"[a-z] ?[-–—]$")
_KNOWN = re.compile(rf"(?:{_any_of('before_known_headings')} )?{_any_of('known_headings')}", re.IGNORECASE)
"""Headings that are known by their words, wherever they stand."""

BOLD_RANK, LABEL_RANK, LINE_RANK = 7, 8, 9

LEAST_HEADS = 2
"""So many numbered titles with labels and bullets under them are headings."""


@dataclass(slots=True)
class Statement:
    """A list item with all that is nested in it, a paragraph, or a line of one; lines are 1-based, inclusive."""

    kind: str  # item, paragraph, line, table, code
    text: str  # its own first text, without its marker
    line_start: int
    line_end: int
    number: str | None = None
    nested: int = 0  # how many items stand inside
    inner: list[Statement] = field(default_factory=list)  # the items directly inside


@dataclass(slots=True)
class Section:
    """A heading and what stands under it; the root has no title.  `rank` grows with depth."""

    title: str
    rank: int
    line_start: int
    line_end: int
    number: str | None = None
    statements: list[Statement] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)

    def items(self) -> list[Statement]:
        """The list items right under the heading."""
        return [s for s in self.statements if s.kind == "item"]


def plain(text: str) -> str:
    """Return a text without markdown marks, blanks at its ends, and a closing colon."""
    return _MARKUP.sub("", text).strip().rstrip(":").strip()


def sections_of(blocks: Sequence[Block], lines: Sequence[str]) -> Section:
    """Return the root section of a document; every block below depth 0 belongs to the item that holds it."""
    root = Section("", 0, 1, max(1, len(lines)))
    open_sections = [root]
    item: Statement | None = None
    rows = [row for index, block in enumerate(blocks) for row in _rows(block, blocks, index)]
    _head_numbered(rows)
    for position, (block, text, start, end, rank) in enumerate(rows):
        if item is not None and start <= item.line_end:
            item.nested += block.kind == "item"
            if block.kind == "item":
                _nest(item, Statement("item", text, start, end, block.number), block.level)
            continue
        item = None
        if rank >= BOLD_RANK and _inside_numbered(open_sections[-1], rows, position):
            rank = LINE_RANK + 1  # a label within a numbered item's text
        if rank == LINE_RANK:
            following = rows[position + 1] if position + 1 < len(rows) else None
            if _is_label(text, end, following, rows[position - 1] if position else None):
                rank = LABEL_RANK
                rows[position] = (block, text, start, end, rank)
        if 0 < rank < LINE_RANK:
            title = plain(text).rstrip("-–— ")
            number, title = _number_of(title)
            while open_sections[-1].rank >= rank:
                open_sections.pop()
            section = Section(title, rank, start, end, number)
            open_sections[-1].children.append(section)
            open_sections.append(section)
            continue
        if block.kind == "rule":
            # A ruler ends what a bold line or a label heads, not what a heading does.
            while open_sections[-1].rank >= BOLD_RANK:
                open_sections.pop()
            continue
        if open_sections[-1].rank == LABEL_RANK and _starts_anew(open_sections[-1], block, text, start, rows, position):
            open_sections.pop()
        statement = Statement(
            "line" if rank >= LINE_RANK and block.kind == "paragraph" else block.kind, text, start, end, block.number
        )
        if block.kind == "item":
            item = statement
        elif block.kind in ("paragraph", "quote"):
            number, _ = _number_of(text)
            statement.number = number if number and number[0].isdigit() else None
        open_sections[-1].statements.append(statement)
    _close(root)
    return root


_Row = tuple[Block, str, int, int, int]


def _rows(block: Block, blocks: Sequence[Block], index: int) -> list[_Row]:
    """The block as rows (block, text, first line, last line, rank); a rank of 0 is plain content."""
    if block.kind == "heading":
        return [(block, block.text, block.line_start, block.line_end, block.level)] if block.text else []
    if block.kind not in ("paragraph", "quote") or block.level:  # what is nested belongs to its item
        return [(block, block.text, block.line_start, block.line_end, 0)]
    texts = block.text.split("\n")
    if len(texts) > 1 and not _is_list_like(texts):
        bold = _BOLD.match(texts[0].strip())
        if not bold:
            return [(block, block.text, block.line_start, block.line_end, 0)]
        first, rest = texts[0], "\n".join(texts[1:])
        return [
            (block, first, block.line_start, block.line_start, BOLD_RANK),
            (block, rest, block.line_start + 1, block.line_end, 0),
        ]
    rows: list[_Row] = []
    for offset, text in enumerate(texts):
        text = text.strip()
        line = block.line_start + offset
        rank = BOLD_RANK if _BOLD.match(text) else LINE_RANK
        rows.append((block, text, line, line, rank))
    return rows


def _is_list_like(texts: Sequence[str]) -> bool:
    """Whether each line of a paragraph is a statement of its own, rather than wrapped prose."""
    for before, text in pairwise(texts):
        first = text.lstrip("`*\"'(")[:1]
        if not first or first.islower() or before.rstrip()[-1:] == ",":
            return False
        if len(texts) == 2 and len(before) > 60 and before.rstrip()[-1:].isalnum() and len(text) > 60:
            return False
    return True


def _is_label(text: str, line: int, following: _Row | None, before: _Row | None) -> bool:
    """Whether a line of plain text heads what follows: short, and either with a colon or above something listed."""
    if len(text) > 90 or following is None or text.endswith(_ENDS) or text.endswith("()"):
        return False
    words = text.split()
    if _KNOWN.fullmatch(text):
        return True
    if text.rstrip("*_ ").endswith(":") or _DASH_END.search(text):
        return len(words) <= 7
    if len(words) > 6 or ":" in text or _ORDER.match(text):
        return False
    block, _, start, _, _ = following
    if block.kind == "item":
        return text[:1].isupper() or text[:1].isdigit()
    # A title on its own above a line of text; not the first line of a list of short lines.
    alone = before is None or before[3] < line - 1 or before[0].kind != "paragraph"
    if not alone or start == line or block.kind != "paragraph":
        return False
    if not _is_title_case(words) and not (len(words) <= 4 and start > line + 1 and _is_told(following[1])):
        return False
    return before is None or before[4] != LABEL_RANK or before[1].rstrip("*_ ").endswith(":")


def _is_told(text: str) -> bool:
    """Whether a line is a sentence, rather than a further heading or entry of a list."""
    return len(text) > 60 and text.rstrip("*_ ")[-1:] in (".", ":")


def _starts_anew(section: Section, block: Block, text: str, start: int, rows: Sequence[_Row], position: int) -> bool:
    """Whether a sentence after a label's list introduces a numbered list of its own."""
    if block.kind != "paragraph" or position + 1 == len(rows) or not text.rstrip("*_ ").endswith((":", ".")):
        return False
    following = rows[position + 1][0]
    listed = (
        section.statements and section.statements[-1].kind == "item" and section.statements[-1].line_end < start - 1
    )
    return bool(listed) and following.kind == "item" and following.number == "1" and not following.level


def _is_title_case(words: Sequence[str]) -> bool:
    return all(word[:1].isupper() or not word[:1].isalpha() or word in _SMALL_WORDS for word in words)


def _inside_numbered(section: Section, rows: Sequence[_Row], position: int) -> bool:
    """Whether a label stands in the unindented text of a numbered item: the next number is still to come."""
    numbers = [s.number for s in section.statements[-8:] if s.kind == "item" and s.number and _is_title(s.text)]
    if not numbers or not numbers[-1].isdigit():
        return False
    following = str(int(numbers[-1]) + 1)
    for block, text, _, _, rank in rows[position + 1 : position + 30]:
        if 0 < rank <= BOLD_RANK:
            return False
        if block.kind == "item" and block.number and not block.level:
            return block.number == following and _is_title(text)
    return False


def _nest(item: Statement, inner: Statement, level: int) -> None:
    """Put an item of this level under the last one of the level above."""
    for _ in range(level - 1):
        if not item.inner:
            break
        item = item.inner[-1]
        item.nested += 1
    item.inner.append(inner)


def _head_numbered(rows: list[_Row]) -> None:
    """Make headings of bare numbered titles that have nothing but labels with bullets under them."""
    numbers = [i for i, (block, _, _, _, _) in enumerate(rows) if block.kind == "item" and block.number]
    heads = [i for i in numbers if _is_title(rows[i][1]) and _is_over_labels(rows[i : i + 3])]
    if len(heads) >= LEAST_HEADS and len(heads) * 2 > len(numbers):
        for i in heads:
            block, text, start, end, _ = rows[i]
            rows[i] = (block, text, start, end, BOLD_RANK)


def _is_over_labels(rows: Sequence[_Row]) -> bool:
    """Whether a label follows on the first of the rows, apart from it, and a bullet on the label at once."""
    if len(rows) < 3 or rows[1][2] <= rows[0][3] + 1 or rows[1][4] != LINE_RANK:
        return False
    return _is_label(rows[1][1], rows[1][3], rows[2], None) and _is_bullet(rows[2]) and rows[2][2] == rows[1][3] + 1


def _is_bullet(row: _Row) -> bool:
    return row[0].kind == "item" and row[0].number is None


def _number_of(title: str) -> tuple[str | None, str]:
    match = _NUMBERED_TITLE.match(title)
    if match is None or (match["number"].isalpha() and not match[0].rstrip().endswith((".", ")"))):
        return None, title
    return match["number"], title[match.end() :].strip("*` ") or title


def _close(section: Section) -> int:
    """Set where each section ends: the last line of what it holds."""
    _dissolve_lead_in(section)
    _adopt(section)
    end = section.line_end if section.title else 1
    for statement in section.statements:
        end = max(end, statement.line_end)
    for child in section.children:
        end = max(end, _close(child))
    section.line_end = end
    return end


def _dissolve_lead_in(section: Section) -> None:
    """A single label under a heading introduces the heading's list ("Export the following:"); it heads nothing."""
    if not section.title or len(section.children) != 1 or section.statements:
        return
    child = section.children[0]
    if child.rank == LABEL_RANK and not child.children:
        section.statements = child.statements
        section.children = []


def _adopt(section: Section) -> None:
    """Give short numbered items what stands under them without an indent, up to the next number."""
    statements = section.statements
    heads = [i for i, s in enumerate(statements) if s.number is not None and s.kind in ("item", "paragraph", "line")]
    titles = [i for i in heads if _is_title(statements[i].text)]
    if len(heads) < 2 or len(titles) * 2 < len(heads) or len(heads) == len(statements):
        return
    followed = sum(1 for i in heads[:-1] if i + 1 not in heads)
    headed = sum(statements[i].line_end > statements[i].line_start for i in heads)
    if followed * 2 < len(heads) - 1 and (not followed or headed < len(heads)):
        return
    kept = statements[: heads[0]]
    for position, i in enumerate(heads):
        stop = heads[position + 1] if position + 1 < len(heads) else len(statements)
        head = statements[i]
        for other in statements[i + 1 : stop]:
            head.line_end = max(head.line_end, other.line_end)
            head.nested += 1
        kept.append(head)
    section.statements = kept


def _is_title(text: str) -> bool:
    first = text.split("\n", 1)[0].strip()
    return len(first) < 80 and (first.startswith("**") or first.endswith(":") or len(first.split()) <= 8)
