"""Turns: what is judged at each, which gap closed, which came back, what stays open."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sample_folders import write_sample

from gapkit import charts, turns
from gapkit.corpus import read_sample
from gapkit.models import GapkitError
from gapkit.pipeline import assess
from gapkit.tables import frames

PROMPT = "1. Create an SQS queue encrypted with KMS.\n2. Create an S3 bucket with versioning enabled.\n"
QUEUE = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties: {KmsMasterKeyId: alias/jobs}\n"
BUCKET = "  Files:\n    Type: AWS::S3::Bucket\n    Properties:\n      VersioningConfiguration: {Status: Enabled}\n"
MORE = "".join(f"  Topic{n}: {{Type: AWS::SNS::Topic}}\n" for n in range(6))


def fenced(code: str) -> str:
    return f"```yaml\n{code}```\n"


def judged(folder: Path, *answers: str | None) -> list[tuple[str, ...]]:
    """The turn_status of both requirements of a sample with these answers."""
    documents = {
        "lib/PROMPT.md": PROMPT,
        "lib/IDEAL_RESPONSE.md": fenced(QUEUE + BUCKET),
        "lib/MODEL_FAILURES.md": None,
    }
    for number, answer in enumerate(answers, 1):
        suffix = "" if number == 1 else str(number)
        documents[f"lib/MODEL_RESPONSE{suffix}.md"] = answer
        documents[f"lib/PROMPT{suffix}.md"] = PROMPT if number == 1 else "Please correct it."
    assessment = assess(read_sample(str(write_sample(folder / "one", documents))))
    return [coverage.turn_status for coverage in assessment.coverages]


def test_one_turn_is_not_followed(tmp_path: Path) -> None:
    assert judged(tmp_path, fenced(QUEUE)) == [(), ()]


def test_a_gap_closes_and_another_opens(tmp_path: Path) -> None:
    bucket_alone = fenced("Resources:\n" + BUCKET)
    queue, bucket = judged(tmp_path, fenced(QUEUE), fenced(QUEUE + BUCKET), bucket_alone)
    assert (queue[0], queue[1]) == ("complete", "complete") and queue[2] != "complete"
    assert bucket[0] != "complete" and bucket[1:] == ("complete", "complete")


def test_an_answer_without_code_changes_nothing(tmp_path: Path) -> None:
    for status in judged(tmp_path, fenced(QUEUE), "I have checked it and all is well."):
        assert status[1] == status[0]


def test_a_short_correction_does_not_take_away_what_stood(tmp_path: Path) -> None:
    queue, bucket = judged(tmp_path, fenced(QUEUE + MORE), fenced("Resources:\n" + BUCKET))
    assert queue == ("complete", "complete")
    assert bucket[0] != "complete" and bucket[1] == "complete"


def test_the_sample_summarises_the_last_turn_and_the_rows_the_first(tmp_path: Path) -> None:
    documents = {
        "lib/PROMPT.md": PROMPT,
        "lib/MODEL_RESPONSE.md": fenced(QUEUE),
        "lib/PROMPT2.md": "Add the bucket.",
        "lib/MODEL_RESPONSE2.md": fenced(QUEUE + BUCKET),
        "lib/IDEAL_RESPONSE.md": fenced(QUEUE + BUCKET),
    }
    tables = frames([assess(read_sample(str(write_sample(tmp_path / "one", documents))))])
    assert tables["samples"]["n_complete"].item() == 2 and tables["samples"]["turn"].item() == 2
    assert (tables["requirements"]["status"] == "complete").sum() == 1
    assert len(tables["requirements"]) == 2


def requirements(*courses: list[str]) -> pd.DataFrame:
    rows = [
        {
            "sample_id": f"s{number}",
            "requirement_id": "R01",
            "title": "t",
            "category": "data",
            "severity": "critical" if number % 2 else "low",
            "turn_status": course,
        }
        for number, course in enumerate(courses)
    ]
    return pd.DataFrame(
        rows, columns=["sample_id", "requirement_id", *("title", "category", "severity", "turn_status")]
    )


@pytest.mark.parametrize(
    ("statuses", "course", "closed_at", "came_back_at"),
    [
        (["complete", "complete"], "met from the start", None, None),
        (["missing", "complete"], "closed", 2, None),
        (["missing", "partial", "complete"], "closed", 3, None),
        (["missing", "complete", "partial"], "closed and came back", 2, 3),
        (["missing", "complete", "missing", "complete"], "closed", 4, 3),
        (["complete", "missing"], "broken later", None, None),
        (["complete", "missing", "complete"], "closed", 3, None),
        (["partial", "missing"], "open throughout", None, None),
        (["unverifiable", "unverifiable"], "unverifiable", None, None),
    ],
)
def test_courses(statuses: list[str], course: str, closed_at: int | None, came_back_at: int | None) -> None:
    row = turns.requirement_courses(requirements(statuses)).iloc[0]
    assert row["course"] == course
    assert (row["closed_at"] if pd.notna(row["closed_at"]) else None) == closed_at
    assert (row["came_back_at"] if pd.notna(row["came_back_at"]) else None) == came_back_at
    assert row["open_at_end"] == (statuses[-1] in ("partial", "missing"))


def test_frames_agree_with_each_other() -> None:
    table = requirements(
        ["missing", "complete", "partial"], ["partial", "complete"], ["complete", "complete"], [], ["x"]
    )
    summary = turns.turn_summary(table)
    assert summary["samples"].tolist() == [3, 3, 1]
    assert summary["closed"].tolist() == [0, 2, 0] and summary["came_back"].tolist() == [0, 0, 1]
    assert summary.loc[1, "completeness"] == pytest.approx((0 + 0.5 + 1) / 3)
    assert (summary["total"] == summary[list(turns.STATUSES)].sum(axis=1)).all()
    counts = turns.course_counts(table)
    assert counts["requirements"].sum() == len(turns.requirement_courses(table)) == 3
    assert turns.left_open(table)["sample_id"].tolist() == ["s0"]


def test_nothing_to_follow() -> None:
    table = requirements([], ["complete"])
    assert len(turns.turn_rows(table)) == len(turns.left_open(table)) == len(turns.turn_summary(table)) == 0
    assert "Nothing to draw" in charts.coverage_by_turn(turns.turn_summary(table)).axes[0].texts[0].get_text()


def test_the_chart_draws_a_row_a_turn() -> None:
    figure = charts.coverage_by_turn(turns.turn_summary(requirements(["missing", "complete"])))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["turn 1", "turn 2: 1 closed, 0 came back, 0 broken"]


def test_a_run_without_the_column_is_told() -> None:
    with pytest.raises(GapkitError, match="Score the corpus again"):
        turns.turn_rows(pd.DataFrame({"sample_id": []}))
