"""What the expressions of a CDK program are: the names that it imports, its variables, members and calls of them.

Only what the package's own description (gapkit/structs.py) says for sure has a shape; everything else is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from gapkit.dialects.constructs_names import Names
from gapkit.dialects.constructs_values import own_name
from gapkit.dialects.host import Call, Import, Program, Ref, Text
from gapkit.structs import (
    ANYTHING,
    CORE,
    NUMBER,
    TEXT,
    TRUTH,
    Member,
    Shape,
    ancestors,
    api,
    members_of,
    module_by_plain_name,
    modules,
    named,
    names_in,
    plainly,
)
from gapkit.types import plain_name

_CHAIN = re.compile(r"[A-Za-z_$][\w$]*(?:[!?]?\.[A-Za-z_$][\w$]*(?:\(\))?)*")
_SEPARATOR = re.compile(r"[/.]")
_GO_VERSION = re.compile(r"/v\d+(?=/|$)")
_OLD = re.compile(r"@aws-cdk/(?!.*alpha)|monocdk|aws_cdk\.core\b|awscdk\.core\b|aws-cdk-go/awscdk(?!/v2)")
_ROOTS = (
    ("aws-cdk-lib", CORE),
    ("aws_cdk", CORE),
    ("software.amazon.awscdk", CORE),
    ("github.com/aws/aws-cdk-go/awscdk", CORE),
    ("github.com/aws/constructs-go/constructs", "constructs"),
    ("software.constructs", "constructs"),
    ("constructs", "constructs"),
)
# Names that loops, parameters and exceptions bind, in any of the languages.
# Each begins with letters that stand so in the text, which `re` looks for at once, and then makes sure of their start.
_BINDINGS = tuple(
    re.compile(pattern)
    for pattern in (
        r"for(?<!\wfor)[ \t]*\(?(?:(?:const|let|var|final|\w+(?:<[^<>\n]{0,80}>)?)[ \t]+)?"
        r"([\w, \[\]{}()]{1,120}?)[ \t]*(?:\bin\b|\bof\b|:=|:)",
        r"lambda(?<!\wlambda)[ \t]+([\w, ]{1,120}):",
        r"\((?<!for\()(?<!for \()([^()]++)\)\s{0,3}(?::[^=;{}()]{1,200})?(?:=>|->|\{)",
        r"def(?<!\wdef)[ \t]+\w+\(([^()]{1,4000}(?:\([^()]*\)[^()]{0,2000})*)\)",
        r"func(?<!\wfunc)\b[^{\n]{0,40}\(([^()]{1,1000})\)",
    )
)
_ARROW_NAME = re.compile(r"(\w+)[ \t]*$")
_ARROW_REACH = 80
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
# Members that the languages add to every object.
_OF_ANY_OBJECT = frozenset(
    """
    tostring hasownproperty constructor valueof tojson equals hashcode getclass wait notify name length prototype bind
    call apply builder tolocalestring value values class
    """.split()  # noqa: SIM905
)


class Named(NamedTuple):
    """What a dotted name leads to: a type of the table and the members taken of it.

    `type` is `` where the module is known and has nothing of that name; `name` is then what it lacks.
    """

    module: str
    type: str
    rest: tuple[str, ...]
    name: str = ""


class Lacking(NamedTuple):
    """A member that a type does not have; without a member, a type that its module does not have."""

    type: str
    member: str
    static: bool = False


@lru_cache(maxsize=8)
def bound_names(text: str) -> frozenset[str]:
    """The names that parameters and loops bind in a program's text; some that they do not may be among them."""
    found: set[str] = set()
    for pattern in _BINDINGS:
        for names in pattern.findall(text):
            found.update(_IDENTIFIER.findall(names))
    at = text.find("=>")
    while at >= 0:
        name = _ARROW_NAME.search(text, max(text.rfind("\n", 0, at) + 1, at - _ARROW_REACH), at)
        if name:
            found.update(_IDENTIFIER.findall(name[1]))
        at = text.find("=>", at + 2)
    return frozenset(found)


def is_current(program: Program) -> bool:
    """Whether a program uses the second major version, the one that the table describes."""
    for each in program.imports:
        if _OLD.match(each.module) or (each.module == "aws_cdk" and each.member == "core"):
            return False
    return True


@lru_cache(maxsize=4096)
def module_of(path: str) -> tuple[str, tuple[str, ...]] | None:
    """The table's module for an import path, and what of the path is left; None for other packages."""
    path = _GO_VERSION.sub("", path)
    for root, module in _ROOTS:
        if path == root:
            return module, ()
        if path.startswith((root + "/", root + ".")):
            return _below(_SEPARATOR.split(path[len(root) + 1 :]), module)
    return None


def _below(segments: list[str], module: str) -> tuple[str, tuple[str, ...]] | None:
    if segments[0] == "services":  # Java
        segments = segments[1:]
    if segments == ["core"]:
        return CORE, ()
    known = module_by_plain_name()
    for size in range(len(segments), 0, -1):
        plain = plain_name("".join(segments[:size]))
        found = known.get(plain) or known.get(f"aws{plain}")
        if found is not None:
            return found, tuple(segments[size:])
    return module, tuple(segments)


@lru_cache(maxsize=8192)
def _inside(module: str, path: tuple[str, ...]) -> Named | None:
    """What a path leads to from a module."""
    while path:
        head = path[0]
        inner = head if module == CORE else f"{module}.{head}"
        if module == CORE and head[:1].islower():
            inner = module_by_plain_name().get(plain_name(head), head)
        if inner not in modules():
            break
        if head in names_in(module) and (len(path) < 2 or path[1] not in names_in(inner)):
            break
        module, path = inner, path[1:]
    if not path:
        return None
    head = path[0]
    if head in names_in(module):
        return Named(module, f"{module}.{head}", path[1:])
    return Named(module, "", path[1:], head) if head[:1].isupper() else None


class Types:
    """The shapes of one program's expressions."""

    __slots__ = ("_methods", "_named", "_shapes", "_text", "names", "variables")

    def __init__(self, program: Program, names: Names, text: str) -> None:
        self.names = names
        self._text = text
        self._named: dict[str, Named | None] = {}
        self._methods: dict[int, Member | Lacking | None] = {}
        self._shapes: dict[str, tuple[Shape | None, Lacking | None]] = {}
        self.variables: dict[str, Shape | None] = {}
        self._learn(program)
        self._methods.clear()
        self._shapes.clear()

    def _learn(self, program: Program) -> None:
        """The shape of every variable that is assigned values of one shape only."""
        for target, value, _, _ in program.assignments:
            shape = self.of(value) if type(value) is Call or type(value) is Ref else None
            if shape is not None and not self._is_sure(shape, value):
                shape = None
            if target in self.variables and self.variables[target] != shape:
                shape = None
            if target not in self.variables or self.variables[target] != shape:
                self._shapes.clear()
            self.variables[target] = shape

    def _is_sure(self, shape: Shape, value: object) -> bool:
        """Whether a variable holds what it is given: a cast, which the readers pass over, may say more of it."""
        if shape.kind != "named" or (type(value) is Call and value.constructor):
            return True
        known = api(shape.name)
        return known is not None and known.kind != "i" and not shape.name.startswith("constructs.")

    def is_bound(self, value: object) -> bool:
        """Whether an expression begins with a variable that a loop or a parameter binds, too: it may be either."""
        while type(value) is Call and value.receiver is not None:
            value = value.receiver
        if isinstance(value, Call):
            text = "" if value.constructor else value.name
        else:
            text = value.text if isinstance(value, Ref) else ""
        root = text.partition(".")[0]
        return root in self.variables and root in bound_names(self._text)

    # ------------------------------------------------------------- names

    def named(self, name: str) -> Named | None:
        """What a dotted name leads to, None where it is none of the package's."""
        if name not in self._named:
            self._named[name] = self._lead(name)
        return self._named[name]

    def _lead(self, name: str) -> Named | None:
        root, _, rest = name.partition(".")
        if root in self.names.local_classes:
            return None
        segments = tuple(rest.split(".")) if rest else ()
        imported = self.names.imports.get(root)
        if imported is not None:
            return self._imported(imported, segments)
        if not self.names.wildcards:
            return None
        places = {place[0] for each in self.names.wildcards if (place := module_of(each)) and not place[1]}
        having = [module for module in places if root in names_in(module)]
        return _inside(having[0], (root, *segments)) if len(having) == 1 else None

    def _imported(self, imported: Import, segments: tuple[str, ...]) -> Named | None:
        module = imported.module
        if not imported.member and imported.name == module.partition(".")[0]:  # `import aws_cdk.aws_s3`
            module = imported.name
        place = module_of(module)
        if place is None:
            return None
        path = (*place[1], *((imported.member,) if imported.member else ()), *segments)
        return _inside(place[0], path)

    # ------------------------------------------------------------ values

    def of(self, value: object) -> Shape | None:
        """The shape of a value, None where it cannot be told; of literals only the scalar ones have one."""
        kind = type(value)
        if kind is str or kind is Text:
            return TEXT
        if kind is bool:
            return TRUTH
        if kind is int or kind is float:
            return NUMBER
        if kind is Call:
            return self.of_call(value)  # type: ignore[arg-type]
        if kind is Ref:
            return self.of_name(value.text)[0]  # type: ignore[attr-defined]
        return None

    def of_call(self, call: Call) -> Shape | None:
        """What a call gives."""
        member = self.method(call)
        if type(member) is Member:
            return member.shape if member.shape != ANYTHING and member.parameters is not None else None
        if call.constructor and call.receiver is None:
            found = self.named(call.name)
            if found is not None and found.type and not found.rest:
                return named(found.type)
        return None

    def missing_imports(self) -> Iterator[tuple[str, str, int]]:
        """Module, name and line of what is imported and does not exist; `` is the module of a lacking module."""
        for each in self.names.imports.values():
            place = module_of(each.module)
            if place is None or "alpha" in f"{each.module}.{each.member}".lower():
                continue
            module, rest = place
            if rest:
                if len(rest) == 1 and rest[0].lower().startswith("aws"):
                    yield "", rest[0], each.line
            elif each.member[:1].isupper():
                if each.member not in names_in(module) and f"{module}.{each.member}" not in modules():
                    yield module, each.member, each.line
            elif module == CORE and each.member.startswith("aws") and self.named(f"{each.name}.X") is None:
                yield "", each.member, each.line

    def method(self, call: Call) -> Member | Lacking | None:
        """The method that a call calls, or what the type that it is called on lacks; None where it cannot be told."""
        if call.constructor:
            return None
        key = id(call)
        if key not in self._methods:
            self._methods[key] = self._method(call)
        return self._methods[key]

    def _method(self, call: Call) -> Member | Lacking | None:
        if call.receiver is not None:
            if type(call.receiver) is not Call:
                return None
            shape = self.of_call(call.receiver)
            return self._walk(shape, call.name.split(".")) if shape is not None else None
        head, _, last = call.name.rpartition(".")
        if not head:
            return None
        found = self.named(call.name)
        if found is not None and head not in self.variables:
            if not found.type:
                return Lacking(f"{found.module}.{found.name}", "")
            return self._static(found) if found.rest else None
        shape, _ = self.of_name(head)
        return self._walk(shape, [last]) if shape is not None else None

    def of_name(self, text: str) -> tuple[Shape | None, Lacking | None]:
        """The shape of a dotted name, and the member that stands in it and is not there."""
        if "." not in text:
            return self.variables.get(text), None
        found = self._shapes.get(text)
        if found is None:
            found = self._shapes[text] = self._of_chain(text) if _CHAIN.fullmatch(text) else (None, None)
        return found

    def _of_chain(self, text: str) -> tuple[Shape | None, Lacking | None]:
        text = text.replace("!", "").replace("?", "")
        name = own_name(text)
        root, _, rest = name.partition(".")
        if root in self.variables:
            shape = self.variables[root]
            return (shape, None) if shape is None or not rest else _given(self._walk(shape, rest.split(".")))
        found = self.named(text) if name == text else None
        if found is not None and not found.type and not text.endswith("()"):
            return None, Lacking(f"{found.module}.{found.name}", "")
        if found is None or not found.type or not found.rest:
            return None, None
        return _given(self._static(found))

    def _static(self, found: Named) -> Member | Lacking | None:
        """A static member of a type, with what is taken of it."""
        known = api(found.type)
        if known is None or known.kind not in "ce":
            return None
        first = found.rest[0].removesuffix("()")
        member = members_of(found.type).get(plainly(first))
        if member is None:
            if _is_free(first) or not _is_told(found.type) or (known.kind == "c" and first == "Builder"):
                return None
            return Lacking(found.type, first, True)
        if len(found.rest) == 1:
            return member
        if not member.static or member.shape == ANYTHING:
            return None
        return self._walk(member.shape, list(found.rest[1:]))

    def _walk(self, shape: Shape | None, path: list[str]) -> Member | Lacking | None:
        """The member that a path leads to from a value of some shape."""
        member: Member | None = None
        for written in path:
            if shape is None or shape.kind != "named":
                return None
            type_ = shape.name
            name = written.removesuffix("()")
            plain = plainly(name)
            all_members = members_of(type_)
            found = all_members.get(plain)
            if found is None and plain[:3] in ("get", "set"):
                found = all_members.get(plain[3:])
            if found is None:
                if _is_free(name) or not _is_told(type_):
                    return None
                return Lacking(type_, name)
            member = found
            shape = member.shape
        return member


def _given(member: Member | Lacking | None) -> tuple[Shape | None, Lacking | None]:
    if member is None:
        return None, None
    if isinstance(member, Lacking):
        return None, member
    return (None if member.parameters is not None or member.shape == ANYTHING else member.shape), None


def _is_free(name: str) -> bool:
    """Whether a member of that name may stand on any object of the language."""
    return name.startswith(("_", "$")) or plain_name(name) in _OF_ANY_OBJECT


def _is_told(type_: str) -> bool:
    """Whether the table has every member of a type: all that it extends stands there, too."""
    for name in ancestors(type_):
        known = api(name)
        if known is None and not name.startswith("interfaces."):
            return False
        if known is not None and known.kind in "lp":
            return False
    return True
