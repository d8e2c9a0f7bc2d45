"""The whole program on one screen: a sample goes in, its assessment comes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from gapkit.artifacts import artifacts_of_files, find_artifacts
from gapkit.claims import check_claims, ground, measure_claims
from gapkit.compare import differences
from gapkit.concepts import load_knowledge
from gapkit.coverage import Judge, Measured
from gapkit.defects import find_defects
from gapkit.dialects import read_artifact
from gapkit.documents import read_document
from gapkit.failures import read_failures
from gapkit.folding import LineFinder
from gapkit.gaps import difference_gaps, empty_gaps, invalid_gaps, open_gaps, rank_gaps, stop_gaps
from gapkit.models import (
    Artifact,
    Assessment,
    CheckedGap,
    Coverage,
    Declaration,
    Fact,
    Gap,
    Misuse,
    Problem,
    Remedy,
    Requirement,
    Sample,
    Source,
)
from gapkit.note_evidence import with_evidence
from gapkit.note_faults import note_faults
from gapkit.requirements import find_requirements, requirements_of_ideal
from gapkit.resources import Side, Sides, build_side, with_findings
from gapkit.rubric import read_rubric
from gapkit.turn_status import follow_turns
from gapkit.undelivered import undelivered, without_undelivered
from gapkit.untested import untested_gaps
from gapkit.validity import invalid_facts


def assess(sample: Sample, knowledge_folder: Path | None = None, explaining: bool = False) -> Assessment:
    """Everything that can be said of a sample; never raises for what a sample holds.

    `explaining` keeps, per requirement, the chain from wording to status (`gapkit show --why`) and makes the
    remedies of a gap-analysis document (`gapkit explain`).
    """
    started = perf_counter()
    knowledge = load_knowledge(knowledge_folder)
    problems: list[Problem] = list(sample.problems)
    sides = read_sides(sample, problems)
    requirements = requirements_of(sample, problems)
    judge = Judge.of(sides, knowledge, explaining)
    coverages, measured = judge.judge(requirements)
    links = judge.links(coverages, measured)
    if len(sample.turns) > 1:
        later = [without_undelivered(_side(turn.model_response, (), problems)) for turn in sample.turns[1:]]
        coverages = follow_turns(coverages, sides, later, knowledge)
    gaps = invalid_gaps(sides.model, sides.ideal, links) + stop_gaps(sides.model, sides.ideal)
    gaps += empty_gaps(sides.model, sides.ideal) + untested_gaps(*_texts(sample))
    if judge.alignment is not None:
        gaps += difference_gaps(differences(judge.alignment), links)
    linked = frozenset(g.requirement_id for g in gaps if g.requirement_id and g.kind != "extra")
    ranked = rank_gaps(gaps + open_gaps(coverages, linked))
    documented = _checked_notes(sample, requirements, ranked, judge, problems)
    return Assessment(
        sample_id=sample.sample_id,
        turn=sample.turns[-1].number if sample.turns else 1,
        metadata=sample.metadata,
        reference=_reference(sides, sample),
        coverages=coverages,
        gaps=ranked,
        documented_gaps=documented,
        problems=tuple(problems),
        model_artifacts=len(sides.model.sources),
        ideal_artifacts=len(sides.ideal.sources),
        fingerprint=sample.fingerprint,
        seconds=perf_counter() - started,
        remedies=_remedies(sample, judge, coverages, measured, ranked) if explaining else (),
    )


def _remedies(
    sample: Sample, judge: Judge, coverages: tuple[Coverage, ...], measured: list[Measured], gaps: tuple[Gap, ...]
) -> tuple[Remedy, ...]:
    """What a gap-analysis document says of what is open; its module is read only then."""
    from gapkit.dialects.tree import label_of
    from gapkit.remedies import Workbench, make_remedies
    from gapkit.snippet_syntax import language_of

    _, artifacts = _read(sample.ideal_response, sample.ideal_files, [])
    sources = {s.name: s.text.split("\n") for s in (sample.ideal_response, *sample.ideal_files) if s is not None}
    lines = {label_of(a): sources.get(a.document, []) for a in artifacts}
    _, answered = _read(sample.turns[0].model_response if sample.turns else None, (), [])
    languages = {label_of(a): language_of(a.language, a.name) for a in (*answered, *artifacts)}
    return make_remedies(coverages, measured, Workbench(judge, gaps, lines, languages))


def read_sides(sample: Sample, problems: list[Problem] | None = None, turn: int = 0) -> Sides:
    """Both responses made comparable: the model's at a turn (0 is the first), and the ideal's."""
    found: list[Problem] = [] if problems is None else problems
    response = sample.turns[turn].model_response if sample.turns else None
    model, ideal = _side(response, (), found), _side(sample.ideal_response, sample.ideal_files, found)
    whole = without_undelivered(ideal)
    # What the ideal leaves out, too, is there already.
    return Sides(model, ideal) if whole is ideal else Sides(without_undelivered(model), whole)


def _texts(sample: Sample) -> tuple[str, str]:
    """The response of the first turn and the ideal, as they are written."""
    response = sample.turns[0].model_response if sample.turns else None
    return response.text if response else "", sample.ideal_response.text if sample.ideal_response else ""


def _reference(sides: Sides, sample: Sample) -> str:
    if not sides.ideal.empty:
        return "code"
    return "prose" if sample.ideal_response is not None else "none"


def _read(
    response: Source | None, files: tuple[Source, ...], problems: list[Problem], misuses: list[Misuse] | None = None
) -> tuple[tuple[Declaration, ...], tuple[Artifact, ...]]:
    """What a response declares; the files beside it speak where the document itself holds no code."""
    artifacts: tuple[Artifact, ...] = ()
    declarations: list[Declaration] = []
    if response is not None:
        artifacts, found = find_artifacts(response)
        problems.extend(found)
    for candidates in (artifacts, artifacts_of_files(files) if files else ()):
        if not declarations and candidates:
            artifacts = candidates
            for artifact in candidates:
                reading = read_artifact(artifact)
                declarations.extend(reading.declarations)
                problems.extend(reading.problems)
                if misuses is not None:
                    misuses.extend(reading.misuses)
    return tuple(declarations), artifacts


def _side(response: Source | None, files: tuple[Source, ...], problems: list[Problem]) -> Side:
    before = len(problems)
    misuses: list[Misuse] = []
    declarations, artifacts = _read(response, files, problems, misuses)
    side = build_side(declarations, artifacts)
    found = problems[before:]
    unread = any(problem.stage == "facts" and problem.line is not None for problem in found)
    findings = invalid_facts(declarations, found, misuses, artifacts) + find_defects(side, unread)
    return with_findings(side, findings + undelivered(declarations, artifacts), found)


def requirements_of(sample: Sample, problems: list[Problem]) -> tuple[Requirement, ...]:
    """The rubric's requirements, else the prompt's, else the ideal's."""
    requirements: tuple[Requirement, ...] = ()
    if sample.rubric is not None:
        requirements, found = read_rubric(sample.rubric)
        problems.extend(found)
    prompt = sample.turns[0].prompt if sample.turns else None
    if not requirements and prompt is not None:
        requirements, found = find_requirements(read_document(prompt))
        problems.extend(found)
    if not requirements and sample.ideal_response is not None:
        requirements = requirements_of_ideal(read_document(sample.ideal_response))
    if not requirements and not any(p.code == "no_requirements" for p in problems):
        problems.append(Problem("requirements", "no_requirements", "no requirement was found; add a requirements.yaml"))
    return requirements


def _checked_notes(
    sample: Sample, requirements: tuple[Requirement, ...], gaps: tuple[Gap, ...], judge: Judge, problems: list[Problem]
) -> tuple[CheckedGap, ...]:
    """The reviewer's notes held against what was found; their own faults are added to the problems."""
    if sample.model_failures is None:
        return ()
    document = read_document(sample.model_failures)
    notes, found = read_failures(document)
    problems.extend(found)
    if not notes:
        return ()
    first = sample.turns[0] if sample.turns else None
    prompt = first.prompt.text if first and first.prompt else ""
    response, ideal = _texts(sample)
    grounds = ground(gaps, judge, response, ideal)
    measured = measure_claims(notes, grounds)
    checked = check_claims(notes, grounds, measured)
    unknown = [m.features["neither"] if m.claim.names else 1.0 for m in measured]
    finders = LineFinder(response), LineFinder(ideal)
    problems.extend(note_faults(document, notes, requirements, prompt, finders, unknown))
    return with_evidence(checked, measured, grounds, *finders)


def read_declarations(sample: Sample, side: str = "model") -> tuple[tuple[Declaration, ...], tuple[Problem, ...]]:
    """What one side (`model` or `ideal`) declares, with what could not be read."""
    problems: list[Problem] = []
    if side == "ideal":
        declarations, _ = _read(sample.ideal_response, sample.ideal_files, problems)
    else:
        declarations, _ = _read(sample.turns[-1].model_response if sample.turns else None, (), problems)
    return declarations, tuple(problems)


def facts(declarations: tuple[Declaration, ...]) -> Iterator[Fact]:
    """A fact per declaration and one per property, in source order."""
    for d in declarations:
        yield Fact(d.artifact, d.dialect, d.kind, d.type, d.canonical_type, d.name, "", None, d.line)
        for path, value, line in d.properties:
            yield Fact(d.artifact, d.dialect, "property", d.type, d.canonical_type, d.name, path, value, line)
