"""The file name that a document gives a code block: in the fence, in the code's first lines, or directly above."""

from __future__ import annotations

import re

__all__ = ["LANGUAGE_OF_SUFFIX", "name_above", "name_in_code", "name_in_info"]

LANGUAGE_OF_SUFFIX = {
    "yaml": "yaml", "yml": "yaml", "template": "yaml", "json": "json", "tf": "hcl", "hcl": "hcl", "tfvars": "hcl",
    "ts": "typescript", "tsx": "typescript", "mts": "typescript", "js": "javascript", "mjs": "javascript",
    "cjs": "javascript", "py": "python", "go": "go", "java": "java", "sh": "bash", "bash": "bash", "md": "markdown",
    "txt": "text", "toml": "toml", "xml": "xml", "html": "html", "sql": "sql", "gradle": "groovy", "mod": "go",
    "csv": "csv", "ini": "ini", "cfg": "ini", "properties": "properties", "graphql": "graphql", "rego": "rego",
    "tpl": "", "tftpl": "", "zip": "", "env": "", "conf": "", "cs": "csharp", "rb": "ruby", "kt": "kotlin",
    "dockerfile": "dockerfile", "jenkinsfile": "groovy",
}  # fmt: skip

_SUFFIXES = "|".join(sorted((s for s in LANGUAGE_OF_SUFFIX if s not in ("dockerfile", "jenkinsfile")), key=len)[::-1])
_PATH = (
    rf"(?:[\w.@~{{}}-]{{0,80}}/){{0,10}}[\w.@-]{{0,80}}\.(?:{_SUFFIXES})(?![\w/])|"
    rf"(?:[\w.-]{{1,60}}/){{0,6}}(?:Dockerfile|Jenkinsfile|Makefile)\b"
)
_PATH_IN_TEXT = re.compile(rf"(?<![\w./-])(?:{_PATH})", re.IGNORECASE)
_TITLE = re.compile(r"""(?:title|file|filename|name|path)\s{0,3}[=:]\s{0,3}["']?([^"'\s}]{1,200})""")
_COMMENT_NAME = re.compile(
    rf"[ \t]{{0,20}}(?:#{{1,6}}|//+|<!--|/\*+|--|;|\*)[ \t]{{0,8}}[-=*`]{{0,8}}[ \t]{{0,4}}"
    rf"(?:file(?:name)?(?:[ \t]?path)?[ \t]{{0,3}}:)?[ \t]{{0,4}}[*`]{{0,3}}(?:\./)?({_PATH})",
    re.IGNORECASE,
)
_LINES_TO_LOOK_AT = 3


def name_in_info(info: str, language: str) -> str:
    """Return the name that a fence's info gives (`ts lib/a.ts`, `yaml title="x.yml"`, `1:20:lib/a.ts`), or ``."""
    if len(info) <= len(language):
        return ""
    info = info[:400]
    title = _TITLE.search(info)
    if title:
        return title[1]
    found = _PATH_IN_TEXT.findall(info.replace(":", " "))
    return found[-1] if found else ""


def name_in_code(body: str) -> str:
    """Return the name in a comment that opens the code (`# lib/main.tf`, `// File: lib/stack.ts`), or ``."""
    start = 0
    for _ in range(_LINES_TO_LOOK_AT):
        end = body.find("\n", start)
        line = body[start : end if end >= 0 else len(body)][:300]
        match = _COMMENT_NAME.match(line)
        if match:
            return str(match[1])
        if end < 0 or (line.strip() and not line.strip(" \t").startswith(("#", "/", "*", "<", "-", ";"))):
            return ""
        start = end + 1
    return ""


def name_above(text: str, start: int, end: int) -> str:
    """Return the name in the lines directly above a code block, `text[start:end]`, or ``.

    A heading, a bold line, a line that ends with a colon or one that names a single file counts; a sentence
    that speaks of several files does not.
    """
    seen = 0
    for line in reversed(text[start:end].split("\n")):
        line = line.strip()
        if not line:
            continue
        if line.startswith(("```", "~~~")):
            return ""
        found = list(dict.fromkeys(_PATH_IN_TEXT.findall(line[:300])))
        if len(found) == 1 and (seen == 0 or line.startswith(("#", "*", "`", "File", "file"))):
            return str(found[0])
        if found or line.startswith("#"):
            return ""
        seen += 1
        if seen == 2:
            return ""
    return ""
