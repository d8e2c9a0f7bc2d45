"""Demands on all resources at once: names that carry the environment, tags on everything; share covered, who misses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple, cast

from gapkit.concepts import Detection, Hit
from gapkit.knowledge import either, load_yaml, words_of
from gapkit.resources import Item, Resource, Side, normal_path, written_out
from gapkit.schemas import property_known

_TABLE = load_yaml("across.yaml")
_NAME_PATHS = re.compile(str(_TABLE["name_paths"]))
_NOT_NAMES = frozenset(words_of("across.yaml", "not_names"))
_UNTAGGABLE = re.compile(str(_TABLE["untaggable"]), re.IGNORECASE)
_TAG_PATHS = re.compile(str(_TABLE["tag_paths"]))
_TAG_PROPERTIES = words_of("across.yaml", "tag_properties")
_DEFAULT_TAGS = re.compile(str(_TABLE["default_tags"]), re.IGNORECASE)
_NOT_KEYS = frozenset(word.lower() for word in words_of("across.yaml", "not_keys"))
_OF_ALL = re.compile(str(_TABLE["of_all"]), re.IGNORECASE)
_PROGRAMS = frozenset({"cdk", "cdktf", "pulumi"})
_KEY = re.compile(
    r"(?<![:=])(?<![:=] )[`\"'“]([A-Za-z][\w:-]{1,30})[`\"'”]?\s*[:=`\"'”]"
    r"|\b([A-Z][a-z]+(?:[A-Z][A-Za-z]*)*|[a-z]+(?:-[a-z]+)*)(?=\s*[:=]\s*\S)"
    r"|\b([A-Z][a-z]+(?:[A-Z][A-Za-z]*)?)\b"
)
_KEY_LINE = re.compile(r"[`\"'“]?[A-Za-z][\w-]{1,30}[`\"'”]?\s*[:=]\s*\S.{0,60}")
_QUOTED_WORD = re.compile(r"[`\"']([\w-]{3,40})[`\"']|\b([a-z]+[A-Z]\w+)\b")
_EXAMPLE = re.compile(str(_TABLE["examples"]), re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\$?\{[^{}\s]*\}|<[^<>\s]+>|\[[\w-]+\]")
_WITH_PLACEHOLDERS = re.compile(r"[\w-]*(?:(?:\$?\{[^{}\s]*\}|<[^<>\s]+>|\[[\w-]+\])[\w-]*)+")
_AFFIXES = [re.compile(str(pattern), re.IGNORECASE) for pattern in words_of("across.yaml", "affixes")]
_PATTERN = re.compile(str(_TABLE["patterns"]), re.IGNORECASE)
_GENERIC = re.compile(either(words_of("literals.yaml", "generic_names")) + r"|\w+(?:name|type)", re.IGNORECASE)
_ENVIRONMENT = re.compile(str(_TABLE["environments"]), re.IGNORECASE)
_VARIABLE = re.compile(str(_TABLE["variables"]), re.IGNORECASE)
_SUFFIX = re.compile(str(_TABLE["suffixes"]), re.IGNORECASE)
_APART = re.compile(str(_TABLE["tells_apart"]), re.IGNORECASE)
_OF_LANGUAGE = tuple(words_of("across.yaml", "of_language"))
_HOLE = re.compile(r"\$\{([^{}]{1,200})\}")
_SPOKEN_OF = re.compile(str(_TABLE["named_resources"]), re.IGNORECASE)
_ALL_OF = frozenset({"*", "tags", "defaulttags"})
NEARLY_ALL = cast("dict[str, float]", _TABLE["nearly_all"])

LIMIT = 6


class Wanted(NamedTuple):
    """What a wording asks of all: names with one of the `words`, or all of the `literals` in them; tags with the keys
    `words`, of which `literals` are written as keys; whether it says that it is asked of all."""

    words: frozenset[str]
    literals: frozenset[str]
    of_all: bool
    suffix: bool = False
    """Whether the names have to hold what tells deployments apart: a variable `environmentSuffix`."""


@lru_cache(maxsize=20_000)
def _is_untaggable(dialect: str, type_: str, canonical: str) -> bool:
    """Whether a type carries no tags: by its name, or since its schema has no property for them."""
    if _UNTAGGABLE.search(canonical) or _UNTAGGABLE.search(type_):
        return True
    if dialect == "terraform":
        return property_known(dialect, type_, "tags") is False and property_known(dialect, type_, "tag") is False
    if not canonical.startswith("AWS::"):
        return dialect in _PROGRAMS  # a step of a state machine, a construct of the program's own
    return all(property_known("cloudformation", canonical, path) is False for path in _TAG_PROPERTIES)


@lru_cache(maxsize=20_000)
def _is_tag_path(path: str) -> bool:
    return _TAG_PATHS.search(path) is not None


@lru_cache(maxsize=20_000)
def _is_name_path(path: str) -> bool:
    return _NAME_PATHS.fullmatch(path) is not None and path not in _NOT_NAMES


class Tagging(NamedTuple):
    """The tags of a side: per taggable resource its keys and whether they can't be seen; keys that all get by default;
    where tags stand."""

    resources: list[tuple[Resource, set[str], bool]]
    default: set[str]
    everywhere: bool
    hits: tuple[Hit, ...]


class AcrossSide:
    """A side that is asked about all its resources several times; its tags are read once, when first asked for."""

    __slots__ = ("_tagging", "side")

    def __init__(self, side: Side) -> None:
        self.side = side
        self._tagging: Tagging | None = None

    def tagging(self) -> Tagging:
        if self._tagging is None:
            self._tagging = _read_tagging(self.side)
        return self._tagging


@lru_cache(maxsize=20_000)
def wanted(name: str, wording: str) -> Wanted:
    """What a wording asks of all names, or of all tags."""
    of_all = _OF_ALL.search(wording) is not None
    if name == "tags":
        keys = _keys(wording)
        outright = frozenset(key for key, sure in keys if sure)
        return Wanted(frozenset(key for key, _ in keys), outright, of_all)
    words = frozenset(w.lower() for found in _QUOTED_WORD.findall(wording) for w in found if w)
    return Wanted(words, _prescribed(wording), of_all, _SUFFIX.search(wording) is not None)


def look_across(name: str, asked: Wanted, side: AcrossSide) -> Detection:
    """What share of a side's resources meets a demand on all of them, and which do not."""
    return _names(asked, side.side) if name == "names" else _tags(asked, side.tagging())


def is_name_path(word: str) -> bool:
    """Whether a word of a wording is a property that names a resource: `bucketName`, `name`."""
    return _NAME_PATHS.fullmatch(normal_path(word)) is not None


def with_keys_below(texts: Sequence[str]) -> str:
    """A wording; where it ends in a colon, with the lines `Key: value` that follow it."""
    if not texts[0].rstrip().endswith(":"):
        return texts[0]
    return "\n".join([texts[0], *takewhile(_KEY_LINE.fullmatch, texts[1:])])


# ------------------------------------------------------------------ names


def _prescribed(wording: str) -> frozenset[str]:
    """The literal parts that a wording prescribes for the names of resources: a prefix or suffix that it spells, what
    a pattern has beside its placeholders; in lower case, with hyphens for underscores."""
    if not _SPOKEN_OF.search(wording):
        return frozenset()
    text = _EXAMPLE.split(wording, maxsplit=1)[0]
    found = [match[1] for pattern in _AFFIXES for match in pattern.finditer(text)]
    tokens = set(_WITH_PLACEHOLDERS.findall(text))
    if len(tokens) == 1:  # several are a name for each of several things
        found += _PLACEHOLDER.split(tokens.pop())
    for match in _PATTERN.finditer(text):
        parts = match[1].split("-")
        given = list(takewhile(lambda part: not _GENERIC.fullmatch(part), parts))
        if given and len(given) < len(parts):
            found.append("-".join(given))
    return frozenset(piece.lower().replace("_", "-") for piece in found if _is_given(piece))


def _is_given(piece: str) -> bool:
    bare = piece.strip("-_")
    words = re.split(r"[-_]", bare)
    if _ENVIRONMENT.fullmatch(piece):
        return True
    return len(bare) > 2 and not _VARIABLE.search(bare) and not all(_GENERIC.fullmatch(word) for word in words)


def _own_names(resource: Resource) -> list[Item]:
    if resource.kind != "resource":
        return []
    return [item for item in resource.items if _is_name_path(item.path) and isinstance(item.raw_value, str)]


def _depth(item: Item) -> tuple[int, int, str]:
    """To take the name nearest to the top, wherever it is written."""
    return item.path.count("."), len(item.path), item.path


def _names(asked: Wanted, side: Side) -> Detection:
    """Resources with a name of their own: it is put together from a variable, holds a word of the wording, or all
    literals that the wording prescribes, where all of it can be seen."""
    hits: list[Hit] = []
    misses: list[Resource] = []
    for resource in side.resources:
        items = _own_names(resource)
        if not items:
            continue
        item = min(items, key=_depth)
        value = str(item.raw_value).lower()
        if asked.literals:
            said = [written_out(resource, str(item.raw_value)) for item in items]
            texts = [text.lower().replace("_", "-") for text, _ in said]
            met = any(all(literal in text for literal in asked.literals) for text in texts)
            if not met and any(unseen for _, unseen in said):
                continue
        else:
            met = "${" in value or any(word in value for word in asked.words)
        if met:
            hits.append(Hit(resource, item))
        else:
            misses.append(resource)
    total = len(hits) + len(misses)
    if hits and asked.suffix and not asked.literals and _are_same_everywhere(hits, side):
        return Detection(0.0, (), tuple(misses), True)
    if not total and asked.literals:
        return _names(asked._replace(literals=frozenset()), side)
    return Detection(len(hits) / total if total else 0.0, tuple(hits[:LIMIT]), tuple(misses), total > 0)


def _are_same_everywhere(hits: Sequence[Hit], side: Side) -> bool:
    """Whether names are put together from parameters, none of which is called a suffix, a stage or the like."""
    holes = [hole for hit in hits if hit.item is not None for hole in _HOLE.findall(str(hit.item.raw_value))]
    kinds = [_kind_of_hole(hole, side) for hole in holes]
    return "parameter" in kinds and set(kinds) <= {"parameter", "resource"}


def _kind_of_hole(hole: str, side: Side) -> str:
    """`parameter` or `resource` for a hole that may be the same in every deployment, else nothing."""
    name = hole.strip()
    if _APART.search(name):
        return ""
    if name.startswith(_OF_LANGUAGE):
        return "resource"
    declaration = side.by_name.get(name) or side.by_name.get(name.removeprefix("var."))
    if declaration is None and name.count("."):
        declaration = side.by_name.get(name.rpartition(".")[0])
    if declaration is None:
        return ""
    return "resource" if declaration.kind == "data" else declaration.kind


# ------------------------------------------------------------------- tags


def _keys(wording: str) -> list[tuple[str, bool]]:
    """The tag keys that a wording asks for, normalised, and whether it writes them as keys: in quotes, or with a value,
    not only as a word with a capital."""
    found = [(match[match.lastindex or 0], match.lastindex != 3) for match in _KEY.finditer(wording)]
    return [(normal_path(key.split(":")[0]), sure) for key, sure in found if key.lower() not in _NOT_KEYS]


def _tags(asked: Wanted, tagging: Tagging) -> Detection:
    """Per wanted key the share of taggable resources that carry it, default tags included; their mean.

    A key that is nowhere counts where the wording writes it as one and all keys can be seen.
    """
    of_resource, default, everywhere, hits = tagging
    if not of_resource and not everywhere:
        return Detection(0.0, (), (), False)
    some = {k for _, keys, _ in of_resource for k in keys} | default
    unseen = any(k in _ALL_OF or k.startswith("${") for k in some)
    wanted_keys = (asked.words & some) | (asked.literals if asked.words & some and not unseen else frozenset())
    total = max(1, len(of_resource))
    shares = [
        1.0 if key in default else sum(key in keys or opaque for _, keys, opaque in of_resource) / total
        for key in wanted_keys
    ]
    misses = tuple(
        resource
        for resource, keys, opaque in of_resource
        if not opaque and (not (wanted_keys & some) <= keys | default if wanted_keys else not keys and not everywhere)
    )
    if not wanted_keys:
        shares = [1.0 if everywhere else 1 - len(misses) / total]
    return Detection(sum(shares) / len(shares), hits, misses, True)


def _read_tagging(side: Side) -> Tagging:
    taggable: list[Resource] = []
    default: set[str] = set()
    added: dict[int, set[str]] = {}
    everywhere = False
    hits: list[Hit] = []
    for resource in side.resources:
        if resource.kind == "call" and _DEFAULT_TAGS.search(resource.declaration.type):
            keys = {normal_path(str(i.raw_value)) for i in resource.items} | {i.path for i in resource.items}
            owner = side.by_name.get(resource.declaration.owner or "")
            if owner is not None and owner.kind == "resource" and owner.canonical_type.startswith("AWS::"):
                added.setdefault(id(owner), set()).update(i.path for i in resource.items)
            else:
                everywhere = True
                default |= keys
            hits.append(Hit(resource, None))
        elif resource.kind in ("provider", "resource") and any("defaulttags" in i.path for i in resource.items):
            everywhere = True
            default |= {i.path.rpartition(".")[2] for i in resource.items if "defaulttags" in i.path}
            hits.append(Hit(resource, None))
        elif resource.kind == "resource":
            declaration = resource.declaration
            if not _is_untaggable(declaration.dialect, declaration.type, resource.type):
                taggable.append(resource)
    of_resource: list[tuple[Resource, set[str], bool]] = []
    for resource in taggable:
        found = [i for i in resource.items if _is_tag_path(i.path)]
        keys = {i.path.rpartition(".")[2] for i in found} | added.get(id(resource.declaration), set())
        opaque = any(i.path in ("tags", "tag") and isinstance(i.raw_value, str) for i in found)
        opaque = opaque or any(key.startswith("${") for key in added.get(id(resource.declaration), ()))
        of_resource.append((resource, keys, opaque))
        if found:
            hits.append(Hit(resource, found[0]))
    return Tagging(of_resource, default, everywhere, tuple(hits[:LIMIT]))
