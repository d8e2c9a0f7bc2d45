"""What an ideal declares, cut out as code of its own: whole declarations, or single properties of a declaration.

A CloudFormation snippet is a template in sections, with what the cut parts refer to and the response lacks; laid over
the response's template it makes a template again.  In other dialects a snippet is the declarations' own lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent, indent
from typing import NamedTuple

from gapkit.models import Declaration
from gapkit.snippet_syntax import parses, repaired

SECTIONS = {
    "metadata": "Metadata", "parameter": "Parameters", "mapping": "Mappings", "rule": "Rules",
    "condition": "Conditions", "resource": "Resources", "output": "Outputs",
}  # fmt: skip
ATTRIBUTES = frozenset(
    {"DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Condition", "Metadata", "CreationPolicy", "UpdatePolicy"}
)
LINES_LIMIT = 400
CLOSURE_LIMIT = 16
STATEMENT_LIMIT = 4
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
FENCES = {"terraform": "hcl", "pipeline": "yaml"}
_ALIAS = re.compile(r"^(\s*)(.*?:|-)\s+\*([\w-]+)\s*$")


class Cut(NamedTuple):
    """A declaration of the ideal, or one top-level property of it (`head`), to stand under `name` in the response."""

    declaration: Declaration
    head: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Code:
    """Code with the info word of its fence, and the ideal's lines that it was cut from."""

    text: str
    language: str
    lines: tuple[tuple[int, int], ...]


class Ideal(NamedTuple):
    """An ideal's lines and language by artifact, its declarations by name, and the names that the response has."""

    lines: Mapping[str, Sequence[str]]
    languages: Mapping[str, str]
    declarations: Mapping[str, Declaration]
    taken: frozenset[str]

    def text(self, declaration: Declaration) -> list[str]:
        """The lines of a declaration, in the document that holds it."""
        own = self.lines.get(declaration.artifact, ())
        return list(own[declaration.line - 1 : declaration.line_end][:LINES_LIMIT])


def cut_code(cuts: Sequence[Cut], ideal: Ideal) -> Code | None:
    """The cuts as one piece of code; None where nothing could be cut."""
    cuts = [c for c in cuts if ideal.text(c.declaration)]
    if not cuts:
        return None
    if cuts[0].declaration.dialect == "cloudformation":
        return _template(cuts, ideal)
    return _plain(cuts, ideal)


def _plain(cuts: Iterable[Cut], ideal: Ideal) -> Code | None:
    """Whole declarations one after another; properties of host languages are shown with their declaration."""
    seen: dict[tuple[int, int], Declaration] = {}
    for cut in cuts:
        declaration = cut.declaration
        span = (declaration.line, declaration.line_end)
        if not any(a <= span[0] and span[1] <= b for a, b in seen):
            seen = {k: d for k, d in seen.items() if not (span[0] <= k[0] and k[1] <= span[1])}
            seen[span] = declaration
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    language = ""
    for span, declaration in seen.items():
        language = FENCES.get(declaration.dialect) or ideal.languages.get(declaration.artifact, "")
        for last in range(span[1], min(span[1] + STATEMENT_LIMIT, len(ideal.lines.get(declaration.artifact, ()))) + 1):
            lines = ideal.lines[declaration.artifact][span[0] - 1 : last]
            piece = repaired(dedent("\n".join(lines)).rstrip(), language)
            if piece is not None:
                pieces.append(piece)
                spans.append((span[0], last))
                break
    return Code("\n\n".join(pieces), language, tuple(spans)) if pieces else None


# ---------------------------------------------------------- CloudFormation


def _template(cuts: Sequence[Cut], ideal: Ideal) -> Code | None:
    first = next((line for line in ideal.text(cuts[0].declaration) if line.strip()), "")
    pieces = _json_pieces if first.lstrip().startswith(('"', "{")) else _yaml_pieces
    sections: dict[str, dict[str, dict[str | None, str]]] = {}
    spans: list[tuple[int, int]] = []
    waiting = list(cuts)
    whole: set[int] = set()
    done: set[tuple[str, str, str | None]] = set()
    while waiting and len(done) < CLOSURE_LIMIT + len(cuts):
        cut = waiting.pop(0)
        declaration = cut.declaration
        section = SECTIONS.get(declaration.kind)
        key = (declaration.kind, cut.name, cut.head)
        if section is None or key in done or id(declaration) in whole:
            continue
        done.add(key)
        if cut.head is None:
            whole.add(id(declaration))
        text = pieces(ideal.text(declaration), declaration, cut.head)
        if text is None:
            continue
        sections.setdefault(section, {}).setdefault(cut.name, {})[cut.head] = text
        spans.append((declaration.line, declaration.line_end))
        for word in dict.fromkeys(_WORD.findall(text)):
            known = ideal.declarations.get(word)
            if known is not None and word not in ideal.taken and known is not declaration:
                waiting.append(Cut(known, None, known.name))
    if not sections:
        return None
    assemble = _assemble_json if pieces is _json_pieces else _assemble_yaml
    language = "json" if pieces is _json_pieces else "yaml"
    text = assemble(sections)
    if language == "yaml" and "*" in text:
        text = _without_aliases(text, ideal.lines.get(cuts[0].declaration.artifact, ()))
    return Code(text, language, tuple(sorted(set(spans)))) if parses(text, language) else None


def _without_aliases(text: str, source: Sequence[str]) -> str:
    """YAML whose aliases (`Tags: *tags`) are replaced by what their anchors hold, where the anchor is left behind."""
    out: list[str] = []
    for line in text.split("\n"):
        alias = _ALIAS.match(line)
        anchor = f"&{alias[3]}" if alias else None
        at = next((n for n, other in enumerate(source) if anchor and anchor in other.split()), None)
        if alias is None or at is None or anchor in text.split():
            out.append(line)
            continue
        width = len(source[at]) - len(source[at].lstrip())
        held = []
        for other in source[at + 1 :]:
            own = len(other) - len(other.lstrip())
            if other.strip() and (own < width or (own == width and not other.lstrip().startswith("- "))):
                break
            held.append(other)
        out.append(f"{alias[1]}{alias[2]}")
        out.append(indent(dedent("\n".join(held)).rstrip(), alias[1] + "  "))
    return "\n".join(out)


def _block(lines: Sequence[str], head: str) -> list[str] | None:
    """The lines of a YAML key and of what is nested in it; the outermost key of that name."""
    best: tuple[int, int] | None = None
    for number, line in enumerate(lines):
        bare = line.lstrip()
        if bare.startswith((head + ":", f'"{head}":', f"'{head}':")):
            depth = len(line) - len(bare)
            if best is None or depth < best[0]:
                best = (depth, number)
    if best is None:
        return None
    depth, start = best
    end = start + 1
    while end < len(lines):
        line = lines[end]
        width = len(line) - len(line.lstrip())
        if line.strip() and (width < depth or (width == depth and not line.lstrip().startswith("- "))):
            break
        end += 1
    return list(lines[start:end])


def _yaml_pieces(lines: Sequence[str], declaration: Declaration, head: str | None) -> str | None:
    found: Sequence[str] | None = lines if head is None else _block(lines, head)
    if not found or (head is None and "{" in found[0].split(":", 1)[0]):
        return None
    return dedent("\n".join(found)).rstrip()


def _assemble_yaml(sections: Mapping[str, Mapping[str, Mapping[str | None, str]]]) -> str:
    out: list[str] = []
    for section in SECTIONS.values():
        if section not in sections:
            continue
        out.append(f"{section}:")
        for name, parts in sections[section].items():
            if None in parts:
                out.append(indent(parts[None], "  "))
                continue
            if not name:  # a template's metadata stands under no name
                out.extend(indent(text, "  ") for text in parts.values())
                continue
            out.append(f"  {name}:")
            out.extend(indent(text, "    ") for head, text in parts.items() if head in ATTRIBUTES)
            properties = [text for head, text in parts.items() if head not in ATTRIBUTES]
            if properties:
                pad = "    "
                if section == "Resources":
                    out.append("    Properties:")
                    pad = "      "
                out.extend(indent(text, pad) for text in properties)
    return "\n".join(out)


def _json_pieces(lines: Sequence[str], declaration: Declaration, head: str | None) -> str | None:
    try:
        read = json.loads("{" + "\n".join(lines).strip().rstrip(",") + "}")
    except ValueError:
        return None
    body = read.get(declaration.name) if declaration.name else next(iter(read.values()), None)
    if body is None or head is None:
        return json.dumps(body) if body is not None else None
    inner = body if head in ATTRIBUTES or declaration.kind != "resource" else body.get("Properties", {})
    return json.dumps(inner[head]) if head in inner else None


def _assemble_json(sections: Mapping[str, Mapping[str, Mapping[str | None, str]]]) -> str:
    out: dict[str, dict[str, object]] = {}
    for section in SECTIONS.values():
        for name, parts in sections.get(section, {}).items():
            if None in parts:
                out.setdefault(section, {})[name] = json.loads(parts[None])
                continue
            body: dict[str, object] = {h: json.loads(t) for h, t in parts.items() if h in ATTRIBUTES}
            properties = {h: json.loads(t) for h, t in parts.items() if h and h not in ATTRIBUTES}
            if section != "Resources":
                body |= properties
            elif properties:
                body["Properties"] = properties
            if name:
                out.setdefault(section, {})[name] = body
            else:
                out.setdefault(section, {}).update(body)
    return json.dumps(out, indent=2, ensure_ascii=False)
