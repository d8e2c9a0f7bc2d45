"""Programs that declare no infrastructure: analysis scripts, function handlers, tests.

What counts there is what is imported, which functions exist and which interfaces are called: `boto3.client("ec2")`,
`ec2.describe_volumes(…)`, `json.dump(…)`.  Of a test file only the names of its tests count: what it builds is
no part of the answer's infrastructure.
"""

from __future__ import annotations

import re

from gapkit.dialects import constructs, go, java, python
from gapkit.dialects.constructs_values import Values
from gapkit.dialects.host import Call, Import, Object, Program, Ref, Text
from gapkit.dialects.syntax import calls_of
from gapkit.dialects.tree import label_of
from gapkit.models import Artifact, Declaration, Property, Reading

NAME = "script"

_FRONT_ENDS = ((python.is_python, python), (java.is_java, java), (go.is_go, go))
_TEST_NAME = re.compile(
    r"^[ \t]*+(?:async[ \t]++)?+def[ \t]++(test_\w++)"  # Python
    r"|^func[ \t]++(Test\w++)\("  # Go
    r"|^[ \t]*+@Test\b[^;{]{0,300}?\bvoid\s++(\w++)\s*+\(",  # Java
    re.MULTILINE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Methods of the languages' own values, which say nothing of what a program does to the cloud or writes.
_PLAIN_METHODS = _words(
    """
    add addAll append as_completed charAt clear collect Contains contains containsKey copy count debug decode
    discard encode endswith endsWith entrySet equals equalsIgnoreCase error Error Errorf exception exists extend
    Fatal Fatalf filter find findall finditer forEach format formatted fromisoformat fullmatch get getattr
    getBytes getKey getLogger getMessage getOrDefault getValue group groups hasNext HasPrefix HasSuffix index
    info insert is_alive isdigit isEmpty isoformat items iterator join Join keys keySet Len length lower lstrip
    map match mean median most_common next now partition pop print Printf printf Println println put remove
    removeprefix removesuffix replace rfind rsplit rstrip search setdefault setLevel size sleep sort Split split
    splitlines Sprintf startswith startsWith stream strftime strip strptime sub substring sum title toArray
    today toList ToLower toLowerCase toString total_seconds ToUpper toUpperCase trim TrimSpace update upper
    utcnow values warn warning zfill
    """
)
_PLAIN_ROOTS = _words(
    """
    argparse Arrays assert Collections Collectors copy dataclasses datetime errors fmt functools itertools List
    LOG log logger LOGGER logging Map Math math Objects operator Optional parser random re statistics strconv
    String strings super sys System textwrap time timedelta traceback typing unittest uuid warnings
    """
)
_PLAIN_FUNCTIONS = frozenset(("open", "tabulate"))
# Names that scripts import for their own data.
_PLAIN_IMPORTS = _words("Counter dataclass defaultdict deque field lru_cache namedtuple partial wraps")
_CLIENT_MAKERS = frozenset(("client", "resource"))
_CLIENT_CLASS = re.compile(r"(?:^|\.)(\w{2,40}?)(?:Async)?Client$")
_NAMED_OPERATION = frozenset(("get_paginator", "get_waiter"))
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")
_MAX_DECLARATIONS = 5000


def accepts(artifact: Artifact) -> bool:
    """Whether this is a plain Python, Java or Go program; infrastructure code is taken before it comes here."""
    return any(is_language(artifact) for is_language, _ in _FRONT_ENDS)


def read(artifact: Artifact) -> Reading:
    """The imports, functions, constants and interface calls of a program, or the names of its tests."""
    for is_language, front_end in _FRONT_ENDS:
        if is_language(artifact):
            if front_end.is_test(artifact):
                return Reading(tests(artifact))
            program = front_end.parse(artifact.text)
            return Reading(declarations(program, artifact), constructs.problems_of(program, artifact))
    return Reading(())


def tests(artifact: Artifact) -> tuple[Declaration, ...]:
    """A `function` of type `test` for each test that a file defines."""
    label = label_of(artifact)
    found: list[Declaration] = []
    line, seen = artifact.line_start, 0
    for match in _TEST_NAME.finditer(artifact.text):
        group = match.lastindex or 0
        line += artifact.text.count("\n", seen, match.start(group))
        seen = match.start(group)
        found.append(Declaration("function", "test", match[group], "test", line, line, (), label, NAME))
    return tuple(found[:_MAX_DECLARATIONS])


def declarations(program: Program, artifact: Artifact) -> tuple[Declaration, ...]:
    """What a program without infrastructure says, in source order; also for languages that are read elsewhere."""
    return _Script(program, artifact).read()


class _Script:
    """One program's declarations; `clients` gives the service that a variable is the client of."""

    def __init__(self, program: Program, artifact: Artifact) -> None:
        self.program = program
        self.label = label_of(artifact)
        self.offset = artifact.line_start - 1
        self.text = artifact.text
        self.found: list[Declaration] = []
        self.imported = {each.name for each in program.imports}
        self.own = {each.name for each in program.definitions}
        constants = {
            target: value
            for target, value, *_ in program.assignments
            if isinstance(value, (str, int, float)) and _CONSTANT.fullmatch(target)
        }
        self.clients: dict[str, str] = {}
        self.values = Values(dict[str, object](constants), lambda call: "", self.offset)

    def read(self) -> tuple[Declaration, ...]:
        """All declarations, sorted by line."""
        for each in self.program.imports:
            self._import(each)
        habits = constructs.habits_of(self.text)
        for kind, name, line, line_end, *_ in self.program.definitions:
            shown = constructs.habits_between(habits, line, line_end, self.offset)
            self._declare("function", kind, name, kind, line, line_end, shown)
        for target, value, line, *_ in self.program.assignments:
            if type(value) is Call:
                service = self._service(value)
                if service:
                    self.clients[target] = service
            elif _CONSTANT.fullmatch(target) and value is not None:
                out: list[Property] = []
                self.values.properties("value", value, line, out)
                self._declare("local", "constant", target, "constant", line, line, out)
        for target, value, *_ in self.program.assignments:
            self._calls(value, target)
        for call in self.program.calls:
            self._calls(call, "")
        self.found.sort(key=lambda each: each.line)
        return tuple(self.found[:_MAX_DECLARATIONS])

    def _import(self, each: Import) -> None:
        written = f"{each.module}.{each.member}" if each.member and each.member != "*" else each.module
        self._declare("import", written, each.name, each.module, each.line, each.line, [])

    def _calls(self, value: object, variable: str) -> None:
        """Declares the calls in a value that are worth naming, the innermost of a chain first."""
        waiting: list[tuple[Call, str]] = [(call, variable) for call in calls_of(value)]
        while waiting and len(self.found) <= _MAX_DECLARATIONS:
            call, holder = waiting.pop()
            for inside in (*call.args, call.receiver):
                kind = type(inside)
                if kind is not str and kind is not int and inside is not None:
                    waiting.extend((inner, "") for inner in calls_of(inside))
            self._call(call, holder)

    def _call(self, call: Call, variable: str) -> None:
        name = call.name.removeprefix("self.").removeprefix("this.")
        owner, _, method = name.rpartition(".")
        service = self._service(call)
        if not service and not self._says_something(call, name, owner, method):
            return
        client = self.clients.get(owner, "")
        operation = method
        if method in _NAMED_OPERATION and call.args and isinstance(call.args[0], str):
            operation = call.args[0]
        canonical = f"{service}.client" if service else f"{client}.{operation}" if client else name
        out: list[Property] = []
        for index, arg in enumerate(call.args):
            path = "" if type(arg) is Object else f"[{index}]"
            if type(arg) is not Ref or arg.parts:
                self.values.properties(path, arg, call.line, out)
            else:
                out.append(Property(path, f"${{{arg.text}}}", call.line + self.offset))
        self._declare("call", method, name, canonical, call.line, call.line_end, out, variable, owner)

    def _service(self, call: Call) -> str:
        """The service that a call makes a client of: `boto3.client("ec2")`, `S3Client.builder()`, `new S3Client()`."""
        owner, _, method = call.name.rpartition(".")
        if method in _CLIENT_MAKERS and owner and call.args and isinstance(call.args[0], str):
            return call.args[0]
        if call.constructor:
            made = _CLIENT_CLASS.search(call.name)
            return made[1].lower() if made else ""
        return owner if method == "NewFromConfig" else ""

    def _says_something(self, call: Call, name: str, owner: str, method: str) -> bool:
        """Whether a call reaches out of the program: to a client, a library or a file."""
        if method == "append":  # what a finding says: `findings.append({"severity": "HIGH"})`
            return bool(call.args) and (isinstance(call.args[0], Object) or _is_record(call.args[0]))
        if method in _PLAIN_METHODS or (method in self.own and call.receiver is None):
            return False
        if not owner:
            if type(call.receiver) is Call:
                return call.receiver.name not in self.own
            wanted = name in self.imported and name not in _PLAIN_IMPORTS and not call.constructor
            return wanted or name in _PLAIN_FUNCTIONS
        root = owner.partition(".")[0]
        return not (root in _PLAIN_ROOTS or root in self.own or isinstance(call.receiver, (str, Text)))

    def _declare(
        self, kind: str, type_: str, name: str, canonical: str, line: int, line_end: int,
        properties: list[Property], variable: str = "", owner: str = "",
    ) -> None:  # fmt: skip
        self.found.append(
            Declaration(
                kind, type_, name, canonical, line + self.offset, line_end + self.offset, tuple(properties),
                self.label, NAME, variable, owner,
            )
        )  # fmt: skip


def _is_record(value: object) -> bool:
    """Whether a value is an instance made with named settings: `Finding(severity="HIGH")`."""
    return type(value) is Call and value.constructor and any(type(arg) is Object for arg in value.args)
