"""Python expressions (tree-sitter nodes) as host-language values.

Every function takes a node and the text it is sliced from (see `syntax`).  Names and dotted names are sliced whole;
only what can hold a call or a literal is descended into.
"""

from __future__ import annotations

from collections.abc import Callable

import tree_sitter_python
from tree_sitter import Node

from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Keywords, Object, Ref, Text
from gapkit.dialects.python_literals import LITERAL_CALLS, percent_operator
from gapkit.dialects.syntax import (
    KINDS,
    LACKING,
    LONGEST_REF,
    Grammar,
    decoded,
    hole,
    joined,
    number_of,
    one_line,
    summed,
    unescaped,
    with_names,
)

GRAMMAR = Grammar(tree_sitter_python.language())
kind, field = GRAMMAR.kind, GRAMMAR.field

Convert = Callable[[Node, str], object]
_new = tuple.__new__  # skips the argument handling of a named tuple

CALL = kind("call")
COMMENT = kind("comment")
ATTRIBUTE = kind("attribute")
STRING = kind("string")
LAMBDA = kind("lambda")
_IDENTIFIER = kind("identifier")
_INTERPOLATION = kind("interpolation")
_KEYWORD_ARGUMENT = kind("keyword_argument")
_DICTIONARY_SPLAT = kind("dictionary_splat")
_PAIR = kind("pair")
_ARGUMENT_LIST = kind("argument_list")
_NAMED_EXPRESSION = kind("named_expression")
_OBJECT = field("object")
_BODY = field("body")
_PARAMETERS = field("parameters")
_LEFT = field("left")
_RIGHT = field("right")
_VALUE = field("value")
_OPERATOR = field("operator")


def value(node: Node, source: str) -> object:
    """The value that an expression node stands for."""
    return _CONVERT[node.kind_id](node, source)


def calls_in(node: Node, source: str) -> tuple[Call, ...]:
    """The outermost calls in a node, in source order, wherever they stand."""
    if "(" not in source[node.start_byte : node.end_byte]:
        return ()
    found: list[Call] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.kind_id == CALL:
            found.append(call(current, source))
        elif current.kind_id != STRING or source[current.start_byte] not in "\"'":
            waiting.extend(reversed(current.named_children))
    return tuple(found)


def reference(node: Node, source: str) -> Ref:
    """An expression as written, on one line, with the calls that stand in it."""
    text = source[node.start_byte : node.end_byte]
    return Ref(one_line(text), calls_in(node, source) if "(" in text else ())


def _name(node: Node, source: str) -> Ref:
    return _new(Ref, (source[node.start_byte : node.end_byte] or LACKING, ()))


def _inner(node: Node, source: str) -> object:
    """What stands in parentheses or behind `await`."""
    for child in node.named_children:
        if child.kind_id != COMMENT:
            return value(child, source)
    return None


def _number(node: Node, source: str) -> object:
    return number_of(source[node.start_byte : node.end_byte])


# ----------------------------------------------------------------- strings


def _string(node: Node, source: str) -> object:
    start = node.start_byte
    text = source[start : node.end_byte]
    quote = text[0]
    raw = False
    if quote not in "\"'":
        prefix = 1 if text[1:2] in "\"'" else 2
        letters = text[:prefix].lower()
        raw = "r" in letters
        if "f" in letters or "t" in letters:
            return _formatted(node, source, raw)
        text = text[prefix:]
        quote = text[:1]
    text = text[3:-3] if text.startswith(quote * 3) and len(text) >= 6 else text[1:-1]
    if "\\" in text and not raw:
        return unescaped(decoded(text))
    return text if text.isascii() else decoded(text)


def _formatted(node: Node, source: str, raw: bool) -> object:
    """An f-string with `${…}` holes; without holes it is a plain string."""
    pieces: list[str] = []
    parts: list[object] = []
    holes = False
    for child in node.named_children[1:-1]:
        text = source[child.start_byte : child.end_byte]
        if child.kind_id == _INTERPOLATION:
            holes = True
            inner = child.named_child(0)
            if inner is None:
                continue
            inside = source[inner.start_byte : inner.end_byte]
            pieces.append("${" + one_line(inside) + "}")
            if "(" in inside:
                parts.extend(calls_in(inner, source))
        else:
            text = decoded(text)
            if "\\" in text and not raw:
                text = unescaped(text)
            pieces.append(text.replace("{{", "{").replace("}}", "}") if "{" in text or "}" in text else text)
    joined = "".join(pieces)
    return Text(joined, tuple(parts)) if holes else joined


def _concatenated(node: Node, source: str) -> object:
    return joined([value(child, source) for child in node.named_children if child.kind_id != COMMENT])


# ----------------------------------------------------------------- collections


def _array(node: Node, source: str) -> Array:
    return Array(
        tuple([_CONVERT[child.kind_id](child, source) for child in node.named_children if child.kind_id != COMMENT]),
        node.start_point[0] + 1,
    )


def _comprehension(node: Node, source: str) -> object:
    """A comprehension is a collection of its one element, whatever it runs over."""
    body = node.child_by_field_id(_BODY)
    line = node.start_point[0] + 1
    if body is None:
        return reference(node, source)
    if body.kind_id == _PAIR:
        return Object((_entry(body, source),), line)
    return Array((value(body, source),), line)


def _entry(pair: Node, source: str) -> Entry:
    key, *_, content = [child for child in pair.named_children if child.kind_id != COMMENT] or [pair]
    return Entry(_key(key, source), value(content, source) if content is not pair else None, key.start_point[0] + 1)


def _key(node: Node, source: str) -> str:
    key = value(node, source)
    if isinstance(key, str):
        return key
    if isinstance(key, (Text, Ref)):
        return key.text
    return one_line(source[node.start_byte : node.end_byte])


def _dictionary(node: Node, source: str) -> Object:
    entries: list[Entry] = []
    for child in node.named_children:
        number = child.kind_id
        if number == _PAIR:
            nodes = child.named_children
            if len(nodes) == 2:
                key, content = nodes
                name = _CONVERT[key.kind_id](key, source)
                name = name if type(name) is str else _key(key, source)
                entries.append(_new(Entry, (name, _CONVERT[content.kind_id](content, source), key.start_point[0] + 1)))
            else:
                entries.append(_entry(child, source))
        elif number == _DICTIONARY_SPLAT:
            entries.append(Entry("...", _inner(child, source), child.start_point[0] + 1))
    return Object(tuple(entries), node.start_point[0] + 1)


# ----------------------------------------------------------------- calls


def _arguments(node: Node, source: str) -> tuple[object, ...]:
    """Positional arguments, then keyword arguments and `**spreads` as one Object."""
    if node.kind_id != _ARGUMENT_LIST:  # `any(x for x in y)`
        return (value(node, source),)
    positional: list[object] = []
    entries: list[Entry] = []
    for child in node.named_children:
        number = child.kind_id
        if number == _KEYWORD_ARGUMENT:
            nodes = child.named_children
            if len(nodes) >= 2:
                name, content = nodes[0], nodes[-1]
                key = source[name.start_byte : name.end_byte]
                entries.append(_new(Entry, (key, _CONVERT[content.kind_id](content, source), name.start_point[0] + 1)))
        elif number == _DICTIONARY_SPLAT:
            entries.append(Entry("...", _inner(child, source), child.start_point[0] + 1))
        elif number != COMMENT:
            positional.append(_CONVERT[number](child, source))
    if entries:
        positional.append(Object(Keywords(entries), entries[0].line))
    return tuple(positional)


def call(node: Node, source: str) -> Call:
    """A call with everything in it, as written."""
    nodes = node.children
    function, arguments = nodes[0], nodes[-1]
    name = source[function.start_byte : function.end_byte]
    receiver: object = None
    if "(" in name or name[0] in "\"'":
        base: Node | None = function
        while base is not None and base.kind_id == ATTRIBUTE:
            base = base.child_by_field_id(_OBJECT)
        if base is not None:
            receiver = value(base, source) if base.kind_id != _IDENTIFIER else None
            if receiver is not None:
                name = source[base.end_byte : function.end_byte].lstrip(" \t\r\n\\.")
    if "\n" in name or " " in name:
        name = "".join(name.split())[:LONGEST_REF]
    last = name[name.rfind(".") + 1 :]
    return Call(
        name if name.isascii() else decoded(name),
        _arguments(arguments, source),
        node.start_point[0] + 1,
        node.end_point[0] + 1,
        last[:1].isupper(),
        receiver,
    )


def _call_value(node: Node, source: str) -> object:
    """A call, or the literal that it makes: `json.dumps({...})`, `"{}".format(x)`, `arn.apply(lambda v: f"{v}/*")`."""
    made = call(node, source)
    name = made.name
    last = name[name.rfind(".") + 1 :]
    if last == "apply":
        return _applied(made, node, source)
    simplify = LITERAL_CALLS.get(last)
    return simplify(made) if simplify else made


def _applied(made: Call, node: Node, source: str) -> object:
    """What `output.apply(lambda v: …)` gives, where that is text or a collection; the parameter is the output."""
    given = made.args[0] if made.args else None
    if not isinstance(given, Closure) or not isinstance(given.result, (str, Text, Object, Array)):
        return made
    function = next((child for child in node.children[-1].named_children if child.kind_id == LAMBDA), None)
    parameters = function.child_by_field_id(_PARAMETERS) if function is not None else None
    if parameters is None:
        return given.result
    parameter = source[parameters.start_byte : parameters.end_byte]
    names: dict[str, str] = {}
    receiver = made.receiver
    if isinstance(receiver, Call) and receiver.name.endswith("Output.all"):
        names = {f"{parameter}[{index}]": hole(arg)[2:-1] for index, arg in enumerate(receiver.args)}
        if receiver.args and isinstance(receiver.args[-1], Object):
            entries = receiver.args[-1].entries
            names = {f"{parameter}['{each.key}']": hole(each.value)[2:-1] for each in entries}
            names |= {key.replace("'", '"'): text for key, text in names.items()}
    elif receiver is None and "." in made.name:
        names = {parameter: made.name.rpartition(".")[0]}
    return with_names(given.result, {key: text for key, text in names.items() if text})


# ----------------------------------------------------------------- operators


def _binary(node: Node, source: str) -> object:
    operator = node.child_by_field_id(_OPERATOR)
    sign = source[operator.start_byte : operator.end_byte] if operator is not None else ""
    if sign == "+":
        return _sum(node, source)
    left, right = node.child_by_field_id(_LEFT), node.child_by_field_id(_RIGHT)
    if left is None or right is None:
        return reference(node, source)
    if sign == "%" and left.kind_id == STRING:
        pattern = value(left, source)
        if isinstance(pattern, str):
            return percent_operator(pattern, value(right, source))
    if sign == "*":
        first, second = value(left, source), value(right, source)
        if isinstance(first, int) and isinstance(second, int) and abs(first) < 2**63 and abs(second) < 2**63:
            return first * second
    return reference(node, source)


def _sum(node: Node, source: str) -> object:
    """`a + b + c`: text where a string takes part, a number where all are numbers."""
    operands: list[Node] = []
    current: Node | None = node
    while current is not None and current.kind_id == _BINARY:
        operator, right = current.child_by_field_id(_OPERATOR), current.child_by_field_id(_RIGHT)
        if operator is None or right is None or source[operator.start_byte] != "+":
            break
        operands.append(right)
        current = current.child_by_field_id(_LEFT)
    if current is not None:
        operands.append(current)
    values = [value(operand, source) for operand in operands[::-1]]
    return summed(values, source[node.start_byte : node.end_byte], node.start_point[0] + 1)


def _unary(node: Node, source: str) -> object:
    operand = _inner(node, source)
    if source[node.start_byte] == "-" and isinstance(operand, (int, float)):
        return -operand
    return reference(node, source)


def _boolean(node: Node, source: str) -> object:
    """`a or b` is `a` with the default `b`; `a and b` is an expression."""
    left, right = node.child_by_field_id(_LEFT), node.child_by_field_id(_RIGHT)
    if left is None or right is None:
        return reference(node, source)
    operator = node.child_by_field_id(_OPERATOR)
    if operator is not None and source[operator.start_byte] == "o":
        return Fallback(value(left, source), value(right, source))
    return Ref(
        one_line(source[node.start_byte : node.end_byte]),
        tuple(piece for piece in (value(left, source), value(right, source)) if not isinstance(piece, Ref)),
    )


def _conditional(node: Node, source: str) -> object:
    nodes = [child for child in node.named_children if child.kind_id != COMMENT]
    if len(nodes) != 3:
        return reference(node, source)
    branches = (value(nodes[0], source), value(nodes[2], source))
    return Ref(one_line(source[node.start_byte : node.end_byte]), branches)


def _splat(node: Node, source: str) -> Ref:
    """`*items` with the dots that say so in any language."""
    inner = reference(node, source)
    return Ref("..." + inner.text.lstrip("* "), inner.parts)


def _lambda(node: Node, source: str) -> Closure:
    body = node.child_by_field_id(_BODY)
    return Closure(value(body, source) if body is not None else None, node.start_point[0] + 1)


def _named_expression(node: Node, source: str) -> object:
    content = node.child_by_field_id(_VALUE)
    return value(content, source) if content is not None else reference(node, source)


_BINARY = kind("binary_operator")
_CONVERT: list[Convert] = [reference] * KINDS
_BY_KIND: dict[str, Convert] = {
    "identifier": _name,
    "integer": _number,
    "float": _number,
    "true": lambda node, source: True,
    "false": lambda node, source: False,
    "none": lambda node, source: None,
    "string": _string,
    "concatenated_string": _concatenated,
    "list": _array,
    "tuple": _array,
    "set": _array,
    "expression_list": _array,
    "dictionary": _dictionary,
    "list_comprehension": _comprehension,
    "set_comprehension": _comprehension,
    "generator_expression": _comprehension,
    "dictionary_comprehension": _comprehension,
    "call": _call_value,
    "parenthesized_expression": _inner,
    "await": _inner,
    "binary_operator": _binary,
    "unary_operator": _unary,
    "boolean_operator": _boolean,
    "conditional_expression": _conditional,
    "lambda": _lambda,
    "list_splat": _splat,
    "named_expression": _named_expression,
}
for _kind_name, _convert in _BY_KIND.items():
    _CONVERT[kind(_kind_name)] = _convert
