"""A batch run: corpus -> run folder, in parallel, resumable, the same whatever the number of workers."""

from __future__ import annotations

import fnmatch
import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from gapkit import __version__
from gapkit.corpus import Corpus, open_corpus
from gapkit.knowledge import knowledge_version
from gapkit.metadata import normalise_metadata
from gapkit.models import Assessment, GapkitError, Metadata, Problem, Sample
from gapkit.workers import Lost, Score, run_chunks

TIME_LIMIT = 60.0
LINT_TIME = 300.0  # seconds per sample that linting has on top; each template has a limit of its own
ENGINES = ("local", "dask")
Assess = Callable[[Sample], Assessment]
Item = tuple[str, str]  # sample_id, and the fingerprint that was scored before ("" where none was)


class Progress(Protocol):
    """Told how far a run is."""

    def start(self, total: int, reused: int) -> None:
        """Called once, with the number of samples and how many of a cut-off run are done."""

    def advance(self, samples: int) -> None:
        """Called with each number of samples that got finished."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did: samples in the tables, scored now, reused, and problems in the tables."""

    folder: Path
    samples: int
    scored: int
    reused: int
    problems: int


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """A scored chunk: the five tables packed, and the ids whose fingerprint was the known one."""

    tables: bytes
    unchanged: tuple[str, ...]


@dataclass(frozen=True)
class ScoreChunk:
    """Makes the function that scores a chunk in a worker; can be pickled."""

    corpus: Corpus
    assess: Assess | None = None
    knowledge: Path | None = None
    lint: bool = False

    def __call__(self) -> Score:
        assess = self.assess or _pipeline(self.knowledge)
        if self.lint:
            from gapkit.lint import Linter, with_lint

            assess = with_lint(assess, Linter())
        return lambda items, begin: score_items(self.corpus, assess, items, begin)


def _pipeline(knowledge: Path | None) -> Assess:
    from gapkit.pipeline import assess

    return lambda sample: assess(sample, knowledge)


def score(
    corpus: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    workers: int | None = None,
    select: str | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    time_limit: float = TIME_LIMIT,
    knowledge: Path | None = None,
    progress: Progress | None = None,
    assess: Assess | None = None,
    lint: bool = False,
) -> RunResult:
    """Score a corpus into a run folder and say what was done.

    Samples whose content, gapkit and knowledge did not change are reused, those of a cut-off run included.
    `select` keeps the sample ids that match a shell pattern (`cfn-*`); `time_limit` is in seconds per sample.
    `knowledge` is a folder of the user's own concept files; `lint` adds what cfn-lint says of CloudFormation.
    `assess` replaces the pipeline and has to be importable.  Processes are spawned: a script that calls this needs
    `if __name__ == "__main__"`.  Raises GapkitError where there is nothing to read or nowhere to write.
    """
    from gapkit.journal import RunFolder, packed, sample_rows
    from gapkit.tables import arrow_tables

    if engine not in ENGINES:
        raise GapkitError(f"There is no engine {engine!r}. Give {' or '.join(ENGINES)}.")
    started = datetime.now(UTC)
    source = open_corpus(corpus)
    order = _selected(source, select)
    run = RunFolder(Path(folder))
    run.prepare()
    versions = made_with(assess, knowledge, lint)
    facts = run.run_facts()
    known: dict[str, str] = {}
    sources: dict[str, Path | None] = {}
    if facts.get("made_with") == versions and (finished := run.finished_samples()) is not None:
        for sample_id, fingerprint in sample_rows(finished):
            known[sample_id], sources[sample_id] = fingerprint, None
    run.discard_parts_of(versions)
    for part, samples in run.finished_parts():
        for sample_id, fingerprint in sample_rows(samples):
            known[sample_id], sources[sample_id] = fingerprint, part
    if progress:
        progress.start(len(order), len(known.keys() & set(order)))
    workers = workers or available_cores()
    chunks = chunked([(sample_id, known.get(sample_id, "")) for sample_id in order], workers)
    make_score = ScoreChunk(source, assess, knowledge, lint)
    if engine == "dask":
        from gapkit.dask_engine import run_chunks_on_dask

        results = run_chunks_on_dask(chunks, make_score, scheduler, workers)
    else:
        results = run_chunks(chunks, make_score, workers, time_limit + LINT_TIME * lint)
    reused = 0
    try:
        for result in results:
            if isinstance(result, Lost):
                sample_id = result.item[0]  # its row has no fingerprint, so the next run tries it again
                sources[sample_id] = run.add_part(packed(arrow_tables([failed(sample_id, result.problem)])))
                done = 1
            else:
                unchanged = set(result.result.unchanged)
                reused += len(unchanged)
                scored = [sample_id for sample_id, _ in result.items if sample_id not in unchanged]
                if scored:
                    part = run.add_part(result.result.tables)
                    sources.update(dict.fromkeys(scored, part))
                done = len(result.items)
            if progress:
                progress.advance(done)
    finally:
        results.close()
    run_facts = {
        "gapkit": __version__,
        "knowledge": versions["knowledge"],
        "made_with": versions,
        "options": {
            "select": select,
            "engine": engine,
            "workers": workers,
            "time_limit": time_limit,
            "knowledge": str(knowledge) if knowledge else None,
            "lint": lint,
        },
        "corpus": os.fspath(corpus),
        "started": started.isoformat(timespec="seconds"),
    }
    return _finish(run, order, sources, run_facts, reused)


def _finish(run: Any, order: Sequence[str], sources: Mapping[str, Path | None], facts: Any, reused: int) -> RunResult:
    facts["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    facts["counts"] = {"scored": len(order) - reused, "reused": reused}
    counts = run.finish(order, sources, facts)
    return RunResult(run.path, len(order), len(order) - reused, reused, counts["problems"])


def _selected(corpus: Corpus, select: str | None) -> tuple[str, ...]:
    ids = corpus.sample_ids()
    if not ids:
        raise GapkitError(
            f"{corpus.location} holds no samples. A sample is a folder with PROMPT.md, MODEL_RESPONSE.md and "
            "IDEAL_RESPONSE.md, in lib/ or directly."
        )
    chosen = tuple(i for i in ids if fnmatch.fnmatchcase(i, select)) if select else ids
    if not chosen:
        raise GapkitError(f"No sample of {corpus.location} matches {select!r}. The first is {ids[0]!r}.")
    return chosen


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def chunked(items: Sequence[Item], workers: int) -> list[tuple[Item, ...]]:
    """Chunks small enough that all workers end together, large enough that handing them over costs nothing."""
    size = max(1, min(32, len(items) // (workers * 8)))
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


@cache
def _code_version() -> str:
    """A digest of gapkit's own source, so that a changed rule is never mistaken for the same run."""
    digest = blake2b(digest_size=8)
    root = Path(__file__).parent
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _folder_version(knowledge: Path) -> str:
    if not knowledge.is_dir():
        raise GapkitError(f"{knowledge} is no folder. Give the folder of your concept files with --knowledge.")
    digest = blake2b(digest_size=8)
    for file in sorted(knowledge.glob("*.yaml")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def made_with(assess: Assess | None = None, knowledge: Path | None = None, lint: bool = False) -> dict[str, str]:
    """The versions that a reusable result has to share."""
    versions = {"gapkit": __version__, "code": _code_version(), "knowledge": knowledge_version()}
    if knowledge is not None:
        versions["user_knowledge"] = _folder_version(knowledge)
    if lint:
        from gapkit.lint import lint_version

        versions["cfn-lint"] = lint_version()
    if assess is not None:
        versions["assess"] = f"{assess.__module__}.{assess.__qualname__}"
    return versions


def score_items(corpus: Corpus, assess: Assess, items: Sequence[Item], begin: Callable[[int], None]) -> ChunkResult:
    """The tables of a chunk's samples, without those whose fingerprint is the known one."""
    from gapkit.journal import packed
    from gapkit.tables import arrow_tables

    assessments: list[Assessment] = []
    unchanged: list[str] = []
    for index, (sample_id, known) in enumerate(items):
        begin(index)
        started = time.perf_counter()
        try:
            sample = corpus.read(sample_id)
        except Exception as error:  # whatever one sample does, the run goes on
            assessments.append(failed(sample_id, internal_error(error)))
            continue
        if known and sample.fingerprint == known:
            unchanged.append(sample_id)
            continue
        assessment = assess_safely(sample, assess)
        assessments.append(replace(assessment, seconds=time.perf_counter() - started))
    return ChunkResult(packed(arrow_tables(assessments)), tuple(unchanged))


def assess_safely(sample: Sample, assess: Assess) -> Assessment:
    """The assessment; where the pipeline fails, an empty one with a Problem `internal_error`."""
    try:
        return assess(sample)
    except Exception as error:  # a defect of gapkit must not cost the run
        assessment = failed(sample.sample_id, *sample.problems, internal_error(error), metadata=sample.metadata)
        return replace(assessment, fingerprint=sample.fingerprint, turn=max(1, len(sample.turns)))


def internal_error(error: BaseException) -> Problem:
    """What failed and where, for a report to gapkit's developers."""
    if isinstance(error, GapkitError):
        return Problem("corpus", "unreadable_sample", str(error))
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    what = f"{type(error).__name__}: {error}".splitlines()[0][:300].rstrip(".")
    message = f"gapkit failed on this sample: {what} ({where}). Please report it with the sample."
    return Problem("runs", "internal_error", message)


def failed(sample_id: str, *problems: Problem, metadata: Metadata | None = None) -> Assessment:
    """The row of a sample that could not be judged."""
    return Assessment(
        sample_id=sample_id,
        turn=1,
        metadata=metadata or normalise_metadata({}, sample_id)[0],
        reference="none",
        coverages=(),
        gaps=(),
        documented_gaps=(),
        problems=problems,
        model_artifacts=0,
        ideal_artifacts=0,
    )
