"""Outputs of Pulumi resources used as if they were values: in plain text and in JSON.

A resource's attributes are known after it was made, so `f"{bucket.arn}/*"` and `JSON.stringify({Resource: bucket.arn})`
hold a warning, or fail, where the ARN should stand.  Told from the text itself, for readers have looked through `apply`
and `interpolate` where this begins.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from gapkit.dialects.constructs_types import bound_names
from gapkit.dialects.constructs_values import own_name
from gapkit.dialects.host import Call, Program, Ref
from gapkit.dialects.typescript_tokens import template_pattern
from gapkit.models import Artifact, Declaration, Misuse

MOST_MISUSES = 20

# What stands before a string (`f`, a tag) is looked up behind: a pattern that begins with it is tried at every letter.
_PYTHON = re.compile(
    r'("""(?:[^\\]|\\.)*?"""|' + r"'''(?:[^\\]|\\.)*?'''"
    r'|"(?:[^"\\\n]|\\.)*+"?|' + r"'(?:[^'\\\n]|\\.)*+'?)|\#[^\n]*+",
    re.DOTALL,
)
_PREFIX = re.compile(r"(?<!\w)[rRbBfFuU]{1,2}$")
_TYPESCRIPT = re.compile(
    rf"""({template_pattern(2)}`)|'(?:[^'\\\n]|\\.)*+'?|"(?:[^"\\\n]|\\.)*+"?|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/""",
    re.DOTALL,
)
_PYTHON_HOLE = re.compile(r"\{(?<!\{\{)\s*((?:self\.)?[A-Za-z_]\w*)(?:\.(\w+))?((?:\[[^\]{}]{1,20}\])?)\s*\}(?!\})")
_TYPESCRIPT_HOLE = re.compile(r"\$\{(?<!\\\$\{)\s*((?:this\.)?[A-Za-z_]\w*)(?:!?\.(\w+))?((?:\[[^\]{}]{1,20}\])?)\s*\}")
_PYTHON_JSON = re.compile(r"json\.dumps\((?<![\w.]json\.dumps\()")
_TYPESCRIPT_JSON = re.compile(r"JSON\.stringify\((?<![\w.]JSON\.stringify\()")
_MAKES_OUTPUT = re.compile(
    r"pulumi\.(?:interpolate|concat|all|output|secret)\b"
    r"|pulumi\.Output\.(?:concat|format|all|from_input|secret)\b|\.apply\("
)
_CHAIN = re.compile(r"(?<![\w.$])((?:this\.|self\.)?[A-Za-z_]\w*)!?\.([A-Za-z_]\w*)(?![\w(])(?!\s*[:=](?!=))")
_VALUE = re.compile(r"[:\[]\s*((?:this\.|self\.)?[A-Za-z_]\w*)(?=\s*[,}\]])")
_ARGUMENTS = frozenset(["args", "props", "inputs", "params", "parameters"])
_REST_OF_TYPE = r"(?=[\w<>\[\]., |]{0,80}\s*[;,)=\n{])"
_OUTPUT_TYPE = re.compile(r":[ \t]*(?:pulumi\.)?Output[<\[]" + _REST_OF_TYPE)
_TYPED_NAME = re.compile(r"(?<![\w.?'\"])(\w+)[?!]?[ \t]*$")
_OTHER_TYPE = re.compile(r"[?!]?[ \t]*:[ \t]*(?!(?:pulumi\.)?Output[<\[])[A-Za-z_]\w*(?:\.\w+)*" + _REST_OF_TYPE)
_NAME_GOES_ON = re.compile(r"[\w.?'\"]$")
_OWN = re.compile(r"(?<![\w.])(?:this\.|self\.)?$")
_GIVES_OUTPUT = re.compile(
    r"=(?!=)\s*"
    r"(?:(?:pulumi\.)?(?:interpolate`|concat\(|all\(|output\(|jsonStringify\(|secret\()"
    r"|(?:pulumi\.)?Output\.(?:concat|format|all|json_dumps|from_input|secret)\("
    r"|(?:this\.|self\.)?\w{0,20}(?:[cC]onfig|cfg)\.(?:require|get)(?:_secret|Secret)\w*\()"
)
_TARGET = re.compile(r"(?<![\w.])((?:(?:this|self)\.)?[A-Za-z_]\w*)[ \t]*(?::[^=\n]{1,60})?$")
_IS_ASSIGNED = re.compile(r"[ \t]*(?::[^=\n]{1,60})?=(?![=>])")
_LOGGED = re.compile(r"(?:console\.\w+|log\.\w+|logger\.\w+|logging\.\w+|print|Error|Exception)\($")
_PLAIN_MEMBERS = frozenset(["apply", "get", "pulumi_resource_name", "then", "urn_name"])
_CLASS = re.compile(r"aws\.(\w+)\.([A-Z]\w*)")
_BRACKETS = re.compile(r"[()\[\]{}]")
# A region with a resource in it: its closing bracket was missed, since a template literal hides one.
_RESOURCE = re.compile(r"\bnew aws\.|\baws\.\w+\.[A-Z]\w*\(\s*f?[\"']")


class _Outputs(NamedTuple):
    """The names of one program: variables that hold resources, and those that are outputs themselves."""

    resources: frozenset[str]
    direct: frozenset[str]
    fields: frozenset[str]
    bound: frozenset[str]

    def names(self, root: str, member: str) -> bool:
        """Whether `root.member`, or `root` alone, is an output."""
        name = own_name(root)
        if name == root and root in self.bound:
            return root in _ARGUMENTS and member in self.fields
        if not member:
            return name in self.direct
        if name in self.direct:
            return member not in _PLAIN_MEMBERS
        return name in self.resources and member not in _PLAIN_MEMBERS


def output_misuses(
    program: Program, found: tuple[Declaration, ...], artifact: Artifact, label: str
) -> tuple[Misuse, ...]:
    """Where a Pulumi program takes an output for its value, in the order of lines; TypeScript and Python only."""
    text = artifact.text
    python = "import pulumi" in text or "from pulumi" in text
    if not python and "@pulumi/pulumi" not in text and "@pulumi/aws" not in text:
        return ()
    outputs = _outputs(program, found, text, python)
    places: list[tuple[int, str, str, str]] = []
    if outputs.resources or outputs.direct or outputs.fields:
        places += _in_text(text, outputs, python)
    offset = artifact.line_start - 1
    return tuple(
        Misuse(label, text.count("\n", 0, at) + 1 + offset, what, "", code, message, expected)
        for at, what, code, message, expected in sorted(_once(places))[:MOST_MISUSES]
    )


def _once(places: list[tuple[int, str, str, str]]) -> Iterator[tuple[int, str, str, str, str]]:
    for at, what, code, expected in dict.fromkeys(places):
        if code == "output_as_text":
            message = f"{what} is an output: as text it is not its value"
        else:
            message = f"{what} is an output, which JSON cannot hold"
        yield at, what, code, message, expected


# ------------------------------------------------------------------ names


def _outputs(program: Program, found: tuple[Declaration, ...], text: str, python: bool) -> _Outputs:
    made = {d.variable for d in found if d.kind == "resource" and d.variable and d.type.startswith("aws.")}
    values: dict[str, list[object]] = defaultdict(list)
    for target, value, _, _ in program.assignments:
        values[own_name(target)].append(value)
    resources = {name for name in made if all(_is_resource(value, name) for value in values[own_name(name)])}
    for name, given in values.items():
        if given and all(type(v) is Call and _is_output_lookup(v.name) for v in given):
            resources.add(name)
    direct, fields = _declared_outputs(text)
    for name, given in values.items():
        texts = {own_name(v.text) for v in given if type(v) is Ref} - {name}
        if texts and all(type(v) is Ref for v in given) and all(_is_of(text, resources) for text in texts):
            direct.add(name)
    return _Outputs(frozenset(resources), frozenset(direct), frozenset(fields), bound_names(text))


def resource_variables(program: Program, found: tuple[Declaration, ...], text: str) -> dict[str, str]:
    """Variables that hold resources of one type only -> that type (`s3.Bucket`), parameters and loops left out."""
    types: dict[str, set[str]] = defaultdict(set)
    for declaration in found:
        if declaration.kind == "resource" and declaration.variable:
            match = _CLASS.fullmatch(declaration.type)
            types[own_name(declaration.variable)].add(f"{match[1]}.{match[2]}" if match else "")
    values: dict[str, list[object]] = defaultdict(list)
    for target, value, _, _ in program.assignments:
        values[own_name(target)].append(value)
    bound = bound_names(text)
    return {
        name: next(iter(kinds))
        for name, kinds in types.items()
        if len(kinds) == 1
        and "" not in kinds
        and name not in bound
        and all(_is_resource(v, name) for v in values[name])
    }


def _is_resource(value: object, name: str) -> bool:
    if type(value) is Ref:
        return own_name(value.text) == name
    return type(value) is Call and value.constructor


def _is_output_lookup(name: str) -> bool:
    last = name.rpartition(".")[2]
    return name.startswith("aws.") and (
        last.endswith("_output") or (last.startswith("get") and last.endswith("Output"))
    )


def _is_of(text: str, resources: set[str]) -> bool:
    root, dot, member = text.partition(".")
    return bool(dot) and root in resources and member.isidentifier() and member not in _PLAIN_MEMBERS


def _declared_outputs(text: str) -> tuple[set[str], set[str]]:
    """Variables and fields that are outputs, by their type or by what they are assigned."""
    fields: set[str] = set()
    if "Output<" in text or "Output[" in text:
        for match in _OUTPUT_TYPE.finditer(text):
            name = _TYPED_NAME.search(text, max(0, match.start() - 80), match.start())
            if name:
                fields.add(name[1])
        fields = {name for name in fields if not _has_other_type(name, text)}
    given: dict[str, int] = defaultdict(int)
    for match in _GIVES_OUTPUT.finditer(text):
        at = match.start()
        target = _TARGET.search(text, max(text.rfind("\n", 0, at) + 1, at - 160), at)
        if target:
            given[own_name(target[1])] += 1
    return fields | {name for name, times in given.items() if _times_assigned(name, text) == times}, fields


def _after(name: str, text: str, pattern: re.Pattern[str]) -> Iterator[int]:
    """Where a name stands with what the pattern wants behind it."""
    at = text.find(name)
    while at >= 0:
        if pattern.match(text, at + len(name)):
            yield at
        at = text.find(name, at + len(name))


def _has_other_type(name: str, text: str) -> bool:
    """Whether a name is also declared with a type that is no output."""
    return any(not _NAME_GOES_ON.search(text, max(0, at - 1), at) for at in _after(name, text, _OTHER_TYPE))


def _times_assigned(name: str, text: str) -> int:
    """How often a program assigns to `name`, `this.name` or `self.name`."""
    return sum(_OWN.search(text, max(0, at - 6), at) is not None for at in _after(name, text, _IS_ASSIGNED))


# ------------------------------------------------------------------- text


def _in_text(text: str, outputs: _Outputs, python: bool) -> Iterator[tuple[int, str, str, str]]:
    hole, scan = (_PYTHON_HOLE, _PYTHON) if python else (_TYPESCRIPT_HOLE, _TYPESCRIPT)
    json = _PYTHON_JSON if python else _TYPESCRIPT_JSON
    calls = list(json.finditer(text))
    if not calls and not any(outputs.names(m[1], m[2] or "") for m in hole.finditer(text)):
        return
    instead = "pulumi.Output.format or concat" if python else "pulumi.interpolate"
    pieces: list[str] = []
    end = 0
    for match in scan.finditer(text):
        begin = match.start()
        pieces += (text[end:begin], " " * (match.end() - begin))
        end = match.end()
        string = match[1]
        if not string:
            continue
        if python:
            prefix = _PREFIX.search(text, max(0, begin - 3), begin)
            if prefix is None or "f" not in prefix[0].lower():
                continue
            begin = prefix.start()
        elif text[begin - 1 : begin].isalpha() or text[begin - 1 : begin] in ("_", "."):
            continue  # a tag makes what it likes of the outputs
        if _LOGGED.search(text[max(0, begin - 40) : begin]):
            continue
        for inner in hole.finditer(string):
            if outputs.names(inner[1], inner[2] or ""):
                what = f"{inner[1]}.{inner[2]}" if inner[2] else inner[1]
                yield match.start(1) + inner.start(), what, "output_as_text", instead
    if calls:
        code = "".join(pieces) + text[end:]
        yield from _in_json(code, list(json.finditer(code)), outputs, python)


def _in_json(
    code: str, calls: list[re.Match[str]], outputs: _Outputs, python: bool
) -> Iterator[tuple[int, str, str, str]]:
    instead = (
        "pulumi.Output.json_dumps, or json.dumps inside apply"
        if python
        else "pulumi.jsonStringify, or JSON.stringify inside apply"
    )
    for call in calls:
        end = _close(code, call.end() - 1)
        given = code[call.end() : end].strip()
        start = call.end()
        if re.fullmatch(r"(?:(?:this|self)\.)?\w+", given):
            sources = list(re.finditer(rf"(?<![\w.]){re.escape(given)}\s*(?::[^=\n]{{1,60}})?=\s*(?=\{{)", code))
            if len(sources) != 1:
                continue
            start = sources[0].end()
            end = _close(code, start)
        if _RESOURCE.search(code, start, end):
            continue
        for match in _CHAIN.finditer(code, start, end):
            if outputs.names(match[1], match[2]):
                yield match.start(), f"{match[1]}.{match[2]}", "output_in_json", instead
                break
        else:
            made = _MAKES_OUTPUT.search(code, start, end)
            bare = (match for match in _VALUE.finditer(code, start, end) if outputs.names(match[1], ""))
            if made is not None:
                what = "what apply gives" if made[0] == ".apply(" else made[0]
                yield made.start(), what, "output_in_json", instead
            elif outputs.direct and (named := next(bare, None)) is not None:
                yield named.start(1), named[1], "output_in_json", instead


def _close(code: str, opened: int) -> int:
    depth = 0
    for match in _BRACKETS.finditer(code, opened):
        depth += 1 if match[0] in "([{" else -1
        if depth == 0:
            return match.start()
    return len(code)
