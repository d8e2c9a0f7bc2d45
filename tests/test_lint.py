"""cfn-lint as a stage after judging."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gapkit.lint import Linter, lint_assessment
from gapkit.models import Sample, Source, Turn
from gapkit.pipeline import assess
from gapkit.runs import score
from tests.sample_folders import write_sample

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n"
GOOD = HEAD + "  Jobs:\n    Type: AWS::SQS::Queue\n"
ODD = HEAD + "  Jobs:\n    Type: AWS::SQS::Queue\n    Condition: Never\n"  # a condition that is not declared
PROMPT = "1. A queue for jobs\n2. A topic for alarms\n"


def sample(response: str, ideal: str = GOOD) -> Sample:
    def fenced(name: str, text: str) -> Source:
        return Source(name, f"# Answer\n\n```yaml\n{text}```\n")

    turn = Turn(1, Source("PROMPT.md", PROMPT), fenced("MODEL_RESPONSE.md", response))
    return Sample("s", (turn,), ideal_response=fenced("IDEAL_RESPONSE.md", ideal))


@pytest.fixture
def linter(tmp_path: Path) -> Iterator[Linter]:
    made = Linter(cache=tmp_path / "cache")
    yield made
    made.close()


def linted(response: str, ideal: str, linter: Linter) -> list[tuple[str, int | None]]:
    one = sample(response, ideal)
    found = lint_assessment(assess(one), one, linter)
    assert [g.rank for g in found.gaps] == list(range(1, len(found.gaps) + 1))
    assert len({g.gap_id for g in found.gaps}) == len(found.gaps)
    return [(g.severity, g.model_line) for g in found.gaps if "cfn-lint" in g.title]


def test_an_error_is_a_gap_at_its_line(linter: Linter) -> None:
    assert ("critical", 8) in linted(ODD, GOOD, linter)


def test_what_the_ideal_does_too_is_no_gap(linter: Linter) -> None:
    assert linted(ODD, ODD, linter) == []


def test_a_good_template_has_none(linter: Linter) -> None:
    assert linted(GOOD, GOOD, linter) == []


def test_findings_are_kept(linter: Linter, tmp_path: Path) -> None:
    first = linter.matches(ODD)
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_text('[["E1", "kept", 3, []]]', encoding="utf-8")
    assert first != linter.matches(ODD)
    kept.write_text("not whole", encoding="utf-8")
    assert first == linter.matches(ODD)


def test_a_template_that_takes_too_long_is_a_problem(tmp_path: Path) -> None:
    one = sample(ODD)
    hasty = Linter(cache=tmp_path / "cache", time_limit=0.0)
    found = lint_assessment(assess(one), one, hasty)
    hasty.close()
    assert [(p.stage, p.code) for p in found.problems if p.stage == "lint"] == [("lint", "lint_failed")]


def test_a_run_with_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, template in (("a", ODD), ("b", GOOD)):
        text = f"```yaml\n{template}```\n"
        write_sample(
            tmp_path / "corpus" / name,
            {"lib/MODEL_RESPONSE.md": text, "lib/IDEAL_RESPONSE.md": f"```yaml\n{GOOD}```\n"},
        )
    plain = score(tmp_path / "corpus", tmp_path / "run", workers=1)
    again = score(tmp_path / "corpus", tmp_path / "run", workers=1, lint=True)
    third = score(tmp_path / "corpus", tmp_path / "run", workers=1, lint=True)
    assert (plain.scored, again.scored, third.scored) == (2, 2, 0)
    import pandas as pd

    gaps = pd.read_parquet(tmp_path / "run" / "gaps.parquet")
    assert set(gaps[gaps.title.str.contains("cfn-lint")].sample_id) == {"a"}
