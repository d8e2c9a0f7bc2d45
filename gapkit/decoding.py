"""Bytes of a file -> its text with `\\n` line ends, whatever the encoding."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from gapkit.models import Problem

STAGE = "corpus"
BINARY_SHARE = 0.01  # a text with more NUL bytes than this is no text
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# cp1252 leaves five bytes undefined; Latin-1 gives each byte a character, so that nothing can fail.
_ERRORS = "gapkit.cp1252"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text (None where there is none to use) and what was odd about it."""

    text: str | None
    problems: tuple[Problem, ...] = ()


def _byte_by_byte(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as cp1252, and leave the good ones around them alone."""
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return "".join(_cp1252(byte) for byte in wrong), error.end


def _cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


codecs.register_error(_ERRORS, _byte_by_byte)


def decode(data: bytes, document: str) -> Decoded:
    """The text of a document: UTF-8 or UTF-16 by its byte-order mark, else UTF-8, else cp1252.

    CRLF and lone CR become `\\n`.  Problems: `empty_document`, `binary_document`, `wrong_encoding`.
    """
    if not data.strip():
        return Decoded(
            "", (Problem(STAGE, "empty_document", f"{document} is empty. Write it, or remove it.", document),)
        )
    problems: list[Problem] = []
    text = None
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            data = data[len(bom) :]
            text = None if encoding == "utf-8" else data.decode(encoding, errors="replace")
            break
    if text is None and b"\0" in data:
        encoding16 = _utf16_without_mark(data)
        if encoding16:
            text = data.decode(encoding16, errors="replace")
            problems.append(_wrong_encoding(document, f"{encoding16.upper()} without a byte-order mark"))
        elif data.count(b"\0") > BINARY_SHARE * len(data):
            message = f"{document} is binary (it holds NUL bytes) and was not read. Replace it with a text file."
            return Decoded(None, (Problem(STAGE, "binary_document", message, document),))
        else:
            line = data.count(b"\n", 0, data.index(b"\0")) + 1
            message = f"{document} holds NUL bytes, which were left out. Remove them."
            problems.append(Problem(STAGE, "nul_bytes", message, document, line))
            data = data.replace(b"\0", b"")
    if text is None:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            text = data.decode("utf-8", errors=_ERRORS)
            line = data.count(b"\n", 0, error.start) + 1
            problems.append(_wrong_encoding(document, "not UTF-8; the bytes that are none were taken as cp1252", line))
    return Decoded(unified_lines(text), tuple(problems))


def unified_lines(text: str) -> str:
    """The text with `\\n` at each line's end, so that line numbers hold."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:4096]
    half = len(head) // 2
    if half and head[1::2].count(0) > 0.8 * half and head[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half and head[::2].count(0) > 0.8 * half and head[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _wrong_encoding(document: str, found: str, line: int | None = None) -> Problem:
    return Problem(STAGE, "wrong_encoding", f"{document} is {found}. Save it as UTF-8.", document, line)
