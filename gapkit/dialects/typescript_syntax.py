"""Statements of TypeScript and JavaScript: tokens -> a `Program` of `host`.

It reads what facts are made of: imports, definitions, assignments, calls and the literals in them.  What cannot be
understood costs its own tokens and a line in `broken_lines`, never the rest of the file.
"""

from __future__ import annotations

from gapkit.dialects.host import (
    Array,
    Assignment,
    Call,
    Closure,
    Definition,
    Fallback,
    Import,
    Object,
    Program,
    Ref,
    Text,
)
from gapkit.dialects.typescript_cursor import MAX_DEPTH
from gapkit.dialects.typescript_literals import unquote
from gapkit.dialects.typescript_tokens import Tokens, tokens
from gapkit.dialects.typescript_values import KEYWORDS, MODIFIERS, ValueReader

_AFTER_EXPRESSION = KEYWORDS | frozenset(";,:)]}{=>")
_STATEMENT_STARTS = frozenset(("const", "let", "var", "new", "return", "if", "for", "while", "switch", "throw", "try"))


class Parser(ValueReader):
    """One pass over a file's tokens; `program` gives what was found."""

    __slots__ = ("assignments", "calls", "definitions", "imports", "result")

    def __init__(self, source: Tokens) -> None:
        super().__init__(source)
        self.imports: list[Import] = []
        self.assignments: list[Assignment] = []
        self.calls: list[Call] = []
        self.definitions: list[Definition] = []
        self.result: object = None

    def program(self) -> Program:
        """Everything that the file says."""
        self.statements(self.limit)
        self.keep(self.result)
        return Program(
            tuple(self.imports),
            tuple(self.assignments),
            tuple(self.calls),
            tuple(self.definitions),
            tuple(sorted(set(self.broken))),
            tuple(self.elided),
        )

    def statements(self, end: int) -> None:
        """Reads up to token `end`.  Blocks are stepped into: `{`, `}` and the heads of loops leave no trace."""
        while self.at < end:
            self.statement(end)

    def statement(self, end: int) -> None:
        """Reads one statement, or one token that belongs to none."""
        texts, at = self.texts, self.at
        token = texts[at]
        after = texts[at + 1]
        if token in ";{}),]" or token == ":":
            self.at = at + 1
        elif token in KEYWORDS and after != ":":
            self.keyword(token, end)
        elif token == "...":
            self.elided.append(self.lines[at])
            self.at = at + 1
        elif token == "@" or (after == ":" and (token[0].isalpha() or token[0] in "'\"_")):
            self.at = at + 2
        elif token in MODIFIERS and after[0].isalpha():
            self.member(end)  # a method that is shown without its class
        else:
            self.expression(False)
            if self.at == at:
                self.at = at + 1
            here = self.at
            if texts[here] not in _AFTER_EXPRESSION and self.lines[here] == self.lines[here - 1] == self.lines[at]:
                self.broken.append(self.lines[here])

    def keyword(self, token: str, end: int) -> None:
        """Reads the head of a statement that a keyword begins."""
        texts, at = self.texts, self.at
        after = texts[at + 1]
        self.at = at + 1
        if token in ("const", "let", "var"):
            if after != "enum":
                self.declarators(False)
        elif token == "import":
            if after == "(":
                self.at = at
                self.expression(False)
            else:
                self.import_statement(end)
        elif token == "export":
            if after in ("const", "let", "var"):
                self.at = at + 2
                self.declarators(True)
            elif after == "default":
                self.at = at + 2
            elif after == "{":
                self.at = self.match[at + 1] + 1
                if texts[self.at] == "from":
                    self.at += 2
            elif after == "*":
                self.at = at + (4 if texts[at + 2] == "as" else 2)
                if texts[self.at] == "from":
                    self.at += 2
        elif token == "class":
            self.class_definition(end)
        elif token == "function":
            self.function_definition(end)
        elif token == "interface" and after[0].isalpha():
            while self.at < end and texts[self.at] != "{":
                self.at += 1
            self.at = self.match.get(self.at, self.at) + 1
        elif token == "enum":
            self.at = self.match[at + 2] + 1 if texts[at + 2] == "{" else at + 2
        elif token == "type" and after[0].isalpha() and texts[at + 2] in "=<":
            self.at = at + 2
            self.skip_angles()
            if texts[self.at] == "=":
                self.at += 1
                self.skip_type()
        elif token == "return":
            self.return_statement()
        elif token in ("if", "while", "switch", "for", "with"):
            if after == "(":
                self.at = at + 2
                if texts[self.at] in ("const", "let", "var"):
                    self.at += 1
                    self.declarators(False)
        elif token == "catch":
            if after == "(":
                self.at = self.match[at + 1] + 1
        elif token in ("async", "type", "module", "namespace", "declare", "abstract", "with", "enum", "interface"):
            if token == "async" and after == "function":
                return
            if after in (".", "(", "=", "=>") or after[0] == ".":
                self.at = at
                self.expression(False)
            elif token in ("module", "namespace"):
                self.at = at + 2

    def declarators(self, exported: bool) -> None:
        """`a: T = value, {b, c} = value` behind `const`."""
        texts = self.texts
        while True:
            at = self.at
            target = texts[at]
            members: tuple[str, ...] = ()
            if target in "{[":
                close = self.match[at]
                members = tuple(t for t in texts[at + 1 : close] if t[0].isalpha())
                target = ""
                self.at = close + 1
            else:
                self.at = at + 1
            if texts[self.at] == "!":
                self.at += 1
            if texts[self.at] == ":":
                self.at += 1
                self.skip_type()
            sign = texts[self.at]
            if sign in ("=", "of", "in"):
                self.at += 1
                value = self.value()
                self.assign(target, value, self.lines[at], exported, members)
            if texts[self.at] != ",":
                return
            self.at += 1

    def assign(self, target: str, value: object, line: int, exported: bool, members: tuple[str, ...] = ()) -> None:
        """Keeps an assignment; `require(…)` is an import, and a pattern on the left has no variable of its own."""
        if type(value) is Call and value.name == "require" and value.args and type(value.args[0]) is str:
            module = value.args[0]
            if target:
                self.imports.append(Import(target, module, "", line))
            for member in members:
                self.imports.append(Import(member, module, member, line))
        elif target:
            name = target[5:] if target.startswith("this.") else target
            self.assignments.append(Assignment(name, value, line, exported))
        else:
            self.keep(value)

    def import_statement(self, end: int) -> None:
        """`import a, { b as c } from "m"`, `import * as n from "m"`, `import n = require("m")`."""
        texts = self.texts
        line = self.lines[self.at]
        names: list[tuple[str, str]] = []
        while self.at < end:
            token = texts[self.at]
            if token[0] in "'\"":
                module = unquote(token)
                self.at += 1
                for name, member in names or [("", "")]:
                    self.imports.append(Import(name, module, member, line))
                return
            if token == "{":
                close = self.match[self.at]
                inner = [t for t in texts[self.at + 1 : close] if t != "type"]
                for k, name in enumerate(inner):
                    if name in (",", "as") or (k and inner[k - 1] == "as"):
                        continue
                    renamed = inner[k + 2] if k + 2 < len(inner) and inner[k + 1] == "as" else name
                    names.append((renamed, name))
                self.at = close
            elif token == "*" and texts[self.at + 1] == "as":
                names.append((texts[self.at + 2], ""))
                self.at += 2
            elif token == "=":
                self.at += 1
                self.assign(names[0][0] if names else "", self.value(), line, False)
                return
            elif token[0].isalpha() and token not in ("from", "type"):
                names.append((token, ""))
            elif token not in (",", "from", "type", "(", ")", "require"):
                return
            self.at += 1

    def return_statement(self) -> None:
        at = self.at
        if self.texts[at] in ";}" or self.lines[at] != self.lines[at - 1]:
            return
        self.keep(self.result)
        self.result = self.value()

    def class_definition(self, end: int) -> None:
        texts, at = self.texts, self.at
        name = texts[at]
        bases: list[str] = []
        self.at = at + 1 if texts[at] != "{" else at
        self.skip_angles()
        while self.at < end and texts[self.at] != "{":
            if texts[self.at] == "extends":
                bases.append(texts[self.at + 1])
            self.at += 1
        body = self.at
        close = self.match.get(body, end)
        kind = "class"
        self.definitions.append(Definition(kind, name, self.lines[at], self.lines[close], tuple(bases)))
        if self.depth > MAX_DEPTH:
            self.at = close + 1
            return
        self.depth += 1
        self.at = body + 1
        self.members(close)
        self.at = close + 1
        self.depth -= 1

    def members(self, end: int) -> None:
        """Fields and methods of a class."""
        while self.at < end:
            self.member(end)

    def member(self, end: int) -> None:
        """Reads one field or method, or one token that belongs to none."""
        texts, at = self.texts, self.at
        token = texts[at]
        after = texts[at + 1]
        first = token[0]
        if token in MODIFIERS and after not in ("(", "=", ":", ";"):
            self.at = at + 1
        elif token in _STATEMENT_STARTS and (after[0].isalpha() or after in "({"):
            self.statement(end)  # the class was closed too early
        elif (after == "(" or (after == "<" and (first.isalpha() or first == "_"))) and first not in ";,}]":
            if "." in token:
                self.statement(end)
            else:
                self.function(end, token)
        elif first.isalpha() or first in "_$#'\"":
            self.at = at + 1
            if texts[self.at] in ("?", "!"):
                self.at += 1
            if texts[self.at] == "(":
                self.at = at
                self.function(end, token)
                return
            if texts[self.at] == ":":
                self.at += 1
                self.skip_type()
            if texts[self.at] == "=":
                self.at += 1
                self.assign(token, self.value(), self.lines[at], False)
        elif token == "@":
            self.at = at + 2
            if texts[self.at] == "(":
                self.at = self.match[self.at] + 1
        elif token == "[":
            self.at = self.match[at] + 1
        elif token == "{":
            self.at = at + 1
            self.statements(self.match[at])
        elif token == "...":
            self.elided.append(self.lines[at])
            self.at = at + 1
        else:
            self.at = at + 1

    def function_definition(self, end: int) -> None:
        if self.texts[self.at] == "*":
            self.at += 1
        self.function(end, self.texts[self.at])

    def function(self, end: int, name: str) -> None:
        """A function or method whose name is at `at`: steps over its signature and reads its body."""
        texts, at = self.texts, self.at
        while self.at < end and texts[self.at] != "(":
            self.at += 1
        self.at = self.match.get(self.at, self.at) + 1
        if texts[self.at] == ":":
            self.at += 1
            self.skip_type()
        close = self.match[self.at] if texts[self.at] == "{" else self.at
        if name != "(":
            self.definitions.append(Definition("function", name, self.lines[at], self.lines[close]))
        if close > self.at:
            self.keep(self.body())

    def body(self) -> object:
        """Reads the block at `at`; what its last `return` gives comes back."""
        close = self.match[self.at]
        if self.depth > MAX_DEPTH:
            self.at = close + 1
            return None
        outer = self.given(None)
        self.depth += 1
        self.at += 1
        self.statements(close)
        self.depth -= 1
        self.at = close + 1
        return self.given(outer)

    def given(self, result: object) -> object:
        """What the last `return` gave so far; `result` takes its place."""
        before, self.result = self.result, result
        return before

    def expression(self, exported: bool) -> None:
        """An expression statement: a call, or an assignment to a name."""
        at = self.at
        target = self.texts[at]
        if self.texts[at + 1] == "=" and (target[0].isalpha() or target[0] in "_$"):
            self.at = at + 2
            self.assign(target, self.value(), self.lines[at], exported)
            return
        self.keep(self.value())

    def keep(self, value: object) -> None:
        """Keeps the outermost calls of a value that nothing else holds."""
        kind = type(value)
        if kind is Call:
            self.calls.append(value)  # type: ignore[arg-type]
        elif kind is Ref or kind is Text:
            for part in value.parts:  # type: ignore[attr-defined]
                self.keep(part)
        elif kind is Fallback:
            self.keep(value.value)  # type: ignore[attr-defined]
            self.keep(value.default)  # type: ignore[attr-defined]
        elif kind is Object:
            for entry in value.entries:  # type: ignore[attr-defined]
                self.keep(entry.value)
        elif kind is Array:
            for item in value.items:  # type: ignore[attr-defined]
                self.keep(item)
        elif kind is Closure:
            self.keep(value.result)  # type: ignore[attr-defined]

    def constructions(self, text: str, line: int) -> tuple[Call, ...]:
        """The calls that the hole of a template holds, all on the template's line."""
        source = tokens(text)
        inner = Parser(source._replace(lines=[line] * len(source.lines)))
        inner.depth = self.depth + 1
        return inner.program().calls
