"""CI/CD pipelines and Kubernetes manifests into declarations."""

from __future__ import annotations

import pytest
from dialect_fixtures import artifact_of, cases, codes, shown

from gapkit.dialects import pipeline, read_artifact

CASES = {case.name: case for case in cases("pipeline")}
KINDS = ("template", "job", "step", "resource")


@pytest.mark.parametrize("name", CASES)
def test_systems(name: str) -> None:
    case = CASES[name]
    reading = read_artifact(case.artifact)
    assert shown(reading.declarations, KINDS) == case.expected
    assert {one.dialect for one in reading.declarations} == {"pipeline"}
    assert reading.problems == ()


def test_steps_belong_to_their_job_and_stand_within_it() -> None:
    case = next(case for name, case in CASES.items() if name.startswith("github"))
    declarations = pipeline.read(case.artifact).declarations
    jobs = {one.name: one for one in declarations if one.kind == "job"}
    steps = [one for one in declarations if one.kind == "step"]
    assert [one.owner for one in steps] == ["test", "test", "deploy"]
    for step in steps:
        assert jobs[step.owner].line < step.line <= step.line_end <= jobs[step.owner].line_end
    assert steps[0].canonical_type == "actions/checkout"


def test_codepipeline_in_json() -> None:
    action = '{"name": "Get", "actionTypeId": {"provider": "CodeCommit"}}'
    text = f'{{"pipeline": {{"name": "p", "stages": [{{"name": "Source", "actions": [{action}]}}]}}}}'
    found = [(one.kind, one.type, one.name, one.owner) for one in read_artifact(artifact_of(text, "json")).declarations]
    assert found == [
        ("template", "CodePipeline pipeline", "p", ""),
        ("job", "CodePipeline stage", "Source", ""),
        ("step", "CodeCommit", "Get", "Source"),
    ]


def test_a_damaged_workflow_keeps_its_other_jobs() -> None:
    broken = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo: no: [\n"
    text = broken + "  b:\n    runs-on: y\n    steps:\n      - run: make\n"
    reading = pipeline.read(artifact_of(text))
    assert [one.name for one in reading.declarations if one.kind == "job"] == ["a", "b"]
    assert codes(reading) == {"broken_code"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("name: x\nruntime: nodejs\n", "yaml"),
        ("steps: a list of words\n", ""),
        ("jobs:\n  a:\n    runs-on: x\n", "python"),
        ('{"stages": []}', "json"),
    ],
)
def test_other_texts_are_not_accepted(text: str, language: str) -> None:
    assert not pipeline.accepts(artifact_of(text, language))
