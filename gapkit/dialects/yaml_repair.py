"""What a damaged YAML text still holds.

The text is cut at its top-level keys, and a section that fails again at its own keys, so that one bad resource does
not hide the others.  In the piece that fails, the failing line is mended (quoted) or else blanked, a few times, and
then the piece is cut short there.  Every step looks at one piece only, so the work stays linear in the text.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from gapkit.dialects.tree import Map, Sequence, Tree
from gapkit.dialects.yaml_tree import YamlDocument, YamlError, read_yaml, too_deep

_MAX_MENDS = 6
_elided_line = re.compile(r"[ \t]*(?:-[ \t]*)?(?:\.\.\.|…|\[\.\.\.|<\.\.\.|\(\.\.\.|//|/\*|```)[^\n]*\Z").match
_key = re.compile(r"(?:- )*(?:[\w.:/@*<>$-]+|\"[^\"]*\"|'[^']*')[ \t]*:(?:[ \t]|\Z)").match
_valued_key = re.compile(r"([ \t]*(?:-[ \t]+)*(?:[\w.:/-]+[ \t]*:[ \t]+)?)((?:![\w:.]+[ \t]+)?)(\S.*)\Z").match
_tab_indent = re.compile(r"[ ]*\t[ \t]*")


class Repair(NamedTuple):
    """The documents that could be read, and each fault as `(what, line)`."""

    documents: list[YamlDocument]
    faults: list[tuple[str, int]]


def repair_yaml(text: str, first_line: int, error: YamlError) -> Repair:
    """The documents of a text that `read_yaml` refused with that error; never raises."""
    faults = [(error.reason, error.line + first_line)]
    if too_deep(text):
        return Repair([], faults)
    lines = [_readable(line) for line in text.split("\n")]
    mended = "\n".join(lines)
    if mended != text:
        try:
            return Repair(read_yaml(mended, first_line), faults)
        except YamlError as second:
            faults = [(second.reason, second.line + first_line)]
    documents: list[YamlDocument] = []
    start = 0
    for end in [n for n, line in enumerate(lines) if line.startswith("---")] + [len(lines)]:
        if end > start:
            piece = _Piece(lines[start:end], start + first_line, faults)
            tree = piece.tree()
            if tree is not None and tree != Map():
                documents.append(YamlDocument(tree, start + first_line, ()))
        start = end + 1
    return Repair(documents, faults)


def _readable(line: str) -> str:
    """A line without what YAML never allows: tabs in its indentation, and a mark that code was left out."""
    if "\t" in line:
        indent = _tab_indent.match(line)
        if indent is not None:
            line = indent[0].expandtabs(2) + line[indent.end() :]
    return "" if _elided_line(line) else line


class _Piece:
    """Some lines of a document that are read on their own, as far as that goes."""

    def __init__(self, lines: list[str], first_line: int, faults: list[tuple[str, int]]) -> None:
        self.lines = lines
        self.first_line = first_line
        self.faults = faults

    def tree(self, depth: int = 0) -> Tree:
        """The tree of the piece; where it fails, that of its entries one by one, two levels down at most."""
        try:
            return self._parsed()
        except YamlError as error:
            failed = error
        starts = self._entries() if depth < 2 else []
        if not starts:
            return self._mended(failed)
        found: list[tuple[str, Any, int]] = []
        for start, end in zip(starts, [*starts[1:], len(self.lines)], strict=True):
            found += self._section(start, end, depth)
        return Map(found)

    def _parsed(self) -> Tree:
        documents = read_yaml("\n".join(self.lines), self.first_line)
        return documents[0].tree if documents else Map()

    def _entries(self) -> list[int]:
        """The lines on which the keys of the piece's outermost mapping stand."""
        indent = None
        starts = []
        for number, line in enumerate(self.lines):
            bare = line.lstrip(" ")
            if not bare or bare[0] == "#":
                continue
            width = len(line) - len(bare)
            if not _key(bare) or bare.startswith("- "):
                if indent is None:
                    return []
                continue
            if indent is None or width < indent:
                indent = width
            if width == indent:
                starts.append(number)
        return starts

    def _section(self, start: int, end: int, depth: int) -> list[tuple[str, Any, int]]:
        """The entries of one key with all that stands below it."""
        lines = self.lines[start:end]
        line = start + self.first_line
        try:
            documents = read_yaml("\n".join(lines), line)
            tree = documents[0].tree if documents else None
        except YamlError as error:
            key, _, rest = lines[0].strip().partition(":")
            body = _Piece(["", *lines[1:]], line, self.faults)
            if rest.strip(" ") or not any(lines[1:]):
                tree = _Piece(lines, line, self.faults)._mended(error)
            else:
                tree = Map(((key.strip("\"' "), body.tree(depth + 1), line),))
        return list(tree) if type(tree) is Map else []

    def _mended(self, error: YamlError) -> Tree:
        """The piece with its failing lines quoted, blanked, or cut off in the end."""
        lines = list(self.lines)
        quoted: set[int] = set()
        for _ in range(_MAX_MENDS):
            at = min(error.line, len(lines) - 1)
            self.faults.append((error.reason, at + self.first_line))
            if at not in quoted and _quotable(lines[at]):
                quoted.add(at)
                lines[at] = _quoted(lines[at])
            elif error.context_line is not None and "quoted scalar" in error.reason + str(error):
                lines[min(error.context_line, at)] = ""
            elif lines[at].strip():
                lines[at] = ""
            elif error.context_line is not None and error.context_line < at and lines[error.context_line].strip():
                lines[error.context_line] = ""
            else:
                break
            try:
                documents = read_yaml("\n".join(lines), self.first_line)
                return documents[0].tree if documents else Map()
            except YamlError as next_error:
                error = next_error
        while lines:
            lines = lines[: min(error.line, len(lines) - 1)]
            try:
                documents = read_yaml("\n".join(lines), self.first_line)
                return documents[0].tree if documents else Map()
            except YamlError as next_error:
                error = next_error
                lines = lines[: len(lines) // 2]
        return Map()


def _quotable(line: str) -> bool:
    match = _valued_key(line)
    return match is not None and match[3][0] not in "\"'|>&" and match[1].strip() != ""


def _quoted(line: str) -> str:
    match = _valued_key(line)
    if match is None:
        return line
    text = match[3].strip().replace("'", "''")
    return f"{match[1]}{match[2]}'{text}'"


def is_tree(tree: Tree) -> bool:
    """Whether anything but a bare scalar was read."""
    return type(tree) is Map or type(tree) is Sequence
