"""Do the gaps name exactly what was changed?  Mutants of ideals, in every dialect, made by editing their text.

    python bench/mutants.py ../shared/corpus data --samples 400 --seed 0 [--failures 20]

Each mutant differs from its ideal by one edit of the code's text: a resource, a property, a tag or an alarm action
removed, a value changed, a policy widened.  The ideal is compared with the mutant as it would be with a response.
Recall is the share of mutants that some gap names: the resource, and the property's path where one was edited.
Precision is the share of gaps that name what was edited; what a gap says beyond that is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from gapkit.artifacts import find_artifacts
from gapkit.compare import align, differences
from gapkit.corpus import open_corpus
from gapkit.dialects import read_artifact
from gapkit.gaps import difference_gaps, shown_type
from gapkit.models import Artifact, Declaration, Gap, Property, Sample, Source
from gapkit.resources import Side, build_side, normal_path

KINDS = ("resource", "property", "value", "policy", "tag", "alarm action")
REMOVABLE = frozenset({"resource", "data", "module", "job", "step"})
EDITABLE = REMOVABLE | {"parameter", "provider", "terraform", "output"}
LIMIT = 200_000

_LITERAL = re.compile(
    r"""(?<![\w.$])(?:"[^"'`\\{}$\n]*"|'[^"'`\\{}$\n]*'|\d+(?:\.\d+)?|[Tt]rue|[Ff]alse)(?![\w.]|\s*:)"""
)
_PLAIN = re.compile(r"^[A-Za-z][\w:/.-]*$")
_KEY = {
    "yaml": r"""^(?P<indent>\s*)["']?{}["']?:(?P<rest>(?:\s.*)?)$""",
    "json": r"""^(?P<indent>\s*)"{}"\s*:(?P<rest>.*)$""",
    "hcl": r"""^(?P<indent>\s*)"?{}"?\s*(?:=(?!=)|(?=\{{))(?P<rest>.*)$""",
    "ts": r"""^(?P<indent>\s*)["']?{}["']?\s*:(?P<rest>.*)$""",
    "python": r"""^(?P<indent>\s*)(?:["']{}["']\s*:|{}\s*=(?!=))(?P<rest>.*)$""",
    "go": r"""^(?P<indent>\s*)"?{}"?\s*:(?!=)(?P<rest>.*)$""",
    "java": r"""^(?P<indent>\s*)\.{}(?P<rest>\(.*)$""",
}
_TAGS = re.compile(r"^(?:tags?|tagset|tagsall)$", re.IGNORECASE)
_ACTIONS = re.compile(r"^(?:alarm|ok|insufficientdata)actions$")
_POLICY = re.compile(r"(?:^|\.)(?:not)?(actions?|resources?)$")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edited ideal: the whole document, and what a gap must name.

    `names` are the declarations edited (more than one where they nest); `path` is the normalised path edited, or None
    where the whole declaration went; `kinds` are the kinds of gap that may tell it.
    """

    sample_id: str
    dialect: str
    mutation: str
    document: Source
    names: frozenset[tuple[str, str]]
    path: str | None
    kinds: frozenset[str]
    line: int

    def names_it(self, gap: Gap) -> bool:
        """Whether a gap names what was edited, and nothing wider."""
        type_ = gap.resource_type or ""
        if gap.kind not in self.kinds or not any(
            # A call is named with the type that it is made on.
            gap.resource_name == name and (type_ == known or type_.endswith(f".{known}"))
            for known, name in self.names
        ):
            return False
        if self.path is None:
            return gap.property_path is None
        if gap.property_path is None:
            return False
        path = normal_path(gap.property_path)
        return path == self.path or path.startswith(self.path + ".")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A mutant with the gaps that were found."""

    mutant: Mutant
    gaps: tuple[Gap, ...]

    @property
    def found(self) -> bool:
        return any(self.mutant.names_it(gap) for gap in self.gaps)

    @property
    def wrong(self) -> tuple[Gap, ...]:
        return tuple(gap for gap in self.gaps if not self.mutant.names_it(gap))


# ------------------------------------------------------------------ text


def family_of(artifact: Artifact, declaration: Declaration) -> str:
    """How the artifact's text is edited."""
    text = artifact.text.lstrip()
    if declaration.dialect in ("cloudformation", "pipeline"):
        return "json" if text[:1] in "{[" else "yaml"
    if declaration.dialect == "terraform":
        return "json" if text[:1] == "{" else "hcl"
    if re.search(r"^\s*package\s+[\w.]+;|^\s*import\s+[\w.]+\.\*?\w*;|\bpublic class\b", text, re.MULTILINE):
        return "java"
    if re.search(r"^package\s+\w+\s*$|:= ", text, re.MULTILINE):
        return "go"
    if re.search(r"^\s*(?:from [\w.]+ import|import [\w.]+(?: as \w+)?\s*$|def \w+\()", text, re.MULTILINE):
        return "python"
    return "ts"


def _depth(text: str) -> int | None:
    """Open brackets at a text's end outside of strings; None where they do not nest or a string stays open."""
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`', "", text)
    if any(c in bare for c in "\"'`"):
        return None
    depth = 0
    for char in bare:
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                return None
    return depth


def _extent(lines: Sequence[str], start: int, family: str, rest: str, limit: int) -> int | None:
    """The last line (0-based, inclusive) of what starts with a key on a line; None where it does not end cleanly."""
    if family == "yaml":
        indent = len(lines[start]) - len(lines[start].lstrip())
        value = rest.strip()
        end = start
        for number in range(start + 1, min(limit, len(lines))):
            text = lines[number]
            inner = len(text) - len(text.lstrip())
            dash = not value and inner == indent and text.lstrip().startswith("- ")
            if text.strip() and inner <= indent and not dash:
                break
            if text.strip():
                end = number
        return end
    text = ""
    for number in range(start, min(limit, len(lines), start + 300)):
        text += (rest if number == start else lines[number]) + "\n"
        depth = _depth(text)
        if depth is None:
            return None
        if depth == 0:
            tail = lines[number].rstrip()
            if family in ("ts", "go", "python") and not tail.endswith(",") and number + 1 < len(lines):
                following = lines[number + 1].strip()
                if following[:1] not in ("}", ")", "]"):
                    return None
            if family == "java" and not lines[number + 1].strip().startswith("."):
                return None
            if family == "python" and tail.endswith(":"):
                return None
            return number
    return None


def _without(lines: Sequence[str], first: int, last: int, family: str) -> list[str] | None:
    """The lines without some of them; in JSON the comma before goes where none follows."""
    before, after = list(lines[:first]), list(lines[last + 1 :])
    if family == "json" and not lines[last].rstrip().endswith(","):
        for number in range(len(before) - 1, -1, -1):
            if before[number].strip():
                if before[number].rstrip().endswith(","):
                    before[number] = before[number].rstrip()[:-1]
                break
    if family == "yaml":
        if any(re.search(r"[:-] +&\w", text) for text in lines[first : last + 1]):
            return None  # what is repeated elsewhere by its anchor
        here = next((t for t in reversed(before) if t.strip()), "")
        following = next((t for t in after if t.strip()), "")
        opens = re.search(r":\s*$", here) and not here.lstrip().startswith("#")
        if opens and len(following) - len(following.lstrip()) <= len(here) - len(here.lstrip()):
            return None
    return before + after


def _is_statement(lines: Sequence[str], first: int, last: int, family: str) -> bool:
    """Whether some lines are whole statements that can go."""
    text = "\n".join(lines[first : last + 1])
    if family == "yaml":
        return bool(re.match(r"^\s*(?:[\"']?[\w.-]+[\"']?:|- )", lines[first]))
    if family == "json":
        return bool(re.match(r'^\s*"[^"]+"\s*:\s*\{', lines[first])) and _depth(text) == 0
    if family == "hcl":
        return bool(re.match(r"^\s*(?:resource|data|module)\b", lines[first])) and _depth(text) == 0
    if _depth(text) != 0:
        return False
    before = next((t.strip() for t in reversed(lines[:first]) if t.strip()), "")
    after = next((t.strip() for t in lines[last + 1 :] if t.strip()), "")
    if before.endswith((",", "(", "[", "=", ".", "=>", "return", "?", "->")) or after.startswith((".", ")", "]", ",")):
        return False
    if family == "python":
        return not before.endswith(":") and bool(re.match(r"^\s*(?:[\w.]+ = )?[\w.]+\(", lines[first]))
    tail = lines[last].rstrip()
    if family in ("ts", "java") and not tail.endswith(";"):
        return False
    return not re.match(r"^\s*(?:return|if|for|export|throw)\b", lines[first])


# --------------------------------------------------------------- mutants


@dataclass(frozen=True, slots=True)
class _Ground:
    """One artifact to edit, with what it declares; line numbers are 1-based of the document."""

    sample_id: str
    document: Source
    lines: tuple[str, ...]
    artifact: Artifact
    declarations: tuple[Declaration, ...]
    ambiguous: frozenset[tuple[str, str, str]]

    def mutant(
        self, declaration: Declaration, mutation: str, lines: Sequence[str], path: str | None, kinds: Iterable[str]
    ) -> Mutant:
        names = {(shown_type(declaration), declaration.name)}
        if path is None:
            first, last = declaration.line, declaration.line_end
            names |= {(shown_type(d), d.name) for d in self.declarations if first <= d.line and d.line_end <= last}
        document = replace(self.document, text="\n".join(lines))
        label = declaration.dialect + ("-json" if family_of(self.artifact, declaration) == "json" else "")
        if declaration.dialect in ("cdk", "cdktf", "pulumi"):
            label += "-" + family_of(self.artifact, declaration)
        return Mutant(
            self.sample_id, label, mutation, document, frozenset(names), path, frozenset(kinds), declaration.line
        )


def _removed_resources(ground: _Ground) -> Iterator[Mutant]:
    for declaration in ground.declarations:
        if declaration.kind not in REMOVABLE:
            continue
        family = family_of(ground.artifact, declaration)
        first, last = declaration.line - 1, declaration.line_end - 1
        if not _is_statement(ground.lines, first, last, family):
            continue
        lines = _without(ground.lines, first, last, family)
        if lines is not None:
            yield ground.mutant(declaration, "resource", lines, None, {"missing"})


def _is_identity(declaration: Declaration, path: str) -> bool:
    """Whether a property is what the declaration is, or is called, rather than how it is set."""
    words = ("name", "uses", "task", "run", "run.name", "script", "id", "image", "displayName")
    return declaration.dialect == "pipeline" and path in words


def _last_name(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path).rpartition(".")[2].strip("\"'")


def _single_properties(ground: _Ground) -> Iterator[tuple[Declaration, Property]]:
    """Properties that stand alone on their line."""
    at_line = Counter(p.line for d in ground.declarations for p in d.properties)
    for declaration in ground.declarations:
        if declaration.kind in EDITABLE:
            for prop in declaration.properties:
                if at_line[prop.line] == 1 and prop.line != declaration.line:
                    yield declaration, prop


def _keyed(line: str, name: str, family: str) -> re.Match[str] | None:
    escaped = re.escape(name)
    return re.match(_KEY[family].format(escaped, escaped), line)


def _mutation_of(path: str, default: str) -> str:
    segments = [normal_path(s) for s in path.split(".")]
    if any(_TAGS.match(s) for s in segments[:-1]):
        return "tag"
    if any(_ACTIONS.match(s) for s in segments):
        return "alarm action"
    return default


def _removed_properties(ground: _Ground) -> Iterator[Mutant]:
    """Scalars, and blocks with all they hold, one or several lines long."""
    tried: set[tuple[int, str]] = set()
    for declaration in ground.declarations:
        if declaration.kind not in EDITABLE:
            continue
        family = family_of(ground.artifact, declaration)
        for prop in declaration.properties:
            segments = prop.path.split(".")
            for size in range(len(segments), 0, -1):
                prefix = re.sub(r"(?:\[\d+\])+$", "", ".".join(segments[:size]))
                name = _last_name(prefix)
                if not name or (id(declaration), prefix) in tried or _is_identity(declaration, prefix):
                    continue
                tried.add((id(declaration), prefix))
                key_line = _key_line(ground, declaration, prop.line, name, family)
                if key_line is None:
                    continue
                mutant = _without_block(ground, declaration, prefix, key_line, family)
                if mutant is not None:
                    yield mutant


def _key_line(ground: _Ground, declaration: Declaration, line: int, name: str, family: str) -> int | None:
    """The line (0-based) that opens a key at or shortly before a property's line."""
    for number in range(line - 1, max(declaration.line - 1, line - 4), -1):
        if number < len(ground.lines) and _keyed(ground.lines[number], name, family):
            return number
    return None


def _without_block(ground: _Ground, declaration: Declaration, prefix: str, first: int, family: str) -> Mutant | None:
    name = _last_name(prefix)
    match = _keyed(ground.lines[first], name, family)
    assert match is not None
    last = _extent(ground.lines, first, family, match["rest"], declaration.line_end)
    if last is None or last >= declaration.line_end or re.search(r"(?:^|\.)Key$|(?:^|\.)key$", prefix):
        return None
    inside = [p for p in declaration.properties if first < p.line <= last + 1]
    stem = prefix + "."
    if not inside or any(p.path != prefix and not p.path.startswith((stem, prefix + "[")) for p in inside):
        return None
    if any(p.path == prefix or p.path.startswith((stem, prefix + "[")) for p in declaration.properties
           if p.line <= first or p.line > last + 1):  # fmt: skip
        return None
    if any(d is not declaration and d.line_end > first and d.line <= last + 1 and d.line > declaration.line
           for d in ground.declarations):  # fmt: skip
        return None
    lines = _without(ground.lines, first, last, family)
    if lines is None:
        return None
    kinds = {"missing"}
    if re.fullmatch(r"(?:.*\.)?(?:Value|value)", prefix):
        return None
    return ground.mutant(declaration, _mutation_of(prefix, "property"), lines, normal_path(prefix), kinds)


def _removed_items(ground: _Ground) -> Iterator[Mutant]:
    """Whole items of lists of tags and alarm actions, in YAML."""
    for declaration in ground.declarations:
        if family_of(ground.artifact, declaration) != "yaml" or declaration.kind not in REMOVABLE:
            continue
        stems = {m[1]: m[2] for p in declaration.properties if (m := re.match(r"((.*?)\[\d+\])", p.path))}
        for stem, parent in stems.items():
            mutation = _mutation_of(parent + ".x", "")
            if not mutation:
                continue
            mine = [p for p in declaration.properties if p.path == stem or p.path.startswith(stem + ".")]
            first, last = min(p.line for p in mine) - 1, max(p.line for p in mine) - 1
            own = {id(p) for p in mine}
            others = {p.line - 1 for d in ground.declarations for p in d.properties if id(p) not in own}
            if any(first <= n <= last for n in others) or not ground.lines[first].lstrip().startswith("- "):
                continue
            indent = len(ground.lines[first]) - len(ground.lines[first].lstrip())
            following = ground.lines[last + 1] if last + 1 < len(ground.lines) else ""
            if following.strip() and len(following) - len(following.lstrip()) > indent:
                continue
            lines = _without(ground.lines, first, last, "yaml")
            if lines is not None:
                yield ground.mutant(declaration, mutation, lines, normal_path(parent), {"missing"})


def _changed_literal(text: str) -> str | None:
    """The text with its only literal changed; None where it holds none or several."""
    found = list(_LITERAL.finditer(text))
    if len(found) != 1:
        return None
    match = found[0]
    token = match[0]
    if token[0] in "\"'":
        changed = token[:-1] + ("7" if token[1:-1].isdigit() else "x") + token[-1]
    elif token[0].isdigit():
        changed = str(int(token) + 7) if token.isdigit() else token + "7"
    else:
        changed = {"true": "false", "false": "true", "True": "False", "False": "True"}.get(token, "")
    return text[: match.start()] + changed + text[match.end() :] if changed else None


def _changed_values(ground: _Ground) -> Iterator[Mutant]:
    for declaration, prop in _single_properties(ground):
        family = family_of(ground.artifact, declaration)
        number = prop.line - 1
        if number >= len(ground.lines) or prop.path.endswith((".Key", ".key")) or _is_identity(declaration, prop.path):
            continue
        line = ground.lines[number]
        match = _keyed(line, _last_name(prop.path), family)
        if match is None or _extent(ground.lines, number, family, match["rest"], number + 2) != number:
            continue
        rest = match["rest"]
        changed = _changed_literal(rest)
        if changed is None and family == "yaml" and _PLAIN.match(rest.strip()):
            changed = rest.rstrip() + "x"
        if changed is None or "//" in rest or "#" in rest:
            continue
        lines = list(ground.lines)
        lines[number] = line[: match.start("rest")] + changed
        yield ground.mutant(declaration, _mutation_of(prop.path, "value"), lines, normal_path(prop.path), {"different"})


_ACTION_TEXT = re.compile(r"""(["']?)([a-z0-9-]{2,30}):([A-Za-z]{4,60}\*?)\1(?=[\s,)\]]|$)""")


def _widened_policies(ground: _Ground) -> Iterator[Mutant]:
    """One action becomes all of its service's; one resource becomes all."""
    for declaration, prop in _single_properties(ground):
        path = normal_path(prop.path)
        match = _POLICY.search(path)
        number = prop.line - 1
        if match is None or number >= len(ground.lines) or not isinstance(prop.value, str) or prop.value in ("*", ""):
            continue
        line = ground.lines[number]
        if match[1].startswith("action"):
            actions = list(_ACTION_TEXT.finditer(line))
            if len(actions) != 1 or actions[0][2] + ":" + actions[0][3] != prop.value:
                continue
            action = actions[0]
            changed = f"{line[: action.start(3)]}*{line[action.end(3) :]}"
        else:
            quoted = re.findall(r"\"[^\"\\]*\"|'[^'\\]*'", line)
            wide = [q for q in quoted if "arn:" in q]
            if len(wide) != 1 or "(" in line or "`" in line:
                continue
            changed = re.sub(r"(?:!Sub |f)?" + re.escape(wide[0]), '"*"', line)
        lines = list(ground.lines)
        lines[number] = changed
        yield ground.mutant(declaration, "policy", lines, path, {"different"})


_MAKERS = (_removed_resources, _removed_properties, _removed_items, _changed_values, _widened_policies)


def _grounds(sample: Sample) -> tuple[Side, list[_Ground]]:
    source = sample.ideal_response
    if source is None or len(source.text) > LIMIT:
        return build_side(()), []
    artifacts, _ = find_artifacts(source)
    readings = [(a, read_artifact(a).declarations) for a in artifacts]
    everything = tuple(d for _, found in readings for d in found)
    counts = Counter((d.kind, shown_type(d), d.name) for d in everything)
    ambiguous = frozenset(key for key, n in counts.items() if n > 1)
    lines = tuple(source.text.split("\n"))
    grounds = [
        _Ground(sample.sample_id, source, lines, artifact, found, ambiguous)
        for artifact, found in readings
        if len(found) > 1
    ]
    return build_side(everything), grounds


def mutants_of(sample: Sample, rng: random.Random, most: int) -> tuple[Side, list[Mutant]]:
    """The ideal's side, and up to `most` mutants of each mutation, drawn at random.

    Declarations that the ideal repeats are left alone: the response would still have the other one.
    """
    side, grounds = _grounds(sample)
    pools: dict[str, list[Mutant]] = {}
    for ground in grounds:
        for maker in _MAKERS:
            for mutant in maker(ground):
                if not any((t, n) in mutant.names for _, t, n in ground.ambiguous):
                    pools.setdefault(mutant.mutation, []).append(mutant)
    chosen = [m for kind in KINDS for m in rng.sample(pools.get(kind, []), min(most, len(pools.get(kind, []))))]
    return side, chosen


def side_of_document(source: Source) -> Side:
    """What a document declares, made comparable."""
    artifacts, _ = find_artifacts(source)
    return build_side(tuple(d for a in artifacts for d in read_artifact(a).declarations), artifacts)


def try_mutant(ideal: Side, mutant: Mutant) -> Outcome:
    """The gaps between an ideal and its mutant."""
    alignment = align(ideal, side_of_document(mutant.document))
    return Outcome(mutant, tuple(difference_gaps(differences(alignment), {})))


def samples_of(folders: Iterable[Path], count: int, seed: int) -> Iterator[Sample]:
    """Samples of some corpora, drawn at random."""
    pool = [(corpus, i) for folder in folders for corpus in [open_corpus(str(folder))] for i in corpus.sample_ids()]
    random.Random(seed).shuffle(pool)
    for corpus, sample_id in islice(pool, count):
        yield corpus.read(sample_id)


def outcomes(samples: Iterable[Sample], seed: int, most: int) -> Iterator[Outcome]:
    """Mutants of some samples, tried."""
    rng = random.Random(seed)
    for sample in samples:
        side, chosen = mutants_of(sample, rng, most)
        for mutant in chosen:
            yield try_mutant(side, mutant)


def table(rows: Sequence[Outcome], group: str) -> Iterator[str]:
    """Recall and precision, a line per dialect or mutation and one for all."""
    groups: dict[str, list[Outcome]] = {}
    for row in rows:
        groups.setdefault(getattr(row.mutant, group), []).append(row)
    for name, some in [*sorted(groups.items()), ("all", list(rows))]:
        found = sum(row.found for row in some)
        gaps = sum(len(row.gaps) for row in some)
        right = gaps - sum(len(row.wrong) for row in some)
        precision = right / gaps if gaps else 1.0
        yield f"{name:22s} mutants {len(some):6d}  recall {found / len(some):.4f}  precision {precision:.4f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--most", type=int, default=3, help="mutants of one mutation per sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failures", type=int, default=0, help="print so many mutants that were told wrong")
    options = parser.parse_args()
    rows = list(outcomes(samples_of(options.corpus, options.samples, options.seed), options.seed, options.most))
    bad = [row for row in rows if not row.found or row.wrong]
    random.Random(options.seed).shuffle(bad)
    for row in bad[: options.failures]:
        mutant = row.mutant
        head = {"sample": mutant.sample_id, "line": mutant.line, "mutation": mutant.mutation, "path": mutant.path}
        print(json.dumps(head | {"names": sorted(map(str, mutant.names))[:3], "found": row.found}))
        for gap in row.wrong[:3]:
            print("   wrong:", gap.kind, gap.title[:120], "|", str(gap.expected)[:90], "|", str(gap.found)[:90])
    for group in ("dialect", "mutation"):
        print(*table(rows, group), sep="\n")
        print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
