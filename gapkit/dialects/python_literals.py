"""Python calls and operators that say what they make: `json.dumps({…})`, `"{}".format(x)`, `"%s" % x`, `str(5)`."""

from __future__ import annotations

import re
from collections.abc import Callable

from gapkit.dialects.host import Array, Call, Fallback, Object, Ref, Text
from gapkit.dialects.syntax import hole, joined, percent_formatted

_BRACE_HOLE = re.compile(r"\{(\w{0,60})[^{}]{0,60}\}")


def percent_operator(pattern: str, given: object) -> Text:
    """`"%s-%d" % (a, b)` and `"%(env)s" % {...}`."""
    if isinstance(given, Object):
        return percent_formatted(pattern, (), {entry.key: entry.value for entry in given.entries})
    return percent_formatted(pattern, given.items if isinstance(given, Array) else (given,))


def _brace_formatted(pattern: str, args: tuple[object, ...]) -> Text:
    """`"{}-{env}".format(a, env=b)`."""
    named = {e.key: e.value for e in args[-1].entries} if args and isinstance(args[-1], Object) else {}
    positional = [arg for arg in args if not isinstance(arg, Object)]
    following = iter(positional)

    def fill(match: re.Match[str]) -> str:
        key = match[1]
        if not key:
            return hole(next(following, Ref("…")))
        if key.isdigit() and len(key) < 4:
            index = int(key)
            return hole(positional[index] if index < len(positional) else Ref(key))
        return hole(named.get(key, Ref(key)))

    return Text(_BRACE_HOLE.sub(fill, pattern), tuple(arg for arg in args if isinstance(arg, Call)))


def _json(made: Call) -> object:
    return made.args[0] if made.args and isinstance(made.args[0], (Object, Array)) else made


def _joined_output(made: Call) -> object:
    return joined(list(made.args)) if made.name.endswith("Output.concat") else made


def _format(made: Call) -> object:
    if made.name == "format" and isinstance(made.receiver, str):
        return _brace_formatted(made.receiver, made.args)
    if made.name.endswith("Output.format") and made.args and isinstance(made.args[0], str):
        return _brace_formatted(made.args[0], made.args[1:])
    return made


def _with_default(made: Call) -> object:
    """`os.getenv("X", "dev")`, `kwargs.get("x", 5)` and `getattr(props, "x", 5)` give a default."""
    places = 3 if made.name == "getattr" else 2
    return Fallback(made, made.args[-1]) if len(made.args) == places else made


def _as_string(made: Call) -> object:
    if made.name != "str" or len(made.args) != 1:
        return made
    given = made.args[0]
    if isinstance(given, (bool, int, float)):
        return str(given)
    return given if isinstance(given, (str, Text, Ref)) else made


def _as_object(made: Call) -> object:
    if made.name == "dict" and len(made.args) == 1 and isinstance(made.args[0], Object):
        return made.args[0]
    return made


LITERAL_CALLS: dict[str, Callable[[Call], object]] = {
    "dumps": _json,
    "json_dumps": _json,
    "concat": _joined_output,
    "format": _format,
    "getenv": _with_default,
    "get": _with_default,
    "getattr": _with_default,
    "str": _as_string,
    "dict": _as_object,
}
