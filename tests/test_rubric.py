"""`requirements.yaml`: what is read, and what is told about what is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gapkit.models import CATEGORIES, SEVERITIES, Source
from gapkit.rubric import _schema, read_rubric

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "requirements-yaml.md"


def rubric(text: str) -> Source:
    return Source("requirements.yaml", text)


def test_documented_example_is_valid_and_read_in_full() -> None:
    example = re.search(r"```yaml\n(.*?)```", DOCUMENTATION.read_text("utf-8"), re.DOTALL)
    assert example
    requirements, problems = read_rubric(rubric(example[1]))
    assert problems == ()
    first, second, third = requirements
    assert (first.requirement_id, first.number, first.title, first.group) == (
        "R01",
        "3",
        "Dead-letter queue",
        "Resilience",
    )
    assert (first.severity, first.category, first.weight, first.concepts) == (
        "high",
        "resilience",
        2.0,
        ("dead-letter-queue",),
    )
    assert (first.line_start, first.line_end) == (12, 14)
    assert (second.requirement_id, second.title) == (
        "encryption",
        "The table and the bucket are encrypted with a customer-managed key.",
    )
    assert (third.requirement_id, third.weight, third.severity) == ("R03", None, None)
    assert {requirement.source for requirement in requirements} == {"rubric"}


@pytest.mark.parametrize("field", sorted(_schema()["items"]["properties"]))
def test_every_field_is_documented(field: str) -> None:
    assert f"| `{field}` |" in DOCUMENTATION.read_text("utf-8")


def test_schema_has_the_closed_sets_of_the_records() -> None:
    fields = _schema()["items"]["properties"]
    assert tuple(fields["category"]["enum"]) == CATEGORIES
    assert set(fields["severity"]["enum"]) == set(SEVERITIES)


def test_lines_are_the_entrys_own_where_none_are_given() -> None:
    requirements, _ = read_rubric(rubric("- text: a queue\n- title: T\n  text: |\n    two\n    lines\n- text: end\n"))
    assert [(r.line_start, r.line_end) for r in requirements] == [(1, 1), (2, 5), (6, 6)]


@pytest.mark.parametrize(
    ("name", "text", "code", "line", "says"),
    [
        ("empty", "", "rubric_empty", 1, "list requirements"),
        ("only a comment", "# nothing\n", "rubric_empty", 1, "list requirements"),
        ("no list", "text: x\n", "rubric_schema", 1, "must hold a list"),
        ("empty list", "[]\n", "rubric_schema", 1, "list requirements"),
        ("no text", "- text: ok\n- title: x\n", "rubric_schema", 2, "`text` is missing"),
        ("blank text", '- text: "  "\n', "rubric_schema", 1, "`text`"),
        ("unknown field", "- text: x\n  sevrity: low\n", "rubric_schema", 1, "unknown field sevrity; known are"),
        ("unknown severity", "- text: x\n  severity: bad\n", "rubric_schema", 2, "use one of none, low"),
        ("unknown category", "- text: x\n\n  category: bad\n", "rubric_schema", 3, "use one of monitoring"),
        ("weight 0", "- text: x\n  weight: 0\n", "rubric_schema", 2, "`weight`"),
        ("weight not finite", "- text: x\n  weight: .nan\n", "rubric_schema", 2, "finite"),
        ("weight as text", "- text: x\n  weight: much\n", "rubric_schema", 2, "of type number"),
        ("entry is no mapping", "- text: x\n- just words\n", "rubric_schema", 2, "of type object"),
        ("lines backwards", "- text: x\n  lines: [9, 3]\n", "rubric_schema", 2, "9 comes after 3"),
        ("one line only", "- text: x\n  lines: [9]\n", "rubric_schema", 2, "`lines`"),
        ("same id", "- id: a\n  text: x\n- id: a\n  text: y\n", "rubric_duplicate_id", 3, "already used at line 1"),
        ("not YAML", "- text: [\n", "rubric_unreadable", 2, "correct this line"),
        ("tab indent", "- text: x\n\ttitle: y\n", "rubric_unreadable", 2, "correct this line"),
        ("alias", "- &a\n  text: x\n- *a\n", "rubric_alias", 3, "write the entry out"),
        ("impossible date", "- text: 2001-99-99\n", "rubric_unreadable", 1, "correct it"),
        ("nested deep", "[" * 500 + "]" * 500, "rubric_unreadable", 1, "nested too deep"),
        (
            "nested without end",
            "[" * 100_000 + "]" * 100_000,
            "rubric_unreadable",
            1,
            "nest",
        ),  # libyaml's limit or ours
        ("NUL", "- text: \0\n", "rubric_unreadable", 1, "correct this line"),
        ("object tag", "- text: !!python/object/apply:os.getcwd []\n", "rubric_unreadable", 1, "correct this line"),
        ("too long", "- text: x\n" * 200_000, "rubric_too_long", 1, "shorten it"),
    ],
)
def test_what_is_wrong_is_told(name: str, text: str, code: str, line: int, says: str) -> None:
    _, problems = read_rubric(rubric(text))
    (problem,) = problems
    assert (problem.stage, problem.code, problem.document, problem.line) == ("rubric", code, "requirements.yaml", line)
    assert says in problem.message
    assert f"requirements.yaml, line {line}:" in problem.message


def test_good_entries_are_used_beside_bad_ones() -> None:
    requirements, problems = read_rubric(rubric("- text: one\n- title: no text\n- text: three\n"))
    assert [(r.requirement_id, r.text) for r in requirements] == [("R01", "one"), ("R03", "three")]
    assert len(problems) == 1


def test_import_does_not_load_jsonschema() -> None:
    code = "import sys, gapkit.rubric; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
