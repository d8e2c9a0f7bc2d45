"""Reads dialect cases from markdown: code blocks, and behind them a `facts` block with what they say."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gapkit.models import Artifact, Declaration, Reading

FOLDER = Path(__file__).parent / "dialects"


class Case(NamedTuple):
    name: str
    artifact: Artifact
    expected: list[str]


def artifact_of(text: str, language: str = "yaml", name: str = "", line_start: int = 1) -> Artifact:
    return Artifact("doc.md", name, language, text, line_start, line_start + text.count("\n"))


def cases(folder: str) -> list[Case]:
    """Each code block with the facts block that comes after it; several blocks may share one."""
    found: list[Case] = []
    for path in sorted((FOLDER / folder).glob("*.md")):
        waiting: list[Artifact] = []
        fence, start, lines = None, 0, []
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if fence is None and line.startswith("```"):
                fence, start, lines = line[3:], number + 1, []
            elif fence is not None and line == "```":
                if fence == "facts":
                    found += [Case(f"{path.stem}:{one.line_start}", one, lines) for one in waiting]
                    waiting = []
                else:
                    waiting.append(Artifact(path.name, "", fence, "\n".join(lines) + "\n", start, number - 1))
                fence = None
            elif fence is not None:
                lines.append(line)
    return found


def shown(declarations: tuple[Declaration, ...], kinds: tuple[str, ...]) -> list[str]:
    """Declarations and their properties as the facts blocks write them."""
    out = []
    for one in declarations:
        if one.kind in kinds:
            out.append(f"{one.kind} {one.type} {one.name}")
            out += [f"{path} = {str(value).replace(chr(10), '⏎')}" for path, value, _ in one.properties]
    return out


def codes(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.problems}
