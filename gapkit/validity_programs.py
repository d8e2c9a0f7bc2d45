"""What a language or a class library refuses in the program around the resources (`knowledge/programs.yaml`).

Go compiles no file with an import or a variable that nothing uses; the attributes of a CDK stack cannot be set in
Python; a block of Terraform is no argument; the context of a Lambda handler has few attributes.  Files that are cut
short or leave code out are not judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import NamedTuple, cast

from gapkit.dialects.elision import elided_lines
from gapkit.dialects.go import package_name
from gapkit.dialects.tree import label_of
from gapkit.fault_kinds import IN_JAVASCRIPT
from gapkit.knowledge import load_yaml
from gapkit.models import Artifact, Declaration
from gapkit.schemas import property_known
from gapkit.validity_calls import narrowest
from gapkit.validity_properties import Fault

_PACKAGE = re.compile(r"^package[ \t]++\w++[ \t]*+$", re.MULTILINE)  # Java's has a semicolon
# Comments, texts and runes, which name nothing.
_SILENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*+\"|`[^`]*+`|'(?:[^'\\\n]|\\.)*+'", re.DOTALL)
_IMPORTS = re.compile(r"^import[ \t]*+(?:\(([^)]*+)\)|([^\n(]++)$)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*+(?:([\w.]++)[ \t]++)?\"([\w./-]++)\"", re.MULTILINE)
_MADE = re.compile(r"^[ \t]++(?:var[ \t]++(\w++)\b|(\w++(?:[ \t]*+,[ \t]*+\w++)*+)[ \t]*+:=)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*+")
_STACK = re.compile(
    r"^class[ \t]++(\w++)\((?:[\w.]++[ \t]*+,[ \t]*+)*+(?:\w++\.)*+(?:Nested)?Stack[ \t]*+[,)]", re.MULTILINE
)
_SET = re.compile(r"\n[ \t]++self\.(\w++)[ \t]*+(?::[^=\n]++)?=(?!=)")
_TEXT = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"|#[^\n]*|//[^\n]*")
_OBJECT = re.compile(r"[ \t]*+(\w++)[ \t]*+=[ \t]*+\{[ \t]*+$")
_OPENING, _CLOSING = re.compile(r"[{(\[]"), re.compile(r"[})\]]")
_NEXT = re.compile(r"^[^\s#)]", re.MULTILINE)


# A context of the file's own: it is set, asked for, a mock or a class.
_GIVEN = r"context\.{0}\s*+=[^=]|[\"']{0}[\"']\s*+[,)]|[Mm]ock\b|class \w*+Context\b"
_HOLDING = frozenset({"resource", "function", "data"})


class _Handler(NamedTuple):
    """What the context of handlers of a language lacks, and what says that a file brings a context of its own."""

    language: str
    signature: re.Pattern[str]
    attribute: str
    meant: str
    given: re.Pattern[str]


def program_faults(
    declarations: Collection[Declaration], artifacts: Iterable[Artifact], unread: Collection[int]
) -> Iterator[Fault]:
    """What Go, the CDK, Terraform and Lambda refuse in programs."""
    dialects: dict[str, set[str]] = {}
    for each in declarations:
        dialects.setdefault(each.artifact, set()).add(each.dialect)
    for artifact in artifacts:
        of_programs = dialects.get(label_of(artifact), set())
        if not of_programs or any(artifact.line_start <= line <= artifact.line_end for line in unread):
            continue
        if "context.request" in artifact.text:
            yield from _handler_attributes(artifact, declarations)
        if "package " in artifact.text and len(_PACKAGE.findall(artifact.text)) == 1:
            if not elided_lines(artifact.text):
                yield from _unused(artifact, declarations)
        elif "terraform" in of_programs:
            yield from _assigned_blocks(artifact, declarations)
        elif "cdk" in of_programs and "self." in artifact.text:
            yield from _set_attributes(artifact)


def _unused(artifact: Artifact, declarations: Iterable[Declaration]) -> Iterator[Fault]:
    code = _SILENT.sub(_blank, artifact.text)
    names = Counter(_WORD.findall(code))
    label = label_of(artifact)
    for start, name in _imported(artifact.text):
        if f"{name}." not in code:
            message = f"Go compiles no file that imports {name} and does not use it"
            yield _fault(_home(artifact, start, "import", name), message, "unused_name")
    holders = {d.variable: d for d in declarations if d.artifact == label and d.variable}
    for found in _MADE.finditer(code):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        for name in _WORD.findall(found[1] or found[2]):
            if name == "_" or names[name] != 1:
                continue
            home = holders[name] if name in holders else _home(artifact, start, "variable", name)
            yield _fault(home, f"Go compiles no function that sets {name} and does not use it", "unused_name")


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]+", " ", found[0])


def _imported(text: str) -> Iterator[tuple[int, str]]:
    """Where each import stands and what its package is called; without those whose name cannot be told."""
    for block in _IMPORTS.finditer(text):
        group = 1 if block[1] is not None else 2
        for found in _IMPORT.finditer(block[group]):
            name = found[1] or package_name(found[2])
            if name not in ("_", ".") and _WORD.fullmatch(name):
                yield block.start(group) + found.start(), name


def _set_attributes(artifact: Artifact) -> Iterator[Fault]:
    text = artifact.text
    for stack in _STACK.finditer(text):
        after = _NEXT.search(text, text.find("\n", stack.end()) + 1)
        for found in _SET.finditer(text, stack.end(), after.start() if after else len(text)):
            if found[1] in _kept():
                message = f"the stack keeps {found[1]} for itself, so Python cannot set it"
                home = _home(artifact, found.start() + 1, "attribute", found[1])
                yield _fault(home, message, "kept_attribute")


def _assigned_blocks(artifact: Artifact, declarations: Iterable[Declaration]) -> Iterator[Fault]:
    label, start = label_of(artifact), artifact.line_start
    objects = _objects(artifact.text, start)
    if not objects:
        return
    lines = artifact.text.split("\n")
    for each in declarations:
        if each.artifact != label or each.kind != "resource" or each.line < start:
            continue
        for number, name in objects:
            if not each.line < number <= each.line_end or not _is_block(each.type, name):
                continue
            before = _TEXT.sub("", "\n".join(lines[each.line - start : number - start]))
            if len(_OPENING.findall(before)) - len(_CLOSING.findall(before)) == 1:
                message = f"{each.type} takes {name} as a block, without an equals sign"
                yield Fault(each, name, number, "assigned_block", message, f"{name} {{ … }}")


def _objects(text: str, line: int) -> list[tuple[int, str]]:
    """The lines, counted from `line`, that open an object, with the name that it is given to."""
    found: list[tuple[int, str]] = []
    seen = 0
    at = text.find("= {")
    while at >= 0:
        begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = end if end >= 0 else len(text)
        match = _OBJECT.match(text, begin, end)
        if match is not None:
            line += text.count("\n", seen, begin)
            seen = begin
            found.append((line, match[1]))
        at = text.find("= {", end)
    return found


def _handler_attributes(artifact: Artifact, declarations: Collection[Declaration]) -> Iterator[Fault]:
    """What handlers ask of their context and it has not: once per function, or resource, that the code stands in."""
    text, label = artifact.text, label_of(artifact)
    told: set[int] = set()
    for handler in _handlers():
        name = handler.attribute
        if f"context.{name}" not in text or handler.given.search(text) or not handler.signature.search(text):
            continue
        for found in re.finditer(rf"(?<![\w.$])context\.{name}\b", text):
            line = artifact.line_start + text.count("\n", 0, found.start())
            home = narrowest([d for d in declarations if d.artifact == label], line, _HOLDING)
            if (id(home) if home else 0) in told:
                continue
            told.add(id(home) if home else 0)
            home = home or _home(artifact, found.start(), "attribute", name)
            message = f"the context of a Lambda handler has no {name}"
            circumstance = IN_JAVASCRIPT if handler.language == IN_JAVASCRIPT else ""
            yield Fault(home, "", line, "handler_attribute", message, handler.meant, circumstance)


def _is_block(type_: str, name: str) -> bool:
    """Whether a type has a part of this name that takes names of its own only."""
    known = property_known("terraform", type_, name)
    return bool(known) and property_known("terraform", type_, f"{name}.noname") is False


def _home(artifact: Artifact, start: int, what: str, name: str) -> Declaration:
    """What stands for a name of a program that is no declaration."""
    line = artifact.line_start + artifact.text.count("\n", 0, start)
    return Declaration("import", what, name, what, line, line, (), label_of(artifact), "script")


def _fault(home: Declaration, message: str, code: str) -> Fault:
    path = home.name if home.kind == "import" else ""
    return Fault(home, path, home.line, code, message)


@cache
def _handlers() -> tuple[_Handler, ...]:
    rows = cast("list[dict[str, str]]", load_yaml("programs.yaml")["handlers"])
    return tuple(
        _Handler(
            row["language"],
            re.compile(row["signature"]),
            row["attribute"],
            row["meant"],
            re.compile(_GIVEN.format(row["attribute"])),
        )
        for row in rows
    )


@cache
def _kept() -> frozenset[str]:
    return frozenset(cast("list[str]", load_yaml("programs.yaml")["kept"]))
