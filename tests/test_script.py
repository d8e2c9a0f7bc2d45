"""Plain programs: what they import, define and call; tests give their names only."""

from __future__ import annotations

import pytest

from gapkit.dialects import script
from gapkit.models import Artifact, Declaration

ANALYSIS = """\
import json
import boto3
from tabulate import tabulate

IDLE_DAYS = 30


class Auditor:
    def __init__(self, region):
        self.ec2 = boto3.client("ec2", region_name=region)

    def volumes(self):
        pages = self.ec2.get_paginator("describe_volumes").paginate(Filters=[{"Name": "status"}])
        found = []
        for page in pages:
            found.append(page.get("Volumes"))
            found.append({"severity": "HIGH"})
        return self.rated(found)


def main():
    with open("report.json", "w") as report:
        json.dump({}, report)
    print(tabulate([], headers=["id"]))
"""


def read(text: str, language: str, name: str = "") -> tuple[Declaration, ...]:
    artifact = Artifact("RESPONSE.md", name, language, text, 11, 11 + text.count("\n"))
    assert script.accepts(artifact)
    return script.read(artifact).declarations


def test_an_analysis_script_tells_what_it_reaches() -> None:
    found = read(ANALYSIS, "python")
    assert {each.dialect for each in found} == {"script"}
    assert [each.name for each in found if each.kind == "import"] == ["json", "boto3", "tabulate"]
    assert [each.name for each in found if each.kind == "function"] == ["Auditor", "__init__", "volumes", "main"]
    assert [(each.name, each.canonical_type, each.line) for each in found if each.kind == "call"] == [
        ("boto3.client", "ec2.client", 20),
        ("paginate", "paginate", 23),
        ("ec2.get_paginator", "ec2.describe_volumes", 23),
        ("found.append", "found.append", 27),
        ("open", "open", 32),
        ("json.dump", "json.dump", 33),
        ("tabulate", "tabulate", 34),
    ]


def test_arguments_and_constants_are_properties() -> None:
    found = {each.name: {path: value for path, value, _ in each.properties} for each in read(ANALYSIS, "python")}
    assert found["IDLE_DAYS"] == {"value": 30}
    assert found["found.append"] == {"severity": "HIGH"}
    assert found["paginate"] == {"Filters[0].Name": "status"}
    assert found["open"] == {"[0]": "report.json", "[1]": "w"}


@pytest.mark.parametrize(
    ("language", "name", "text", "tests"),
    [
        (
            "python",
            "",
            "import pytest\n\nclass TestA:\n    def test_one(self):\n        s3.Bucket(stack, 'B')\n",
            ["test_one"],
        ),
        ("python", "tests/test_b.py", "from aws_cdk import App\n\nasync def test_two():\n    App()\n", ["test_two"]),
        ("go", "", 'import "testing"\n\nfunc TestStack(t *testing.T) {}\n', ["TestStack"]),
        ("java", "", "import org.junit.jupiter.api.Test;\nclass A {\n  @Test\n  void works() {}\n}\n", ["works"]),
    ],
)
def test_of_tests_only_the_names_count(language: str, name: str, text: str, tests: list[str]) -> None:
    found = read(text, language, name)
    assert [(each.kind, each.type, each.name) for each in found] == [("function", "test", name) for name in tests]


@pytest.mark.parametrize(
    ("language", "text", "call"),
    [
        ("java", 'class H { void h() { s3.putObject("a", b); log.info("x"); } }', "s3.putObject"),
        ("go", "package main\n\nfunc h() {\n\tsvc.PutItem(ctx, input)\n\tfmt.Println(1)\n}\n", "svc.PutItem"),
    ],
)
def test_handlers_in_other_languages(language: str, text: str, call: str) -> None:
    assert [each.name for each in read(text, language) if each.kind == "call"] == [call]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "python",
            "def a():\n    try:\n        b()\n    except (OSError, ValueError) as e:\n        raise\n\ndef c(): pass\n",
        ),
        (
            "java",
            "class H {\n void a() {\n  try { b(); } catch (Exception e) { }\n }\n void c() {\n // catch (x)\n }\n}",
        ),
        ("go", "package main\n\nfunc a() {\n\tif err != nil {\n\t}\n}\n\nfunc c() {\n}\n"),
    ],
)
def test_functions_that_catch_errors(language: str, text: str) -> None:
    caught = [each.name for each in read(text, language) if each.kind == "function" and each.properties]
    assert [name for name in caught if name != "H"] == ["a"]


def test_lines_are_those_of_the_document() -> None:
    assert [(each.kind, each.line) for each in read("\nimport json\n", "python")] == [("import", 12)]


@pytest.mark.parametrize(
    ("language", "name", "text"),
    [
        ("bash", "", "import x\n"),
        ("go", "", "module orders\n\ngo 1.22\n"),
        ("python", "requirements.txt", "boto3>=1.34\n"),
    ],
)
def test_other_text_is_left_alone(language: str, name: str, text: str) -> None:
    assert not script.accepts(Artifact("R.md", name, language, text, 1, 1))
