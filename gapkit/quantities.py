"""Literals of a wording — quantities, CIDR blocks, versions, names — and whether a side's values hold them.

Sizes are compared in bytes, durations in seconds, whatever unit either side writes: "5 minutes" is met by `300`,
`PT5M`, `Duration.minutes(5)` and `rate(5 minutes)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import ceil, floor
from typing import NamedTuple, cast

from gapkit.knowledge import either, load_yaml, words_of
from gapkit.words import identifiers

_TABLE = load_yaml("literals.yaml")
_PRODUCT_NAMES = frozenset(str(w).lower() for w in cast("list[str]", _TABLE["product_names"]))
ANY_REGION = re.compile(r"\b[a-z]{2}-(?:gov-)?(?:(?:north|south)(?:east|west)?|east|west|central)-\d(?!\d)")
_NOT_COUNTED = frozenset(str(w) for w in cast("list[str]", _TABLE["not_counted"]))
_NUMBERED = frozenset(str(w) for w in cast("list[str]", _TABLE["numbered"]))

_DURATIONS = cast("Mapping[str, float]", _TABLE["durations"])
_YEAR = _DURATIONS["year"]
_SIZES = {
    "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_DIGIT = re.compile(r"\d")
_NUMBER_WORDS = cast("Mapping[str, int]", _TABLE["number_words"])
_COUNTING_WORDS = either(words_of("literals.yaml", "counting_words"))
_QUANTITY = re.compile(
    r"(?<![\w.$/-])(\d[\d,]{0,12}(?:\.\d{1,4})?)(?:\s|-){0,2}"
    r"(milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[kmgt]i?b|%|percent)"
    r"(?![\w])",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"(?<![\w.$/:,-])(\d{{1,6}}|{_COUNTING_WORDS})(?![\w.:/%]|-\d|,\d)"
    r"(?=\s+([A-Za-z][\w-]*(?:\s+[A-Za-z][\w-]*){0,2}))",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    rf"\b({either(words_of('literals.yaml', 'labels'))})\b\s*(?:of|is|=|:|to|set to)?\s*(\d{{1,6}})"
    r"(?![\w.]|[\s-]*(?:%|percent|(?:(?:millisecond|second|sec|minute|min|hour|hr|day|week|month|year)s?|[kmgt]i?b|ms)\b))",
    re.IGNORECASE,
)
_LIMITED = re.compile(rf"^\s+(?:\w+\s+)?{either(words_of('literals.yaml', 'limited'))}", re.I)
_WORD_BEFORE = re.compile(r"([A-Za-z]+)[\s.-]*$")
_OR_HIGHER = re.compile(
    rf"^(?:\.x)?\+|^\W{{0,2}}(?:or|and)\s+{either(words_of('literals.yaml', 'or_higher'))}", re.IGNORECASE
)
_AT_LEAST = re.compile(rf"{either(words_of('literals.yaml', 'at_least'))}\s*(?:version\s*)?\S*\s*$", re.IGNORECASE)
_CIDR = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?)(?![\d.])")
_REGION = re.compile(
    r"\b((?:us|eu|ap|sa|ca|me|af|il)-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)-\d)\b"
)
_INSTANCE = re.compile(r"\b((?:db\.|cache\.)?[a-z][0-9][a-z]{0,3}\.(?:nano|micro|small|medium|large|[0-9]*xlarge))\b")
_VERSION = re.compile(
    rf"\b({either(words_of('literals.yaml', 'versioned_products'))})"
    r"[\s_v-]{0,2}(\d{1,4}(?:\.\d{1,3}){0,2})(?:\.x)?(?![\w])",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(r"\b((?:rate|cron)\([^)\n]{1,40}\))")
_QUOTED = re.compile(r"`([^`\n]{2,80})`|\"([^\"\n]{2,60})\"|(?<!\w)'([^'\n]{2,60})'(?!\w)")
_CLASS_NAME = re.compile(rf"[A-Z]\w+{either(words_of('literals.yaml', 'own_classes'))}")
_COMMAND = re.compile(either(words_of("literals.yaml", "commands")), re.IGNORECASE)
_TRIED = re.compile(rf"\b{either(words_of('literals.yaml', 'commands_tried'))}\b", re.IGNORECASE)
_EXAMPLE_BEFORE = re.compile(rf"\b{either(words_of('literals.yaml', 'examples_before'))}\s*$", re.IGNORECASE)
_FILE_NAME = re.compile(r"[\w/-]+(?:\.[a-z]\w{1,3}){1,2}")
_THERE_BEFORE = re.compile(rf"\b{either(words_of('literals.yaml', 'files_there_before'))}$", re.IGNORECASE)
_THERE_BEHIND = re.compile(either(words_of("literals.yaml", "files_there_behind")), re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\$?\{+[^{}]*\}+|<[^<>]*>|\[[^\[\]]*\]")
_GENERIC_NAME = re.compile(rf"(?:[-_.]?{either(words_of('literals.yaml', 'generic_names'))})+[-_.]?", re.I)
_DURATION_CALL = re.compile(r"(?:uration\.|rate\()\s*(\w+)?\(?\s*(\d+)\s*(\w+)?\)?", re.IGNORECASE)
_PORT_CALL = re.compile(r"\bPort\.(?:tcp|udp)\((\d{1,5})\)", re.IGNORECASE)
_DURATION_TEXT = re.compile(r"^(\d+)\s*(ms|s|sec|min|m|h|hours?|days?|d|minutes?|seconds?)$", re.IGNORECASE)


class Literal(NamedTuple):
    """A literal of a wording: number, text, noun, and a kind: `duration`, `size`, `percent`, `count`, `number`, `text`,
    `region`, `version` or `least version` ("or higher")."""

    kind: str
    number: float | None
    text: str
    noun: str = ""


def _plain(number: str) -> float:
    value = float(_NUMBER_WORDS.get(number.lower(), 0) or number.replace(",", ""))
    return int(value) if value == int(value) else value


def _unit(word: str) -> tuple[str, float]:
    lowered = word.lower()
    if lowered in ("%", "percent"):
        return "percent", 1
    if lowered in _SIZES:
        return "size", _SIZES[lowered]
    single = lowered.rstrip("s") if lowered not in ("ms", "s") else lowered
    return "duration", _DURATIONS.get(single, _DURATIONS.get(lowered, 1))


@lru_cache(maxsize=20_000)
def find_literals(text: str) -> tuple[Literal, ...]:
    """Every literal of a wording, in order of kind; a text longer than 4,000 characters is cut there."""
    text = text[:4000]
    out: dict[tuple[str, str], Literal] = {}

    def add(kind: str, number: float | None, word: str, noun: str = "") -> None:
        out.setdefault((kind, word.lower()), Literal(kind, number, word, noun))

    has_digit = _DIGIT.search(text) is not None
    if has_digit:
        for match in _QUANTITY.finditer(text):
            kind, factor = _unit(match.group(2))
            add(kind, _plain(match.group(1)) * factor, match.group(0))
        if "." in text:
            for pattern in (_CIDR, _INSTANCE):
                for match in pattern.finditer(text):
                    add("text", None, match.group(1))
        for match in _REGION.finditer(text):
            add("region", None, match.group(1))
        for match in _VERSION.finditer(text):
            if match.group(1)[:4].lower() == "node" and "sdk" in text.lower():
                continue  # what its runtime brings along, not which one to use
            least = _OR_HIGHER.match(text[match.end() :]) or _AT_LEAST.search(text[: match.start(1)])
            add("least version" if least else "version", None, match.group(2), match.group(1).lower())
        for match in _LABELLED.finditer(text):
            label = match.group(1).lower()
            rest = text[match.end() :]
            if label != "at least" and (label[:3] != "min" or not rest[:2].strip().isalpha() or _LIMITED.match(rest)):
                add("number", _plain(match.group(2)), match.group(2), label)
    if "(" in text:
        for match in _EXPRESSION.finditer(text):
            add("text", None, match.group(1))
    for match in _COUNT.finditer(text) if has_digit or _has_number_word(text.lower()) else ():
        if _counts(text, match) and ("number", match.group(1).lower()) not in out:
            add("count", _plain(match.group(1)), match.group(1), match.group(2))
    if "`" in text or '"' in text or "'" in text:
        for match in _QUOTED.finditer(text):
            quoted = match.group(match.lastindex or 0).strip()
            if ("region", quoted.lower()) not in out:
                if quoted.isdecimal():
                    add("number", _plain(quoted), quoted)
                    continue
                before = text[max(0, match.start() - 100) : match.start()]
                if _EXAMPLE_BEFORE.search(before) or (_COMMAND.fullmatch(quoted) and _TRIED.search(before)):
                    continue
                if _FILE_NAME.fullmatch(quoted) and (
                    _THERE_BEFORE.search(before) or _THERE_BEHIND.match(text, match.end())
                ):
                    continue
                for fixed in _fixed_texts(quoted):
                    add("text", None, fixed)
    for word in identifiers(text):
        add("text", None, word)
    return tuple(
        x
        for x in out.values()
        if x.kind != "text" or not (x.text.lower() in _PRODUCT_NAMES or _CLASS_NAME.fullmatch(x.text))
    )


def _has_number_word(lowered: str) -> bool:
    return any(word in lowered for word in _NUMBER_WORDS)


def _fixed_texts(quoted: str) -> list[str]:
    """What of a quoted text has to stand as it is: all of it, or what a pattern `{team}-data-<suffix>` keeps fixed."""
    if not _PLACEHOLDER.search(quoted):
        return [] if _GENERIC_NAME.fullmatch(quoted) else [quoted]
    if " " in quoted or "(" in quoted or "://" in quoted:
        return []
    pieces = [piece.strip("-_./") for piece in _PLACEHOLDER.split(quoted)]
    return [p for p in pieces if len(p) > 3 and not _GENERIC_NAME.fullmatch(p)]


def _counts(text: str, match: re.Match[str]) -> bool:
    """Whether a number counts the noun behind it: not "7 days", "one for each", "Route 53 zone", "port 443 only"."""
    noun = match.group(2).split()[0].lower()
    if noun in _NOT_COUNTED or noun in _SIZES or noun.rstrip("s") in _DURATIONS:
        return False
    before = _WORD_BEFORE.search(text[max(0, match.start() - 24) : match.start()])
    return before is None or before.group(1).lower() not in _NUMBERED


@lru_cache(maxsize=50_000)
def value_number(text: str) -> float | None:
    """The quantity a text value writes, in seconds or bytes, or None: `Duration.minutes(5)`, `rate(1 hour)`, `30s`."""
    if len(text) > 60:
        return None
    match = _DURATION_TEXT.match(text)
    if match:
        unit = match.group(2).lower()
        return float(match.group(1)) * (60 if unit == "m" else _unit(unit)[1])
    if text.endswith(")") and (match := _PORT_CALL.search(text)):
        return float(match.group(1))
    if "ation" in text or "rate(" in text or "ize." in text or "Retention" in text:
        match = _DURATION_CALL.search(text)
        if match:
            unit = (match.group(1) or match.group(3) or "").lower()
            return float(match.group(2)) * _unit(unit)[1]
        words = re.findall(r"[A-Za-z]+", text.rpartition(".")[2].replace("_", " "))
        if len(words) == 2 and words[0].lower() in _NUMBER_WORDS:
            return _NUMBER_WORDS[words[0].lower()] * _unit(words[1])[1]
    return None


def spellings(literal: Literal) -> tuple[float, ...]:
    """The plain numbers that may stand for a quantity in code, the surest first."""
    number = literal.number
    if number is None:
        return ()
    if literal.kind == "duration":
        found = [number, number * 1000]
        found += [number / unit for unit in (60, 3600, 86400) if number % unit == 0]
        years, rest = divmod(number, _YEAR)
        if years and not rest:  # with leap days, as CloudWatch counts them
            found += [floor(years * 365.25), ceil(years * 365.25)]
        return tuple(found)
    if literal.kind == "size":
        gigabytes = number / 2**30
        return (number / 2**20, gigabytes, number / 2**10, number, gigabytes * 1000, gigabytes * 1e9)
    if literal.kind == "percent":
        return (number, number / 100)
    return (number,)
