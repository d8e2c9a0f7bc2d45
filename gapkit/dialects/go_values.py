"""Go expressions (tree-sitter nodes) as host-language values; literal wrappers such as `jsii.String` fall away."""

from __future__ import annotations

import re
from collections.abc import Callable

import tree_sitter_go
from tree_sitter import Node

from gapkit.dialects.host import Array, Call, Closure, Entry, Object, Ref, Text
from gapkit.dialects.syntax import (
    KINDS,
    LACKING,
    Grammar,
    decoded,
    hole,
    joined,
    number_of,
    one_line,
    percent_formatted,
    summed,
    unescaped,
)

GRAMMAR = Grammar(tree_sitter_go.language())
kind, field = GRAMMAR.kind, GRAMMAR.field

CALL = kind("call_expression")
COMMENT = kind("comment")
RETURN = kind("return_statement")
FUNCTION_LITERAL = kind("func_literal")
_SELECTOR = kind("selector_expression")
_IDENTIFIER = kind("identifier")
_STATEMENT_LIST = kind("statement_list")
_KEYED = kind("keyed_element")
_ELEMENT = kind("literal_element")
_EXPRESSION_LIST = kind("expression_list")
_BINARY = kind("binary_expression")
_STRINGS = GRAMMAR.kinds("interpreted_string_literal raw_string_literal")
_LIST_TYPES = GRAMMAR.kinds("slice_type array_type implicit_length_array_type")
_OPERAND, _FIELD, _BODY, _TYPE = field("operand"), field("field"), field("body"), field("type")
_FUNCTION, _ARGUMENTS = field("function"), field("arguments")
_LEFT, _RIGHT, _OPERATOR = field("left"), field("right"), field("operator")

# `BucketEncryption_S3_MANAGED`, `Duration_Minutes`: what is `BucketEncryption.S3_MANAGED` in the other languages.
_MEMBER = re.compile(r"([A-Z][A-Za-z0-9]{0,80})_(\w{1,80})")
_CONSTRUCTOR = re.compile(r"(?:(\w+)\.)?New([A-Z]\w*)")
_GETTERS = re.compile(r"\w{1,80}(?:\[\w{1,80}\])?(?:\.\w{1,80}(?:\(\))?){1,8}", re.ASCII)


class Reader:
    """The text that nodes are sliced from, and bodies of function literals that wait to be walked."""

    __slots__ = ("blocks", "given", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks: list[Node] = []
        # Returns that already stand in a Closure, by node id, so that their calls are not listed twice.
        self.given: set[int] = set()

    def text(self, node: Node) -> str:
        return decoded(self.source[node.start_byte : node.end_byte])


Convert = Callable[[Node, Reader], object]


def value(node: Node, reader: Reader) -> object:
    """The value that an expression node stands for."""
    return _CONVERT[node.kind_id](node, reader)


def calls_in(node: Node, reader: Reader) -> list[Call]:
    """The outermost calls in a node, in source order; bodies of function literals wait in `reader.blocks`."""
    if "(" not in reader.source[node.start_byte : node.end_byte]:
        return []
    found: list[Call] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        number = current.kind_id
        if number == CALL:
            found.append(call(current, reader))
        elif number == FUNCTION_LITERAL:
            closure = _closure(current, reader)
            if isinstance(closure.result, Call):
                found.append(closure.result)
        elif number not in _STRINGS:
            waiting.extend(reversed(current.named_children))
    return found


def _reference(node: Node, reader: Reader) -> Ref:
    text = reader.source[node.start_byte : node.end_byte]
    return Ref(one_line(text), tuple(calls_in(node, reader)) if "(" in text else ())


def _name(node: Node, reader: Reader) -> Ref:
    return Ref(reader.source[node.start_byte : node.end_byte] or LACKING)


def _selector(node: Node, reader: Reader) -> Ref:
    text = reader.source[node.start_byte : node.end_byte]
    if "(" in text or "\n" in text:
        return _reference(node, reader)
    return Ref(_with_members(text) if "_" in text else text)


def _with_members(name: str) -> str:
    """`pkg.Type_Member` with the dot of the other languages; static methods start in lower case there."""
    head, dot, last = name.rpartition(".")
    member = _MEMBER.fullmatch(last)
    if member is None:
        return name
    owner, what = member.groups()
    return f"{head}{dot}{owner}.{what if what.isupper() else what[0].lower() + what[1:]}"


def _number(node: Node, reader: Reader) -> object:
    return number_of(reader.source[node.start_byte : node.end_byte])


def _interpreted(node: Node, reader: Reader) -> str:
    return unescaped(decoded(reader.source[node.start_byte + 1 : node.end_byte - 1]))


def _raw(node: Node, reader: Reader) -> str:
    return decoded(reader.source[node.start_byte + 1 : node.end_byte - 1])


def _inner(node: Node, reader: Reader) -> object:
    for child in node.named_children:
        if child.kind_id != COMMENT:
            return value(child, reader)
    return None


def _operand(node: Node, reader: Reader) -> object:
    """`x.(pulumi.StringOutput)`, `[]byte(x)`: what stands in it."""
    content = node.child_by_field_id(_OPERAND)
    return value(content, reader) if content is not None else _reference(node, reader)


def _unary(node: Node, reader: Reader) -> object:
    """`&x` and `*x` are x; `-1` is a number."""
    sign = reader.source[node.start_byte]
    if sign in "&*":
        return _operand(node, reader)
    operand = _operand(node, reader)
    if sign == "-" and isinstance(operand, (int, float)):
        return -operand
    return _reference(node, reader)


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


def _closure(node: Node, reader: Reader) -> Closure:
    """A function literal gives what its last `return` gives; its body is walked later."""
    body = node.child_by_field_id(_BODY)
    line = node.start_point[0] + 1
    if body is None:
        return Closure(None, line)
    reader.blocks.append(body)
    for statements in body.named_children:
        if statements.kind_id != _STATEMENT_LIST:
            continue
        for statement in reversed(statements.named_children):
            if statement.kind_id == RETURN:
                reader.given.add(statement.id)
                return Closure(_first(_inner(statement, reader)), line)
    return Closure(None, line)


def _first(given: object) -> object:
    """The first of several returned values: `return text, nil`."""
    return given.items[0] if isinstance(given, Array) and given.items else given


# ----------------------------------------------------------------- literals


def _expressions(node: Node, reader: Reader) -> object:
    """One expression is itself; several are an Array."""
    items = [value(child, reader) for child in node.named_children if child.kind_id != COMMENT]
    return items[0] if len(items) == 1 else Array(tuple(items), node.start_point[0] + 1)


def _composite(node: Node, reader: Reader) -> object:
    """`awss3.BucketProps{…}`, `[]string{…}`, `pulumi.StringMap{…}`."""
    body = node.child_by_field_id(_BODY)
    if body is None:
        return _reference(node, reader)
    if body.named_child_count == 0:
        written = node.child_by_field_id(_TYPE)
        is_list = written is not None and (written.kind_id in _LIST_TYPES or reader.text(written).endswith("Array"))
        line = node.start_point[0] + 1
        return Array((), line) if is_list else Object((), line)
    return _literal(body, reader)


def _literal(body: Node, reader: Reader) -> object:
    """The braces of a composite literal: an Object where its elements have keys, else an Array."""
    source = reader.source
    entries: list[Entry] = []
    items: list[object] = []
    for child in body.named_children:
        number = child.kind_id
        if number == _KEYED:
            nodes = child.named_children
            if len(nodes) < 2:
                continue
            key, content = nodes[0], nodes[-1]
            inside = key.named_child(0) if key.kind_id == _ELEMENT else key
            name = source[key.start_byte : key.end_byte]
            if inside is not None and inside.kind_id != _IDENTIFIER:
                name = _key(value(inside, reader))
            inner = content.named_child(0) if content.kind_id == _ELEMENT else content
            entries.append(
                Entry(
                    name,
                    _CONVERT[inner.kind_id](inner, reader) if inner is not None else None,
                    key.start_point[0] + 1,
                )
            )
        elif number == _ELEMENT:
            items.append(_inner(child, reader))
        elif number != COMMENT:
            items.append(value(child, reader))
    line = body.start_point[0] + 1
    return Object(tuple(entries), line) if entries or not items else Array(tuple(items), line)


def _key(given: object) -> str:
    return given if isinstance(given, str) else given.text if isinstance(given, (Ref, Text)) else hole(given)


# ----------------------------------------------------------------- calls


def _arguments(node: Node | None, reader: Reader) -> tuple[object, ...]:
    if node is None:
        return ()
    return tuple([_CONVERT[child.kind_id](child, reader) for child in node.named_children if child.kind_id != COMMENT])


def call(node: Node, reader: Reader) -> Call:
    """A call with everything in it; `pkg.NewBucket` is the constructor of `pkg.Bucket`."""
    function = node.child_by_field_id(_FUNCTION)
    name = reader.source[function.start_byte : function.end_byte] if function is not None else ""
    receiver: object = None
    if "(" in name or "\n" in name:
        base: Node | None = function
        while base is not None and base.kind_id == _SELECTOR:
            base = base.child_by_field_id(_OPERAND)
        if function is not None and base is not None and base.kind_id != _IDENTIFIER:
            receiver = value(base, reader)
            name = reader.source[base.end_byte : function.end_byte].strip(" \t\r\n.")
        name = "".join(name.split())[:200]
    made = _CONSTRUCTOR.fullmatch(name)
    if made is not None:
        name = f"{made[1]}.{made[2]}" if made[1] else made[2]
    elif "_" in name:
        name = _with_members(name)
    return Call(
        decoded(name),
        _arguments(node.child_by_field_id(_ARGUMENTS), reader),
        node.start_point[0] + 1,
        node.end_point[0] + 1,
        made is not None,
        receiver,
    )


def _call_value(node: Node, reader: Reader) -> object:
    """A call as a value: literal wrappers give the literal, getters on a variable are references."""
    text = reader.source[node.start_byte : node.end_byte]
    if text.endswith("()") and _GETTERS.fullmatch(text):
        return _getter(text)
    made = call(node, reader)
    package, _, last = made.name.rpartition(".")
    args = made.args
    if last in _WRAPPERS and len(args) == 1 and (package in _WRAPPER_PACKAGES or not package):
        return args[0]
    if last in ("Sprintf", "Errorf") and args and isinstance(args[0], str):
        return percent_formatted(args[0], args[1:])
    if last in ("ApplyT", "ApplyString") and args and isinstance(args[0], Closure):
        given = args[0].result
        return given if isinstance(given, (str, Text, Object, Array)) else made
    if last == "Strings" and package == "jsii":
        return Array(args, made.line)
    if made.name in ("json.Marshal", "json.MarshalIndent") and args and isinstance(args[0], (Object, Array)):
        return args[0]
    if last == "JSONMarshal" and args and isinstance(args[0], (Object, Array)):
        return args[0]
    if last == "Concat" and package == "pulumi":
        return joined(list(args))
    return made


def _getter(text: str) -> Ref:
    """`vpc.ID()` as written; `awslambda.Runtime_PYTHON_3_11()` is an enumeration's member."""
    if "_" in text:
        named = _with_members(text[:-2])
        if named != text[:-2]:
            return Ref(named if named.rpartition(".")[2].isupper() else named + "()")
    return Ref(text)


_WRAPPER_PACKAGES = frozenset(("jsii", "pulumi", "aws"))
_WRAPPERS = frozenset(
    ("String", "Number", "Bool", "Int", "Float64", "StringPtr", "IntPtr", "BoolPtr", "Float64Ptr", "ToStringArray",
     "ToStringMap", "Int32", "Int64", "Any", "ToOutput", "ToSecret", "string", "int", "float64", "int64", "ToStringPtr")
)  # fmt: skip

_CONVERT: list[Convert] = [_reference] * KINDS
_BY_KIND: dict[str, Convert] = {
    "identifier": _name,
    "selector_expression": _selector,
    "interpreted_string_literal": _interpreted,
    "raw_string_literal": _raw,
    "int_literal": _number,
    "float_literal": _number,
    "true": lambda node, reader: True,
    "false": lambda node, reader: False,
    "nil": lambda node, reader: None,
    "call_expression": _call_value,
    "composite_literal": _composite,
    "literal_value": _literal,
    "literal_element": _inner,
    "unary_expression": _unary,
    "binary_expression": _binary,
    "parenthesized_expression": _inner,
    "type_assertion_expression": _operand,
    "type_conversion_expression": _operand,
    "func_literal": _closure,
    "expression_list": _expressions,
}
for _kind_name, _convert in _BY_KIND.items():
    _CONVERT[kind(_kind_name)] = _convert
