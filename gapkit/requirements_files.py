"""What a prompt says of files: lists and drawn trees of them, and what it demands of the answer's form."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gapkit.prose import sentences
from gapkit.requirements_words import anywhere, opening, words_in
from gapkit.sections import Section, Statement

MANY_FILES = 4
"""So many items in a row that each name a file are one list of the files to write."""

LAYOUT_WITHIN = 200
"""Characters at the end of a statement in which it leads on to the paths of a project."""

FILE = re.compile(r"\W{0,4}[\w./-]{1,60}\.(?:ts|tsx|js|py|tf|go|java|json|ya?ml|md|txt|tfvars|hcl|csv|html)\b")
_PATH = re.compile(r"\W{0,4}[\w./-]{1,60}(?:/|\.[a-z]{1,5})[*`]{0,3}(?:$|[\s:])")
_TREE = ("├", "└", "│")  # what the lines of a drawn tree begin with
NAMED_FILE = re.compile(r"[\w-]\.(?:ts|js|mjs|py|tf|go|java|json|ya?ml)\b")
_LAYOUTS = anywhere("file_layouts")
_WHOLE_FILES = anywhere("whole_files")
_SEPARATE_FILES = anywhere("separate_files")
_COMMENTS = anywhere("comments", after="(?: |$)")
_TESTS = opening("tests", r"^\W*")


def outside_layouts(section: Section) -> list[Statement]:
    """The statements of a section without the paths of a project's files, drawn or listed; a long list of the files to
    write is one statement."""
    kept: list[Statement] = []
    layout = _LAYOUTS.search(words_in(section.title)) is not None  # whether paths are being told
    for statement in _files_together(section.statements):
        layout = _leads_to_layout(statement) or (layout and all(map(_PATH.match, statement.text.split("\n"))))
        if not layout and not statement.text.startswith(_TREE) and "\n├" not in statement.text:
            kept.append(statement)
    return kept


def _leads_to_layout(statement: Statement) -> bool:
    """Whether a statement leads on to the paths of a project ("…with the following structure:")."""
    text = statement.text.rstrip("*_ ")
    return text.endswith(":") and _LAYOUTS.search(words_in(text[-LAYOUT_WITHIN:])) is not None


def _files_together(statements: Sequence[Statement]) -> Sequence[Statement]:
    """The statements, where a long list of the files to write is one."""
    files = [i for i, s in enumerate(statements) if s.kind == "item" and not s.nested and FILE.match(s.text)]
    if len(files) < MANY_FILES or files[-1] - files[0] != len(files) - 1:
        return statements
    first, last = statements[files[0]], statements[files[-1]]
    text = "\n".join(statements[i].text for i in files)
    one = Statement("item", text, first.line_start, last.line_end, first.number)
    return [*statements[: files[0]], one, *statements[files[-1] + 1 :]]


def names_files(section: Section) -> bool:
    """Whether most items under a heading tell what a file is to hold."""
    items = section.items()
    return len(items) > 1 and sum(FILE.match(s.text) is not None for s in items) * 2 > len(items)


def demand_of_form(statement: Statement, file_told: bool) -> tuple[str, bool] | None:
    """The first sentence of a statement that demands something of the answer's form, and whether that is about files:
    one named file or separate ones (unless it is told already), comments, tests ("Testing: unit tests…")."""
    if statement.kind not in ("item", "line", "paragraph", "quote") or FILE.match(statement.text):
        return None
    for sentence in sentences(statement.text):
        words = words_in(sentence)
        of_files = not file_told and _is_about_files(sentence, words)
        if of_files or _COMMENTS.search(words) or _TESTS.match(sentence[:100].lower()):
            return sentence, of_files
    return None


def _is_about_files(sentence: str, words: str) -> bool:
    """Whether a sentence says that all stands in one or two named files, or that files are to be separate."""
    if 0 < len(NAMED_FILE.findall(sentence)) < 3 and _WHOLE_FILES.search(words):
        return True
    return _SEPARATE_FILES.search(words) is not None
