"""Expressions of TypeScript: tokens -> the values of `host`.

Operators are not ranked, since an expression that is no literal is kept as text with what stands in it as its parts.
"""

from __future__ import annotations

import re

from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Object, Ref, Text
from gapkit.dialects.typescript_cursor import MAX_DEPTH, Cursor
from gapkit.dialects.typescript_literals import (
    CONSTANTS,
    SPACED,
    joined,
    number,
    parts_of,
    spell,
    template,
    unquote,
)

_new = tuple.__new__  # skips the argument handling of a named tuple, which costs more than the tuple

ENDS = frozenset(",;)]}:")
KEYWORDS = frozenset(
    """
    import export const let var class abstract function async interface type enum namespace declare module if for
    while switch return throw try else finally do catch case default break continue with
    """.split()  # noqa: SIM905
)
MODIFIERS = frozenset(
    """
    public private protected static readonly abstract override declare async get set export accessor
    """.split()  # noqa: SIM905
)
_BINARY = (SPACED - frozenset(("=>", ":", "typeof", "new", "await", "as", "of", "void", "delete"))) | frozenset(
    ("^", "??=", "||=", "&&=", "+=", "-=", "*=", "/=", "%=", "satisfies")
)
MAX_OPERATORS = 500
MAX_FALLBACKS = 10
MAX_CHAIN = 40

_UNARY_WORDS = frozenset(("await", "typeof", "void", "delete", "yield"))
_CONSTRUCTION_HOLE = re.compile(r"\$\{(new [^{}`]*+)\}")


class ValueReader(Cursor):
    """Reads values.  What function bodies and classes say beside their value is left to a subclass."""

    __slots__ = ()

    def body(self) -> object:
        """Reads the block at `at`; what its last `return` gives comes back."""
        raise NotImplementedError

    def class_definition(self, end: int) -> None:
        """Reads the class whose name is at `at`."""
        raise NotImplementedError

    def statements(self, end: int) -> None:
        """Reads statements up to token `end`."""
        raise NotImplementedError

    def constructions(self, text: str, line: int) -> tuple[Call, ...]:
        """The calls that a text holds, all on one line."""
        raise NotImplementedError

    def value(self) -> object:
        """The value that begins at `at`, up to a comma, semicolon, closing bracket or line that goes no further."""
        texts, at = self.texts, self.at
        token = texts[at]
        if texts[at + 1] in ENDS:
            first = token[0]
            if first == "'" or first == '"':
                self.at = at + 1
                return token[1:-1] if "\\" not in token and token[-1] == first else unquote(token)
            if first.isalpha() or first == "_":
                self.at = at + 1
                return CONSTANTS[token] if token in CONSTANTS else _new(Ref, (token, ()))
            if first.isdigit():
                self.at = at + 1
                return number(token)
        if self.depth > MAX_DEPTH:
            self.skip_value()
            return Ref("…")
        self.depth += 1
        value = self.operand()
        if texts[self.at] in _BINARY and self.at > at:
            value = self.operators(value, at)
        self.depth -= 1
        return value

    def operators(self, value: object, start: int) -> object:
        """What follows a first operand: `+ …`, `?? …`, `? … : …`; of a very long chain only the beginning."""
        texts = self.texts
        for count in range(MAX_OPERATORS):
            sign = texts[self.at]
            if sign not in _BINARY:
                return value
            if sign == "satisfies":
                self.at += 1
                self.skip_type()
                continue
            self.at += 1
            if sign == "?":
                chosen = self.value()
                parts = parts_of(value, chosen)
                if texts[self.at] == ":":
                    self.at += 1
                    parts = parts_of(value, chosen, self.value())
                value = Ref(spell(texts, start, self.at), parts)
                continue
            while sign == ">" and texts[self.at] in (">", "="):
                self.at += 1
            right = self.operand()
            if (sign == "??" or sign == "||") and count < MAX_FALLBACKS:
                value = Fallback(value, right)
            elif sign == "+" and (type(value) in (str, Text) or type(right) in (str, Text)):
                value = joined(value, right)
            elif sign == "*" and type(value) is int and type(right) is int:
                value *= right
            else:
                value = Ref(spell(texts, start, self.at), parts_of(value, right))
        self.skip_value()
        return value

    def operand(self) -> object:
        """One operand with all its members, calls and casts."""
        texts, at = self.texts, self.at
        token = texts[at]
        first = token[0]
        self.at = at + 1
        value: object
        if first.isalpha() or first in "_$":
            if token == "new":
                value = self.construction(at)
            elif token in CONSTANTS:
                value = CONSTANTS[token]
            elif token in _UNARY_WORDS and texts[at + 1] not in ENDS:
                return self.next_operand()
            elif token in ("async", "function", "class"):
                return self.function_literal(at)
            elif texts[at + 1] == "=>":
                return self.arrow(at, at + 1)
            else:
                value = _new(Ref, (token, ()))
        elif first in "'\"":
            value = unquote(token)
        elif first == "`" or first == "\\":
            value = self.template_literal(token, at)
        elif first == "{":
            value = self.object_literal(at)
        elif first == "[":
            value = self.array_literal(at)
        elif first == "(":
            close = self.match[at]
            arrow = self.arrow_sign(close)
            if arrow:
                return self.arrow(at, arrow)
            value = self.value()
            self.at = close + 1
        elif first.isdigit():
            value = number(token)
        elif first in "-+!~" and token not in ("=>", "+=", "-="):
            inner = self.next_operand()
            if type(inner) in (int, float) and first in "-+":
                return -inner if first == "-" else inner  # type: ignore[operator]
            return Ref(spell(texts, at, self.at), parts_of(inner))
        elif token == "...":
            return self.next_operand() if texts[at + 1] not in ENDS else self.elision(at)
        elif first == "." and token[-1] != ".":
            value = _new(Ref, (token, ()))
        elif first == "<":
            self.at = at
            self.skip_angles()
            return self.next_operand() if self.at > at else self.unreadable(at)
        elif first == "/":
            value = _new(Ref, (token, ()))
        else:
            self.at = at
            return None
        return self.postfix(value, at)

    def next_operand(self) -> object:
        """The operand behind a sign or word that belongs to it."""
        if self.depth > MAX_DEPTH:
            self.skip_value()
            return None
        self.depth += 1
        value = self.operand()
        self.depth -= 1
        return value

    def unreadable(self, at: int) -> object:
        """A token that begins no value is stepped over."""
        self.at = at + 1
        return None

    def template_literal(self, token: str, at: int) -> object:
        """A template literal, with the constructions that stand in its holes."""
        value = template(token)
        if type(value) is Text and "${new " in token and self.depth < MAX_DEPTH:
            return Text(
                value.text, self.constructions(" ".join(_CONSTRUCTION_HOLE.findall(value.text)), self.lines[at])
            )
        return value

    def elision(self, at: int) -> object:
        self.elided.append(self.lines[at])
        return None

    def postfix(self, value: object, start: int) -> object:
        """Members, calls, indexes and casts behind an operand."""
        texts = self.texts
        chained = 0
        while True:
            at = self.at
            token = texts[at]
            if token in ENDS:
                return value
            if chained > MAX_CHAIN:
                chained, value = 0, Ref("…")
            if token == "(":
                chained += 1
                value = self.call(value, start, at)
            elif (token[0] in ".?" and len(token) > 1 and token[-1] not in ".?") or token[:2] == "!.":
                self.at = at + 1
                member = token.lstrip("?.!")
                value = Ref(spell(texts, start, at + 1), parts_of(value)) if texts[at + 1] != "(" else value
                if texts[at + 1] == "(":
                    chained += 1
                    value = self.call(value, start, at + 1, member)
            elif token == "?.":
                self.at = at + 1
            elif token == "[":
                self.at = self.match[at] + 1
                value = Ref(spell(texts, start, self.at), parts_of(value))
            elif token == "!" or token == "++" or token == "--":
                self.at = at + 1
            elif token == "as":
                self.at = at + 1
                self.skip_type()
            elif token[0] == "`":
                self.at = at + 1
                value = self.template_literal(token, at)
            elif token == "<" and self.skip_type_arguments():
                continue
            else:
                return value

    def call(self, callee: object, start: int, at: int, member: str = "") -> Call:
        """The call whose `(` is at `at`; `callee` is what stands before, `member` the method taken of it."""
        args = self.arguments(at)
        line = self.lines[start]
        line_end = self.lines[self.match[at]]
        if member:
            if type(callee) is Ref and not callee.parts:
                return Call(f"{callee.text}.{member}", args, line, line_end)
            return Call(member, args, line, line_end, False, callee)
        if type(callee) is Ref:
            text = callee.text
            if callee.parts:
                return Call(
                    text.rpartition(")")[2].lstrip("?.") or "call", args, line, line_end, False, callee.parts[0]
                )
            return Call(text.replace("?.", ".").replace("!.", ".") if "?" in text or "!" in text else text,
                        args, line, line_end)  # fmt: skip
        return Call("call", args, line, line_end, False, callee)

    def construction(self, start: int) -> object:
        """`new a.B<T>(…)` whose `new` is at `start`."""
        texts = self.texts
        at = self.at
        name = texts[at]
        if not (name[0].isalpha() or name[0] in "_$"):
            return self.next_operand()
        self.at = at + 1
        while texts[self.at] == "[":
            self.at = self.match[self.at] + 1
        if texts[self.at] == "<":
            self.skip_angles()
        line = self.lines[start]
        if texts[self.at] != "(":
            return Call(name, (), line, self.lines[at], True)
        opened = self.at
        args = self.arguments(opened)
        return Call(name, args, line, self.lines[self.match[opened]], True)

    def arguments(self, at: int) -> tuple[object, ...]:
        """The arguments between the brackets opened at `at`."""
        close = self.match[at]
        self.at = at + 1
        if close == at + 1:
            self.at = close + 1
            return ()
        items = self.items(close)
        self.at = close + 1
        return items

    def items(self, close: int) -> tuple[object, ...]:
        """Values separated by commas up to `close`."""
        texts = self.texts
        found: list[object] = []
        while self.at < close:
            before = self.at
            if texts[before] == "...":
                self.at += 1
                if texts[self.at] in ENDS:
                    self.elided.append(self.lines[before])
                else:
                    spread = self.value()
                    found.append(Ref(f"...{spread.text}", spread.parts) if type(spread) is Ref else spread)
            else:
                found.append(self.value())
            token = texts[self.at]
            if token == ",":
                self.at += 1
            elif self.at < close:
                self.resume(close, before)
        return tuple(found)

    def object_literal(self, at: int) -> Object:
        """The object literal opened at `at`."""
        texts, lines = self.texts, self.lines
        close = self.match[at]
        entries: list[Entry] = []
        add = entries.append
        i = at + 1
        while i < close:
            start = i
            key = texts[i]
            after = texts[i + 1]
            if after == ":":
                self.at = i + 2
                add(_new(Entry, (unquote(key) if key[0] in "'\"" else key, self.value(), lines[i])))
            elif after == "," or i + 1 == close:
                self.at = i + 1
                if key == "...":
                    self.elided.append(lines[i])
                elif key != ",":
                    add(_new(Entry, (key, _new(Ref, (key, ())), lines[i])))
            elif key == "...":
                self.at = i + 1
                add(_new(Entry, ("...", self.value(), lines[i])))
            elif key == "[":
                inner = texts[i + 1 : self.match[i]]
                self.at = self.match[i] + 1
                if texts[self.at] == ":":
                    self.at += 1
                    name = inner[0] if len(inner) == 1 else spell(inner, 0, len(inner))
                    if name[0] in "'\"`":
                        name = name[1:-1]
                    elif name[0] != "$":
                        name = f"${{{name}}}"
                    add(_new(Entry, (name, self.value(), lines[i])))
            elif after == "(" or (key in MODIFIERS and after[0].isalpha()) or key == "*":
                self.at = i
                while self.at < close and texts[self.at] != "(":
                    self.at += 1
                self.at = self.match.get(self.at, close - 1) + 1
                if texts[self.at] == ":":
                    self.at += 1
                    self.skip_type()
                if texts[self.at] == "{":
                    add(Entry(key, Closure(self.body(), lines[i]), lines[i]))
            else:
                self.at = i
            i = self.at
            if texts[i] == "," and i < close:
                i += 1
            elif i < close:
                self.resume(close, start)
                i = self.at
        self.at = close + 1
        return Object(tuple(entries), lines[at])

    def array_literal(self, at: int) -> Array:
        """The array literal opened at `at`."""
        close = self.match[at]
        items = self.items(close) if close > at + 1 else ()
        self.at = close + 1
        return Array(items, self.lines[at])

    def resume(self, close: int, before: int) -> None:
        """Where a list does not go on as it should: notes the line, and reads statements that stand in it."""
        token = self.texts[self.at]
        self.broken.append(self.lines[self.at])
        if token in KEYWORDS or token == "new":
            if self.depth > MAX_DEPTH:
                self.at = close
                return
            self.depth += 1
            self.statements(close)
            self.depth -= 1
        elif self.at == before or token in ENDS:
            self.at = self.match.get(self.at, self.at) + 1

    def arrow(self, start: int, sign: int) -> object:
        """The arrow function that begins at `start` and whose `=>` is at `sign`."""
        self.at = sign + 1
        result = self.body() if self.texts[self.at] == "{" else self.value()
        closure = Closure(result, self.lines[start])
        return self.postfix(closure, start) if self.texts[self.at] == "(" else closure

    def function_literal(self, at: int) -> object:
        """`async (…) => …`, `function (…) {…}` or a class in the place of a value."""
        texts = self.texts
        token = texts[at]
        after = texts[at + 1]
        if token == "class":
            self.class_definition(self.limit)
            return None
        if token == "async":
            if after == "(":
                arrow = self.arrow_sign(self.match[at + 1])
                if arrow:
                    return self.arrow(at, arrow)
            elif texts[at + 2] == "=>":
                return self.arrow(at, at + 2)
            elif after != "function":
                return self.postfix(Ref(token), at)
        limit = self.limit
        while self.at < limit and texts[self.at] != "(":
            self.at += 1
        self.at = self.match.get(self.at, self.at) + 1
        if texts[self.at] == ":":
            self.at += 1
            self.skip_type()
        return Closure(self.body() if texts[self.at] == "{" else None, self.lines[at])
