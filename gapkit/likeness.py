"""Names that are nearly alike: what is meant by a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["close_names"]


def close_names(name: str, known: Iterable[str], most: int, cutoff: float) -> list[str]:
    """The same as difflib's `get_close_matches(name, known, most, cutoff)`, many times faster.

    difflib counts the letters of every known name that is not much longer or shorter; here those that share too few
    with the name are left out before.
    """
    letters: dict[str, int] = {}
    for letter in name:
        letters[letter] = letters.get(letter, 0) + 1
    likely = [each for each in known if _may_be_close(name, letters, each, cutoff)]
    return get_close_matches(name, likely, n=most, cutoff=cutoff) if likely else []


def _may_be_close(name: str, letters: dict[str, int], other: str, cutoff: float) -> bool:
    """Whether so many letters are shared, in whatever order, that the names may be as close as the cutoff wants."""
    shared, length = min(len(name), len(other)), len(name) + len(other)
    if length and 2.0 * shared / length < cutoff:
        return False
    shared = len(other)
    left = letters.copy()
    for letter in other:
        count = left.get(letter, 0)
        if count:
            left[letter] = count - 1
            continue
        shared -= 1
        if 2.0 * shared / length < cutoff:
            return False
    return True
