"""What the files around a Pulumi program get wrong: versions that are asked for, and the settings of `Pulumi.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gapkit.dialects.tree import label_of
from gapkit.models import Artifact, Declaration
from gapkit.validity_properties import Fault

# `pulumi-aws==6.2`, `"@pulumi/aws": "^6.0.0"`, `pulumi-aws>=6.0.0,<7.0.0`
_OLDER_PULUMI = re.compile(
    r"""pulumi[-/:]aws["']?[ \t]*+[:=]?[ \t]*+["']?"""
    r"""(?:[=~^]{0,2}[ \t]*+v?[0-6](?:\.|["'\s])|[^\n<#]{0,20}<[ \t]*[0-7]\b(?:\.0)*(?![.\d])|/sdk/v[1-6]/)"""
)
_PROJECT = re.compile(r"(?:^|/)Pulumi\.ya?ml$")
_LINE = re.compile(r"( *)[\"']?([\w:.-]*?\w)[\"']?:(?:\s+[\"']?([^\s\"'#]*)|$)")
_TYPES = frozenset({"string", "integer", "boolean", "array", "object"})


def older_pulumi_asked(artifacts: Iterable[Artifact]) -> bool:
    """Whether a list of packages asks for a version of pulumi-aws below 7."""
    return any("aws" in a.text and "ulumi" in a.text and _OLDER_PULUMI.search(a.text) is not None for a in artifacts)


def project_faults(artifacts: Iterable[Artifact]) -> Iterator[Fault]:
    """Settings in `Pulumi.yaml` that Pulumi refuses before it runs the program."""
    for artifact in artifacts:
        if "ulumi" in artifact.name and _PROJECT.search(artifact.name):
            yield from _settings(artifact)


def _settings(artifact: Artifact) -> Iterator[Fault]:
    """A key of another namespace takes a value and nothing else; the types are few."""
    project, key, level, inside = "", "", 0, False
    for number, text in enumerate(artifact.text.split("\n"), artifact.line_start):
        match = _LINE.match(text)
        if match is None:
            continue
        indent, name, value = len(match[1]), match[2], match[3] or ""
        if not indent:
            inside = name == "config"
            key, level = "", 0
            project = value if name == "name" else project
        elif inside and (not level or indent <= level):
            key, level = name, indent
        elif inside and ":" in key and project and key.partition(":")[0] != project and name in ("default", "type"):
            message = f"{key} belongs to no project, so Pulumi takes no {name} for it"
            yield _fault(artifact, f"config.{key}.{name}", number, message, "value")
        elif inside and name == "type" and value and value not in _TYPES and "${" not in value:
            message = f"Pulumi knows no setting of type {value}"
            yield _fault(artifact, f"config.{key}.type", number, message, "string, integer, boolean or array")


def _fault(artifact: Artifact, path: str, line: int, message: str, expected: str) -> Fault:
    label = label_of(artifact)
    project = Declaration("metadata", "Pulumi.yaml", "", "Pulumi.yaml", line, line, (), label, "pulumi")
    return Fault(project, path, line, "invalid_setting", message, expected=expected)
