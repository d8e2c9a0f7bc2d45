"""metadata.json -> Metadata with one spelling per platform, language, complexity and subtask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from gapkit.knowledge import load_yaml
from gapkit.models import Metadata, Problem

CLOSED_SETS = ("platform", "language", "complexity")
_NOT_WORD = re.compile(r"[\W_]+")


@cache
def _knowledge() -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """The keys to look under per field, and per field the spelling that each folded wording stands for."""
    data = dict(cast("Mapping[str, Any]", load_yaml("metadata.yaml")))
    keys = data.pop("keys")
    spellings = {
        field: {fold(wording): name for name, wordings in names.items() for wording in wordings}
        for field, names in data.items()
    }
    return keys, spellings


def fold(text: str) -> str:
    """A wording without case, spaces and punctuation."""
    return _NOT_WORD.sub("", text).casefold()


def normalise_metadata(
    raw: Mapping[str, object], sample_id: str, document: str = "metadata.json"
) -> tuple[Metadata, tuple[Problem, ...]]:
    """A sample's metadata in gapkit's spellings, and what could not be normalised.

    A platform or language that is absent or unknown is taken from the names of the sample's folders
    (`cfn-yaml/Pr1`); an unknown value stays in `raw` and gives a Problem `unknown_platform`,
    `unknown_language` or `unknown_complexity`.
    """
    keys, spellings = _knowledge()
    problems: list[Problem] = []
    values: dict[str, str | None] = {}
    for field in CLOSED_SETS:
        written = _written(raw, keys[field])
        values[field] = _known(written, spellings[field])
        if written and values[field] is None:
            allowed = " ".join(dict.fromkeys(spellings[field].values()))
            message = f"{field} {written!r:.60} is none of: {allowed}. Correct {document}, or leave {field} out."
            problems.append(Problem("metadata", f"unknown_{field}", message, document))
    # `terraform-hcl` given as the platform says the language, too; then the folder's name may help.
    hints = [_written(raw, keys["platform"]), *reversed(sample_id.split("/"))]
    for field in ("platform", "language"):
        for hint in hints:
            if values[field] is None:
                values[field] = _known_part(hint, field, spellings)
    if values["language"] is None and values["platform"] == "tf":
        values["language"] = "hcl"
    subtask = " ".join(_written(raw, keys["subtask"]).split())
    metadata = Metadata(
        platform=values["platform"],
        language=values["language"],
        complexity=values["complexity"],
        subtask=spellings["subtask"].get(fold(subtask), subtask) or None,
        model=_written(raw, keys["model"]) or None,
        raw=dict(raw),
    )
    return metadata, tuple(problems)


def _written(raw: Mapping[str, object], keys: list[str]) -> str:
    for key in keys:
        value = raw.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _known(written: str, spellings: Mapping[str, str]) -> str | None:
    """The spelling for `written`, or for the one of its parts that is known (`cfn-yaml`)."""
    whole = spellings.get(fold(written))
    if whole is not None or not written:
        return whole
    return next((spellings[part] for part in _parts(written) if part in spellings), None)


def _known_part(hint: str, field: str, spellings: Mapping[str, Mapping[str, str]]) -> str | None:
    """What a folder's name says, if it consists of known words only: `cfn-yaml` does, `data-pipeline` does not."""
    parts = list(_parts(hint))
    if not all(part in spellings["platform"] or part in spellings["language"] for part in parts):
        return None
    if field == "language" and len(parts) > 1:  # `tf-hcl`: the platform's own word is not the language
        parts = parts[1:]
    return next((spellings[field][part] for part in parts if part in spellings[field]), None)


def _parts(text: str) -> Iterator[str]:
    return (part.casefold() for part in _NOT_WORD.split(text[:200]) if part)
