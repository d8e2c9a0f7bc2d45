"""What the tree-sitter front ends share: a grammar's numbers, slices of the text, strings with holes, broken lines.

A file's UTF-8 bytes are read as Latin-1, so that the byte offsets of nodes are string offsets; `decoded` gives the
text back.  Comparing numbers and slicing is many times faster than asking nodes for their type and text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Language, Node, Parser

from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Object, Ref, Text

ERROR = 65535  # the number of error nodes, in every grammar
KINDS = 65536  # a table of all 16-bit numbers needs no test for error nodes
LONGEST_REF = 200
LACKING = "…"  # stands where the parser had to add a name that the text lacks

_ESCAPE = re.compile(r"""\\(?:([ntr0abfvs\\'"`])|\r?\n|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))""")
_ESCAPED = {
    "n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "s": " ",
    "\\": "\\", "'": "'", '"': '"', "`": "`",
}  # fmt: skip
# `%s`, `%-5.2f`, Python's `%(name)s`, Java's `%1$s`, Go's `%[1]s` and `%+v`.
_PERCENT_HOLE = re.compile(
    r"%(?:\((\w{1,60})\)|(\d{1,2})\$|\[(\d{1,2})\])?[-+ #0]{0,4}\d{0,4}(?:\.\d{1,4})?([a-zA-Z%])"
)

# Possessive throughout: an unclosed string is consumed once.
_LEXEME = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?+'
    r"|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?+"
    r'|"(?:[^"\\\n]|\\.)*+"?+'
    r"|'(?:[^'\\\n]|\\.)*+'?+"
    r"|`[^`]*+`?+|//[^\n]*+|#[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?+|[()\[\]{}]",
    re.DOTALL,
)
_TEXT_HOLE = re.compile(r"\$\{([^{}]{1,200})\}")
_ROOT = re.compile(r"\w+(?:\[\d+\]|\.t\d(?!\w))?")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_LONG_QUOTES = ('"""', "'''")


class Grammar:
    """A tree-sitter language with its numbers looked up by name."""

    def __init__(self, language: object) -> None:
        self.language = Language(language)
        self.parser = Parser(self.language)

    def kind(self, name: str) -> int:
        """The number of a named node kind; a wrong name is a mistake in the caller's source."""
        number = self.language.id_for_node_kind(name, True)
        if number is None:
            raise KeyError(name)
        return number

    def kinds(self, names: str) -> frozenset[int]:
        """The numbers of several named node kinds, separated by spaces."""
        return frozenset(self.kind(name) for name in names.split())

    def field(self, name: str) -> int:
        """The number of a field."""
        number = self.language.field_id_for_name(name)
        if number is None:
            raise KeyError(name)
        return number

    def tree(self, text: str) -> Tree:
        """The root node of `text` and the string that its nodes' offsets count in."""
        data = text.encode("utf-8", "replace")
        root = self.parser.parse(data).root_node
        broken = broken_lines(root)
        if broken:
            missing = closers(text)
            if missing:
                completed = data + missing.encode()
                other = self.parser.parse(completed).root_node
                if broken_extent(other) < broken_extent(root):
                    last = text.count("\n") + 1
                    return Tree(other, completed.decode("latin-1"), frozenset((*broken_lines(other), last)))
        return Tree(root, text if text.isascii() else data.decode("latin-1"), frozenset(broken))


class Tree(NamedTuple):
    """`source` is the text as Latin-1 characters: `source[node.start_byte : node.end_byte]` is a node's text.

    A text that ends in the middle of something, as cut answers do, is read as if it were closed there.
    """

    root: Node
    source: str
    broken_lines: frozenset[int]


def decoded(text: str) -> str:
    """A slice of the Latin-1 view as the text that the file says."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def unescaped(text: str) -> str:
    """A string literal's content with its escape sequences resolved; unknown ones stay."""
    return _ESCAPE.sub(_resolved, text) if "\\" in text else text


def _resolved(match: re.Match[str]) -> str:
    simple, hex2, hex4 = match.groups()
    if simple:
        return _ESCAPED[simple]
    code = hex2 or hex4
    return chr(int(code, 16)) if code else ""


def one_line(text: str) -> str:
    """An expression's slice as decoded text on one line, cut where it is long."""
    if len(text) > LONGEST_REF:
        text = text[: LONGEST_REF * 2]
    if "\n" in text:
        text = " ".join(text.split())
    return decoded(text)[:LONGEST_REF] or LACKING


def broken_lines(root: Node) -> set[int]:
    """The lines on which a syntax tree has errors or lacks something."""
    if not root.has_error:
        return set()
    lines: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            lines.add(node.start_point[0] + 1)
        else:
            waiting.extend(child for child in node.children if child.has_error)
    return lines


def broken_extent(root: Node) -> int:
    """How many bytes of a syntax tree stand in errors."""
    extent = 0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error:
            extent += node.end_byte - node.start_byte
        else:
            waiting.extend(child for child in node.children if child.has_error)
    return extent


def closers(text: str) -> str:
    """The quote and the brackets that a text which ends too early lacks; brackets that do not match are skipped."""
    is_open: list[str] = []
    quote = ""
    for match in _LEXEME.finditer(text):
        lexeme = match[0]
        if lexeme in _CLOSERS:
            is_open.append(_CLOSERS[lexeme])
        elif lexeme in ")]}":
            if is_open and is_open[-1] == lexeme:
                is_open.pop()
        elif match.end() == len(text):
            if lexeme.startswith(("//", "#")):
                return "\n" + "".join(reversed(is_open)) if is_open else ""
            mark = lexeme[:3] if lexeme[:3] in _LONG_QUOTES else lexeme[0]
            if mark[0] in "\"'`" and not (len(lexeme) >= 2 * len(mark) and lexeme.endswith(mark)):
                quote = mark
    return quote + "".join(reversed(is_open)) if quote or is_open else ""


def number_of(text: str) -> object:
    """A numeric literal's value: `1_000`, `0x1F`, `30L`, `1.5f`; a `Ref` where it is none."""
    plain = text[:40].replace("_", "")
    if plain.isdigit() and (len(plain) == 1 or plain[0] != "0"):
        return int(plain)
    plain = plain.lower()
    try:
        if plain[:2] in ("0x", "0b", "0o"):
            return int(plain.rstrip("l"), 0)
        plain = plain.rstrip("lfd")
        return int(plain) if plain.isdigit() else float(plain)
    except ValueError:
        return Ref(text[:LONGEST_REF])


def joined(pieces: list[object]) -> object:
    """Strings, numbers and expressions one behind the other: a string, or a `Text` where one is not literal."""
    parts: list[object] = []
    texts: list[str] = []
    literal = True
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        elif isinstance(piece, (int, float)):
            texts.append(str(piece))
        else:
            literal = False
            if isinstance(piece, Text):
                texts.append(piece.text)
                parts.extend(piece.parts)
            elif isinstance(piece, Ref):
                texts.append("${" + piece.text + "}")
                parts.extend(piece.parts)
            elif isinstance(piece, Call):
                texts.append("${" + piece.name + "()}")
                parts.append(piece)
            elif isinstance(piece, Fallback):
                texts.append(hole(piece.value))
                parts.append(piece)
            else:
                texts.append("${…}")
                parts.append(piece)
    text = "".join(texts)
    return text if literal else Text(text, tuple(parts))


def hole(piece: object) -> str:
    """A value as it stands inside a string: literals as they are, the rest as `${…}`."""
    filled = joined([piece])
    return filled.text if isinstance(filled, Text) else str(filled)


def summed(values: list[object], written: str, line: int) -> object:
    """`a + b + c`: text where a string takes part, a number or a list where all are, else a `Ref` as written."""
    if any(isinstance(piece, (str, Text)) for piece in values):
        return joined(values)
    if all(isinstance(piece, (int, float)) for piece in values):
        return sum(piece for piece in values if isinstance(piece, (int, float)))
    if all(isinstance(piece, Array) for piece in values):
        return Array(tuple(item for piece in values if isinstance(piece, Array) for item in piece.items), line)
    return Ref(one_line(written), tuple(piece for piece in values if not isinstance(piece, (Ref, int, float))))


def percent_formatted(pattern: str, positional: tuple[object, ...], named: dict[str, object] | None = None) -> Text:
    """`%` formatting with its arguments in the holes; an argument that is lacking is `${…}`."""
    following = iter(positional)

    def fill(match: re.Match[str]) -> str:
        name, place, index, letter = match.groups()
        if letter == "%":
            return "%"
        if letter == "n" and not name:  # Java's line end
            return "\n"
        if name:
            return hole((named or {}).get(name, Ref(name)))
        if place or index:
            at = int(place or index) - 1
            return hole(positional[at] if 0 <= at < len(positional) else Ref("…"))
        return hole(next(following, Ref("…")))

    return Text(_PERCENT_HOLE.sub(fill, pattern), tuple(piece for piece in positional if isinstance(piece, Call)))


def with_names(value: object, names: dict[str, str]) -> object:
    """A value in which the parameters of a function stand for what they are given: `${arn}` -> `${bucket.arn}`.

    `names` gives the expression for a parameter, or for one element of it (`args[0]`).
    """
    if isinstance(value, Text):
        return Text(_TEXT_HOLE.sub(lambda match: "${" + _renamed(match[1], names) + "}", value.text), value.parts)
    if isinstance(value, Ref):
        return Ref(_renamed(value.text, names), value.parts)
    if isinstance(value, Object):
        entries = (Entry(entry.key, with_names(entry.value, names), entry.line) for entry in value.entries)
        return Object(tuple(entries), value.line)
    if isinstance(value, Array):
        return Array(tuple(with_names(item, names) for item in value.items), value.line)
    return value


def _renamed(text: str, names: dict[str, str]) -> str:
    found = names.get(text)
    if found is not None:
        return found
    start = _ROOT.match(text)
    if start is None or start[0] not in names:
        return text
    return names[start[0]] + text[start.end() :]


def calls_of(value: object) -> list[Call]:
    """The outermost calls that stand in a value."""
    if isinstance(value, Call):
        return [value]
    inner: tuple[object, ...] = ()
    if isinstance(value, Object):
        inner = tuple(entry.value for entry in value.entries)
    elif isinstance(value, Array):
        inner = value.items
    elif isinstance(value, (Ref, Text)):
        inner = value.parts
    elif isinstance(value, Fallback):
        inner = (value.value, value.default)
    elif isinstance(value, Closure):
        inner = (value.result,)
    return [call for piece in inner for call in calls_of(piece)]
