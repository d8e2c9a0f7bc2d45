"""Tests that the ideal brings or describes at length, and of which the response says nothing."""

from __future__ import annotations

import re

from gapkit.knowledge import at_word, load_yaml, words_of
from gapkit.models import Gap
from gapkit.severity import harm_of

_TESTS = re.compile(at_word(words_of("files.yaml", "tests")), re.IGNORECASE)


def untested_gaps(response: str, ideal: str) -> list[Gap]:
    """A gap where the ideal tells of tests again and again and the response never; a remark or two is no suite."""
    told = [found.start() for found in _TESTS.finditer(ideal)] if response else []
    if len(told) < int(str(load_yaml("files.yaml")["tests_told"])) or _TESTS.search(response):
        return []
    return [
        Gap(
            gap_id="",
            requirement_id=None,
            rank=0,
            title="No unit or integration tests",
            kind="missing",
            resource_type="tests (test/)",
            canonical_type=None,
            resource_name=None,
            property_path=None,
            expected=f"tests: the ideal tells of them in {len(told)} places",
            found=None,
            severity="medium",
            category="delivery",
            impact=harm_of("delivery"),
            fix="Add the tests as the ideal has them.",
            model_line=None,
            ideal_line=ideal.count("\n", 0, told[0]) + 1,
            confidence=0.7,
        )
    ]
