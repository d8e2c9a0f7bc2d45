"""cfn-lint's findings on a response's templates, as gaps: a stage of its own, after judging (`gapkit score --lint`).

cfn-lint needs a second a template, a hundred times what judging takes.  So it runs in a process beside the worker,
which is ended when a template takes too long, and what it said of a text is kept in a cache folder: one file a text in
$XDG_CACHE_HOME/gapkit/lint (~/.cache where that is not set), cfn-lint's version in its name.
"""

from __future__ import annotations

import json
import multiprocessing as mp
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import NamedTuple

from gapkit.artifacts import artifacts_of_files, find_artifacts
from gapkit.dialects import read_artifact
from gapkit.fault_kinds import fault_harm, lint_severities
from gapkit.gaps import rank_gaps
from gapkit.models import Artifact, Assessment, Gap, GapkitError, Problem, Sample
from gapkit.severity import RANK
from gapkit.types import canonical_type

TIME_LIMIT = 30.0
REGION = "us-east-1"
MOST_MATCHES = 40
DOCUMENTATION = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md#{rule}"


class Match(NamedTuple):
    """One finding of cfn-lint: rule id, message, line of the template (1-based), path from the template's root."""

    rule: str
    message: str
    line: int
    path: tuple[str, ...]


def lint_version() -> str:
    """The version of cfn-lint; raises GapkitError where it is not installed."""
    try:
        if find_spec("cfnlint") is not None:
            return version("cfn-lint")
    except PackageNotFoundError:
        pass
    raise GapkitError("--lint needs cfn-lint, which is not installed. Run: pip install 'gapkit[lint]'")


def cache_folder() -> Path:
    """Where findings are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gapkit" / "lint"


class Linter:
    """Lints templates in a process of its own; `time_limit` is in seconds per template."""

    def __init__(self, cache: Path | None = None, time_limit: float = TIME_LIMIT) -> None:
        self._version, self._cache, self._time_limit = lint_version(), cache or cache_folder(), time_limit
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def matches(self, text: str) -> tuple[Match, ...] | None:
        """The findings on one template, in the order of their lines; None where it took too long."""
        name = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        kept = self._cache / f"{name}-{self._version}.json"
        try:
            return tuple(Match(r, m, n, tuple(p)) for r, m, n, p in json.loads(kept.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            pass  # not there, or not whole: ask again
        found = self._ask(text)
        if found is not None:
            self._keep(kept, found)
        return found

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = self._connection = None

    def _ask(self, text: str) -> tuple[Match, ...] | None:
        if self._process is None or not self._process.is_alive():
            context = mp.get_context("spawn")
            self._connection, theirs = context.Pipe()
            # A worker is a daemon, which may have no children; this one ends with its pipe.
            self._process = context.Process(target=_serve, args=(theirs,))
            daemon, mp.current_process()._config["daemon"] = mp.current_process().daemon, False  # type: ignore[attr-defined]
            try:
                self._process.start()
            finally:
                mp.current_process()._config["daemon"] = daemon  # type: ignore[attr-defined]
            theirs.close()
        assert self._connection is not None
        try:
            self._connection.send(text)
            if self._connection.poll(self._time_limit):
                return tuple(Match(*row) for row in self._connection.recv())
        except (OSError, EOFError):
            pass  # the process died of this template
        self.close()
        return None

    def _keep(self, path: Path, found: Sequence[Match]) -> None:
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}")
            part.write_text(json.dumps(found), encoding="utf-8")
            part.replace(path)
        except OSError:
            pass  # without a cache it only takes longer the next time


def _serve(connection: Connection) -> None:
    """The life of the process: lint what is sent until the other side goes away."""
    from cfnlint.api import ManualArgs, lint

    while True:
        try:
            text = connection.recv()
        except (EOFError, OSError):
            return
        rows = []
        try:
            found = lint(text, config=ManualArgs(regions=[REGION]))
        except Exception:  # whatever a hostile template does to cfn-lint, it has nothing to say of it
            found = []
        for match in found:
            if match.rule.id[:1] in lint_severities():
                path = tuple(str(step) for step in getattr(match, "path", None) or ())  # none where it cannot parse
                rows.append((match.rule.id, str(match.message)[:400], int(match.linenumber), path))
        connection.send(sorted(set(rows), key=lambda row: (row[2], row[0], row[1]))[:MOST_MATCHES])


def with_lint(assess: Callable[[Sample], Assessment], linter: Linter) -> Callable[[Sample], Assessment]:
    """The same assessing, with what cfn-lint says of the response's templates and does not say of the ideal's."""
    return lambda sample: lint_assessment(assess(sample), sample, linter)


def lint_assessment(assessment: Assessment, sample: Sample, linter: Linter) -> Assessment:
    """The assessment with a gap per finding that gapkit does not have itself; ranked behind what is as severe."""
    response = sample.turns[0].model_response if sample.turns else None
    templates = _templates(find_artifacts(response)[0]) if response is not None else ()
    if not templates:
        return assessment
    ideal = find_artifacts(sample.ideal_response)[0] if sample.ideal_response is not None else ()
    tolerated = {
        (match.rule, match.message)
        for template in _templates(ideal) or _templates(artifacts_of_files(sample.ideal_files))
        for match in linter.matches(template.text) or ()
    }
    known = {gap.model_line for gap in assessment.gaps if gap.kind == "invalid"}
    gaps: list[Gap] = []
    problems: list[Problem] = []
    for template in templates:
        found = linter.matches(template.text)
        if found is None:
            message = f"cfn-lint took more than {TIME_LIMIT:g} s or failed on this template; lint it alone"
            problems.append(Problem("lint", "lint_failed", message, template.document, template.line_start))
        types = {d.name: d.type for d in read_artifact(template).declarations if d.kind == "resource"}
        for match in found or ():
            gap = _gap(match, template, types)
            if gap.model_line not in known and (match.rule, match.message) not in tolerated:
                gaps.append(gap)
    if not gaps and not problems:
        return assessment
    return replace(assessment, gaps=_merged(assessment.gaps, gaps), problems=(*assessment.problems, *problems))


def _templates(artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    return tuple(
        artifact
        for artifact in artifacts
        if any(d.kind == "template" and d.dialect == "cloudformation" for d in read_artifact(artifact).declarations)
    )


def _gap(match: Match, template: Artifact, types: dict[str, str]) -> Gap:
    name = match.path[1] if len(match.path) > 1 and match.path[0] == "Resources" else ""
    type_ = types.get(name)
    steps = match.path[3:] if match.path[2:3] == ("Properties",) else match.path[2:]
    subject = f"{type_} “{name}”" if type_ else "The template"
    severity = lint_severities()[match.rule[0]]
    return Gap(
        gap_id="",
        requirement_id=None,
        rank=0,
        title=f"{subject}: {match.message} (cfn-lint {match.rule})"[:300],
        kind="invalid",
        resource_type=type_,
        canonical_type=canonical_type("cloudformation", type_) if type_ else None,
        resource_name=name or None,
        property_path=".".join(steps) or None,
        expected=None,
        found=match.message,
        severity=severity,
        category="deployability",
        impact=fault_harm(severity),
        fix=f"Correct it; {DOCUMENTATION.format(rule=match.rule)} tells the rule.",
        model_line=template.line_start + match.line - 1,
        ideal_line=None,
        confidence=0.95,
    )


def _merged(gaps: Sequence[Gap], linted: Sequence[Gap]) -> tuple[Gap, ...]:
    """Both by severity, each in its order; the gaps keep their ids, which notes refer to, and get new ranks."""
    numbered = [g._replace(gap_id=f"G{n:02d}") for n, g in enumerate(rank_gaps(linted), len(gaps) + 1)]
    first: dict[str, int] = {}
    for gap in gaps:
        first[gap.severity] = gap.rank
    worst_kept = [(gap.rank, 0, gap) for gap in gaps]
    placed = []
    for gap in numbered:
        as_severe = [rank for severity, rank in first.items() if RANK[severity] >= RANK[gap.severity]]
        placed.append((max(as_severe, default=0), 1, gap))
    ordered = sorted(worst_kept + placed, key=lambda row: row[:2])
    return tuple(gap._replace(rank=rank) for rank, (_, _, gap) in enumerate(ordered, 1))
