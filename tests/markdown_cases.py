"""Dialect cases as markdown that a person can read: code, then what must be read from it.

A case is a heading, a fence with code and a fence `expected`.  Its lines name each declaration of the kinds that it
mentions, in order (`kind type name`, then `var x` and `owner x` where they matter), and, indented under it, some of
its properties (`path = value`, the value as Python writes it).  A line `line 3` under a declaration gives its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gapkit.models import Artifact, Declaration

_CASE = re.compile(
    r"^#+ (.+?)\n.*?^```(\w+)(?: (\S+))?\n(.*?)^```\n.*?^```expected\n(.*?)^```", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Case:
    """One case: its artifact and the expected lines."""

    name: str
    artifact: Artifact
    expected: tuple[str, ...]


def cases(folder: Path) -> Iterator[Case]:
    """All cases of the markdown files in a folder."""
    for path in sorted(folder.glob("*.md")):
        for title, language, name, code, expected in _CASE.findall(path.read_text("utf-8")):
            artifact = Artifact("RESPONSE.md", name, language, code, 1, code.count("\n"))
            yield Case(f"{path.stem}: {title}", artifact, tuple(expected.rstrip("\n").split("\n")))


def differences(case: Case, declarations: tuple[Declaration, ...]) -> list[str]:
    """What differs from the expectation, a line each; empty where all is as expected."""
    wanted = _wanted(case.expected)
    kinds = {head.split()[0] for head, _ in wanted}
    found = [each for each in declarations if each.kind in kinds]
    heads = [_head(each, head) for each, (head, _) in zip(found, wanted, strict=False)]
    if heads != [head for head, _ in wanted] or len(found) != len(wanted):
        shown = [f"{each.kind} {each.type} {each.name}" for each in found]
        return [f"declarations: {shown} instead of {[head for head, _ in wanted]}"]
    wrong: list[str] = []
    for each, (head, below) in zip(found, wanted, strict=True):
        lines = {f"{path} = {value!r}" for path, value, _ in each.properties} | {f"line {each.line}"}
        wrong += [f"{head}: {text} is not among {sorted(lines)}" for text in below if text not in lines]
    return wrong


def _wanted(expected: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    wanted: list[tuple[str, list[str]]] = []
    for line in expected:
        if line.startswith(" "):
            wanted[-1][1].append(line.strip())
        elif line:
            wanted.append((line, []))
    return wanted


def _head(each: Declaration, head: str) -> str:
    shown = f"{each.kind} {each.type} {each.name}"
    if " var " in head:
        shown += f" var {each.variable}"
    if " owner " in head:
        shown += f" owner {each.owner}"
    return shown
