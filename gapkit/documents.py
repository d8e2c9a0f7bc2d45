"""Markdown text -> blocks and artifacts, each with its line span.

Prompts and reviewers' notes are read block by block with markdown-it-py (`read_document`); responses, most of the
bytes of a sample, need their code only and take the short way through `gapkit.artifacts.find_artifacts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gapkit.artifacts import find_artifacts, normalise_newlines
from gapkit.models import Block, Document, Problem, Source

__all__ = ["read_document"]

MAX_LINES = 20_000
"""Blocks are read of this many lines at most: what is longer is no prompt, and would hold a batch up."""

MAX_NESTING = 40

# Marks that writers use for bullets and markdown does not know; one character each, so that columns stay.
_FOREIGN_BULLET = re.compile(r"^([ \t]{0,12})[•◦▪‣●○■–—·](?=[ \t])", re.MULTILINE)
_ANY_FOREIGN_BULLET = re.compile("[•◦▪‣●○■–—·]")
_QUOTE_MARKS = re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)


def _block_parser() -> MarkdownIt:
    # No inline parsing, which costs most and which nobody here reads.  Indented code, HTML blocks and setext
    # headings are off: in prompts an indented line is a continuation, and `---` under a paragraph is a ruler.
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable("table")
    parser.disable(["code", "html_block", "lheading", "reference"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


_PARSER = _block_parser()


def read_document(source: Source) -> Document:
    """Return the blocks and artifacts of a markdown text, in reading order, each with its line span.

    Any text is accepted; what cannot be read in full is told in the document's `problems`.
    """
    text = normalise_newlines(source.text)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    artifacts, problems = find_artifacts(source)
    readable = text
    if len(lines) > MAX_LINES:
        readable = "\n".join(lines[:MAX_LINES])
        problems += (
            Problem(
                "documents",
                "document_too_long",
                f"only the first {MAX_LINES} of {len(lines)} lines were read as prose; shorten the document",
                source.name,
                MAX_LINES + 1,
            ),
        )
    if _ANY_FOREIGN_BULLET.search(readable):
        readable = _FOREIGN_BULLET.sub(r"\1-", readable)
    blocks = _blocks(_PARSER.parse(readable), lines)
    return Document(source.name, tuple(lines), tuple(blocks), artifacts, problems)


def _blocks(tokens: Sequence[Token], lines: Sequence[str]) -> list[Block]:
    """The blocks of a token stream.  An item is entered when it opens, so that reading order is kept."""
    blocks: list[Block] = []
    depth = -1  # of lists: the outermost list is 0
    quotes = 0
    fresh_item = False  # an item has opened and its own text has not been seen
    index, end = 0, len(tokens)
    while index < end:
        token = tokens[index]
        kind = token.type
        if kind == "list_item_open":
            blocks.append(_item(token, tokens[index + 1 : index + 3], depth, lines))
            fresh_item = True
        elif kind == "paragraph_open":
            if fresh_item:
                fresh_item = False
            else:
                start, stop = token.map or (0, 0)
                text = tokens[index + 1].content
                blocks.append(Block("quote" if quotes else "paragraph", text, start + 1, stop, depth + 1))
            index += 2
        elif kind == "heading_open":
            start, stop = token.map or (0, 0)
            level = int(token.tag[1])
            blocks.append(Block("heading", tokens[index + 1].content, start + 1, stop, level))
            fresh_item = False
            index += 2
        elif kind == "bullet_list_open" or kind == "ordered_list_open":
            depth += 1
            fresh_item = False
        elif kind == "bullet_list_close" or kind == "ordered_list_close":
            depth -= 1
        elif kind == "list_item_close":
            fresh_item = False
        elif kind == "fence":
            start, stop = token.map or (0, 0)
            blocks.append(Block("code", token.content, start + 1, stop, depth + 1))
            fresh_item = False
        elif kind == "hr":
            start, stop = token.map or (0, 0)
            blocks.append(Block("rule", token.markup, start + 1, stop))
        elif kind == "blockquote_open":
            quotes += 1
            fresh_item = False
        elif kind == "blockquote_close":
            quotes -= 1
        elif kind == "table_open":
            table, index = _table(tokens, index)
            blocks.append(table)
            fresh_item = False
        index += 1
    return blocks


def _item(token: Token, following: Sequence[Token], depth: int, lines: Sequence[str]) -> Block:
    start, stop = token.map or (0, 0)
    while stop > start + 1 and not lines[stop - 1].strip():
        stop -= 1
    text = ""
    if len(following) == 2 and following[0].type == "paragraph_open":
        text = following[1].content
    number = token.info or None
    marker = number + token.markup if number else _bullet(lines[start], token.markup)
    return Block("item", text, start + 1, stop, depth, marker, number)


def _bullet(line: str, markup: str) -> str:
    """The bullet as it was written, where markdown was shown a `-` in its place."""
    first = line.lstrip(" \t>")[:1]
    return first if first and not first.isascii() else markup


def _table(tokens: Sequence[Token], index: int) -> tuple[Block, int]:
    """The table that opens at `index`, and the index of the token that closes it."""
    start, stop = tokens[index].map or (0, 0)
    rows: list[tuple[str, ...]] = []
    row: list[str] = []
    while tokens[index].type != "table_close":
        token = tokens[index]
        if token.type == "inline":
            row.append(token.content)
        elif token.type == "tr_close":
            rows.append(tuple(row))
            row = []
        index += 1
    text = "\n".join(" | ".join(cells) for cells in rows)
    return Block("table", text, start + 1, stop, rows=tuple(rows)), index
