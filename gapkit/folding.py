"""Long texts in lower case, with and without blanks, at the speed of byte strings.

Responses are mostly ASCII with a few signs (`—`, `✅`) in between, and one such sign makes `str.lower` several
times slower.  Where the signs have neither case nor width of a blank, only the ASCII part needs any work.
"""

from __future__ import annotations

_ASCII = bytes(range(128))
_BLANKS = bytes([*range(9, 14), *range(28, 33)])  # what str.split takes for blanks, as far as it is ASCII
_LOWER = bytes(range(256)).lower()


def lowered(text: str) -> str:
    """The same as `text.lower()`."""
    if text.isascii():
        return text.lower()
    code = text.encode("utf-8", "surrogatepass")
    if not _only_ascii_changes(code):
        return text.lower()
    return code.lower().decode("utf-8", "surrogatepass")


def squeezed(text: str) -> str:
    """Text without blanks, in lower case: the same as `"".join(text.lower().split())`."""
    code = text.encode("utf-8", "surrogatepass")
    if not _only_ascii_changes(code):
        return "".join(text.lower().split())
    return code.translate(_LOWER, _BLANKS).decode("utf-8", "surrogatepass")


def _only_ascii_changes(code: bytes) -> bool:
    """Whether lower case and leaving out blanks change nothing but ASCII characters of a text in UTF-8."""
    signs = code.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return not signs or "".join(signs.lower().split()) == signs
