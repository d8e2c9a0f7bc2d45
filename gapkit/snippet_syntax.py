"""Whether a piece of code parses by itself, as a statement of its language."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module

import yaml
from tree_sitter import Language, Parser

GRAMMARS = {
    "hcl": ("tree_sitter_hcl", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "javascript": ("tree_sitter_typescript", "language_tsx"),
    "python": ("tree_sitter_python", "language"),
    "java": ("tree_sitter_java", "language"),
    "go": ("tree_sitter_go", "language"),
}
ALIASES = {
    "ts": "typescript", "tsx": "typescript", "js": "javascript", "mjs": "javascript", "jsx": "javascript",
    "py": "python", "python3": "python", "golang": "go", "terraform": "hcl", "tf": "hcl", "yml": "yaml",
}  # fmt: skip
AROUND = {
    "java": ("class A { void f() {\n", "\n}}"),
    "go": ("package a\nfunc f() {\n", "\n}"),
    "typescript": ("async function f() {\n", "\n}"),
    "javascript": ("async function f() {\n", "\n}"),
}


class _AnyTags(yaml.CSafeLoader):
    """Plain types; a tag (`!Sub`) says nothing here, so what it marks is left out."""


_AnyTags.add_multi_constructor("!", lambda loader, suffix, node: suffix)


def language_of(fence: str, name: str) -> str:
    """A language by a fence's info word, else by a file's ending; lower case, empty where neither tells."""
    word = fence.lower() or name.rpartition(".")[2].lower() if "." in name or fence else ""
    return ALIASES.get(word, word)


@cache
def _parser(language: str) -> Parser:
    module, function = GRAMMARS[language]
    return Parser(Language(getattr(import_module(module), function)()))


def parses(code: str, language: str) -> bool:
    """Whether code has no syntax error; a language that gapkit has no grammar for parses nothing."""
    if language == "json":
        try:
            json.loads(code)
        except (ValueError, RecursionError):
            return False
        return True
    if language == "yaml":
        try:
            yaml.load(code, _AnyTags)
        except (yaml.YAMLError, ValueError, RecursionError):
            return False
        return True
    if language not in GRAMMARS:
        return False
    before, after = AROUND.get(language, ("", ""))
    return not _parser(language).parse((before + code + after).encode()).root_node.has_error


def repaired(code: str, language: str) -> str | None:
    """Code that parses: as it stands, or with the end of statement that its language wants; None where neither does."""
    for ending in ("", ";"):
        if parses(code + ending, language):
            return code + ending
    return None
