"""How complete Python facts are: what Python's own `ast` sees of imported constructs with an id, against the facts.

    python bench/facts_python.py CORPUS [SAMPLES]

A construct is a call of a class that is imported from a framework's package, with a scope and an id (CDK, CDKTF) or
a name (Pulumi), positional or by keyword.  Its type is worked out from the import alone.  Files that `ast` cannot
parse have no peer and are left out; so are tests and plain scripts.
"""

from __future__ import annotations

import ast
import random
import re
import sys
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from gapkit.artifacts import find_artifacts
from gapkit.dialects import python
from gapkit.models import Artifact, Declaration, Source

CONSTRUCTED = ("resource", "data", "module", "parameter", "condition", "mapping", "output", "provider", "local", "rule")
SCOPES = ("self", "scope", "stack", "app")
SCOPE_WORDS = ("scope", "scope_", "self")
ID_WORDS = ("id", "id_", "construct_id", "resource_name")
CONSTRUCTOR = re.compile(r"(?:.*\.)?[A-Z]\w*")
# What `aws_cdk` calls a module by its service; facts spell these as they are usually imported.
USUAL = {
    "elasticloadbalancingv2": "elbv2", "elasticloadbalancing": "elb", "certificatemanager": "acm",
    "elasticloadbalancingv2_targets": "elbv2_targets", "stepfunctions": "sfn", "stepfunctions_tasks": "tasks",
    "applicationautoscaling": "appscaling",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A construct that the peer sees: `name` matches its id, holes and names as `.*`."""

    dialect: str
    type: str
    name: re.Pattern[str]
    line: int
    shown: str


@dataclass(slots=True)
class Count:
    """Figures of one dialect; `missing` and `extra` hold a text each."""

    total: int = 0
    found: int = 0
    spurious: int = 0
    facts: int = 0
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)


class Peer(ast.NodeVisitor):
    """Collects the constructs of one module."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.names: dict[str, str] = {}
        self.own: set[str] = set()
        self.seen: list[Seen] = []

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            bound = each.asname or each.name.partition(".")[0]
            self.names[bound] = each.name if each.asname else bound

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for each in node.names:
            self.names[each.asname or each.name] = "." * node.level + f"{node.module or ''}.{each.name}"

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.own.add(node.name)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        path = dotted(node.func)
        root, _, rest = path.partition(".")
        if path and root in self.names and root not in self.own:
            full = f"{self.names[root]}.{rest}" if rest else self.names[root]
            if CONSTRUCTOR.fullmatch(full) and self.is_framework(full):
                identifier = self.identifier(node, full)
                if identifier is not None:
                    name = re.compile(pattern(identifier), re.DOTALL)
                    shown = f"{full} {ast.unparse(identifier)}"[:120]
                    self.seen.append(Seen(self.dialect, self.type_of(full), name, node.lineno, shown))
        self.generic_visit(node)

    def is_framework(self, full: str) -> bool:
        if self.dialect == "cdk":
            return full.startswith("aws_cdk.")
        if self.dialect == "cdktf":
            return full.startswith(("cdktf_cdktf_provider", "imports.", "cdktf."))
        return full.startswith("pulumi_")

    def identifier(self, node: ast.Call, full: str) -> ast.expr | None:
        """The id of a construct, None where the call makes none."""
        words = {each.arg: each.value for each in node.keywords if each.arg}
        named = next((words[word] for word in ID_WORDS if word in words), None)
        if any(isinstance(arg, ast.Starred) for arg in node.args[:2]):
            return None
        if self.dialect == "pulumi":
            identifier = node.args[0] if node.args else words.get("resource_name")
            if identifier is None or full.endswith("Args"):
                return None
            return identifier if is_text(identifier) or is_named(identifier) else None
        if not node.args:
            return named if any(word in words for word in SCOPE_WORDS) else None
        scope = dotted(node.args[0])
        identifier = node.args[1] if len(node.args) > 1 else named
        if not scope or identifier is None:
            return None
        return identifier if is_text(identifier) or (scope in SCOPES and is_named(identifier)) else None

    def type_of(self, full: str) -> str:
        """The type as facts write it: `s3.Bucket`, `aws.s3.Bucket`, `S3Bucket`."""
        parts = full.split(".")
        if self.dialect == "cdktf":
            return parts[-1]
        if self.dialect == "pulumi":
            return ".".join([parts[0].removeprefix("pulumi_"), *parts[1:]]).replace("lambda_.", "lambda.")
        if parts[1].startswith("aws_"):
            service = parts[1].removeprefix("aws_")
            return ".".join([USUAL.get(service, service).rstrip("_"), *parts[2:]])
        return ".".join(["cdk", *parts[1:]])


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a string, with or without holes."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    return isinstance(node, ast.JoinedStr)


def is_named(node: ast.expr) -> bool:
    """Whether an expression may give an id that stands elsewhere: a name, a member, a call, a condition, `a or b`."""
    return isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.IfExp, ast.BoolOp))


def dotted(node: ast.expr) -> str:
    """A dotted name as text, `` where the expression is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        above = dotted(node.value)
        return f"{above}.{node.attr}" if above else ""
    return ""


def pattern(node: ast.expr) -> str:
    """What the fact's name must look like: literal text as it is, anything in a hole."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(value) if isinstance(value, ast.Constant) else ".*" for value in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return pattern(node.left) + pattern(node.right)
    return ".*"


def framework_of(tree: ast.Module) -> str:
    """The framework that a module imports, `` where it imports none."""
    modules = [
        name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    ]
    for framework, start in (("cdktf", ("cdktf", "imports.")), ("pulumi", ("pulumi",)), ("cdk", ("aws_cdk",))):
        if any(name.startswith(start) for name in modules):
            return framework
    return ""


def compare(artifact: Artifact, counts: dict[str, Count]) -> None:
    """Adds the figures of one artifact to `counts`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(artifact.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    dialect = framework_of(tree)
    if not dialect:
        return
    peer = Peer(dialect)
    peer.visit(tree)
    offset = artifact.line_start - 1
    facts: dict[tuple[str, int], list[Declaration]] = defaultdict(list)
    for each in python.read(artifact).declarations:
        if each.kind in CONSTRUCTED:
            facts[each.type, each.line].append(each)
    count = counts[dialect]
    for seen in peer.seen:
        count.total += 1
        candidates = facts[seen.type, seen.line + offset]
        match = next((each for each in candidates if seen.name.fullmatch(each.name)), None)
        if match is None:
            count.missing.append(f"{artifact.document}:{seen.line + offset} {seen.shown}")
        else:
            candidates.remove(match)
            count.found += 1
    for left in facts.values():
        for each in left:
            count.facts += 1
            if each.kind in ("resource", "provider") and not is_made_otherwise(each):
                count.spurious += 1
                count.extra.append(f"{artifact.document}:{each.line} {each.kind} {each.type} {each.name}"[:160])


def is_made_otherwise(fact: Declaration) -> bool:
    """Whether a resource may come from a method or a class of the program's own, which the peer does not look at."""
    return fact.type == "cloudwatch.Alarm" or fact.type.startswith("pulumi.")


def artifacts_of(sample: Path) -> list[Artifact]:
    """The Python infrastructure code in both responses of a sample."""
    found: list[Artifact] = []
    for path in sorted(sample.glob("lib/*RESPONSE*.md")):
        artifacts, _ = find_artifacts(Source(str(path), path.read_text("utf-8", "replace")))
        found.extend(each for each in artifacts if python.accepts(each))
    return found


def counted(corpus: Path, n: int) -> dict[str, Count]:
    """The figures of `n` random samples that may hold Python (the same ones each time), by dialect."""
    samples = sorted(path.parent.parent for path in corpus.glob("*/*/lib/IDEAL_RESPONSE.md") if "py" in path.parts[-4])
    random.Random(7).shuffle(samples)
    counts: dict[str, Count] = defaultdict(Count)
    for sample in samples[:n]:
        for artifact in artifacts_of(sample):
            compare(artifact, counts)
    return counts


def rows(corpus: Path | str, n: int) -> list[dict[str, object]]:
    """A row per dialect: dialect, peer_total, found, spurious."""
    return [
        {"dialect": f"{dialect}-py", "peer_total": count.total, "found": count.found, "spurious": count.spurious}
        for dialect, count in sorted(counted(Path(corpus), n).items())
    ]


def main() -> None:
    """Prints the figures and the first differences."""
    corpus, n = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100
    for dialect, count in sorted(counted(corpus, n).items()):
        share = count.found / count.total if count.total else 1.0
        print(f"{dialect}-py: {count.found} of {count.total} found ({share:.2%}), {count.spurious} spurious")
        for text in count.missing[:15]:
            print("  missing", text)
        for text in count.extra[:15]:
            print("  spurious", text)


if __name__ == "__main__":
    main()
