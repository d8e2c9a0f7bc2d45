"""Terraform files, HCL or JSON, whole or in pieces, into declarations.

References keep their text (`${var.env}`, `${aws_s3_bucket.logs.id}`); what they stand for is a later stage's work.
A local, an output and an input variable of a `.tfvars` file hold their content below `value`.
"""

from __future__ import annotations

import re
from typing import Any

from gapkit.dialects.cloudformation import report_faults
from gapkit.dialects.elision import elided_lines
from gapkit.dialects.flattening import flatten
from gapkit.dialects.hcl_tree import Block, read_hcl
from gapkit.dialects.json_tree import read_json
from gapkit.dialects.tree import Map, Sequence, Tree, label_of, problem
from gapkit.models import Artifact, Declaration, Problem, Property, Reading
from gapkit.types import canonical_type

NAME = "terraform"

_OWN_WORDS = ("hcl", "terraform", "tf", "tfvars", "opentofu", "tofu")
_NEUTRAL_WORDS = frozenset({"", "text", "txt", "plaintext", "plain", "code", "yaml", "yml", "ini", "toml", "conf"})
_SUFFIXES = (".tf", ".tfvars", ".hcl", ".tf.json", ".tofu")
_sign = re.compile(
    r"""^[ \t]*(?:resource|data|ephemeral)[ \t]+"[^"\n]+"[ \t]+"[^"\n]+"[ \t]*\{"""
    r"""|^(?:variable|output|module|provider)[ \t]+"[^"\n]+"[ \t]*\{"""
    r"""|^(?:terraform|locals)[ \t]*\{""",
    re.MULTILINE,
).search
_json_sign = re.compile(r'"(?:resource|data)"\s*:\s*\{\s*"[a-z]+_\w+"\s*:\s*\{').search
_KINDS = {
    "resource": "resource", "data": "data", "ephemeral": "data", "module": "module", "variable": "parameter",
    "output": "output", "provider": "provider", "terraform": "terraform", "import": "import", "check": "rule",
    "moved": "metadata", "removed": "metadata",
}  # fmt: skip


def accepts(artifact: Artifact) -> bool:
    """Whether the artifact is Terraform: by its name or language, in doubt by its blocks."""
    language, text = artifact.language, artifact.text
    if language.startswith(_OWN_WORDS):
        return True
    if artifact.name.endswith(_SUFFIXES):
        return language in _NEUTRAL_WORDS or language == "json" or _sign(text) is not None
    if language in _NEUTRAL_WORDS:
        return "{" in text and _sign(text) is not None
    return language == "json" and '"resource"' in text and _json_sign(text) is not None


def read(artifact: Artifact) -> Reading:
    """The declarations and problems of a Terraform file; a damaged one gives what it still holds."""
    text, first = artifact.text, artifact.line_start
    problems: list[Problem] = []
    found: list[Declaration] = []
    terraform = _Terraform(artifact, found)
    if text.lstrip()[:1] == "{":
        document = read_json(text, first)
        report_faults(artifact, document.faults, problems, "JSON")
        duplicates = document.duplicates
        if type(document.tree) is Map:
            terraform.json(document.tree)
    else:
        file = read_hcl(text, first)
        report_faults(artifact, file.faults, problems, "HCL")
        duplicates = tuple(file.duplicates)
        for block in file.blocks:
            terraform.block(block)
        if artifact.name.endswith((".tfvars", ".hcl")) or artifact.language == "tfvars" or not file.blocks:
            terraform.variables(file.attributes)
    for name, line in duplicates:
        message = f"`{name}` is written twice in one block; keep one of them"
        problems.append(problem(artifact, "duplicate_key", message, line))
    if not any(known.code == "elided_code" for known in problems):
        for line in elided_lines(text)[:1]:
            message = "code is left out here; write the configuration in full"
            problems.append(problem(artifact, "elided_code", message, line + first - 1))
    return Reading(tuple(found), tuple(problems))


class _Terraform:
    """Reads the blocks of one artifact into declarations."""

    def __init__(self, artifact: Artifact, found: list[Declaration]) -> None:
        self.label = label_of(artifact)
        self.found = found

    def block(self, block: Block) -> None:
        """Declare what a block at the top of a file says; other tools' blocks say nothing here."""
        kind, labels, body = _KINDS.get(block.type), block.labels, block.body
        if block.type == "locals":
            self._locals(block)
        elif kind in ("resource", "data"):
            written = labels[0] if labels else ""
            name = labels[1] if len(labels) > 1 else ""
            self._declare(kind, written, name, canonical_type(NAME, written), block, body)
        elif kind == "parameter":
            written = _unholed(body.get("type"))
            rest = Map([entry for entry in body if entry[0] != "type"])
            self._declare(kind, written, labels[0] if labels else "", _ordered(written), block, rest)
        elif kind == "module":
            source = str(body.get("source") or "")
            self._declare(kind, source, labels[0] if labels else "", source, block, body)
        elif kind == "provider":
            name = labels[0] if labels else ""
            self._declare(kind, name, str(body.get("alias") or name), name, block, body)
        elif kind is not None:
            self._declare(kind, block.type, labels[0] if labels else "", block.type, block, body)

    def variables(self, attributes: Map) -> None:
        """Declare the values of a variable file."""
        for name, value, line in attributes:
            self._value("parameter", "tfvars", name, value, line, line)

    def json(self, tree: Map) -> None:
        """Declare the blocks of Terraform's JSON form, whose labels are the keys of nested objects."""
        for section, content, line in tree:
            labels = {"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1}.get(section, 0)
            for names, body, at in _labelled(content, labels, line):
                last = _last_line(body, at)
                self.block(Block(section, names, _unlisted(body), at, last))

    def _locals(self, block: Block) -> None:
        entries = block.body
        for index, (name, value, line) in enumerate(entries):
            after = entries[index + 1][2] if index + 1 < len(entries) else block.line_end
            self._value("local", "local", name, value, line, max(line, after - 1))

    def _value(self, kind: str, written: str, name: str, value: Tree, line: int, end: int) -> None:
        properties: list[Property] = []
        flatten("value", value, line, properties)
        self.found.append(Declaration(kind, written, name, written, line, end, tuple(properties), self.label, NAME))

    def _declare(self, kind: str, written: str, name: str, canonical: str, block: Block, body: Map) -> None:
        properties: list[Property] = []
        if body:
            flatten("", body, block.line, properties)
        self.found.append(
            Declaration(kind, written, name, canonical, block.line, block.line_end, tuple(properties), self.label, NAME)
        )


def _unholed(value: Any) -> str:
    """A type expression as written: `${list(string)}` is `list(string)`."""
    text = str(value or "")
    return text[2:-1] if text.startswith("${") and text.endswith("}") else text


_PIECE = re.compile(r"[{}()\[\],\n]|[^{}()\[\],\n]+")
_LONGEST_TYPE = 20_000  # characters; what is longer is left as it is


def _ordered(type_: str) -> str:
    """A type expression with the attributes of its objects on one line, in the order of their names."""
    if "{" not in type_ or len(type_) > _LONGEST_TYPE:
        return type_
    outer: list[tuple[list[str], list[str], int]] = []  # of each object that is open, what stands around it
    text: list[str] = []
    attributes: list[str] = []
    brackets = 0
    for piece in _PIECE.findall(type_):
        if piece == "{":
            outer.append((text, attributes, brackets))
            text, attributes, brackets = [], [], 0
        elif piece == "}" and outer:
            attributes.append("".join(text))
            told = ", ".join(sorted(" ".join(each.split()) for each in attributes if each.strip()))
            text, attributes, brackets = outer.pop()
            text.append(f"{{{told}}}")
        elif piece in ",\n" and outer and not brackets:
            attributes.append("".join(text))
            text = []
        else:
            brackets += (piece in "([") - (piece in ")]")
            text.append(piece)
    return type_ if outer else "".join(text)


def _labelled(content: Tree, labels: int, line: int) -> list[tuple[tuple[str, ...], Map, int]]:
    """The bodies below as many levels of labels, each with its labels and line."""
    if type(content) is Sequence:
        return [found for item, at in content for found in _labelled(item, labels, at)]
    if type(content) is not Map:
        return []
    if not labels:
        return [((), content, line)]
    return [
        ((name, *rest), body, at)
        for name, child, below in content
        for rest, body, at in _labelled(child, labels - 1, below)
    ]


def _unlisted(body: Map) -> Map:
    """A JSON body in the shape of HCL: the only block of its type stands without index, repeated ones with."""
    entries: list[tuple[str, Any, int]] = []
    for key, value, line in body:
        if type(value) is Sequence and value and all(type(item) is Map for item, _ in value):
            for index, (item, at) in enumerate(value):
                entries.append((key if len(value) == 1 else f"{key}[{index}]", _unlisted(item), at))
        else:
            entries.append((key, _unlisted(value) if type(value) is Map else value, line))
    return Map(entries)


def _last_line(value: Tree, line: int) -> int:
    while (type(value) is Map or type(value) is Sequence) and value:
        value, line = value[-1][-2:]
    return line
