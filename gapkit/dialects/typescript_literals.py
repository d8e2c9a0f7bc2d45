"""Literals and spellings of TypeScript: from tokens to strings, numbers and text with holes."""

from __future__ import annotations

import re

from gapkit.dialects.host import Call, Ref, Text

MAX_TEXT_TOKENS = 40
MAX_TEXT = 200
MAX_JOINED = 20_000

CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None, "undefined": None}
_WORDS_BEFORE = frozenset(("typeof", "new", "await", "void", "delete"))
SPACED = frozenset(
    """
    => ? : ?? || && === == !== != + - * / % < > >= = in instanceof as typeof new await | & ** void delete of
    """.split()  # noqa: SIM905
)
_ESCAPE = re.compile(r"\\(?:u\{?([0-9a-fA-F]{2,6})\}?|x([0-9a-fA-F]{2})|(\r?\n)|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def unquote(token: str) -> str:
    """The text of a string token, escapes resolved."""
    end = -1 if len(token) > 1 and token[-1] == token[0] else len(token)
    text = token[1:end]
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        point = int(code, 16)
        return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else found[0]
    return "" if found[3] else _ESCAPED.get(found[4], found[4])


def number(token: str) -> object:
    """The number that a token writes, or the token where it is none."""
    text = token.replace("_", "").rstrip("n") if "_" in token or token[-1] == "n" else token
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return int(text, 0) if text[:2].lower() in ("0x", "0b", "0o") else float(text)
    except ValueError:
        return Ref(token)


def spell(texts: list[str], start: int, end: int) -> str:
    """Source text of the tokens from `start` to `end`, spaced in one way whatever the layout was, cut where long."""
    pieces: list[str] = []
    for token in texts[start : min(end, start + MAX_TEXT_TOKENS)]:
        if token in SPACED:
            pieces.append(token + " " if token in _WORDS_BEFORE else f" {token} ")
        elif token == ",":
            pieces.append(", ")
        else:
            pieces.append(token)
    text = "".join(pieces)
    return text[:MAX_TEXT] + "…" if end - start > MAX_TEXT_TOKENS or len(text) > MAX_TEXT else text


def parts_of(*values: object) -> tuple[object, ...]:
    """Those of some values that hold more than a name or a literal."""
    found: tuple[object, ...] = ()
    for value in values:
        kind = type(value)
        if kind is Ref or kind is Text:
            found += value.parts  # type: ignore[attr-defined]
        elif isinstance(value, tuple):
            found += (value,)
    return found


def template(token: str) -> object:
    """A template literal: its text, holes as they stand, or a plain string where it has none."""
    if token[0] == "\\":
        body = token[2:-2] if token.endswith("\\`") else token[2:]
        body = body.replace("\\$", "$")
    else:
        body = token[1:-1] if len(token) > 1 and token[-1] == "`" else token[1:]
    if "\\" in body:
        body = _ESCAPE.sub(_unescaped, body)
    return Text(body) if "${" in body else body


def joined(left: object, right: object) -> object:
    """A concatenation written as one text with holes; what goes beyond MAX_JOINED characters is left out."""
    if isinstance(left, (str, Text)) and len(left if isinstance(left, str) else left.text) > MAX_JOINED:
        return left
    text = "".join(
        part
        if isinstance(part, str)
        else part.text
        if isinstance(part, Text)
        else f"${{{part.text if isinstance(part, Ref) else part.name + '()' if isinstance(part, Call) else part}}}"
        for part in (left, right)
    )
    return Text(text, parts_of(left, right)) if "${" in text else text
