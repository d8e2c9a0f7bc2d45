"""`requirements.yaml` of a sample -> the requirements to judge it by, in place of those found in its prompt."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING, Any

import yaml

from gapkit.models import CATEGORIES, SEVERITIES, Problem, Requirement, Source

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

__all__ = ["read_rubric"]

DOCUMENTED_IN = "docs/requirements-yaml.md"
MAX_CHARACTERS = 1_000_000
MAX_TITLE = 90
MAX_DEPTH = 20

_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)

CLOSED_SETS = {"severity": SEVERITIES, "category": CATEGORIES}

_Position = tuple[str | int, ...]


def read_rubric(source: Source) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    """Return the requirements of a rubric, in its order, and a problem per entry that could not be used.

    An entry that breaks the schema is left out and named with its line; the others are used.  `line_start` and
    `line_end` are the entry's `lines` in the prompt, or else its own lines in the rubric.
    """
    if len(source.text) > MAX_CHARACTERS:
        return (), (
            _problem(source, "rubric_too_long", f"the file has over {MAX_CHARACTERS} characters; shorten it", 1),
        )
    try:
        refused = _refused(source)
        if refused is not None:
            return (), (refused,)
        tree = yaml.compose(source.text, Loader=yaml.CSafeLoader)
        data = yaml.load(source.text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        return (), (_unreadable(source, error),)
    except (ValueError, RecursionError) as error:  # such as a date that does not exist, or brackets 10,000 deep
        return (), (_problem(source, "rubric_unreadable", f"the file is no usable YAML ({error}); correct it", 1),)
    if tree is None or data is None:
        return (), (_problem(source, "rubric_empty", f"the file is empty; list requirements as in {DOCUMENTED_IN}", 1),)
    if not isinstance(data, list):
        kind = type(data).__name__
        message = f"the file must hold a list of requirements (`- text: …`), not a {kind}; see {DOCUMENTED_IN}"
        return (), (_problem(source, "rubric_schema", message, tree.start_mark.line + 1),)
    return _read_entries(source, data, tree)


def _refused(source: Source) -> Problem | None:
    """What makes the file unsafe to build: aliases unfold into more than stands there, brackets exhaust the stack."""
    depth = 0
    for token in yaml.scan(source.text, Loader=yaml.CSafeLoader):
        line = token.start_mark.line + 1
        if isinstance(token, yaml.AliasToken):
            return _problem(source, "rubric_alias", "YAML aliases (*name) are not read; write the entry out", line)
        if isinstance(token, _OPENING):
            depth += 1
            if depth > MAX_DEPTH:
                return _problem(source, "rubric_unreadable", "the file is nested too deep; write a plain list", line)
        elif isinstance(token, _CLOSING):
            depth -= 1
    return None


def _read_entries(
    source: Source, data: list[Any], tree: yaml.Node
) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    problems: list[Problem] = []
    broken: set[int] = set()
    for error in sorted(_validator().iter_errors(data), key=lambda e: [str(part).zfill(6) for part in e.absolute_path]):
        path = tuple(error.absolute_path)
        if path and isinstance(path[0], int):
            broken.add(path[0])
        problems.append(_problem(source, "rubric_schema", _explain(error, path), _line(tree, path)))
    requirements: list[Requirement] = []
    taken: dict[str, int] = {}
    for index, entry in enumerate(data):
        if index in broken:
            continue
        line = _line(tree, (index,))
        lines = entry.get("lines") or (line, _last_line(tree, index))
        if lines[0] > lines[1]:
            message = f"entry {index + 1}: `lines` must be [first, last]; {lines[0]} comes after {lines[1]}"
            problems.append(_problem(source, "rubric_schema", message, _line(tree, (index, "lines"))))
            continue
        if not isfinite(entry.get("weight") or 1):
            message = f"entry {index + 1}: `weight` must be a finite number above 0"
            problems.append(_problem(source, "rubric_schema", message, _line(tree, (index, "weight"))))
            continue
        identifier = entry.get("id") or f"R{index + 1:02d}"
        if identifier in taken:
            message = f"entry {index + 1}: id {identifier} is already used at line {taken[identifier]}; rename one"
            problems.append(_problem(source, "rubric_duplicate_id", message, line))
            continue
        taken[identifier] = line
        requirements.append(_requirement(entry, identifier, (lines[0], lines[1])))
    return tuple(requirements), tuple(problems)


def _requirement(entry: dict[str, Any], identifier: str, lines: tuple[int, int]) -> Requirement:
    text = entry["text"].strip()
    number = entry.get("number")
    return Requirement(
        requirement_id=identifier,
        source="rubric",
        number=None if number is None else str(number),
        group=entry.get("group"),
        title=entry.get("title") or text.split("\n", 1)[0][:MAX_TITLE],
        text=text,
        line_start=lines[0],
        line_end=lines[1],
        weight=None if entry.get("weight") is None else float(entry["weight"]),
        severity=entry.get("severity"),
        category=entry.get("category"),
        concepts=tuple(entry.get("concepts") or ()),
    )


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # takes longer to import than most rubrics to read

    return Draft202012Validator(_schema())


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((files("gapkit.knowledge") / "rubric.schema.json").read_text(encoding="utf-8"))
    return schema


def _explain(error: ValidationError, path: _Position) -> str:
    """One sentence: which entry and field, what is wrong, what to write instead."""
    if not path:
        return f"the list is empty; list requirements as in {DOCUMENTED_IN}"
    where = f"entry {int(path[0]) + 1}"
    if len(path) > 1:
        where += ", `" + ".".join(str(part) for part in path[1:]) + "`"
    instance: Any = error.instance
    value = repr(instance)
    value = value if len(value) <= 60 else value[:57] + "…"
    if error.validator == "required":
        return f"{where}: `text` is missing; write what is asked for"
    if error.validator == "additionalProperties":
        known = sorted(_schema()["items"]["properties"])
        unknown = sorted(str(key) for key in instance if key not in known)
        return f"{where}: unknown field {', '.join(unknown)}; known are {', '.join(known)}"
    if error.validator == "enum":
        return f"{where}: {value} is not known; use one of {', '.join(CLOSED_SETS[str(path[-1])])}"
    if error.validator == "type":
        return f"{where}: {value} must be of type {error.validator_value}"
    return f"{where}: {value} does not fit; see {DOCUMENTED_IN}"


def _node(tree: yaml.Node, path: _Position) -> yaml.Node:
    """The node at a path, or the nearest one above it."""
    node = tree
    for part in path:
        following: yaml.Node | None = None
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            following = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            following = next((value for key, value in node.value if key.value == str(part)), None)
        if following is None:
            break
        node = following
    return node


def _line(tree: yaml.Node, path: _Position) -> int:
    return int(_node(tree, path).start_mark.line) + 1


def _last_line(tree: yaml.Node, index: int) -> int:
    node = _node(tree, (index,))
    # A block's end mark stands at the start of what follows it.
    last = node.end_mark.line + (1 if node.end_mark.column else 0)
    return max(int(last), node.start_mark.line + 1)


def _unreadable(source: Source, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    line = mark.line + 1 if mark else 1
    return _problem(source, "rubric_unreadable", f"the file is no valid YAML: {reason}; correct this line", line)


def _problem(source: Source, code: str, message: str, line: int) -> Problem:
    return Problem("rubric", code, f"{source.name}, line {line}: {message}", source.name, line)
