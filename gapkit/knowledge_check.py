"""Concept files -> what is wrong with them, by file and line.

The form is `knowledge/concepts.schema.json`; what a schema cannot say (a regular expression that does not compile, an
id that stands twice, an example that its own rule does not see) is checked here.  A concept is a YAML mapping, so a
mistake is told at the line of the innermost value that has one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gapkit.concepts import Concept, detect, load_knowledge, read_rule
from gapkit.dialects import read_artifact
from gapkit.knowledge import load_yaml_text
from gapkit.models import Artifact, GapkitError
from gapkit.resources import build_side
from gapkit.words import phrase_words

LARGEST_FILE = 2_000_000  # bytes
LANGUAGES = {
    "cloudformation": "yaml",
    "terraform": "hcl",
    "typescript": "ts",
    "python": "py",
    "java": "java",
    "go": "go",
}
_NESTED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*[*+]\)[*+{]")
Steps = Sequence[str | int]  # keys and places, from a file's top to a value


def concept_paths(folder: Path | None = None) -> list[Path]:
    """The concept files of a folder, or gapkit's own, in name order.

    Raises GapkitError where the folder is none or holds no concept file.
    """
    if folder is None:
        own = Path(str(files("gapkit.knowledge")))
        return sorted(own.glob("concepts-*.yaml"))
    if not folder.is_dir():
        raise GapkitError(f"{folder} is no folder. Give the folder of your concept files.")
    found = sorted(folder.glob("*.yaml"))
    if not found:
        raise GapkitError(f"{folder} holds no .yaml file. Write one as docs/knowledge.md tells.")
    return found


def check_knowledge(folder: Path | None = None, examples: bool = True) -> list[str]:
    """What is wrong with a folder's concept files (gapkit's own without a folder): `file:line: what`, in file order.

    Without `examples` they are not run.  Raises GapkitError where there is nothing to check.
    """
    complaints: list[str] = []
    seen: dict[str, str] = {}
    sound = True
    for path in concept_paths(folder):
        found = list(_check_file(path, seen))
        sound = sound and not found
        complaints += found
    if examples and sound:
        for path in concept_paths(folder):
            complaints += _check_examples(path, folder)
    return complaints


def _check_file(path: Path, seen: dict[str, str]) -> Iterator[str]:
    """What is wrong with one file; ids are added to `seen`."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            yield f"{path}:1: over {LARGEST_FILE // 1_000_000} MB; split it"
            return
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield f"{path}:1: cannot be read ({error})"
        return
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data: Any = load_yaml_text(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).split("\n")[0]
        yield f"{path}:{mark.line + 1 if mark else 1}: no YAML ({what})"
        return
    misfits = sorted(_validator().iter_errors(data), key=lambda e: [str(p) for p in e.absolute_path])
    for misfit in misfits:
        yield f"{path}:{_line(node, [*misfit.absolute_path, *_unknown_keys(misfit)[:1]])}: {_told(misfit)}"
    if misfits:
        return
    for place, concept in enumerate(data["concepts"]):
        line = _line(node, ("concepts", place, "id"))
        name = concept["id"]
        if name in seen:
            yield f"{path}:{line}: id {name!r} stands already in {seen[name]}; give another"
        seen.setdefault(name, f"{path}:{line}")
        for at, what in _mistakes(concept):
            yield f"{path}:{_line(node, ('concepts', place, *at))}: {name}: {what}"


def _mistakes(concept: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
    """What a schema cannot see in one concept: where in it, and what."""
    for key in ("across", "form"):
        if concept.get("detect") and concept.get(key):
            yield (key,), f"`{key}` stands in place of `detect`; keep one"
    for number, wording in enumerate(concept.get("wordings", ())):
        if not phrase_words(str(wording)):
            yield ("wordings", number), f"wording {wording!r} holds no word that is looked at"
    wordings = [f" {' '.join(phrase_words(str(wording)))} " for wording in concept.get("wordings", ())]
    for number, phrase in enumerate(concept.get("except", ())):
        stems = f" {' '.join(phrase_words(str(phrase)))} "
        if not any(wording in stems and wording != stems for wording in wordings):
            yield ("except", number), f"{phrase!r} holds none of the wordings, or is one"
    for number, rule in enumerate(concept.get("detect", ())):
        for steps, pattern in _patterns(rule):
            if _NESTED_REPEAT.search(pattern):
                said = f"{steps[-1]} {pattern!r} repeats what repeats; it could take for ever"
                yield ("detect", number, *steps), said
        try:
            read_rule(rule)
        except (re.error, ValueError, KeyError, TypeError) as error:
            yield ("detect", number), f"the rule cannot be read ({error})"


def _patterns(rule: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
    """The regular expressions of a rule and of what stands in it, each with where it stands."""
    for key in ("value", "call", "name", "artifact", "raw", "place"):
        pattern = rule.get(key)
        if isinstance(pattern, str) and (key != "value" or pattern.startswith("~")):
            yield (key,), pattern
    for key in ("where", "beside", "another"):
        for path, test in rule.get(key, {}).items():
            if isinstance(test, str) and test.startswith(("~", "absent ~")):
                yield (key, path), test
    if "unnamed" in rule:
        for steps, pattern in _patterns(rule["unnamed"]):
            yield ("unnamed", *steps), pattern


def _check_examples(path: Path, folder: Path | None) -> Iterator[str]:
    """Examples that are not seen, and near misses that are."""
    text = path.read_text(encoding="utf-8")
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    concepts = load_knowledge(folder).concepts
    data: Any = load_yaml_text(text)
    for place, concept in enumerate(data["concepts"]):
        for number, example in enumerate(concept.get("examples", ())):
            for kind in ("fires", "near_miss"):
                if kind in example and _is_met(concepts[concept["id"]], example, kind) is not _wanted(concept, kind):
                    line = _line(node, ("concepts", place, "examples", number, kind))
                    what = "is not detected" if kind == "fires" else "is detected"
                    yield f"{path}:{line}: {concept['id']}: the example `{kind}` {what}"


def _wanted(concept: Mapping[str, Any], kind: str) -> bool:
    return (kind == "fires") is not bool(concept.get("violation", False))


def _is_met(concept: Concept, example: Mapping[str, str], kind: str) -> bool:
    code = example[kind]
    language = LANGUAGES[example.get("dialect", "cloudformation")]
    artifact = Artifact("example", "", language, code, 1, code.count("\n") + 1)
    return detect(concept, build_side(read_artifact(artifact).declarations, (artifact,))).share >= 0.999


@cache
def _validator() -> jsonschema.protocols.Validator:
    schema = json.loads((files("gapkit.knowledge") / "concepts.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def _told(error: jsonschema.ValidationError) -> str:
    """A schema's error in plain words, with the place inside the file."""
    place = ".".join(str(p) for p in error.absolute_path) or "the file"
    value: Any = error.instance
    wanted: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "required":
        missing = [name for name in wanted if not isinstance(value, dict) or name not in value]
        return f"{place} lacks {', '.join(missing)}"
    if error.validator == "dependentRequired":
        key, beside = next((k, b) for k, b in wanted.items() if k in value and not set(b) <= value.keys())
        return f"{place}: {key} needs {', '.join(beside)} beside it"
    if error.validator == "additionalProperties":
        unknown = ", ".join(_unknown_keys(error))
        return f"{place} has {unknown}, which is no key here; known are {', '.join(schema.get('properties', {}))}"
    if error.validator == "enum":
        return f"{place} is {value!r}; it has to be one of {', '.join(map(str, wanted))}"
    if error.validator == "type":
        return f"{place} has to be {wanted if isinstance(wanted, str) else ' or '.join(wanted)}, not {_kind(value)}"
    if error.validator in ("anyOf", "oneOf"):
        return f"{place} needs {schema.get('description', 'another form')}"
    return f"{place}: {error.message[:160]}"


def _unknown_keys(error: jsonschema.ValidationError) -> list[str]:
    """The keys that a mapping may not have, where that is the mistake."""
    if error.validator != "additionalProperties":
        return []
    instance: Any = error.instance
    schema: Any = error.schema
    return [str(name) for name in instance if name not in schema.get("properties", {})]


def _kind(value: object) -> str:
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return kinds.get(type(value), "a number")


def _line(node: Any, path: Iterable[str | int]) -> int:
    """The 1-based line of a place in a YAML document: of the innermost node on the way there."""
    line = node.start_mark.line + 1 if node is not None else 1
    for step in path:
        found = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    found, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = node.value[step]
            line = found.start_mark.line + 1
        if found is None:
            return line
        node = found
    return line
