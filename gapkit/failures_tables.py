"""Tables of a reviewer's notes: which tables list gaps, a gap a row, and what their columns hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gapkit.failures_outline import Part
from gapkit.failures_words import any_of, any_severity, column_kind, plain, read_title

_FINE = re.compile(rf"^\W{{0,4}}{any_of('fine')}\b(?!.{{0,40}}\b{any_of('doubts')})|^\s*[✅✓✔]", re.IGNORECASE)
_FIELD_ORDER = ("severity", "status", "fix", "impact", "expected", "found")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table of gaps; `cells` are pairs of a column's kind and its text."""

    line: int
    title: str
    number: str | None
    severity: str | None
    cells: tuple[tuple[str, str], ...]


def _header_index(table: Part) -> int:
    """Index of the header: the first row with more than one cell (a table drawn with tabs may have a title)."""
    return next((index for index, row in enumerate(table.rows) if sum(map(bool, row)) > 1), -1)


def is_gap_table(table: Part) -> bool:
    """Whether a table lists gaps: a column names them, or two columns hold the model's side and the ideal's."""
    header = _header_index(table)
    if header < 0 or len(table.rows) < header + 2:
        return False
    if header and read_title(table.rows[0][0]).is_restatement:
        return False
    kinds = [column_kind(cell) for cell in table.rows[header]]
    named = any("issue" in kind for kind in kinds)
    compared = any("found" in kind for kind in kinds) and any("expected" in kind for kind in kinds)
    return named or compared


def names_issues(table: Part) -> bool:
    """Whether a table of gaps has a column headed "Issue", "Gap" and the like, beside their severity."""
    header = _header_index(table)
    if header < 0 or len(table.rows) < header + 2:
        return False
    kinds = [column_kind(cell) for cell in table.rows[header]]
    return any("issue" in kind for kind in kinds) and any("severity" in kind for kind in kinds)


def table_rows(table: Part) -> Iterator[Row]:
    """The rows that state a gap; rows that say all is well are left out."""
    header = _header_index(table)
    kinds = [column_kind(cell) for cell in table.rows[header]]
    fields = [next((field for field in _FIELD_ORDER if field in kind), "") for kind in kinds]
    title_column = _title_column(table.rows[header], kinds)
    drawn_with_tabs = "\t" in table.text
    for index, row in enumerate(table.rows[header + 1 :], start=header + 1):
        line = table.line + index + (0 if drawn_with_tabs else 1)
        if line > table.line_end or not any(row):
            continue
        title = plain(row[title_column]) if title_column < len(row) else ""
        if not title:
            continue
        if title_column and not any(map(str.isalnum, title)):
            continue  # "Tags | present | —"
        cells = tuple((field, cell) for field, cell in zip(fields, row, strict=False) if field and cell)
        by_field = dict(cells)
        verdict = by_field.get("status") or (by_field.get("found") if "expected" in by_field else None)
        if verdict and _FINE.match(verdict):
            continue
        severity = any_severity(by_field["severity"]) if "severity" in by_field else None
        number = row[0].strip().lstrip("#") if row and row[0].strip().lstrip("#").isdigit() else None
        yield Row(line, title, number, severity, cells)


def _title_column(header: tuple[str, ...], kinds: list[frozenset[str]]) -> int:
    """The column that names the gap: one headed "Issue" and the like, else the first that is no bare number."""
    named = [index for index, kind in enumerate(kinds) if "issue" in kind and "severity" not in kind]
    named += [index for index, kind in enumerate(kinds) if "title" in kind]
    for index in named:
        if not header[index].rstrip().endswith("#"):  # "Fault #"
            return index
    if named:
        return named[0]
    return 1 if len(header) > 1 and plain(header[0]).lower() in ("#", "no", "no.", "id", "nr", "") else 0
