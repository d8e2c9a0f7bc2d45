"""Values of a host-language program as flat properties, with the constants of the program filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from gapkit.dialects.flattening import flatten
from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Object, Ref, Text
from gapkit.dialects.json_tree import read_json
from gapkit.dialects.tree import Map, Sequence
from gapkit.models import Property, Scalar

MAX_PROPERTIES = 3000
MAX_LOOKUPS = 6
SHORTEST_JSON = 30
_PROGRAMS = ("fromInline", "from_inline", "FromInline", "InlineCode", "StringAsset")  # a function's code as text

# Calls that pass their first argument through: a tree in them is the property's own tree.
TRANSPARENT = frozenset(
    [
        "JSON.stringify",
        "json.dumps",
        "pulumi.jsonStringify",
        "pulumi.json_stringify",
        "pulumi.Output.json_dumps",
        "pulumi.output",
        "pulumi.Output.from_input",
        "pulumi.secret",
        "pulumi.Output.secret",
        "pulumi.Output.of",
        "Output.of",
        "Output.json_dumps",
        "PolicyDocument.fromJson",
        "iam.PolicyDocument.fromJson",
        "iam.PolicyDocument.from_json",
        "stack.toJsonString",
        "this.toJsonString",
        "cdk.Fn.base64",
        "Fn.base64",
        "Token.asString",
        "cdk.Token.asString",
        "Token.asNumber",
        "Token.asList",
        "cdk.Token.asNumber",
        "Fn.jsonencode",
        "Fn.base64encode",
        "Fn.rawString",
        "jsii.String",
        "jsii.Number",
        "jsii.Bool",
        "jsii.Strings",
        "pulumi.String",
        "pulumi.Bool",
        "pulumi.Int",
        "pulumi.Float64",
        "pulumi.StringPtr",
        "pulumi.IntPtr",
        "pulumi.BoolPtr",
        "pulumi.ToStringArray",
        "pulumi.Sprintf",
        "List.of",
        "Arrays.asList",
        "Map.of",
        "json.Marshal",
        "objectMapper.writeValueAsString",
        "gson.toJson",
        "String",
        "Number",
        "String.valueOf",
        "str",
        "int",
        "bool",
        "dict",
        "list",
        "parseInt",
    ]
)
# Classes that only group settings: `BucketArgs(versioned=True)` says no more than `{versioned: true}`.
_STRUCT = re.compile(r"(?:Args|Props|Property|Options|Config|Configuration)$")
_CLASS_IN_CALL = re.compile(r"^[^(]*?(?:\b[A-Z])")
_MEMBER_CHAIN = re.compile(r"[A-Za-z_$][\w$]*(?:\.[\w$]+)+\Z")
_HOLE = re.compile(r"\$\{([A-Za-z_$][\w$]*)\}")

_new = tuple.__new__


def own_name(text: str) -> str:
    """A name without its `this.` or `self.`."""
    if text.startswith("this."):
        return text[5:]
    return text[5:] if text.startswith("self.") else text


def last_segments(name: str) -> str:
    """The last two segments of a dotted name: `aws_lambda.Code.fromAsset` -> `Code.fromAsset`."""
    head, _, last = name.rpartition(".")
    return f"{head.rpartition('.')[2]}.{last}" if head else last


class Values:
    """Turns the values of one program into properties.

    `constants` are the values of names assigned once; `refer` is asked about every call and gives the name of the
    declaration that it makes, or `` where it makes none; `offset` is added to every line.
    """

    __slots__ = ("constants", "lookups", "offset", "refer")

    def __init__(self, constants: dict[str, object], refer: Callable[[Call], str], offset: int) -> None:
        self.constants = constants
        self.refer = refer
        self.offset = offset
        self.lookups = 0

    def properties(self, path: str, value: object, line: int, out: list[Property]) -> None:
        """Appends the properties of `value`, that stands at `path`, to `out`."""
        kind = type(value)
        if kind is Object:
            self._object(path, value, out)  # type: ignore[arg-type]
        elif kind is Ref:
            self._reference(path, value, line, out)  # type: ignore[arg-type]
        elif kind is Call:
            self._call(path, value, out)  # type: ignore[arg-type]
        elif kind is Array:
            self._array(path, value, out)  # type: ignore[arg-type]
        elif kind is Text:
            self._add(out, path, self._filled(value.text), line)  # type: ignore[attr-defined]
            for part in value.parts:  # type: ignore[attr-defined]
                if type(part) is Call:
                    self.refer(part)
        elif kind is Fallback:
            self._fallback(path, value, line, out)  # type: ignore[arg-type]
        elif kind is Closure:
            self.properties(path, value.result, line, out)  # type: ignore[attr-defined]
        else:
            self._add(out, path, value, line)  # type: ignore[arg-type]

    def scalar(self, value: object) -> Scalar:
        """A value as one scalar: itself, or text that tells what it is."""
        kind = type(value)
        if kind is Ref:
            text = value.text  # type: ignore[attr-defined]
            found = self.constants.get(own_name(text))
            if found is not None and type(found) in (str, int, float, bool):
                return found  # type: ignore[return-value]
            return enum_member(text) or f"${{{own_name(text)}}}"
        if kind is Text:
            return self._filled(value.text)  # type: ignore[attr-defined]
        if kind is Call:
            return f"${{{self.refer(value) or self.spelled(value)}}}"  # type: ignore[arg-type]
        if kind is Fallback:
            return f"${{{self._bare(value)}}}"
        if kind in (Object, Array, Closure):
            return "{}" if kind is Object else "[]" if kind is Array else "${function}"
        return value  # type: ignore[return-value]

    def spelled(self, call: Call) -> str:
        """A call as short text: `Duration.minutes(5)`, `new PolicyStatement`, `queue.metricAge().createAlarm`."""
        name = own_name(call.name)
        name = name.rpartition(".")[2] if call.constructor else last_segments(name)
        if type(call.receiver) is Call:
            name = f"{self.spelled(call.receiver)}.{name}"
        shown: list[str] = []
        longest = 16_000 if name.endswith(_PROGRAMS) else 200
        for arg in call.args:
            kind = type(arg)
            if kind is str:
                cut = f"{arg[:longest]}…" if len(arg) > longest else arg  # type: ignore[arg-type,index]
                shown.append(f'"{cut}"')
            elif kind is Call:
                shown.append(self.refer(arg) or self.spelled(arg))  # type: ignore[arg-type]
            elif kind is Text:
                text = self._filled(arg.text)  # type: ignore[attr-defined]
                shown.append(f'"{text}"')
            elif kind is not Object and kind is not Array and kind is not Closure:
                shown.append(self._bare(arg))
        if call.constructor:
            return f"new {name}({', '.join(shown)})" if shown else f"new {name}"
        return f"{name}({', '.join(shown)})"

    def _bare(self, value: object) -> str:
        """A value inside other text: names without their hole."""
        if type(value) is Fallback:
            return f"{self._bare(value.value)}|{self._bare(value.default)}"
        shown = self.scalar(value)
        if isinstance(shown, str):
            return shown[2:-1] if shown.startswith("${") and shown.endswith("}") and shown.count("${") == 1 else shown
        if shown is None or shown is True or shown is False:
            return {True: "true", False: "false", None: "null"}[shown]
        return str(shown)

    def _add(self, out: list[Property], path: str, value: Scalar, line: int) -> None:
        if len(out) >= MAX_PROPERTIES:
            return
        if type(value) is not str or len(value) < SHORTEST_JSON or not self._json(out, path, value, line):
            out.append(_new(Property, (path, value, line + self.offset)))

    def _json(self, out: list[Property], path: str, text: str, line: int) -> bool:
        """Appends what JSON written as text says: a policy in a template string is the policy's tree."""
        if text.lstrip()[:1] not in ("{", "[") or '"' not in text:
            return False
        document = read_json(text, line + self.offset)
        tree = document.tree
        if document.faults or not isinstance(tree, (Map, Sequence)) or not tree:
            return False
        flatten(path, tree, line + self.offset, out)
        del out[MAX_PROPERTIES:]
        return True

    def _filled(self, text: str) -> str:
        """Text whose holes that name a literal constant are filled."""
        constants = self.constants
        text = text.replace("${this.", "${").replace("${self.", "${")
        if not constants:
            return text

        def fill(found: re.Match[str]) -> str:
            value = constants.get(found[1])
            return str(value) if type(value) is str or type(value) is int else found[0]

        return _HOLE.sub(fill, text)

    def _object(self, path: str, value: Object, out: list[Property]) -> None:
        entries = value.entries
        if not entries:
            if path:
                self._add(out, path, "{}", value.line)
            return
        dot = f"{path}." if path else ""
        if "..." not in [entry[0] for entry in entries]:
            offset = self.offset
            for key, child, line in entries:
                kind = type(child)
                if kind is int or kind is bool or (isinstance(child, str) and len(child) < SHORTEST_JSON):
                    if len(out) < MAX_PROPERTIES:
                        out.append(_new(Property, (dot + key, child, line + offset)))
                else:
                    self.properties(dot + key, child, line, out)
            return
        for entry in self._merged(entries):
            if entry.key == "...":
                self._spread(path, entry, out)
            else:
                self.properties(dot + entry.key, entry.value, entry.line, out)

    def _merged(self, entries: tuple[Entry, ...]) -> list[Entry]:
        """The entries with known spreads filled in; of a key that is written twice the last one holds."""
        merged: list[Entry] = []
        for entry in entries:
            known = self._known(entry.value) if entry.key == "..." else None
            if type(known) is Object and self.lookups < MAX_LOOKUPS:
                self.lookups += 1
                merged += self._merged(known.entries)
                self.lookups -= 1
            else:
                merged.append(entry)
            if len(merged) > MAX_PROPERTIES:
                break
        last = {entry.key: entry for entry in merged if entry.key != "..."}
        return [entry for entry in merged if entry.key == "..." or last[entry.key] is entry]

    def _spread(self, path: str, entry: Entry, out: list[Property]) -> None:
        value = entry.value
        if type(value) is Object:
            self._object(path, value, out)
        elif type(value) is Ref and value.parts:
            for part in value.parts:
                self.properties(path, part, entry.line, out)
        elif value is not None:
            self._add(out, f"{path}.*" if path else "*", self.scalar(value), entry.line)

    def _known(self, value: object) -> object:
        """The value that a name stands for, where the program assigns one."""
        if type(value) is not Ref or value.parts:
            return value
        name = own_name(value.text)
        found = self.constants.get(name)
        if found is None and "." in name:
            root, *keys = name.split(".")
            found = self.constants.get(root)
            for key in keys:
                if type(found) is not Object:
                    return None
                found = next((entry.value for entry in found.entries if entry.key == key), None)
        return found

    def _reference(self, path: str, value: Ref, line: int, out: list[Property]) -> None:
        text = value.text
        if not value.parts and self.lookups < MAX_LOOKUPS and self.constants:
            known = self._known(value)
            if known is not None and type(known) is not Closure:
                self.lookups += 1
                self.properties(path, known, line, out)
                self.lookups -= 1
                return
        self._add(out, path, enum_member(text) or f"${{{own_name(text)}}}", line)
        for part in value.parts:
            self._inner(path, part, line, out)

    def _inner(self, path: str, part: object, line: int, out: list[Property]) -> None:
        """What stands inside an expression: trees go under the same path, calls may declare something."""
        kind = type(part)
        if kind is Call:
            if not self.refer(part):  # type: ignore[arg-type]
                self._arguments(path, part, out)  # type: ignore[arg-type]
        elif kind is Object or kind is Array or kind is Closure:
            self.properties(path, part, line, out)
        elif kind is Fallback:
            self._inner(path, part.value, line, out)  # type: ignore[attr-defined]
            self._inner(path, part.default, line, out)  # type: ignore[attr-defined]
        elif kind is Ref or kind is Text:
            for inner in part.parts:  # type: ignore[attr-defined]
                self._inner(path, inner, line, out)

    def _fallback(self, path: str, value: Fallback, line: int, out: list[Property]) -> None:
        default = value.default
        if type(value.value) is Call:
            self.refer(value.value)
        if type(default) in (Object, Array):
            self._add(out, path, f"${{{self._bare(value.value)}}}", line)
            self.properties(path, default, line, out)
        else:
            if type(default) is Call:
                self._inner(path, default, line, out)
            self._add(out, path, f"${{{self._bare(value)}}}", line)

    def _array(self, path: str, value: Array, out: list[Property]) -> None:
        line = value.line
        if not value.items and path:
            self._add(out, path, "[]", line)
        index = 0
        for item in value.items:
            if type(item) is Ref and item.text.startswith("..."):
                known = self._known(Ref(item.text[3:]))
                if type(known) is Array and self.lookups < MAX_LOOKUPS:
                    self.lookups += 1
                    for each in known.items:
                        self.properties(f"{path}[{index}]", each, line, out)
                        index += 1
                    self.lookups -= 1
                    continue
                item = Ref(item.text[3:], item.parts)
            self.properties(f"{path}[{index}]", item, line, out)
            index += 1

    def _call(self, path: str, call: Call, out: list[Property]) -> None:
        name = self.refer(call)
        if name:
            self._add(out, path, f"${{{name}}}", call.line)
            return
        args = call.args
        if call.name in TRANSPARENT and args:
            if call.name in ("List.of", "Arrays.asList", "jsii.Strings", "list") and not (
                len(args) == 1 and type(args[0]) is Array
            ):
                self._array(path, Array(args, call.line), out)
            else:
                self.properties(path, args[0], call.line, out)
            return
        method = call.name.rpartition(".")[2]
        if args and type(args[-1]) is Closure and method in ("apply", "map", "ApplyT", "then", "flatMap", "applyValue"):
            self.properties(f"{path}[0]" if method in ("map", "flatMap") else path, args[-1].result, call.line, out)
            return
        if _STRUCT.search(call.name) and args and all(type(arg) is Object for arg in args):
            for arg in args:
                self._object(path, arg, out)  # type: ignore[arg-type]
            return
        text = self.spelled(call)
        if not _CLASS_IN_CALL.search(text):
            text = f"${{{text}}}"  # a method of some variable: what it gives is not written here
        self._add(out, path, text, call.line)
        self._arguments(path, call, out)

    def _arguments(self, path: str, call: Call, out: list[Property]) -> None:
        """The trees among a call's arguments, under the path of the call."""
        if type(call.receiver) is Call and not self.refer(call.receiver):
            self._arguments(path, call.receiver, out)
        for arg in call.args:
            kind = type(arg)
            if kind is Object or kind is Array:
                self.properties(path, arg, call.line, out)
            elif kind is Call:
                if not self.refer(arg):  # type: ignore[arg-type]
                    self._arguments(path, arg, out)  # type: ignore[arg-type]
            elif kind is Closure:
                self._inner(path, arg.result, call.line, out)  # type: ignore[attr-defined]
            elif kind is Ref and self.lookups < MAX_LOOKUPS:
                known = self._known(arg)
                if type(known) in (Object, Array):
                    self.lookups += 1
                    self.properties(path, known, call.line, out)
                    self.lookups -= 1


_LONGEST_REMEMBERED = 100


def enum_member(text: str) -> str:
    """`lambda.Tracing.ACTIVE` -> `Tracing.ACTIVE`, or `` where the text is no such chain."""
    if "." not in text:
        return ""
    return _member(text) if len(text) <= _LONGEST_REMEMBERED else _member.__wrapped__(text)


@lru_cache(maxsize=1 << 14)
def _member(text: str) -> str:
    if not _MEMBER_CHAIN.match(text):
        return ""
    shown = last_segments(text)
    owner, _, member = shown.partition(".")
    return shown if owner[0].isupper() and (member[0].isupper() or member[0].isdigit()) else ""
