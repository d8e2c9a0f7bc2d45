"""Spellings of metadata."""

from __future__ import annotations

import pytest

from gapkit.knowledge import load_yaml
from gapkit.metadata import fold, normalise_metadata
from gapkit.models import LANGUAGES, PLATFORMS


@pytest.mark.parametrize(
    ("raw", "sample_id", "expected"),
    [
        ({"platform": "CloudFormation", "language": "YML"}, "x/y", ("cfn", "yaml")),
        ({"platform": "cfn-yaml"}, "x/y", ("cfn", "yaml")),
        ({"platform": "terraform-hcl"}, "x/y", ("tf", "hcl")),
        ({"platform": "Terraform"}, "x/y", ("tf", "hcl")),
        ({"platform": "AWS CDK", "language": "TypeScript"}, "x/y", ("cdk", "ts")),
        ({"platform": "CDK for Terraform", "language": "python"}, "x/y", ("cdktf", "py")),
        ({"platform": "pulumi", "language": "golang"}, "x/y", ("pulumi", "go")),
        ({"platform": "CI/CD"}, "x/y", ("cicd", None)),
        ({}, "cfn-json/Pr1", ("cfn", "json")),
        ({}, "corpus/tf-hcl/Pr1", ("tf", "hcl")),
        ({"language": "js"}, "cdk-ts/Pr1", ("cdk", "js")),
        ({}, "my-data-pipeline/a", (None, None)),
        ({"platform": None, "language": 3}, "x/y", (None, None)),
    ],
)
def test_platform_and_language(raw: dict[str, object], sample_id: str, expected: tuple[str | None, str | None]) -> None:
    metadata, problems = normalise_metadata(raw, sample_id)
    assert (metadata.platform, metadata.language) == expected
    assert problems == ()
    assert metadata.raw == raw


@pytest.mark.parametrize("field", ["platform", "language", "complexity"])
def test_what_is_unknown_is_reported_and_kept(field: str) -> None:
    metadata, problems = normalise_metadata({field: "Frobnicator"}, "cdk-go/one", "meta.json")
    assert [(p.code, p.document) for p in problems] == [(f"unknown_{field}", "meta.json")]
    assert "Frobnicator" in problems[0].message
    assert metadata.raw[field] == "Frobnicator"
    assert (metadata.platform, metadata.language) == ("cdk", "go")


@pytest.mark.parametrize(
    ("raw", "complexity", "subtask", "model"),
    [
        ({"complexity": "Moderate"}, "medium", None, None),
        ({"difficulty": "HIGH", "model_name": " m-1 "}, "hard", None, "m-1"),
        ({"subtask": "CI/CD  pipeline"}, None, "CI/CD Pipeline Integration", None),
        ({"subtask": "Security, Compliance and Governance"}, None, "Security, Compliance, and Governance", None),
        ({"subtask": "Something of its own"}, None, "Something of its own", None),
    ],
)
def test_other_fields(raw: dict[str, object], complexity: str | None, subtask: str | None, model: str | None) -> None:
    metadata, _ = normalise_metadata(raw, "a/b")
    assert (metadata.complexity, metadata.subtask, metadata.model) == (complexity, subtask, model)


def test_a_spelling_stands_for_one_name_and_names_are_the_known_ones() -> None:
    data = load_yaml("metadata.yaml")
    assert tuple(data["platform"]) == PLATFORMS
    assert tuple(data["language"]) == LANGUAGES
    for field in ("platform", "language", "complexity", "subtask"):
        owners: dict[str, set[str]] = {}
        for name, wordings in data[field].items():
            for wording in (name, *wordings):
                owners.setdefault(fold(wording), set()).add(name)
            assert fold(name) in map(fold, wordings), name
        assert {wording: names for wording, names in owners.items() if len(names) > 1} == {}
