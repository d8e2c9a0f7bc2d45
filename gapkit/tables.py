"""Assessments -> the five tables; each column is declared once, as a row of COLUMNS.

A text column without `nullable` holds "" where there is nothing to say; lists are never null.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gapkit.models import Assessment, CheckedGap, Coverage, Gap, Problem

if TYPE_CHECKING:
    import pandas as pd

STATUS_SCORE = {"complete": 1.0, "partial": 0.5, "missing": 0.0}
SEVERITY_WEIGHT = {"critical": 4.0, "high": 3.0, "medium": 2.0, "low": 1.0}
UNKNOWN_WEIGHT = 2.0

TEXT, INTEGER, NUMBER, BOOLEAN = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TEXTS = pa.list_(pa.string())
SPANS = pa.list_(pa.list_(pa.int64()))


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, Arrow type, meaning, and how it is taken from a row's record."""

    name: str
    type: pa.DataType
    doc: str
    take: Callable[[Any], object]
    nullable: bool = False
    of_sample: bool = False  # taken from the assessment, once for all rows of the sample


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, the records that its rows are made of, and its columns."""

    name: str
    row: str
    records: Callable[[Assessment], Iterable[Any]]
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, with what pandas needs to give nullable integers back as Int64."""
        fields = [pa.field(c.name, c.type, nullable=c.nullable or c.type not in (TEXT, INTEGER)) for c in self.columns]
        return pa.schema(fields, metadata={"pandas": _pandas_metadata(self.columns)})


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """One sample's counts, of the last turn."""

    assessment: Assessment
    status_counts: dict[str, int]
    severity_counts: dict[str, int]
    completeness: float | None
    weighted_completeness: float | None


def last_status(coverage: Coverage) -> str:
    """A requirement's status at the last turn."""
    return coverage.turn_status[-1] if coverage.turn_status else coverage.status


def weight(coverage: Coverage) -> float:
    """What a requirement counts for: the weight its rubric gives it, else 4, 3, 2, 1 for its severity if missed."""
    if coverage.requirement.weight is not None:
        return coverage.requirement.weight
    if_missed = coverage.requirement.severity or coverage.severity
    return SEVERITY_WEIGHT.get(if_missed, UNKNOWN_WEIGHT)


def summarise(assessment: Assessment) -> SampleSummary:
    """The sample's counts; completeness is null where no requirement can be verified."""
    statuses = [last_status(coverage) for coverage in assessment.coverages]
    scored = [
        (STATUS_SCORE[status], weight(coverage))
        for status, coverage in zip(statuses, assessment.coverages, strict=True)
        if status in STATUS_SCORE
    ]
    total = sum(w for _, w in scored)
    severities = [gap.severity for gap in assessment.gaps]
    return SampleSummary(
        assessment,
        {status: statuses.count(status) for status in (*STATUS_SCORE, "unverifiable")},
        {severity: severities.count(severity) for severity in SEVERITY_WEIGHT},
        sum(score for score, _ in scored) / len(scored) if scored else None,
        sum(score * w for score, w in scored) / total if total else None,
    )


def _of(record: type, name: str, type_: pa.DataType, doc: str, path: str = "", nullable: bool = False) -> Column:
    """A column taken from the row's record at `path`, which is the column's name where it is not given."""
    path = path or name
    first = path.split(".", maxsplit=1)[0]
    known: Collection[str] = getattr(record, "_fields", ()) or getattr(record, "__dataclass_fields__", ())
    assert first in known, f"{record.__name__} has no {first}"
    return Column(name, type_, doc, attrgetter(path), nullable)


def _from_assessment(name: str, type_: pa.DataType, doc: str, path: str = "", nullable: bool = False) -> Column:
    return Column(name, type_, doc, attrgetter(path or name), nullable, of_sample=True)


def _count(group: str, name: str, doc: str) -> Column:
    counts = attrgetter(f"{group}_counts")
    return Column(f"n_{name}", INTEGER, doc, lambda summary: counts(summary)[name])


SAMPLE_ID = _from_assessment("sample_id", TEXT, "the sample's folder relative to the corpus root, with `/`")
TURN = _from_assessment("turn", INTEGER, "1 for single-turn; the last turn is the one judged")

SAMPLES = Table(
    "samples",
    "a sample",
    lambda assessment: [summarise(assessment)],
    (
        SAMPLE_ID,
        TURN,
        _from_assessment("platform", TEXT, "cfn cdk cdktf tf pulumi cicd analysis", "metadata.platform", True),
        _from_assessment("language", TEXT, "yaml json hcl ts js py go java", "metadata.language", True),
        _from_assessment("complexity", TEXT, "easy medium hard expert", "metadata.complexity", True),
        _from_assessment("subtask", TEXT, "the kind of task, as the metadata name it", "metadata.subtask", True),
        _from_assessment("model", TEXT, "which model wrote the response", "metadata.model", True),
        Column("n_requirements", INTEGER, "requirements found", lambda s: len(s.assessment.coverages)),
        _count("status", "complete", "requirements that are complete"),
        _count("status", "partial", "requirements that are partial"),
        _count("status", "missing", "requirements that are missing"),
        _count("status", "unverifiable", "requirements that text cannot tell"),
        Column(
            "completeness",
            NUMBER,
            "0–1: mean of 1, 0.5, 0 over the verifiable requirements; null when there are none",
            attrgetter("completeness"),
            True,
        ),
        Column(
            "weighted_completeness",
            NUMBER,
            "the same, each requirement weighed by its rubric's weight, else by severity if missed: "
            "4, 3, 2, 1 from critical to low, 2 where that is unknown",
            attrgetter("weighted_completeness"),
            True,
        ),
        *(_count("severity", name, f"gaps of severity {name}") for name in SEVERITY_WEIGHT),
        _from_assessment("model_artifacts", INTEGER, "files and code blocks read from the response"),
        _from_assessment("ideal_artifacts", INTEGER, "files and code blocks read from the ideal"),
        _from_assessment("reference", TEXT, "what the ideal offers to compare with: code, prose, none"),
        _from_assessment("seconds", NUMBER, "wall time for this sample; the one measured column, so runs differ in it"),
        _from_assessment("fingerprint", TEXT, "digest of all that was read; a changed sample is scored again"),
    ),
)

REQUIREMENTS = Table(
    "requirements",
    "a requirement of a sample",
    attrgetter("coverages"),
    (
        SAMPLE_ID,
        TURN,
        _of(Coverage, "requirement_id", TEXT, "`R01`… within the sample", "requirement.requirement_id"),
        _of(Coverage, "source", TEXT, "where the list was taken from: prompt, ideal, rubric", "requirement.source"),
        _of(Coverage, "number", TEXT, "as the prompt declares it", "requirement.number", True),
        _of(Coverage, "group", TEXT, "the heading it stands under", "requirement.group", True),
        _of(Coverage, "title", TEXT, "its short name", "requirement.title"),
        _of(Coverage, "text", TEXT, "its whole wording", "requirement.text"),
        _of(Coverage, "line_start", INTEGER, "first line, 1-based", "requirement.line_start"),
        _of(Coverage, "line_end", INTEGER, "last line, inclusive", "requirement.line_end"),
        _of(Coverage, "category", TEXT, "monitoring, security, data …: a closed set"),
        _of(Coverage, "status", TEXT, "complete, partial, missing, unverifiable"),
        _of(Coverage, "severity", TEXT, "critical, high, medium, low; none unless partial or missing"),
        _of(Coverage, "score", NUMBER, "0–1: how far it is met"),
        _of(Coverage, "confidence", NUMBER, "0–1: how sure the status is"),
        _of(Coverage, "ideal_status", TEXT, "the status of the ideal, by the same rules"),
        _of(Coverage, "model_lines", SPANS, "[start, end] of the evidence in the response"),
        _of(Coverage, "ideal_lines", SPANS, "[start, end] of the evidence in the ideal"),
        _of(Coverage, "reason", TEXT, "one sentence: why this status"),
        _of(Coverage, "model_evidence", TEXTS, "what was found in the response"),
        _of(Coverage, "ideal_evidence", TEXTS, "what was found in the ideal"),
        _of(Coverage, "chain", TEXTS, "the steps from wording to status"),
        _of(Coverage, "turn_status", TEXTS, "the status at each turn of a multi-turn sample, first turn first"),
        _of(Coverage, "deployment_impact", TEXT, "what it means for the deployment"),
        _of(Coverage, "operational_impact", TEXT, "what it means for operation"),
    ),
)

GAPS = Table(
    "gaps",
    "a gap of a sample",
    attrgetter("gaps"),
    (
        SAMPLE_ID,
        _of(Gap, "turn", INTEGER, "the turn whose response has the gap"),
        _of(Gap, "gap_id", TEXT, "`G01`… within the sample"),
        _of(Gap, "requirement_id", TEXT, "the requirement it belongs to; null beyond what was asked", nullable=True),
        _of(Gap, "rank", INTEGER, "1 is the most important"),
        _of(Gap, "title", TEXT, "its short name"),
        _of(Gap, "kind", TEXT, "missing, different, extra, invalid"),
        _of(Gap, "resource_type", TEXT, "as the dialect writes it"),
        _of(Gap, "canonical_type", TEXT, "the CloudFormation type name where there is one"),
        _of(Gap, "resource_name", TEXT, "logical id, block label or construct id"),
        _of(Gap, "property_path", TEXT, "dotted path as the dialect writes it"),
        _of(Gap, "expected", TEXT, "what the ideal or the prompt has"),
        _of(Gap, "found", TEXT, "what the response has"),
        _of(Gap, "severity", TEXT, "critical, high, medium, low"),
        _of(Gap, "category", TEXT, "monitoring, security, data …: a closed set"),
        _of(Gap, "impact", TEXT, "whom it hurts and how"),
        _of(Gap, "fix", TEXT, "what to do"),
        _of(Gap, "model_line", INTEGER, "line in the response", nullable=True),
        _of(Gap, "ideal_line", INTEGER, "line in the ideal", nullable=True),
        _of(Gap, "confidence", NUMBER, "0–1"),
    ),
)

DOCUMENTED_GAPS = Table(
    "documented_gaps",
    "a gap that the reviewer's notes list",
    attrgetter("documented_gaps"),
    (
        SAMPLE_ID,
        _of(CheckedGap, "number", TEXT, "as the notes declare it", "gap.number", True),
        _of(CheckedGap, "line", INTEGER, "of its heading or first line", "gap.line"),
        _of(CheckedGap, "line_end", INTEGER, "its last line, inclusive", "gap.line_end"),
        _of(CheckedGap, "title", TEXT, "its title", "gap.title"),
        _of(CheckedGap, "severity", TEXT, "critical, high, medium, low, unstated", "gap.severity"),
        _of(CheckedGap, "status", TEXT, "the status the notes give it", "gap.status"),
        _of(CheckedGap, "requirement_numbers", TEXTS, "the requirements it names", "gap.requirement_numbers"),
        _of(CheckedGap, "category", TEXT, "monitoring, security, data …: a closed set", "gap.category"),
        _of(CheckedGap, "expected", TEXT, "what the notes ask for", "gap.expected"),
        _of(CheckedGap, "found", TEXT, "what the notes saw", "gap.found"),
        _of(CheckedGap, "impact", TEXT, "the impact the notes state", "gap.impact"),
        _of(CheckedGap, "fix", TEXT, "the fix the notes state", "gap.fix"),
        _of(CheckedGap, "supported", BOOLEAN, "true of the response; null where it cannot be told", nullable=True),
        _of(CheckedGap, "gap_ids", TEXTS, "the detected gaps that it matches"),
        _of(CheckedGap, "reason", TEXT, "why it is supported or not"),
        _of(CheckedGap, "model_lines", SPANS, "[start, end] in the response that the verdict rests on"),
        _of(CheckedGap, "ideal_lines", SPANS, "[start, end] in the ideal that the verdict rests on"),
        _of(CheckedGap, "text", TEXT, "its whole wording", "gap.text"),
    ),
)

PROBLEMS = Table(
    "problems",
    "something that could not be read or judged",
    attrgetter("problems"),
    (
        SAMPLE_ID,
        _of(Problem, "stage", TEXT, "where it was met: corpus, documents, a dialect …"),
        _of(Problem, "document", TEXT, "the file"),
        _of(Problem, "line", INTEGER, "the line, where there is one", nullable=True),
        _of(Problem, "code", TEXT, "stable; docs/problems.md explains each"),
        _of(Problem, "message", TEXT, "what happened and what to do"),
    ),
)

TABLES = (SAMPLES, REQUIREMENTS, GAPS, DOCUMENTED_GAPS, PROBLEMS)


def arrow_tables(assessments: Sequence[Assessment]) -> dict[str, pa.Table]:
    """The five tables as Arrow, rows in the order given."""
    return {table.name: _arrow(table, assessments) for table in TABLES}


def requirement_rows(assessment: Assessment) -> list[dict[str, Any]]:
    """A sample's rows of `requirements`, as plain values."""
    rows: list[dict[str, Any]] = _arrow(REQUIREMENTS, [assessment]).to_pylist()
    return rows


def frames(assessments: Sequence[Assessment]) -> dict[str, pd.DataFrame]:
    """The five tables as DataFrames, rows in the order given; the same dtypes as a run folder's Parquet files."""
    return {name: table.to_pandas() for name, table in arrow_tables(assessments).items()}


def _arrow(table: Table, assessments: Sequence[Assessment]) -> pa.Table:
    records = [tuple(table.records(assessment)) for assessment in assessments]
    arrays = [_array(column, _values(column, assessments, records)) for column in table.columns]
    return pa.Table.from_arrays(arrays, schema=SCHEMAS[table.name])


def _values(column: Column, assessments: Sequence[Assessment], records: Sequence[tuple[Any, ...]]) -> list[Any]:
    take = column.take
    if not column.of_sample:
        return [take(record) for of_sample in records for record in of_sample]
    values: list[Any] = []
    for assessment, of_sample in zip(assessments, records, strict=True):
        values += [take(assessment)] * len(of_sample)
    return values


def _array(column: Column, values: list[Any]) -> pa.Array:
    if column.type is not TEXT:
        return pa.array(values, column.type)
    if not column.nullable:
        values = ["" if value is None else value for value in values]
    try:
        return pa.array(values, TEXT)
    except UnicodeEncodeError:  # half of a surrogate pair, from JSON
        return pa.array([v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values], TEXT)


def _pandas_metadata(columns: Sequence[Column]) -> str:
    """What pandas writes itself for a frame whose nullable integers are Int64."""
    import json

    described = [
        {
            "name": column.name,
            "field_name": column.name,
            "pandas_type": "int64",
            "numpy_type": "Int64",
            "metadata": None,
        }
        for column in columns
        if column.nullable and column.type is INTEGER
    ]
    return json.dumps({"index_columns": [], "column_indexes": [], "columns": described, "pandas_version": "2.2.0"})


def columns_markdown() -> str:
    """Every table's columns as markdown, for README."""
    parts = []
    for table in TABLES:
        lines = [f"**{table.name}**: a row is {table.row}.", "", "| column | type | meaning |", "|---|---|---|"]
        for column in table.columns:
            nullable = ", nullable" if column.nullable else ""
            lines.append(f"| {column.name} | {_type_name(column.type)}{nullable} | {column.doc} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _type_name(type_: pa.DataType) -> str:
    names = {TEXT: "text", INTEGER: "integer", NUMBER: "number", BOOLEAN: "true/false", TEXTS: "list of text"}
    return names.get(type_, "list of [start, end]")


SCHEMAS = {table.name: table.schema for table in TABLES}
