"""How far a string, a heredoc or an expression reaches in HCL text."""

from __future__ import annotations

import re
from typing import NamedTuple

margin_header = re.compile(
    r"""(?:resource|data|variable|output|module|provider)[ \t]+"|(?:locals|terraform)[ \t]*\{"""
).match
_heredoc = re.compile(r"<<([-~]?)[ \t]*\"?([A-Za-z_]\w*)\"?[ \t\r]*\n").match
_plain = re.compile(r"""[^"\[\](){}\n,\#/<]++""").match
_string_piece = re.compile(r'(?:[^"\\$%\n]|\\[^\n]|\$(?!\{)|%(?!\{))*+').match
_hole_piece = re.compile(r'[^"{}]++').match
_line_end = re.compile(r"[^\n]*+").match


class Heredoc(NamedTuple):
    """A heredoc's content as `text[start:stop]`, whether its margin is cut, and the position behind its end."""

    start: int
    stop: int
    after: int
    indented: bool
    closed: bool


def heredoc_at(text: str, position: int) -> Heredoc | None:
    """The heredoc that begins at a position, if one does; without its closing word it reaches to the end."""
    match = _heredoc(text, position)
    if match is None:
        return None
    closing = re.compile(rf"^[ \t]*{match[2]}\b", re.MULTILINE).search(text, match.end())
    if closing is None:
        return Heredoc(match.end(), len(text), len(text), bool(match[1]), False)
    return Heredoc(match.end(), closing.start(), closing.end(), bool(match[1]), True)


def string_end(text: str, position: int) -> int:
    """The position behind a string's closing quote; strings nest in the holes of strings."""
    size = len(text)
    position += 1
    holes: list[int] = []  # open braces in each hole that is open; strings inside holes begin a new level
    in_string = [True]
    while position < size:
        if in_string[-1]:
            position = _string_piece(text, position).end()  # type: ignore[union-attr]
            head = text[position : position + 1]
            if head == '"':
                in_string.pop()
                position += 1
                if not in_string:
                    return position
            elif head in ("$", "%"):
                in_string.append(False)
                holes.append(1)
                position += 2
            elif head == "\n":
                return position
            else:
                position += 1
        else:
            match = _hole_piece(text, position)
            position = match.end() if match else position
            head = text[position : position + 1]
            position += 1
            if head == '"':
                in_string.append(True)
            elif head == "{":
                holes[-1] += 1
            elif head == "}":
                holes[-1] -= 1
                if not holes[-1]:
                    holes.pop()
                    in_string.pop()
    return size


def raw_end(text: str, position: int, inside: bool) -> int:
    """The end of an expression that is kept as text."""
    size = len(text)
    depth = 0
    while position < size:
        match = _plain(text, position)
        if match is not None:
            position = match.end()
            if position >= size:
                break
        head = text[position]
        if head == '"':
            position = string_end(text, position)
            continue
        if head in "([{":
            depth += 1
        elif head in ")]}":
            if not depth:
                break
            depth -= 1
        elif head == "\n":
            if not depth and not inside:
                break
            if margin_header(text, position + 1):
                break
        elif head == ",":
            if not depth:
                break
        elif head == "#" or text.startswith("//", position):
            if not depth and not inside:
                break
            position = _line_end(text, position).end()  # type: ignore[union-attr]
            continue
        elif head == "<":
            heredoc = heredoc_at(text, position)
            if heredoc is not None:
                position = heredoc.after
                continue
        position += 1
    return position
