"""Tests that the ideal brings or describes at length, and of which the response says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from gapkit.knowledge import at_word, load_yaml, words_of
from gapkit.models import Gap
from gapkit.severity import harm_of

_TESTS = re.compile(at_word(words_of("files.yaml", "tests")), re.IGNORECASE)
_STEM = "test"
_AROUND = 60  # characters: the words of `tests` are shorter


def _places(lower: str) -> Iterator[int]:
    """Where a text, in lower case, tells of tests; looked for by what all its words have, which takes no time."""
    at, done = lower.find(_STEM), 0
    while at >= 0:
        found = _TESTS.search(lower, max(done, at - _AROUND), at + _AROUND)
        if found is not None:
            done = found.end()
            yield found.start()
        at = lower.find(_STEM, max(at + len(_STEM), done))


def untested_gaps(response: str, ideal: str) -> list[Gap]:
    """A gap where the ideal tells of tests again and again and the response never; a remark or two is no suite."""
    lower = ideal.lower() if response else ""
    told = list(_places(lower))
    table = load_yaml("files.yaml")
    if len(told) < cast("int", table["tests_told"]) or next(_places(response.lower()), None) is not None:
        return []
    row = cast("Mapping[str, str]", table["tests_gap"])
    return [
        Gap(
            gap_id="",
            requirement_id=None,
            rank=0,
            title=row["title"],
            kind="missing",
            resource_type=row["type"],
            canonical_type=None,
            resource_name=None,
            property_path=None,
            expected=f"tests: the ideal tells of them in {len(told)} places",
            found=None,
            severity=row["severity"],
            category=row["category"],
            impact=harm_of(row["category"]),
            fix=row["fix"],
            model_line=None,
            ideal_line=lower.count("\n", 0, told[0]) + 1,
            confidence=0.7,
        )
    ]
