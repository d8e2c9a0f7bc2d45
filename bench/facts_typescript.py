"""How complete TypeScript facts are: every `new X(scope, "id", …)` that the TypeScript compiler sees, against facts.

The compiler (npm's `typescript` 5) is installed into a cache folder outside the repository on first use.

    python bench/facts_typescript.py CORPUS [SAMPLES]
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gapkit.dialects import typescript
from gapkit.models import Artifact, Reading

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gapkit-bench" / "typescript"
SCRIPT = Path(__file__).with_name("new_expressions.js")
OTHER = "\0"
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*$")
_WITHOUT_NEW = ("cloudwatch.Alarm", "pulumi.Config", "tryGetContext", "export", "registerOutputs")
CONSTRUCTED = ("resource", "data", "module", "parameter", "condition", "mapping", "output", "provider", "local", "rule")


@dataclass(frozen=True, slots=True)
class Completeness:
    """`expected` constructs with an id, those `found` in the facts, and what is `missing` or `extra` (a text each).

    `literals` counts the literal settings of the constructs that were found, `found_literals` those in the facts.
    """

    expected: int
    found: int
    literals: int
    found_literals: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]


Row = tuple[str, str | None, str | None, int, list[tuple[str, object]]]


class Compiled(NamedTuple):
    """(type, first argument, second argument, line, literals) of each `new`, and the lines of syntax errors."""

    rows: list[Row]
    errors: list[int]


def compiler_ready() -> bool:
    """Whether the TypeScript compiler is there, installing it into the cache folder if need be."""
    if (CACHE / "node_modules" / "typescript" / "lib" / "typescript.js").exists():
        return True
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(CACHE), "typescript@5"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def compiled(texts: list[str]) -> list[Compiled]:
    """What the compiler sees in each text."""
    environment = {**os.environ, "NODE_PATH": str(CACHE / "node_modules")}
    done = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(texts), capture_output=True, text=True, check=True, env=environment
    )
    return [Compiled([tuple(row) for row in each["rows"]], each["errors"]) for each in json.loads(done.stdout)]


def is_construct(dialect: str, row: Row) -> bool:
    """Whether a `new` makes a construct with an id that is a string."""
    name, first, second, _, _ = row
    if dialect == "pulumi":
        return (
            first not in (None, OTHER)
            and "." in name
            and not name.startswith(("pulumi.", "AWS."))
            and "asset." not in name
        )
    return first == OTHER and second not in (None, OTHER)


def completeness(artifacts: list[Artifact]) -> Completeness:
    """Compares the facts of some artifacts with what the compiler sees; tests and plain scripts are left out."""
    read = [(artifact, typescript.read(artifact)) for artifact in artifacts]
    used = [(a, r) for a, r in read if r.declarations and r.declarations[0].dialect != "script"]
    seen = compiled([artifact.text for artifact, _ in used])
    expected = found = literals = found_literals = 0
    missing: list[str] = []
    extra: list[str] = []
    for (artifact, reading), (rows, errors) in zip(used, seen, strict=True):
        dialect = reading.declarations[0].dialect
        where = f"{artifact.document}:"
        facts = Counter(
            (each.type.rpartition(".")[2], each.name, each.line)
            for each in reading.declarations
            if each.kind in CONSTRUCTED
        )
        properties: dict[tuple[str, int], set[tuple[str, object]]] = {}
        for each in reading.declarations:
            leaves_of = properties.setdefault((each.name, each.line), set())
            leaves_of.update((path, value) for path, value, _ in each.properties)
        for row in rows:
            if is_construct(dialect, row):
                name, first, second, line, leaves = row
                line += artifact.line_start - 1
                identifier = first if dialect == "pulumi" else second
                key = (name.rpartition(".")[2], identifier, line)
                if not facts[key]:  # a class that was imported under another name keeps its own in the facts
                    key = next((each for each in facts if each[1:] == key[1:] and facts[each]), key)
                expected += 1
                if facts[key]:
                    facts[key] -= 1
                    found += 1
                    known = properties[key[1], line]
                    for path, value in leaves:
                        literals += 1
                        if (path, value) in known:
                            found_literals += 1
                        elif not errors:
                            missing.append(f"{where}{line} {name} {path} = {value!r}"[:160])
                else:
                    missing.append(f"{where}{line} {name} {identifier}"[:160])
        lines = {line + artifact.line_start - 1 for _, _, _, line, _ in rows}
        for (name, identifier, line), count in facts.items():
            if errors:  # the compiler loses its way where code is broken
                continue
            if count and line not in lines and not _made_by_method(reading, line):
                extra.append(f"{where}{line} {name} {identifier}"[:160])
    return Completeness(expected, found, literals, found_literals, tuple(missing), tuple(extra))


def _made_by_method(reading: Reading, line: int) -> bool:
    """Whether a declaration comes from a lookup, an export or a metric's `createAlarm`, which are no `new`."""
    return any(
        each.line == line and (each.kind == "data" or each.type in _WITHOUT_NEW) for each in reading.declarations
    )


def blocks(path: Path) -> list[Artifact]:
    """The fenced TypeScript and JavaScript of one markdown file."""
    lines = path.read_text("utf-8", "replace").split("\n")
    found: list[Artifact] = []
    at = 0
    while at < len(lines):
        opened = FENCE.match(lines[at])
        at += 1
        if not opened:
            continue
        start = at
        while at < len(lines) and lines[at].strip() != opened[1]:
            at += 1
        artifact = Artifact(str(path), "", opened[2].lower(), "\n".join(lines[start:at]), start + 1, at)
        if artifact.language and typescript.accepts(artifact):
            found.append(artifact)
        at += 1
    return found


def main() -> int:
    """Prints the share of constructs found over a corpus, and what is missing."""
    corpus = Path(sys.argv[1])
    samples = sorted(path for path in corpus.glob("*/*") if path.is_dir())
    if len(sys.argv) > 2:
        samples = random.Random(1).sample(samples, int(sys.argv[2]))
    if not compiler_ready():
        print("the TypeScript compiler could not be installed: node and npm are needed", file=sys.stderr)
        return 2
    artifacts = [
        each for sample in samples for path in sorted(sample.glob("lib/*RESPONSE*.md")) for each in blocks(path)
    ]
    result = completeness(artifacts)
    for text in result.missing:
        print("missing", text)
    for text in result.extra:
        print("extra", text)
    share = result.found / result.expected if result.expected else 1.0
    print(f"constructs {result.expected}, in facts {result.found} ({share:.2%}), extra {len(result.extra)}")
    share = result.found_literals / result.literals if result.literals else 1.0
    print(f"literal settings {result.literals}, in facts {result.found_literals} ({share:.2%})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
