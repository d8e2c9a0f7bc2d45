"""Literals of the wrong kind in what CDKTF and Pulumi calls are given: `port: "80"`, a list for one object.

TypeScript does not compile them and CDKTF's Python classes refuse them; in Pulumi's Python only what the provider
cannot convert is reported.  What stands in a variable or comes of a call is left alone, and so are Java and Go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from gapkit.dialects.constructs_calls import language_of
from gapkit.dialects.host import Array, Call, Object, Ref, Text
from gapkit.models import Artifact, Misuse
from gapkit.provider_versions import provider_versions
from gapkit.schemas import type_record
from gapkit.types import plain_name

# A resource's or a look-up's call, its type and where its settings begin among the arguments.
Given = tuple[Call, str, int]

_SAID = {
    "s": "text", "i": "a number", "n": "a number", "b": "true or false", "l": "a list", "m": "a map", "p": "one object",
}  # fmt: skip
_TEXT_CALLS = frozenset({
    "JSON.stringify", "pulumi.jsonStringify", "pulumi.interpolate", "pulumi.concat", "pulumi.Output.concat",
    "pulumi.Output.json_dumps", "Output.json_dumps",
})  # fmt: skip
_LONGEST = 60  # of a value that is shown
_LONGEST_LINE = 2000  # what was packed into one line is not looked through for each of its values
_NUMBER = re.compile(r"\s*-?\d+(?:\.\d+)?\s*")
_SILENCED = re.compile(r" as |@ts-|\?\?")


def kind_misuses(given: Sequence[Given], artifact: Artifact, label: str, framework: str) -> Iterator[Misuse]:
    """What no number, text, list or object may stand for, in the order of the resources."""
    language = language_of(artifact) if given else ""
    if language not in ("ts", "py"):
        return
    checker = _Checker(artifact, framework, language)
    for call, type_, first in given:
        provider = framework == "cdktf" and type_.endswith("AwsProvider")
        record = _provider() if provider else type_record(framework, type_)
        if record is None or (framework == "pulumi" and not (type_.startswith("aws.") and type_.count(".") == 2)):
            continue
        settings = call.args[first : first + 1] if framework == "pulumi" and language == "ts" else call.args[first:]
        definitions = record if provider else record.get("d", {})
        for argument in settings:
            if type(argument) is Object:
                checker.look(argument, record, definitions, "")
        for path, line, needed, written, value in checker.found:
            if (plain_name(type_.rpartition(".")[2]), plain_name(path)) not in provider_versions().plain_kinds:
                message = f"{type_} {path}{value} must be {needed}, not {written}"
                place = line + artifact.line_start - 1
                yield Misuse(label, place, type_, path, "wrong_value_type", message, needed)
        checker.found.clear()


@cache
def _provider() -> dict[str, Any]:
    """CDKTF's AwsProvider, of which the tables say nothing, as a record of theirs."""
    return {"p": {name: {"l": {"p": {}}} for name in provider_versions().plain_blocks}}


class _Checker:
    """The rules of one program's language.

    `found` collects paths, lines, what must stand there, what does, and its text where that is short.
    """

    __slots__ = ("found", "framework", "language", "lines", "typed")

    def __init__(self, artifact: Artifact, framework: str, language: str) -> None:
        self.framework, self.language = framework, language
        self.lines = artifact.text.split("\n")
        self.typed = framework == "cdktf" or language == "ts"
        self.found: list[tuple[str, int, str, str, str]] = []

    def look(self, value: Object, node: dict[str, Any], definitions: dict[str, Any], path: str) -> None:
        """Goes through an object's entries, whose node has properties or is a map."""
        known = node.get("p")
        for key, inner, line in value.entries:
            what = type(inner)
            if what is Ref:
                continue
            wanted = node["m"] if known is None else known.get(plain_name(key))
            if wanted == "s" and (what is str or what is Text):
                continue
            if wanted is not None and wanted != "*" and key != "...":
                self._value(inner, wanted, definitions, f"{path}.{key}" if path else key, line)

    def _value(self, value: object, node: Any, definitions: dict[str, Any], path: str, line: int) -> None:
        given = _kind(value)
        if not given or node == given:
            return
        while isinstance(node, str) and node[0] == "#":
            node = definitions.get(node[1:], "*")
        if isinstance(node, str) or "t" in node:
            letter = node if isinstance(node, str) else node["t"]
            if letter in _SAID and letter != given and self._refused(letter, given, value):
                self._report(path, line, letter, given, value)
        elif "l" in node and given == "l":
            inner = node["l"]
            for index, item in enumerate(value.items):  # type: ignore[attr-defined]
                if type(item) is not Ref:
                    self._value(item, inner, definitions, f"{path}[{index}]", line)
        elif given == "p" and "l" not in node and ("m" in node or "p" in node):
            for each in (value,) if type(value) is Object else value.args:  # type: ignore[attr-defined]
                if type(each) is Object:
                    self.look(each, node, definitions, path)
        else:
            letter = "l" if "l" in node else "m" if "m" in node else "p" if "p" in node else ""
            # CDKTF's lists and objects are told from the paths, in every language, but for the provider's.
            told = self.framework == "cdktf" and given in "lp" and letter in "lp" and definitions is not _provider()
            if letter and not told:
                self._report(path, line, letter, given, value)

    def _report(self, path: str, line: int, wanted: str, given: str, value: object) -> None:
        if self._is_written(path, line, given):
            self.found.append((path, line, _SAID[wanted], _SAID[given], _shown(value)))

    def _refused(self, wanted: str, given: str, value: object) -> bool:
        """Whether a scalar is wanted and something is given that does not become one."""
        if given in "lp":
            return True
        if wanted in "in" and given in "in":
            return False
        if self.typed:
            # To Python a truth is a number.
            return not (given == "b" and wanted in "in" and self.language == "py")
        return wanted in "in" and type(value) is str and bool(value) and _NUMBER.fullmatch(value) is None

    def _is_written(self, path: str, line: int, given: str) -> bool:
        """Whether the source says so: Python's readers look through `json.dumps`, and a cast silences TypeScript."""
        lines = self.lines
        if not 0 < line <= len(lines):
            return False
        text = lines[line - 1]
        if len(text) > _LONGEST_LINE:
            return False
        if self.language == "py":
            key = re.escape(path.rpartition(".")[2].partition("[")[0])
            return given not in "lp" or re.search(rf"\b{key}['\"]?\s*[=:]\s*[\[{{]", text) is not None
        before = lines[line - 2] if line > 1 else ""
        return _SILENCED.search(text) is None and "@ts-" not in before


def _shown(value: object) -> str:
    """A short value on one line, with a blank before it."""
    text = str(value) if type(value) in (str, int, float) else str(value).lower() if type(value) is bool else ""
    return f" {text}" if text and len(text) <= _LONGEST and text.isprintable() else ""


def _kind(value: object) -> str:
    """The letter of a literal's kind, `` where its kind is not written."""
    what = type(value)
    if what is str or what is Text:
        return "s"
    if what is bool:
        return "b"
    if what is int:
        return "i"
    if what is float:
        return "n"
    if what is Object:
        return "p" if value.entries and value.entries[0][0] != "..." else ""  # type: ignore[attr-defined]
    if what is Array:
        items = value.items  # type: ignore[attr-defined]
        return "l" if items and not any(type(item) is Ref and item.text.startswith("...") for item in items) else ""
    if what is Call:
        if value.name in _TEXT_CALLS:  # type: ignore[attr-defined]
            return "s"
        if value.name.endswith(("Args", "DefaultTags")) and value.args:  # type: ignore[attr-defined]
            return "p"
    return ""
