"""Demands on all resources at once: names that carry the environment, tags on everything; share covered, who misses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from gapkit.concepts import Detection, Hit
from gapkit.knowledge import load_yaml
from gapkit.resources import Item, Resource, Side, normal_path

_TABLE = load_yaml("across.yaml")
_NAME_PATHS = re.compile(str(_TABLE["name_paths"]))
_NOT_NAMES = frozenset(str(p) for p in _list) if isinstance(_list := _TABLE["not_names"], list) else frozenset()
_UNTAGGABLE = re.compile(str(_TABLE["untaggable"]), re.IGNORECASE)
_TAG_PATHS = re.compile(str(_TABLE["tag_paths"]))
_DEFAULT_TAGS = re.compile(str(_TABLE["default_tags"]), re.IGNORECASE)
_NOT_KEYS = frozenset(str(w).lower() for w in _keys) if isinstance(_keys := _TABLE["not_keys"], list) else frozenset()
_KEY = re.compile(
    r"[`\"'“]([A-Za-z][\w:-]{1,30})[`\"'”]?\s*[:=`\"'”]|\b([A-Z][a-z]+(?:[A-Z][a-z]+)*|[a-z]+(?:-[a-z]+)*)\s*[:=]\s*\S"
    r"|\b([A-Z][a-z]+(?:[A-Z][A-Za-z]*)?)\b"
)
_QUOTED_WORD = re.compile(r"[`\"']([\w-]{3,40})[`\"']|\b([a-z]+[A-Z]\w+)\b")
LIMIT = 6


@lru_cache(maxsize=20_000)
def _is_untaggable(type_: str) -> bool:
    return _UNTAGGABLE.search(type_) is not None


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


def look_across(name: str, wanted: frozenset[str], side: AcrossSide) -> Detection:
    """What share of a side's resources meets a demand on all of them: `names` with the wanted words, `tags` with the
    wanted keys."""
    return _names(wanted, side.side) if name == "names" else _tags(wanted, side.tagging())


@lru_cache(maxsize=20_000)
def wanted_words(wording: str) -> frozenset[str]:
    """The words that a wording on names quotes or writes as identifiers, in lower case."""
    return frozenset(w.lower() for found in _QUOTED_WORD.findall(wording) for w in found if w)


def is_name_path(word: str) -> bool:
    """Whether a word of a wording is a property that names a resource: `bucketName`, `name`."""
    return _NAME_PATHS.fullmatch(normal_path(word)) is not None


def _own_name(resource: Resource) -> Item | None:
    for item in resource.items:
        if _is_name_path(item.path) and isinstance(item.raw_value, str):
            return item
    return None


def _names(quoted: frozenset[str], side: Side) -> Detection:
    """Resources with a name of their own whose name is put together from a variable, or holds a word of the wording."""
    hits: list[Hit] = []
    misses: list[Resource] = []
    for resource in side.resources:
        if resource.kind != "resource":
            continue
        item = _own_name(resource)
        if item is None:
            continue
        value = str(item.raw_value).lower()
        if "${" in value or any(word in value for word in quoted):
            hits.append(Hit(resource, item))
        else:
            misses.append(resource)
    total = len(hits) + len(misses)
    return Detection(len(hits) / total if total else 0.0, tuple(hits[:LIMIT]), tuple(misses), total > 0)


@lru_cache(maxsize=20_000)
def wanted_keys(wording: str) -> frozenset[str]:
    """The tag keys that a wording asks for, normalised; empty where it names none."""
    keys = [next(g for g in match.groups() if g) for match in _KEY.finditer(wording)]
    return frozenset(normal_path(k) for k in keys if k.lower() not in _NOT_KEYS)


def _tags(keys_asked: frozenset[str], tagging: Tagging) -> Detection:
    """Per wanted key the share of taggable resources that carry it, default tags included; their mean."""
    of_resource, default, everywhere, hits = tagging
    misses = tuple(r for r, keys, opaque in of_resource if not keys and not opaque)
    if not of_resource and not everywhere:
        return Detection(0.0, (), (), False)
    some = {k for _, keys, _ in of_resource for k in keys} | default
    asked = keys_asked if keys_asked & some else frozenset()
    if not asked:
        share = 1.0 if everywhere else sum(bool(keys) or opaque for _, keys, opaque in of_resource) / len(of_resource)
        return Detection(share, hits, misses, True)
    shares = []
    for key in asked:
        if key in default:
            shares.append(1.0)
        elif key in some:
            shares.append(sum(key in keys or opaque for _, keys, opaque in of_resource) / max(1, len(of_resource)))
    return Detection(sum(shares) / len(shares) if shares else 0.0, hits, misses, True)


def _read_tagging(side: Side) -> Tagging:
    taggable: list[Resource] = []
    default: set[str] = set()
    everywhere = False
    hits: list[Hit] = []
    for resource in side.resources:
        if resource.kind == "call" and _DEFAULT_TAGS.search(resource.declaration.type):
            everywhere = True
            default |= {normal_path(str(i.raw_value)) for i in resource.items} | {i.path for i in resource.items}
            hits.append(Hit(resource, None))
        elif resource.kind in ("provider", "resource") and any("defaulttags" in i.path for i in resource.items):
            everywhere = True
            default |= {i.path.rpartition(".")[2] for i in resource.items if "defaulttags" in i.path}
            hits.append(Hit(resource, None))
        elif resource.kind == "resource" and not _is_untaggable(resource.type):
            taggable.append(resource)
    of_resource: list[tuple[Resource, set[str], bool]] = []
    for resource in taggable:
        found = [i for i in resource.items if _is_tag_path(i.path)]
        keys = {i.path.rpartition(".")[2] for i in found}
        opaque = any(i.path in ("tags", "tag") and isinstance(i.raw_value, str) for i in found)
        of_resource.append((resource, keys, opaque))
        if found:
            hits.append(Hit(resource, found[0]))
    return Tagging(of_resource, default, everywhere, tuple(hits[:LIMIT]))
