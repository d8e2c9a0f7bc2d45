"""YAML with lines: scalars, tags, anchors, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from gapkit.dialects.tree import Map, Sequence
from gapkit.dialects.yaml_repair import repair_yaml
from gapkit.dialects.yaml_tree import YamlError, read_yaml


def plain(tree: Any) -> Any:
    if type(tree) is Map:
        return {key: plain(value) for key, value, _ in tree}
    return [plain(value) for value, _ in tree] if type(tree) is Sequence else tree


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12), ("-1.5", -1.5), ("3.10", "3.10"), ("012", "012"), ("1:30", "1:30"), ("2012-10-17", "2012-10-17"),
        ("true", True), ("No", False), ("~", None), ("", None), ("'12'", "12"), ("!!str 12", "12"), ("1_000", "1_000"),
        ("on", True), ("online", "online"), ("!Ref A", {"Ref": "A"}), ("!Sub '1'", {"Fn::Sub": "1"}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}), ("!reference [a]", {"!reference": ["a"]}),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)  # fmt: skip
def test_values(written: str, value: Any) -> None:
    assert plain(read_yaml(f"key: {written}")[0].tree) == {"key": value}


def test_keys_stay_text() -> None:
    assert plain(read_yaml("on: {1: a}")[0].tree) == {"on": {"1": "a"}}


def test_lines_and_documents() -> None:
    first, second = read_yaml("a:\n  - b\n  - c: 1\n---\nd: |\n  text\n", 5)
    assert first.tree[0][2] == 5  # type: ignore[index]
    assert [line for _, line in first.tree[0][1]] == [6, 7]  # type: ignore[index]
    assert (second.line, second.tree[0][2]) == (9, 9)  # type: ignore[index]


def test_merge_keys() -> None:
    tree = read_yaml("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc:\n  <<: [*a, {z: 4}]\n")[0].tree
    assert plain(tree) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2, "z": 4}}


@pytest.mark.parametrize("text", ["a: [b", "a: b: c", "\ta: 1\nb", "a: &x [*x]", "- " * 5_000, "[" * 5_000])
def test_refused(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(text)
    assert caught.value.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb:\n\tc: 2\n", {"a": 1, "b": {"c": 2}}),
        ("a: 1\n...\nb: 2\n", {"a": 1, "b": 2}),
        ("a: x: y\nb: 2\n", {"a": "x: y", "b": 2}),
        ("a:\n  p: !Sub q: r\n  s: 1\nb: 2\n", {"a": {"p": {"Fn::Sub": "q: r"}, "s": 1}, "b": 2}),
        ('a:\n  p: "cut\nb: 2\n', {"b": 2}),
        ("a:\n  p: 1\n   q: 2\n  r: 3\nb: 2\n", {"b": 2}),
        ("a: @x\nb: `y`\n", {"a": "@x", "b": "`y`"}),
    ],
)
def test_repair(text: str, expected: dict[str, Any]) -> None:
    try:
        read = plain(read_yaml(text)[0].tree)
    except YamlError as error:
        repair = repair_yaml(text, 1, error)
        assert repair.faults
        read = plain(repair.documents[0].tree)
    assert {key: read.get(key) for key in expected} == expected
