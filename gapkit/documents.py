"""Markdown text -> blocks and artifacts, each with its line span.

Prompts and reviewers' notes are read block by block; responses, most of the bytes of a sample, need their code only
and take the short way through `gapkit.artifacts.find_artifacts`.
"""

from __future__ import annotations

from gapkit.artifacts import artifacts_of_files, find_artifacts, normalise_newlines
from gapkit.blocks import read_blocks
from gapkit.models import Document, Problem, Source

__all__ = ["artifacts_of_files", "find_artifacts", "read_document", "read_prose"]

MAX_LINES = 10_000
"""Blocks are read of this many lines at most: what is longer is no prompt, and would hold a batch up."""


def read_document(source: Source) -> Document:
    """Return the blocks and artifacts of a markdown text, in reading order, each with its line span.

    Any text is accepted; what cannot be read in full is told in the document's `problems`.
    """
    artifacts, problems = find_artifacts(source)
    prose = read_prose(source)
    return Document(prose.name, prose.lines, prose.blocks, artifacts, problems + prose.problems)


def read_prose(source: Source) -> Document:
    """The same document without its artifacts, for those who read its blocks only: looking for code takes as long."""
    lines = normalise_newlines(source.text).split("\n")
    if not lines[-1]:
        lines.pop()
    problems: tuple[Problem, ...] = ()
    if len(lines) > MAX_LINES:
        message = f"only the first {MAX_LINES} of {len(lines)} lines were read as prose; shorten the document"
        problems = (Problem("documents", "document_too_long", message, source.name, MAX_LINES + 1),)
    blocks = read_blocks(lines[:MAX_LINES])
    return Document(source.name, tuple(lines), tuple(blocks), (), problems)
