"""The tables of a run -> one HTML file that needs no network and no server.

The overview is written out by Jinja2 with autoescaping on.  What is known of each sample is embedded as JSON, one
element a sample, and becomes text nodes in the browser when a reader opens the sample: nothing of a sample is ever
parsed as markup, and a corpus of thousands opens at once.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import math
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gapkit import charts, summary
from gapkit.agreement import Agreement
from gapkit.audit import Audit, audit
from gapkit.figures import inline_svg
from gapkit.models import GapkitError
from gapkit.run_tables import TABLES, RunTables, read_run
from gapkit.terminal import lines

LONGEST_TEXT = 1_000  # characters of one text shown in the report; the tables keep all of it
MOST_NOTES = 200  # rows of the audit; `gapkit audit --json` gives all
MOST_EVIDENCE = 12  # lines of evidence of one side of a requirement
PLAIN_LIMIT = 30_000_000  # characters of sample data; above, each sample is compressed
COLUMNS = {
    "samples": (
        *("sample_id", "platform", "language", "complexity", "subtask", "model", "turn", "completeness"),
        *("weighted_completeness", "n_requirements", "n_complete", "n_partial", "n_missing", "n_unverifiable"),
        *("n_critical", "n_high", "n_medium", "n_low", "reference"),
    ),
    "requirements": (
        *("requirement_id", "number", "group", "title", "text", "line_start", "line_end", "source", "category"),
        *("status", "severity", "score", "confidence", "ideal_status", "reason", "model_lines", "ideal_lines"),
        *(
            "model_evidence",
            "ideal_evidence",
            "chain",
            "turn_status",
            "deployment_impact",
            "operational_impact",
            "turn",
        ),
    ),
    "gaps": (
        *("gap_id", "requirement_id", "rank", "title", "kind", "resource_type", "resource_name", "property_path"),
        *("expected", "found", "severity", "category", "impact", "fix", "model_line", "ideal_line", "confidence"),
        "turn",
    ),
    "documented_gaps": (
        *("number", "line", "line_end", "title", "severity", "status", "requirement_numbers", "expected", "found"),
        *("impact", "fix", "supported", "gap_ids", "reason", "model_lines", "ideal_lines", "text"),
    ),
    "problems": ("stage", "document", "line", "code", "message"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A headline number as text, with its interval (or ``) and what it is a number of."""

    name: str
    value: str
    interval: str
    explanation: str


@dataclass(frozen=True, slots=True)
class NumberTable:
    """A table as text; `numeric` says which columns are aligned right."""

    title: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure as inline SVG and the numbers that it draws."""

    svg: Markup
    numbers: NumberTable


@dataclass(frozen=True, slots=True)
class SamplePart:
    """What is embedded of one sample: JSON that is safe inside a script element, or its compressed form."""

    encoding: str
    data: Markup


def write_report(run_folder: Path, output: Path, labels: Path | None = None) -> None:
    """Write the report of a run as one self-contained HTML file, replacing `output` in one step.

    `labels` is a folder of hand-made labels: the report then says how far its numbers can be trusted.
    Raises GapkitError where the run or the labels cannot be read or the file cannot be written.
    """
    output = Path(output)
    run = read_run(run_folder)
    agreement = None
    if labels is not None:
        from gapkit.baselines import agreement_of  # loads the whole pipeline

        agreement = agreement_of(run, labels)
    html = render_report(run, agreement)
    partial = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(html, encoding="utf-8", errors="replace")
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise GapkitError(f"{output} cannot be written ({error}); give another path with -o.") from error


def render_report(run: RunTables, agreement: Agreement | None = None) -> str:
    """The whole report as HTML text."""
    audited = audit(run)
    templates = Environment(loader=PackageLoader("gapkit"), autoescape=True, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    script = _template("report.js")
    return templates.get_template("report.html.j2").render(
        title=run.name,
        facts=_run_facts(run),
        style=Markup(_template("report.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        cards=headline_cards(run) + (agreement_cards(agreement) if agreement else []),
        charts=overview_charts(run),
        tables=overview_tables(run),
        audit=audit_tables(audited),
        agreement=agreement_tables(agreement) if agreement else [],
        index=Markup(safe_json({"columns": COLUMNS, "samples": _sample_index(run)})),
        parts=sample_parts(run),
    )


def headline_cards(run: RunTables) -> list[Card]:
    """The headline numbers as they are shown."""
    table = summary.headline(run.samples, run.requirements, run.gaps, run.documented_gaps)
    cards = []
    for row in table.to_dict("records"):
        shown = f"{row['n']:,}" if row["unit"] == "count" else percent(row["value"])
        interval = "" if math.isnan(row["low"]) else f"{percent(row['low'])} to {percent(row['high'])}"
        cards.append(Card(row["measure"], shown, interval, row["explanation"]))
    return cards


def agreement_cards(agreement: Agreement) -> list[Card]:
    """How far the numbers can be trusted, as cards."""
    cards = []
    for figure, name, explanation in (
        ("status kappa (quadratic)", "agreement with people", "quadratic kappa of status"),
        ("completeness MAE", "error of completeness", "mean absolute error"),
    ):
        row = agreement.figures[agreement.figures["figure"] == figure].iloc[0]
        told = math.isfinite(row["low"])
        interval = f"{row['low']:.2f} to {row['high']:.2f}" if told else ""
        value = f"{row['value']:.2f}" if math.isfinite(row["value"]) else "–"
        cards.append(Card(name, value, interval, f"{explanation}, on {agreement.samples} samples labelled by hand"))
    return cards


def agreement_tables(agreement: Agreement) -> list[NumberTable]:
    """Every figure of the agreement with labels, by platform and category, by confidence, and simple methods'."""
    tables = [
        _decimals("Agreement with labels made by hand", agreement.figures),
        _decimals("How often is a confidence right?", agreement.reliability),
    ]
    if len(agreement.baselines):
        tables.append(_decimals("What simple methods reach on the same labels", agreement.baselines))
    for frame, column in ((agreement.by_platform, "platform"), (agreement.by_category, "category")):
        shown = frame[frame["figure"] == "status kappa (quadratic)"].drop(columns="figure")
        tables.append(_decimals(f"Agreement on status by {column} (quadratic kappa)", shown))
    return tables


def audit_tables(audited: Audit) -> list[NumberTable]:
    """Reviewers' notes against what was found: the summary, the contradicted notes, and the notes' own faults."""
    contradicted = audited.notes[audited.notes["verdict"] == "contradicted"].copy()
    contradicted["response"] = [lines(spans) for spans in contradicted["model_lines"]]
    shown = contradicted[["sample_id", "line", "title", "severity", "response", "reason"]]
    faults = audited.faults[["sample_id", "line", "fault", "message"]]
    summary_title = "What becomes of the reviewers' notes?"
    return [
        number_table(summary_title, audited.summary.drop(columns="kind")),
        number_table(_first("Notes that the response contradicts", contradicted), shown.head(MOST_NOTES)),
        number_table(_first("Faults of the notes themselves", faults), faults.head(MOST_NOTES)),
    ]


def _first(title: str, frame: pd.DataFrame) -> str:
    return title if len(frame) <= MOST_NOTES else f"{title} (the first {MOST_NOTES} of {len(frame):,})"


def overview_charts(run: RunTables) -> list[Chart]:
    """The charts of the overview, each with its numbers."""
    by_platform = summary.completeness_by(run.samples, "platform")
    by_category = summary.status_counts(run.requirements, "category")
    severities = summary.gaps_by_category_and_severity(run.gaps)
    patterns = summary.failure_patterns(run.samples, run.requirements, run.gaps)
    notes = summary.documented_against_detected(run.documented_gaps)
    problems = summary.problems_by_code(run.problems)
    distribution = summary.completeness_bins(run.samples)
    pattern_columns = ["pattern", "severity", "category", "samples", "of_samples", "share", "low", "high", "example"]
    return [
        Chart(inline_svg(charts.completeness_distribution(run.samples), "a"), number_table("Samples", distribution)),
        Chart(inline_svg(charts.completeness_by_group(by_platform), "b"), number_table("By platform", by_platform)),
        Chart(
            inline_svg(charts.coverage_by_category(by_category), "c"),
            number_table("Requirements", by_category.reset_index()),
        ),
        Chart(inline_svg(charts.severity_by_category(severities), "d"), number_table("Gaps", severities.reset_index())),
        Chart(
            inline_svg(charts.failure_patterns(patterns), "e"),
            number_table("Failure patterns (the first 50)", patterns[pattern_columns].head(50)),
        ),
        Chart(inline_svg(charts.documented_against_detected(notes), "f"), number_table("Reviewers' notes", notes)),
        Chart(inline_svg(charts.problems_by_code(problems), "g"), number_table("Problems", problems)),
    ]


def overview_tables(run: RunTables) -> list[NumberTable]:
    """The tables of the overview that have no chart."""
    groups = [
        number_table(f"Completeness by {column}", summary.completeness_by(run.samples, column).head(30))
        for column in ("language", "complexity", "subtask", "model")
    ]
    missed = number_table("Which severity is missed most?", summary.missed_by_severity(run.requirements))
    return [
        missed,
        number_table("What can be learned from the samples?", summary.training_overview(run.samples)),
        *groups,
    ]


def number_table(title: str, frame: pd.DataFrame) -> NumberTable:
    """A frame as text: fractions as per cent, whole numbers with separators, nulls as a dash."""
    numeric = tuple(pd.api.types.is_numeric_dtype(frame[column]) for column in frame.columns)
    fractions = tuple(pd.api.types.is_float_dtype(frame[column]) for column in frame.columns)
    rows = tuple(
        tuple(percent(value) if fraction else _shown(value) for value, fraction in zip(row, fractions, strict=True))
        for row in frame.itertuples(index=False)
    )
    return NumberTable(title, tuple(str(column).replace("_", " ") for column in frame.columns), numeric, rows)


def _decimals(title: str, frame: pd.DataFrame) -> NumberTable:
    """A frame as text with fractions as decimals, as figures of agreement are written; nulls as a dash."""
    numeric = tuple(pd.api.types.is_numeric_dtype(frame[column]) for column in frame.columns)
    rows = tuple(
        tuple(("–" if math.isnan(v) else f"{v:.3f}") if isinstance(v, float) else _shown(v) for v in row)
        for row in frame.itertuples(index=False)
    )
    return NumberTable(title, tuple(str(column).replace("_", " ") for column in frame.columns), numeric, rows)


def percent(share: float) -> str:
    """A share (0-1) as per cent; a dash where it cannot be told."""
    return "–" if share is None or math.isnan(share) else f"{share:.0%}".replace("%", "\u202f%")


def sample_parts(run: RunTables) -> Iterator[SamplePart]:
    """What is embedded of each sample, in the order of the samples table.

    Each is an object `{requirements, gaps, documented_gaps, problems}` of rows in the order of `COLUMNS`.  All are
    plain JSON, or all compressed (zlib, base64) when the plain ones would make the file slow to open.
    """
    rows = {name: _rows_by_sample(getattr(run, name), COLUMNS[name]) for name in TABLES[1:]}
    texts = [
        safe_json({name: found.get(sample_id, []) for name, found in rows.items()})
        for sample_id in run.samples["sample_id"]
    ]
    compress = sum(map(len, texts)) > PLAIN_LIMIT
    for text in texts:
        if compress:
            packed = base64.b64encode(zlib.compress(text.encode("utf-8", errors="replace"), 6)).decode()
            yield SamplePart("zlib", Markup(packed))
        else:
            yield SamplePart("json", Markup(text))


def safe_json(value: object) -> str:
    """JSON that cannot end the script element that holds it, nor be read as markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _sample_index(run: RunTables) -> list[list[Any]]:
    problems = run.problems["sample_id"].value_counts().to_dict()
    rows = _rows(run.samples, COLUMNS["samples"])
    return [[*row, int(problems.get(row[0], 0))] for row in rows]


def _rows_by_sample(frame: pd.DataFrame, columns: Iterable[str]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for sample_id, row in zip(frame["sample_id"], _rows(frame, columns), strict=True):
        found.setdefault(sample_id, []).append(row)
    return found


def _rows(frame: pd.DataFrame, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(_column(frame, column) for column in columns), strict=True))


def _column(frame: pd.DataFrame, column: str) -> list[Any]:
    if column not in frame:
        return [None] * len(frame)
    return [_plain(value) for value in frame[column].astype(object).tolist()]


def _plain(value: Any) -> Any:
    """A cell as JSON can hold it: arrays as lists, NaN and NA as null, long text cut with a note of what is left."""
    if isinstance(value, str):
        cut = len(value) - LONGEST_TEXT
        return value if cut <= 0 else f"{value[:LONGEST_TEXT]} … ({cut:,} more characters)"
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else round(value, 3)
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        shown = [_plain(item) for item in value[:MOST_EVIDENCE]]
        return [*shown, f"… ({len(value) - MOST_EVIDENCE:,} more)"] if len(value) > MOST_EVIDENCE else shown
    return None if value is pd.NA or value is pd.NaT else str(value)


def _shown(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "–"
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …"


def _run_facts(run: RunTables) -> list[tuple[str, str]]:
    """The facts of run.json that tell a reader what the numbers were made from."""
    shown = []
    for name, value in run.facts.items():
        if name == "counts" or value is None or value == {}:
            continue
        text = ", ".join(f"{key}: {item}" for key, item in value.items()) if isinstance(value, dict) else str(value)
        if name in ("started", "finished"):
            with contextlib.suppress(ValueError):  # what is no time is shown as it stands
                text = f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S %Z}"
        shown.append((name.replace("_", " "), _shown(text)))
    return shown


def _template(name: str) -> str:
    return (resources.files("gapkit") / "templates" / name).read_text(encoding="utf-8")
