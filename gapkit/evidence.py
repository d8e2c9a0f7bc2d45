"""Where one side speaks of given words and literals: an index over its resources, built once per side.

Logical ids, file names and comments are left out on purpose: what a resource is called is no evidence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from gapkit.models import Scalar
from gapkit.quantities import Literal, spellings, value_number
from gapkit.resources import Item, Resource, Side
from gapkit.words import word_set

LONG_VALUE = 4_000
MOST_WITH_A_WORD = 400  # resources that are looked at for a word


class Place:
    """A resource, or one property of it, with its line."""

    __slots__ = ("item", "resource")

    def __init__(self, resource: Resource, item: Item | None) -> None:
        self.resource = resource
        self.item = item

    @property
    def line(self) -> int:
        return self.item.line if self.item is not None else self.resource.declaration.line


class SideIndex:
    """Words, numbers and texts of one side, and the places where they stand."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.of_word: dict[str, list[int]] = {}
        self.numbers: dict[float, list[Place]] = {}
        self.position: dict[int, int] = {}
        texts: list[str] = []
        starts: list[int] = []
        owners: list[tuple[Resource, Item]] = []
        offset = 0
        of_word, numbers = self.of_word, self.numbers
        for number, resource in enumerate(side.resources):
            self.position[id(resource)] = number
            sets = [word_set(resource.type)]
            if resource.kind == "call":
                sets.append(word_set(resource.declaration.type))
            elif resource.kind in ("import", "function"):
                sets.append(word_set(resource.declaration.name))
            for item in resource.items:
                _, value, raw_path, _, _ = item
                sets.append(word_set(raw_path))
                if isinstance(value, str):
                    size = len(value)
                    if 0 < size < 300 and value[0] != "$":
                        sets.append(word_set(value))
                    if size < 60:
                        found = value_number(value)
                        if found is not None:
                            numbers.setdefault(found, []).append(Place(resource, item))
                    text = value.lower() if size < LONG_VALUE else value[:LONG_VALUE].lower()
                    texts.append(text)
                    starts.append(offset)
                    owners.append((resource, item))
                    offset += len(text) + 1
                elif value is not None and value is not True and value is not False:
                    numbers.setdefault(value, []).append(Place(resource, item))
            for ref in resource.refs:
                sets.append(word_set(ref))
            for word in frozenset().union(*sets):
                postings = of_word.get(word)
                if postings is None:
                    of_word[word] = [number]
                else:
                    postings.append(number)
        self.blob = "\n".join(texts)
        self._starts = starts
        self._owners = owners
        self._paths: str | None = None

    def content(self, number: int) -> tuple[str, str]:
        """A resource's type and what it says, to order resources by."""
        resource = self.side.resources[number]
        return resource.type, resource.content

    @property
    def paths(self) -> str:
        """All normalised paths and types as one text, to look up identifiers that a prompt names."""
        if self._paths is None:
            seen = {item.path for resource in self.side.resources for item in resource.items}
            seen |= {resource.type.lower().replace("_", "") for resource in self.side.resources}
            seen |= {resource.declaration.type.lower().replace("_", "") for resource in self.side.resources}
            self._paths = "\n".join(sorted(seen))
        return self._paths

    def place_at(self, offset: int) -> Place:
        """The place of what stands at an offset of `blob`."""
        return Place(*self._owners[bisect_right(self._starts, offset) - 1])

    def occurrences(self, text: str) -> Iterator[Place]:
        """Every place whose value holds a text (in lower case), in the order of the code."""
        at = self.blob.find(text)
        while at >= 0:
            yield self.place_at(at)
            at = self.blob.find(text, at + len(text))

    def find_text(self, text: str) -> Place | bool:
        """Where a text stands in a value; True when only a path or a file name holds it; False when nothing does."""
        wanted = text.lower()
        at = self.blob.find(wanted)
        if at >= 0:
            return self.place_at(at)
        compact = wanted.replace("_", "").replace("-", "").replace("::", "::")
        if len(compact) >= 3 and compact in self.paths:
            return True
        return wanted in self.side.text

    def find_number(self, literal: Literal, words: frozenset[str]) -> Place | None:
        """Where a quantity stands: the place whose resource shares most words with the wording; None if nowhere."""
        best: Place | None = None
        best_shared = 0
        for rank, spelling in enumerate(spellings(literal)):
            for place in self.numbers.get(spelling, ())[:60]:
                assert place.item is not None
                shared = 2 * len(words & word_set(place.item.raw_path)) + len(words & word_set(place.resource.type))
                if isinstance(place.item.value, str):  # `Port.tcp(22)` says what it is by itself
                    shared += 2 * len(words & word_set(place.item.value))
                if place.resource.kind == "parameter":  # what its default is meant for, only its name says
                    shared += 2 * len(words & word_set(place.resource.declaration.name))
                if rank >= 2 and spelling < 60 and shared < 1:
                    continue
                if shared > best_shared or (best is None and rank == 0 and spelling >= 60):
                    best, best_shared = place, shared
        return best

    def score_resources(self, weights: Mapping[str, float]) -> dict[int, float]:
        """Per resource position, the weight of the given words that it holds."""
        scores: dict[int, float] = {}
        of_word = self.of_word
        for word, weight in weights.items():
            numbers = of_word.get(word)
            if numbers is not None:
                for number in numbers if len(numbers) <= MOST_WITH_A_WORD else numbers[:MOST_WITH_A_WORD]:
                    scores[number] = scores.get(number, 0.0) + weight
        return scores

    def found_share(self, weights: Mapping[str, float]) -> float:
        """The weight of the words that stand anywhere, over the weight of all; 1.0 for no words."""
        total = found = 0.0
        for word, weight in weights.items():
            total += weight
            if word in self.of_word:
                found += weight
        return found / total if total else 1.0

    def lacking_share(self, weights: Mapping[str, float], other: SideIndex) -> float:
        """The weight of the words that stand on another side alone, over the weight of all; 0.0 for no words."""
        total = lacking = 0.0
        for word, weight in weights.items():
            total += weight
            if word not in self.of_word and word in other.of_word:
                lacking += weight
        return lacking / total if total else 0.0


def place_value(value: Scalar) -> str:
    """A value as a short text for messages."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 80 else text[:77] + "…"
