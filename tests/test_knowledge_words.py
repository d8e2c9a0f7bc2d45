"""The word lists of `gapkit/knowledge`: each can be read, is listed once, and is used; docs/knowledge.md names each file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gapkit.knowledge import at_word, either, load_yaml, words_of

ROOT = Path(__file__).parents[1]
KNOWLEDGE = ROOT / "gapkit" / "knowledge"
WORD_LISTS = ("failures.yaml", "claims.yaml", "negation.yaml", "literals.yaml", "words.yaml", "requirements.yaml")


def lists_of(value: object, key: str = "") -> Iterator[tuple[str, list[object]]]:
    if isinstance(value, list):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from lists_of(inner, f"{key}.{name}" if key else str(name))


@pytest.mark.parametrize("name", WORD_LISTS)
def test_each_word_is_text_and_listed_once(name: str) -> None:
    for key, words in lists_of(load_yaml(name)):
        assert all(isinstance(word, str) and word for word in words), key
        assert len(words) == len(set(words)), f"{key} lists a word twice"


@pytest.mark.parametrize("key", ["patterns", "audit"])
def test_patterns_on_notes_compile_and_are_used(key: str) -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "gapkit").glob("*.py"))
    for name, words in lists_of(load_yaml("failures.yaml")[key]):
        re.compile(either(map(str, words)))
        used = f"{key}.{name}" in source or re.search(rf"any_of\([\"']{name}[\"']\)", source)
        assert used, f"nothing reads {key}.{name}"


def test_wordings_of_prompts_are_used() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "gapkit").glob("*.py"))
    for name in load_yaml("requirements.yaml"):
        assert re.search(rf"[\"']{name}[\"']", source), f"nothing reads {name}"


def test_a_list_inside_another_is_found_by_its_path() -> None:
    assert "instead" in words_of("negation.yaml", "stems.instead")


def test_either_keeps_its_alternatives_together() -> None:
    assert re.fullmatch(rf"a{either(['b', 'c'])}d", "acd")
    assert not re.fullmatch(rf"a{either(['b', 'c'])}d", "ab")


def test_each_file_is_told_of() -> None:
    told = (ROOT / "docs" / "knowledge.md").read_text("utf-8")
    for path in KNOWLEDGE.glob("*.yaml"):
        assert path.name.startswith("concepts-") or f"`{path.name}`" in told, path.name


@pytest.mark.parametrize(
    "words",
    [
        ["all", "every", "any"],
        ["(?:make|take) sure", "best practices?"],
        ["a?b", "^c", "d|e"],
        ["b", "best practices?", "be", "all(?: small)?", "all small ball", "a"],
        ["all", "ball", "call", "d", "every", "fast", "good", "hot", "idle", "just", "make", "small", "make sure", "e"],
    ],
)
def test_patterns_at_words_fit_where_a_boundary_would(words: list[str]) -> None:
    slow, fast = re.compile(r"\b" + either(words)), re.compile(at_word(words))
    text = "call all small ball, every-any; make sure, takes sure best practice practices ab b cab c d e all"
    for start in range(len(text)):
        assert [m.span() for m in slow.finditer(text[start:])] == [m.span() for m in fast.finditer(text[start:])]


def test_patterns_at_words_are_found_where_words_begin_only() -> None:
    """Many patterns: no place inside a word is tried; few: `re` looks for their first letters."""
    assert at_word(f"{letter}x" for letter in "abcdefghij").startswith(r"(?<!\w)(?=[abcdefghij])")
    assert at_word(["ax", "ay", "bz"]) == r"(?:a(?<!\wa)(?:x|y)|b(?<!\wb)(?:z))"
