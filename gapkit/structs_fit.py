"""Whether a value of one shape may stand where another is wanted, and shapes in words (see gapkit/structs.py)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from gapkit.likeness import close_names
from gapkit.structs import Parameter, Shape, api, extends, members_of
from gapkit.types import plain_name

_LONGEST_NAME = 60
_SAID = {
    "s": "text", "n": "a number", "b": "true or false", "list": "a list", "map": "a map", "object": "an object",
    "d": "a date",
}  # fmt: skip
_SCALARS = frozenset("snb")
_UNCHECKED = frozenset(("*", "choice", "d", "object"))


class Signature(NamedTuple):
    """Parameters as Python takes them: a last struct, whose properties are keywords (`` for none), and the others."""

    parameters: tuple[Parameter, ...]
    struct: str
    plain: tuple[Parameter, ...]
    by_name: dict[str, Parameter]
    needed: tuple[str, ...]


_signatures: dict[int, Signature] = {}


def signature(parameters: tuple[Parameter, ...]) -> Signature:
    """The signature of some parameters, remembered by what they are rather than by what they say."""
    known = _signatures.get(id(parameters))
    if known is None or known.parameters is not parameters:
        struct = struct_of(parameters[-1].shape) if parameters and not parameters[-1].variadic else ""
        plain = parameters[:-1] if struct else parameters
        by_name = {plain_name(each.name): each for each in plain}
        needed = tuple(name for name, each in by_name.items() if not each.optional and not each.variadic)
        known = _signatures[id(parameters)] = Signature(parameters, struct, plain, by_name, needed)
    return known


def fits(given: Shape, wanted: Shape, language: str) -> bool:
    """Whether a language takes a value of one shape for another; in doubt it does."""
    kind = wanted.kind
    if kind == "*" or given.kind in _UNCHECKED:
        return True
    if kind == "choice":
        return any(fits(given, each, language) for each in wanted.inner)
    if kind == "named":
        if given.kind == "named":
            return _fits_type(given.name, wanted.name, language)
        return _fits_name(given, wanted.name, language)
    if given.kind == "named":
        known = api(given.name)
        return known is None or known.kind not in "ci" or (kind not in _SCALARS and language == "js") or kind == "d"
    if language == "js":
        return True
    if kind in ("list", "map") and given.kind == kind:
        return fits(given.inner[0], wanted.inner[0], language)
    return given.kind == kind or kind == "d"


def _fits_name(given: Shape, name: str, language: str) -> bool:
    """Whether text, a number, a list or the like goes for a named type."""
    known = api(name)
    if known is None:
        # The interfaces of L1 classes, which no scalar has.
        return not (name.startswith("interfaces.") and given.kind in _SCALARS) or language == "js"
    if known.kind == "e":
        return language == "js" or (language == "ts" and given.kind == "n")
    if known.kind == "s":
        return given.kind == "map"
    return known.kind == "p"


def _fits_type(given: str, name: str, language: str) -> bool:
    """Whether one named type goes for another."""
    known, other = api(name), api(given)
    if other is None or other.kind == "p" or extends(given, name):
        return True
    if known is None:
        # A construct declares the interfaces of its L1 class, or does not have them.
        return not name.startswith("interfaces.") or language == "js" or other.kind not in "ce"
    if known.kind == "p":
        return True
    if known.kind == "e" or other.kind == "e":
        return False
    own, wanted = members_of(given), members_of(name)
    if known.kind == "i":
        # TypeScript asks for the members only.
        return other.kind == "l" or all(plain in own for plain, m in wanted.items() if not m.optional)
    if known.kind == "s":
        return other.kind == "l" or bool(wanted.keys() & own.keys())
    # A class is wanted: its interface, or a class above it, may hold it after all.
    return other.kind == "s" or extends(name, given)


@lru_cache(maxsize=8192)
def struct_of(shape: Shape) -> str:
    """The name of the struct that a shape is, `` where it is none; structs of L1 classes are not told."""
    if shape.kind == "named":
        known = api(shape.name)
        return shape.name if known is not None and known.kind == "s" else ""
    return ""


@lru_cache(maxsize=8192)
def is_open(shape: Shape) -> bool:
    """Whether nothing is known of what may stand there."""
    if shape.kind == "named":
        known = api(shape.name)
        return known is None or known.kind == "p"
    return shape.kind == "*" or (shape.kind == "choice" and any(is_open(each) for each in shape.inner))


def said(shape: Shape) -> str:
    """A shape in words: `a list`, `core.Duration`, `text or a number`."""
    if shape.kind == "named":
        return f"{_article(shown(shape.name))} {shown(shape.name)}"
    if shape.kind == "choice":
        return " or ".join(dict.fromkeys(said(each) for each in shape.inner))
    return _SAID.get(shape.kind, "something else")


def _article(name: str) -> str:
    return "an" if name[:1] in "AEIO" else "a"


def shown(name: str) -> str:
    """`aws_s3.Bucket` -> `Bucket`."""
    return name.rpartition(".")[2]


@lru_cache(maxsize=4096)
def likely(type_: str, written: str, static: bool = False) -> str:
    """The member of a type that is meant by a name that it does not have, `` where none is close."""
    if len(written) > _LONGEST_NAME:
        return ""
    members = {plain: member.name for plain, member in members_of(type_).items() if member.static == static}
    plain = plain_name(written)
    close = close_names(plain, members, 1, 0.6)
    if not close and len(plain) > 3:
        close = [each for each in members if plain in each or (each in plain and len(each) > 3)][:1]
    return members[close[0]] if close else ""
