"""The records that flow between the stages, from a sample to its assessment.

Lines are 1-based and inclusive, of the document as it stands.  Nothing here computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Span = tuple[int, int]
Scalar = str | int | float | bool | None

STATUSES = ("missing", "partial", "complete", "unverifiable")
SEVERITIES = ("none", "low", "medium", "high", "critical")
CATEGORIES = (
    "monitoring", "resilience", "security", "iam", "networking", "encryption", "scalability", "cost",
    "tagging-naming", "multi-environment", "data", "compute", "delivery", "documentation-outputs",
    "deployability", "other",
)  # fmt: skip
PLATFORMS = ("cfn", "cdk", "cdktf", "tf", "pulumi", "cicd", "analysis")
LANGUAGES = ("yaml", "json", "hcl", "ts", "js", "py", "go", "java")


class GapkitError(Exception):
    """A caller's mistake or an unusable input; the message says what happened, where and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read or judged, kept as data."""

    stage: str
    code: str
    message: str
    document: str | None = None
    line: int | None = None


# ------------------------------------------------------------------ inputs


@dataclass(frozen=True, slots=True)
class Source:
    """One text of a sample: `name` is its path inside the sample, such as `lib/PROMPT.md`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """A sample's metadata with normalised spellings; `None` where it is absent or unknown."""

    platform: str | None = None
    language: str | None = None
    complexity: str | None = None
    subtask: str | None = None
    model: str | None = None
    raw: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange: the prompt and what the model answered; either may be absent."""

    number: int
    prompt: Source | None
    model_response: Source | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything that was read of one sample; `sample_id` is its folder relative to the corpus, with `/`."""

    sample_id: str
    turns: tuple[Turn, ...]
    ideal_response: Source | None = None
    ideal_files: tuple[Source, ...] = ()
    model_failures: Source | None = None
    rubric: Source | None = None
    metadata: Metadata = Metadata()
    fingerprint: str = ""
    problems: tuple[Problem, ...] = ()


# --------------------------------------------------------------- documents


class Block(NamedTuple):
    """One block of a markdown document, in reading order.

    kind is `heading`, `item`, `paragraph`, `table`, `code`, `quote` or `rule`.  `text` is the block's own
    text without its marker and without nested blocks.  `level` is a heading's level or an item's depth (0 is
    outermost); `marker` is an item's marker as written (`1.`, `-`, `a)`), `number` the number it declares.
    `line_end` of an item includes what is nested in it.  A table keeps its cells in `rows`, header first.
    """

    kind: str
    text: str
    line_start: int
    line_end: int
    level: int = 0
    marker: str | None = None
    number: str | None = None
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or code block found in a response.

    `text` is the code; its first line is line `line_start` of `document`.  `language` is the fence's info word,
    lower case (`` where there is none); `name` the file name that the document gives it, or ``.
    """

    document: str
    name: str
    language: str
    text: str
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A markdown document: its lines, and its blocks with their line spans."""

    name: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...] = ()


# ------------------------------------------------------------------- facts


class Property(NamedTuple):
    """One property of a declaration: dotted path as the dialect writes it (`Tags[0].Key`), value, line.

    A value that refers to something else is text with `${…}` holes: `${Table.Arn}`, `app-${var.env}`.
    """

    path: str
    value: Scalar
    line: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """One thing that an artifact declares.

    kind is `resource`, `data`, `module`, `parameter`, `condition`, `mapping`, `output`, `provider`, `local`,
    `metadata`, `rule`, `terraform`, `call` (a method call on a resource: `grantReadData`), `import`, `function`,
    `job`, `step` or `template`.  `type` is as the dialect writes it; `canonical_type` the CloudFormation type
    name (`AWS::Lambda::Function`) where there is one, else the written type.  `name` is the logical id, block
    label or construct id; `variable` the host-language variable that holds it.  `owner` names the variable or
    resource that a `call` is made on.
    """

    kind: str
    type: str
    name: str
    canonical_type: str
    line: int
    line_end: int
    properties: tuple[Property, ...]
    artifact: str
    dialect: str
    variable: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One checkable statement, as `gapkit facts` prints it."""

    artifact: str
    dialect: str
    kind: str
    resource_type: str
    canonical_type: str
    resource_name: str
    property_path: str
    value: Scalar
    line: int = field(compare=False)


class Misuse(NamedTuple):
    """A place in a program that the package which it uses refuses; `owner` is the type or method that it concerns.

    The rest is as in a fault (gapkit/validity_properties.py).
    """

    artifact: str
    line: int
    owner: str
    path: str
    code: str
    message: str
    expected: str
    circumstance: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one artifact."""

    declarations: tuple[Declaration, ...]
    problems: tuple[Problem, ...] = ()
    misuses: tuple[Misuse, ...] = ()


# --------------------------------------------------------------- judgement


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that the prompt asks for; `text` is its whole wording, sub-bullets included."""

    requirement_id: str
    source: str
    number: str | None
    group: str | None
    title: str
    text: str
    line_start: int
    line_end: int
    weight: float | None = None
    severity: str | None = None
    category: str | None = None
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentedGap:
    """A gap that the reviewer's notes list; severity is `unstated` where the notes give none."""

    number: str | None
    line: int
    line_end: int
    title: str
    severity: str
    status: str | None = None
    requirement_numbers: tuple[str, ...] = ()
    category: str | None = None
    expected: str | None = None
    found: str | None = None
    impact: str | None = None
    fix: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far one requirement is met, by the response and by the ideal, with evidence from both sides.

    score and confidence are 0–1.  `chain` holds the steps from wording to status, a line each.
    `turn_status` is the status at each turn of a multi-turn sample, the first turn's first.
    """

    requirement: Requirement
    status: str
    score: float
    confidence: float
    ideal_status: str
    severity: str
    category: str
    reason: str
    model_lines: tuple[Span, ...] = ()
    ideal_lines: tuple[Span, ...] = ()
    model_evidence: tuple[str, ...] = ()
    ideal_evidence: tuple[str, ...] = ()
    deployment_impact: str = "none"
    operational_impact: str = "none"
    chain: tuple[str, ...] = ()
    turn_status: tuple[str, ...] = ()


class Gap(NamedTuple):
    """One difference that matters, most important first by `rank` (1 is first)."""

    gap_id: str
    requirement_id: str | None
    rank: int
    title: str
    kind: str
    resource_type: str | None
    canonical_type: str | None
    resource_name: str | None
    property_path: str | None
    expected: str | None
    found: str | None
    severity: str
    category: str
    impact: str
    fix: str
    model_line: int | None
    ideal_line: int | None
    confidence: float
    turn: int = 1


@dataclass(frozen=True, slots=True)
class CheckedGap:
    """A documented gap held against what was found: `supported` is None where it cannot be told.

    The lines are those that the verdict rests on, in the response and in the ideal.
    """

    gap: DocumentedGap
    supported: bool | None
    gap_ids: tuple[str, ...] = ()
    reason: str = ""
    model_lines: tuple[Span, ...] = ()
    ideal_lines: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a gap-analysis document says of an open requirement, or of a minor issue (`requirement_id` None).

    `expected` are the ideal's checkable parts, `impact` whom the gap hurts and how, `reason` why the gap would fail a
    deployment; `code` is the fix with the info word of its fence, cut from the ideal's `lines` (none: from the
    knowledge base).  `gap_ids` are the gaps that it closes.
    """

    requirement_id: str | None
    title: str
    status: str
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()
    advice: str = ""
    reason: str = ""
    code: str = ""
    language: str = ""
    lines: tuple[Span, ...] = ()
    gap_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that gapkit says of one sample."""

    sample_id: str
    turn: int
    metadata: Metadata
    reference: str
    coverages: tuple[Coverage, ...]
    gaps: tuple[Gap, ...]
    documented_gaps: tuple[CheckedGap, ...]
    problems: tuple[Problem, ...]
    model_artifacts: int
    ideal_artifacts: int
    fingerprint: str = ""
    seconds: float = 0.0
    remedies: tuple[Remedy, ...] = ()
