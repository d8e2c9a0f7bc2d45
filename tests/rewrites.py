"""Rewrites of a response that change nothing of what its code declares, for the invariance laws.

Each takes a response's text and what it declares, and gives the rewritten text, or None where it does not apply.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import yaml

from gapkit.artifacts import find_artifacts
from gapkit.dialects import read_artifact
from gapkit.models import Artifact, Declaration, Source

Rewrite = Callable[[str], str | None]
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_COMMENT = {"yaml": "#", "hcl": "#", "python": "#", "ts": "//", "go": "//", "java": "//"}
LOUD = "dead-letter queue, encryption at rest, multi-az failover, alarms, backups, least privilege"


def artifacts_of(text: str) -> tuple[Artifact, ...]:
    return find_artifacts(Source("lib/MODEL_RESPONSE.md", text))[0]


def _declared(text: str) -> list[tuple[Artifact, tuple[Declaration, ...]]]:
    return [(a, read_artifact(a).declarations) for a in artifacts_of(text)]


def _with_code(text: str, change: Callable[[Artifact, tuple[Declaration, ...]], str | None]) -> str | None:
    """The text with the code of each artifact replaced; None where none of it changed."""
    lines = text.split("\n")
    changed = False
    for artifact, declarations in reversed(_declared(text)):
        code = change(artifact, declarations)
        if code is not None and code != artifact.text:
            first = artifact.line_start - 1
            lines[first : first + len(artifact.text.rstrip("\n").split("\n"))] = code.rstrip("\n").split("\n")
            changed = True
    return "\n".join(lines) if changed else None


def _dialect(declarations: Sequence[Declaration]) -> str:
    return declarations[0].dialect if declarations else ""


def _is_json(artifact: Artifact) -> bool:
    return artifact.text.lstrip()[:1] == "{"


# ------------------------------------------------------------- renaming


def renamed(text: str) -> str | None:
    """Logical ids and block labels get other names, with every reference to them."""

    everything = [d for _, found in _declared(text) for d in found]
    times = Counter(d.name for d in everything if d.kind == "resource")
    changes: list[Callable[[str], str]] = []
    whole = "\n".join(a.text for a in artifacts_of(text))
    for declaration in everything:
        name, kind = declaration.name, declaration.type
        if times[name] != 1 or declaration.kind != "resource" or not re.fullmatch(r"[A-Za-z]\w{3,}", name):
            continue
        new = f"Zq{name[::-1].capitalize()}"
        if declaration.canonical_type == "AWS::EC2::Subnet":
            new = f"Zq{name}"  # whether it is public or private may be told by its name alone
        if declaration.dialect == "cloudformation" and not re.search(rf"\b{name}\b", _renamed_id(whole, name, new)):
            changes.append(partial(_renamed_id, name=name, new=new))
        elif declaration.dialect == "terraform":
            changes.append(partial(_renamed_block, kind=kind, name=name, new=new.lower()))

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        code = artifact.text
        for one in changes:
            code = one(code)
        return code

    return _with_code(text, change)


def _renamed_id(code: str, name: str, new: str) -> str:
    """The id's word stays where it is no reference."""
    places = (
        rf'^( +["\']?){name}(["\']?:\s*(?:\{{\s*)?$)',
        rf"(!Ref +['\"]?){name}(\b)", rf'(\bRef["\']?: *["\']?){name}(["\'\s}}])',
        rf'(GetAtt["\']?:? +["\']?){name}([.\s])', rf'("Fn::GetAtt": *\[\s*"){name}(")', rf"(\$\{{){name}([.}}])",
        rf"(DependsOn[\"']?: *\[?[\"']?){name}([\"'\s\],])", rf"(GetAtt +\[ *['\"]?){name}(['\",])",
    )  # fmt: skip
    for place in places:
        code = re.sub(place, rf"\g<1>{new}\g<2>", code, flags=re.MULTILINE)
    return code


def _renamed_block(code: str, kind: str, name: str, new: str) -> str | None:
    code = re.sub(rf'("{kind}"\s+"){name}"', rf'\g<1>{new}"', code)
    return re.sub(rf"\b{kind}\.{name}\b", f"{kind}.{new}", code)


# ---------------------------------------------------------- reordering


def reordered(text: str) -> str | None:
    """The blocks of Terraform, and the resources of a CloudFormation template, in reverse order."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        if _dialect(declarations) not in ("cloudformation", "terraform") or _is_json(artifact) or " &" in artifact.text:
            return None
        kinds = (
            ("resource",) if _dialect(declarations) == "cloudformation" else ("resource", "data", "output", "module")
        )
        spans = sorted((d.line - artifact.line_start, d.line_end - artifact.line_start)
                       for d in declarations if d.kind in kinds)  # fmt: skip
        lines = artifact.text.split("\n")
        if _dialect(declarations) == "terraform" and any(lines[b : b + 1] != ["}"] for _, b in spans):
            return None
        if len(spans) < 2 or any(b[0] <= a[1] for a, b in pairwise(spans)):
            return None
        blocks = [lines[a : b + 1] for a, b in spans]
        for (first, last), block in reversed(list(zip(spans, reversed(blocks), strict=True))):
            lines[first : last + 1] = block
        return "\n".join(lines)

    return _with_code(text, change)


# --------------------------------------------------------- other spelling


class _Long(yaml.SafeLoader):
    """YAML whose short intrinsics become long ones."""


def _long(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = node.value
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Long.add_multi_constructor("!", _long)
_Long.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in some if "timestamp" not in tag]
    for first, some in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _template(artifact: Artifact, declarations: Sequence[Declaration]) -> Mapping[str, Any] | None:
    if _dialect(declarations) != "cloudformation" or _is_json(artifact):
        return None
    try:
        tree = yaml.load(artifact.text, _Long)
    except (yaml.YAMLError, ValueError, TypeError):
        return None
    return tree if isinstance(tree, dict) and "Resources" in tree else None


def as_json(text: str) -> str | None:
    """A CloudFormation template in YAML becomes JSON, with long intrinsics."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        tree = _template(artifact, declarations)
        return json.dumps(tree, indent=2) if tree is not None else None

    return _with_code(text, change)


def as_yaml(text: str) -> str | None:
    """A CloudFormation template in JSON becomes YAML."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        if _dialect(declarations) != "cloudformation" or not _is_json(artifact):
            return None
        try:
            tree = json.loads(artifact.text)
        except ValueError:
            return None
        return yaml.safe_dump(tree, sort_keys=False, width=10_000) if isinstance(tree, dict) else None

    return _with_code(text, change)


def sorted_keys(text: str) -> str | None:
    """The keys of a CloudFormation template in another order."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        tree = _template(artifact, declarations)
        if tree is None:
            return None
        try:
            return yaml.safe_dump(tree, sort_keys=True, width=10_000)
        except TypeError:
            return None

    return _with_code(text, change)


def quoted(text: str) -> str | None:
    """Plain words in YAML get quotes; quotes around names in host languages become the other kind."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        dialect = _dialect(declarations)
        if dialect == "cloudformation" and not _is_json(artifact):
            return re.sub(r"^(\s*(?:- )?[A-Za-z]\w+: )([A-Za-z][\w-]*)$", r'\g<1>"\g<2>"', artifact.text, flags=re.M)
        mixed = "`" in artifact.text or '"""' in artifact.text
        if (
            dialect in ("cdk", "cdktf", "pulumi")
            and not mixed
            and artifact.language in ("python", "py", "typescript", "ts")
        ):
            return re.sub(r"(?<=[(,:=\s])(['\"])([\w-]+)\1(?=[,)\s])", _other_quotes, artifact.text)
        return None

    return _with_code(text, change)


def _other_quotes(match: re.Match[str]) -> str:
    quote = '"' if match[1] == "'" else "'"
    return f"{quote}{match[2]}{quote}"


# ------------------------------------------------------- what is no code


def _comment_mark(artifact: Artifact, declarations: Sequence[Declaration]) -> str | None:
    dialect = _dialect(declarations)
    if dialect in ("cloudformation", "pipeline"):
        return None if _is_json(artifact) else "#"
    if dialect == "terraform":
        return "#"
    if artifact.language in ("python", "py"):
        return "#"
    return "//" if dialect in ("cdk", "cdktf", "pulumi") else None


def commented(text: str) -> str | None:
    """A loud comment before each declaration that starts a line of its own."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        mark = _comment_mark(artifact, declarations)
        if mark is None:
            return None
        lines = artifact.text.split("\n")
        for at in sorted({d.line - artifact.line_start for d in declarations if d.kind == "resource"}, reverse=True):
            if 0 < at < len(lines) and not lines[at - 1].strip():
                indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
                lines.insert(at, f"{indent}{mark} {LOUD}")
        return "\n".join(lines)

    return _with_code(text, change)


def spaced(text: str) -> str | None:
    """Twice as many blank lines between declarations, and Windows line ends."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        if "<<" in artifact.text or "|" in artifact.text or '"""' in artifact.text or "`" in artifact.text:
            return None
        return re.sub(r"\n\n(?=\S|  \w)", "\n\n\n", artifact.text)

    found = _with_code(text, change)
    return found.replace("\n", "\r\n") if found is not None and "\r" not in found else None


def refenced(text: str) -> str | None:
    """Fences of backticks become longer fences of tildes."""
    if "~~~" in text or not artifacts_of(text):
        return None
    out = [_FENCE.sub(lambda m: "~~~~" + m[2], line) for line in text.split("\n")]
    return "\n".join(out)


def split(text: str) -> str | None:
    """A Terraform file becomes two, in two fences."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        blocks = sorted(d.line - artifact.line_start for d in declarations if d.kind == "resource")
        lines = artifact.text.split("\n")
        if _dialect(declarations) != "terraform" or len(blocks) < 2:
            return None
        at = blocks[len(blocks) // 2]
        if not lines[at].startswith("resource"):
            return None
        return "\n".join([*lines[:at], "```", "", "```hcl", *lines[at:]])

    return None if "~~~" in text else _with_code(text, change)


def translated(text: str) -> str | None:
    """Prose around the code in other words; headings and lines that may name files stay."""
    inside = False
    out = []
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        inside = (not inside) if fence else inside
        if fence or inside or not re.match(r"^[A-Za-z][^`*|<>{}=:#/.]*[.]?$", line):
            out.append(line)
        else:
            out.append(re.sub(r"[A-Za-z]+", "wort", line))
    changed = "\n".join(out)
    return changed if changed != text else None


def with_file_names(text: str) -> str | None:
    """Other names of files, with the same endings."""
    names = sorted({a.name for a in artifacts_of(text) if re.fullmatch(r"[\w./-]*\w\.\w{2,5}", a.name)}, key=len)
    inside = False
    out = []
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        inside = (not inside) if fence else inside
        for number, name in reversed(list(enumerate(names))) if not inside else ():
            folder, slash, base = name.rpartition("/")
            line = line.replace(name, f"{folder}{slash}piece{number}.{base.rpartition('.')[2]}")
        out.append(line)
    changed = "\n".join(out)
    return changed if changed != text else None


REWRITES: Mapping[str, Rewrite] = {
    "renamed": renamed,
    "reordered": reordered,
    "YAML to JSON": as_json,
    "JSON to YAML": as_yaml,
    "keys sorted": sorted_keys,
    "quotes": quoted,
    "comments": commented,
    "white space": spaced,
    "fences": refenced,
    "two files": split,
    "prose translated": translated,
    "file names": with_file_names,
}
