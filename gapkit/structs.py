"""What the types of aws-cdk-lib take and give: structs with their properties, classes with their methods.

The table (`knowledge/structs-cdk.json.gz`) is built by tools/build_structs.py from the package's own description, a
gzip member a module, and nothing of it is read until it is asked for.  A record is a list of texts

    kind         `c` class, `i` interface, `s` struct, `e` enumeration, `l` L1 class, `p` struct of an L1 class
    bases        the types that it extends, with blanks between
    properties   `name:type`, `name?:type` where it may be left out, `^name:type` of the class itself; an enum's members
    initializer  parameters with commas between (`name...:type` takes any number), `-` where there is none
    methods      `name(parameters)type`, with `^` those of the class itself

A type is `s` text, `n` number, `b` boolean, `d` date, `*` anything, `[T]` a list, `{T}` a map, `(T|U)` a choice, or the
name of another: `.Bucket` of the same module, `aws_kms.Key`, `core.Duration`, `constructs.Construct`.
"""

from __future__ import annotations

import gzip
import json
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import NamedTuple

from gapkit.memo import Remembered
from gapkit.types import plain_name

CORE = "core"
_REMEMBERED = 1 << 14


class Shape(NamedTuple):
    """What a value must be: `kind` is one of the letters above, `list`, `map`, `choice` or `named`."""

    kind: str
    name: str = ""
    inner: tuple[Shape, ...] = ()


class Member(NamedTuple):
    """A property, or a method where `parameters` is not None; `shape` is what it holds or gives."""

    name: str
    shape: Shape
    optional: bool = False
    static: bool = False
    parameters: tuple[Parameter, ...] | None = None


class Parameter(NamedTuple):
    """One argument; `variadic` takes any number of them."""

    name: str
    shape: Shape
    optional: bool
    variadic: bool


class Api(NamedTuple):
    """One type: its own members by plain name, without those of its bases."""

    kind: str
    name: str
    bases: tuple[str, ...]
    members: dict[str, Member]
    initializer: tuple[Parameter, ...] | None


ANYTHING, TEXT, NUMBER, TRUTH = Shape("*"), Shape("s"), Shape("n"), Shape("b")
_LETTERS = {shape.kind: shape for shape in (ANYTHING, TEXT, NUMBER, TRUTH, Shape("d"))}


def named(name: str) -> Shape:
    """The shape of a value of a named type."""
    return Shape("named", name)


@cache
def modules() -> frozenset[str]:
    """All modules that the table has: `core`, `aws_s3`, `constructs`."""
    return frozenset(_index())


@cache
def module_by_plain_name() -> dict[str, str]:
    """`awss3` -> `aws_s3`, since every language spells the modules in its own way."""
    return {plain_name(name): name for name in _index()}


@lru_cache(maxsize=_REMEMBERED)
def api(name: str) -> Api | None:
    """A type by its full name (`aws_s3.Bucket`); None where the table has none of that name."""
    module, _, last = name.rpartition(".")
    record = _module(module).get(last)
    if record is None:
        return None
    kind, bases, *rest = record
    if kind == "e":
        shape = named(name)
        members = {plain_name(each): Member(each, shape, static=True) for each in rest[0].split()}
        return Api(kind, name, (), members, None)
    above = tuple(_full(base, module) for base in bases.split())
    if not rest:
        return Api(kind, name, above, {}, None)
    members = {}
    for text in rest[0].split(" ") if rest[0] else ():
        head, _, written = text.partition(":")
        member = Member(head.strip("^?"), _shape(written, module), head[-1] == "?", head[0] == "^")
        members[plain_name(member.name)] = member
    if kind == "s":
        return Api(kind, name, above, members, None)
    for text in rest[2].split(" ") if rest[2] else ():
        method = _method(text, module)
        members[plain_name(method.name)] = method
    return Api(kind, name, above, members, None if rest[1] == "-" else _parameters(rest[1], module))


@lru_cache(maxsize=_REMEMBERED)
def ancestors(name: str) -> tuple[str, ...]:
    """A type and all that it extends, the nearest first; names that the table does not have are among them."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        each = waiting.pop(0)
        if each not in found:
            found.append(each)
            known = api(each)
            waiting += known.bases if known else ()
    return tuple(found)


def _all_members(name: str) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for each in ancestors(name):
        known = api(each)
        for plain, member in known.members.items() if known else ():
            found.setdefault(plain, member)
    return found


_members = Remembered(_all_members, _REMEMBERED)


def members_of(name: str) -> dict[str, Member]:
    """Every member of a type, those of its bases included, by plain name."""
    return _members.of(name)


@lru_cache(maxsize=_REMEMBERED)
def required_of(struct: str) -> dict[str, str]:
    """The properties that a struct needs: plain name -> name."""
    return {plain: member.name for plain, member in members_of(struct).items() if not member.optional}


def _plain_identifier(name: str) -> str:
    return plain_name(name) if name.isidentifier() else ""


_plain_identifiers = Remembered(_plain_identifier, _REMEMBERED)


def plainly(name: str) -> str:
    """A name without case and underscores, `` where it is no name of the language."""
    return _plain_identifiers.of(name)


@lru_cache(maxsize=_REMEMBERED)
def extends(name: str, other: str) -> bool:
    """Whether a type is another one or extends it."""
    return other in ancestors(name)


@lru_cache(maxsize=512)
def names_in(module: str) -> frozenset[str]:
    """The names of all types of a module."""
    return frozenset(_module(module))


# --------------------------------------------------------------- reading


@cache
def _index() -> dict[str, tuple[int, int]]:
    path = files("gapkit.knowledge") / "structs-cdk-index.json.gz"
    index = json.loads(gzip.decompress(path.read_bytes()))
    sizes = index["sizes"]
    return dict(zip(index["names"].split(), zip(accumulate(sizes, initial=0), sizes, strict=False), strict=True))


@cache
def _file() -> bytes:
    return (files("gapkit.knowledge") / "structs-cdk.json.gz").read_bytes()


@lru_cache(maxsize=512)
def _module(module: str) -> dict[str, list[str]]:
    place = _index().get(module)
    if place is None:
        return {}
    start, length = place
    record: dict[str, list[str]] = json.loads(gzip.decompress(_file()[start : start + length]))
    return record


def _full(name: str, module: str) -> str:
    return module + name if name[0] == "." else name


def _method(text: str, module: str) -> Member:
    opened = text.index("(")
    closed = _closing(text, opened)
    name, given = text[:opened], text[closed + 1 :]
    shape = _shape(given, module) if given else ANYTHING
    return Member(name.lstrip("^"), shape, False, name[0] == "^", _parameters(text[opened + 1 : closed], module))


def _closing(text: str, opened: int) -> int:
    """Where the bracket opened at a place is closed."""
    depth = 0
    for at in range(opened, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if not depth:
            return at
    raise ValueError(text)


def _parameters(text: str, module: str) -> tuple[Parameter, ...]:
    found = []
    for each in text.split(",") if text else ():
        head, _, written = each.partition(":")
        name = head.rstrip("?.")
        found.append(Parameter(name, _shape(written, module), head[-1] == "?", head[-1] == "."))
    return tuple(found)


@lru_cache(maxsize=_REMEMBERED)
def _shape(text: str, module: str) -> Shape:
    first = text[0]
    if first == "[" or first == "{":
        return Shape("list" if first == "[" else "map", "", (_shape(text[1:-1], module),))
    if first == "(":
        return Shape("choice", "", tuple(_shape(each, module) for each in _options(text[1:-1])))
    return _LETTERS.get(text) or named(_full(text, module))


def _options(text: str) -> list[str]:
    """The sides of the outermost bars."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "|" and not depth:
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]
