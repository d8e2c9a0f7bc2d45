"""What gapkit prints for a person: coverage, tables of facts, and a run's progress (on stderr)."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gapkit.models import Assessment, Coverage, Span

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

STATUS_STYLE = {"complete": "green", "partial": "yellow", "missing": "red", "unverifiable": "dim"}
SEVERITY_STYLE = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim", "none": "dim"}
LINE_SECONDS = 5.0  # between two lines of progress where there is no terminal
EVIDENCE_SHOWN = 3
UNLIMITED_WIDTH = 4000  # of a table that is piped into another program
CELL_WIDTH = 80


def console() -> Console:
    """Standard output; wide enough for a table where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def safe(text: object) -> str:
    """Text of a sample for the terminal: no markup, no control characters that could move the cursor."""
    shown = "".join(c if c.isprintable() or c == "\n" else "�" for c in str(text))
    return escape(shown)


def lines(spans: Iterable[Span]) -> str:
    """`12, 40–44`."""
    return ", ".join(str(start) if start == end else f"{start}–{end}" for start, end in spans)


def print_coverage(assessment: Assessment) -> None:
    """The coverage table with evidence, then gaps and problems."""
    out = console()
    out.print(f"[bold]{safe(assessment.sample_id)}[/]  {_counts(assessment)}")
    table = Table(show_lines=False, expand=True)
    for name, ratio in (("", None), ("requirement", 5), ("lines", None), ("status", None), ("severity", None)):
        table.add_column(name, ratio=ratio)
    table.add_column("evidence in the response", ratio=6)
    table.add_column("reason", ratio=5)
    for coverage in assessment.coverages:
        requirement = coverage.requirement
        shown = coverage.model_evidence[:EVIDENCE_SHOWN]
        more = len(coverage.model_evidence) - len(shown)
        evidence = "\n".join([*map(safe, shown), *([f"… {more} more"] if more > 0 else [])])
        table.add_row(
            requirement.requirement_id,
            safe(requirement.title),
            lines([(requirement.line_start, requirement.line_end)]),
            _styled(coverage.status, STATUS_STYLE),
            "" if coverage.severity == "none" else _styled(coverage.severity, SEVERITY_STYLE),
            evidence or (f"lines {lines(coverage.model_lines)}" if coverage.model_lines else ""),
            safe(coverage.reason),
        )
    out.print(table)
    if assessment.gaps:
        gaps = Table("rank", "severity", "kind", "gap", "line", "requirement", title="gaps", expand=True)
        for gap in assessment.gaps[:20]:
            severity = _styled(gap.severity, SEVERITY_STYLE)
            line = "" if gap.model_line is None else str(gap.model_line)
            gaps.add_row(str(gap.rank), severity, gap.kind, safe(gap.title), line, gap.requirement_id or "")
        out.print(gaps)
        if len(assessment.gaps) > 20:
            out.print(f"… and {len(assessment.gaps) - 20} more gaps; --json prints all.")
    for problem in assessment.problems:
        where = f"{problem.document or ''}:{problem.line or ''}".strip(":")
        out.print(f"[yellow]problem[/] {problem.code} {safe(where)}: {safe(problem.message)}")


def print_chain(assessment: Assessment, coverage: Coverage, looked_for: Sequence[str] = ()) -> None:
    """Why a requirement got its status: the facts looked for, the steps, and the evidence of both sides."""
    out = console()
    requirement = coverage.requirement
    out.print(f"[bold]{safe(assessment.sample_id)} {requirement.requirement_id}[/]  {safe(requirement.title)}")
    out.print(
        f"{_styled(coverage.status, STATUS_STYLE)}, confidence {coverage.confidence:.2f}: {safe(coverage.reason)}"
    )
    out.print(f"\n[bold]Asked[/] (lines {requirement.line_start}–{requirement.line_end})\n{safe(requirement.text)}")
    if looked_for:
        out.print("\n[bold]Looked for[/]")
        for line in looked_for:
            out.print(f"     {safe(line)}")
    out.print("\n[bold]Steps[/]")
    for number, step in enumerate(coverage.chain, 1):
        out.print(f"{number:3d}. {safe(step)}")
    for side, evidence, spans in (
        ("response", coverage.model_evidence, coverage.model_lines),
        ("ideal", coverage.ideal_evidence, coverage.ideal_lines),
    ):
        out.print(f"\n[bold]In the {side}[/] {'lines ' + lines(spans) if spans else 'nothing'}")
        for line in evidence:
            out.print(f"     {safe(line)}")
    if coverage.turn_status:
        out.print(f"\n[bold]By turn[/] {' → '.join(coverage.turn_status)}")


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Rows as plain columns, one line a row."""
    out = Console(width=None if sys.stdout.isatty() else UNLIMITED_WIDTH, highlight=False)
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True, max_width=CELL_WIDTH)
    for row in rows:
        table.add_row(*("" if row[c] is None else safe(row[c]).replace("\n", "⏎") for c in columns))
    out.print(table)


def _styled(word: str, styles: dict[str, str]) -> str:
    return f"[{styles[word]}]{word}[/]" if word in styles else safe(word)


def _counts(assessment: Assessment) -> str:
    statuses = [coverage.status for coverage in assessment.coverages]
    return ", ".join(f"{statuses.count(s)} {_styled(s, STATUS_STYLE)}" for s in STATUS_STYLE if s in statuses)


class TerminalProgress:
    """A bar where stderr is a terminal, else a line now and then."""

    def __init__(self) -> None:
        self.done = 0
        self.total = 0
        self._begun = time.monotonic()
        self._told = self._begun
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def start(self, total: int, reused: int) -> None:
        """Called once, with the number of samples and how many have been scored before."""
        self.total = total
        known = f", {reused} scored before" if reused else ""
        self._say(f"{total} samples{known}")
        if sys.stderr.isatty():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("scoring"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("scoring", total=total)

    def advance(self, samples: int) -> None:
        """Called with each number of samples that got finished."""
        self.done += samples
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, samples)
            return
        now = time.monotonic()
        if now - self._told >= LINE_SECONDS and self.done < self.total:
            self._told = now
            rate = self.done / (now - self._begun)
            left = (self.total - self.done) / rate
            self._say(f"{self.done} of {self.total} samples, {rate:.0f} a second, {left:.0f} s left")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    @staticmethod
    def _say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)
