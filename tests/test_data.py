"""gapkit's own samples: they are read whole, and judged as a careful reader judges them, apart from known misses.

A miss that is gone fails as well, so that `known_misses` never says more than is true: run
`python tools/refresh_known_misses.py`, look at the difference, commit it.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from expected_tables import DATA, assessed, expected, label, misses, read, sample_ids

from gapkit.models import CATEGORIES, SEVERITIES, STATUSES, Declaration
from gapkit.pipeline import assess, read_declarations

SAMPLES = sample_ids()
SHARED = Path(__file__).parents[1] / ".." / "shared"
SIDES = ("model", "ideal")
REFRESH = "run tools/refresh_known_misses.py"
WHOSE = ("requirement", "documented_gap", "extra_requirement", "extra_documented_gap")


def declared(sample_id: str, side: str) -> tuple[Declaration, ...]:
    return read_declarations(read(sample_id), side)[0]


# ------------------------------------------------------------ the collection


def test_every_dialect_and_language_is_there() -> None:
    found = {(read(i).metadata.platform, read(i).metadata.language) for i in SAMPLES}
    assert found >= {
        *(("cfn", language) for language in ("yaml", "json")),
        ("tf", "hcl"),
        *(("cdk", language) for language in ("ts", "js", "py", "java", "go")),
        *(("cdktf", language) for language in ("ts", "py", "java", "go")),
        *(("pulumi", language) for language in ("ts", "js", "py", "java", "go")),
        ("cicd", "yaml"),
        ("analysis", "py"),
    }


def test_every_shape_of_sample_is_there() -> None:
    samples = [read(i) for i in SAMPLES]
    assert any(s.rubric for s in samples)
    assert any(len(s.turns) == 3 for s in samples)
    assert any((DATA / i / "PROMPT.md").exists() for i in SAMPLES), "a sample whose documents stand in its folder"
    assert any("AWS::Serverless" in s.ideal_response.text for s in samples if s.ideal_response)


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_metadata_and_documents_are_read(sample_id: str) -> None:
    sample, metadata = read(sample_id), read(sample_id).metadata
    assert sample.problems == ()
    assert None not in (metadata.platform, metadata.language, metadata.complexity, metadata.subtask, metadata.model)
    assert sample.ideal_response is not None
    assert sample.model_failures is not None
    assert all(turn.prompt and turn.model_response for turn in sample.turns)


# ------------------------------------------------------- the reader's tables


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_the_readers_table_is_sound(sample_id: str) -> None:
    sample, table = read(sample_id), expected(sample_id)
    prompt, notes = sample.turns[0].prompt, sample.model_failures
    assert prompt is not None
    assert notes is not None
    assert table["sample"] == sample_id
    titles = [row["title"] for row in table["requirements"]]
    assert len(set(titles)) == len(titles)
    asked = (sample.rubric or prompt).text if sample.rubric else prompt.text
    for row in table["requirements"]:
        start, end = row["lines"]
        assert 1 <= start <= end <= len(asked.splitlines())
        assert row["status"] in STATUSES
        assert row["ideal"] in STATUSES
        assert row["severity"] in SEVERITIES
        assert row["category"] in CATEGORIES
        assert (row["severity"] == "none") == (row["status"] in ("complete", "unverifiable")), row["title"]
        assert row.get("turns", [row["status"]])[-1] == row["status"]
    lines = notes.text.splitlines()
    for row in table["documented_gaps"]:
        assert lines[row["line"] - 1].strip()
        assert row["severity"] in (*SEVERITIES, "unstated")
        assert row["supported"] in (True, False, None)


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_labels_have_the_format_of_labels(sample_id: str, tmp_path: Path) -> None:
    evaluate = SHARED / "evaluate.py"
    if not evaluate.exists():
        pytest.skip("the evaluation script is not at hand (../shared)")
    spec = importlib.util.spec_from_file_location("evaluate", evaluate)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "one.json").write_text(json.dumps(label(sample_id)))
    labels = module.read_labels(tmp_path)
    figures = module.figures(list(labels), labels, labels)
    assert figures["requirement recall"] == figures["status accuracy"] == figures["documented gap recall"] == 1.0


@pytest.mark.parametrize("sample_id", [i for i in SAMPLES if i.startswith("cfn-")])
def test_cloudformation_ideals_pass_the_linter(sample_id: str) -> None:
    api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed (pip install gapkit[lint])")
    ideal = read(sample_id).ideal_response
    assert ideal is not None
    template = re.search(r"^```(?:yaml|json)\n(.*?)^```", ideal.text, re.DOTALL | re.MULTILINE)
    assert template is not None
    found = api.lint_all(template[1])
    assert [str(match) for match in found if match.rule.severity == "error"] == []


# -------------------------------------------------------------- what is read


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("sample_id", SAMPLES)
def test_code_is_read_without_problems(sample_id: str, side: str) -> None:
    declarations, problems = read_declarations(read(sample_id), side)
    assert declarations
    assert problems == ()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("sample_id", SAMPLES)
def test_resources_are_found(sample_id: str, side: str) -> None:
    table, declarations = expected(sample_id), declared(sample_id, side)
    types = Counter(d.canonical_type for d in declarations if d.kind == "resource")
    kinds = Counter(d.kind for d in declarations)
    for counts, found in (("resources", types), ("kinds", kinds)):
        wanted = table.get(counts, {}).get(side, {})
        assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("sample_id", SAMPLES)
def test_facts_are_found(sample_id: str, side: str) -> None:
    facts = [(d.canonical_type, p.path, p.value) for d in declared(sample_id, side) for p in d.properties]
    for fact in expected(sample_id).get("facts", {}).get(side, []):
        assert tuple(fact) in facts


# ------------------------------------------------------------- how it judges


def points(sample_id: str) -> list[tuple[str, str]]:
    """Whose judgement is compared: every requirement, every documented gap, and what should not have been found."""
    table = expected(sample_id)
    return [
        *(("requirement", row["title"]) for row in table["requirements"]),
        *(("documented_gap", row["title"]) for row in table["documented_gaps"]),
        ("extra_requirement", ""),
        ("extra_documented_gap", ""),
    ]


def fields_of(entries: list[dict[str, Any]], whose: str, title: str) -> list[str]:
    """The fields that are missed, by name; of what should not have been found, each by its lines."""
    mine = [one for one in entries if whose in one and (not title or one[whose] == title)]
    if not title:
        return sorted(str(one[whose]) for one in mine)
    return sorted(field for one in mine for field in one if field != whose)


def test_known_misses_are_of_this_sample() -> None:
    for sample_id in SAMPLES:
        known = points(sample_id)
        for miss in expected(sample_id).get("known_misses", []):
            whose = next(name for name in WHOSE if name in miss)
            assert (whose, miss[whose] if not whose.startswith("extra") else "") in known, f"{sample_id}: {REFRESH}"


@pytest.mark.parametrize(
    ("sample_id", "whose", "title"), [(i, *point) for i in SAMPLES for point in points(i)], ids=lambda text: text or "-"
)
def test_judged_as_a_reader_judges(sample_id: str, whose: str, title: str) -> None:
    missed = fields_of(misses(sample_id), whose, title)
    known = fields_of(expected(sample_id).get("known_misses", []), whose, title)
    assert not (gone := [f for f in known if f not in missed]), f"agrees with the reader now ({gone}): {REFRESH}"
    said = [one for one in misses(sample_id) if one.get(whose) == title]
    assert not (new := [f for f in missed if f not in known]), f"disagrees with the reader on {new}: {said}"


def test_a_miss_is_noticed_and_its_end_as_well() -> None:
    entries = [{"requirement": "Queue", "status": "missing"}, {"extra_requirement": [3, 4]}]
    assert fields_of(entries, "requirement", "Queue") == ["status"]
    assert fields_of(entries, "requirement", "Table") == []
    assert fields_of(entries, "extra_requirement", "") == ["[3, 4]"]


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_ideals_are_not_judged_worse_than_answers(sample_id: str) -> None:
    value = {"complete": 1.0, "partial": 0.5, "missing": 0.0}
    coverages = [c for c in assessed(sample_id).coverages if c.status in value and c.ideal_status in value]
    assert sum(value[c.ideal_status] for c in coverages) >= sum(value[c.status] for c in coverages)


def test_a_sample_leaves_no_cycles_behind() -> None:
    """What holds itself stays until a collection of cycles, which once took a twentieth of the time of a run."""
    samples = [read(name) for name in ("cdk-ts/tenant-api", "pulumi-py/web-database", "cfn-yaml/image-thumbnails")]
    for sample in samples:
        assess(sample)
    gc.collect()
    gc.disable()
    try:
        for sample in samples:
            assess(sample)
        assert gc.collect() < 100
    finally:
        gc.enable()
