"""Adding to a response what the ideal has never takes a status below the ideal's own; words never raise one.

Where the ideal itself leaves a requirement open (an untagged resource, a policy that is too wide), taking that over is
as bad as it is there: the ideal is judged by the same rules, and compared with itself gets the same status.  What is
added comes with what it refers to, or it would break.
`GAPKIT_LAWS=all` looks at the whole corpus instead of a draw.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gapkit.models import STATUSES, Assessment, Sample, Source, Turn
from gapkit.pipeline import assess

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from mutants import mutants_of, samples_of  # noqa: E402

CORPUS = ROOT.parent / "shared" / "corpus"
SAMPLES = 5_000 if os.environ.get("GAPKIT_LAWS") == "all" else 40


def assessed(sample: Sample, response: Source) -> Assessment:
    turn = Turn(1, sample.turns[0].prompt, response)
    return assess(replace(sample, turns=(turn,), model_failures=None))


def ranks(statuses: Iterable[str]) -> list[int]:
    """Statuses by rank: missing, partial, complete; -1 for what cannot be verified."""
    return [-1 if status == "unverifiable" else STATUSES.index(status) for status in statuses]


def broken(assessment: Assessment) -> int:
    return sum(gap.kind == "invalid" for gap in assessment.gaps)


def lesser(sample: Sample, fuller: Source, rng: random.Random, faults: int) -> tuple[Source, Assessment] | None:
    """The response with one more removed that nothing left behind refers to, and how it is judged."""
    found = [m for m in mutants_of(replace(sample, ideal_response=fuller), rng, 4)[1] if m.kinds == {"missing"}]
    rng.shuffle(found)
    for mutant in found[:4]:
        judged = assessed(sample, mutant.document)
        if broken(judged) <= faults:
            return mutant.document, judged
    return None


def lowered(folder: Path, count: int, steps: int) -> tuple[int, list[tuple[str, int, int, int]]]:
    """How many statuses were looked at, and those that what is added back takes below the status that they had and
    below that of the ideal: sample, step, requirement, change."""
    looked, found = 0, []
    for sample in samples_of([folder], count, 4):
        response = sample.ideal_response
        if response is None or not sample.turns or sample.turns[0].prompt is None:
            continue
        rng = random.Random(5)
        judged = assessed(sample, response)
        ideal = ranks(c.ideal_status for c in judged.coverages)
        for step in range(steps):
            fuller, faults = ranks(c.status for c in judged.coverages), broken(judged)
            less = lesser(sample, response, rng, faults)
            if less is None:
                break
            response, judged = less
            had = ranks(c.status for c in judged.coverages)
            looked += len(had)
            found += [(sample.sample_id, step, n, b - a)
                      for n, (a, b, c) in enumerate(zip(fuller, had, ideal, strict=True)) if a < min(b, c)]  # fmt: skip
    return looked, found


def test_our_own_samples() -> None:
    looked, found = lowered(ROOT / "data", 100, 3)
    assert looked > 100
    assert found == []


@pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus")
def test_a_sample_of_the_corpus() -> None:
    looked, found = lowered(CORPUS, SAMPLES, 3)
    assert looked > 500
    assert found == []


def test_claims_alone_meet_nothing() -> None:
    for sample in samples_of([ROOT / "data"], 100, 4):
        prompt = sample.turns[0].prompt
        assert prompt is not None
        claims = f"# Done\n\nEverything that was asked is implemented.\n\n{prompt.text.replace('```', '')}"
        found = assessed(sample, Source("lib/MODEL_RESPONSE.md", claims))
        assert "complete" not in [c.status for c in found.coverages]
