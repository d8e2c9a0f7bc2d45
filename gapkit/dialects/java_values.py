"""Java expressions (tree-sitter nodes) as host-language values; builder chains become one call or one object."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import tree_sitter_java
from tree_sitter import Node

from gapkit.dialects.host import Array, Call, Closure, Entry, Object, Ref
from gapkit.dialects.java_literals import COLLECTIONS, LITERAL_CALLS, key_of
from gapkit.dialects.syntax import (
    KINDS,
    LACKING,
    Grammar,
    calls_of,
    decoded,
    number_of,
    one_line,
    summed,
    unescaped,
)

GRAMMAR = Grammar(tree_sitter_java.language())
kind, field = GRAMMAR.kind, GRAMMAR.field

INVOCATION = kind("method_invocation")
CREATION = kind("object_creation_expression")
LAMBDA = kind("lambda_expression")
BLOCK = kind("block")
CLASS_BODY = kind("class_body")
COMMENTS = GRAMMAR.kinds("line_comment block_comment")
RETURN = kind("return_statement")
_STRING = kind("string_literal")
_BINARY = kind("binary_expression")
_OBJECT, _NAME, _ARGUMENTS = field("object"), field("name"), field("arguments")
_TYPE, _BODY, _VALUE = field("type"), field("body"), field("value")
_LEFT, _RIGHT, _OPERATOR = field("left"), field("right"), field("operator")
_CONSEQUENCE, _ALTERNATIVE = field("consequence"), field("alternative")


class Reader:
    """The text that nodes are sliced from, and blocks of lambdas and anonymous classes that wait to be walked."""

    __slots__ = ("blocks", "given", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks: list[Node] = []
        # Returns that already stand in a Closure, by node id, so that their calls are not listed twice.
        self.given: set[int] = set()

    def text(self, node: Node) -> str:
        return decoded(self.source[node.start_byte : node.end_byte])


Convert = Callable[[Node, Reader], object]


class _Step(NamedTuple):
    """One `.name(arguments)` of a chain."""

    name: str
    node: Node


def value(node: Node, reader: Reader) -> object:
    """The value that an expression node stands for."""
    return _CONVERT[node.kind_id](node, reader)


def calls_in(node: Node, reader: Reader) -> list[Call]:
    """The outermost calls in a node, in source order; blocks of lambdas wait in `reader.blocks`."""
    if "(" not in reader.source[node.start_byte : node.end_byte]:
        return []
    found: list[Call] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        number = current.kind_id
        if number == INVOCATION or number == CREATION:  # noqa: SIM109 (this runs once a node)
            found.extend(statement_calls(current, reader))
        elif number == LAMBDA:
            closure = _lambda(current, reader)
            if isinstance(closure.result, Call):
                found.append(closure.result)
        elif number == CLASS_BODY:
            reader.blocks.append(current)
        elif number != _STRING:
            waiting.extend(reversed(current.named_children))
    return found


def statement_calls(node: Node, reader: Reader) -> list[Call]:
    """The call that a statement makes, as written, or the calls inside what it builds."""
    made = _creation(node, reader) if node.kind_id == CREATION else _chain(node, reader)
    return calls_of(made)


def _reference(node: Node, reader: Reader) -> Ref:
    text = reader.source[node.start_byte : node.end_byte]
    return Ref(one_line(text), tuple(calls_in(node, reader)) if "(" in text else ())


def _name(node: Node, reader: Reader) -> Ref:
    return Ref(reader.source[node.start_byte : node.end_byte] or LACKING)


def _number(node: Node, reader: Reader) -> object:
    return number_of(reader.source[node.start_byte : node.end_byte])


def _string(node: Node, reader: Reader) -> str:
    text = decoded(reader.source[node.start_byte : node.end_byte])
    if text.startswith('"""'):
        return unescaped(_text_block(text[3:-3]))
    return unescaped(text[1:-1])


def _text_block(text: str) -> str:
    """A text block without its first line end and common indentation (Java language specification, 3.10.6)."""
    lines = text.split("\n")[1:]
    widths = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    if lines and not lines[-1].strip():
        widths.append(len(lines[-1]))
    indent = min(widths, default=0)
    return "\n".join(line[indent:].rstrip() for line in lines)


def _inner(node: Node, reader: Reader) -> object:
    for child in node.named_children:
        if child.kind_id not in COMMENTS:
            return value(child, reader)
    return None


def _cast(node: Node, reader: Reader) -> object:
    content = node.child_by_field_id(_VALUE)
    return value(content, reader) if content is not None else _reference(node, reader)


def _array(node: Node, reader: Reader) -> Array:
    items = [value(child, reader) for child in node.named_children if child.kind_id not in COMMENTS]
    return Array(tuple(items), node.start_point[0] + 1)


def _array_creation(node: Node, reader: Reader) -> object:
    content = node.child_by_field_id(_VALUE)
    return _array(content, reader) if content is not None else Array((), node.start_point[0] + 1)


def _lambda(node: Node, reader: Reader) -> Closure:
    """A lambda gives its expression, or what the last `return` of its block gives."""
    body = node.child_by_field_id(_BODY)
    line = node.start_point[0] + 1
    if body is None:
        return Closure(None, line)
    if body.kind_id != BLOCK:
        return Closure(value(body, reader), line)
    reader.blocks.append(body)
    for statement in body.named_children[::-1]:
        if statement.kind_id == RETURN:
            reader.given.add(statement.id)
            return Closure(_inner(statement, reader), line)
    return Closure(None, line)


def _ternary(node: Node, reader: Reader) -> object:
    first, second = node.child_by_field_id(_CONSEQUENCE), node.child_by_field_id(_ALTERNATIVE)
    if first is None or second is None:
        return _reference(node, reader)
    text = one_line(reader.source[node.start_byte : node.end_byte])
    return Ref(text, (value(first, reader), value(second, reader)))


def _binary(node: Node, reader: Reader) -> object:
    operands: list[Node] = []
    current: Node | None = node
    sign = ""
    while current is not None and current.kind_id == _BINARY:
        operator, right = current.child_by_field_id(_OPERATOR), current.child_by_field_id(_RIGHT)
        found = reader.source[operator.start_byte : operator.end_byte] if operator is not None else ""
        if right is None or found not in "+*" or (sign and found != sign):
            break
        sign = found
        operands.append(right)
        current = current.child_by_field_id(_LEFT)
    if current is None or not operands:
        return _reference(node, reader)
    values = [value(operand, reader) for operand in [*operands, current][::-1]]
    if sign == "+":
        return summed(values, reader.source[node.start_byte : node.end_byte], node.start_point[0] + 1)
    product = 1
    for piece in values:
        if not isinstance(piece, int) or abs(product) > 2**63:
            return _reference(node, reader)
        product *= piece
    return product


def _unary(node: Node, reader: Reader) -> object:
    operand = _inner(node, reader)
    if reader.source[node.start_byte] == "-" and isinstance(operand, (int, float)):
        return -operand
    return _reference(node, reader)


# ----------------------------------------------------------------- calls


def _arguments(node: Node | None, reader: Reader) -> tuple[object, ...]:
    if node is None:
        return ()
    return tuple(
        [_CONVERT[child.kind_id](child, reader) for child in node.named_children if child.kind_id not in COMMENTS]
    )


def creation_type(node: Node, reader: Reader) -> str:
    """The class that `new` names, without type arguments."""
    written = node.child_by_field_id(_TYPE)
    if written is None:
        return ""
    name = reader.source[written.start_byte : written.end_byte]
    if "<" in name:
        name = name.partition("<")[0]
    return decoded("".join(name.split()))


def _creation(node: Node, reader: Reader) -> object:
    """`new Bucket(this, "B", props)`; collections copy what they are given, `{{ put(…) }}` fills them."""
    name = creation_type(node, reader)
    line = node.start_point[0] + 1
    body = node.named_children[-1]
    args = _arguments(node.child_by_field_id(_ARGUMENTS), reader)
    if name in COLLECTIONS:
        if args and isinstance(args[0], (Array, Object)):
            return args[0]
        if body.kind_id == CLASS_BODY:
            return _filled(body, reader, line)
        if not args or isinstance(args[0], int):
            return Object((), line) if name.endswith("Map") else Array((), line)
    elif body.kind_id == CLASS_BODY:
        reader.blocks.append(body)
    return Call(name, args, line, node.end_point[0] + 1, True)


def _filled(body: Node, reader: Reader, line: int) -> object:
    """`new HashMap<>() {{ put("a", b); }}`: the entries that its initialiser puts, or the items that it adds."""
    entries: list[Entry] = []
    items: list[object] = []
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if node.kind_id == INVOCATION:
            args = _arguments(node.child_by_field_id(_ARGUMENTS), reader)
            if len(args) == 2:
                entries.append(Entry(key_of(args[0]), args[1], node.start_point[0] + 1))
            else:
                items.extend(args)
        else:
            waiting.extend(reversed(node.named_children))
    return Object(tuple(entries), line) if entries or not items else Array(tuple(items), line)


def _chain(node: Node, reader: Reader) -> object:
    """A chain of method calls from its base outwards: builders, collections and strings as values, else calls."""
    source = reader.source
    steps: list[_Step] = []
    base: Node | None = node
    while base is not None and base.kind_id == INVOCATION:
        name = base.child_by_field_id(_NAME)
        steps.append(_Step(source[name.start_byte : name.end_byte] if name is not None else "", base))
        base = base.child_by_field_id(_OBJECT)
    steps.reverse()
    made: object = None
    prefix = ""
    if base is not None:
        if base.kind_id in _NAMED:
            prefix = source[base.start_byte : base.end_byte]
            if "\n" in prefix or " " in prefix:
                prefix = "".join(prefix.split())
            if not prefix.isascii():
                prefix = decoded(prefix)
        else:
            made = value(base, reader)
    at = 0
    while at < len(steps):
        step = steps[at]
        if made is None and at == 0 and _is_builder(prefix, step.name):
            end = at + 1
            while end < len(steps) and steps[end].name != "build":
                end += 1
            made = _built(prefix, steps, end, reader)
            at = end + 1
            continue
        arguments = _arguments(step.node.child_by_field_id(_ARGUMENTS), reader)
        made = _called(prefix if at == 0 else "", made, step, arguments, node if at == len(steps) - 1 else step.node)
        at += 1
    return made


def _is_builder(prefix: str, method: str) -> bool:
    """`Bucket.Builder.create(…)`, `BucketProps.builder()`, `Foo.newBuilder()`."""
    if method == "create":
        return prefix.endswith("Builder")
    return method in ("builder", "newBuilder") and prefix[prefix.rfind(".") + 1 :][:1].isupper()


def _built(prefix: str, steps: list[_Step], end: int, reader: Reader) -> object:
    """The construct or the props that a builder makes, its setters as entries."""
    first = steps[0]
    line = first.node.start_point[0] + 1
    entries: list[Entry] = []
    for step in steps[1:end]:
        given = _arguments(step.node.child_by_field_id(_ARGUMENTS), reader)
        name = step.node.child_by_field_id(_NAME)
        row = name.start_point[0] + 1 if name is not None else line
        content = given[0] if len(given) == 1 else Array(given, row) if given else True
        entries.append(Entry(step.name, content, row))
    properties = Object(tuple(entries), line)
    if first.name == "create" or prefix.endswith("Client"):
        owner = prefix.removesuffix(".Builder").removesuffix("Builder")
        positional = _arguments(first.node.child_by_field_id(_ARGUMENTS), reader)
        last = steps[min(end, len(steps) - 1)].node
        return Call(owner, (*positional, properties), line, last.end_point[0] + 1, True)
    return properties


def _called(prefix: str, receiver: object, step: _Step, args: tuple[object, ...], outer: Node) -> object:
    name = f"{prefix}.{step.name}" if prefix else step.name
    simplify = LITERAL_CALLS.get(step.name)
    line = step.node.start_point[0] + 1
    if simplify is not None:
        made = simplify(name, receiver, args, line)
        if made is not None:
            return made
    return Call(decoded(name), args, line, outer.end_point[0] + 1, False, receiver)


def _chain_value(node: Node, reader: Reader) -> object:
    """A chain as a value: getters on a variable (`bucket.getBucketArn()`, `role.arn()`) are references."""
    text = reader.source[node.start_byte : node.end_byte]
    if text.endswith("()") and text[0].islower() and _GETTERS.fullmatch(text):
        return Ref(text)
    return _chain(node, reader)


_GETTERS = re.compile(r"(?:this\.)?[a-z]\w{0,80}(?:\.[a-z]\w{0,80}(?:\(\))?){0,8}\(\)", re.ASCII)


_NAMED = GRAMMAR.kinds("identifier field_access this super type_identifier scoped_type_identifier array_access")
_CONVERT: list[Convert] = [_reference] * KINDS
_BY_KIND: dict[str, Convert] = {
    "identifier": _name,
    "this": _name,
    "string_literal": _string,
    "decimal_integer_literal": _number,
    "hex_integer_literal": _number,
    "octal_integer_literal": _number,
    "decimal_floating_point_literal": _number,
    "true": lambda node, reader: True,
    "false": lambda node, reader: False,
    "null_literal": lambda node, reader: None,
    "method_invocation": _chain_value,
    "object_creation_expression": _creation,
    "array_initializer": _array,
    "array_creation_expression": _array_creation,
    "parenthesized_expression": _inner,
    "cast_expression": _cast,
    "lambda_expression": _lambda,
    "ternary_expression": _ternary,
    "binary_expression": _binary,
    "unary_expression": _unary,
}
for _kind_name, _convert in _BY_KIND.items():
    _CONVERT[kind(_kind_name)] = _convert
