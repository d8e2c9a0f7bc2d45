"""CloudFormation's functions as text: what a value says, with `${…}` holes where it refers to something else."""

from __future__ import annotations

import re
from typing import Any

from gapkit.dialects.tree import Map, Sequence, Tree
from gapkit.models import Property

FUNCTIONS = frozenset(
    {
        "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::If", "Fn::FindInMap", "Fn::ImportValue", "Fn::Select",
        "Fn::Split", "Fn::GetAZs", "Fn::Base64", "Fn::Cidr", "Fn::Length", "Fn::ToJsonString", "Fn::Equals", "Fn::And",
        "Fn::Or", "Fn::Not", "Fn::Contains",
    }
)  # fmt: skip
DECLARED_FUNCTIONS = frozenset({"Fn::Join", "Fn::ImportValue", "Fn::FindInMap", "Fn::Transform", "AWS::Include"})
NO_VALUE = "${AWS::NoValue}"
_new = tuple.__new__
_hole = re.compile(r"\$\{([^{}]*)\}")


def text_of(value: Any) -> Any:
    """A value as scalar or text; a function's call as the text that it makes, nested ones inside."""
    kind = type(value)
    if kind is Map:
        if len(value) == 1 and (value[0][0] in FUNCTIONS or value[0][0] == "Condition"):
            return function_text(value[0][0], value[0][1])
        return "{" + ", ".join(f"{key}: {text_of(child)}" for key, child, _ in value) + "}"
    if kind is Sequence:
        return "[" + ", ".join(str(text_of(item)) for item, _ in value) + "]"
    return value


def bare(value: Any) -> str:
    """A value's text for the inside of a hole: its own holes opened."""
    text = text_of(value)
    return _hole.sub(r"\1", text) if type(text) is str else "" if text is None else str(text)


def function_text(name: str, argument: Any) -> Any:
    """The text that a function makes of its argument, whatever it was given."""
    if name == "Ref":
        return f"${{{argument}}}" if type(argument) is str else f"${{{bare(argument)}}}"
    if name == "Fn::Sub":
        return _substituted(argument)
    if name == "Fn::GetAtt":
        if type(argument) is Sequence:
            return "${" + ".".join(bare(item) for item, _ in argument) + "}"
        return f"${{{bare(argument)}}}"
    items = [item for item, _ in argument] if type(argument) is Sequence else [argument]
    if name == "Fn::Join":
        if len(items) == 2 and type(items[1]) is Sequence:
            return str(bare(items[0])).join(str(_blank(text_of(item))) for item, _ in items[1])
        return text_of(items[-1])
    if name == "Fn::FindInMap":
        return "${" + ".".join(bare(item) for item in items) + "}"
    if name == "Condition":
        return f"${{{bare(argument)}}}"
    if name == "Fn::Base64":
        return text_of(argument)
    return "${" + ":".join([name.removeprefix("Fn::"), *(bare(item) for item in items)]) + "}"


def _blank(value: Any) -> Any:
    return "" if value is None else value


def _substituted(argument: Any) -> Any:
    if type(argument) is not Sequence:
        return text_of(argument)
    text = text_of(argument[0][0]) if argument else ""
    values = argument[1][0] if len(argument) > 1 else None
    if type(text) is not str or type(values) is not Map:
        return text
    given = {key: value for key, value, _ in values}
    return _hole.sub(lambda hole: str(_blank(text_of(given[hole[1]]))) if hole[1] in given else hole[0], text)


def flatten(path: str, value: Any, line: int, out: list[Property]) -> None:
    """Append a property for each leaf below `path`, functions as text.

    Of `Fn::If` both branches stand at the same path, the first one first, and the condition's name at `….Fn::If`;
    a branch without value gives nothing.
    """
    kind = type(value)
    if kind is Map:
        if len(value) == 1:
            key, argument, at = value[0]
            if key in FUNCTIONS:
                if key == "Fn::If" and type(argument) is Sequence and argument:
                    for branch, branch_line in argument[1:]:
                        if not _is_no_value(branch):
                            flatten(path, branch, branch_line, out)
                    out.append(_new(Property, (f"{path}.Fn::If" if path else key, bare(argument[0][0]), at)))
                    return
                text = function_text(key, argument)
                if text != NO_VALUE:
                    out.append(_new(Property, (path, text, line)))
                return
        elif not value:
            out.append(_new(Property, (path, "{}", line)))
            return
        for key, child, at in value:
            below = f"{path}.{key}" if path and key else path or key
            if type(child) is Map or type(child) is Sequence:
                flatten(below, child, at, out)
            else:
                out.append(_new(Property, (below, child, at)))
    elif kind is Sequence:
        if not value:
            out.append(_new(Property, (path, "[]", line)))
        for index, (child, at) in enumerate(value):
            if type(child) is Map or type(child) is Sequence:
                flatten(f"{path}[{index}]", child, at, out)
            else:
                out.append(_new(Property, (f"{path}[{index}]", child, at)))
    else:
        out.append(_new(Property, (path, value, line)))


def _is_no_value(value: Any) -> bool:
    return type(value) is Map and len(value) == 1 and value[0][0] == "Ref" and value[0][1] == "AWS::NoValue"


def calls(value: Tree, line: int, found: list[tuple[str, int]]) -> None:
    """Append each call of a function that is worth a declaration of its own, as `(name, line)`."""
    if type(value) is Map:
        for key, child, at in value:
            if key in DECLARED_FUNCTIONS:
                found.append((key, at))
            if type(child) is Map or type(child) is Sequence:
                calls(child, at, found)
    elif type(value) is Sequence:
        for child, at in value:
            if type(child) is Map or type(child) is Sequence:
                calls(child, at, found)


def expression(value: Any) -> str:
    """A condition as compact JSON-like text, functions by their long names: `{"Fn::Equals":[{"Ref":"Env"},"prod"]}`."""
    kind = type(value)
    if kind is Map:
        return "{" + ",".join(f'"{key}":{expression(child)}' for key, child, _ in value) + "}"
    if kind is Sequence:
        return "[" + ",".join(expression(item) for item, _ in value) + "]"
    if kind is str:
        return f'"{value}"'
    return {True: "true", False: "false", None: "null"}[value] if kind is bool or value is None else str(value)
