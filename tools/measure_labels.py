"""Measurements of every labelled requirement that gapkit finds, a row for each side, for tools/fit_*.py.

    python tools/measure_labels.py CORPUS LABELS [LABELS …] -o FILE.parquet

Requirements are gapkit's own, matched to the labels by their lines, so that what is fitted is what will be judged.
`side` is `model` or `ideal`; an answer without code has `empty`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd

from gapkit.concepts import load_knowledge
from gapkit.corpus import Corpus, open_corpus
from gapkit.coverage import Judge, Measured, open_concepts
from gapkit.label_counts import match_requirements
from gapkit.labels import JudgedRequirement
from gapkit.models import Requirement
from gapkit.pipeline import read_sides, requirements_of
from gapkit.severity_score import severity_features


def judged(lines: tuple[int, int]) -> JudgedRequirement:
    return JudgedRequirement(lines, "complete", "none", None)


def rows_of(corpus: Corpus, path: Path) -> list[dict]:
    """The rows of one labelled sample."""
    label = json.loads(path.read_text())
    sample = corpus.read(label["sample"].removeprefix("archive/").replace("archive-localstack/", "localstack/"))
    if not sample.turns or sample.turns[0].prompt is None:
        return []
    sides = read_sides(sample)
    requirements = requirements_of(sample, [])
    judge = Judge.of(sides, load_knowledge(None))
    measured = list(judge.measurements(requirements))
    gold = [judged(tuple(row["lines"])) for row in label["requirements"]]
    found = [judged((r.line_start, r.line_end)) for r in requirements]
    rows = []
    for position, place in match_requirements(gold, found).items():
        row, requirement, one = label["requirements"][position], requirements[place], measured[place]
        common = {
            "source": str(path.parent),
            "sample": sample.sample_id,
            "ideal_status": row["ideal"],
            "category": row["category"],
            "text": requirement.text,
            "title": requirement.title,
            "category_features": json.dumps(judge.category_features(requirement, one)),
            "label": row.get("title", ""),
            "evidence": row.get("evidence", ""),
            "reference": judge.reference,
            "empty": judge.model.side.empty,
        }
        said = {"side": "model", "status": row["status"], "severity": row["severity"]}
        rows.append({**common, **said, **own(judge, one), **of_severity(judge, requirement, one, row["status"])})
        if one.reference is not None and judge.ideal is not None and row["ideal"] != "unverifiable":
            rows.append({**common, "side": "ideal", "status": row["ideal"], "severity": "none", **ideals(judge, one)})
    return rows


def own(judge: Judge, measured: Measured) -> dict[str, object]:
    resources = judge.model.side.resources
    return {
        **{f"f_{name}": value for name, value in measured.features.items()},
        "checks": [f"{c.kind}:{c.label}:{c.share:.2f}" for c in measured.own.checks],
        "types": [resources[n].type for n in list(measured.own.relevant)[:6]],
    }


def of_severity(judge: Judge, requirement: Requirement, measured: Measured, status: str) -> dict[str, object]:
    """The measurements that the severity alone goes by."""
    lacking, _ = open_concepts(status, measured.own, judge.leading(requirement))
    return {f"s_{name}": value for name, value in severity_features(lacking).items()}


def ideals(judge: Judge, measured: Measured) -> dict[str, object]:
    assert measured.reference is not None and judge.ideal is not None
    resources = judge.ideal.side.resources
    return {
        **{f"f_{name}": value for name, value in measured.ideal_features.items()},
        "checks": [f"{c.kind}:{c.label}:{c.share:.2f}" for c in measured.reference.checks],
        "types": [resources[n].type for n in list(measured.reference.relevant)[:6]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    corpus = open_corpus(str(args.corpus))
    paths = sorted(p for folder in args.labels for p in folder.glob("*.json"))
    rows = [row for path in paths for row in rows_of(corpus, path)]
    pd.DataFrame(rows).to_parquet(args.output)
    print(len(rows), "rows of", len({r["sample"] for r in rows}), "samples")


if __name__ == "__main__":
    main()
