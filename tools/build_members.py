"""Build gapkit/knowledge/members-cdk.json.gz: what the classes of aws-cdk-lib have, for gapkit/validity_members.py.

    python tools/build_members.py PACKAGES        (see provider_packages.py for how to fetch them)

`values` are the members of enumerations and the static members of classes, `methods` those of constructs, `classes` the
names of all others; members' names are plain (no case, no underscores), and classes of one name share them.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path

from build_types import KNOWLEDGE, _ancestors
from provider_packages import Jsii, cdk_types

from gapkit.types import plain_name

OF_EVERY_CONSTRUCT = ("node", "tostring", "with")  # of the package `constructs`, which the assembly only refers to


def tables(types: Jsii) -> dict[str, dict[str, set[str]]]:
    """`values` and `methods`: class -> plain names of its members."""
    values: dict[str, set[str]] = defaultdict(set)
    methods: dict[str, set[str]] = defaultdict(set)
    everything: dict[str, set[str]] = defaultdict(set)
    for full_name, jsii in types.items():
        name = jsii["name"]
        ancestors = [types[a] for a in _ancestors(types, full_name) if a in types]
        members = [m for a in ancestors for m in (*a.get("properties", ()), *a.get("methods", ()))]
        everything[name].update(plain_name(m["name"]) for m in members)
        if name.startswith("Cfn"):
            continue
        if jsii["kind"] == "enum":
            values[name].update(plain_name(m["name"]) for m in jsii["members"])
        elif jsii["kind"] == "class":
            values[name].update(plain_name(m["name"]) for m in members if m.get("static"))
            if "constructs.Construct" in _ancestors(types, full_name):
                methods[name].update(OF_EVERY_CONSTRUCT)
    # A name that a class has at all is no fault, whatever it is asked of.
    return {
        "values": {name: values[name] | everything[name] for name in values if values[name]},
        "methods": {name: methods[name] | everything[name] for name in methods},
    }


def main(packages: Path) -> None:
    types = cdk_types(packages)
    found = tables(types)
    rows: dict[str, object] = {
        kind: {name: " ".join(sorted(row)) for name, row in sorted(table.items())} for kind, table in found.items()
    }
    named = {t["name"] for t in types.values() if t["kind"] in ("class", "enum")}
    rows["classes"] = " ".join(sorted(named - found["values"].keys() - found["methods"].keys()))
    path = KNOWLEDGE / "members-cdk.json.gz"
    path.write_bytes(gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), 9, mtime=0))
    print(f"{path.name}: {len(named)} classes, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
