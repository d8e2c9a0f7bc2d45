"""Run folder -> its tables, for the report and for notebooks."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gapkit.models import GapkitError

TABLES = ("samples", "requirements", "gaps", "documented_gaps", "problems")
RUN_VARIABLE = "GAPKIT_RUN"
DEFAULT_RUN = Path("runs") / "data"


@dataclass(frozen=True, slots=True, eq=False)
class RunTables:
    """What a run folder holds: its name, the facts of run.json and the five tables."""

    name: str
    facts: dict[str, Any]
    samples: pd.DataFrame
    requirements: pd.DataFrame
    gaps: pd.DataFrame
    documented_gaps: pd.DataFrame
    problems: pd.DataFrame


def read_run(run_folder: str | os.PathLike[str]) -> RunTables:
    """The tables of a run folder.

    Raises GapkitError where the folder is not a run or a file in it cannot be read.
    """
    folder = Path(run_folder)
    if not (folder / "samples.parquet").is_file():
        raise GapkitError(f"{folder} is not a run folder: samples.parquet is absent; write one with `gapkit score`.")
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError) as error:
        raise GapkitError(f"{folder} cannot be read as a run ({error}); score the corpus again.") from error
    return RunTables(folder.resolve().name, facts if isinstance(facts, dict) else {}, **tables)


def open_run() -> RunTables:
    """The run that a notebook is about: the folder that GAPKIT_RUN names, else `runs/data` of the repository.

    A relative name is looked up from the working folder, then from the repository.  Where `runs/data` is absent, the
    repository's own samples in `data` are scored first.  Raises GapkitError where the named folder is not a run.
    """
    root = repository()
    named = os.environ.get(RUN_VARIABLE)
    if named:
        return read_run(named if Path(named).exists() else root / named)
    folder = root / DEFAULT_RUN
    if not (folder / "samples.parquet").is_file():
        from gapkit.runs import score  # a reader of tables does not load the whole pipeline

        score(root / "data", folder, workers=1)
    return read_run(folder)


def repository() -> Path:
    """The checkout that holds `data` and `notebooks`: above the working folder, else where gapkit is installed."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "notebooks").is_dir() and (folder / "data").is_dir():
            return folder
    return Path(__file__).resolve().parents[1]
