"""Rewrites of a response that change nothing of what its code declares, for the invariance laws.

Each takes a response's text and what it declares, and gives the rewritten text, or None where it does not apply.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any

import yaml

from gapkit.artifacts import find_artifacts
from gapkit.concepts import Rule, load_knowledge
from gapkit.dialects import read_artifact
from gapkit.models import Artifact, Declaration, Source

Rewrite = Callable[[str], str | None]
_ANY_FENCE = re.compile(r"^([ \t>]*)(`{3,}|~{3,})([^`]*)$")
_STRINGS = {
    "#": re.compile(r"""#[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""),
    "//": re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL),
}
_COMMENT = {"yaml": "#", "hcl": "#", "python": "#", "ts": "//", "go": "//", "java": "//"}
_LOOKED_FOR = frozenset(
    {"package.json", "tsconfig.json", "cdk.json", "cdktf.json", "Pulumi.yaml", "pom.xml", "go.mod", "pyproject.toml",
     "terraform.tfvars", "requirements.txt", "docker-compose.yml", "buildspec.yml", "appspec.yml", "Chart.yaml"}
)  # fmt: skip
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
    return artifact.text.lstrip()[:1] in ("{", '"') or artifact.language == "json"


# ------------------------------------------------------------- renaming


@cache
def _names_read() -> tuple[Rule, ...]:
    """The rules that look at what a resource is called: a subnet may be told to be public by nothing else."""
    concepts = load_knowledge(None).concepts.values()
    return tuple(rule for concept in concepts for rule in concept.rules if rule.name is not None)


def _says_otherwise(declaration: Declaration, new: str) -> bool:
    """Whether knowledge takes a resource of another name for something else."""
    return any(
        bool(rule.name.search(declaration.name)) != bool(rule.name.search(new))
        for rule in _names_read()
        if rule.name is not None and (declaration.canonical_type in rule.types or rule.types == ("*",))
    )


def renamed(text: str, kept: str = "") -> str | None:
    """Logical ids and block labels get other names, with every reference to them; not those that `kept` speaks of."""

    everything = [d for _, found in _declared(text) for d in found]
    times = Counter(d.name for d in everything if d.kind == "resource")
    changes: list[Callable[[str], str]] = []
    whole = "\n".join(a.text for a in artifacts_of(text))
    for declaration in everything:
        name, kind = declaration.name, declaration.type
        if times[name] != 1 or declaration.kind != "resource" or not re.fullmatch(r"[A-Za-z]\w{3,}", name):
            continue
        if name in kept or len(re.findall(rf'^ *["\']?{name}["\']?:', whole, re.MULTILINE)) > 1:
            continue  # a property may have that name, too
        new = f"Zq{name[::-1].capitalize()}"
        if _says_otherwise(declaration, new):
            new = f"Zq{name}"
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


def constructs_renamed(text: str, kept: str = "") -> str | None:
    """The ids of constructs, and the names that Pulumi's state has for resources, where each stands once in quotes."""
    whole = "\n".join(a.text for a in artifacts_of(text))
    new: dict[str, str] = {}
    for _, found in _declared(text):
        for declaration in found:
            name = declaration.name
            if declaration.dialect not in ("cdk", "cdktf", "pulumi") or declaration.kind != "resource":
                continue
            if name in kept or not re.fullmatch(r"[A-Za-z][\w-]{3,}", name):
                continue
            if len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", whole)) == 1:
                other = f"Zq{name[::-1].capitalize()}"
                new[name] = f"Zq{name}" if _says_otherwise(declaration, other) else other

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        if _dialect(declarations) not in ("cdk", "cdktf", "pulumi") and declarations:
            return None
        return re.sub(r"([\"'`])([\w-]+)\1", lambda m: f"{m[1]}{new.get(m[2], m[2])}{m[1]}", artifact.text)

    return _with_code(text, change) if new else None


# ---------------------------------------------------------- reordering


_ATTRIBUTE = re.compile(r"^( +)([\w-]+) *= *\S.*$")
_BODY = re.compile(r'^ *[\w-]+(?: +"[^"]*")* *(?:= *)?(?:jsonencode\()?\{$')  # not an expression's own braces


def attributes_reordered(text: str) -> str | None:
    """Attributes of one line that stand together in a block of Terraform, in reverse order."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        if _dialect(declarations) != "terraform" or "<<" in artifact.text or read_artifact(artifact).problems:
            return None
        out: list[str] = []
        run: list[str] = []
        indent = ""
        bodies: list[bool] = []
        for line in [*artifact.text.split("\n"), ""]:
            found = _ATTRIBUTE.match(line)
            whole = found is not None and all(line.count(a) == line.count(b) for a, b in ("{}", "[]", "()"))
            whole = whole and all(bodies)
            opened = sum(map(line.count, "{[(")) - sum(map(line.count, "}])"))
            if opened > 0:
                bodies += [bool(_BODY.match(line))] * opened
            elif opened < 0:
                del bodies[opened:]
            if not whole or (run and found is not None and found[1] != indent):
                out += reversed(run)
                run = []
            if found is not None and whole:
                indent = found[1]
                run.append(line)
            else:
                out.append(line)
        return "\n".join(out[:-1])

    return _with_code(text, change)


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
        if read_artifact(artifact).problems:
            return None
        if len(spans) < 2 or any(b[0] <= a[1] for a, b in pairwise(spans)):
            return None
        blocks = [lines[a : b + 1] for a, b in spans]
        for (first, last), block in reversed(list(zip(spans, reversed(blocks), strict=True))):
            lines[first : last + 1] = block
        changed = "\n".join(lines)
        if _dialect(declarations) == "cloudformation" and _loaded(changed) != (_loaded(artifact.text) or 0):
            return None
        return changed

    return _with_code(text, change)


# --------------------------------------------------------- other spelling


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping; raises ValueError where a key stands twice, for one of its values would be lost."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


class _Long(yaml.SafeLoader):
    """YAML whose short intrinsics become long ones."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
        found = super().construct_mapping(node, deep)
        assert isinstance(node, yaml.MappingNode)
        if not any(key.tag.endswith(":merge") for key, _ in node.value) and len(found) != len(node.value):
            raise ValueError("a key stands twice")
        return found


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
    tree = _loaded(artifact.text)
    return tree if isinstance(tree, dict) and "Resources" in tree else None


def _loaded(code: str) -> object:
    """What YAML says; None where it is not valid, or a key stands twice."""
    try:
        return yaml.load(code, _Long)
    except (yaml.YAMLError, ValueError, TypeError):
        return None


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
            tree = json.loads(artifact.text, object_pairs_hook=_once)
        except ValueError:
            return None
        return yaml.safe_dump(tree, sort_keys=False, width=10_000) if isinstance(tree, dict) else None

    return _with_code(text, change)


def sorted_keys(text: str) -> str | None:
    """The keys of a CloudFormation template in another order."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        try:
            if _is_json(artifact) and _dialect(declarations) == "cloudformation":
                return json.dumps(json.loads(artifact.text, object_pairs_hook=_once), indent=2, sort_keys=True)
            tree = _template(artifact, declarations)
            return yaml.safe_dump(tree, sort_keys=True, width=10_000) if tree is not None else None
        except ValueError:
            return None
        except TypeError:
            return None

    return _with_code(text, change)


def quoted(text: str) -> str | None:
    """Plain words in YAML get quotes; quotes around names in host languages become the other kind."""

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        dialect = _dialect(declarations)
        if dialect == "cloudformation" and not _is_json(artifact):
            changed = re.sub(r"^(\s*(?:- )?[A-Za-z]\w+: )([A-Za-z][\w-]*)$", _in_quotes, artifact.text, flags=re.M)
            return changed if _loaded(changed) == (_loaded(artifact.text) or 0) else None
        mixed = any(each in artifact.text for each in ("`", '"""', "'''"))
        if dialect not in ("cdk", "cdktf", "pulumi") or mixed:
            return None
        if artifact.language not in ("python", "py", "typescript", "ts"):
            return None
        mark = "#" if artifact.language in ("python", "py") else "//"
        return _STRINGS[mark].sub(_other_quotes, artifact.text)

    return _with_code(text, change)


def _in_quotes(match: re.Match[str]) -> str:
    """Words that mean something in YAML, and lines of block text, stay as they are."""
    indent = len(match[1]) - len(match[1].lstrip())
    for line in reversed(match.string[: match.start()].split("\n")[-200:]):
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            if re.search(r"[|>][-+]?$", line.rstrip()):
                return match[0]
            indent = len(line) - len(line.lstrip())
    plain = match[2].lower() in ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
    return match[0] if plain else f'{match[1]}"{match[2]}"'


def _other_quotes(match: re.Match[str]) -> str:
    text = match[0]
    if not re.fullmatch(r"[\w-]+", text[1:-1]):
        return text
    quote = '"' if text[0] == "'" else "'"
    return f"{quote}{text[1:-1]}{quote}"


# ------------------------------------------------------- what is no code


def _comment_mark(artifact: Artifact, declarations: Sequence[Declaration]) -> str | None:
    dialect = _dialect(declarations)
    if dialect in ("cloudformation", "pipeline"):
        return None if _is_json(artifact) else "#"
    if dialect == "terraform":
        return "#"
    if artifact.language in ("python", "py"):
        return "#"
    return "//" if dialect in ("cdk", "cdktf", "pulumi") and artifact.language else None


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
    """Fences of backticks become fences of tildes, longer ones where each is closed; not where backticks stand elsewhere."""
    artifacts, problems = find_artifacts(Source("lib/MODEL_RESPONSE.md", text))
    if "~~~" in text or not artifacts or any("\n```" in f"\n{a.text}" for a in artifacts):
        return None  # a fence inside code is code
    unclosed = any(p.code == "unclosed_fence" for p in problems)
    out = []
    for line in text.split("\n"):
        fence = _ANY_FENCE.match(line)
        if fence is None and "```" in line:
            return None
        if fence is not None:
            line = f"{fence[1]}{'~' * (len(fence[2]) + (not unclosed))}{fence[3]}"
        out.append(line)
    return "\n".join(out)


def split(text: str) -> str | None:
    """A Terraform file becomes two, in two fences, where nothing is declared twice: else files are shown twice."""
    everything = [(d.kind, d.type, d.name) for _, found in _declared(text) for d in found if d.kind == "resource"]
    if "~~~" in text or len(set(everything)) < len(everything):
        return None

    def change(artifact: Artifact, declarations: tuple[Declaration, ...]) -> str | None:
        blocks = sorted(d.line - artifact.line_start for d in declarations if d.kind == "resource")
        lines = artifact.text.split("\n")
        if _dialect(declarations) != "terraform" or len(blocks) < 2 or read_artifact(artifact).problems:
            return None
        at = blocks[len(blocks) // 2]
        if not lines[at].startswith("resource"):
            return None
        behind = sum(d.line - artifact.line_start >= at for d in declarations)
        if artifact.name.endswith(".tf"):
            name = [f"# {artifact.name[:-3]}_more.tf"]
        elif min(behind, len(declarations) - behind) >= 5:
            name = []  # fewer, without a name, would be taken for an excerpt
        else:
            return None
        return "\n".join([*lines[:at], "```", "", "```hcl", *name, *lines[at:]])

    return _with_code(text, change)


def _prose(text: str) -> list[bool]:
    """Whether each line stands outside all code."""
    lines = text.split("\n")
    prose = [not _ANY_FENCE.match(line) for line in lines]
    for artifact in artifacts_of(text):
        for at in range(artifact.line_start - 1, min(artifact.line_end, len(lines))):
            prose[at] = False
    return prose


def translated(text: str) -> str | None:
    """Prose around the code in other words; headings and lines that may name files stay."""
    out = []
    for line, prose in zip(text.split("\n"), _prose(text), strict=True):
        if not prose or not re.match(r"^[A-Za-z][^`*|<>{}=:#/.]*[.]?$", line):
            out.append(line)
        else:
            out.append(re.sub(r"[A-Za-z]+", lambda m: "Wort" if m[0][0].isupper() else "wort", line))
    changed = "\n".join(out)
    return changed if changed != text else None


def with_file_names(text: str) -> str | None:
    """Other names of files, with the same endings, where no code speaks of them and no tool looks for them by name."""
    artifacts = artifacts_of(text)
    code = "\n".join(a.text for a in artifacts)
    new: dict[str, str] = {}
    for name in sorted({a.name for a in artifacts if re.fullmatch(r"[\w./-]*\w\.\w{2,5}", a.name)}, key=len):
        folder, slash, base = name.rpartition("/")
        stem, _, ending = base.rpartition(".")
        mentioned = len(re.findall(rf"(?<!\w){re.escape(stem.partition('.')[0])}(?!\w)", code))
        opening = sum(name in line for a in artifacts if a.name == name for line in a.text.split("\n")[:3])
        if mentioned <= opening and base not in _LOOKED_FOR and not re.search("test|spec", stem, re.IGNORECASE):
            new[name] = f"{folder}{slash}piece{len(new)}.{ending}"
    prose, lines = _prose(text), text.split("\n")
    for artifact in artifacts:
        if artifact.name in new:  # a comment that opens the code may name it
            first = artifact.line_start - 1
            last = min(first + 3, artifact.line_end)
            prose[first:last] = [True] * (last - first)
    for at, line in enumerate(lines):
        if prose[at] or _ANY_FENCE.match(line):
            for name, other in reversed(new.items()):
                line = re.sub(rf"(?<![\w./-]){re.escape(name)}(?!\w)", other, line)
            lines[at] = line
    changed = "\n".join(lines)
    return changed if changed != text else None


REWRITES: Mapping[str, Rewrite] = {
    "renamed": renamed,
    "constructs renamed": constructs_renamed,
    "reordered": reordered,
    "attributes reordered": attributes_reordered,
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
