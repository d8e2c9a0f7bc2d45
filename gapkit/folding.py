"""Long texts in lower case, with and without blanks, at the speed of byte strings.

Responses are mostly ASCII with a few signs (`—`, `✅`) in between, and one such sign makes `str.lower` several
times slower.  Where the signs have neither case nor width of a blank, only the ASCII part needs any work.
"""

from __future__ import annotations

from functools import cached_property

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


class LineFinder:
    """Looks a text for wordings, whatever their case; the text is made lower once, when it is first asked."""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def blank(self) -> bool:
        return not self._text or self._text.isspace()

    @cached_property
    def _lower(self) -> bytes:
        # As bytes: one wide sign makes looking in text several times slower.
        code = self._text.encode("utf-8", "surrogatepass")
        if self._text.isascii() or _only_ascii_changes(code):
            return code.lower()
        return self._text.lower().encode("utf-8", "surrogatepass")

    def holds(self, wording: str) -> bool:
        """Whether the wording stands in the text."""
        return wording.lower().encode("utf-8", "surrogatepass") in self._lower

    def line_of(self, wording: str) -> int | None:
        """The 1-based line of a wording's first place, code blocks before prose; None where it stands nowhere."""
        lower, wanted = self._lower, wording.strip().lower().encode("utf-8", "surrogatepass")
        if not wanted:
            return None
        place = lower.find(wanted, max(lower.find(b"```"), 0))
        if place < 0:
            place = lower.find(wanted)
        return lower.count(b"\n", 0, place) + 1 if place >= 0 else None


def _only_ascii_changes(code: bytes) -> bool:
    """Whether lower case and leaving out blanks change nothing but ASCII characters of a text in UTF-8."""
    signs = code.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return not signs or "".join(signs.lower().split()) == signs
