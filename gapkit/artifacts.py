"""Responses -> artifacts: the code that a markdown document holds, fenced or bare, with its names and lines.

One pass that jumps from fence to fence with `str.find`; no markdown parser is needed, and real answers are not
valid markdown anyway: fences stay open, a README in three backticks holds blocks in three backticks, and whole
files stand there without any fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from gapkit.artifact_names import LANGUAGE_OF_SUFFIX, name_above, name_in_code, name_in_info
from gapkit.bare_code import bare_stretches, prose_tail
from gapkit.models import Artifact, Problem, Source

__all__ = ["artifacts_of_files", "find_artifacts", "normalise_newlines"]


def normalise_newlines(text: str) -> str:
    """Return the text with `\\n` between lines; the lines stay the same, one for one."""
    if "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text


class _Fence(NamedTuple):
    """A line that starts with three backticks or tildes, or more."""

    start: int  # offset of the line
    end: int  # offset of the line's end, before its newline
    line: int  # 1-based
    indent: int
    char: str
    length: int
    info: str


class _Code(NamedTuple):
    """A stretch of the text, by offsets and lines, that a fence or its own wording shows to be code."""

    start: int
    end: int
    line: int
    indent: int
    info: str
    above: int  # offset of the end of what stands directly above


_MARKDOWN_WORDS = frozenset({"markdown", "md", "mdx"})
_INFO_WORD = re.compile(r"[{.]?([A-Za-z][\w+#-]{0,30})")
MOST_NESTED = 60
MOST_PROBLEMS = 50
_CLOSED_LATER = 6  # fences this long are often two of three that stand glued together


def find_artifacts(source: Source) -> tuple[tuple[Artifact, ...], tuple[Problem, ...]]:
    """Return the code of a document, in order, and what could not be read cleanly.

    Fenced blocks (also indented, nested or unclosed ones) and bare code count.  An artifact's text is the
    document's lines `line_start` to `line_end`, without the indent of its fence.
    """
    text = normalise_newlines(source.text)
    problems: list[Problem] = []
    codes = _fenced(text, source.name, problems)
    codes = _with_bare_code(text, codes)
    artifacts = []
    previous_end = 0
    for code in codes:
        artifact = _artifact(text, code, source.name, previous_end)
        previous_end = code.end
        if artifact is not None:
            artifacts.append(artifact)
    return tuple(artifacts), tuple(problems[:MOST_PROBLEMS])


def artifacts_of_files(sources: Iterable[Source]) -> tuple[Artifact, ...]:
    """Return one artifact per file: the whole text, named by its path, with the language of its suffix."""
    artifacts = []
    for source in sources:
        text = normalise_newlines(source.text)
        body = text[:-1] if text.endswith("\n") else text
        path = PurePosixPath(source.name)
        language = LANGUAGE_OF_SUFFIX.get(path.suffix.lower().lstrip(".") or path.name.lower(), "")
        artifacts.append(Artifact(source.name, source.name, language, body, 1, body.count("\n") + 1))
    return tuple(artifacts)


# ------------------------------------------------------------------ fences


def _fences(text: str) -> Iterator[_Fence]:
    """Every fence line.  Each line is looked at once, so that a line of 500 KB of backticks costs nothing."""
    marks = [("`", text.find("```")), ("~", text.find("~~~"))]
    line, counted = 1, 0
    while True:
        candidates = [(at, char) for char, at in marks if at >= 0]
        if not candidates:
            return
        at, char = min(candidates)
        start = text.rfind("\n", counted, at) + 1 or counted
        end = text.find("\n", at)
        if end < 0:
            end = len(text)
        before = text[start:at]
        if not before.strip(" \t>") and len(before) < 200:
            line += text.count("\n", counted, start)
            counted = start
            length = 3
            while at + length < end and text[at + length] == char:
                length += 1
            info = text[at + length : end].strip()
            if char == "~" or "`" not in info:
                yield _Fence(start, end, line, len(before.expandtabs(4)), char, length, info)
            elif info.endswith("```") and length == 3 and info.count("`") == 3 and info[:-3].isalpha():
                # ```python```python: two fences in one line; the last word counts.
                yield _Fence(start, end, line, len(before.expandtabs(4)), char, length, info[:-3])
        marks = [(mark, text.find(mark * 3, end) if 0 <= found <= end else found) for mark, found in marks]


def _fenced(text: str, document: str, problems: list[Problem]) -> list[_Code]:
    fences = list(_fences(text))
    codes: list[_Code] = []
    position = 0
    while position < len(fences):
        opening = fences[position]
        closing, unclosed = _closing(text, fences, position)
        end_of_above = opening.start
        start = min(opening.end + 1, len(text))
        end = max(start, fences[closing].start - 1) if closing < len(fences) else len(text)
        if unclosed:
            if not opening.info and prose_tail(text, start, end) <= start:
                # A bare fence before nothing but prose: the end of a block that was taken for closed.
                position = closing
                continue
            glued = _glued_fence(text, start, end)
            end = prose_tail(text, start, end) if glued < 0 else glued
        if unclosed and glued < 0:
            problems.append(
                Problem(
                    "documents",
                    "unclosed_fence",
                    "the code block that opens here is never closed; close it with a fence of its own line",
                    document,
                    opening.line,
                )
            )
        code = _Code(start, end, opening.line + 1, opening.indent, opening.info, end_of_above)
        inner = _unwrapped(text, fences, position, closing) if _is_markdown(opening) else []
        codes.extend(inner or [code])
        position = closing if unclosed else closing + 1
    return codes


def _is_markdown(fence: _Fence) -> bool:
    word = _INFO_WORD.match(fence.info)
    return word is not None and word[1].lower() in _MARKDOWN_WORDS


def _closing(text: str, fences: list[_Fence], position: int) -> tuple[int, bool]:
    """The index of the fence that ends the block opened at `position`, and whether it does so by not closing it.

    A fence with an info word never closes.  In a markdown block of three backticks it opens a nested block, in
    any other it shows that the block before it was left open.
    """
    opening = fences[position]
    length = opening.length
    if length >= _CLOSED_LATER and not any(
        f.length >= length and not f.info for f in fences[position + 1 : position + MOST_NESTED]
    ):
        length = 3
    nested = 0
    markdown = _is_markdown(opening)
    first_nested = 0
    # A README nests a few blocks; what is not closed by then is open, and looking on would take quadratic time.
    stop = min(len(fences), position + MOST_NESTED) if markdown or length > 3 else len(fences)
    for index in range(position + 1, stop):
        fence = fences[index]
        if fence.char != opening.char or fence.length < length or fence.indent > opening.indent + 3:
            continue
        if not fence.info:
            if not nested:
                return index, False
            nested -= 1
        elif markdown:
            nested += 1
            first_nested = first_nested or index
        elif fence.length >= 2 * length or ((length == 3 or fence.length == length) and _INFO_WORD.match(fence.info)):
            return index, True
    # Never closed.  A markdown block must not swallow the code blocks that follow it.
    return first_nested or len(fences), True


def _glued_fence(text: str, start: int, end: int) -> int:
    """The offset of a closing fence that stands behind the last line of code (`}```) instead of below it, or -1."""
    at = text.find("```\n", start, end)
    if at < 0 and text.endswith("```", start, end):
        at = end - 3
    return at if at > start and text[at - 1] not in "`\n" else -1


def _unwrapped(text: str, fences: list[_Fence], position: int, closing: int) -> list[_Code]:
    """The code blocks in a markdown block that wraps the answer as a whole, else nothing."""
    opening = fences[position]
    stop = fences[closing].start if closing < len(fences) else len(text)
    if (stop - opening.end) * 2 < len(text):
        return []
    codes: list[_Code] = []
    index = position + 1
    while index < closing:
        fence = fences[index]
        last = index + 1
        while last < closing and fences[last].info:
            last += 1
        if last >= closing:
            break
        start = min(fence.end + 1, len(text))
        end = max(start, fences[last].start - 1)
        codes.append(_Code(start, end, fence.line + 1, fence.indent, fence.info, fence.start))
        index = last + 1
    return codes


def _with_bare_code(text: str, codes: list[_Code]) -> list[_Code]:
    """The codes and, in between, the stretches that are code without a fence."""
    result: list[_Code] = []
    position, line = 0, 1
    for code in [*codes, None]:
        stop = code.above if code else len(text)
        for start, end in bare_stretches(text, position, stop):
            line += text.count("\n", position, start)
            position = start
            result.append(_Code(start, end, line, 0, "", start))
        if code is not None:
            result.append(code)
            line += text.count("\n", position, code.end)
            position = code.end
            after = text.find("\n", position + 1)  # past the closing fence
            if after < 0:
                break
            line += text.count("\n", position, after)
            position = after
    return result


def _artifact(text: str, code: _Code, document: str, previous_end: int) -> Artifact | None:
    body = text[code.start : code.end]
    if body.endswith("\n") and code.end == len(text):
        body = body[:-1]
    if not body.strip():
        return None
    if code.indent:
        body = _dedent(body, code.indent)
    word = _INFO_WORD.match(code.info)
    language = word[1].lower() if word else ""
    name = (
        name_in_info(code.info, language)
        or name_in_code(body)
        or name_above(text, max(previous_end, code.above - 400), code.above)
    )
    return Artifact(document, name, language, body, code.line, code.line + body.count("\n"))


def _dedent(body: str, indent: int) -> str:
    """Each line without up to `indent` columns of leading blanks, as CommonMark has it."""
    lines = []
    for line in body.split("\n"):
        rest = line.lstrip(" \t")
        cut = min(len(line) - len(rest), indent)
        lines.append(line[cut:])
    return "\n".join(lines)
