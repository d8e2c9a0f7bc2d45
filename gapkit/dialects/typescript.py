"""TypeScript, TSX and JavaScript: CDK, CDKTF and Pulumi programs, and plain scripts."""

from __future__ import annotations

import re

from gapkit.dialects.constructs import declarations
from gapkit.dialects.elision import elided_lines
from gapkit.dialects.host import Program
from gapkit.dialects.tree import label_of
from gapkit.dialects.typescript_syntax import Parser
from gapkit.dialects.typescript_tokens import tokens
from gapkit.models import Artifact, Declaration, Reading

NAME = "typescript"

_LANGUAGES = frozenset(
    ["typescript", "ts", "tsx", "javascript", "js", "jsx", "mjs", "cjs", "node", "mts", "cts", "typescriptreact"]
)
_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
_MODULE_LINE = re.compile(
    r"""^(?:import\s[^;'"]{0,400}['"]|(?:const|let|var)\s[^=\n]{1,200}=\s*require\()""", re.MULTILINE
)
_TEST_NAME = re.compile(r"(?:\.|-|_)(?:test|spec)\.[cm]?[jt]sx?$|(?:^|/)(?:tests?|__tests__)/", re.IGNORECASE)
_TEST_WORDS = ("describe(", "describe.", " it(", " test(", "\ntest(", "\nit(")
_TEST_CASE = re.compile(
    r"""^[ \t]*(describe|it|test)(?:\.\w+)?\(\s*(?:'([^'\n]{0,300})'|"([^"\n]{0,300})"|`([^`\n]{0,300})`)""",
    re.MULTILINE,
)


def accepts(artifact: Artifact) -> bool:
    """Whether an artifact is TypeScript or JavaScript: by its fence, its name, or its first import."""
    language = artifact.language
    if language in _LANGUAGES:
        return True
    if artifact.name.endswith(_SUFFIXES):
        return True
    return not language and _MODULE_LINE.search(artifact.text, 0, 3000) is not None


def parse(text: str) -> Program:
    """What a TypeScript or JavaScript file says; lines count from 1 at its first line."""
    program = Parser(tokens(text)).program()
    elided = sorted({*program.elided_lines, *elided_lines(text)})
    return program._replace(elided_lines=tuple(elided)) if elided else program


def read(artifact: Artifact) -> Reading:
    """What an artifact declares; of a test file, only the names of its cases."""
    text = artifact.text
    cases = list(_TEST_CASE.finditer(text)) if any(word in text for word in _TEST_WORDS) else []
    if cases or _TEST_NAME.search(artifact.name):
        return Reading(tuple(_case(artifact, found) for found in cases))
    return declarations(parse(text), artifact)


def _case(artifact: Artifact, found: re.Match[str]) -> Declaration:
    line = artifact.text.count("\n", 0, found.start(1)) + artifact.line_start
    name = found[2] or found[3] or found[4] or ""
    return Declaration("function", "test", name, "test", line, line, (), label_of(artifact), "script")
