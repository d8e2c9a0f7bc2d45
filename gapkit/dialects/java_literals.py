"""Java calls that say what they make: `List.of(…)`, `Map.of(…)`, `String.format(…)`, `orElse(…)`."""

from __future__ import annotations

from collections.abc import Callable

from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Object, Ref, Text
from gapkit.dialects.syntax import hole, joined, percent_formatted


def key_of(given: object) -> str:
    """A value as the key of an object."""
    return given if isinstance(given, str) else given.text if isinstance(given, (Ref, Text)) else hole(given)


# Each gets the dotted name, the receiver, the arguments and the line; None means that it is a call after all.
Simplify = Callable[[str, object, tuple[object, ...], int], object]
COLLECTIONS = frozenset(
    ("HashMap", "LinkedHashMap", "TreeMap", "ConcurrentHashMap", "ArrayList", "LinkedList", "HashSet", "LinkedHashSet",
     "TreeSet")
)  # fmt: skip
_LISTS = frozenset(("List", "Set", "ImmutableList", "ImmutableSet", "Output"))


def _of(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    """`List.of(a, b)`, `Map.of("k", v)`, Pulumi's `Output.of(x)`."""
    owner = name.split(".")[-2] if "." in name else ""
    if owner == "Output":
        return args[0] if len(args) == 1 else None
    if owner in _LISTS:
        return Array(args, line)
    if owner in ("Map", "ImmutableMap") and len(args) % 2 == 0:
        pairs = zip(args[::2], args[1::2], strict=True)
        return Object(tuple([Entry(key_of(key), content, _line(content, line)) for key, content in pairs]), line)
    return None


def _line(given: object, line: int) -> int:
    return given.line if isinstance(given, (Object, Array, Call, Closure)) else line


def _as_list(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    return Array(args, line)


def _as_map(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    """`Map.ofEntries(Map.entry("k", v), …)` and Pulumi's `jsonObject(jsonProperty("k", v), …)`."""
    entries = [entry for arg in args if isinstance(arg, Object) for entry in arg.entries]
    return Object(tuple(entries), line) if len(entries) == len(args) else None


def _as_entry(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    return Object((Entry(key_of(args[0]), args[1], line),), line) if len(args) == 2 else None


def _same(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    return args[0] if len(args) == 1 else None


def _string_of(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    if name != "String.valueOf" or len(args) != 1:
        return None
    return str(args[0]) if isinstance(args[0], (int, float)) else args[0]


def _format(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    if name in ("String.format", "Output.format") and args and isinstance(args[0], str):
        return percent_formatted(args[0], args[1:])
    if name == "formatted" and isinstance(receiver, str):
        return percent_formatted(receiver, args)
    return None


def _concat(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    return joined([receiver, *args]) if isinstance(receiver, (str, Text)) else None


def _or_else(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    """`Optional.ofNullable(x).orElse("dev")`: x with a default."""
    if len(args) != 1 or receiver is None:
        return None
    inner = receiver
    if isinstance(receiver, Call) and receiver.name in ("Optional.ofNullable", "Optional.of") and receiver.args:
        inner = receiver.args[0]
    return Fallback(inner, args[0])


def _or_default(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    """`System.getenv().getOrDefault("ENV", "dev")`."""
    return Fallback(Call(name, args[:1], line, line, False, receiver), args[1]) if len(args) == 2 else None


def _applied(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    """What `output.applyValue(v -> …)` gives, where that is text or a collection."""
    given = args[0].result if len(args) == 1 and isinstance(args[0], Closure) else None
    return given if isinstance(given, (str, Text, Object, Array)) else None


def _stripped(name: str, receiver: object, args: tuple[object, ...], line: int) -> object:
    return receiver if isinstance(receiver, str) else None


LITERAL_CALLS: dict[str, Simplify] = {
    "of": _of,
    "asList": _as_list,
    "singletonList": _as_list,
    "singleton": _as_list,
    "emptyList": _as_list,
    "jsonArray": _as_list,
    "emptyMap": _as_map,
    "ofEntries": _as_map,
    "jsonObject": _as_map,
    "entry": _as_entry,
    "singletonMap": _as_entry,
    "jsonProperty": _as_entry,
    "serializeJson": _same,
    "ofLeft": _same,
    "ofRight": _same,
    "copyOf": _same,
    "valueOf": _string_of,
    "format": _format,
    "formatted": _format,
    "concat": _concat,
    "orElse": _or_else,
    "getOrDefault": _or_default,
    "applyValue": _applied,
    "strip": _stripped,
    "stripIndent": _stripped,
    "trim": _stripped,
}
