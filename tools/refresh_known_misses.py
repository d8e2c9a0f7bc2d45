"""Rewrites `known_misses` of every data/*/*/expected.yaml from what gapkit says now; the reader's table stays as it is.

    python tools/refresh_known_misses.py [--labels FOLDER]

Prints how far gapkit agrees.  With --labels the tables are written as labels, one JSON file per sample, as well.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from expected_tables import DATA, expected, label, misses, sample_ids

MARK = "\n# Where gapkit says something else; written by tools/refresh_known_misses.py.\nknown_misses:"


def written(value: Any) -> str:
    """A value as YAML reads it back, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def refresh(sample_id: str) -> list[dict[str, Any]]:
    """The sample's misses, after they were written behind its table."""
    path = DATA / sample_id / "expected.yaml"
    table = path.read_text(encoding="utf-8").split(MARK)[0].rstrip("\n") + "\n"
    found = misses(sample_id)
    if found:
        table += MARK + "".join(f"\n  - {written(miss)}" for miss in found) + "\n"
    path.write_text(table, encoding="utf-8")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=Path, help="folder for the tables as labels")
    args = parser.parse_args()
    asked = right = noted = noted_right = 0
    for sample_id in sample_ids():
        found = refresh(sample_id)
        wrong = sum("requirement" in miss and ("status" in miss or "lines" in miss) for miss in found)
        wrong_notes = sum("documented_gap" in miss for miss in found)
        rows, notes = len(expected(sample_id)["requirements"]), len(expected(sample_id)["documented_gaps"])
        print(f"{sample_id:32} status {rows - wrong:2} of {rows:2}   notes {notes - wrong_notes:2} of {notes:2}")
        asked, right = asked + rows, right + rows - wrong
        noted, noted_right = noted + notes, noted_right + notes - wrong_notes
        if args.labels:
            args.labels.mkdir(parents=True, exist_ok=True)
            target = args.labels / f"{sample_id.replace('/', '__')}.json"
            target.write_text(json.dumps(label(sample_id), indent=1, ensure_ascii=False), encoding="utf-8")
    print(
        f"status {right} of {asked} ({right / asked:.0%}), notes {noted_right} of {noted} ({noted_right / noted:.0%})"
    )


if __name__ == "__main__":
    main()
