"""What a response declares that cannot be deployed as it stands, from the types' own schemas.

The kinds of fault, how bad each is and why stand in `knowledge/faults.yaml`.  Only what the tables are sure of is
reported: values that refer to something else, free-form parts and unknown types are left alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gapkit.dialects.tree import label_of
from gapkit.fault_kinds import fault_severity
from gapkit.models import Artifact, Declaration, Misuse, Problem
from gapkit.validity_calls import call_faults
from gapkit.validity_members import member_faults
from gapkit.validity_programs import program_faults
from gapkit.validity_projects import older_pulumi_asked, project_faults
from gapkit.validity_properties import property_faults
from gapkit.validity_references import reference_faults
from gapkit.validity_spelling import spelling_faults
from gapkit.validity_types import type_faults


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that cannot be right; `expected` says what could stand instead, or is empty.

    severity is that of its kind (`knowledge/faults.yaml`), or of the defect (`knowledge/defects.yaml`).
    """

    declaration: Declaration
    property_path: str
    line: int
    code: str
    message: str
    severity: str
    expected: str


def invalid_facts(
    declarations: Iterable[Declaration],
    problems: Iterable[Problem] = (),
    misuses: Sequence[Misuse] = (),
    artifacts: Sequence[Artifact] = (),
) -> tuple[Finding, ...]:
    """The findings of one side of a sample, in the order of its declarations and their lines.

    `declarations` are all of the side's, since a reference may lead to another file; `problems` those of reading
    them: what was cut short or could not be read is not called missing; `misuses` what the readers of its programs
    found; `artifacts` are all files, those that declare nothing, too.
    """
    side = tuple(declarations)
    whole = _without_showings(_whole_files(side), artifacts)
    unread = tuple(sorted({p.line for p in problems if p.stage == "facts" and p.line is not None}))
    older = any(d.dialect == "pulumi" for d in side) and older_pulumi_asked(artifacts)
    faults = [*property_faults(whole, unread, older), *reference_faults(side, whole, unread)]
    faults += [*member_faults(whole), *type_faults(whole), *spelling_faults(whole), *project_faults(artifacts)]
    faults += program_faults(whole, artifacts, unread)
    if misuses:
        faults += call_faults(whole, misuses, faults, unread)
    if any(fault.code == "missing_property" for fault in faults):
        excerpts = _excerpts(side)
        faults = [f for f in faults if f.code != "missing_property" or f.declaration.artifact not in excerpts]
    place = {id(declaration): position for position, declaration in enumerate(side)}
    faults.sort(key=lambda fault: (place.get(id(fault.declaration), len(side)), fault.line, fault.code, fault.path))
    return tuple(
        Finding(
            declaration=fault.declaration,
            property_path=fault.path,
            line=fault.line,
            code=fault.code,
            message=fault.message,
            severity=fault_severity(fault.code, fault.circumstance),
            expected=fault.expected,
        )
        for fault in faults
    )


# An artifact with fewer declarations than _EXCERPT is an excerpt, code that a response quotes to explain itself, often
# cut short, sometimes wrong on purpose: unless it is all there is, or none has _FILE or more.
_EXCERPT, _FILE = 5, 10
_UNNAMED = re.compile(r":\d+$")  # as gapkit.dialects.tree.label_of names what has no name
# A block is short that is less than a third of another one of the same file.
_SHORT = 3
_SHOWN = frozenset({"resource", "data"})
# What is spread over many small files by custom, so that a file's name is enough.
_SPREAD, _NAMED = frozenset({"terraform", "cdktf", "pulumi", "cdk"}), (".tf", ".tf.json", ".ts", ".py", ".java", ".go")


def _whole_files(declarations: tuple[Declaration, ...]) -> tuple[Declaration, ...]:
    """The declarations of the artifacts that look like files rather than excerpts."""
    sizes = _sizes(declarations)
    templates = {declaration.artifact for declaration in declarations if declaration.kind == "template"}
    alike = len(sizes) == 1 or max(sizes.values(), default=0) < _FILE
    whole = []
    for declaration in declarations:
        artifact, dialect = declaration.artifact, declaration.dialect
        if dialect == "cloudformation":
            is_whole = artifact in templates
        else:
            named = dialect in _SPREAD and artifact.endswith(_NAMED)
            is_whole = alike or named or sizes[artifact] >= _EXCERPT
        if is_whole:
            whole.append(declaration)
    return tuple(whole)


def _sizes(declarations: Iterable[Declaration]) -> dict[str, int]:
    """How many declarations each artifact has."""
    sizes: dict[str, int] = {}
    for declaration in declarations:
        artifact = declaration.artifact
        sizes[artifact] = sizes.get(artifact, 0) + 1
    return sizes


def _excerpts(declarations: tuple[Declaration, ...]) -> frozenset[str]:
    """The small pieces without a name of a response in pieces: what one lacks may stand between them."""
    sizes = _sizes(declarations)
    small = (artifact for artifact, size in sizes.items() if size < _EXCERPT and _UNNAMED.search(artifact))
    return frozenset(small) if len(sizes) > 1 else frozenset()


def _without_showings(declarations: tuple[Declaration, ...], artifacts: Sequence[Artifact]) -> tuple[Declaration, ...]:
    """Without the resources that a short further block of a file repeats from the file itself, to speak of them."""
    blocks: dict[str, list[Artifact]] = defaultdict(list)
    for artifact in artifacts:
        blocks[label_of(artifact)].append(artifact)
    repeated: set[int] = set()
    for label, some in blocks.items() if len(blocks) < len(artifacts) else ():
        longest = max(map(_length, some))
        short = [each for each in some if _SHORT * _length(each) < longest]
        if not short:
            continue
        own = [d for d in declarations if d.artifact == label and d.kind in _SHOWN]
        within = {id(d) for d in own if any(each.line_start <= d.line <= each.line_end for each in short)}
        whole = {(d.kind, d.type, d.name) for d in own if id(d) not in within}
        repeated.update(id(d) for d in own if id(d) in within and (d.kind, d.type, d.name) in whole)
    return tuple(d for d in declarations if id(d) not in repeated) if repeated else declarations


def _length(artifact: Artifact) -> int:
    return artifact.line_end - artifact.line_start + 1
