"""The knowledge base's examples of a concept, by language: what a fix looks like where the ideal shows none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import cast

from gapkit.concepts import Concept
from gapkit.knowledge import concept_files, load_yaml_text
from gapkit.models import Declaration
from gapkit.snippet_syntax import parses
from gapkit.snippets import Code

LANGUAGES = {"cloudformation": "yaml", "terraform": "hcl"}


@cache
def _examples() -> Mapping[tuple[str, str], str]:
    """The first example of each concept in each language."""
    out: dict[tuple[str, str], str] = {}
    for text in concept_files():
        for concept in cast("list[Mapping[str, object]]", load_yaml_text(text)["concepts"]):
            for example in cast("list[Mapping[str, str]]", concept.get("examples") or []):
                language = LANGUAGES.get(example["dialect"], example["dialect"])
                out.setdefault((str(concept["id"]), language), example["fires"].rstrip())
    return out


def language_spoken(declarations: Iterable[Declaration], languages: Mapping[str, str]) -> str:
    """The language that most declarations of a side are written in; empty for none."""
    counts = Counter(languages.get(d.artifact, "") for d in declarations)
    counts.pop("", None)
    return max(counts, key=lambda name: (counts[name], name), default="")


def example_of(concepts: Iterable[Concept], language: str) -> Code | None:
    """An example of the first concept that has one in a language."""
    for concept in concepts:
        text = _examples().get((concept.concept_id, language))
        if text is not None and not concept.violation and parses(text, language):
            return Code(text, language, ())
    return None
