"""JSON text into trees with lines.

The standard parser is the fastest there is but knows no lines.  A JSON string never spans lines, so the first quote
of a line always opens a string: the line's number is written behind that quote, and taken off again when the parser
hands the string back.  Numbers and constants alone on their line in an array get the line of what stands before.

Text that is not JSON (comments, `...`, missing commas or brackets) is read by a tolerant reader, token by token.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from gapkit.dialects.flattening import number
from gapkit.dialects.tree import Map, Sequence, Tree

_MARK = "\ue000"
_MAX_DEPTH = 200
_string = re.compile(r'"((?:[^"\\]|\\.)*")')
_token = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      |(?P<string>"(?:[^"\\\n]|\\.)*(?:"|(?=\n)|\Z))
      |(?P<punctuation>[{}\[\]:,])
      |(?P<comment>//[^\n]*|\#[^\n]*|/\*.*?(?:\*/|\Z))
      |(?P<elision>\.\.\.+[^\n"{}\[\],]*|…[^\n"{}\[\],]*)
      |(?P<hole>\$\{[^{}\n]*\}|<[^<>\n]*>)
      |(?P<word>[^\s"{}\[\]:,/\#<]+|[/<])""",
    re.VERBOSE | re.DOTALL,
).match
_CONSTANTS = {"true": True, "false": False, "null": None}


class JsonDocument(NamedTuple):
    """One JSON value: its tree, first line, duplicate keys and faults, both as `(what, line)`."""

    tree: Tree
    line: int
    duplicates: tuple[tuple[str, int], ...] = ()
    faults: tuple[tuple[str, int], ...] = ()


def read_json(text: str, first_line: int = 1) -> JsonDocument:
    """The JSON value of a text, strictly if it can be, else as far as it holds; never raises."""
    if _MARK not in text:
        try:
            return _strict(text, first_line)
        except (ValueError, RecursionError):
            pass
    return read_loose_json(text, first_line)


def _marked(text: str, first_line: int) -> str:
    """The text with its line's number behind the opening quote of each string that may begin an object or item."""
    lines = []
    for count, line in enumerate(text.split("\n"), first_line):
        if "{" in line and line.count('"') > 2:
            pieces = _string.split(line)  # what stands between the strings, and at every other place a string
            for place in range(1, len(pieces), 2):
                pieces[place] = f'"{_MARK}{count}{_MARK}{pieces[place]}'
            lines.append("".join(pieces))
        else:
            lines.append(line.replace('"', f'"{_MARK}{count}{_MARK}', 1))
    return "\n".join(lines)


def _strict(text: str, first_line: int) -> JsonDocument:
    duplicates: list[tuple[str, int]] = []

    def entries(pairs: list[tuple[str, Any]]) -> Map:
        found = []
        line = first_line
        for key, value in pairs:
            if key[:1] == _MARK:
                _, written, key = key.split(_MARK, 2)
                line = int(written)
            kind = type(value)
            if kind is str:
                if value[:1] == _MARK:
                    value = value.split(_MARK, 2)[2]
            elif kind is list:
                value = items(value, line)
            found.append((key, value, line))
        if len(found) > 1:
            keys = [entry[0] for entry in found]
            if len(set(keys)) != len(keys):
                seen: set[str] = set()
                for key, _, line in found:
                    if key in seen:
                        duplicates.append((key, line))
                    seen.add(key)
        return Map(found)

    def items(values: list[Any], line: int) -> Sequence:
        found = []
        for value in values:
            kind = type(value)
            if kind is str:
                if value[:1] == _MARK:
                    _, written, value = value.split(_MARK, 2)
                    line = int(written)
            elif kind is Map:
                if value:
                    line = value[0][2]
            elif kind is list:
                value = items(value, line)
            found.append((value, line))
        return Sequence(found)

    value = json.loads(_marked(text, first_line), object_pairs_hook=entries, parse_float=number)
    if type(value) is list:
        value = items(value, first_line)
    elif type(value) is str and value[:1] == _MARK:
        value = value.split(_MARK, 2)[2]
    return JsonDocument(value, first_line, tuple(duplicates))


# ---------------------------------------------------------------- tolerant


class _Open:
    """An object or array that is being read."""

    __slots__ = ("is_object", "key", "key_line", "line", "values")

    def __init__(self, is_object: bool, line: int) -> None:
        self.is_object = is_object
        self.line = line
        self.values: list[tuple[Any, ...]] = []
        self.key: str | None = None
        self.key_line = line

    def add(self, value: Tree, line: int) -> None:
        if not self.is_object:
            self.values.append((value, line))
        elif self.key is not None:
            self.values.append((self.key, value, self.key_line))
            self.key = None

    def close(self) -> Tree:
        return Map(self.values) if self.is_object else Sequence(self.values)


def read_loose_json(text: str, first_line: int = 1) -> JsonDocument:
    """What a damaged JSON text still holds, with its faults.

    Comments are skipped; missing commas, brackets left open and brackets too many are mended: a closing bracket
    closes everything up to its partner, and a key inside an array means that the array should have ended.  Bare keys
    and bare words are taken as text.  A text of `"key": value` pairs without braces is the object they make.
    """
    faults: list[tuple[str, int]] = []
    root = _Open(is_object=True, line=first_line)
    loose: list[tuple[Tree, int]] = []  # values that stand outside of any key
    stack = [root]
    pending: tuple[str, int, bool] | None = None  # a string that may turn out to be a key
    line = first_line
    position = 0
    size = len(text)
    comma = after_comma = False

    def settle() -> None:
        nonlocal pending
        if pending is not None:
            top = stack[-1]
            word, at, quoted = pending
            pending = None
            if top is root and root.key is None:
                return
            top.add(word if quoted else _word(word), at)

    def close() -> None:
        done = stack.pop()
        value = done.close()
        if stack[-1] is root and root.key is None:
            loose.append((value, done.line))
        else:
            stack[-1].add(value, done.line)

    while position < size:
        match = _token(text, position)
        if match is None:
            position += 1
            continue
        kind, token, position = match.lastgroup, match[0], match.end()
        if kind != "space":
            after_comma, comma = comma, token == ","
        if kind == "space" or kind == "comment":
            if kind == "comment":
                faults.append(("a comment, which JSON has not", line))
            line += token.count("\n")
        elif kind == "elision":
            faults.append(("elided", line))
        elif kind in ("string", "word", "hole"):
            if pending is not None:
                if not pending[2] and kind == "word":
                    pending = (f"{pending[0]} {token}", pending[1], False)
                    continue
                faults.append(("a comma is missing", pending[1]))
                settle()
            pending = (_unquoted(token), line, True) if kind == "string" else (token, line, False)
        elif token == ":":
            if pending is None:
                continue
            key, key_line, _ = pending
            pending = None
            if not stack[-1].is_object:
                # A key inside an array: the brackets of the array, and of what it stands in, were left open.
                faults.append(("a bracket is left open", key_line))
                while not stack[-1].is_object:
                    close()
            top = stack[-1]
            if top.key is not None:
                top.add(None, top.key_line)
            top.key, top.key_line = key, key_line
        elif token == ",":
            settle()
        elif token in "{[":
            settle()
            if len(stack) > _MAX_DEPTH:
                faults.append((f"nests deeper than {_MAX_DEPTH} levels", line))
                break
            if stack[-1].is_object and stack[-1].key is None and stack[-1] is not root:
                faults.append(("a value stands without a key", line))
                stack[-1].key, stack[-1].key_line = "{…}", line
            stack.append(_Open(token == "{", line))
        else:
            if after_comma:
                faults.append(("a comma before the closing bracket", line))
            settle()
            wanted = token == "}"
            if all(open_.is_object != wanted for open_ in stack[1:]):
                faults.append((f"`{token}` closes nothing", line))
                continue
            while stack[-1].is_object != wanted:
                faults.append(("a bracket is left open", line))
                close()
            close()
    settle()
    if len(stack) > 1:
        faults.append(("the text ends before its brackets are closed", line))
        while len(stack) > 1:
            close()
    tree = _joined(root.close(), loose)
    return JsonDocument(tree, first_line, (), tuple(faults))


def _joined(pairs: Tree, loose: list[tuple[Tree, int]]) -> Tree:
    """One tree of the pairs and values that stand at the top: several objects become one."""
    if not pairs and len(loose) == 1:
        return loose[0][0]
    entries = list(pairs) if isinstance(pairs, Map) else []
    for value, _ in loose:
        if type(value) is Map:
            entries += value
    return Map(entries)


def _unquoted(token: str) -> str:
    if "\\" in token:
        try:
            value = json.loads(token)
            if isinstance(value, str):
                return value
        except ValueError:
            pass
    return token[1:-1] if len(token) > 1 and token[-1] == '"' else token[1:]


def _word(text: str) -> Tree:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return number(text) if text[0] in "-0123456789" else text
