"""What the commands over whole runs print for a person: audit, agreement, comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.table import Table

from gapkit.agreement import Agreement
from gapkit.audit import Audit
from gapkit.compare_runs import Comparison
from gapkit.terminal import SEVERITY_STYLE, console, lines, safe

VERDICT_STYLE = {"supported": "green", "contradicted": "red", "cannot be told": "dim", "left out": "yellow"}
MOST_ROWS = 40
MOST_LEFT_OUT = 5  # of one sample; --json prints all
MOST_CHANGED = 10


def print_audit(found: Audit, whole: bool) -> None:
    """The summary, and the rows: all of them (`whole`), else what is contradicted and the faults, as far as fits."""
    out = console()
    summary = Table("what", "notes", "samples", "of those with notes", title="notes against what was found")
    for row in found.summary.to_dict("records"):
        if row["kind"] == "fault" and row["what"] == next(
            iter(found.summary["what"][found.summary["kind"] == "fault"])
        ):
            summary.add_section()
        summary.add_row(row["what"], f"{row['notes']:,}", f"{row['samples']:,}", _interval(row, "share"))
    out.print(summary)
    notes = found.notes if whole else found.notes[found.notes["verdict"] == "contradicted"]
    if len(notes):
        table = Table("sample", "verdict", "line", "note", "response", "ideal", "why", expand=True)
        left_out: dict[str, int] = {}
        for row in notes.head(10_000 if whole else MOST_ROWS).to_dict("records"):
            if row["verdict"] == "left out":
                left_out[row["sample_id"]] = left_out.get(row["sample_id"], 0) + 1
                if left_out[row["sample_id"]] > MOST_LEFT_OUT:
                    continue
            style = SEVERITY_STYLE.get(row["severity"], "")
            severity = f"[{style}]{row['severity']}[/] " if style else ""
            table.add_row(
                safe(row["sample_id"]),
                f"[{VERDICT_STYLE[row['verdict']]}]{row['verdict']}[/]",
                "" if pd.isna(row["line"]) else str(row["line"]),
                severity + safe(row["title"]),
                lines(row["model_lines"]),
                lines(row["ideal_lines"]),
                safe(row["reason"]),
            )
        out.print(table)
        hidden = sum(max(0, count - MOST_LEFT_OUT) for count in left_out.values())
        if not whole and len(notes) > MOST_ROWS:
            out.print(f"… and {len(notes) - MOST_ROWS:,} more contradicted notes; --json prints all.")
        elif hidden:
            out.print(f"… and {hidden:,} more gaps that the notes leave out; --json prints all.")
    for row in found.faults.head(MOST_ROWS).to_dict("records"):
        line = "" if pd.isna(row["line"]) else f":{row['line']}"
        out.print(f"[yellow]{row['fault']}[/] {safe(row['sample_id'])}{line}: {safe(row['message'])}")
    if len(found.faults) > MOST_ROWS:
        out.print(f"… and {len(found.faults) - MOST_ROWS:,} more faults; --json prints all.")


def print_agreement(found: Agreement) -> None:
    """The figures, then by platform, by category, by confidence, and what simple methods reach."""
    out = console()
    out.print(f"{found.samples} labelled samples, {found.requirements} requirements; {found.absent} not in this run")
    table = Table("figure", "value", "95 %")
    for row in found.figures.to_dict("records"):
        table.add_row(row["figure"], _number(row["value"]), _span(row))
    out.print(table)
    shown = ("status kappa (quadratic)", "status macro-F1", "completeness MAE", "deviation recall")
    for frame, column, wanted in (
        (found.by_platform, "platform", shown),
        (found.by_category, "category", shown[:2]),
    ):
        table = Table(column, "samples", "requirements", *wanted, title=f"by {column}")
        for name, group in frame.groupby(column, sort=False):
            values = {row["figure"]: row for row in group.to_dict("records")}
            first = group.iloc[0]
            cells = [f"{_number(values[figure]['value'])} {_span(values[figure])}" for figure in wanted]
            table.add_row(safe(name), str(first["samples"]), str(first["requirements"]), *cells)
        out.print(table)
    table = Table("confidence", "judgements", "mean", "right", "95 %", title="how often a confidence is right")
    for row in found.reliability.to_dict("records"):
        span = f"{row['from']:.1f}–{row['to']:.1f}"
        table.add_row(span, str(row["judgements"]), _number(row["confidence"]), _number(row["right"]), _span(row))
    out.print(table)
    if len(found.baselines):
        _print_frame(found.baselines, "what simple methods reach, given the labelled lines and their best thresholds")


def print_comparison(found: Comparison) -> None:
    """The differences by platform, and the samples that changed most."""
    out = console()
    out.print(f"A: {safe(found.name_a)}   B: {safe(found.name_b)}   completeness, B minus A, by sample")
    if found.only_a or found.only_b or found.unscored:
        out.print(
            f"{found.only_a} samples only in A, {found.only_b} only in B, {found.unscored} without a score in one"
        )
    table = Table("platform", "samples", "A", "B", "difference", "95 %", "better", "same", "worse")
    for row in found.by_platform.to_dict("records"):
        means = (_number(row["mean_a"]), _number(row["mean_b"]))
        counts = (str(row["better"]), str(row["same"]), str(row["worse"]))
        table.add_row(
            safe(row["platform"]), str(row["samples"]), *means, _signed(row["difference"]), _span(row), *counts
        )
    out.print(table)
    changed = found.by_sample[found.by_sample["difference"] != 0].head(MOST_CHANGED)
    if len(changed):
        _print_frame(changed, "most changed")


def _print_frame(frame: pd.DataFrame, title: str) -> None:
    table = Table(*map(str, frame.columns), title=title)
    for row in frame.itertuples(index=False):
        table.add_row(*(_number(value) if isinstance(value, float) else safe(value) for value in row))
    console().print(table)


def _number(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"


def _signed(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:+.3f}"


def _span(row: Mapping[Any, Any]) -> str:
    return "" if pd.isna(row["low"]) else f"[{row['low']:.3f}, {row['high']:.3f}]".replace("[", "(").replace("]", ")")


def _interval(row: Mapping[Any, Any], name: str) -> str:
    if pd.isna(row[name]):
        return "–"
    return f"{row[name]:.1%} ({row['low']:.1%} to {row['high']:.1%})"
