"""YAML text into trees: libyaml composes, every value keeps its line, tags are never constructed.

Short CloudFormation tags become the long form's one-key map (`!Ref X` is `Ref: X`), so that both read alike; any
other tag of its own stands as a one-key map of the tag as written.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from gapkit.dialects.composer import Composer
from gapkit.dialects.flattening import number
from gapkit.dialects.tree import Map, Sequence, Tree
from gapkit.models import Scalar

_SCALAR, _MAPPING = yaml.ScalarNode, yaml.MappingNode
_MAX_DEPTH = 200
_MAX_EXPANDED = 100_000
_SHORT_TAGS = {"!Ref": "Ref", "!Condition": "Condition"} | {
    f"!{name}": f"Fn::{name}"
    for name in (
        "GetAtt", "Sub", "Join", "Select", "Split", "If", "Equals", "And", "Or", "Not", "FindInMap", "ImportValue",
        "GetAZs", "Base64", "Cidr", "Transform", "Length", "ToJsonString", "ForEach", "Contains",
    )
}  # fmt: skip
_CONSTANTS: dict[str, Scalar] = {"": None, "~": None}
for _spellings, _constant in (
    (("null",), None),
    (("true", "yes", "on"), True),
    (("false", "no", "off"), False),
):
    for _word in _spellings:
        _CONSTANTS |= dict.fromkeys((_word, _word.capitalize(), _word.upper()), _constant)
_NUMBER_STARTS = frozenset("0123456789-+.")
_is_number = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?\Z|[-+]?\.\d+\Z").match
_has_star = re.compile(r"\*[A-Za-z0-9_]").search  # in every alias; found much faster
_has_alias = re.compile(r"[:\-,\[{][ \t]+\*[A-Za-z0-9_]|[\[{,]\*[A-Za-z0-9_]|<<:").search
_DEEP_SIGNS = ("- - -", "? ? ?", "-\t", "? - ", "- ? ", "?\t")
_deep_dashes = re.compile(r"(?:[-?:][ \t]+){60}").search
_brackets = re.compile(r"[\[{\]}]").finditer


class YamlError(Exception):
    """Text that is not YAML: what is wrong, and the 0-based line where it shows and where its context began."""

    def __init__(self, reason: str, line: int, context_line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.context_line = context_line


class YamlDocument(NamedTuple):
    """One document of a YAML text: its tree, first line, and the keys that are written twice, as `(key, line)`."""

    tree: Tree
    line: int
    duplicates: tuple[tuple[str, int], ...]


def read_yaml(text: str, first_line: int = 1) -> list[YamlDocument]:
    """The documents of a YAML text, lines counted from `first_line`.  Raises YamlError."""
    if too_deep(text):
        raise YamlError(f"nests deeper than {_MAX_DEPTH} levels", 0)
    found: list[YamlDocument] = []
    guarded = ("<<:" in text or _has_star(text) is not None) and _has_alias(text) is not None
    try:
        composer: Any = Composer(text)
        while composer.check_node():
            node = composer.get_node()
            if node is None:
                continue
            if guarded and _expanded_size(node) > _MAX_EXPANDED:
                raise YamlError("its aliases expand without end", node.start_mark.line)
            duplicates: list[tuple[str, int]] = []
            tree = _tree(node, first_line, duplicates, 0)
            found.append(YamlDocument(tree, node.start_mark.line + first_line, tuple(duplicates)))
    except yaml.MarkedYAMLError as error:
        mark, context = error.problem_mark, error.context_mark
        line = mark.line if mark is not None else 0
        raise YamlError(str(error.problem or error), line, context.line if context is not None else None) from None
    except yaml.reader.ReaderError as error:
        raise YamlError(f"has a character that YAML does not allow ({error.reason})", 0) from None
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        raise YamlError(str(error).splitlines()[0] if str(error) else "cannot be parsed", 0) from None
    except RecursionError:
        raise YamlError(f"nests deeper than {_MAX_DEPTH} levels", 0) from None
    return found


def too_deep(text: str) -> bool:
    """Whether the text may nest so deep that a recursive parser in C would overflow its stack."""
    if any(sign in text for sign in _DEEP_SIGNS) and _deep_dashes(text):
        return True
    if text.count("[") + text.count("{") > _MAX_DEPTH:
        depth = 0
        for bracket in _brackets(text):
            if bracket[0] in "[{":
                depth += 1
                if depth > _MAX_DEPTH:
                    return True
            elif depth:
                depth -= 1
    return False


def plain_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar by the rules of YAML 1.1 that infrastructure code relies on.

    Dates, base-60 numbers and numbers with leading zeros (account ids) stay text.
    """
    if len(text) < 6 and text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in _NUMBER_STARTS and _is_number(text):
        return number(text)
    return text


def _tree(node: Any, first: int, duplicates: list[tuple[str, int]], depth: int) -> Tree:
    """A composed node as a tree."""
    if depth > _MAX_DEPTH:
        raise RecursionError
    kind = type(node)
    if kind is _SCALAR:
        return _scalar(node, first)
    tree: Tree
    if kind is _MAPPING:
        entries: list[tuple[str, Any, int]] = []
        merges = False
        for key, value in node.value:
            if type(key) is _SCALAR:
                name = key.value
                line = key.start_mark.line + first
                if name == "<<" and key.style == "":
                    merges = True
            else:
                name = "{…}"
                line = key.start_mark.line + first
            if type(value) is _SCALAR:
                mark = value.start_mark.line + first
                if value.tag is None and value.style == "":
                    text = value.value
                    # Most scalars are plain words: tell those at once, by their first letter.
                    entries.append((name, plain_scalar(text) if text else None, mark if text else line))
                else:
                    entries.append((name, _scalar(value, first), mark))
            else:
                entries.append((name, _tree(value, first, duplicates, depth + 1), line))
        if len(entries) > 1:
            if merges:
                entries = _merged(entries)
            names = [entry[0] for entry in entries]
            if len(set(names)) != len(names):
                seen: set[str] = set()
                for name, _, line in entries:
                    if name in seen:
                        duplicates.append((name, line))
                    seen.add(name)
        elif merges:
            entries = _merged(entries)
        tree = Map(entries)
    else:
        items: list[tuple[Any, int]] = []
        for value in node.value:
            if type(value) is _SCALAR:
                items.append((_scalar(value, first), value.start_mark.line + first))
            else:
                items.append((_tree(value, first, duplicates, depth + 1), value.start_mark.line + first))
        tree = Sequence(items)
    tag = node.tag
    if tag is not None and tag[0] == "!" and len(tag) > 1:
        return Map(((_SHORT_TAGS.get(tag, tag), tree, node.start_mark.line + first),))
    return tree


def _scalar(node: Any, first: int) -> Tree:
    """A scalar node's value; a tagged one as the one-key map of its tag."""
    tag, text = node.tag, node.value
    if tag is None:
        return text if node.style else plain_scalar(text) if text else None
    if tag[0] == "!" and len(tag) > 1:
        value = text if node.style or not text else plain_scalar(text)
        return Map(((_SHORT_TAGS.get(tag, tag), value, node.start_mark.line + first),))
    return text  # type: ignore[no-any-return]


def _merged(entries: list[tuple[str, Any, int]]) -> list[tuple[str, Any, int]]:
    """The entries with those of `<<` put in their place, except keys that the mapping sets itself."""
    own = {name for name, _, _ in entries}
    merged: list[tuple[str, Any, int]] = []
    for entry in entries:
        if entry[0] != "<<":
            merged.append(entry)
            continue
        sources = [item for item, _ in entry[1]] if type(entry[1]) is Sequence else [entry[1]]
        for source in sources:
            if type(source) is Map:
                merged += [inherited for inherited in source if inherited[0] not in own]
                own |= {inherited[0] for inherited in source}
    return merged


def _expanded_size(root: Any) -> int:
    """How many nodes the document has once its aliases are expanded; a document that holds itself is endless."""
    sizes: dict[int, int] = {}

    def size(node: Any) -> int:
        if type(node) is _SCALAR:
            return 1
        known = sizes.get(id(node))
        if known is not None:
            return known
        sizes[id(node)] = _MAX_EXPANDED + 1  # met again below itself: a cycle
        total = 1
        for child in node.value:
            total += size(child[0]) + size(child[1]) if type(child) is tuple else size(child)
        sizes[id(node)] = total
        return total

    return size(root)
