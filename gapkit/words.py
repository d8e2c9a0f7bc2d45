"""Text to comparable words: split identifiers, stem, drop stop words; every step is cached.

`AutoScalingGroup`, `auto_scaling_group` and "auto-scaling groups" give the same stems.  The stemmer is Snowball's
English one (PyStemmer); synonyms and stop words are data in `knowledge/words.yaml`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

import Stemmer

from gapkit.knowledge import load_yaml, words_of
from gapkit.memo import Remembered

WORDS_REMEMBERED = 200_000

_WHOLE = cast("dict[str, str]", load_yaml("words.yaml")["whole"])
_WHOLE_STARTS = tuple(_WHOLE)
_SPLIT = re.compile("[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SPLIT_WHOLE = re.compile(f"(?i:{'|'.join(_WHOLE.values())})|{_SPLIT.pattern}")
_WORD = re.compile(r"\w+")
_WORD_OR_TYPE = re.compile(r"\w++(?:::(?<=\bAWS::)\w++::\w++)?")
_IDENTIFIER = re.compile(r"[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*|[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z][a-z0-9]*[A-Z]\w+")
_stem = Stemmer.Stemmer("english", 0).stemWord


class _Lexicon(NamedTuple):
    """Stop words, what a word is read as, and the words that keep to themselves in set phrases."""

    stop: frozenset[str]
    synonyms: dict[str, str]
    apart: dict[str, str]


@cache
def _lexicon() -> _Lexicon:
    data = cast("dict[str, Any]", load_yaml("words.yaml"))
    synonyms = {str(k): str(v) for k, v in data["synonyms"].items()}
    return _Lexicon(frozenset(str(word) for word in data["stop_words"]), synonyms, dict(data["apart"]))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one lower-case word."""
    return str(_stem(word)) if len(word) > 3 else word


@lru_cache(maxsize=200_000)
def _read_as(word: str) -> tuple[str, ...]:
    """The stems of one lower-case word, or of what it is a synonym of."""
    return tuple([stem(part) for part in _lexicon().synonyms.get(word, word).split()])


def _pieces(token: str) -> list[str]:
    """The words that a token is made of; `ipv`+`4`, `s`+`3`, `t`+`3`, `v`+`2` belong together."""
    bare = token.strip(".,:;()[]{}`'\"*-/")
    lower = bare.lower()
    has_whole = any(start in lower for start in _WHOLE_STARTS)
    if not has_whole and bare.isalpha() and bare.isascii() and (bare[1:].islower() or len(bare) == 1):
        return [bare]  # most tokens are a plain word
    out: list[str] = []
    for piece in (_SPLIT_WHOLE if has_whole else _SPLIT).findall(token):
        if piece.isdigit() and out and len(out[-1]) <= 4 and not out[-1].isdigit() and len(piece) <= 2:
            out[-1] += piece
        else:
            out.append(piece)
    return out


def _words_of_token(token: str) -> tuple[str, ...]:
    stop = _lexicon().stop
    out: list[str] = []
    for piece in _pieces(token):
        word = piece.lower()
        if word not in stop and (len(word) > 1 or word.isdigit()):
            out.extend(_read_as(word))
    return tuple(out)


_token_words = Remembered(_words_of_token, WORDS_REMEMBERED)


def token_words(token: str) -> tuple[str, ...]:
    """Stems of one identifier or whitespace-free token, in order, stop words left out."""
    return _token_words.of(token)


_JOINERS = frozenset(words_of("words.yaml", "joiners"))


def _phrase_of_token(token: str) -> tuple[str, ...]:
    apart = _lexicon().apart
    out: list[str] = []
    for piece in _pieces(token):
        word = piece.lower()
        if word in apart:
            out.append(apart[word])
        elif word not in _JOINERS:
            out.extend(_read_as(word))
    return tuple(out)


_phrase_tokens = Remembered(_phrase_of_token, WORDS_REMEMBERED)


@lru_cache(maxsize=20_000)
def phrase_words(text: str) -> tuple[str, ...]:
    """Stems of running text with all but articles and joining words, to find set phrases in."""
    out: list[str] = []
    extend = out.extend
    for token in text.split():
        if len(token) < 200:
            extend(_phrase_tokens.of(token))
    return tuple(out)


def stem_counts(text: str) -> dict[str, int]:
    """How often each of `phrase_words` stands in a text."""
    counts: dict[str, int] = {}
    for stem in phrase_words(text):
        counts[stem] = counts.get(stem, 0) + 1
    return counts


def text_words(text: str) -> list[str]:
    """Stems of running text or code, in order."""
    out: list[str] = []
    extend = out.extend
    for token in text.split():
        if len(token) < 200:
            extend(_token_words.of(token))
    return out


def _words_of_text(text: str) -> frozenset[str]:
    return frozenset(text_words(text[:300]))


_word_sets = Remembered(_words_of_text, WORDS_REMEMBERED)


def word_set(text: str) -> frozenset[str]:
    """The distinct stems of a short text; texts over 300 characters are cut there."""
    return _word_sets.of(text)


_BLANKS = bytes(code if code == ord("_") or (code < 128 and chr(code).isalnum()) else 32 for code in range(256))


def plain_words(text: str) -> list[str]:
    """The runs of letters, digits and `_` of a text as they stand."""
    if text.isascii():  # most are, and a table of bytes is three times as fast as the pattern
        return text.encode("ascii").translate(_BLANKS).decode("ascii").split()
    return _WORD.findall(text)


def _is_identifier(word: str) -> bool:
    return not (word.isalnum() and word[1:].islower()) and _IDENTIFIER.fullmatch(word) is not None


def identifiers(text: str) -> list[str]:
    """The words of a text that are written like names of code: `BucketName`, `bucket_name`, `bucketName`."""
    # Whole words first: a pattern that begins with the names is tried at every word, and three times as slow.
    return [word for word in plain_words(text) if _is_identifier(word)]


def code_names(text: str) -> list[str]:
    """`identifiers`, and types of CloudFormation (`AWS::S3::Bucket`) whole."""
    if "AWS::" not in text:
        return identifiers(text)
    return [word for word in _WORD_OR_TYPE.findall(text) if word[:5] == "AWS::" or _is_identifier(word)]
