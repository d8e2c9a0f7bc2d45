"""Build gapkit/knowledge/names-pulumi.json.gz: what the modules of pulumi-aws hold, and what its resources give.

    python tools/build_pulumi_names.py PACKAGES...

Each folder holds one wheel of pulumi-aws; a name that any of these versions has is known, since programs pin either.
`names` has a module's names as Python spells them; `gives` a resource's output attributes, plainly named; `enums` the
members of an enumeration, plainly named.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

from build_types import KNOWLEDGE
from provider_packages import _wheel

from gapkit.types import plain_name

_ALL = re.compile(r"^__all__ = (\[.*?\])", re.DOTALL | re.MULTILINE)
_GIVEN = re.compile(r"@pulumi\.getter(?:\([^)]*\))?\n(?:    @_utilities\.deprecated\(.*\)\n)?    def (\w+)\(self\)")
_RESOURCE = re.compile(r"^class (\w+)\(pulumi\.CustomResource\)", re.MULTILINE)
_ENUM = re.compile(r"^class (\w+)\(_?builtins\.str, Enum\):\n(.*?)(?=^@|^class |\Z)", re.DOTALL | re.MULTILINE)
_MEMBER = re.compile(r"^    (\w+) = ", re.MULTILINE)


def read(wheel: Path, names: dict[str, set[str]], gives: dict[str, set[str]], enums: dict[str, set[str]]) -> None:
    """Add what one wheel holds."""
    with zipfile.ZipFile(wheel) as archive:
        for file in archive.namelist():
            parts = file.split("/")
            if parts[0] != "pulumi_aws" or not file.endswith(".py") or parts[-1] == "outputs.py" or len(parts) > 3:
                continue
            module = parts[1] if len(parts) == 3 else ""
            source = archive.read(file).decode()
            names[module]
            listed = _ALL.search(source)
            if listed:
                names[module].update(
                    n
                    for n in ast.literal_eval(listed[1])
                    if not n.endswith("ArgsDict") and not n.startswith("Awaitable")
                )
            made = _RESOURCE.search(source)
            if made:
                gives[f"{module.rstrip('_')}.{made[1]}"].update(
                    plain_name(n) for n in _GIVEN.findall(source, made.start())
                )
            if parts[-1] == "_enums.py":
                for name, body in _ENUM.findall(source):
                    enums[f"{module.rstrip('_')}.{name}"].update(plain_name(n) for n in _MEMBER.findall(body))


def main(packages: list[Path]) -> None:
    """Write the table."""
    names: dict[str, set[str]] = defaultdict(set)
    gives: dict[str, set[str]] = defaultdict(set)
    enums: dict[str, set[str]] = defaultdict(set)
    for folder in packages:
        read(_wheel(folder, "pulumi_aws"), names, gives, enums)
    tables = {
        part: {key: " ".join(sorted(table[key])) for key in sorted(table)}
        for part, table in (("names", names), ("gives", gives), ("enums", enums))
    }
    path = KNOWLEDGE / "names-pulumi.json.gz"
    path.write_bytes(gzip.compress(json.dumps(tables, separators=(",", ":")).encode(), 9, mtime=0))
    print(path, path.stat().st_size, {part: len(table) for part, table in tables.items()})


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]])
