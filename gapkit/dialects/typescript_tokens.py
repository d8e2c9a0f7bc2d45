"""TypeScript and JavaScript text as a list of tokens whose brackets always balance.

A reader of facts needs names, literals, calls and brackets, not a full syntax tree; one regular expression gives
these in a fraction of a parser's time.  Dotted names (`s3.BucketEncryption.KMS`) are one token.  What is left open
is closed where the enclosing bracket closes, so that the parser never meets an unbalanced list.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Possessive quantifiers throughout: an unclosed string or template is consumed once and never tried again.
_MEMBERS = r"(?:(?:\?\.|!\.|\.)[A-Za-z_$][\w$]*+)"
_NAME = rf"[^\W\d][\w$]*+{_MEMBERS}*+"
# Bounded, since one that is not closed is tried again at every sign that may begin it.
_REGEX = r"/(?![/*\s=])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,60}+\]){1,150}+/[a-z]*+"
_STRINGS = r"""'[^'\n]*+'|"[^"\n]*+\""""


def _template(levels: int) -> str:
    """The pattern of a template literal whose holes may hold `levels` of braces and templates in turn."""
    inner = rf"|\{{{_braced(levels - 1)}\}}|{_template(levels - 1)}`" if levels else ""
    return rf"""`(?:[^`\\$]|\\.|\$\{{(?:[^{{}}`'"]|{_STRINGS}{inner})*+\}}|\$)*+"""


def template_pattern(levels: int) -> str:
    """The pattern of an unclosed template literal, for other readers of the same text."""
    return _template(levels)


def _braced(levels: int) -> str:
    """The pattern of what stands between braces in a hole."""
    inner = rf"|\{{{_braced(levels - 1)}\}}|{_template(levels - 1)}`" if levels else ""
    return rf"""(?:[^{{}}`'"]|{_STRINGS}{inner})*+"""


TOKEN = re.compile(
    "|".join(
        (
            rf"\n\s*+(?:{_REGEX})?",
            _NAME,
            r"[(){}\[\],;:]",  # nothing else begins with these
            rf"\$[\w$]*+{_MEMBERS}*+",
            r"'(?:[^'\\\n]|\\.)*+'?",
            r'"(?:[^"\\\n]|\\.)*+"?',
            r"\d[\w.]*+",
            rf"{_MEMBERS}++",
            r"//[^\n]*+",
            r"#!/[^\n]*+",
            r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?",
            rf"{_template(3)}`?",
            r"\\`(?:[^\\]|\\[^`])*+(?:\\`)?",
            rf"(?<=[(,=:\[!&|?;{{}}>]){_REGEX}",
            rf"(?<=[(,=:\[!&|?;{{}}>] ){_REGEX}",
            rf"(?<=return ){_REGEX}",
            r"=>|(?<=\s)>=|\.\.\.|\?\?=?|&&=?|\|\|=?|\?\.|===?|!==?|\+\+|--|\*\*|[+\-*/%]=|#[^\W\d]\w*+|\S",
        )
    ),
    re.DOTALL,
)
_SPECIAL = frozenset("\n(){}[]/`\\#")
CLOSER = {"(": ")", "[": "]", "{": "}"}


class Tokens(NamedTuple):
    """`texts[i]` stands on line `lines[i]`; `match[i]` is where the bracket opened at `i` is closed.

    Both lists end with a few `;` so that looking ahead is always safe.  `broken_lines` are the lines of brackets
    that do not balance.
    """

    texts: list[str]
    lines: list[int]
    match: dict[int, int]
    broken_lines: list[int]


def tokens(text: str) -> Tokens:
    """The tokens of `text` without comments and white space; lines count from 1."""
    texts: list[str] = []
    lines: list[int] = []
    match: dict[int, int] = {}
    broken: list[int] = []
    opened: list[int] = []
    line = 1
    add = texts.append
    add_line = lines.append
    for token in TOKEN.findall(text):
        first = token[0]
        if first not in _SPECIAL:
            add(token)
            add_line(line)
            continue
        if first == "\n":
            line += token.count("\n")
            if token[-1] > " ":
                add("/regex/")
                add_line(line)
            continue
        if first in "({[":
            opened.append(len(texts))
        elif first == "/":
            if token[:2] == "//":
                continue
            if token[:2] == "/*":
                line += token.count("\n")
                continue
        elif first == "`" or first == "\\":
            add(token)
            add_line(line)
            line += token.count("\n")
            continue
        elif first == "#":
            if token[:3] == "#!/":
                continue
        elif not opened:
            broken.append(line)
            continue
        else:
            if CLOSER[texts[opened[-1]]] != first:
                broken.append(line)
                if not any(CLOSER[texts[at]] == first for at in opened[-50:]):
                    continue
                while CLOSER[texts[opened[-1]]] != first:
                    match[opened[-1]] = len(texts)
                    add(CLOSER[texts[opened.pop()]])
                    add_line(line)
            match[opened.pop()] = len(texts)
        add(token)
        add_line(line)
    for at in reversed(opened):
        broken.append(lines[at])
        match[at] = len(texts)
        add(CLOSER[texts[at]])
        add_line(line)
    texts += (";", ";", ";", ";")
    lines += (line, line, line, line)
    return Tokens(texts, lines, match, broken)
