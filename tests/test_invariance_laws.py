"""What a response calls things, how it orders, spells, quotes and wraps its code changes no status and no gap.

A draw of the corpus is tried; GAPKIT_LAWS=all in the environment tries all of it, which takes half an hour or more, and
GAPKIT_LAWS=200 a draw of 200.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from rewrites import REWRITES, artifacts_of, constructs_renamed, renamed

from gapkit.corpus import open_corpus
from gapkit.dialects.elision import elided_lines
from gapkit.models import Sample, Source
from gapkit.pipeline import assess
from gapkit.resources import normal_path

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
SAMPLES = 40

FORM = {"comments": "comment", "keys sorted": "comment", "YAML to JSON": "comment", "JSON to YAML": "comment"}
FORM |= {"two files": r"\b(?:one|two|three|four|single|several|multiple|separate)\b.{0,60}\b(?:files?|template)"}
"""Rewrites that add or drop comments and files, and the prompts that ask for those."""

DROPPING = ("keys sorted", "YAML to JSON", "JSON to YAML")
"""Rewrites that drop comments."""

RARE = ("white space", "file names")


class Judged(NamedTuple):
    """The statuses, and what each gap says but for names and line numbers."""

    statuses: tuple[str, ...]
    gaps: Counter[tuple[str, ...]]


def judged(sample: Sample) -> Judged:
    assessment = assess(sample)
    gaps = Counter(
        (g.kind, str(g.canonical_type), normal_path(g.property_path or ""), g.severity, str(g.requirement_id))
        for g in assessment.gaps
    )
    return Judged(tuple(c.status for c in assessment.coverages), gaps)


def with_response(sample: Sample, text: str) -> Sample:
    turn = replace(sample.turns[0], model_response=Source("lib/MODEL_RESPONSE.md", text))
    return replace(sample, turns=(turn,), model_failures=None)


def rewritten(sample: Sample, name: str) -> str | None:
    """The response rewritten; None where it does not apply, or where the prompt asks for the names that change."""
    turn = sample.turns[0]
    if turn.model_response is None or turn.prompt is None:
        return None
    text = turn.model_response.text
    if name == "file names":
        stems = {re.split(r"[/.]", a.name)[-2] for a in artifacts_of(text) if "." in a.name}
        if any(stem and stem in turn.prompt.text for stem in stems):
            return None
    if name in FORM and re.search(FORM[name], turn.prompt.text, re.IGNORECASE):
        return None  # what the prompt asks of the form counts
    if name in ("renamed", "constructs renamed"):
        return (renamed if name == "renamed" else constructs_renamed)(text, kept=turn.prompt.text)
    if name in DROPPING and any(elided_lines(artifact.text) for artifact in artifacts_of(text)):
        return None  # what says that code is left out
    new = REWRITES[name](text)
    if new is not None and name in DROPPING:
        lost = {a.name for a in artifacts_of(text)} - {a.name for a in artifacts_of(new)}
        if any(name and Path(name).stem in turn.prompt.text for name in lost):
            return None  # the name of a file in a comment
    return new


@cache
def samples(folder: Path, count: int | None) -> tuple[tuple[Sample, Judged], ...]:
    """Samples of a corpus, drawn with a fixed seed, each with what is said of it as it stands."""
    corpus = open_corpus(str(folder))
    ids = list(corpus.sample_ids())
    random.Random(3).shuffle(ids)
    read = (corpus.read(sample_id) for sample_id in ids[:count])
    return tuple(
        (s, judged(with_response(s, s.turns[0].model_response.text)))
        for s in read
        if s.turns and s.turns[0].model_response is not None
    )


def broken(folder: Path, count: int | None, name: str) -> tuple[int, list[str], list[str]]:
    """How many samples a rewrite applies to, and in which of them statuses, or gaps, change."""
    tried, other_status, other_gaps = 0, [], []
    for sample, plain in samples(folder, count):
        text = rewritten(sample, name)
        if text is None:
            continue
        tried += 1
        found = judged(with_response(sample, text))
        if found.statuses != plain.statuses:
            other_status.append(sample.sample_id)
        if found.gaps != plain.gaps:
            other_gaps.append(f"{sample.sample_id}: {plain.gaps - found.gaps} -> {found.gaps - plain.gaps}")
    return tried, other_status, other_gaps


def count_to_try(wanted: str) -> int | None:
    """How many samples of the corpus are drawn; None for all."""
    return None if wanted == "all" else int(wanted or SAMPLES)


@pytest.mark.parametrize("name", REWRITES)
def test_our_own_samples(name: str) -> None:
    tried, other_status, other_gaps = broken(ROOT / "data", 100, name)
    assert (other_status, other_gaps) == ([], [])
    assert tried > 0 or name in RARE, "a rewrite that never applies proves nothing"


@pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus")
@pytest.mark.parametrize("name", REWRITES)
def test_a_sample_of_the_corpus(name: str) -> None:
    _, other_status, other_gaps = broken(CORPUS, count_to_try(os.environ.get("GAPKIT_LAWS", "")), name)
    assert (other_status, other_gaps) == ([], [])


@pytest.mark.parametrize("name", ["renamed", "reordered", "YAML to JSON", "comments"])
def test_the_reference_may_be_rewritten_too(name: str) -> None:
    tried = 0
    for sample, plain in samples(ROOT / "data", 100):
        assert sample.ideal_response is not None
        text = REWRITES[name](sample.ideal_response.text)
        if text is not None:
            tried += 1
            ideal = replace(sample, ideal_response=replace(sample.ideal_response, text=text), model_failures=None)
            assert judged(ideal) == plain, sample.sample_id
    assert tried > 0
