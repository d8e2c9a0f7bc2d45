"""Markdown text -> blocks, each with its line span.

Prompts and reviewers' notes are read block by block; responses, most of the bytes of a sample, need their code only
and take the short way through `gapkit.artifacts.find_artifacts`.
"""

from __future__ import annotations

from gapkit.artifacts import normalise_newlines
from gapkit.blocks import read_blocks
from gapkit.models import Document, Problem, Source

__all__ = ["read_document"]

MAX_LINES = 10_000
"""Blocks are read of this many lines at most: what is longer is no prompt, and would hold a batch up."""


def read_document(source: Source) -> Document:
    """Read a markdown document: its lines and blocks; its code is read by `find_artifacts`.

    Any text is accepted; what cannot be read in full is told in the document's `problems`.
    """
    lines = normalise_newlines(source.text).split("\n")
    if not lines[-1]:
        lines.pop()
    problems: tuple[Problem, ...] = ()
    if len(lines) > MAX_LINES:
        message = f"only the first {MAX_LINES} of {len(lines)} lines were read as prose; shorten the document"
        problems = (Problem("documents", "document_too_long", message, source.name, MAX_LINES + 1),)
    blocks = read_blocks(lines[:MAX_LINES])
    return Document(source.name, tuple(lines), tuple(blocks), problems)
