"""What is worked out once for each text and asked for thousands of times a sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Remembered(dict[str, V], Generic[V]):
    """`table[text]` is `make(text)`, worked out when it is first asked for.

    A look-up is a dictionary's, which costs a fraction of a call of `lru_cache`'s.  At `most` entries it starts anew.
    """

    __slots__ = ("_make", "_most")

    def __init__(self, make: Callable[[str], V], most: int) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, text: str) -> V:
        if len(self) >= self._most:
            self.clear()
        value = self[text] = self._make(text)
        return value
