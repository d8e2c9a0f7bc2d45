"""The gap-analysis document: its numbers agree, its fixes parse, and gapkit reads its gaps back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sample_folders import write_sample

import gapkit
from gapkit.corpus import open_corpus, read_sample
from gapkit.documents import read_document
from gapkit.explain import explain
from gapkit.explain_reading import MARK, MINOR_STATUS
from gapkit.failures import read_failures
from gapkit.models import Assessment, DocumentedGap, Source
from gapkit.pipeline import assess
from gapkit.snippet_syntax import parses

DATA = Path(__file__).parents[1] / "data"
SAMPLES = tuple(open_corpus(DATA).sample_ids())
FENCE = re.compile(r"^(```+)(\w+)\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)


@cache
def assessed(sample_id: str) -> Assessment:
    return assess(read_sample(DATA / sample_id), explaining=True)


@cache
def document(sample_id: str) -> str:
    return explain(assessed(sample_id))


def read_back(text: str) -> tuple[DocumentedGap, ...]:
    found, _ = read_failures(read_document(Source("gaps.md", text)))
    return found


def section(text: str, title: str) -> str:
    """A section of a document, to the next of its level; empty where there is none."""
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return match[1] if match else ""


def rows(text: str) -> list[list[str]]:
    """The cells of a section's table, without its header."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


# -------------------------------------------------------------- round trip


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_its_gaps_are_read_back(sample_id: str) -> None:
    assessment = assessed(sample_id)
    status = {r.requirement_id: r.status for r in assessment.remedies}
    written = {
        (c.requirement.number, " ".join(c.requirement.title.split()), c.severity, status[c.requirement.requirement_id])
        for c in assessment.coverages
        if c.status in ("missing", "partial")
    }
    minor = {" ".join(r.title.split()) for r in assessment.remedies if r.requirement_id is None}
    found = read_back(document(sample_id))
    stated = [g for g in found if g.status != MINOR_STATUS]
    assert {(g.number, g.title, g.severity, g.status) for g in stated} == written
    assert len(stated) == sum(c.status in ("missing", "partial") for c in assessment.coverages)
    assert {(g.title, g.severity) for g in found if g.status == MINOR_STATUS} == {(t, "low") for t in minor}


def test_requirement_numbers_are_the_prompts_own() -> None:
    stated = [g for g in read_back(document("payment-validation")) if g.status != MINOR_STATUS]
    assert stated
    assert [g.requirement_numbers for g in stated] == [(g.number,) for g in stated]


def test_lines_are_the_documents_own() -> None:
    text = document("payment-validation")
    for gap in read_back(text):
        lines = text.split("\n")[gap.line - 1 : gap.line_end]
        assert "\n".join(lines) == gap.text
        assert gap.title in lines[0]


def test_headings_and_fences_in_code_are_no_gaps() -> None:
    gap = "#### 1. Queue\n\n**Severity**: high\n\n````yaml\n#### 2. No\n```\n#### 3. No\n````\n\n#### 4. Topic\n"
    found = read_back(f"# Gap analysis: s\n\n{MARK}\n\n## Detailed gaps\n\n{gap}")
    assert [(g.number, g.title, g.severity) for g in found] == [("1", "Queue", "high"), ("4", "Topic", "unstated")]


# ----------------------------------------------------------------- numbers


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_numbers_agree(sample_id: str) -> None:
    text = document(sample_id)
    groups = [row for row in rows(section(text, "Summary")) if row[0] != "Overall"]
    met, partial, missing, untold, total = (sum(int(row[n]) for row in groups) for n in range(1, 6))
    assert met + partial + missing + untold == total == len(assessed(sample_id).coverages)
    for row in groups:
        assert row[6] == f"{round(100 * int(row[1]) / int(row[5]))}%"
    overall = [row for row in rows(section(text, "Summary")) if row[0] == "Overall"]
    assert all([int(c) for c in row[1:6]] == [met, partial, missing, untold, total] for row in overall)
    if met + partial + missing:
        share = f"{round(100 * (met + partial / 2) / (met + partial + missing))}%"
        assert f"Overall completeness: {share} " in text

    capabilities = rows(section(text, "Training value"))
    assert [sum(int(row[n]) for row in capabilities) for n in range(1, 5)] == [total, met, partial, missing]
    assert f"meets {met} of {total} requirements; {partial + missing} teach" in section(text, "Training value")

    details = section(text, "Detailed gaps")
    assert len(re.findall(r"^#### ", FENCE.sub("", details), re.MULTILINE)) == partial + missing
    table = rows(section(text, "Severity classification"))
    assert len(table) == partial + missing
    stated = re.findall(r"^\*\*Requirement\*\*: (\S+)\n\*\*Severity\*\*: (\w+)$", details, re.MULTILINE)
    assert sorted(stated) == sorted((row[0], row[2]) for row in table)
    fixes = re.findall(r"^(\d+)\. requirement (\S+),", section(text, "Priority order for fixes"), re.MULTILINE)
    assert [int(place) for place, _ in fixes] == list(range(1, partial + missing + 1))
    assert sorted(number for _, number in fixes) == sorted(row[0] for row in table)


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_gaps_stand_by_severity_within_their_theme(sample_id: str) -> None:
    rank = ["critical", "high", "medium", "low"]
    for theme in re.split(r"^### ", section(document(sample_id), "Detailed gaps"), flags=re.MULTILINE)[1:]:
        found = [rank.index(s) for s in re.findall(r"^\*\*Severity\*\*: (\w+)$", theme, re.MULTILINE)]
        assert found == sorted(found)


# ------------------------------------------------------------------- fixes


@pytest.mark.parametrize("sample_id", SAMPLES)
def test_fixes_parse(sample_id: str) -> None:
    for remedy in assessed(sample_id).remedies:
        if remedy.code:
            assert parses(remedy.code, remedy.language), remedy.code


def test_a_fix_is_the_knowledge_bases_where_the_ideal_shows_none(tmp_path: Path) -> None:
    sample = read_sample(write_sample(tmp_path / "s", {"lib/IDEAL_RESPONSE.md": None}))
    fix = next(r for r in assess(sample, explaining=True).remedies if "dead-letter" in r.title)
    assert fix.lines == ()
    assert parses(fix.code, "yaml") and "RedrivePolicy" in fix.code


def test_a_fix_is_cut_from_the_ideal(tmp_path: Path) -> None:
    prompt = "1. The queue is encrypted with the key `alias/jobs`.\n"
    sample = read_sample(write_sample(tmp_path / "s", {"lib/PROMPT.md": prompt}))
    (fix, *_) = [r for r in assess(sample, explaining=True).remedies if r.code]
    assert fix.code == "Resources:\n  Jobs:\n    Properties:\n      KmsMasterKeyId: alias/jobs"
    assert fix.lines == ((3, 6),)


def test_the_document_shows_every_fix_whole() -> None:
    shown = [match[2] for match in FENCE.findall(document("payment-validation"))]
    assert shown == [
        r.code
        for c in sorted_as_shown(document("payment-validation"))
        for r in assessed("payment-validation").remedies
        if r.title == c and r.code
    ]


def sorted_as_shown(text: str) -> list[str]:
    return re.findall(r"^#### \d+\. (.+)$", text, re.MULTILINE)


def template_of(sample_id: str, name: str) -> dict[str, Any]:
    from cfnlint.decode import decode_str

    text = (DATA / sample_id / "lib" / name).read_text(encoding="utf-8")
    code = next(m[2] for m in FENCE.findall(text) if m[1] in ("yaml", "json"))
    template, problems = decode_str(code)
    assert not problems
    plain: dict[str, Any] = json.loads(json.dumps(template))
    return plain


def laid_over(template: Any, fix: Any) -> Any:
    if isinstance(template, dict) and isinstance(fix, dict):
        return {k: laid_over(template[k], fix[k]) if k in template and k in fix else fix.get(k, template.get(k))
                for k in {**template, **fix}}  # fmt: skip
    return fix


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
def test_fixes_pass_cfn_lint_in_place(severity: str) -> None:
    lint = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed: pip install -e .[lint]").lint
    from cfnlint.config import ManualArgs
    from cfnlint.decode import decode_str

    assessment = assessed("payment-validation")
    severities = {c.requirement.requirement_id: c.severity for c in assessment.coverages}
    for remedy in assessment.remedies:
        if remedy.requirement_id is None or severities[remedy.requirement_id] != severity or not remedy.code:
            continue
        fix, problems = decode_str(remedy.code)
        assert not problems, remedy.code
        fixed = laid_over(template_of("payment-validation", "MODEL_RESPONSE.md"), json.loads(json.dumps(fix)))
        found = lint(json.dumps(fixed, indent=1), config=ManualArgs(regions=["us-east-1"]))
        assert [str(m) for m in found] == [], remedy.code


# ------------------------------------------------------- what cannot be judged


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"lib/IDEAL_RESPONSE.md": None}, "There is no ideal response", id="no ideal"),
        pytest.param(
            {"lib/IDEAL_RESPONSE.md": "It should be a queue."}, "The ideal response holds no code", id="prose"
        ),
        pytest.param({"lib/MODEL_RESPONSE.md": "I cannot do that."}, "The response holds no code", id="no code"),
        pytest.param({"lib/MODEL_RESPONSE.md": None}, "The response holds no code", id="no response"),
        pytest.param({"lib/MODEL_FAILURES.md": ""}, "the notes are empty", id="empty notes"),
        pytest.param({"lib/PROMPT.md": ""}, "no requirement was found", id="no requirement"),
    ],
)
def test_what_cannot_be_judged_is_said(tmp_path: Path, changes: dict[str, str | None], said: str) -> None:
    text = explain(assess(read_sample(write_sample(tmp_path / "s", changes)), explaining=True))
    assert said.lower() in section(text, "What could not be judged").lower()


def test_no_verdict_without_code(tmp_path: Path) -> None:
    sample = read_sample(write_sample(tmp_path / "s", {"lib/MODEL_RESPONSE.md": "No."}))
    assert "Verdict: cannot be told" in explain(assess(sample, explaining=True))


def test_an_assessment_without_remedies_is_told_shorter() -> None:
    assessment = replace(assessed("payment-validation"), remedies=())
    text = gapkit.explain(assessment)
    assert len(text) < len(document("payment-validation"))
    assert "```" not in text
    assert len(read_back(text)) == sum(c.status in ("missing", "partial") for c in assessment.coverages)


def test_titles_cannot_break_the_document(tmp_path: Path) -> None:
    prompt = "1. # Make | a ```queue``` with a dead-letter queue.\n2. Encrypt **the | bucket**.\n"
    text = explain(assess(read_sample(write_sample(tmp_path / "s", {"lib/PROMPT.md": prompt})), explaining=True))
    assert [line for line in text.split("\n") if re.match(r"# ", line)] == text.split("\n")[:1]
    assert all(len(row) == 5 for row in rows(section(text, "Severity classification")))


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("yaml", "A: !Sub '${B}'", True),
        ("yaml", "A: [", False),
        ("json", '{"a": 1}', True),
        ("json", "{a: 1}", False),
        ("hcl", 'resource "a" "b" {\n}', True),
        ("hcl", 'resource "a" "b" {', False),
        ("python", "queue = sqs.Queue(self, 'Q')", True),
        ("python", "queue = sqs.Queue(self,", False),
        ("typescript", "const q = new sqs.Queue(this, 'Q');", True),
        ("typescript", "const q = new sqs.Queue(this,", False),
        ("java", 'Queue q = new Queue(this, "Q");', True),
        ("java", "Queue q = new Queue(", False),
        ("go", 'queue := awssqs.NewQueue(stack, jsii.String("Q"), nil)', True),
        ("go", "queue := awssqs.NewQueue(", False),
        ("cobol", "MOVE A TO B.", False),
    ],
)
def test_parses(language: str, code: str, expected: bool) -> None:
    assert parses(code, language) is expected


# ------------------------------------------------------ the payment validation

MISSING, PARTIAL, DOCUMENTATION = "completely missing", "partially implemented", "missing documentation"
FINDING = {
    "10": (MISSING, "critical"),
    "11": (MISSING, "critical"),
    "12": (MISSING, "medium"),
    "13": (MISSING, "high"),
    "14": (MISSING, "medium"),
    "15": (DOCUMENTATION, None),
    "16": (MISSING, "high"),
    "17": (PARTIAL, "medium"),
    "18": (MISSING, "high"),
    "19": (PARTIAL, "critical"),
    "20": (MISSING, "low"),
}


def finding(number: str) -> tuple[str, str] | None:
    found = [g for g in read_back(document("payment-validation")) if g.number == number]
    return (str(found[0].status), found[0].severity) if found else None


@pytest.mark.parametrize("number", [str(n) for n in range(1, 21)])
def test_the_finding_of_the_payment_validation(number: str) -> None:
    found = finding(number)
    if number not in FINDING:
        assert found is None
        return
    status, severity = FINDING[number]
    assert found is not None
    assert found[0] == status
    assert severity is None or found[1] == severity


def test_minor_issues_of_the_payment_validation() -> None:
    minor = {r.title for r in assessed("payment-validation").remedies if r.requirement_id is None}
    assert minor == {"Key schema", "Error handling", "Dependency chain"}


def test_permissions_come_first_since_they_alone_fail_the_deployment() -> None:
    text = section(document("payment-validation"), "Priority order for fixes")
    first = re.search(r"^1\. (.*)$", text, re.MULTILINE)
    assert first is not None
    assert first[1].startswith("requirement 19, Least privilege: Lambda refuses a dead-letter target")
    assert first[1].endswith("so the deployment fails.")
    table = rows(section(document("payment-validation"), "Severity classification"))
    assert [row[0] for row in table if row[3] in ("critical", "high")] == ["19"]


def test_enhancements_are_none_complete() -> None:
    groups = {row[0]: row for row in rows(section(document("payment-validation"), "Summary"))}
    assert groups["Production-grade requirements"][1] == "0"
    assert groups["Production-grade requirements"][6] == "0%"
