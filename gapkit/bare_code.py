"""Code that stands in a document without a fence: where it starts and where prose takes over again."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["bare_stretches", "prose_tail"]

# Lines that no prose starts with.
_LINE = (
    r"((?:[\"']?AWSTemplateFormatVersion[\"']?\s?:|[\"']?Resources[\"']?\s?:[ ]?\n[ ]+[\"']?\w+[\"']?:|"
    r"terraform[ ]\{|resource[ ]\"[\w-]+\"[ ]\"|"
    r"provider[ ]\"[\w-]+\"[ ]\{|variable[ ]\"[\w-]+\"[ ]\{|locals[ ]\{|data[ ]\"[\w-]+\"[ ]\"|"
    r"module[ ]\"[\w-]+\"[ ]\{|"
    r"output[ ]\"[\w-]+\"[ ]\{|"
    r"import[ ](?:\*[ ]as[ ]|\{|[\w.]+;|[\w]+[ ]from[ ]['\"]|type[ ]|static[ ])|from[ ][\w.]+[ ]import[ ]|"
    r"import[ ](?:json|os|boto3|pulumi|aws_cdk)\b|"
    r"package[ ][\w.]+;?$|#!/|pipeline[ ]\{$|const[ ]\w+[ ]=[ ]require\(|\{$))"
)
_OPENING = re.compile(_LINE, re.MULTILINE)
_OPENING_BELOW = re.compile(rf"\n{_LINE}", re.MULTILINE)  # a pattern that starts with one sign is searched faster
_JSON_KEY = re.compile(r"\s*\"[^\"\n]{1,200}\"\s?:")
_HASH_IS_HEADING = re.compile(r"^(?:\{|import [*{]|import \w+;|import [\w.]+ from|package [\w.]+;?$|const )")
_HEADING = re.compile(r"^#{1,6} .*$", re.MULTILINE)
_PROSE_HEADING = re.compile(r"^#{2,6} [^\n]*\n\s*\n(?=[A-Z*\-0-9`])", re.MULTILINE)
_CODE_SIGNS = frozenset("{}[]();=\"'<>\\|&$,")
_PROSE_SIGNS = {ord(sign): None for sign in "',()"}
MIN_LINES = 4


def bare_stretches(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the offsets (start, end) of each stretch of bare code in `text[start:stop]`; the end is exclusive."""
    while True:
        match = _opening(text, start, stop)
        if match is None:
            return
        if match[1] == "{" and not _JSON_KEY.match(text, match.end(), min(stop, match.end() + 400)):
            start = match.end()
            continue
        begin = _leading_comments(text, start, match.start(1))
        end = _end(text, match, stop)
        if text.count("\n", begin, end) + 1 >= MIN_LINES:
            yield begin, end
        start = max(end, match.end())


def _opening(text: str, start: int, stop: int) -> re.Match[str] | None:
    """The first line that opens code, from a place on; its code is the match's group 1."""
    if not start or text[start - 1] == "\n":
        match = _OPENING.match(text, start, stop)
        if match is not None:
            return match
    return _OPENING_BELOW.search(text, start, stop)


def _leading_comments(text: str, floor: int, begin: int) -> int:
    """The start of the comment lines directly above the first line of code, which belong to it."""
    while begin > floor:
        previous = text.rfind("\n", floor, begin - 1) + 1 or floor
        line = text[previous : begin - 1].strip()
        if not line.startswith(("#", "//", "/*", "*", "---")) or line.startswith(("**", "* ", "## ", "### ")):
            break
        begin = previous
    return begin


def _end(text: str, opening: re.Match[str], stop: int) -> int:
    begin = opening.start(1)
    line = text[begin : begin + 200].split("\n", 1)[0]
    heading = _HEADING if _HASH_IS_HEADING.match(line) else _PROSE_HEADING
    match = heading.search(text, opening.end(), stop)
    end = match.start() if match else stop
    end = max(opening.end(), prose_tail(text, begin, end))
    if end < stop and text[end] != "\n":
        end = text.find("\n", end, stop) if "\n" in text[end:stop] else stop
    while end > opening.end() and text[end - 1] in "\n \t":
        end -= 1
    return end


def prose_tail(text: str, start: int, end: int) -> int:
    """Return where the code in `text[start:end]` ends, when prose or a heading follows it; `end` when none does.

    Looks upward from the end: blank lines, headings and lines without any sign of code are prose.
    """
    limit = end
    while limit > start:
        line_start = text.rfind("\n", start, limit) + 1 or start
        line = text[line_start:limit]
        if line.strip() and not _is_prose(line):
            break
        limit = max(start, line_start - 1)
    return limit


def _is_prose(line: str) -> bool:
    text = line.strip()
    if text.startswith(("#", "**", "---", "`", "~~~")):
        return True
    listed = text.startswith(("- ", "* ")) and not line[0].isspace()  # indented, it may be YAML
    words = text.split()
    if len(words) < 3 or not (listed or (text[0].isupper() and text[-1] in ".:!?")):
        return False
    return not _CODE_SIGNS.intersection(text[:-1].translate(_PROSE_SIGNS))
