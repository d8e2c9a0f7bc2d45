"""How complete facts are: what plain parsers see in the code of a corpus, against the facts that gapkit reads.

Per dialect, over the blocks of MODEL_RESPONSE and IDEAL_RESPONSE that the peer can parse whole: declarations (kind,
type and name) and literal properties (path and value) that the peer has and the facts have too, and facts that the
peer does not have.  The peers are python-hcl2 for Terraform, PyYAML and json for CloudFormation and pipelines.

    python bench/facts_complete.py CORPUS [-n 300] [--all] [--dialect terraform] [--show 5]

Another dialect is one more row in PEERS: how to parse, and the statements of the parsed value.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gapkit.artifacts import find_artifacts
from gapkit.dialects import DIALECTS
from gapkit.models import Artifact, Declaration, Source

CFN_SECTIONS = {
    "Resources": "resource",
    "Parameters": "parameter",
    "Conditions": "condition",
    "Mappings": "mapping",
    "Outputs": "output",
    "Rules": "rule",
}
HCL_LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1}
HCL_KINDS = {"variable": "parameter"}
_index = re.compile(r"\[\d+\]")


@dataclass
class Statements:
    """What one side says: declarations, literal properties, and paths below which it does not look."""

    declarations: set[str] = field(default_factory=set)
    literals: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)


@dataclass
class Tally:
    """Counts over all blocks of a dialect, with examples of what differs."""

    blocks: int = 0
    refused: int = 0
    expected: int = 0
    found: int = 0
    spurious: int = 0
    expected_literals: int = 0
    found_literals: int = 0
    spurious_literals: int = 0
    seconds: float = 0.0
    peer_seconds: float = 0.0
    examples: list[str] = field(default_factory=list)


# ------------------------------------------------------------------- peers


class _Loader(yaml.CSafeLoader):
    """PyYAML with CloudFormation's short tags as one-key mappings."""


def _short_tag(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    key = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {key: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    return {key: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_tag)
# Dates and base-60 numbers are text in templates; YAML 1.1 booleans are what they are.
for _first, _resolvers in list(_Loader.yaml_implicit_resolvers.items()):
    _Loader.yaml_implicit_resolvers[_first] = [
        (tag, pattern)
        for tag, pattern in _resolvers
        if tag == "tag:yaml.org,2002:bool" or tag.endswith((":null", ":merge"))
    ]


def parse_template(text: str) -> list[Any]:
    """The documents of a YAML or JSON text."""
    if text.lstrip()[:1] == "{":
        return [json.loads(text, parse_float=str, parse_int=str)]
    return list(yaml.load_all(text, Loader=_Loader))


def parse_hcl(text: str) -> list[Any]:
    """The file as python-hcl2 reads it."""
    import hcl2

    return [hcl2.loads(text if text.endswith("\n") else text + "\n")]


def template_statements(document: Any) -> Statements:
    """Declarations and literal leaves of a template with sections."""
    said = Statements()
    if not isinstance(document, dict):
        return said
    for section, kind in CFN_SECTIONS.items():
        entries = document.get(section)
        for name, value in entries.items() if isinstance(entries, dict) else ():
            if kind == "resource" and (not isinstance(value, dict) or "Type" not in value):
                continue
            if kind == "parameter" and not isinstance(value, dict):
                continue
            written = str(value["Type"]) if kind == "resource" else ""
            said.declarations.add(f"{kind} {written} {name}")
            if kind != "resource":
                continue
            _leaves(f"{name}", value.get("Properties"), said)
            for key, child in value.items():
                if key not in ("Type", "Properties"):
                    _leaves(f"{name}.{key}", child, said)
    return said


def _leaves(path: str, value: Any, said: Statements) -> None:
    if isinstance(value, dict):
        if (len(value) == 1 and next(iter(value)) in ("Ref", "Condition")) or any(
            str(k).startswith("Fn::") for k in value
        ):
            said.opaque.add(path)
            return
        if not value:
            said.literals.add(f"{path} = {{}}")
        for key, child in value.items():
            _leaves(f"{path}.{key}", child, said)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _leaves(f"{path}[{index}]", child, said)
    elif value is not None:
        said.literals.add(f"{path} = {_plain(value)}")


def hcl_statements(document: Any) -> Statements:
    """Declarations and literal leaves of a Terraform file; paths without indexes, for the peer lists every block."""
    said = Statements()
    for section, labels in HCL_LABELS.items():
        for entry in document.get(section, []):
            for names, body in _labelled(entry, labels):
                kind = HCL_KINDS.get(section, section)
                written = names[0] if labels == 2 else ""
                said.declarations.add(f"{kind} {written} {names[-1]}")
                if kind != "parameter":
                    _hcl_leaves(f"{kind}.{'.'.join(names)}", body, said)
                    said.literals.discard(f"{kind}.{'.'.join(names)} = {{}}")
    for entry in document.get("locals", []):
        said.declarations |= {f"local  {name}" for name in entry if not name.startswith("__")}
    return said


def _labelled(entry: Any, labels: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not labels:
        yield (), entry
    elif isinstance(entry, dict):
        for name, child in entry.items():
            if name != "__is_block__":
                for rest, body in _labelled(child, labels - 1):
                    yield (name.strip('"'), *rest), body


def _hcl_leaves(path: str, value: Any, said: Statements) -> None:
    if isinstance(value, dict):
        if all(str(key).startswith("__") for key in value):
            said.literals.add(f"{path} = {{}}")
        for key, child in value.items():
            name = str(key).strip('"')
            if name == "dynamic":
                said.opaque |= {f"{path}.{label.strip(chr(34))}" for item in child for label in item}
            elif name not in ("__is_block__", "__comments__", "__inline_comments__"):
                _hcl_leaves(f"{path}.{name}", child, said)
    elif isinstance(value, list):
        for child in value:
            _hcl_leaves(path, child, said)
    elif isinstance(value, str) and ("${" in value or "<<" in value or "%{" in value or "\\" in value):
        said.opaque.add(path)
    elif value is not None:
        said.literals.add(f"{path} = {_plain(value.strip(chr(34)) if isinstance(value, str) else value)}")


def workflow_statements(document: Any) -> Statements:
    """The jobs of a pipeline and how many steps each has."""
    said = Statements()
    jobs = document.get("jobs") if isinstance(document, dict) else None
    for name, job in jobs.items() if isinstance(jobs, dict) else ():
        if isinstance(job, dict):
            said.declarations.add(f"job  {name}")
            said.literals.add(f"{name} steps = {len(job.get('steps') or [])}")
    return said


# ------------------------------------------------------------------- facts


def template_facts(declarations: tuple[Declaration, ...]) -> Statements:
    """The same statements from facts."""
    said = Statements()
    for one in declarations:
        if one.kind in CFN_SECTIONS.values():
            said.declarations.add(f"{one.kind} {one.type if one.kind == 'resource' else ''} {one.name}")
        if one.kind == "resource":
            _literals(said, f"{one.name}.", one, lambda path: path)
    return said


def hcl_facts(declarations: tuple[Declaration, ...]) -> Statements:
    """The same statements from facts."""
    said = Statements()
    for one in declarations:
        if one.kind in ("resource", "data", "module", "parameter", "output", "local"):
            written = one.type if one.kind in ("resource", "data") else ""
            said.declarations.add(f"{one.kind} {written} {one.name}")
        if one.kind in ("resource", "data", "module", "output"):
            prefix = (
                f"{one.kind}.{one.type}.{one.name}." if one.kind in ("resource", "data") else f"{one.kind}.{one.name}."
            )
            _literals(said, prefix, one, lambda path: _index.sub("", path))
    return said


def workflow_facts(declarations: tuple[Declaration, ...]) -> Statements:
    """The same statements from facts."""
    said = Statements()
    for one in declarations:
        if one.kind == "job" and one.type.split()[-1] == "job" and not one.type.startswith(("Azure", "GitLab")):
            said.declarations.add(f"job  {one.name}")
            steps = sum(1 for step in declarations if step.kind == "step" and step.owner == one.name)
            said.literals.add(f"{one.name} steps = {steps}")
    return said


def _literals(said: Statements, prefix: str, one: Declaration, spell: Callable[[str], str]) -> None:
    for path, value, _ in one.properties:
        full = prefix.rstrip(".") + path if path.startswith("[") else prefix + path
        if isinstance(value, str) and ("${" in value or "%{" in value or "\n" in value):
            said.opaque.add(spell(full))
        elif value is not None and value != "[]":
            said.literals.add(f"{spell(full)} = {_plain(value)}")


def _plain(value: Any) -> str:
    """A value as text in one spelling, so that `"5"`, 5 and 5.0 agree."""
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    try:
        return repr(float(text))
    except ValueError:
        return text


# ------------------------------------------------------------------- check


@dataclass(frozen=True)
class Peer:
    """How a dialect's blocks are parsed without gapkit, and what both sides say."""

    parse: Callable[[str], list[Any]]
    expected: Callable[[Any], Statements]
    found: Callable[[tuple[Declaration, ...]], Statements]


PEERS = {
    "cloudformation": Peer(parse_template, template_statements, template_facts),
    "terraform": Peer(parse_hcl, hcl_statements, hcl_facts),
    "pipeline": Peer(parse_template, workflow_statements, workflow_facts),
}


def check(artifact: Artifact, dialect: Any, peer: Peer, tally: Tally) -> None:
    """Add one block to the tally."""
    start = time.perf_counter()
    reading = dialect.read(artifact)
    tally.seconds += time.perf_counter() - start
    start = time.perf_counter()
    try:
        documents = peer.parse(artifact.text)
    except Exception:  # every peer has errors of its own, lark's among them
        tally.refused += 1
        return
    finally:
        tally.peer_seconds += time.perf_counter() - start
    expected = Statements()
    for document in documents:
        said = peer.expected(document)
        expected.declarations |= said.declarations
        expected.literals |= said.literals
        expected.opaque |= said.opaque
    if not expected.declarations:
        return
    found = peer.found(reading.declarations)
    tally.blocks += 1
    place = f"{artifact.document}:{artifact.line_start}"
    missing = expected.declarations - found.declarations
    extra = found.declarations - expected.declarations
    lost = {one for one in expected.literals - found.literals if not _below(one, found.opaque)}
    invented = {one for one in found.literals - expected.literals if not _below(one, expected.opaque)}
    tally.expected += len(expected.declarations)
    tally.found += len(expected.declarations) - len(missing)
    tally.spurious += len(extra)
    tally.expected_literals += len(expected.literals)
    tally.found_literals += len(expected.literals) - len(lost)
    tally.spurious_literals += len(invented)
    for what, which in (("missing", missing), ("spurious", extra), ("lost", lost), ("invented", invented)):
        tally.examples += [f"{what}: {one[:160]}  ({place})" for one in sorted(which)[:3]]


def _below(statement: str, opaque: set[str]) -> bool:
    """Whether a statement's path lies at or below a path that is an expression on the other side."""
    path = statement.partition(" = ")[0]
    while path:
        if path in opaque:
            return True
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return False


def artifacts_of(folder: Path) -> Iterator[Artifact]:
    """The artifacts of a sample's two responses."""
    for name in ("MODEL_RESPONSE", "IDEAL_RESPONSE"):
        path = folder / "lib" / f"{name}.md"
        if path.exists():
            yield from find_artifacts(Source(str(path), path.read_text(encoding="utf-8", errors="replace")))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-n", type=int, default=300, help="samples per run")
    parser.add_argument("--all", action="store_true", help="every sample; python-hcl2 needs its time")
    parser.add_argument("--dialect", choices=sorted(PEERS), action="append")
    parser.add_argument("--show", type=int, default=0, help="examples per dialect")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folders = sorted({path.parent.parent for path in arguments.corpus.rglob("MODEL_RESPONSE.md")})
    random.Random(arguments.seed).shuffle(folders)
    wanted = arguments.dialect or sorted(PEERS)
    tallies = {name: Tally() for name in wanted}
    for folder in folders if arguments.all else folders[: arguments.n]:
        for artifact in artifacts_of(folder):
            dialect = next((one for one in DIALECTS if one.accepts(artifact)), None)
            if dialect is not None and dialect.NAME in tallies:
                check(artifact, dialect, PEERS[dialect.NAME], tallies[dialect.NAME])
    for name, tally in tallies.items():
        print(
            f"{name:15s} {tally.blocks:5d} blocks ({tally.refused} refused by the peer)"
            f"  declarations {_share(tally.found, tally.expected)} spurious {tally.spurious}"
            f"  literals {_share(tally.found_literals, tally.expected_literals)} invented {tally.spurious_literals}"
            f"  facts/peer time {tally.seconds / max(tally.peer_seconds, 1e-9):.2f}"
        )
        for example in tally.examples[: arguments.show]:
            print("   ", example)


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({100 * part / whole:.2f}%)" if whole else "0/0"


if __name__ == "__main__":
    main()
