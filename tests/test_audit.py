"""The audit: verdicts with lines, gaps left out, and the faults of notes."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pandas as pd
import pytest
from sample_folders import write_sample
from synthetic_run import empty_tables, tables, write_run

from gapkit import pipeline
from gapkit.audit import COLUMNS, FAULTS, VERDICTS, audit, audit_rows
from gapkit.corpus import read_sample
from gapkit.documents import read_document
from gapkit.failures import read_failures
from gapkit.folding import LineFinder
from gapkit.models import CheckedGap, GapkitError, Requirement, Source
from gapkit.note_faults import note_faults
from gapkit.pipeline import assess
from gapkit.run_tables import RunTables, read_run
from gapkit.tables import frames

PROMPT = """\
1. Create an SQS queue named OrdersQueue with a dead-letter queue.
2. Encrypt the bucket ArchiveBucket with KMS.
3. Tag all resources with a cost center.
4. Create an alarm on ApproximateAgeOfOldestMessage.
"""
RESPONSE = """\
Here it is.

```yaml
Resources:
  OrdersQueue:
    Type: AWS::SQS::Queue
    Properties: {KmsMasterKeyId: alias/orders}
  ArchiveBucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
```
"""


def faults(text: str, prompt: str = PROMPT, responses: str = RESPONSE) -> list[tuple[str, int | None]]:
    document = read_document(Source("lib/MODEL_FAILURES.md", text))
    notes, _ = read_failures(document)
    requirements = [
        Requirement(f"R{n:02d}", "prompt", str(n), None, line[3:], line[3:], n, n)
        for n, line in enumerate(prompt.splitlines(), 1)
    ]
    return [(p.code, p.line) for p in note_faults(document, notes, requirements, prompt, [LineFinder(responses)])]


GAP = "### {n}. {title} ({severity})\n\nThe `OrdersQueue` of the response is not right: {title}.\n\n"


def gap(n: int, title: str, severity: str = "High") -> str:
    return GAP.format(n=n, title=title, severity=severity)


SOUND = (
    gap(1, "Missing dead-letter queue", "Critical")
    + gap(2, "Missing bucket encryption")
    + gap(3, "No cost tags", "Low")
)


def test_sound_notes_have_no_fault() -> None:
    assert faults(f"# Failures\n\n{SOUND}## Summary\n\n- Total failures: 1 Critical, 1 High, 0 Medium, 1 Low\n") == []


@pytest.mark.parametrize(
    ("line", "faulty"),
    [
        ("**Total failures**: 1 Critical, 1 High, 0 Medium, 1 Low", False),
        ("**Total failures**: 2 Critical, 1 High", True),
        ("- Total failures: 3 (1 Critical, 1 High, 1 Low)", False),
        ("- Total failures: 4", True),
        ("Total issues found: 3", False),
        ("Total Critical Failures: 2", True),
        ("- **Critical**: 3 failures", True),
        ("- Critical: 1 (1)", False),
        ("| Critical | 5 |", True),
        ("- Total failures: 2 Critical/High", False),  # lumped together: says nothing of either
        ("- Total cost: 12", False),
        ("- Total fix time: 5 hours", False),
        ("- Total: 4 × large instances", False),
        ("- **High:** 1 failure (33%)", False),
        ("Critical: 30% of failures", False),
    ],
)
def test_counts(line: str, faulty: bool) -> None:
    head = "| severity | count |\n|---|---|\n" if line.startswith("|") else ""
    found = [code for code, _ in faults(f"# Failures\n\n{SOUND}## Summary\n\n{head}{line}\n")]
    assert ("note_count_mismatch" in found) is faulty, found


def test_a_number_twice_under_one_heading() -> None:
    text = f"# Failures\n\n{gap(1, 'Missing dead-letter queue')}{gap(2, 'No encryption')}{gap(2, 'No cost tags')}"
    assert ("note_duplicate_number", 11) in faults(text)


def test_numbers_that_start_again_are_another_list() -> None:
    text = (
        "# Failures\n\n## Critical\n\n"
        + gap(1, "Missing dead-letter queue", "Critical")
        + gap(2, "No encryption", "Critical")
    )
    text += "## Low\n\n" + gap(1, "No cost tags", "Low") + gap(2, "No alarm on age", "Low")
    assert "note_duplicate_number" not in [code for code, _ in faults(text)]


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        ("### 1. No encryption (HIGH)\n\n**Severity**: Critical\n\nThe `ArchiveBucket` is plain.\n", True),
        ("### 1. No encryption (HIGH)\n\n**Severity**: High\n\nThe `ArchiveBucket` is plain.\n", False),
        (
            "## Critical Failures\n\n### 1. No encryption\n\n**Impact Level**: Low\n\nThe `ArchiveBucket` is plain.\n",
            True,
        ),
        ("## Low Failures\n\n### 1. No encryption\n\n**Impact Level**: Low\n\nThe `ArchiveBucket` is plain.\n", False),
        (
            SOUND + "| issue | severity |\n|---|---|\n| Missing bucket encryption | Low |\n| No cost tags | Low |\n",
            True,
        ),
        (
            SOUND + "| issue | severity |\n|---|---|\n| Missing bucket encryption | High |\n| No cost tags | Low |\n",
            False,
        ),
        (SOUND + "- Critical: 2 (1, 2)\n", True),
    ],
)
def test_severities(text: str, faulty: bool) -> None:
    found = [code for code, _ in faults(f"# Failures\n\n{text}")]
    assert ("note_severity_clash" in found) is faulty, found


@pytest.mark.parametrize(
    ("reference", "faulty"),
    [
        ("Requirement 1", False),
        ("Requirement 17", True),
        ("Requirement 3", True),  # is on tags, and the note on the dead-letter queue of requirement 1
    ],
)
def test_requirement_numbers(reference: str, faulty: bool) -> None:
    text = f"# Failures\n\n### 1. SQS dead-letter queue missing\n\n**{reference}** is not met.\n"
    found = [code for code, _ in faults(text)]
    assert ("note_number_clash" in found) is faulty, found


def test_notes_about_another_task() -> None:
    names = [
        "UserPool",
        "LoginPage",
        "appClientId",
        "SessionTable",
        "tokenTtl",
        "auth_domain",
        "MfaPolicy",
        "hosted_ui",
    ]
    names += ["refreshToken", "IdentityPool", "callback_url"]
    text = "# Failures\n\n" + "".join(
        f"### {n}. Missing {name}\n\n`{name}` is absent.\n\n" for n, name in enumerate(names, 1)
    )
    assert [code for code, _ in faults(text)] == ["notes_about_another_task"]
    assert "notes_about_another_task" not in [code for code, _ in faults(text, responses=RESPONSE + " ".join(names))]


def test_generic_notes() -> None:
    text = (
        "# Failures\n\n- Missing security practices\n- Models often forget logging\n- No error handling\n- Bad naming\n"
    )
    assert [code for code, _ in faults(text)] == ["notes_are_generic"]
    assert faults("# Failures\n\n- The `OrdersQueue` has no policy\n- `ArchiveBucket` lacks logging\n") == []


@pytest.mark.parametrize(
    "text", ["", "# Failures\n", "total failures: " + "9" * 5000, "| severity |\n" * 400, "#" * 9000]
)
def test_any_text_is_read(text: str) -> None:
    faults(text)


def test_a_long_document_takes_linear_time() -> None:
    faults(
        "# Failures\n\n"
        + "".join(gap(n % 7, f"Missing part {n} of the queue") for n in range(1500))
        + "- "
        + "1 " * 40_000
    )


def test_a_long_table_beside_many_gaps_takes_linear_time() -> None:
    start = time.perf_counter()
    rows = "".join(f"| missing part{n} of queue{n} | high |\n" for n in range(6_000))
    faults(
        "# Failures\n\n"
        + "".join(gap(n % 7, f"Missing part {n} of the queue") for n in range(1500))
        + "| issue | severity |\n|---|---|\n"
        + rows
    )
    assert time.perf_counter() - start < 10


# ------------------------------------------------------------------- lines


def test_lines_are_found_in_code_before_prose() -> None:
    finder = LineFinder("The queue has KmsMasterKeyId.\n```yaml\nA: 1\nKmsMasterKeyId: x\n```\n")
    assert finder.line_of("kmsmasterkeyid") == 4
    assert finder.line_of("The queue") == 1
    assert finder.line_of("absent") is None and finder.line_of("  ") is None


def audited(tmp_path: Path, notes: str) -> RunTables:
    sample = write_sample(
        tmp_path / "cfn-yaml" / "one",
        {"lib/PROMPT.md": PROMPT, "lib/MODEL_RESPONSE.md": RESPONSE, "lib/IDEAL_RESPONSE.md": RESPONSE,
         "lib/MODEL_FAILURES.md": notes},
    )  # fmt: skip
    assessment = assess(read_sample(str(sample)))
    return RunTables("run", {}, **frames([assessment]))


@pytest.mark.parametrize(("supported", "verdict", "line"), [(False, "contradicted", 7), (None, "cannot be told", None)])
def test_a_verdict_shows_lines_of_the_response(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, supported: bool | None, verdict: str, line: int | None
) -> None:
    notes = (
        "# Failures\n\n### 1. OrdersQueue has no encryption (HIGH)\n\nThe `KmsMasterKeyId` is missing.\n\n**Fix**:\n\n"
        "```yaml\n    Properties: {KmsMasterKeyId: alias/orders}\n```\n"
    )
    monkeypatch.setattr(pipeline, "check_claims", lambda notes, *_: tuple(CheckedGap(n, supported) for n in notes))
    (row,) = [r for r in audit(audited(tmp_path, notes)).notes.to_dict("records") if r["verdict"] != "left out"]
    assert (row["line"], row["verdict"]) == (3, verdict)
    assert row["model_lines"] == ([[line, line]] if line else [])


def test_faults_travel_with_the_run(tmp_path: Path) -> None:
    run = audited(tmp_path, f"# Failures\n\n{SOUND}Total failures: 9\n")
    found = audit(run)
    assert found.faults["code"].tolist() == ["note_count_mismatch"]
    assert found.summary.set_index("what").loc["a count that is not that of the list", "samples"] == 1


# -------------------------------------------------------------------- runs


def test_every_note_and_every_other_gap_is_told_once(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", with_lines(tables(20))))
    found = audit(run)
    notes = found.notes[found.notes["verdict"] != "left out"]
    left_out = found.notes[found.notes["verdict"] == "left out"]
    assert list(found.notes.columns) == list(COLUMNS)
    assert len(notes) == len(run.documented_gaps)
    matched = {
        (s, g)
        for s, ids in zip(run.documented_gaps["sample_id"], run.documented_gaps["gap_ids"], strict=True)
        for g in ids
    }
    assert len(left_out) + len(matched) == len(run.gaps)
    counts = found.summary.set_index("what")["notes"]
    assert sum(counts[verdict] for verdict in VERDICTS) == len(found.notes)
    contradicted = found.notes[found.notes["verdict"] == "contradicted"]
    assert len(contradicted) and contradicted["model_lines"].map(len).gt(0).all()


def with_lines(made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every second note with lines; without any, nothing is called contradicted."""
    count = len(made["documented_gaps"])
    made["documented_gaps"]["model_lines"] = [[[4, 4]] if place % 2 else [] for place in range(count)]
    return made


def test_without_lines_nothing_is_contradicted(tmp_path: Path) -> None:
    found = audit(read_run(write_run(tmp_path / "run", tables(20))))
    assert "contradicted" not in set(found.notes["verdict"])


def test_rows_are_json_and_hold_a_sample_together(tmp_path: Path) -> None:
    made = with_lines(tables(8))
    sample_id = made["samples"]["sample_id"].iloc[0]
    fault = {"sample_id": sample_id, "stage": "audit", "document": "n.md", "line": 3, "code": "note_count_mismatch"}
    made["problems"] = pd.concat(
        [made["problems"], pd.DataFrame([{**fault, "message": "correct it"}])], ignore_index=True
    )
    found = audit(read_run(write_run(tmp_path / "run", made)))
    rows = [json.loads(json.dumps(row, allow_nan=False)) for row in audit_rows(found)]
    order = [row["sample_id"] for row in rows]
    assert order == sorted(order)
    assert {row["kind"] for row in rows} == {"note", "gap", "fault"}
    assert [row["fault"] for row in rows if row["kind"] == "fault"] == [FAULTS["note_count_mismatch"]]


def test_a_pattern_keeps_samples(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", tables(10)))
    chosen = run.samples["sample_id"].iloc[3]
    assert set(audit(run, chosen).notes["sample_id"]) == {chosen}
    with pytest.raises(GapkitError, match="No sample of run matches 'zzz'"):
        audit(run, "zzz")


def test_a_run_without_notes(tmp_path: Path) -> None:
    found = audit(read_run(write_run(tmp_path / "run", empty_tables())))
    assert len(found.notes) == len(found.faults) == 0
    assert found.summary["share"].isna().all()
