"""HCL text into blocks and trees, by a reader of its own that goes statement by statement.

Terraform is line-oriented: most lines are `name = simple value`, which one pattern takes whole.  What is not simple
(operators, `for`, unknown functions) stays text, `${…}`, without being understood.  A statement that cannot be read
costs its line only, and a block header at the left margin ends whatever was left open before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, NamedTuple

from gapkit.dialects.json_tree import read_json
from gapkit.dialects.tree import Map, Sequence, Tree, number

_SIMPLE = r"""
    (?: "((?:[^"\\\n]|\\[^\n])*+)"
      | (true|false|null|-?\d++(?:\.\d++)?(?![\w.]))
      | ([A-Za-z_][\w-]*+(?:\.[\w*-]++|\[\d++\])*+)
    )"""
_skip = re.compile(r"(?:[ \t\r\n,;]++|\#[^\n]*+|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))*+").match
_attribute = re.compile(
    rf"""([A-Za-z_][\w-]*+)[ \t]*+=(?![=>])[ \t]*+
         (?:{_SIMPLE}[ \t\r]*+(?:(?:\#|//)[^\n]*+)?(?=\n|\Z))?""",
    re.VERBOSE,
).match
_entry = re.compile(
    rf"""([A-Za-z_][\w.-]*+|"(?:[^"\\\n]|\\[^\n])*+"|\d++|\([^()\n]*+\))[ \t]*+(?:=(?![=>])|:)[ \t]*+
         (?:{_SIMPLE}[ \t\r]*+,?[ \t]*+(?:(?:\#|//)[^\n]*+)?(?=\n|\Z))?""",
    re.VERBOSE,
).match
_sign = re.compile(r"[ \t]*+(?:=(?![=>])|:)[ \t]*+").match
_item = re.compile(rf"{_SIMPLE}\s*+(?=[,\])])", re.VERBOSE).match
_scalar = re.compile(rf"{_SIMPLE}[ \t]*+(?=[\r\n,\])}}\#]|//|/\*|\Z)", re.VERBOSE).match
_block = re.compile(
    r"""([A-Za-z_][\w-]*+)((?:[ \t]++(?:"[^"\n]*+"|[A-Za-z_][\w-]*+))*+)[ \t]*+(?:\r?\n[ \t]*+)?\{"""
).match
_label = re.compile(r'"([^"\n]*)"|([A-Za-z_][\w-]*)').findall
_margin_header = re.compile(
    r"""(?:resource|data|variable|output|module|provider)[ \t]+"|(?:locals|terraform)[ \t]*\{"""
).match
_call = re.compile(r"([A-Za-z_]\w*+)\(").match
_value_ends = re.compile(r"[ \t\r]*+(?=[\n,\]})\#]|//|/\*|\Z)").match
_item_ends = re.compile(r"(?:\s++|\#[^\n]*+|//[^\n]*+)*+(?=[,\])}]|\Z)").match
_heredoc = re.compile(r"<<([-~]?)[ \t]*\"?([A-Za-z_]\w*)\"?[ \t\r]*\n").match
_for = re.compile(r"[\[{]\s*for\s").match
_plain = re.compile(r"""[^"\[\](){}\n,\#/<]++""").match
_string_piece = re.compile(r'(?:[^"\\$%\n]|\\[^\n]|\$(?!\{)|%(?!\{))*+').match
_hole_piece = re.compile(r'[^"{}]++').match
_line_end = re.compile(r"[^\n]*+").match
_escape = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}
_UNWRAPPED = frozenset({"jsonencode", "yamlencode", "toset", "tolist", "tomap", "compact", "distinct", "sensitive"})
_JOINED = frozenset({"merge", "concat"})
_MAX_DEPTH = 60


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


class _Reader:
    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.first = first_line
        self.starts = [match.end() for match in re.finditer("\n", text)]
        self.faults: list[tuple[str, int]] = []
        self.duplicates: list[tuple[str, int]] = []
        self.depth = 0

    def line(self, position: int) -> int:
        return bisect_right(self.starts, position) + self.first

    # ----------------------------------------------------------- statements

    def file(self) -> HclFile:
        text, size = self.text, len(self.text)
        blocks: list[Block] = []
        attributes: list[tuple[str, Any, int]] = []
        position = 0
        while True:
            position = _skip(text, position).end()  # type: ignore[union-attr]
            if position >= size:
                return HclFile(blocks, Map(attributes), self.faults, self.duplicates)
            match = _attribute(text, position)
            if match is not None:
                line = self.line(position)
                value, position = self._attribute_value(match)
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
            position = _skip(text, position).end()  # type: ignore[union-attr]
            if position >= size:
                self.faults.append(("a block is not closed", line))
                break
            match = _attribute(text, position)
            if match is not None:
                at = bisect_right(starts, position) + first
                value, position = self._attribute_value(match)
                entries.append((match[1], value, at))
                continue
            if text[position] == "}":
                position += 1
                break
            match = _block(text, position)
            if match is not None:
                if _margin_header(text, position) and text[position - 1 : position] == "\n":
                    self.faults.append(("a block is not closed", line))
                    break
                if self.depth > _MAX_DEPTH:
                    self.faults.append((f"nests deeper than {_MAX_DEPTH} levels", self.line(position)))
                    position = size
                    break
                at = bisect_right(starts, position) + first
                block, position = self._block(match)
                key, body = _entry_of(block)
                nested[key] = nested.get(key, 0) + 1
                entries.append((key, _Nested(body), at))
                continue
            position = self._skip_line(position)
        self.depth -= 1
        if len(entries) > 1:
            self._note_duplicates(entries)
        return Map(self._indexed(entries, nested) if nested else entries), position

    def _note_duplicates(self, entries: list[tuple[str, Any, int]]) -> None:
        """Keep the attributes that a body sets twice, which Terraform refuses."""
        names = [entry[0] for entry in entries if type(entry[1]) is not _Nested]
        if len(set(names)) == len(names):
            return
        seen: set[str] = set()
        for name, value, line in entries:
            if type(value) is not _Nested:
                if name in seen:
                    self.duplicates.append((name, line))
                seen.add(name)

    def _indexed(self, entries: list[tuple[str, Any, int]], nested: dict[str, int]) -> list[tuple[str, Any, int]]:
        """The entries with an index at each block whose type repeats."""
        seen: dict[str, int] = {}
        found: list[tuple[str, Any, int]] = []
        for key, value, at in entries:
            if type(value) is _Nested:
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

    # ---------------------------------------------------------- expressions

    def _attribute_value(self, match: re.Match[str]) -> tuple[Tree, int]:
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
        if self.depth > _MAX_DEPTH:
            pass
        elif head == '"':
            end = self._string_end(position)
            value = text[position + 1 : end - 1] if text[end - 1] == '"' else text[position + 1 : end]
            value = _unescaped(value) if "\\" in value else value
        elif head == "[" and not _for(text, position):
            value, end = self._tuple(position)
        elif head == "{" and not _for(text, position):
            value, end = self._object(position)
        elif head == "<":
            heredoc = _heredoc(text, position)
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
        end = self._raw_end(position, inside)
        raw = text[position:end].strip()
        return (f"${{{raw}}}" if raw else None), end

    def _tuple(self, position: int) -> tuple[Tree, int]:
        text, size = self.text, len(self.text)
        items: list[tuple[Any, int]] = []
        position += 1
        self.depth += 1
        while True:
            position = _skip(text, position).end()  # type: ignore[union-attr]
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
            position = _skip(text, position).end()  # type: ignore[union-attr]
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
                if text[position] in ")]" or (text[position - 1] == "\n" and _margin_header(text, position)):
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
            value, position = self._attribute_value(match)
            entries.append((key, value, line))
        self.depth -= 1
        return Map(entries), position

    def _entry_of_holes(self, position: int) -> tuple[tuple[str, Any, int], int] | None:
        """The entry whose quoted key has strings in its holes: `"${lookup(m, "k")}" = …`."""
        end = self._string_end(position)
        sign = _sign(self.text, end)
        if sign is None:
            return None
        value, after = self._value(sign.end(), inside=False)
        return (self.text[position + 1 : end - 1], value, self.line(position)), after

    def _skip_entry(self, position: int) -> int:
        """Past what stands in an object without being an entry: text up to the line's end or a closing brace."""
        end = self._raw_end(position, inside=False)
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
            position = _skip(text, position).end()  # type: ignore[union-attr]
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

    def _heredoc(self, match: re.Match[str]) -> tuple[Tree, int]:
        """A heredoc's text; JSON in it as a tree."""
        start = match.end()
        closing = re.compile(rf"^[ \t]*{match[2]}\b", re.MULTILINE).search(self.text, start)
        if closing is None:
            self.faults.append((f"the heredoc {match[2]} is not closed", self.line(match.start())))
        stop = closing.start() if closing else len(self.text)
        content = self.text[start:stop]
        if content.lstrip()[:1] in ("{", "["):
            tree = read_json(content, self.line(start)).tree
            if (type(tree) is Map or type(tree) is Sequence) and tree:
                return tree, closing.end() if closing else stop
        if match[1]:
            lines = content.split("\n")
            margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            content = "\n".join([line[margin:] for line in lines])
        return content, closing.end() if closing else stop

    # --------------------------------------------------------------- extents

    def _string_end(self, position: int) -> int:
        """The position behind a string's closing quote; strings nest in the holes of strings."""
        text, size = self.text, len(self.text)
        position += 1
        holes: list[int] = []  # open braces in each hole that is open; strings inside holes begin a new level
        in_string = [True]
        while position < size:
            if in_string[-1]:
                position = _string_piece(text, position).end()  # type: ignore[union-attr]
                head = text[position : position + 1]
                if head == '"':
                    in_string.pop()
                    position += 1
                    if not in_string:
                        return position
                elif head in ("$", "%"):
                    in_string.append(False)
                    holes.append(1)
                    position += 2
                elif head == "\n":
                    return position
                else:
                    position += 1
            else:
                match = _hole_piece(text, position)
                position = match.end() if match else position
                head = text[position : position + 1]
                position += 1
                if head == '"':
                    in_string.append(True)
                elif head == "{":
                    holes[-1] += 1
                elif head == "}":
                    holes[-1] -= 1
                    if not holes[-1]:
                        holes.pop()
                        in_string.pop()
        return size

    def _raw_end(self, position: int, inside: bool) -> int:
        """The end of an expression that is kept as text."""
        text, size = self.text, len(self.text)
        depth = 0
        while position < size:
            match = _plain(text, position)
            if match is not None:
                position = match.end()
                if position >= size:
                    break
            head = text[position]
            if head == '"':
                position = self._string_end(position)
                continue
            if head in "([{":
                depth += 1
            elif head in ")]}":
                if not depth:
                    break
                depth -= 1
            elif head == "\n":
                if not depth and not inside:
                    break
                if _margin_header(text, position + 1):
                    break
            elif head == ",":
                if not depth:
                    break
            elif head == "#" or text.startswith("//", position):
                if not depth and not inside:
                    break
                position = _line_end(text, position).end()  # type: ignore[union-attr]
                continue
            elif head == "<":
                heredoc = _heredoc(text, position)
                if heredoc is not None:
                    position = self._heredoc(heredoc)[1]
                    continue
            position += 1
        return position


class _Nested(Map):
    """The body of a nested block, until it is known whether its type repeats."""

    __slots__ = ()


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


def _simple_value(match: re.Match[str]) -> Tree:
    last = match.lastindex
    if last == 1:
        return _unescaped(match[1]) if "\\" in match[1] else match[1]
    if last == 2:
        return _LITERALS[match[2]] if match[2] in _LITERALS else number(match[2])
    return f"${{{match[3]}}}"


def _unescaped(text: str) -> str:
    return _escape.sub(lambda match: _ESCAPED.get(match[1], match[0]), text)
