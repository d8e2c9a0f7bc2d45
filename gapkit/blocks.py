"""Markdown lines -> blocks, in one linear scan.

A markdown parser takes longer over a prompt and its notes than every later stage together, so the block structure
is read here, line by line, with one match each.  The rules are CommonMark's wherever writers follow them (the tests
hold this scanner against markdown-it-py); it differs where they do not:

- an item is nested when it is two columns further in, even where its parent's number is wider;
- foreign bullets (`•`) count, and a numbered item may follow a line of text without a blank line, and
  its number the text without a blank (`2.Create`); so may a heading's marks, where they are two or more (`##Title`);
- indented code, HTML and underlined headings are read as text, and `---` is always a ruler.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gapkit.models import Block

__all__ = ["read_blocks"]

MAX_DEPTH = 40

_MARK = re.compile(
    r"(?P<hash>\#{1,6}(?=[ \t]|$)|\#{2,6}(?=\**[A-Z0-9]))"
    r"|(?P<rule>(?:-[ \t]*){3,}$|(?:\*[ \t]*){3,}$|(?:_[ \t]*){3,}$)"
    r"|(?P<marker>[-*+•◦▪‣●○■–—·]|(?P<number>[0-9]{1,4})[.)])(?:[ \t]+|$|(?<=[0-9][.)])(?=\**[A-Z][A-Za-z0-9]))"
    r"|(?P<fence>`{3,}|~{3,})"
)
_FIRST_OF_MARK = frozenset("#-*+_•◦▪‣●○■–—·`~0123456789")
_TABLE_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_HEADING_TAIL = re.compile(r"[ \t]+#+[ \t]*$")


class _Open:
    """A block that is still growing."""

    __slots__ = ("end", "kind", "level", "marker", "number", "rows", "start", "text")

    def __init__(self, kind: str, text: str, line: int, level: int) -> None:
        self.kind = kind
        self.text = [text]
        self.start = self.end = line
        self.level = level
        self.marker: str | None = None
        self.number: str | None = None
        self.rows: tuple[tuple[str, ...], ...] = ()


def read_blocks(lines: Sequence[str]) -> list[Block]:
    """Return the blocks of a document's lines, in reading order."""
    blocks: list[_Open] = []
    items: list[tuple[int, _Open]] = []  # the open items, outermost first, with the column of their markers
    text: _Open | None = None  # the block that a line of text would continue
    index, count = 0, len(lines)
    while index < count:
        line = lines[index]
        index += 1
        body = line.lstrip(" \t")
        if not body or not body.strip():
            text = None
            continue
        indent = len(line) - len(body)
        if indent and "\t" in line[:indent]:
            indent = len(line[:indent].expandtabs(4))
        quoted = body[0] == ">"
        if quoted:
            body = body.lstrip("> \t")
            if not body:
                text = None
                continue
        mark = _MARK.match(body) if body[0] in _FIRST_OF_MARK else None
        kind = mark.lastgroup if mark else None
        if kind is None:
            if "|" in body and index < count and _is_table_rule(lines[index]):
                _leave(items, indent, index)
                block, index = _table(lines, index - 1, len(items))
                blocks.append(block)
                _grow(items, index)
                text = None
                continue
            if text is not None and not (body[:2] == "**" and indent < 2 and items):
                text.text.append(body)
                text.end = index
            else:
                _leave(items, indent, index)
                text = _Open("quote" if quoted else "paragraph", body, index, len(items))
                blocks.append(text)
            _grow(items, index)
            continue
        assert mark is not None
        _leave(items, indent, index)
        text = None
        if kind == "hash":
            title = _HEADING_TAIL.sub("", body[mark.end() :][:2000]).strip()
            blocks.append(_Open("heading", title, index, mark.end()))
        elif kind == "rule":
            blocks.append(_Open("rule", body.strip(), index, 0))
        elif kind == "fence":
            block, index = _code(lines, index - 1, mark["fence"], indent, len(items))
            blocks.append(block)
        else:
            text = _Open("item", body[mark.end() :], index, len(items))
            text.marker, text.number = mark["marker"], mark["number"]
            blocks.append(text)
            if len(items) < MAX_DEPTH:
                items.append((indent, text))
        if items:
            _grow(items, index)
    return [
        Block(b.kind, "\n".join(b.text).rstrip(), b.start, b.end, b.level, b.marker, b.number, b.rows) for b in blocks
    ]


def _leave(items: list[tuple[int, _Open]], indent: int, line: int) -> None:
    """Close the items that a line at this column does not belong to."""
    while items and indent < items[-1][0] + 2:
        items.pop()


def _grow(items: list[tuple[int, _Open]], line: int) -> None:
    for _, item in items:
        item.end = line


def _is_table_rule(line: str) -> bool:
    line = line.strip(" \t>")
    return "-" in line and "|" in line and _TABLE_RULE.match(line) is not None


def _cells(line: str) -> tuple[str, ...]:
    line = line.strip(" \t>").replace("\\|", "\0")
    if line.startswith("|"):
        line = line[1:]
    if line.endswith("|"):
        line = line[:-1]
    return tuple(cell.strip().replace("\0", "|") for cell in line.split("|"))


def _table(lines: Sequence[str], index: int, level: int) -> tuple[_Open, int]:
    """The table whose header is `lines[index]`, and the index of the line after it."""
    rows = [_cells(lines[index])]
    end = index + 2
    while end < len(lines) and "|" in lines[end]:
        rows.append(_cells(lines[end]))
        end += 1
    block = _Open("table", "\n".join(" | ".join(row) for row in rows), index + 1, level)
    block.end = end
    block.rows = tuple(rows)
    return block, end


def _code(lines: Sequence[str], index: int, fence: str, indent: int, level: int) -> tuple[_Open, int]:
    """The fenced block that opens at `lines[index]`, and the index of the line after it."""
    end = index + 1
    while end < len(lines):
        line = lines[end].strip(" \t>")
        if line.startswith(fence) and not line.strip(fence[0]):
            break
        end += 1
    block = _Open("code", "\n".join(lines[index + 1 : end]), index + 1, level)
    block.end = min(end + 1, len(lines))
    return block, block.end
