"""Tests of gapkit/likeness.py."""

from __future__ import annotations

from difflib import get_close_matches

from hypothesis import given
from hypothesis import strategies as st

from gapkit.likeness import close_names

NAMES = st.text("abcdeB_", max_size=12)


@given(NAMES, st.lists(NAMES, max_size=12), st.integers(1, 3), st.sampled_from((0.0, 0.5, 0.6, 0.7, 0.75, 1.0)))
def test_what_is_close_is_what_difflib_takes_for_close(name: str, known: list[str], most: int, cutoff: float) -> None:
    assert close_names(name, known, most, cutoff) == get_close_matches(name, known, most, cutoff)


def test_a_name_that_is_meant() -> None:
    assert close_names("BucketEncription", ("Bucket", "BucketEncryption", "Topic"), 1, 0.7) == ["BucketEncryption"]
    assert close_names("Queue", (), 1, 0.7) == []
