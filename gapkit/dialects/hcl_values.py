"""HCL's expressions into trees: literals, references, tuples, objects and documents; the rest stays text."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from gapkit.dialects.flattening import number
from gapkit.dialects.hcl_extents import Heredoc, heredoc_at, margin_header, raw_end, string_end
from gapkit.dialects.json_tree import read_json
from gapkit.dialects.tree import Map, Sequence, Tree

SIMPLE = r"""
    (?: "((?:[^"\\\n]|\\[^\n])*+)"
      | (true|false|null|-?\d++(?:\.\d++)?(?![\w.]))
      | ([A-Za-z_][\w-]*+(?:\.[\w*-]++|\[\d++\])*+)
    )"""
skip = re.compile(r"(?:[ \t\r\n,;]++|\#[^\n]*+|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))*+").match
_entry = re.compile(
    rf"""([A-Za-z_][\w.-]*+|"(?:[^"\\\n]|\\[^\n])*+"|\d++|\([^()\n]*+\))[ \t]*+(?:=(?![=>])|:)[ \t]*+
         (?:{SIMPLE}[ \t\r]*+,?[ \t]*+(?:(?:\#|//)[^\n]*+)?(?=\n|\Z))?""",
    re.VERBOSE,
).match
_sign = re.compile(r"[ \t]*+(?:=(?![=>])|:)[ \t]*+").match
_item = re.compile(rf"{SIMPLE}\s*+(?=[,\])])", re.VERBOSE).match
_scalar = re.compile(rf"{SIMPLE}[ \t]*+(?=[\r\n,\])}}\#]|//|/\*|\Z)", re.VERBOSE).match
_call = re.compile(r"([A-Za-z_]\w*+)\(").match
_value_ends = re.compile(r"[ \t\r]*+(?=[\n,\]})\#]|//|/\*|\Z)").match
_item_ends = re.compile(r"(?:\s++|\#[^\n]*+|//[^\n]*+)*+(?=[,\])}]|\Z)").match
_for = re.compile(r"[\[{]\s*for\s").match
_escape = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}
_UNWRAPPED = frozenset({"jsonencode", "yamlencode", "toset", "tolist", "tomap", "compact", "distinct", "sensitive"})
_JOINED = frozenset({"merge", "concat"})
MAX_DEPTH = 60


class ValueReader:
    """Reads the values of one text; faults are `(what, line)`."""

    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.first = first_line
        self.starts = list(accumulate([len(line) + 1 for line in text.split("\n")]))
        self.starts.pop()  # behind the last line
        self.faults: list[tuple[str, int]] = []
        self.duplicates: list[tuple[str, int]] = []
        self.depth = 0

    def line(self, position: int) -> int:
        """The line of a position."""
        return bisect_right(self.starts, position) + self.first

    def attribute_value(self, match: re.Match[str]) -> tuple[Tree, int]:
        last = match.lastindex
        if last == 2:
            text = match[2]
            return (_unescaped(text) if "\\" in text else text), match.end()
        if last == 4:
            return f"${{{match[4]}}}", match.end()
        if last == 3:
            word = match[3]
            return (_LITERALS[word] if word in _LITERALS else number(word)), match.end()
        return self._value(match.end(), inside=False)

    def _value(self, position: int, inside: bool) -> tuple[Tree, int]:
        """The value that begins at `position`; inside brackets a line's end does not end it."""
        text = self.text
        head = text[position : position + 1]
        ends = _item_ends if inside else _value_ends
        value: Tree = None
        end = -1
        if self.depth > MAX_DEPTH:
            pass
        elif head == '"':
            end = string_end(text, position)
            value = text[position + 1 : end - 1] if text[end - 1] == '"' else text[position + 1 : end]
            value = _unescaped(value) if "\\" in value else value
        elif head == "[" and not _for(text, position):
            value, end = self._tuple(position)
        elif head == "{" and not _for(text, position):
            value, end = self._object(position)
        elif head == "<":
            heredoc = heredoc_at(text, position)
            if heredoc is not None:
                return self._heredoc(heredoc)
        else:
            match = _scalar(text, position)
            call = _call(text, position)
            if match is not None:
                value, end = _simple_value(match), match.end()
            elif call is not None and (call[1] in _UNWRAPPED or call[1] in _JOINED):
                value, end = self._known_call(call)
        if end >= 0:
            done = ends(text, end)
            if done is None and head in ("[", "{") and text[end - 1] not in "]}":
                return value, end  # left open: what stands behind it is another statement
            if done is not None:
                return value, done.end() if inside else end
        end = raw_end(text, position, inside)
        raw = text[position:end].strip()
        return (f"${{{raw}}}" if raw else None), end

    def _tuple(self, position: int) -> tuple[Tree, int]:
        text, size = self.text, len(self.text)
        items: list[tuple[Any, int]] = []
        position += 1
        self.depth += 1
        while True:
            position = skip(text, position).end()  # type: ignore[union-attr]
            if position >= size or text[position] in "]})":
                break
            line = self.line(position)
            match = _item(text, position)
            if match is not None:
                items.append((_simple_value(match), line))
                position = match.end()
                continue
            value, end = self._value(position, inside=True)
            if end <= position:
                break
            items.append((value, line))
            position = end
        self.depth -= 1
        if text[position : position + 1] == "]":
            position += 1
        else:
            self.faults.append(("a `[` is not closed", self.line(min(position, size - 1))))
        return Sequence(items), position

    def _object(self, position: int) -> tuple[Tree, int]:
        text, size, starts, first = self.text, len(self.text), self.starts, self.first
        entries: list[tuple[str, Any, int]] = []
        position += 1
        self.depth += 1
        while True:
            position = skip(text, position).end()  # type: ignore[union-attr]
            if position >= size:
                self.faults.append(("a `{` is not closed", self.line(size - 1)))
                break
            if text[position] == "}":
                position += 1
                break
            match = _entry(text, position)
            if match is None and text[position] == '"':
                entry = self._entry_of_holes(position)
                if entry is not None:
                    entries.append(entry[0])
                    position = entry[1]
                    continue
            if match is None:
                if text[position] in ")]" or (text[position - 1] == "\n" and margin_header(text, position)):
                    self.faults.append(("a `{` is not closed", self.line(position)))
                    break
                position = self._skip_entry(position)
                continue
            key = match[1]
            if key[0] == '"':
                key = key[1:-1]
            elif key[0] == "(":
                key = f"${{{key[1:-1].strip()}}}"
            line = bisect_right(starts, position) + first
            value, position = self.attribute_value(match)
            entries.append((key, value, line))
        self.depth -= 1
        return Map(entries), position

    def _entry_of_holes(self, position: int) -> tuple[tuple[str, Any, int], int] | None:
        """The entry whose quoted key has strings in its holes: `"${lookup(m, "k")}" = …`."""
        end = string_end(self.text, position)
        sign = _sign(self.text, end)
        if sign is None:
            return None
        value, after = self._value(sign.end(), inside=False)
        return (self.text[position + 1 : end - 1], value, self.line(position)), after

    def _skip_entry(self, position: int) -> int:
        """Past what stands in an object without being an entry: text up to the line's end or a closing brace."""
        end = raw_end(self.text, position, inside=False)
        what = self.text[position:end].strip()
        self.faults.append(("elided" if what.startswith(("...", "…")) else "this is no entry", self.line(position)))
        return max(end, position + 1)

    def _known_call(self, call: re.Match[str]) -> tuple[Tree, int]:
        """The argument of a function that leaves its values as they are, or what `merge` and `concat` join."""
        text = self.text
        arguments, end = self._arguments(call.end())
        if end < 0:
            return None, -1
        if call[1] in _UNWRAPPED:
            return (arguments[0][0], end) if len(arguments) == 1 else (None, -1)
        if text[end - 2 : end - 1] == ".":  # merge(list...) spreads what only run time knows
            return None, -1
        if call[1] == "concat":
            items: list[tuple[Any, int]] = []
            for value, line in arguments:
                items += value if type(value) is Sequence else [(value, line)]
            return Sequence(items), end
        entries: list[tuple[str, Any, int]] = []
        for value, line in arguments:
            entries += value if type(value) is Map else [("", value, line)]
        return Map(entries), end

    def _arguments(self, position: int) -> tuple[list[tuple[Any, int]], int]:
        text, size = self.text, len(self.text)
        arguments: list[tuple[Any, int]] = []
        self.depth += 1
        while True:
            position = skip(text, position).end()  # type: ignore[union-attr]
            if position >= size or text[position] in "]}":
                position = -2
                break
            if text[position] == ")":
                break
            line = self.line(position)
            value, end = self._value(position, inside=True)
            if end <= position:
                position = -2
                break
            arguments.append((value, line))
            position = end
        self.depth -= 1
        return arguments, position + 1

    def _heredoc(self, heredoc: Heredoc) -> tuple[Tree, int]:
        """A heredoc's text; JSON in it as a tree."""
        if not heredoc.closed:
            self.faults.append(("the heredoc is not closed", self.line(heredoc.start) - 1))
        content = self.text[heredoc.start : heredoc.stop]
        if content.lstrip()[:1] in ("{", "["):
            tree = read_json(content, self.line(heredoc.start)).tree
            if (type(tree) is Map or type(tree) is Sequence) and tree:
                return tree, heredoc.after
        if heredoc.indented:
            lines = content.split("\n")
            margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            content = "\n".join([line[margin:] for line in lines])
        return content, heredoc.after


def _simple_value(match: re.Match[str]) -> Tree:
    last = match.lastindex
    if last == 1:
        return _unescaped(match[1]) if "\\" in match[1] else match[1]
    if last == 2:
        return _LITERALS[match[2]] if match[2] in _LITERALS else number(match[2])
    return f"${{{match[3]}}}"


def _unescaped(text: str) -> str:
    return _escape.sub(lambda match: _ESCAPED.get(match[1], match[0]), text)
