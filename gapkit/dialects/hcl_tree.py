"""HCL text into blocks and trees, by a reader of its own that goes statement by statement.

Terraform is line-oriented: most lines are `name = simple value`, which one pattern takes whole.  What is not simple
(operators, `for`, unknown functions) stays text, `${…}`, without being understood.  A statement that cannot be read
costs its line only, and a block header at the left margin ends whatever was left open before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, NamedTuple

from gapkit.dialects.hcl_extents import margin_header
from gapkit.dialects.hcl_values import MAX_DEPTH, SIMPLE, ValueReader, skip
from gapkit.dialects.tree import Map, Nested

_attribute = re.compile(
    rf"""([A-Za-z_][\w-]*+)[ \t]*+=(?![=>])[ \t]*+
         (?:{SIMPLE}[ \t\r]*+(?:(?:\#|//)[^\n]*+)?(?=\n|\Z))?""",
    re.VERBOSE,
).match
_block = re.compile(
    r"""([A-Za-z_][\w-]*+)((?:[ \t]++(?:"[^"\n]*+"|[A-Za-z_][\w-]*+))*+)[ \t]*+(?:\r?\n[ \t]*+)?\{"""
).match
_label = re.compile(r'"([^"\n]*)"|([A-Za-z_][\w-]*)').findall
_line_end = re.compile(r"[^\n]*+").match


class Block(NamedTuple):
    """A block with its type, labels and body; what stands in it more than once has its index in the key."""

    type: str
    labels: tuple[str, ...]
    body: Map
    line: int
    line_end: int


class HclFile(NamedTuple):
    """The blocks and attributes at the top of a file, what is wrong and what is written twice as `(what, line)`."""

    blocks: list[Block]
    attributes: Map
    faults: list[tuple[str, int]]
    duplicates: list[tuple[str, int]]


def read_hcl(text: str, first_line: int = 1) -> HclFile:
    """The blocks of an HCL text, lines counted from `first_line`; never raises."""
    return _Reader(text, first_line).file()


class _Reader(ValueReader):
    """Reads the statements of one text."""

    def file(self) -> HclFile:
        text, size = self.text, len(self.text)
        blocks: list[Block] = []
        attributes: list[tuple[str, Any, int]] = []
        position = 0
        while True:
            position = skip(text, position).end()  # type: ignore[union-attr]
            if position >= size:
                return HclFile(blocks, Map(attributes), self.faults, self.duplicates)
            match = _attribute(text, position)
            if match is not None:
                line = self.line(position)
                value, position = self.attribute_value(match)
                attributes.append((match[1], value, line))
                continue
            match = _block(text, position)
            if match is not None:
                block, position = self._block(match)
                blocks.append(block)
                continue
            position = self._skip_line(position)

    def _block(self, match: re.Match[str]) -> tuple[Block, int]:
        start = match.start()
        body, end = self._body(match.end(), self.line(start))
        labels = tuple([quoted or bare for quoted, bare in _label(match[2])]) if match[2] else ()
        return Block(match[1], labels, body, self.line(start), self.line(max(end - 1, start))), end

    def _body(self, position: int, line: int) -> tuple[Map, int]:
        """The entries of a block's body up to and with its closing brace."""
        text, size, starts, first = self.text, len(self.text), self.starts, self.first
        entries: list[tuple[str, Any, int]] = []
        nested: dict[str, int] = {}
        self.depth += 1
        while True:
            position = skip(text, position).end()  # type: ignore[union-attr]
            if position >= size:
                self.faults.append(("a block is not closed", line))
                break
            match = _attribute(text, position)
            if match is not None:
                at = bisect_right(starts, position) + first
                value, position = self.attribute_value(match)
                entries.append((match[1], value, at))
                continue
            if text[position] == "}":
                position += 1
                break
            match = _block(text, position)
            if match is not None:
                if margin_header(text, position) and text[position - 1 : position] == "\n":
                    self.faults.append(("a block is not closed", line))
                    break
                if self.depth > MAX_DEPTH:
                    self.faults.append((f"nests deeper than {MAX_DEPTH} levels", self.line(position)))
                    position = size
                    break
                at = bisect_right(starts, position) + first
                block, position = self._block(match)
                key, body = _entry_of(block)
                nested[key] = nested.get(key, 0) + 1
                entries.append((key, Nested(body), at))
                continue
            position = self._skip_line(position)
        self.depth -= 1
        if len(entries) > 1:
            self._note_duplicates(entries)
        return Map(self._indexed(entries, nested) if nested else entries), position

    def _note_duplicates(self, entries: list[tuple[str, Any, int]]) -> None:
        """Keep the attributes that a body sets twice, which Terraform refuses."""
        names = [entry[0] for entry in entries if type(entry[1]) is not Nested]
        if len(set(names)) == len(names):
            return
        seen: set[str] = set()
        for name, value, line in entries:
            if type(value) is not Nested:
                if name in seen:
                    self.duplicates.append((name, line))
                seen.add(name)

    def _indexed(self, entries: list[tuple[str, Any, int]], nested: dict[str, int]) -> list[tuple[str, Any, int]]:
        """The entries with an index at each block whose type repeats."""
        seen: dict[str, int] = {}
        found: list[tuple[str, Any, int]] = []
        for key, value, at in entries:
            if type(value) is Nested:
                value = Map(value)
                if nested[key] > 1:
                    index = seen.get(key, 0)
                    seen[key] = index + 1
                    key = f"{key}[{index}]"
            found.append((key, value, at))
        return found

    def _skip_line(self, position: int) -> int:
        """The end of a line that is no statement, which is kept as a fault."""
        end = _line_end(self.text, position).end()  # type: ignore[union-attr]
        what = self.text[position:end].strip()
        elided = what.startswith(("...", "…"))
        closing = what.startswith("}")
        fault = "elided" if elided else "`}` closes nothing" if closing else "this line is no statement"
        if elided and "}" in what:
            end = self.text.index("}", position)
        self.faults.append((fault, self.line(position)))
        return position + 1 if closing else max(end, position + 1)


def _entry_of(block: Block) -> tuple[str, Map]:
    """The key and body by which a nested block stands in its parent: a dynamic block as what it makes."""
    if block.type != "dynamic" or not block.labels:
        return ".".join((block.type, *block.labels)), block.body
    entries: list[tuple[str, Any, int]] = [("dynamic", True, block.line)]
    for key, value, line in block.body:
        if key == "for_each":
            entries[0] = ("dynamic", value, line)
        elif key == "content" and type(value) is Map:
            entries += value
        else:
            entries.append((key, value, line))
    return block.labels[0], Map(entries)
