"""A run folder made up for tests: the tables of DESIGN.md with nulls and hostile text."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd

from gapkit.models import CATEGORIES, LANGUAGES, PLATFORMS

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "{{ 7 * 7 }} {% raw %}",
    "quotes \" ' ` and & and \\u003c",
    "emoji 🚀 and \u202eright to left\u202c שלום",
    "$x^2$ and ${Table.Arn} and $unbalanced",
    "control \x00 \x0b \u2028 \ud7ff",
    "<!-- comment --> ]]>",
)
COLUMNS = {
    "samples": (
        "sample_id turn platform language complexity subtask model n_requirements n_complete n_partial n_missing "
        "n_unverifiable completeness weighted_completeness n_critical n_high n_medium n_low model_artifacts "
        "ideal_artifacts reference seconds"
    ),
    "requirements": (
        "sample_id turn requirement_id source number group title text line_start line_end category status severity "
        "score confidence ideal_status model_lines ideal_lines reason model_evidence ideal_evidence chain turn_status "
        "deployment_impact operational_impact"
    ),
    "gaps": (
        "sample_id turn gap_id requirement_id rank title kind resource_type canonical_type resource_name property_path "
        "expected found severity category impact fix model_line ideal_line confidence"
    ),
    "documented_gaps": (
        "sample_id number line line_end title severity status requirement_numbers category expected found impact fix "
        "supported gap_ids"
    ),
    "problems": "sample_id stage document line code message",
}
STATUS_SCORE = {"complete": 1.0, "partial": 0.5, "missing": 0.0}
TYPES = (
    ("AWS::Lambda::Function", "DeadLetterConfig.TargetArn"),
    ("AWS::S3::Bucket", "BucketEncryption.Rules[0].SSEAlgorithm"),
    ("AWS::SQS::Queue", "RedrivePolicy"),
    ("AWS::EC2::SecurityGroup", "Ingress[1].CidrIp"),
    (None, None),
)
Tables = dict[str, pd.DataFrame]


def tables(samples: int = 12, requirements: int = 6, gaps: int = 5, seed: int = 1) -> Tables:
    """The five tables; every third text is hostile."""
    chance = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for place in range(samples):
        sample_id = f"{chance.choice(PLATFORMS)}-{chance.choice(LANGUAGES)}/Made{place:04d}"
        asked = [_requirement(sample_id, number, chance) for number in range(1, requirements + 1)]
        found = [_gap(sample_id, number, chance, requirements) for number in range(1, gaps + 1)]
        rows["requirements"] += asked
        rows["gaps"] += found
        rows["documented_gaps"] += [_documented(sample_id, number, chance) for number in range(2)]
        if place % 4 == 0:
            rows["problems"].append(_problem(sample_id, place, chance))
        rows["samples"].append(_sample(sample_id, asked, found, chance))
    return {name: _frame(name, found) for name, found in rows.items()}


def empty_tables() -> Tables:
    return {name: _frame(name, []) for name in COLUMNS}


def write_run(folder: Path, made: Tables) -> Path:
    """Write the tables and run.json, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in made.items():
        table.to_parquet(folder / f"{name}.parquet")
    facts = {
        "gapkit": "0.1.0",
        "knowledge": "1",
        "options": {"select": "</script><b>"},
        "corpus": "0" * 64,
        "counts": {name: len(table) for name, table in made.items()},
        "started": "2030-01-01T00:00:00+00:00",
        "finished": "2030-01-01T00:01:00+00:00",
    }
    (folder / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    return folder


def _text(chance: random.Random, words: str) -> str:
    if chance.random() < 0.03:
        return words + "x" * 10_000
    return f"{words} {chance.choice(HOSTILE)}" if chance.random() < 0.3 else words


def _requirement(sample_id: str, number: int, chance: random.Random) -> dict[str, Any]:
    status = chance.choice(("complete", "complete", "partial", "missing", "unverifiable"))
    is_open = status in ("partial", "missing")
    line = number * 4
    return {
        "sample_id": sample_id,
        "turn": 1,
        "requirement_id": f"R{number:02d}",
        "source": "prompt",
        "number": chance.choice((str(number), None)),
        "group": chance.choice(("Core", "Constraints", None)),
        "title": _text(chance, "Queue keeps failed messages"),
        "text": _text(chance, "Every queue sends what failed three times to a dead-letter queue, kept for 14 days."),
        "line_start": line,
        "line_end": line + 2,
        "category": chance.choice(CATEGORIES),
        "status": status,
        "severity": chance.choice(("critical", "high", "medium", "low")) if is_open else "none",
        "score": STATUS_SCORE.get(status, 0.0),
        "confidence": round(chance.random(), 2),
        "ideal_status": chance.choice(("complete", "unverifiable")),
        "model_lines": [] if status == "missing" else [[line, line + 1], [line + 9, line + 9]],
        "ideal_lines": [[line, line]],
        "reason": _text(chance, "The queue is declared, its redrive policy is not."),
        "model_evidence": [] if status == "missing" else [_text(chance, "Type: AWS::SQS::Queue"), "MaxCount: 5"],
        "ideal_evidence": [_text(chance, "RedrivePolicy: {maxReceiveCount: 3}")],
        "chain": ["wording names dead-letter queue", _text(chance, "detector found no redrive policy")],
        "turn_status": [status],
        "deployment_impact": "none",
        "operational_impact": chance.choice(("none", "messages that fail are lost")),
    }


def _gap(sample_id: str, rank: int, chance: random.Random, requirements: int) -> dict[str, Any]:
    canonical_type, path = chance.choice(TYPES)
    asked = f"R{chance.randint(1, requirements):02d}" if requirements and chance.random() < 0.7 else None
    return {
        "sample_id": sample_id,
        "turn": 1,
        "gap_id": f"G{rank:02d}",
        "requirement_id": asked,
        "rank": rank,
        "title": _text(chance, f"{canonical_type or 'Something'} lacks a setting"),
        "kind": chance.choice(("missing", "different", "extra", "invalid")),
        "resource_type": canonical_type,
        "canonical_type": canonical_type,
        "resource_name": chance.choice(("Orders", None)),
        "property_path": path,
        "expected": chance.choice((_text(chance, "aws:kms"), None)),
        "found": chance.choice((_text(chance, "AES256"), None)),
        "severity": chance.choice(("critical", "high", "medium", "low")),
        "category": chance.choice(CATEGORIES),
        "impact": _text(chance, "Failed messages are lost."),
        "fix": _text(chance, "Add a redrive policy to the queue."),
        "model_line": chance.choice((12, None)),
        "ideal_line": chance.choice((34, None)),
        "confidence": round(chance.random(), 2),
    }


def _documented(sample_id: str, number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "sample_id": sample_id,
        "number": chance.choice((str(number), None)),
        "line": number * 5 + 3,
        "line_end": number * 5 + 6,
        "title": _text(chance, "No dead-letter queue"),
        "severity": chance.choice(("critical", "high", "medium", "low", "unstated")),
        "status": chance.choice(("missing", None)),
        "requirement_numbers": chance.choice(([], ["2", "3"])),
        "category": chance.choice(("resilience", None)),
        "expected": None,
        "found": None,
        "impact": _text(chance, "Messages are lost."),
        "fix": None,
        "supported": chance.choice((True, False, None)),
        "gap_ids": chance.choice(([], ["G01"])),
    }


def _problem(sample_id: str, place: int, chance: random.Random) -> dict[str, Any]:
    return {
        "sample_id": sample_id,
        "stage": chance.choice(("documents", "dialects")),
        "document": chance.choice(("lib/PROMPT.md", None)),
        "line": chance.choice((place + 1, None)),
        "code": chance.choice(("fence-unclosed", "not-utf8")),
        "message": _text(chance, "Close the code fence that opens here."),
    }


def _sample(sample_id: str, asked: list[Any], found: list[Any], chance: random.Random) -> dict[str, Any]:
    platform, language = sample_id.split("/")[0].split("-")
    statuses = [requirement["status"] for requirement in asked]
    scores = [STATUS_SCORE[status] for status in statuses if status != "unverifiable"]
    return {
        "sample_id": sample_id,
        "turn": 1,
        "platform": platform,
        "language": language,
        "complexity": chance.choice(("hard", "expert", None)),
        "subtask": chance.choice(("Provisioning of infrastructure", None)),
        "model": chance.choice(("model-a", "<b>model-b</b>", None)),
        "n_requirements": len(asked),
        **{f"n_{status}": statuses.count(status) for status in ("complete", "partial", "missing", "unverifiable")},
        "completeness": sum(scores) / len(scores) if scores else None,
        "weighted_completeness": sum(scores) / len(scores) if scores else None,
        **{
            f"n_{severity}": sum(gap["severity"] == severity for gap in found)
            for severity in ("critical", "high", "medium", "low")
        },
        "model_artifacts": 1,
        "ideal_artifacts": 2,
        "reference": chance.choice(("code", "code", "prose", "none")),
        "seconds": 0.02,
    }


def _frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS[name].split())
