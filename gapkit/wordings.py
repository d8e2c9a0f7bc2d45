"""What a wording demands, whoever answers: its kind, and how often such wordings are met in full or at all.

Patterns stand in `knowledge/wording.yaml`; weights of stems in `knowledge/status_words.yaml`, fitted together with the
other measurements by tools/fit_judgement.py: some demands (least privilege, multi-region, "all") are rarely met whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from math import sqrt
from typing import cast

from gapkit.knowledge import at_word, load_yaml, words_of
from gapkit.scales import scaled
from gapkit.words import stem_counts

TEXT_LENGTH = 500


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(at_word(words_of("wording.yaml", name)) + r"\b") for name in load_yaml("wording.yaml")}


@cache
def _stems() -> dict[str, tuple[float, float, float]]:
    """Per stem: inverse document frequency, weight for complete, weight for present."""
    rows = cast("Mapping[str, str]", load_yaml("status_words.yaml"))
    out = {}
    for stem, row in rows.items():
        idf, complete, present = (float(number) for number in row.split())
        out[str(stem)] = (idf, complete, present)
    return out


def wording_features(text: str) -> dict[str, float]:
    """The measurements of a wording: everything at once, a soft quality, a check by running, several things (0–1), and
    the weight of its stems for the two scores (term frequency × inverse document frequency, unit length)."""
    words = text[:1500].lower()
    features = {name: float(pattern.search(words) is not None) for name, pattern in _patterns().items()}
    features["several"] = scaled("several", words.count(",") + words.count(" and "))
    table = _stems()
    length = complete = present = 0.0
    for stem, count in stem_counts(text[:TEXT_LENGTH]).items():
        row = table.get(stem)
        if row is not None:
            value = count * row[0]
            length += value * value
            complete += value * row[1]
            present += value * row[2]
    norm = sqrt(length) or 1.0
    features["wording_complete"] = complete / norm
    features["wording_present"] = present / norm
    return features
