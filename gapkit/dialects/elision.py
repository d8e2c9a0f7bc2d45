"""Lines by which an answer says that it left code out: `# ... rest unchanged`, `// existing code here`."""

from __future__ import annotations

import re

# Only comment lines count, and only wordings that announce an omission: "# Creating bucket..." announces none.
# Both begin at the newline before the line: a pattern that starts with one sign is searched many times faster.
_ELIDED = re.compile(
    r"\n[ \t]*+(?:#|//|/\*|\*)[ \t]*+(?:"
    r"(?:\.{3}|…)"
    r"|[^\n]{0,40}?\b(?:rest|remainder|remaining|existing|previous|other|same)\b[^\n]{0,60}?"
    r"(?:\.{3}|…|\bunchanged\b|\bomitted\b|\bas (?:before|above)\b|\bremains?\b|\bcode here\b|\bhere\b)"
    r"|[^\n]{0,60}?\b(?:omitted for|for brevity|truncated for|code unchanged)\b"
    r")",
    re.IGNORECASE,
)
_BARE_DOTS = re.compile(r"\n[ \t]*+(?:\.{3}|…)[ \t]*+(?:#|//|$)", re.MULTILINE)


def elided_lines(text: str) -> tuple[int, ...]:
    """The lines of `text`, from 1, that say that code was left out, in order."""
    if "..." not in text and "…" not in text and "omitted" not in text and "unchanged" not in text:
        return ()
    led = "\n" + text  # where a newline stands here, the line after it begins in `text`
    starts = {match.start() for match in _ELIDED.finditer(led)}
    starts.update([match.start() for match in _BARE_DOTS.finditer(led)])
    return tuple(text.count("\n", 0, start) + 1 for start in sorted(starts))
