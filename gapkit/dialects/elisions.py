"""Marks that an answer leaves code out: `# ... rest unchanged`, `// existing resources`, a line of dots."""

from __future__ import annotations

import re

_HINTS = ("...", "…", "unchanged", "omitted", "truncated", "for brevity", "same as", "remains", "continue")
_mark = re.compile(
    r"""^[ \t]*(?:
          (?:\.\.\.|…)[^\n]*                                  # a line of dots
        | (?:\#|//|/\*)[ \t]*[(\[<]?[ \t]*(?:\.\.\.|…)[^\n]*  # a comment that begins with dots
        | (?:\#|//|/\*)[^\n]*\b(?:rest[ ]of|remaining|existing|other|previous|additional|all|more|similar|same|your)\b
          [^\n]*(?:\.\.\.|…|\bunchanged\b|\bomitted\b|\btruncated\b|\bfor[ ]brevity\b|\bremains?\b|\bcontinues?\b)[^\n]*
        | (?:\#|//|/\*)[^\n]*(?:\bomitted[ ]for\b|\btruncated\b|\bfor[ ]brevity\b|\bsame[ ]as[ ](?:above|before)\b)[^\n]*
        )$""",
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)


def elided_at(text: str) -> int | None:
    """The 0-based line of the first mark that code was left out, or None."""
    if not any(hint in text for hint in _HINTS):
        return None
    match = _mark.search(text)
    return None if match is None else text.count("\n", 0, match.start())
