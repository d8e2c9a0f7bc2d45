"""A run -> the reviewers' notes against what was found: a row a note, the gaps that the notes leave out, the faults of
the notes themselves, and how many notes have each fault.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gapkit.claims import GAP_LIMIT
from gapkit.models import GapkitError
from gapkit.run_tables import RunTables
from gapkit.summary import share_estimate

STAGE = "audit"
CANNOT_BE_TOLD = "cannot be told"
VERDICTS = ("supported", "contradicted", CANNOT_BE_TOLD, "left out")
FAULTS = {
    "note_number_clash": "a requirement number that is not the prompt's",
    "note_count_mismatch": "a count that is not that of the list",
    "note_duplicate_number": "one number for two gaps",
    "note_severity_clash": "two severities for one gap",
    "notes_about_another_task": "about another task",
    "notes_are_generic": "generic: fit any response",
    "no_gaps_listed": "no gap listed",
}
COLUMNS = (
    *("sample_id", "verdict", "number", "line", "title", "severity", "gap_ids", "model_lines", "ideal_lines"),
    "reason",
)


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """An audit's frames.

    notes: a row per documented gap, and per gap that the notes leave out (verdict `left out`); columns as COLUMNS.
    faults: a row per fault of the notes: sample_id, document, line, code, fault, message.
    summary: a row per verdict and fault: kind (`verdict`, `fault`), what, notes (documented gaps), samples,
    of_samples (those with notes), share of these, low, high (0–1).
    """

    notes: pd.DataFrame
    faults: pd.DataFrame
    summary: pd.DataFrame


def audit(run: RunTables, select: str | None = None) -> Audit:
    """The audit of a run's notes; `select` keeps the sample ids that match a shell pattern.

    Left out are gaps among the first 40 of a sample that has notes.  Raises GapkitError where no sample matches.
    """
    ids = set(run.samples["sample_id"])
    if select is not None:
        ids = {sample_id for sample_id in ids if fnmatch.fnmatchcase(sample_id, select)}
        if not ids:
            raise GapkitError(f"No sample of {run.name} matches {select!r}. gapkit show names a sample's requirements.")
    documented = run.documented_gaps[run.documented_gaps["sample_id"].isin(ids)]
    problems = run.problems[run.problems["sample_id"].isin(ids)]
    notes = pd.concat([_checked(documented), _left_out(documented, run.gaps)], ignore_index=True)
    notes = notes.sort_values("sample_id", kind="stable", ignore_index=True)
    faults = _faults(problems)
    return Audit(notes, faults, _summary(notes, faults, documented))


def audit_rows(found: Audit) -> Iterable[dict[str, object]]:
    """Notes and faults as plain values, a sample's together; `kind` says which (`note`, `gap` or `fault`)."""
    by_sample: dict[str, list[dict[str, object]]] = {}
    for row in found.notes.to_dict("records"):
        kind = "gap" if row["verdict"] == "left out" else "note"
        plain = {str(name): _plain(value) for name, value in row.items()}
        by_sample.setdefault(row["sample_id"], []).append({"kind": kind, **plain})
    for row in found.faults.to_dict("records"):
        plain = {str(name): _plain(value) for name, value in row.items()}
        by_sample.setdefault(row["sample_id"], []).append({"kind": "fault", **plain})
    for sample_id in sorted(by_sample):
        yield from by_sample[sample_id]


def _checked(documented: pd.DataFrame) -> pd.DataFrame:
    frame = documented.copy()
    for name in ("gap_ids", "model_lines", "ideal_lines"):
        values = [_list(value) for value in frame[name]] if name in frame else [[] for _ in range(len(frame))]
        frame[name] = pd.Series(values, index=frame.index, dtype=object)
    if "reason" not in frame:
        frame["reason"] = ""
    frame["verdict"] = [
        _verdict(supported, lines) for supported, lines in zip(frame["supported"], frame["model_lines"], strict=True)
    ]
    doubtful = (frame["verdict"] == CANNOT_BE_TOLD) & frame["supported"].notna()
    frame["reason"] = frame["reason"].where(~doubtful, "It seems not to hold, and no line of the response shows it.")
    frame["line"] = frame["line"].astype("Int64")
    return frame[list(COLUMNS)]


def _verdict(supported: Any, model_lines: Sequence[Any]) -> str:
    """A note is contradicted only where lines of the response can be shown against it."""
    if supported is None or pd.isna(supported):
        return CANNOT_BE_TOLD
    if supported:
        return "supported"
    return "contradicted" if model_lines else CANNOT_BE_TOLD


def _left_out(documented: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """The gaps that were found and that no note of the sample speaks of."""
    noted = {
        (sample_id, gap_id)
        for sample_id, gap_ids in zip(documented["sample_id"], documented["gap_ids"], strict=True)
        for gap_id in _list(gap_ids)
    }
    found = gaps[gaps["sample_id"].isin(set(documented["sample_id"])) & (gaps["rank"] <= GAP_LIMIT)]
    rows = [
        (
            row["sample_id"],
            "left out",
            None,
            None,
            row["title"],
            row["severity"],
            [row["gap_id"]],
            _line(row["model_line"]),
            _line(row["ideal_line"]),
            f"Found as {row['gap_id']} ({row['kind']}); the notes do not say it.",
        )
        for row in found.to_dict("records")
        if (row["sample_id"], row["gap_id"]) not in noted
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"line": "Int64"})


def _faults(problems: pd.DataFrame) -> pd.DataFrame:
    chosen = problems[problems["code"].isin(list(FAULTS)) & problems["stage"].isin((STAGE, "failures"))]
    columns = ["sample_id", "document", "line", "code", "fault", "message"]
    return chosen.assign(fault=chosen["code"].map(FAULTS))[columns].reset_index(drop=True)


def _summary(notes: pd.DataFrame, faults: pd.DataFrame, documented: pd.DataFrame) -> pd.DataFrame:
    with_notes = set(documented["sample_id"]) | set(faults["sample_id"])
    rows = []
    for verdict in VERDICTS:
        chosen = notes[notes["verdict"] == verdict]
        rows.append(("verdict", verdict, len(chosen), chosen["sample_id"].nunique()))
    for code, fault in FAULTS.items():
        chosen = faults[faults["code"] == code]
        rows.append(("fault", fault, len(chosen), chosen["sample_id"].nunique()))
    rows.append(("fault", "any of these", len(faults), faults["sample_id"].nunique()))
    total = len(with_notes)
    shares = [share_estimate(row[3], total) for row in rows]
    frame = pd.DataFrame(rows, columns=["kind", "what", "notes", "samples"])
    return frame.assign(
        of_samples=total,
        share=[share.value for share in shares],
        low=[share.low for share in shares],
        high=[share.high for share in shares],
    )


def _list(value: Any) -> list[Any]:
    """A cell of lists as plain lists; what is no list is empty."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return []
    return [_list(item) if hasattr(item, "tolist") or isinstance(item, list | tuple) else item for item in value]


def _line(value: Any) -> list[list[int]]:
    return [] if value is None or pd.isna(value) else [[int(value), int(value)]]


def _plain(value: object) -> object:
    """A cell as JSON can hold it."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return value.item() if hasattr(value, "item") else value
