"""The whole program on one screen: a sample goes in, its assessment comes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from gapkit.artifacts import artifacts_of_files, find_artifacts
from gapkit.compare import align, differences
from gapkit.concepts import load_knowledge
from gapkit.coverage import Judge
from gapkit.dialects import read_artifact
from gapkit.documents import read_document
from gapkit.evidence import SideIndex
from gapkit.failures import read_failures
from gapkit.gaps import Link, difference_gaps, open_gaps, rank_gaps
from gapkit.models import (
    Artifact,
    Assessment,
    CheckedGap,
    Coverage,
    Declaration,
    Fact,
    Problem,
    Requirement,
    Sample,
    Source,
)
from gapkit.requirements import find_requirements, requirements_of_ideal
from gapkit.resources import Side, build_side
from gapkit.rubric import read_rubric
from gapkit.signals import Signals


def assess(sample: Sample, knowledge_folder: Path | None = None) -> Assessment:
    """Everything that can be said of a sample; never raises for what a sample holds."""
    started = perf_counter()
    knowledge = load_knowledge(knowledge_folder)
    problems: list[Problem] = list(sample.problems)
    turn = sample.turns[0] if sample.turns else None
    model_artifacts = _artifacts(turn.model_response if turn else None, (), problems)
    ideal_artifacts = _artifacts(sample.ideal_response, sample.ideal_files, problems)
    model = _side(model_artifacts, turn.model_response if turn else None, problems)
    ideal = _side(ideal_artifacts, sample.ideal_response, problems)
    requirements = _requirements(sample, problems)
    reference = "code" if not ideal.empty else "prose" if sample.ideal_response is not None else "none"
    alignment = align(ideal, model) if reference == "code" else None
    model_index = SideIndex(model)
    ideal_index = SideIndex(ideal) if reference == "code" else None
    judge = Judge(model_index, ideal_index, alignment, knowledge)
    coverages, signals = judge.judge(requirements)
    gaps = []
    if alignment is not None and ideal_index is not None:
        links = _links(coverages, signals, ideal_index, model_index)
        gaps = difference_gaps(differences(alignment), links)
    linked = frozenset(g.requirement_id for g in gaps if g.requirement_id and g.kind != "extra")
    gaps += open_gaps(coverages, linked)
    documented: tuple[CheckedGap, ...] = ()
    if sample.model_failures is not None:
        notes, found = read_failures(read_document(sample.model_failures))
        problems.extend(found)
        documented = tuple(CheckedGap(note, None) for note in notes)
    return Assessment(
        sample_id=sample.sample_id,
        turn=sample.turns[-1].number if sample.turns else 1,
        metadata=sample.metadata,
        reference=reference,
        coverages=coverages,
        gaps=rank_gaps(gaps),
        documented_gaps=documented,
        problems=tuple(problems),
        model_artifacts=len(model_artifacts),
        ideal_artifacts=len(ideal_artifacts),
        fingerprint=sample.fingerprint,
        seconds=perf_counter() - started,
    )


def _artifacts(response: Source | None, files: tuple[Source, ...], problems: list[Problem]) -> tuple[Artifact, ...]:
    """A response's artifacts; the files beside it where the document itself holds no code."""
    artifacts: tuple[Artifact, ...] = ()
    if response is not None:
        artifacts, found = find_artifacts(response)
        problems.extend(found)
    if files and not any(read_artifact(a).declarations for a in artifacts):
        artifacts = artifacts_of_files(files)
    return artifacts


def _side(artifacts: tuple[Artifact, ...], response: Source | None, problems: list[Problem]) -> Side:
    declarations: list[Declaration] = []
    for artifact in artifacts:
        reading = read_artifact(artifact)
        declarations.extend(reading.declarations)
        problems.extend(reading.problems)
    return build_side(tuple(declarations), "\n".join(a.name.lower() for a in artifacts))


def _requirements(sample: Sample, problems: list[Problem]) -> tuple[Requirement, ...]:
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
    if not requirements:
        problems.append(Problem("requirements", "no_requirements", "no requirement was found; add a requirements.yaml"))
    return requirements


def _links(
    coverages: tuple[Coverage, ...],
    signals: list[tuple[Signals, Signals | None]],
    ideal: SideIndex,
    model: SideIndex,
) -> dict[int, Link]:
    """The requirement that each resource serves most: of the ideal's resources, and of what only the model has."""
    links: dict[int, Link] = {}
    for coverage, (own, reference) in zip(coverages, signals, strict=True):
        for index, found in ((ideal, reference), (model, own)):
            for number, strength in found.relevant.items() if found is not None else ():
                key = id(index.side.resources[number])
                known = links.get(key)
                if known is None or strength > known.strength:
                    links[key] = Link(
                        coverage.requirement.requirement_id, strength, coverage.category, coverage.severity
                    )
    return links


def read_declarations(sample: Sample, side: str = "model") -> tuple[tuple[Declaration, ...], tuple[Problem, ...]]:
    """What one side (`model` or `ideal`) declares, with what could not be read."""
    problems: list[Problem] = []
    if side == "ideal":
        artifacts = _artifacts(sample.ideal_response, sample.ideal_files, problems)
    else:
        artifacts = _artifacts(sample.turns[-1].model_response if sample.turns else None, (), problems)
    declarations: list[Declaration] = []
    for artifact in artifacts:
        reading = read_artifact(artifact)
        declarations.extend(reading.declarations)
        problems.extend(reading.problems)
    return tuple(declarations), tuple(problems)


def facts(declarations: tuple[Declaration, ...]) -> Iterator[Fact]:
    """A fact per declaration and one per property, in source order."""
    for d in declarations:
        yield Fact(d.artifact, d.dialect, d.kind, d.type, d.canonical_type, d.name, "", None, d.line)
        for path, value, line in d.properties:
            yield Fact(d.artifact, d.dialect, "property", d.type, d.canonical_type, d.name, path, value, line)
