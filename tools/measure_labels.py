"""Measurements of every labelled requirement, one row each, for tools/fit_judgement.py.

    python tools/measure_labels.py CORPUS LABELS [LABELS …] -o FILE.parquet

Requirements are taken at their labelled lines, so that the decision is fitted apart from finding them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd

from gapkit.concepts import load_knowledge
from gapkit.corpus import open_corpus
from gapkit.coverage import Judge
from gapkit.models import Requirement
from gapkit.pipeline import read_sides


def labelled_requirements(label: dict, prompt: str) -> list[Requirement]:
    lines = prompt.split("\n")
    out = []
    for number, row in enumerate(label["requirements"], 1):
        start, end = row["lines"]
        text = "\n".join(lines[start - 1 : end])
        out.append(Requirement(f"R{number:02d}", "prompt", None, None, text[:60], text, start, end))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    knowledge = load_knowledge(None)
    corpus = open_corpus(str(args.corpus))
    rows = []
    for path in sorted(p for folder in args.labels for p in folder.glob("*.json")):
        label = json.loads(path.read_text())
        sample_id = label["sample"].removeprefix("archive/")
        sample = corpus.read(sample_id)
        prompt = sample.turns[0].prompt
        if prompt is None:
            continue
        sides = read_sides(sample)
        requirements = labelled_requirements(label, prompt.text)
        judge = Judge.of(sides, knowledge)
        for requirement, row, measured in zip(
            requirements, label["requirements"], judge.measurements(requirements), strict=True
        ):
            rows.append(
                {
                    "source": str(path.parent),
                    "sample": sample_id,
                    "status": row["status"],
                    "ideal_status": row["ideal"],
                    "severity": row["severity"],
                    "category": row["category"],
                    "text": requirement.text,
                    "title": row["title"],
                    "reference": judge.reference,
                    **{f"f_{k}": v for k, v in measured.features.items()},
                    "checks": [f"{c.kind}:{c.label}:{c.share:.2f}" for c in measured.own.checks],
                    "types": [judge.model.side.resources[n].type for n in list(measured.own.relevant)[:6]],
                }
            )
    pd.DataFrame(rows).to_parquet(args.output)
    print(len(rows), "requirements of", len({r["sample"] for r in rows}), "samples")


if __name__ == "__main__":
    main()
