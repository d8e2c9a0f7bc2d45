"""Hand-made labels, and a run in the same shape: what agreement is measured on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gapkit.models import GapkitError
from gapkit.run_tables import RunTables

ARCHIVES = {"archive/": "", "archive-localstack/": "localstack/"}


@dataclass(frozen=True, slots=True)
class JudgedRequirement:
    """A requirement's lines in the prompt, and what was said of it; confidence is 0–1, None where nobody said."""

    lines: tuple[int, int]
    status: str
    severity: str
    category: str | None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """A difference that matters: of which resource and property, in words."""

    what: str
    resource: str | None
    property: str | None
    severity: str | None
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A gap of the reviewer's notes, by its line; `supported` says whether it is true of the response."""

    line: int
    severity: str
    supported: bool | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one reader, or one run, says of one sample."""

    requirements: tuple[JudgedRequirement, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    notes: tuple[Note, ...] = ()


def sample_key(name: str) -> str:
    """`archive/cfn-yaml/Pr1` and `cfn-yaml/Pr1` are the same sample."""
    key = name.strip("/")
    for old, new in ARCHIVES.items():
        if key.startswith(old):
            key = new + key[len(old) :]
    return key


def read_labels(folder: Path) -> dict[str, Judgement]:
    """The judgements of a folder of labels, by sample.

    Raises GapkitError where the folder holds no labels, or a file is not as labels are.
    """
    files = sorted(Path(folder).glob("*.json")) if Path(folder).is_dir() else []
    if not files:
        raise GapkitError(f"{folder} holds no labels. Give a folder with one JSON file a sample.")
    found: dict[str, Judgement] = {}
    for file in files:
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            found[sample_key(str(data["sample"]))] = _judgement(data)
        except json.JSONDecodeError as error:
            raise GapkitError(f"{file}:{error.lineno}: no JSON ({error.msg}). Correct the file.") from error
        except (OSError, UnicodeDecodeError) as error:
            raise GapkitError(f"{file} cannot be read ({error}).") from error
        except KeyError as error:
            raise GapkitError(f"{file} has no {error}. A label needs sample, requirements and their lines.") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise GapkitError(f"{file} is not as labels are ({error}). See docs/agreement.md.") from error
    return found


def _judgement(data: Mapping[str, Any]) -> Judgement:
    return Judgement(
        tuple(
            JudgedRequirement(
                _span(row["lines"]), str(row["status"]), str(row.get("severity", "none")), row.get("category")
            )
            for row in data["requirements"]
        ),
        tuple(
            Deviation(str(row.get("what") or ""), row.get("resource"), row.get("property"), row.get("severity"), place)
            for place, row in enumerate(data.get("deviations", ()))
        ),
        tuple(
            Note(int(row["line"]), str(row["severity"]), row.get("supported"))
            for row in data.get("documented_gaps", ())
        ),
    )


def _span(lines: Any) -> tuple[int, int]:
    start, end = lines
    return int(start), int(end)


def read_judgements(run: RunTables, keys: Collection[str] | None = None) -> dict[str, Judgement]:
    """What a run says of its samples (all, or those of `keys`), by sample.

    Requirements that were not taken from the prompt are left out: labels are of the prompt.
    """
    ids = {str(sample_id): sample_key(str(sample_id)) for sample_id in run.samples["sample_id"]}
    if keys is not None:
        ids = {sample_id: key for sample_id, key in ids.items() if key in keys}
    requirements: dict[str, list[JudgedRequirement]] = {}
    asked = run.requirements[run.requirements["sample_id"].isin(list(ids))]
    if "source" in asked:
        asked = asked[asked["source"] == "prompt"]
    for row in asked.to_dict("records"):
        requirements.setdefault(sample_key(str(row["sample_id"])), []).append(
            JudgedRequirement(
                (int(row["line_start"]), int(row["line_end"])),
                row["status"],
                row.get("severity") or "none",
                row.get("category"),
                _number(row.get("confidence")),
            )
        )
    deviations: dict[str, list[Deviation]] = {}
    for row in run.gaps[run.gaps["sample_id"].isin(list(ids))].to_dict("records"):
        words = " ".join(str(row.get(k) or "") for k in ("title", "resource_name", "expected", "found"))
        deviations.setdefault(sample_key(str(row["sample_id"])), []).append(
            Deviation(
                words,
                _text(row.get("resource_type")),
                _text(row.get("property_path")),
                row.get("severity"),
                int(row.get("rank") or 0),
            )
        )
    notes: dict[str, list[Note]] = {}
    for row in run.documented_gaps[run.documented_gaps["sample_id"].isin(list(ids))].to_dict("records"):
        supported = row.get("supported")
        notes.setdefault(sample_key(str(row["sample_id"])), []).append(
            Note(
                int(row["line"]),
                row.get("severity") or "unstated",
                None if supported is None or pd.isna(supported) else bool(supported),
            )
        )
    return {
        key: Judgement(tuple(requirements.get(key, ())), tuple(deviations.get(key, ())), tuple(notes.get(key, ())))
        for key in ids.values()
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and value == value else None
