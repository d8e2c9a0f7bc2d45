"""Files that a response's code reads and that the response does not give: `Code.fromAsset('lambda')`, `../lib/queue`.

What reads files stands in `knowledge/files.yaml`.  A file counts as given where an artifact's name has its last part,
so a folder is given with any file in it; what a build makes (archives, `dist`) is not expected.  Where the ideal leaves
files out, too, they are there already, and nothing is said of either response.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple, cast

from gapkit.content import contents_of
from gapkit.dialects.tree import label_of
from gapkit.fault_kinds import IMPORTED, fault_severity
from gapkit.knowledge import load_yaml
from gapkit.models import Artifact, Declaration
from gapkit.resources import Side, with_findings
from gapkit.validity import Finding

CODE = "undelivered_file"
_QUOTED = re.compile(r"[\"'`]([^\"'`\n]{1,200})[\"'`]")
_SEPARATOR = re.compile(r"[/\\]")
_PARTS = re.compile(r"[/\\.]")
_READING = frozenset({"cdk", "pulumi", "cdktf", "cloudformation"})
_PROGRAMS = _READING - {"cloudformation"}
_NAME = re.compile(r"[A-Za-z_]\w+")
_DEFINED = re.compile(
    r"(?:\b(?:class|function|interface|const|type|enum|def)\s+|^(?=\w+\s*=))([A-Za-z_]\w+)", re.MULTILINE
)
_WORDS = frozenset({"as", "type", "import"})
_LONGEST = 400
_MOST, _ENOUGH = 5, 50  # files that are told, and those among which they are chosen


class _Files(NamedTuple):
    values: re.Pattern[str]
    properties: tuple[str, ...]
    made: re.Pattern[str]
    imports: tuple[re.Pattern[str], ...]
    languages: frozenset[str]


@cache
def _files() -> _Files:
    rows = cast("dict[str, list[str]]", load_yaml("files.yaml"))
    return _Files(
        re.compile("|".join(rows["values"])),
        tuple(rows["properties"]),
        re.compile("|".join(rows["made"]), re.IGNORECASE),
        tuple(re.compile(each, re.MULTILINE) for each in rows["imports"]),
        frozenset(rows["languages"]),
    )


def undelivered(declarations: Sequence[Declaration], artifacts: Sequence[Artifact]) -> tuple[Finding, ...]:
    """A finding per file of its own that a response reads and does not give, in the order of its lines."""
    found: list[Finding] = []
    given: frozenset[str] | None = None
    properties = _files().properties
    for declaration in declarations:
        if declaration.dialect not in _READING or declaration.kind not in ("resource", "call"):
            continue
        for written, value, line in declaration.properties:
            if type(value) is not str or ("(" not in value and not written.endswith(properties)):
                continue
            path = _path_read(written, value) if len(value) <= _LONGEST else ""
            if not path:
                continue
            if given is None:
                given = _given(artifacts)
                if _has_nameless_code(declarations, artifacts):
                    return ()
            if not _is_given(path, given):
                found.append(_finding(declaration, written, line, path))
    told = {each.expected for each in found}
    defined: frozenset[str] | None = None
    for artifact, dialect, start, path, names in _imported(declarations, artifacts):
        given = given if given is not None else _given(artifacts)
        if len(told) >= _ENOUGH:
            break
        if path in told or _is_given(path, given):
            continue
        defined = defined if defined is not None else _defined(artifacts)
        if defined.isdisjoint(set(_NAME.findall(names)) - _WORDS):
            told.add(path)
            line = artifact.line_start + artifact.text.count("\n", 0, start)
            home = Declaration("import", "import", path, "import", line, line, (), label_of(artifact), dialect)
            found.append(_finding(home, "", line, path))
    if len(found) > _MOST:
        says = contents_of(each.declaration for each in found)
        found = sorted(found, key=lambda each: (each.expected, says[id(each.declaration)]))[:_MOST]
    return tuple(sorted(found, key=lambda each: each.line))


def without_undelivered(side: Side) -> Side:
    """The side without such findings; the same one where it has none."""
    kept = tuple(each for each in side.findings if each.code != CODE)
    return side if len(kept) == len(side.findings) else with_findings(side, kept, side.stops)


def _finding(declaration: Declaration, property_path: str, line: int, path: str) -> Finding:
    message = f"the file or folder {path} is read and not in the response"
    severity = fault_severity(CODE, IMPORTED if declaration.kind == "import" else "")
    return Finding(declaration, property_path, line, CODE, message, severity, f"{path}, given in the response")


def _path_read(property_path: str, value: str) -> str:
    """The path of a file or folder of the response's own that a value reads, `` for none."""
    files = _files()
    if "(" in value and (read := files.values.search(value)) is not None:
        return _joined(_QUOTED.findall(value, read.end() - 1))
    if property_path.endswith(files.properties) and property_path.rpartition(".")[2] in files.properties:
        return _joined(_QUOTED.findall(value) if "__dirname" in value or "path.join" in value else [value])
    return ""


def _joined(parts: Sequence[str]) -> str:
    """One path of the parts that a program joins; `` where it is computed, absolute, or the work of a build."""
    path = "/".join(parts[:4])
    if not path or "${" in path or "://" in path or path.startswith(("/", "~")) or " " in path:
        return ""
    written = _written(path)
    return "" if _files().made.search(written) else written


def _written(path: str) -> str:
    return "/".join(each for each in _SEPARATOR.split(path) if each not in ("", ".", ".."))


def _plain(segment: str) -> str:
    return segment.lower().replace("-", "").replace("_", "")


def _given(artifacts: Iterable[Artifact]) -> frozenset[str]:
    """Every part of the artifacts' names: folders, and files with and without their suffix."""
    found: set[str] = set()
    for artifact in artifacts:
        for segment in _SEPARATOR.split(artifact.name):
            found.add(_plain(segment))
            found.update(_plain(each) for each in _PARTS.split(segment))
    return frozenset(found)


def _is_given(path: str, given: frozenset[str]) -> bool:
    last = path.rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    return _plain(last) in given or _plain(stem) in given


def _has_nameless_code(declarations: Sequence[Declaration], artifacts: Sequence[Artifact]) -> bool:
    """Whether there is code without a name and without infrastructure, which may be any of the files."""
    infrastructure = {each.artifact for each in declarations if each.dialect not in ("script", "pipeline")}
    languages = _files().languages
    return any(
        not each.name and each.language in languages and label_of(each) not in infrastructure for each in artifacts
    )


def _imported(
    declarations: Sequence[Declaration], artifacts: Sequence[Artifact]
) -> Iterator[tuple[Artifact, str, int, str, str]]:
    """The own modules that programs import: artifact, dialect, place, path and the names that are imported."""
    programs = {each.artifact: each.dialect for each in declarations if each.dialect in _PROGRAMS}
    if not programs:
        return
    for artifact in artifacts:
        dialect = programs.get(label_of(artifact))
        if dialect is None:
            continue
        for pattern in _files().imports:
            for read in pattern.finditer(artifact.text):
                names, path = read["names"], read["path"]
                path = _written(path if "/" in path else path.replace(".", "/"))
                if path:
                    yield artifact, dialect, read.start(), path, names


def _defined(artifacts: Sequence[Artifact]) -> frozenset[str]:
    """The names that the artifacts define."""
    return frozenset(name for each in artifacts for name in _DEFINED.findall(each.text))
