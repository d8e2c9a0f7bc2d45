"""CDK calls against what the package takes: properties that a struct does not have or needs, values of the wrong kind,
members that are not there, arguments too many or too few.

A literal is checked in every place where its shape is told: as an argument, in a property, in a list.  What stands in
a variable or a spread is left alone, and so are the program's own classes, other packages and the first version.
"""

from __future__ import annotations

import re

from gapkit.dialects.constructs_names import Names
from gapkit.dialects.constructs_types import Lacking, Types, bound_names, is_current, module_of
from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Keywords, Object, Program, Ref, Text
from gapkit.fault_kinds import IN_JAVASCRIPT
from gapkit.likeness import close_names
from gapkit.models import Artifact, Misuse
from gapkit.structs import (
    CORE,
    Member,
    Parameter,
    Shape,
    api,
    members_of,
    module_by_plain_name,
    names_in,
    plainly,
    required_of,
)
from gapkit.structs_fit import fits, is_open, likely, said, shown, signature, struct_of
from gapkit.types import plain_name

MOST_MISUSES = 60
_LONGEST_NAME = 60
_CAST = re.compile(r"^(?!\s*import\b).*\bas (?:any|unknown|never|string|number|[\w.]*\b[A-Z])")
_ROOT_END = re.compile(r"[.\[]")
# How a name comes to be in other ways than the reader tells: taken apart, as a parameter, as a type.
_DECLARING = (
    r"(?:\b(?:class|interface|enum|type|namespace|function|const|let|var|def|as|import|for)\s+|[{{,(]\s*)"
    r"{}\s*[,}}:=<({{)]"
)
_TELLING = frozenset((Call, Object, Array, Ref, Text, Closure, Fallback))


_LANGUAGES = (
    ("py", (".py",), ("python", "py", "python3")),
    ("java", (".java",), ("java",)),
    ("go", (".go",), ("go", "golang")),
    ("js", (".js", ".mjs", ".cjs", ".jsx"), ("javascript", "js", "jsx", "mjs", "cjs", "node")),
)


def language_of(artifact: Artifact) -> str:
    """`ts`, `js`, `py`, `java` or `go`: the language of a program, by its name, else by its fence."""
    for language, suffixes, _ in _LANGUAGES:
        if artifact.name.endswith(suffixes):
            return language
    if artifact.name.endswith((".ts", ".tsx", ".mts", ".cts")):
        return "ts"
    return next((language for language, _, words in _LANGUAGES if artifact.language in words), "ts")


def misuses(program: Program, names: Names, artifact: Artifact, label: str) -> tuple[Misuse, ...]:
    """What the package would refuse of a CDK program, in the order of its lines; `label` names the artifact."""
    if not is_current(program):
        return ()
    types = Types(program, names, artifact.text)
    checker = Checker(program, types, label, artifact)
    checker.learn(program)
    for value in (*(each.value for each in program.assignments), *program.calls):
        checker.look(value)
    checker.imports()
    return tuple(sorted(checker.found, key=lambda each: each.line))


class Checker:
    """One pass over a program; `found` collects."""

    __slots__ = (
        "_declared", "_lines", "_seen", "_text", "_unknown_types", "found", "label", "language", "offset", "types",
        "unread",
    )  # fmt: skip

    def __init__(self, program: Program, types: Types, label: str, artifact: Artifact) -> None:
        self.types = types
        self.label, self.offset, self.language = label, artifact.line_start - 1, language_of(artifact)
        self._lines = artifact.text.split("\n")
        self.unread = frozenset((*program.broken_lines, *program.elided_lines))
        self.found: list[Misuse] = []
        self._seen: set[int] = set()
        self._unknown_types: set[str] = set()
        self._text = artifact.text
        self._declared: set[str] | None = None

    def learn(self, program: Program) -> None:
        """Notes what names there are, where a program says so itself: it has imports, and nothing of it is missing."""
        names = self.types.names
        if self.unread or names.wildcards or self.language not in ("ts", "js", "py"):
            return
        if any(module_of(each.module) is not None for each in program.imports):
            self._declared = {_ROOT_END.split(each.target, maxsplit=1)[0] for each in program.assignments}
            self._declared.update(names.imports, names.local_classes, (each.name for each in program.definitions))

    # ------------------------------------------------------------- the walk

    def look(self, value: object, line: int = 0) -> None:
        """Checks every call and every name in a value, until so much is found that nobody reads on."""
        if len(self.found) >= MOST_MISUSES:
            return
        kind = type(value)
        if kind is Call:
            if id(value) in self._seen:
                return
            self._seen.add(id(value))
            if value.receiver is None:  # type: ignore[attr-defined]
                self._root(value.name, value.line)  # type: ignore[attr-defined]
            before = len(self.found)
            self._call(value)  # type: ignore[arg-type]
            if len(self.found) > before and self.types.is_bound(value):
                del self.found[before:]
            line = value.line  # type: ignore[attr-defined]
            if value.receiver is not None:  # type: ignore[attr-defined]
                self.look(value.receiver, line)  # type: ignore[attr-defined]
            for inner in value.args:  # type: ignore[attr-defined]
                if type(inner) in _TELLING:
                    self.look(inner, line)
        elif kind is Object:
            for _, inner, row in value.entries:  # type: ignore[attr-defined]
                if type(inner) in _TELLING:
                    self.look(inner, row)
        elif kind is Array:
            for inner in value.items:  # type: ignore[attr-defined]
                if type(inner) in _TELLING:
                    self.look(inner, value.line)  # type: ignore[attr-defined]
        elif kind is Ref or kind is Text:
            if kind is Ref and line and "." in value.text:  # type: ignore[attr-defined]
                self._root(value.text, line)  # type: ignore[attr-defined]
                self._name(value.text, line)  # type: ignore[attr-defined]
            for inner in value.parts:  # type: ignore[attr-defined]
                self.look(inner, line)
        elif kind is Closure:
            self.look(value.result, value.line)  # type: ignore[attr-defined]
        elif kind is Fallback:
            self.look(value.value, line)  # type: ignore[attr-defined]
            self.look(value.default, line)  # type: ignore[attr-defined]

    def _root(self, text: str, line: int) -> None:
        """Notes what is taken from a module, or a class of the core, that is not imported."""
        if self._declared is None:
            return
        root, _, rest = text.partition(".")
        if root in self._declared or not root.isidentifier():
            return
        if not rest[:1].isupper() and root not in names_in(CORE):
            return
        self._declared.add(root)  # told once
        if root[:1].isupper() and root not in names_in(CORE):
            return
        if root in bound_names(self._text) or re.search(_DECLARING.format(re.escape(root)), self._text):
            return
        message = f"{root} is used and neither imported nor declared"
        self._add(line, root, "", "undeclared_reference", message, "an import of it")

    def _name(self, text: str, line: int) -> None:
        lacking = self.types.of_name(text)[1]
        if lacking is None or self.types.is_bound(Ref(text)):
            return
        if lacking.member:
            self._lacks(lacking, line)
        else:
            self._unknown_type(lacking.type, line)

    def _lacks(self, lacking: Lacking, line: int) -> None:
        known = api(lacking.type)
        if known is not None and known.kind == "i" and self.language in ("py", "js"):
            return  # what comes at run time may have more than the interface
        what = "member" if lacking.static else "property or method"
        message = f"{shown(lacking.type)} has no {what} {lacking.member}"
        meant = likely(lacking.type, lacking.member, lacking.static)
        self._add(line, lacking.type, lacking.member, "unknown_member", message, self._spelled(meant))

    # ------------------------------------------------------------- one call

    def _call(self, call: Call) -> None:
        """Checks the arguments of a call whose parameters are known."""
        if self._broken(call.line, call.line_end) or (not call.args and call.line_end >= len(self._lines)):
            return  # what was cut off is not called short of anything
        parameters, owner = self._parameters(call)
        if parameters is None:
            return
        if self.language == "py":
            self._python_arguments(call, owner, parameters)
            return
        positional = call.args
        struct = parameters[-1].shape if parameters else None
        if self._is_counted(call):
            self._count(call, owner, parameters, len(positional))
        for index, value in enumerate(positional):
            if type(value) is Ref and value.text.startswith("..."):
                return
            parameter = parameters[min(index, len(parameters) - 1)] if parameters else None
            if parameter is None or (index >= len(parameters) and not parameter.variadic):
                if type(value) is Object and struct is not None and index == len(positional) - 1:
                    self._check(value, struct, owner, "", call.line)  # a Java builder with setters only
                continue
            path = "" if struct_of(parameter.shape) else parameter.name
            self._check(value, parameter.shape, owner, path, call.line)

    def _parameters(self, call: Call) -> tuple[tuple[Parameter, ...] | None, str]:
        """The parameters of what is called, and its name; None where it cannot be told."""
        member = self.types.method(call)
        if isinstance(member, Lacking):
            if member.member:
                self._lacks(member, call.line)
            else:
                self._unknown_type(member.type, call.line)
            return None, ""
        if member is not None:
            head, _, last = call.name.rpartition(".")
            owner = head.rpartition(".")[2]
            return member.parameters, f"{owner}.{last}" if owner[:1].isupper() else last
        if not call.constructor or call.receiver is not None:
            return None, ""
        found = self.types.named(call.name)
        if found is None or found.rest:
            return None, ""
        if not found.type:
            self._unknown_type(f"{found.module}.{found.name}", call.line)
            return None, ""
        known = api(found.type)
        if known is None:
            return None, ""
        if known.kind == "s" and self.language == "py":
            if call.args and type(call.args[-1]) is Object:
                self._struct(call.args[-1], found.type, shown(found.type), "", call.line)
            elif not call.args:
                self._struct(Object((), call.line), found.type, shown(found.type), "", call.line)
            return None, ""
        return known.initializer if known.kind == "c" else None, shown(found.type)

    def _unknown_type(self, type_: str, line: int) -> None:
        module, _, name = type_.rpartition(".")
        self._unknown_types.add(name)
        close = close_names(name[:_LONGEST_NAME], names_in(module), 1, 0.7)
        message = f"{_module(module)} has no {name}"
        self._add(line, type_, "", "unknown_type", message, close[0] if close else "")

    def imports(self) -> None:
        """Notes what is imported and does not exist, unless its use was noted."""
        for module, name, line in self.types.missing_imports():
            if name in self._unknown_types or line in self.unread:
                continue
            if module:
                self._unknown_type(f"{module}.{name}", line)
            else:
                close = close_names(plain_name(name), module_by_plain_name(), 1, 0.7)
                meant = module_by_plain_name()[close[0]] if close else ""
                message = f"aws-cdk-lib has no module {name}"
                self._add(line, name, "", "unknown_type", message, meant)

    def _is_counted(self, call: Call) -> bool:
        """Whether the arguments written can be counted."""
        return self.language in ("ts", "go") and not _is_spread(call.args)

    def _count(self, call: Call, owner: str, parameters: tuple[Parameter, ...], given: int) -> None:
        most = len(parameters)
        variadic = bool(parameters) and parameters[-1].variadic
        needed = [p for p in parameters if not p.optional and not p.variadic]
        if self.language == "go":
            needed = [p for p in parameters if not p.variadic]
        if given > most and not variadic:
            message = f"{owner} takes {_counted(most)}, not {given}"
            self._add(call.line, owner, "", "wrong_arguments", message, _signature(parameters))
        elif given < len(needed):
            message = f"{owner} needs {_counted(len(needed))}, not {given}"
            self._add(call.line, owner, "", "wrong_arguments", message, _signature(parameters))

    def _python_arguments(self, call: Call, owner: str, parameters: tuple[Parameter, ...]) -> None:
        """Python's calls: the properties of a last struct are keyword arguments, and so may all others be."""
        args = call.args
        entries: tuple[Entry, ...] = ()
        line = call.line
        if args and type(args[-1]) is Object and type(args[-1].entries) is Keywords:
            entries, line = args[-1]
            args = args[:-1]
        _, struct, plain, by_name, needed = signature(parameters)
        count = len(args)
        if count > len(plain) and not (plain and plain[-1].variadic):
            if not _is_spread(args):
                message = f"{owner} takes {_counted(len(plain), 'positional argument')}, not {count}"
                self._add(call.line, owner, "", "wrong_arguments", message, _signature(parameters, True))
            return
        for index, value in enumerate(args):
            if type(value) is Ref and value.text.startswith("..."):
                return
            parameter = plain[index] if index < len(plain) else plain[-1]
            self._check(value, parameter.shape, owner, parameter.name, call.line)
        left, given = [], set()
        for entry in entries:
            name = plainly(entry.key)
            keyword = by_name.get(name)
            given.add(name)
            if keyword is None:
                left.append(entry)
            else:
                self._check(entry.value, keyword.shape, owner, keyword.name, entry.line)
        spread = "" in given
        if len(needed) > count and not spread:
            absent = next((name for name in needed[count:] if name not in given), "")
            if absent:
                name = self._spelled(by_name[absent].name)
                self._add(call.line, owner, name, "missing_property", f"{owner} needs {name}, which is not given", name)
        if struct:
            if left or not parameters[-1].optional:
                self._struct(Object(tuple(left), line), struct, owner, "", call.line)
            return
        for entry in left:
            if entry.key != "...":
                message = f"{owner} has no parameter {entry.key}"
                meant = close_names(plain_name(entry.key), by_name, 1, 0.5)
                expected = self._spelled(by_name[meant[0]].name) if meant else ""
                self._add(entry.line, owner, entry.key, "unknown_property", message, expected)

    # ------------------------------------------------------------- one value

    def _check(self, value: object, shape: Shape, owner: str, path: str, line: int) -> None:
        """Checks a value that must be of some shape."""
        kind = shape.kind
        if kind == "*" or value is None:
            return
        what = type(value)
        if what is str and kind == "s":
            return
        if what is Closure:
            return
        if what is Fallback:
            if type(value.default) in (str, int, float, bool, Array):  # type: ignore[attr-defined]
                self._check(value.default, shape, owner, path, line)  # type: ignore[attr-defined]
            return
        if what is Object:
            self._object(value, shape, owner, path)  # type: ignore[arg-type]
        elif what is Array:
            self._array(value, shape, owner, path)  # type: ignore[arg-type]
        else:
            given = self.types.of(value)
            if given is None or (given.kind != "named" and what is not str and self._is_converted(given, value)):
                return
            if not fits(given, shape, self.language) and not self.types.is_bound(value):
                self._wrong(given, shape, owner, path, line)

    def _is_converted(self, given: Shape, value: object) -> bool:
        """Whether a name may stand for what is made of it: the readers pass over `str(port)` and the like."""
        return type(value) is Ref and self.language != "ts"

    def _object(self, value: Object, shape: Shape, owner: str, path: str) -> None:
        if shape.kind == "choice":
            structs = [each for each in shape.inner if struct_of(each)]
            if len(structs) == 1 and not any(each.kind in ("map", "*") for each in shape.inner):
                shape = structs[0]
            elif structs or any(each.kind in ("map", "*") or is_open(each) for each in shape.inner):
                return
        if shape.kind == "map":
            for entry in value.entries:
                if entry.key != "...":
                    self._check(entry.value, shape.inner[0], owner, _joined(path, entry.key), entry.line)
            return
        struct = struct_of(shape)
        if struct:
            self._struct(value, struct, owner, path, value.line)
        elif not is_open(shape) and not self._implements(value, shape) and self._reads_objects(shape):
            self._wrong(Shape("object"), shape, owner, path, value.line)

    def _reads_objects(self, shape: Shape) -> bool:
        """Whether an object literal is known to be one: Python and Go read `json.dumps({…})` as its content."""
        return self.language == "ts" or shape.kind not in ("s", "choice")

    def _array(self, value: Array, shape: Shape, owner: str, path: str) -> None:
        if shape.kind == "choice":
            lists = [each for each in shape.inner if each.kind == "list"]
            if len(lists) != 1:
                if not lists and not any(is_open(each) for each in shape.inner):
                    self._wrong(Shape("list"), shape, owner, path, value.line)
                return
            shape = lists[0]
        if shape.kind == "list":
            for index, item in enumerate(value.items):
                if not (type(item) is Ref and item.text.startswith("...")):
                    line = item.line if type(item) in (Object, Array, Call) else value.line  # type: ignore[attr-defined]
                    self._check(item, shape.inner[0], owner, f"{path}[{index}]", line)
        elif not is_open(shape) and self._reads_objects(shape):
            if self.language == "go" and not value.items:
                return
            self._wrong(Shape("list"), shape, owner, path, value.line)

    def _implements(self, value: Object, shape: Shape) -> bool:
        """Whether an object literal has every member of an interface, as TypeScript asks of it."""
        if self.language not in ("ts", "js") or shape.kind != "named":
            return False
        keys = {entry.key for entry in value.entries}
        known = api(shape.name)
        if known is None or known.kind != "i" or "..." in keys:
            return True
        return bool(keys) and all(member.name in keys or member.optional for member in members_of(shape.name).values())

    # ------------------------------------------------------------- structs

    def _struct(self, value: Object, struct: str, owner: str, path: str, line: int) -> None:
        """Checks the properties of an object that stands for a struct."""
        known = api(struct)
        if known is None or known.kind != "s" or self._broken(value.line, value.line):
            return
        members = members_of(struct)
        spread = any(entry.key == "..." for entry in value.entries)
        given: set[str] = set()
        for entry in value.entries:
            plain = plainly(entry.key)
            if not plain or entry.line in self.unread:
                spread = True
                continue
            given.add(plain)
            member = members.get(plain)
            misspelled = member is None or not self._is_spelled(entry.key, member.name)
            # Only an object without spreads is held against its type in TypeScript.
            if misspelled and not (spread and self.language in ("ts", "js")):
                self._unknown(entry, struct, owner, path, member)
            if member is not None:
                self._check(entry.value, member.shape, owner, _joined(path, member.name), entry.line)
        if spread or self.language == "js":
            return
        absent = [name for plain, name in required_of(struct).items() if plain not in given]
        for name in absent[:3]:
            spelled = self._spelled(name)
            where = _joined(path, spelled)
            message = f"{owner} needs {where}, which is not given"
            self._add(line, owner, where, "missing_property", message, spelled)

    def _unknown(self, entry: Entry, struct: str, owner: str, path: str, meant: Member | None) -> None:
        where = _joined(path, entry.key)
        expected = meant.name if meant is not None else likely(struct, entry.key, False)
        message = f"{owner} has no property {where}"
        circumstance = IN_JAVASCRIPT if self.language == "js" else ""
        self._add(entry.line, owner, where, "unknown_property", message, self._spelled(expected), circumstance)

    def _is_spelled(self, written: str, name: str) -> bool:
        """Whether a property is written as the language spells it: `bucketName`, in Python `bucket_name`."""
        if self.language == "py":
            return written == written.lower()
        if self.language == "go":
            return written[:1].isupper()
        return written == name or self.language == "java"

    def _spelled(self, name: str) -> str:
        """A property's name as the language spells it."""
        if self.language == "py" and name and not name.isupper():
            return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        return name[:1].upper() + name[1:] if self.language == "go" else name

    # ------------------------------------------------------------- findings

    def _wrong(self, given: Shape, wanted: Shape, owner: str, path: str, line: int) -> None:
        found, needed = said(given), said(wanted)
        message = f"{owner} {path} must be {needed}, not {found}" if path else f"{owner} takes {needed}, not {found}"
        self._add(line, owner, path, "wrong_value_type", message, needed)

    def _broken(self, first: int, last: int) -> bool:
        return bool(self.unread) and any(first <= line <= last for line in self.unread)

    def _add(
        self, line: int, owner: str, path: str, code: str, message: str, expected: str, circumstance: str = ""
    ) -> None:
        if self.language == "ts" and self._is_silenced(line):
            return
        self.found.append(Misuse(self.label, line + self.offset, owner, path, code, message, expected, circumstance))

    def _is_silenced(self, line: int) -> bool:
        """Whether a cast or a comment on a line makes TypeScript pass over it."""
        if not 0 < line <= len(self._lines):
            return False
        written = self._lines[line - 1]
        return (" as " in written and _CAST.search(written.partition("//")[0]) is not None) or (
            line > 1 and ("@ts-ignore" in self._lines[line - 2] or "@ts-expect-error" in self._lines[line - 2])
        )


def _is_spread(args: tuple[object, ...]) -> bool:
    return any(type(arg) is Ref and arg.text.startswith("...") for arg in args)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _module(name: str) -> str:
    return "aws-cdk-lib" if name == "core" else name


def _counted(count: int, what: str = "argument") -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _signature(parameters: tuple[Parameter, ...], is_python: bool = False) -> str:
    """The parameters' names, as a reader would list them."""
    shown = []
    for each in parameters:
        if is_python and struct_of(each.shape) and each is parameters[-1]:
            shown.append("keyword arguments")
        else:
            shown.append(f"{each.name}?" if each.optional else f"…{each.name}" if each.variadic else each.name)
    return ", ".join(shown) or "no arguments"
