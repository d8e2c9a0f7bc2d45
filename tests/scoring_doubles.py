"""Stand-ins for the pipeline, importable by the processes that a run starts."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from gapkit.models import Assessment, Coverage, Gap, Requirement, Sample

LONG = 30.0


def requirement(number: int, severity: str | None = None, weight: float | None = None) -> Requirement:
    """A requirement R01…, two lines long."""
    line = number * 3
    name = f"R{number:02d}"
    return Requirement(name, "prompt", str(number), None, f"title {number}", "text", line, line + 1, weight, severity)


def coverage(number: int, status: str, severity: str = "none", **changes: object) -> Coverage:
    """How a requirement is met."""
    made = Coverage(
        requirement=requirement(number),
        status=status,
        score=0.5,
        confidence=0.9,
        ideal_status="complete",
        severity=severity,
        category="security",
        reason="because",
        model_lines=((1, 2), (4, 4)),
        model_evidence=("1: a",),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def gap(rank: int, severity: str = "high") -> Gap:
    """A gap that belongs to no requirement."""
    texts = ("missing", None, None, None, None, None, None)
    return Gap(f"G{rank:02d}", None, rank, "title", *texts, severity, "security", "impact", "fix", None, 7, 0.5)


def assessment_of(sample: Sample) -> Assessment:
    """Two requirements and a gap that name the sample's own text."""
    prompt = sample.turns[0].prompt if sample.turns else None
    coverages = (coverage(1, "complete", reason=prompt.text if prompt else ""), coverage(2, "missing", "critical"))
    return Assessment(
        sample_id=sample.sample_id,
        turn=len(sample.turns),
        metadata=sample.metadata,
        reference="code",
        coverages=coverages,
        gaps=(gap(1), gap(2, "low")),
        documented_gaps=(),
        problems=sample.problems,
        model_artifacts=1,
        ideal_artifacts=1,
        fingerprint=sample.fingerprint,
    )


def quick(sample: Sample) -> Assessment:
    """Scores, and leaves a trace where COUNT_FOLDER says."""
    folder = os.environ.get("COUNT_FOLDER")
    if folder:
        with (Path(folder) / "scored").open("a") as file:
            file.write(sample.sample_id + "\n")
    return assessment_of(sample)


def fails_on_s01(sample: Sample) -> Assessment:
    """A defect that one sample meets."""
    if sample.sample_id.endswith("s01"):
        raise ZeroDivisionError("a defect\nin two lines")
    return quick(sample)


def dies_on_s01(sample: Sample) -> Assessment:
    """A sample that takes its process with it, as running out of memory does."""
    if sample.sample_id.endswith("s01"):
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(sample)


def dies_once(sample: Sample) -> Assessment:
    """A process that somebody else kills."""
    mark = Path(os.environ["COUNT_FOLDER"]) / "died"
    if sample.sample_id.endswith("s01") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(sample)


def hangs_on_s01(sample: Sample) -> Assessment:
    """A sample that never ends."""
    if sample.sample_id.endswith("s01"):
        time.sleep(LONG)
    return quick(sample)


def slow(sample: Sample) -> Assessment:
    """Slow enough that a test can stop the run on its way."""
    time.sleep(0.1)
    return quick(sample)
