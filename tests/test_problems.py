"""Every problem code that gapkit can give is explained in docs/problems.md, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
MAKERS = {"Problem", "problem", "_problem", "UnreadableError"}
CLOSED_SETS = {"unknown_platform", "unknown_language", "unknown_complexity"}  # their codes are put together


def codes_in_source() -> Iterator[str]:
    for file in sorted((ROOT / "gapkit").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in MAKERS:
                    values = [*node.args[:3], *(k.value for k in node.keywords if k.arg == "code")]
                    yield from (v.value for v in values if isinstance(v, ast.Constant) and _is_code(v.value))


def _is_code(value: object) -> bool:
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([a-z0-9_]+)` \|", text, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == set(codes_in_source()) | CLOSED_SETS
