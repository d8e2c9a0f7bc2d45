"""CI/CD pipelines and Kubernetes manifests in YAML (or JSON) into declarations.

Stages, jobs and phases are of kind `job`, what they run of kind `step` with the job as `owner`, and what holds for
the whole file of kind `template`.  Each system is told by its root keys and read by its own small function.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gapkit.dialects.cloudformation import report_faults
from gapkit.dialects.elision import elided_lines
from gapkit.dialects.flattening import flatten
from gapkit.dialects.json_tree import read_json
from gapkit.dialects.tree import Map, Sequence, label_of, problem
from gapkit.dialects.yaml_repair import repair_yaml
from gapkit.dialects.yaml_tree import YamlError, read_yaml
from gapkit.models import Artifact, Declaration, Problem, Property, Reading

NAME = "pipeline"

_YAML_WORDS = frozenset({"yaml", "yml", "", "text", "txt", "github", "gitlab", "kubernetes", "k8s"})
_sign = re.compile(
    r"""^(?:jobs|stages|steps|phases|pipelines|pipeline|workflows|runs|services|trigger|orbs|include):"""
    r"""|^apiVersion:[ \t]*\S|^[ \t]+(?:script|runs-on):|^[ \t]*-[ \t]+(?:stage|job|task|deployment|uses):"""
    r"""|^[ \t]*-[ \t]+name:[ \t]*["']?(?:gcr\.io|[\w-]+-docker\.pkg\.dev)/""",
    re.MULTILINE,
).search
_second_sign = re.compile(
    r"""^[ \t]*-?[ \t]*(?:runs-on|args|entrypoint|uses|run|script|stage|task|image|kind"""
    r"""|commands|orbs|docker|actions|job|deployment)"""
    r"""[ \t]*:""",
    re.MULTILINE | re.IGNORECASE,
).search
_STEP_TYPES = (
    "uses", "task", "run", "script", "bash", "pwsh", "powershell", "checkout", "template", "publish", "download",
)  # fmt: skip
_GITLAB_GLOBALS = frozenset({"stages", "variables", "default", "include", "workflow", "image", "services", "cache",
                             "before_script", "after_script", "pages:deploy", "spec"})  # fmt: skip


def accepts(artifact: Artifact) -> bool:
    """Whether the artifact is a CI/CD pipeline or a Kubernetes manifest, by its root keys."""
    text = artifact.text
    if artifact.language == "json":
        return '"pipeline"' in text and '"stages"' in text and '"actions"' in text
    if artifact.language not in _YAML_WORDS and not artifact.name.endswith((".yml", ".yaml")):
        return False
    return _sign(text) is not None and _second_sign(text) is not None


def read(artifact: Artifact) -> Reading:
    """The declarations and problems of a pipeline file; a damaged one gives what it still holds."""
    text, first = artifact.text, artifact.line_start
    problems: list[Problem] = []
    trees: list[tuple[Any, int]]
    if text.lstrip()[:1] == "{":
        document = read_json(text, first)
        report_faults(artifact, document.faults, problems, "JSON")
        trees = [(document.tree, first)]
    else:
        try:
            trees = [(found.tree, found.line) for found in read_yaml(text, first)]
        except YamlError as error:
            repair = repair_yaml(text, first, error)
            report_faults(artifact, repair.faults, problems, "YAML")
            trees = [(found.tree, found.line) for found in repair.documents]
    writer = _Writer(label_of(artifact), first + text.rstrip().count("\n"), [])
    for index, (tree, line) in enumerate(trees):
        last = trees[index + 1][1] - 1 if index + 1 < len(trees) else writer.last_line
        if type(tree) is Map:
            _read_root(_Writer(writer.label, last, writer.found), tree, line)
        elif type(tree) is Sequence and _is_cloud_build(tree):
            _cloud_build_steps(writer, tree, last)
        elif type(tree) is Sequence:
            _azure_steps(writer, tree, "")
    for line in elided_lines(text)[:1]:
        message = "code is left out here; write the file in full"
        problems.append(problem(artifact, "elided_code", message, line + first - 1))
    return Reading(tuple(writer.found), tuple(problems))


class _Writer(NamedTuple):
    """Where one document's declarations go."""

    label: str
    last_line: int
    found: list[Declaration]

    def declare(
        self, kind: str, written: str, name: str, value: Any, span: tuple[int, int],
        owner: str = "", without: frozenset[str] = frozenset(), canonical: str = "",
    ) -> None:  # fmt: skip
        """Append one declaration with the flat properties of `value`, less the keys that are declared by themselves."""
        properties: list[Property] = []
        if type(value) is Map:
            for key, child, line in value:
                if key not in without:
                    flatten(key, child, line, properties)
        elif value is not None:
            flatten("run", value, span[0], properties)
        self.found.append(
            Declaration(
                kind, written, name, canonical or written, *span, tuple(properties), self.label, NAME, owner=owner
            )
        )


def _spans(entries: Map | Sequence, end: int) -> list[tuple[int, int]]:
    """First and last line of each entry or item of what ends at `end`."""
    starts = [entry[-1] for entry in entries]
    return [(start, max(start, after - 1)) for start, after in zip(starts, [*starts[1:], end + 1], strict=True)]


def _end_of(root: Map, key: str, end: int) -> int:
    """The last line of a root entry."""
    for (name, _, _), span in zip(root, _spans(root, end), strict=True):
        if name == key:
            return span[1]
    return end


def _read_root(to: _Writer, root: Map, line: int) -> None:
    keys = {key for key, _, _ in root}
    if "apiVersion" in keys and "kind" in keys:
        _kubernetes(to, root, line)
        return
    for reader, applies in _SYSTEMS:
        if applies(root, keys):
            reader(to, root, line)
            return


# ---------------------------------------------------------------- systems


def _kubernetes(to: _Writer, root: Map, line: int) -> None:
    items = root.get("items")
    if str(root.get("kind")).endswith("List") and type(items) is Sequence:
        for (item, at), span in zip(items, _spans(items, to.last_line), strict=True):
            if type(item) is Map:
                _kubernetes(_Writer(to.label, span[1], to.found), item, at)
        return
    metadata = root.get("metadata")
    name = str((metadata.get("name") if type(metadata) is Map else None) or "")
    written = f"{root.get('apiVersion')}/{root.get('kind')}"
    to.declare("resource", written, name, root, (line, to.last_line), without=frozenset({"apiVersion", "kind"}))


def _github(to: _Writer, root: Map, line: int) -> None:
    jobs = root.get("jobs")
    if type(jobs) is Map:
        to.declare(
            "template", "GitHub Actions workflow", str(root.get("name") or ""), root, (line, to.last_line),
            without=frozenset({"jobs"}),
        )  # fmt: skip
        entries, end = jobs, _end_of(root, "jobs", to.last_line)
    else:
        entries, end = root, to.last_line
    for (name, job, _), span in zip(entries, _spans(entries, end), strict=True):
        if type(job) is Map:
            to.declare("job", "GitHub Actions job", name, job, span, without=frozenset({"steps"}))
            _steps(to, job, name, span[1])


def _composite_action(to: _Writer, root: Map, line: int) -> None:
    name = str(root.get("name") or "")
    to.declare("template", "GitHub Actions action", name, root, (line, to.last_line), without=frozenset({"runs"}))
    runs = root.get("runs")
    if type(runs) is Map:
        _steps(to, runs, name, _end_of(root, "runs", to.last_line))


def _gitlab(to: _Writer, root: Map, line: int) -> None:
    own = Map([entry for entry in root if entry[0] in _GITLAB_GLOBALS])
    if own:
        to.declare("template", "GitLab CI pipeline", "", own, (line, to.last_line))
    for (name, job, _), span in zip(root, _spans(root, to.last_line), strict=True):
        if name not in _GITLAB_GLOBALS and type(job) is Map:
            to.declare("job", "GitLab CI job", name, job, span)


def _azure(to: _Writer, root: Map, line: int) -> None:
    parts = frozenset({"stages", "jobs", "steps"})
    to.declare("template", "Azure Pipelines pipeline", str(root.get("name") or ""), root, (line, to.last_line),
               without=parts)  # fmt: skip
    _azure_parts(to, root, "", to.last_line)


def _azure_parts(to: _Writer, holder: Map, owner: str, end: int) -> None:
    """The stages, jobs and steps that a pipeline, stage or job holds."""
    for part, written, names in (
        ("stages", "Azure Pipelines stage", ("stage", "template")),
        ("jobs", "Azure Pipelines job", ("job", "deployment", "template")),
    ):
        items = holder.get(part)
        if type(items) is Sequence:
            for (item, _), span in zip(items, _spans(items, _end_of(holder, part, end)), strict=True):
                if type(item) is Map:
                    name = str(next((item.get(key) for key in names if item.get(key)), "") or "")
                    without = frozenset({"jobs", "steps", "strategy"})
                    to.declare("job", written, name, item, span, owner=owner, without=without)
                    _azure_parts(to, item, name, span[1])
    steps = holder.get("steps")
    if type(steps) is Sequence:
        _azure_steps(to, steps, owner, _end_of(holder, "steps", end))
    strategy = holder.get("strategy")
    if type(strategy) is Map:
        _strategy_steps(to, strategy, owner, _end_of(holder, "strategy", end))


def _strategy_steps(to: _Writer, strategy: Map, owner: str, end: int) -> None:
    """The steps of a deployment's life cycle: `runOnce.deploy.steps` and the like."""
    for (key, value, _), span in zip(strategy, _spans(strategy, end), strict=True):
        if key == "steps" and type(value) is Sequence:
            _azure_steps(to, value, owner, span[1])
        elif type(value) is Map:
            _strategy_steps(to, value, owner, span[1])


def _azure_steps(to: _Writer, steps: Sequence, owner: str, end: int | None = None) -> None:
    for (step, _), span in zip(steps, _spans(steps, to.last_line if end is None else end), strict=True):
        if type(step) is Map:
            _step(to, step, owner, span)
            _azure_parts(to, step, str(step.get("stage") or step.get("job") or owner), span[1])


def _circle(to: _Writer, root: Map, line: int) -> None:
    without = frozenset({"jobs", "commands"})
    to.declare("template", "CircleCI pipeline", "", root, (line, to.last_line), without=without)
    for part, written in (("jobs", "CircleCI job"), ("commands", "CircleCI command")):
        entries = root.get(part)
        if type(entries) is Map:
            for (name, job, _), span in zip(entries, _spans(entries, _end_of(root, part, to.last_line)), strict=True):
                if type(job) is Map:
                    to.declare("job", written, name, job, span, without=frozenset({"steps"}))
                    _steps(to, job, name, span[1])


def _cloud_build(to: _Writer, root: Map, line: int) -> None:
    to.declare("template", "Cloud Build build", "", root, (line, to.last_line), without=frozenset({"steps"}))
    steps = root.get("steps")
    if type(steps) is Sequence:
        _cloud_build_steps(to, steps, _end_of(root, "steps", to.last_line))


def _cloud_build_steps(to: _Writer, steps: Sequence, end: int) -> None:
    """A step runs an image, which is its type."""
    for (step, _), span in zip(steps, _spans(steps, end), strict=True):
        if type(step) is Map:
            image = str(step.get("name") or "")
            to.declare("step", image, str(step.get("id") or image), step, span)


def _is_cloud_build(steps: Any) -> bool:
    return type(steps) is Sequence and any(
        type(step) is Map and step.get("name") and (step.get("args") or step.get("entrypoint")) for step, _ in steps
    )


def _buildspec(to: _Writer, root: Map, line: int) -> None:
    to.declare("template", "CodeBuild buildspec", "", root, (line, to.last_line), without=frozenset({"phases"}))
    phases = root.get("phases")
    if type(phases) is Map:
        for (name, phase, _), span in zip(phases, _spans(phases, _end_of(root, "phases", to.last_line)), strict=True):
            to.declare("job", "CodeBuild phase", name, phase, span)


def _codepipeline(to: _Writer, root: Map, line: int) -> None:
    pipeline = root.get("pipeline")
    if type(pipeline) is not Map:
        return
    end = _end_of(root, "pipeline", to.last_line)
    to.declare("template", "CodePipeline pipeline", str(pipeline.get("name") or ""), pipeline, (line, end),
               without=frozenset({"stages"}))  # fmt: skip
    stages = pipeline.get("stages")
    if type(stages) is not Sequence:
        return
    for (stage, _), span in zip(stages, _spans(stages, _end_of(pipeline, "stages", end)), strict=True):
        if type(stage) is not Map:
            continue
        name = str(stage.get("name") or "")
        to.declare("job", "CodePipeline stage", name, stage, span, without=frozenset({"actions"}))
        actions = stage.get("actions")
        if type(actions) is Sequence:
            for (action, _), at in zip(actions, _spans(actions, _end_of(stage, "actions", span[1])), strict=True):
                if type(action) is Map:
                    kind = action.get("actionTypeId")
                    provider = str((kind.get("provider") if type(kind) is Map else None) or "action")
                    to.declare("step", provider, str(action.get("name") or ""), action, at, owner=name)


def _bitbucket(to: _Writer, root: Map, line: int) -> None:
    to.declare("template", "Bitbucket pipeline", "", root, (line, to.last_line))


def _compose(to: _Writer, root: Map, line: int) -> None:
    services = root.get("services")
    if type(services) is Map:
        end = _end_of(root, "services", to.last_line)
        for (name, service, _), span in zip(services, _spans(services, end), strict=True):
            if type(service) is Map:
                to.declare("resource", "compose/service", name, service, span)


# ------------------------------------------------------------------ steps


def _steps(to: _Writer, holder: Map, owner: str, end: int) -> None:
    steps = holder.get("steps")
    if type(steps) is Sequence:
        for (step, _), span in zip(steps, _spans(steps, _end_of(holder, "steps", end)), strict=True):
            _step(to, step, owner, span)


def _step(to: _Writer, step: Any, owner: str, span: tuple[int, int]) -> None:
    """Declare a step: its type is the action or task that it uses, else how it is written (`run`, `script`)."""
    if type(step) is not Map:
        to.declare("step", str(step), str(step), None, span, owner=owner)
        return
    written = next((key for key in _STEP_TYPES if step.get(key) is not None), step[0][0] if step else "")
    if written in ("uses", "task", "template"):
        written = str(step.get(written))
    name = str(step.get("name") or step.get("displayName") or step.get("id") or "")
    body: Any = step
    run = step.get("run")
    if type(run) is Map:  # CircleCI: `run: {name: …, command: …}`
        name = name or str(run.get("name") or "")
    to.declare("step", written, name or written, body, span, owner=owner, canonical=written.partition("@")[0])


def _has_jobs(root: Map, word: str) -> bool:
    return any(type(value) is Map and value.get(word) is not None for _, value, _ in root)


_SYSTEMS: tuple[tuple[Callable[[_Writer, Map, int], None], Callable[[Map, set[str]], bool]], ...] = (
    (_buildspec, lambda root, keys: "phases" in keys),
    (_codepipeline, lambda root, keys: type(root.get("pipeline")) is Map),
    (_bitbucket, lambda root, keys: "pipelines" in keys),
    (_composite_action, lambda root, keys: type(root.get("runs")) is Map),
    (_circle, lambda root, keys: "version" in keys and bool(keys & {"jobs", "workflows", "orbs"})),
    (_cloud_build, lambda root, keys: _is_cloud_build(root.get("steps"))),
    (_github, lambda root, keys: type(root.get("jobs")) is Map or _has_jobs(root, "runs-on")),
    (_azure, lambda root, keys: any(
        type(part := root.get(key)) is Sequence and any(type(item) is Map for item, _ in part)
        for key in ("stages", "jobs", "steps"))),
    (_gitlab, lambda root, keys: "stages" in keys or _has_jobs(root, "script") or _has_jobs(root, "trigger")),
    (_compose, lambda root, keys: type(root.get("services")) is Map),
)  # fmt: skip
