"""What the simplest methods reach on the same labels: all complete, word overlap, shared resource types.

Each is given what gapkit has to find for itself: the labelled requirements' own lines, and the two thresholds that suit
these labels best.  So they are upper bounds of what such a method can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gapkit.agreement import STATUS_FIGURES, Agreement, agree, figures_of, quadratic_kappa
from gapkit.corpus import Corpus, open_corpus
from gapkit.label_counts import STATUSES, count_sample
from gapkit.labels import Judgement, read_judgements, read_labels, sample_key
from gapkit.models import GapkitError, Sample
from gapkit.pipeline import read_declarations
from gapkit.run_tables import RunTables
from gapkit.words import text_words

FIGURES = (*STATUS_FIGURES, "completeness MAE", "completeness Spearman")
GRID = 20  # thresholds tried between the lowest and the highest score
Scores = Mapping[str, list[float]]
Places = np.ndarray[Any, np.dtype[np.int64]]


def baseline_figures(
    gold: Mapping[str, Judgement], corpus: Corpus | None, sample_ids: Mapping[str, str]
) -> pd.DataFrame:
    """A row per baseline: method, then a column a figure.

    `sample_ids` gives the id in the corpus of each labelled sample.  Without a corpus, or for samples that it has not,
    there is only `all complete`.
    """
    rows = [_row("all complete", gold, {key: ["complete"] * len(j.requirements) for key, j in gold.items()})]
    samples = _read(corpus, sample_ids) if corpus is not None else {}
    if samples and samples.keys() >= gold.keys():
        for method, score in (("word overlap", _overlaps), ("shared resource types", _types)):
            rows.append(_row(method, gold, _cut({key: score(gold[key], samples[key]) for key in gold}, gold)))
    return pd.DataFrame(rows)


def _read(corpus: Corpus, sample_ids: Mapping[str, str]) -> dict[str, Sample]:
    found = {}
    for key, sample_id in sample_ids.items():
        try:
            found[key] = corpus.read(sample_id)
        except GapkitError:
            continue
    return found


def _overlaps(judgement: Judgement, sample: Sample) -> list[float]:
    """Per requirement: the share of its words that the response has."""
    turn = sample.turns[0] if sample.turns else None
    lines = turn.prompt.text.split("\n") if turn and turn.prompt else []
    answered = frozenset(text_words(turn.model_response.text)) if turn and turn.model_response else frozenset()
    scores = []
    for requirement in judgement.requirements:
        asked = set(text_words("\n".join(lines[requirement.lines[0] - 1 : requirement.lines[1]])))
        scores.append(len(asked & answered) / len(asked) if asked else 0.0)
    return scores


def _types(judgement: Judgement, sample: Sample) -> list[float]:
    """For every requirement the same: the share of the ideal's resource types that the response has."""
    types = []
    for side in ("ideal", "model"):
        first = replace(sample, turns=sample.turns[:1])
        types.append({d.canonical_type for d in read_declarations(first, side)[0] if d.kind == "resource"})
    share = len(types[0] & types[1]) / len(types[0]) if types[0] else 1.0
    return [share] * len(judgement.requirements)


def _cut(scores: Scores, gold: Mapping[str, Judgement]) -> dict[str, list[str]]:
    """Statuses from scores, by the two thresholds that give the best kappa on these labels."""
    values = np.array([score for key in gold for score in scores[key]])
    labelled = [r.status for key in gold for r in gold[key].requirements]
    known = np.array([STATUSES.index(s) if s in STATUSES else -1 for s in labelled])
    candidates = np.unique(np.quantile(values, np.linspace(0, 1, GRID + 1))) if len(values) else np.array([0.0])
    best, chosen = -2.0, (0.0, 0.0)
    for low_place, low in enumerate(candidates):
        for high in candidates[low_place:]:
            calls = (values >= low).astype(int) + (values >= high)
            kappa = _kappa(known[known >= 0], calls[known >= 0])
            if kappa > best:
                best, chosen = kappa, (float(low), float(high))
    low, high = chosen
    return {key: [STATUSES[int(s >= low) + int(s >= high)] for s in scores[key]] for key in gold}


def _kappa(gold: Places, calls: Places) -> float:
    counts = np.zeros((3, 3))
    np.add.at(counts, (gold, calls), 1)
    kappa = float(quadratic_kappa(counts))
    return -1.0 if np.isnan(kappa) else kappa


def _row(method: str, gold: Mapping[str, Judgement], statuses: Mapping[str, list[str]]) -> dict[str, object]:
    counted = []
    for key, judgement in gold.items():
        said = [replace(r, status=s) for r, s in zip(judgement.requirements, statuses[key], strict=True)]
        counted.append(count_sample(judgement, Judgement(tuple(said))))
    figures = figures_of(counted, resamples=1).set_index("figure")["value"]
    return {"method": method, **{name: float(figures[name]) for name in FIGURES}}


def agreement_of(run: RunTables, labels: Path) -> Agreement:
    """A run's agreement with a folder of labels, baselines included where the run's corpus can still be read.

    Raises GapkitError where the labels cannot be read or none of them is in the run.
    """
    gold = read_labels(labels)
    ids = {sample_key(str(sample_id)): str(sample_id) for sample_id in run.samples["sample_id"]}
    known = {key: judgement for key, judgement in gold.items() if key in ids}
    corpus = None
    with suppress(GapkitError):
        corpus = open_corpus(str(run.facts.get("corpus") or "")) if known else None
    baselines = baseline_figures(known, corpus, {key: ids[key] for key in known}) if known else None
    known_platforms = run.samples.dropna(subset=["platform"])
    platforms = {
        sample_key(str(sample_id)): str(platform)
        for sample_id, platform in zip(known_platforms["sample_id"], known_platforms["platform"], strict=True)
    }
    return agree(gold, read_judgements(run, gold.keys()), platforms, baselines=baselines)
