"""Judgement as data: YAML files that a user can read, correct and extend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import cast

import yaml


def load_yaml_text(text: str) -> Mapping[str, object]:
    """Parsed YAML, built from plain types only."""
    return cast("Mapping[str, object]", yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def load_yaml(name: str) -> Mapping[str, object]:
    """The parsed content of one of gapkit's own knowledge files; read once, so nobody may change it."""
    return load_yaml_text((files(__name__) / name).read_text(encoding="utf-8"))


def words_of(name: str, key: str) -> list[str]:
    """The words of one list of a knowledge file; `a.b` is the list b inside a."""
    value: object = load_yaml(name)
    for part in key.split("."):
        value = cast("Mapping[str, object]", value)[part]
    return [str(word) for word in cast("list[object]", value)]


def either(words: Iterable[str]) -> str:
    """A regular expression that any of some words or patterns fits."""
    return "(?:" + "|".join(words) + ")"


MANY_LETTERS = 10
"""Of patterns that begin with so many different letters, one may begin nearly anywhere."""


def at_word(patterns: Iterable[str]) -> str:
    """A regular expression that any of some patterns fits where a word begins, `\\b(?:a…|b…)`, made to be found fast.

    The patterns of one letter stand together. With few letters the boundary is looked at behind each of them: `re`
    looks for first letters at once, and would try a pattern that begins with a boundary at every place of a text. With
    many, most places have such a letter, and no word begins there: the boundary is looked at once, before them.
    """
    starts = [start for pattern in patterns for start in _starts(pattern)]
    if not all(_PLAIN_START.match(start) for start in starts):
        return r"\b" + either(starts)
    rests: dict[str, list[str]] = {}
    for start in starts:
        rests.setdefault(start[0], []).append(start[1:])
    if len(rests) < MANY_LETTERS:
        return either(rf"{letter}(?<!\w{letter}){either(rest)}" for letter, rest in rests.items())
    return rf"(?<!\w)(?=[{''.join(rests)}])" + either(letter + either(rest) for letter, rest in rests.items())


_PLAIN_START = re.compile(r"[A-Za-z0-9](?![?*+{|])(?:[^|(]|\([^()]*(?:\([^()]*\)[^()]*)*\))*$")
_GROUP = re.compile(r"\(\?:([^()]*)\)(\??)(?![*+{])")


def _starts(pattern: str) -> Iterator[str]:
    """A pattern as one for each of the words that it may begin with."""
    group = _GROUP.match(pattern)
    if group is None:
        yield pattern
        return
    rest = pattern[group.end() :]
    for first in group[1].split("|"):
        yield from _starts(first + rest)
    if group[2]:
        yield from _starts(rest)


def concept_files(folder: Path | None = None) -> list[str]:
    """The texts of gapkit's concept files in name order, then of a user's folder."""
    own = sorted((f for f in files(__name__).iterdir() if f.name.startswith("concepts-")), key=lambda f: f.name)
    texts = [f.read_text(encoding="utf-8") for f in own if f.name.endswith(".yaml")]
    if folder is not None:
        texts += [f.read_text(encoding="utf-8") for f in sorted(folder.glob("*.yaml"))]
    return texts


@cache
def knowledge_version() -> str:
    """A digest of every knowledge file: a run made with other knowledge is not the same run."""
    digest = blake2b(digest_size=8)
    for file in sorted(files(__name__).iterdir(), key=lambda f: f.name):
        if file.name.endswith((".yaml", ".json", ".gz")):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
