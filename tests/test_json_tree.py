"""JSON with lines, strict and loose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gapkit.dialects.json_tree import read_json, read_loose_json
from gapkit.dialects.tree import Map, Sequence


def plain(tree: Any) -> Any:
    if type(tree) is Map:
        return {key: plain(value) for key, value, _ in tree}
    return [plain(value) for value, _ in tree] if type(tree) is Sequence else tree


@pytest.mark.parametrize("reader", [read_json, read_loose_json])
@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "b": [true, null, -2.5, "x"], "c": {"d": {}, "e": []}}',
        '{\n "a": "say \\"hi\\": {x}",\n "b": "back\\\\slash",\n "c": "//no comment"\n}',
        '[{"a": "b"}, {"c": ["d", {"e": "f"}]}]',
        '{"": "", "k": "\\u00e9\\n"}',
    ],
)
def test_both_readers_agree_with_the_standard_parser(reader: Any, text: str) -> None:
    document = reader(text)
    assert plain(document.tree) == json.loads(text)
    assert document.faults == ()


def test_lines() -> None:
    tree = read_json('{\n "a": {"b": 1},\n "c": [\n  "d",\n  {"e": "f", "g": [{"h": 2}]}\n ]\n}', 10).tree
    (_, inner, a_line), (_, items, c_line) = tree  # type: ignore[misc]
    assert (a_line, inner[0][2], c_line) == (11, 11, 12)
    assert [line for _, line in items] == [13, 14]
    assert [line for _, _, line in items[1][0]] == [14, 14]


@pytest.mark.parametrize(
    ("text", "expected", "fault"),
    [
        ('{"a": 1,}', {"a": 1}, "a comma before the closing bracket"),
        ('{"a": 1 // one\n}', {"a": 1}, "a comment, which JSON has not"),
        ('{"a": "x"\n"b": 2}', {"a": "x", "b": 2}, "a comma is missing"),
        ('{"a": {"b": [1, 2', {"a": {"b": [1, 2]}}, "the text ends before its brackets are closed"),
        ('{"a": [1, "b": 2}', {"a": [1], "b": 2}, "a bracket is left open"),
        ('{"a": 1}}', {"a": 1}, "`}` closes nothing"),
        ('{"a": 1, ...\n "b": 2}', {"a": 1, "b": 2}, "elided"),
    ],
)
def test_faults(text: str, expected: Any, fault: str) -> None:
    document = read_json(text)
    assert plain(document.tree) == expected
    assert fault in [what for what, _ in document.faults]


def test_pairs_without_braces_are_an_object_without_fault() -> None:
    document = read_json('"a": {"b": 1},\n"c": 2')
    assert plain(document.tree) == {"a": {"b": 1}, "c": 2}
    assert document.faults == ()


def test_duplicates_and_version_like_numbers() -> None:
    document = read_json('{"v": 3.10,\n "w": 0.50,\n "v": 1e3}')
    assert [value for _, value, _ in document.tree] == ["3.10", 0.5, 1000.0]  # type: ignore[misc, union-attr]
    assert document.duplicates == (("v", 3),)
