"""A tolerant parser of TypeScript and JavaScript: tokens -> the records of `host`.

It reads what facts are made of: imports, definitions, assignments, calls and the literals in them.  Types are
stepped over.  Operators are not ranked, since an expression that is no literal is kept as text.  What cannot be
understood costs its own tokens and a line in `broken_lines`, never the rest of the file.
"""

from __future__ import annotations

import re

from gapkit.dialects.host import (
    Array,
    Assignment,
    Call,
    Closure,
    Definition,
    Entry,
    Fallback,
    Import,
    Object,
    Program,
    Ref,
    Text,
)
from gapkit.dialects.typescript_tokens import Tokens, tokens

MAX_DEPTH = 60
MAX_TEXT_TOKENS = 40

ENDS = frozenset(",;)]}:")
SPACED = frozenset(
    [
        "=>",
        "?",
        ":",
        "??",
        "||",
        "&&",
        "===",
        "==",
        "!==",
        "!=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "<",
        ">",
        "=",
        "in",
        "instanceof",
        "as",
        "typeof",
        "new",
        "await",
        "|",
        "&",
        "**",
        "void",
        "delete",
        "of",
    ]
)
BINARY = SPACED - frozenset(("=>", ":", "typeof", "new", "await", "as", "of", "void", "delete")) | frozenset(
    ("^", "??=", "||=", "&&=", "+=", "-=", "*=", "/=", "%=", "satisfies")
)
WORD_OPERATORS = frozenset(("in", "instanceof"))
CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None, "undefined": None}
TYPE_WORDS = frozenset(("keyof", "typeof", "readonly", "infer", "unique", "asserts", "new", "abstract"))
TYPE_JOINTS = frozenset(("|", "&", "=>", "is", "extends"))
MODIFIERS = frozenset(
    [
        "public",
        "private",
        "protected",
        "static",
        "readonly",
        "abstract",
        "override",
        "declare",
        "async",
        "get",
        "set",
        "export",
        "accessor",
    ]
)
KEYWORD_STATEMENTS = frozenset(
    [
        "import",
        "export",
        "const",
        "let",
        "var",
        "class",
        "abstract",
        "function",
        "async",
        "interface",
        "type",
        "enum",
        "namespace",
        "declare",
        "module",
        "if",
        "for",
        "while",
        "switch",
        "return",
        "throw",
        "try",
        "else",
        "finally",
        "do",
        "catch",
        "case",
        "default",
        "break",
        "continue",
        "with",
    ]
)
STATEMENT_STARTS = frozenset("const let var new return if for while switch throw try".split())
ESCAPE = re.compile(r"\\(?:u\{?([0-9a-fA-F]{2,6})\}?|x([0-9a-fA-F]{2})|(\r?\n)|(.))", re.DOTALL)
CONSTRUCTION_HOLE = re.compile(r"\$\{(new [^{}`]*+)\}")
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def unquote(token: str) -> str:
    """The text of a string token, escapes resolved."""
    end = -1 if len(token) > 1 and token[-1] == token[0] else len(token)
    text = token[1:end]
    return ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        point = int(code, 16)
        return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else found[0]
    return "" if found[3] else ESCAPED.get(found[4], found[4])


def number(token: str) -> object:
    """The number that a token writes, or the token where it is none."""
    text = token.replace("_", "").rstrip("n") if "_" in token or token[-1] == "n" else token
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return int(text, 0) if text[:2].lower() in ("0x", "0b", "0o") else float(text)
    except ValueError:
        return Ref(token)


def spell(texts: list[str]) -> str:
    """Source text of some tokens, spaced in one way whatever the layout was."""
    pieces: list[str] = []
    for token in texts[:MAX_TEXT_TOKENS]:
        if token in SPACED:
            pieces.append(token + " " if token in ("typeof", "new", "await", "void", "delete") else f" {token} ")
        elif token == ",":
            pieces.append(", ")
        else:
            pieces.append(token)
    text = "".join(pieces)
    return text[:200] + "…" if len(texts) > MAX_TEXT_TOKENS or len(text) > 200 else text


def parts_of(*values: object) -> tuple[object, ...]:
    """Those of some values that hold more than a name or a literal."""
    found: tuple[object, ...] = ()
    for value in values:
        kind = type(value)
        if kind is Ref or kind is Text:
            found += value.parts  # type: ignore[attr-defined]
        elif isinstance(value, tuple):
            found += (value,)
    return found


class Parser:
    """One pass over a file's tokens; `program` gives what was found.  `at` is the token being read."""

    __slots__ = (
        "assignments", "at", "broken", "calls", "definitions", "depth", "elided", "imports", "lines", "match",
        "result", "texts",
    )  # fmt: skip

    def __init__(self, source: Tokens) -> None:
        self.texts, self.lines, self.match = source.texts, source.lines, source.match
        self.broken = list(source.broken_lines)
        self.elided: list[int] = []
        self.imports: list[Import] = []
        self.assignments: list[Assignment] = []
        self.calls: list[Call] = []
        self.definitions: list[Definition] = []
        self.result: object = None
        self.at = 0
        self.depth = 0

    def program(self) -> Program:
        """Everything that the file says."""
        self.statements(len(self.texts) - 4)
        self.keep(self.result)
        return Program(
            tuple(self.imports),
            tuple(self.assignments),
            tuple(self.calls),
            tuple(self.definitions),
            tuple(sorted(set(self.broken))),
            tuple(self.elided),
        )

    # ------------------------------------------------------------ statements

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
        elif token in KEYWORD_STATEMENTS and after != ":":
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
                self.at = at + 2
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
        elif token in STATEMENT_STARTS and (after[0].isalpha() or after in "({"):
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
        outer, self.result = self.result, None
        self.depth += 1
        self.at += 1
        self.statements(close)
        self.depth -= 1
        self.at = close + 1
        result, self.result = self.result, outer
        return result

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

    # ---------------------------------------------------------------- values

    def value(self) -> object:
        """The value that begins at `at`, up to a comma, semicolon, closing bracket or line that goes no further."""
        texts, at = self.texts, self.at
        token = texts[at]
        if texts[at + 1] in ENDS:
            first = token[0]
            if first == "'" or first == '"':
                self.at = at + 1
                return unquote(token)
            if first.isalpha() or first == "_":
                self.at = at + 1
                return CONSTANTS[token] if token in CONSTANTS else Ref(token)
            if first.isdigit():
                self.at = at + 1
                return number(token)
        if self.depth > MAX_DEPTH:
            self.skip_value()
            return Ref("…")
        self.depth += 1
        value = self.operand()
        if texts[self.at] in BINARY and not (texts[self.at] in WORD_OPERATORS and self.at == at):
            value = self.operators(value, at)
        self.depth -= 1
        return value

    def operators(self, value: object, start: int) -> object:
        """What follows a first operand: `+ …`, `?? …`, `? … : …`."""
        texts = self.texts
        while True:
            sign = texts[self.at]
            if sign not in BINARY:
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
                value = Ref(spell(texts[start : self.at]), parts)
                continue
            right = self.operand()
            if sign == "??" or sign == "||":
                value = Fallback(value, right)
            elif sign == "+" and (type(value) in (str, Text) or type(right) in (str, Text)):
                value = joined(value, right)
            elif sign == ">" and texts[self.at] == "=":
                self.at += 1
            else:
                value = Ref(spell(texts[start : self.at]), parts_of(value, right))

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
                return CONSTANTS[token]
            elif token in ("await", "typeof", "void", "delete", "yield") and texts[at + 1] not in ENDS:
                return self.operand()
            elif token in ("async", "function", "class"):
                return self.function_literal(at)
            elif texts[at + 1] == "=>":
                return self.arrow(at, at + 1)
            else:
                value = Ref(token)
        elif first in "'\"":
            value = unquote(token)
        elif first == "`" or first == "\\":
            value = self.template(token, at)
        elif first == "{":
            value = self.object(at)
        elif first == "[":
            value = self.array(at)
        elif first == "(":
            close = self.match[at]
            arrow = self.arrow_sign(close)
            if arrow:
                return self.arrow(at, arrow)
            value = self.value()
            self.at = close + 1
        elif first.isdigit():
            return number(token)
        elif first in "-+!~" and token not in ("=>", "+=", "-="):
            inner = self.operand()
            if type(inner) in (int, float) and first in "-+":
                return -inner if first == "-" else inner  # type: ignore[operator]
            return Ref(spell(texts[at : self.at]), parts_of(inner))
        elif token == "...":
            return self.operand() if texts[at + 1] not in ENDS else self.elision(at)
        elif first == "." and token[-1] != ".":
            value = Ref(token)
        elif first == "<":
            self.at = at
            self.skip_angles()
            return self.operand() if self.at > at else Ref("<")
        elif first == "/":
            return Ref(token)
        else:
            self.at = at
            return None
        return self.postfix(value, at)

    def template(self, token: str, at: int) -> object:
        """A template literal, with the constructions that stand in its holes."""
        value = template(token)
        if type(value) is Text and "${new " in token:
            source = tokens(" ".join(CONSTRUCTION_HOLE.findall(value.text)))
            inner = Parser(source._replace(lines=[self.lines[at]] * len(source.lines)))
            inner.depth = self.depth + 1
            if inner.depth < MAX_DEPTH:
                return Text(value.text, inner.program().calls)
        return value

    def elision(self, at: int) -> object:
        self.elided.append(self.lines[at])
        return None

    def postfix(self, value: object, start: int) -> object:
        """Members, calls, indexes and casts behind an operand."""
        texts = self.texts
        while True:
            at = self.at
            token = texts[at]
            if token in ENDS:
                return value
            if token == "(":
                value = self.call(value, start, at)
            elif token[0] in ".?" and len(token) > 1 and token[-1] not in ".?":
                self.at = at + 1
                member = token.lstrip("?.")
                value = Ref(spell(texts[start : at + 1]), parts_of(value)) if texts[at + 1] != "(" else value
                if texts[at + 1] == "(":
                    value = self.call(value, start, at + 1, member)
            elif token == "?.":
                self.at = at + 1
            elif token == "[":
                self.at = self.match[at] + 1
                value = Ref(spell(texts[start : self.at]), parts_of(value))
            elif token == "!" or token == "++" or token == "--":
                self.at = at + 1
            elif token == "as":
                self.at = at + 1
                self.skip_type()
            elif token[0] == "`":
                self.at = at + 1
                value = self.template(token, at)
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
            return self.operand()
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

    def object(self, at: int) -> Object:
        """The object literal opened at `at`."""
        texts, lines = self.texts, self.lines
        close = self.match[at]
        entries: list[Entry] = []
        add = entries.append
        i = at + 1
        while i < close:
            key = texts[i]
            after = texts[i + 1]
            if after == ":":
                self.at = i + 2
                add(Entry(unquote(key) if key[0] in "'\"" else key, self.value(), lines[i]))
            elif after == "," or i + 1 == close:
                self.at = i + 1
                if key == "...":
                    self.elided.append(lines[i])
                elif key != ",":
                    add(Entry(key, Ref(key), lines[i]))
            elif key == "...":
                self.at = i + 1
                add(Entry("...", self.value(), lines[i]))
            elif key == "[":
                inner = texts[i + 1 : self.match[i]]
                self.at = self.match[i] + 1
                if texts[self.at] == ":":
                    self.at += 1
                    name = inner[0] if len(inner) == 1 else spell(inner)
                    if name[0] in "'\"`":
                        name = name[1:-1]
                    elif name[0] != "$":
                        name = f"${{{name}}}"
                    add(Entry(name, self.value(), lines[i]))
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
                self.resume(close, i)
                i = self.at
        self.at = close + 1
        return Object(tuple(entries), lines[at])

    def array(self, at: int) -> Array:
        """The array literal opened at `at`."""
        close = self.match[at]
        items = self.items(close) if close > at + 1 else ()
        self.at = close + 1
        return Array(items, self.lines[at])

    def resume(self, close: int, before: int) -> None:
        """Where a list does not go on as it should: notes the line, and reads statements that stand in it."""
        token = self.texts[self.at]
        self.broken.append(self.lines[self.at])
        if token in KEYWORD_STATEMENTS or token == "new":
            if self.depth > MAX_DEPTH:
                self.at = close
                return
            self.depth += 1
            self.statements(close)
            self.depth -= 1
        elif self.at == before or token in ENDS:
            self.at = self.match.get(self.at, self.at) + 1

    # ------------------------------------------------------------- functions

    def arrow_sign(self, close: int) -> int:
        """Where `=>` stands when the brackets closed at `close` are parameters, else 0."""
        texts = self.texts
        if texts[close + 1] == "=>":
            return close + 1
        if texts[close + 1] != ":":
            return 0
        here = self.at
        self.at = close + 2
        self.skip_type(arrows=False)
        sign = self.at if texts[self.at] == "=>" else 0
        self.at = here
        return sign

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
            self.class_definition(len(texts) - 4)
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
        limit = len(texts) - 4
        while self.at < limit and texts[self.at] != "(":
            self.at += 1
        self.at = self.match.get(self.at, self.at) + 1
        if texts[self.at] == ":":
            self.at += 1
            self.skip_type()
        return Closure(self.body() if texts[self.at] == "{" else None, self.lines[at])

    # ---------------------------------------------------------- stepping over

    def skip_value(self) -> None:
        """Steps over a value that stands too deep to be read."""
        texts, match = self.texts, self.match
        while texts[self.at] not in ",;)]}":
            self.at = match.get(self.at, self.at) + 1

    def skip_angles(self) -> None:
        """Steps over `<…>` at `at`, if there is one that closes."""
        texts = self.texts
        if texts[self.at] != "<":
            return
        at, open_angles = self.at, 0
        limit = min(len(texts) - 4, at + 400)
        while at < limit:
            token = texts[at]
            if token == "<":
                open_angles += 1
            elif token == ">":
                open_angles -= 1
                if not open_angles:
                    self.at = at + 1
                    return
            elif token in ");]}":
                return
            elif token in "([{":
                at = self.match[at]
            at += 1

    def skip_type_arguments(self) -> bool:
        """Steps over `<A, B>` where a call follows; else the sign is a comparison and stays."""
        here = self.at
        self.skip_angles()
        if self.at != here and self.texts[self.at] == "(":
            return True
        self.at = here
        return False

    def skip_type(self, arrows: bool = True) -> None:
        """Steps over a type: operands joined by `|`, `&`, `=>`; stops where nothing joins the next token."""
        texts, match = self.texts, self.match
        limit = len(texts) - 4
        while self.at < limit:
            token = texts[self.at]
            if token in TYPE_WORDS or token in "|&":
                self.at += 1
                continue
            if token in ("{", "(", "["):
                self.at = match[self.at] + 1
            elif token[0].isalnum() or token[0] in "_$'\"`-":
                self.at += 1
            elif token != "<":
                return
            while True:
                token = texts[self.at]
                if token == "<":
                    here = self.at
                    self.skip_angles()
                    if self.at == here:
                        return
                elif token == "[" and self.lines[self.at] == self.lines[self.at - 1]:
                    self.at = match[self.at] + 1
                elif token[0] == "." and len(token) > 1:
                    self.at += 1
                else:
                    break
            if token not in TYPE_JOINTS or (token == "=>" and not arrows):
                return
            self.at += 1


def template(token: str) -> object:
    """A template literal: its text, holes as they stand, or a plain string where it has none."""
    if token[0] == "\\":
        body = token[2:-2] if token.endswith("\\`") else token[2:]
        body = body.replace("\\$", "$")
    else:
        body = token[1:-1] if len(token) > 1 and token[-1] == "`" else token[1:]
    if "\\" in body:
        body = ESCAPE.sub(_unescaped, body)
    return Text(body) if "${" in body else body


def joined(left: object, right: object) -> object:
    """A concatenation written as one text with holes."""
    text = "".join(
        part
        if isinstance(part, str)
        else part.text
        if isinstance(part, Text)
        else f"${{{part.text if isinstance(part, Ref) else part.name + '()' if isinstance(part, Call) else part}}}"
        for part in (left, right)
    )
    return Text(text, parts_of(left, right)) if "${" in text else text
