"""The table of faults: every kind that the code tells is judged, and nothing is judged that it does not tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gapkit
from gapkit.fault_kinds import fault_harm, fault_kinds, fault_severity, lint_severities
from gapkit.models import SEVERITIES, Artifact
from gapkit.resources import STOPPING
from gapkit.undelivered import CODE
from gapkit.validity import invalid_facts

# Where the kind stands among the arguments of what makes faults.
_PLACES = {"Fault": 3, "Misuse": 4, "_fault": 2, "_add": 3}


def _told() -> Iterator[str]:
    """The kinds as the sources write them."""
    folder = Path(gapkit.__file__).parent
    for path in (*folder.glob("*.py"), *folder.glob("dialects/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                place = _PLACES.get(name, len(node.args))
                if place < len(node.args) and isinstance(node.args[place], ast.Constant):
                    value = node.args[place].value  # type: ignore[attr-defined]
                    if isinstance(value, str) and value.replace("_", "").isalpha() and "_" in value:
                        yield value


def test_every_kind_is_judged() -> None:
    told = {*_told(), *STOPPING, CODE, "unknown_managed_policy", "unknown_type", "output_as_text", "output_in_json"}
    assert {name.partition(" in ")[0] for name in fault_kinds()} - {"other"} == told


def test_every_kind_has_a_reason() -> None:
    for name, row in fault_kinds().items():
        assert row["severity"] in SEVERITIES[1:], name
        assert row["is"] and row["because"], name
        assert fault_harm(row["severity"])
    assert set(lint_severities()) == {"E", "W"}


@pytest.mark.parametrize(
    ("code", "circumstance", "same_as"),
    [
        ("unknown_property", "javascript", "unknown_property in javascript"),
        ("missing_property", "javascript", "missing_property"),
        ("what nobody judged", "", "other"),
    ],
)
def test_circumstances(code: str, circumstance: str, same_as: str) -> None:
    assert fault_severity(code, circumstance) == fault_kinds()[same_as]["severity"]


def test_findings_take_their_severity_from_the_table() -> None:
    from gapkit.dialects import read_artifact

    text = (
        "import * as aws from '@pulumi/aws';\nnew aws.sqs.Queue('a', {colour: 'red'});\n"
        "new aws.sqs.Queue('b', {});\nnew aws.sns.Topic('c', {});\n"
    )
    for name, expected in (("index.ts", "unknown_property"), ("index.js", "unknown_property in javascript")):
        read = read_artifact(Artifact("answer.md", name, "", text, 1, 4))
        found = invalid_facts(read.declarations, misuses=read.misuses)
        assert [f.severity for f in found] == [fault_kinds()[expected]["severity"]]
