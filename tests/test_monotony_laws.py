"""Adding to a response what the ideal has never lowers a status; words never raise one."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gapkit.models import STATUSES, Sample, Source, Turn
from gapkit.pipeline import assess

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from mutants import mutants_of, samples_of  # noqa: E402

CORPUS = ROOT.parent / "shared" / "corpus"
SAMPLES = 20


def statuses(sample: Sample, response: Source) -> list[int]:
    """Each requirement's status by rank: missing, partial, complete."""
    turn = Turn(1, sample.turns[0].prompt, response)
    found = assess(replace(sample, turns=(turn,), model_failures=None))
    return [STATUSES.index(c.status) for c in found.coverages if c.status != "unverifiable"]


def responses(sample: Sample, steps: int) -> Iterator[Source]:
    """Ever less of the ideal: one more removed at each step."""
    rng = random.Random(5)
    for _ in range(steps):
        found = [m for m in mutants_of(sample, rng, 4)[1] if m.kinds == {"missing"}]
        if not found:
            return
        document = rng.choice(found).document
        yield document
        sample = replace(sample, ideal_response=document)


def lowered(folder: Path, count: int, steps: int) -> tuple[int, list[tuple[str, int, int, int]]]:
    """How many statuses were looked at, and those that what is added back lowers: sample, step, requirement, change."""
    looked, found = 0, []
    for sample in samples_of([folder], count, 4):
        if sample.ideal_response is None or not sample.turns or sample.turns[0].prompt is None:
            continue
        fuller = statuses(sample, sample.ideal_response)
        for step, document in enumerate(responses(sample, steps)):
            lesser = statuses(sample, document)
            looked += len(lesser)
            found += [(sample.sample_id, step, n, b - a)
                      for n, (a, b) in enumerate(zip(fuller, lesser, strict=True)) if b > a]  # fmt: skip
            fuller = lesser
    return looked, found


def test_our_own_samples() -> None:
    looked, found = lowered(ROOT / "data", 100, 3)
    assert looked > 100
    assert found == []


@pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus")
def test_a_sample_of_the_corpus() -> None:
    looked, found = lowered(CORPUS, SAMPLES, 3)
    assert len(found) <= looked // 200, found


def test_claims_alone_meet_nothing() -> None:
    for sample in samples_of([ROOT / "data"], 100, 4):
        prompt = sample.turns[0].prompt
        assert prompt is not None
        claims = f"# Done\n\nEverything that was asked is implemented.\n\n{prompt.text.replace('```', '')}"
        assert STATUSES.index("complete") not in statuses(sample, Source("lib/MODEL_RESPONSE.md", claims))
