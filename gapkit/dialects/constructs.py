"""CDK, CDKTF and Pulumi programs, in any host language -> declarations.

The front ends write what they read as a `Program`; here constructor calls become resources, method calls on them
become `call` declarations, and everything else is looked through for more of these.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from operator import itemgetter

from gapkit.dialects.cdktf_imports import import_misuses
from gapkit.dialects.constructs_calls import MOST_MISUSES, misuses
from gapkit.dialects.constructs_kinds import Classifier, Made
from gapkit.dialects.constructs_methods import CONFIG_READ, PLAIN_METHODS, PLAIN_ROOTS, is_change, is_script_call
from gapkit.dialects.constructs_names import Names, canonical_type, framework_of
from gapkit.dialects.constructs_values import Values, own_name
from gapkit.dialects.host import Array, Assignment, Call, Closure, Fallback, Object, Program, Ref, Text
from gapkit.dialects.provider_kinds import Given, kind_misuses
from gapkit.dialects.pulumi_names import name_misuses
from gapkit.dialects.pulumi_outputs import output_misuses, resource_variables
from gapkit.dialects.tree import label_of, problem
from gapkit.models import Artifact, Declaration, Misuse, Problem, Property, Reading

MAX_PROBLEMS_OF_A_KIND = 5
MAX_DECLARATIONS = 5000
_SET = frozenset((Object, Array, Call, Text, str, int, bool, float))
MODULES_ONLY = frozenset({"@cdktf/provider-aws", "cdktf_cdktf_provider_aws"})


class Reader:
    """One pass over a program; `declarations` collects in the order of discovery."""

    __slots__ = (
        "classifier", "configs", "declarations", "declared", "functions", "given", "holders", "label", "made", "names",
        "offset", "program", "values",
    )  # fmt: skip

    def __init__(self, program: Program, artifact: Artifact, framework: str) -> None:
        self.program = program
        self.label = label_of(artifact)
        self.names = Names(program, framework)
        self.declarations: list[Declaration] = []
        self.given: list[Given] = []
        self.offset = artifact.line_start - 1
        self.made: dict[int, str] = {}
        self.declared: dict[int, str] = {}
        self.holders: dict[str, str] = {}
        self.functions = {each.name for each in program.definitions if each.kind == "function"}
        self.configs = {"config", "cfg", "conf"}
        self.values = Values({}, self.refer, self.offset)
        self.classifier = Classifier(self.names, self.values)
        self.learn(program.assignments)

    def learn(self, assignments: tuple[Assignment, ...]) -> None:
        """Notes what variables hold: constants, constructs by their canonical type, configurations."""
        constants = self.values.constants
        conflicting: set[str] = set()
        for target, value, _, _ in assignments:
            if target in constants:
                known = constants[target]
                if type(known) is not Object and type(known) is not Array and known != value:
                    conflicting.add(target)  # the same name in two scopes, or a variable that changes
                continue
            if target in self.holders:
                continue
            if type(value) is Call:
                made = self.classifier.classified(value)
                if made is not None:
                    self.holders[target] = self.canonical(made)
                elif value.name.endswith(("Config", "config.New")):
                    self.configs.add(target)
                elif self.is_value(value):
                    constants[target] = value
            elif type(value) is Ref:
                text = own_name(value.text)
                if " ? " in text or text[-1].isupper() or ("." in text and text.partition(".")[0] in self.holders):
                    constants[target] = value
            elif value is not None and type(value) is not Closure and type(value) is not Fallback:
                constants[target] = value
        for target in conflicting:
            del constants[target]

    def is_value(self, call: Call) -> bool:
        """Whether a call that declares nothing says what it is by itself: `Duration.minutes(5)`, `new Policy({…})`."""
        if call.constructor:
            return True
        head, _, method = call.name.rpartition(".")
        return (
            call.name in ("JSON.stringify", "json.dumps", "pulumi.jsonStringify")
            or (method == "apply" and bool(call.args))
            or (
                bool(head)
                and head.rpartition(".")[2][:1].isupper()
                and head not in PLAIN_ROOTS
                and call.receiver is None
            )
        )

    # ------------------------------------------------------------- the walk

    def read(self) -> tuple[Declaration, ...]:
        """All declarations of the program in source order."""
        statements: list[Assignment | Call] = [*self.program.assignments, *self.program.calls]
        statements.sort(key=itemgetter(2))  # the line of either
        for statement in statements:
            if len(self.declarations) > MAX_DECLARATIONS:
                break
            if type(statement) is Assignment:
                self.assigned(statement)
            else:
                self.statement(statement)  # type: ignore[arg-type]
        self.declarations.sort(key=lambda each: each.line)
        return tuple(self.declarations)

    def assigned(self, assignment: Assignment) -> None:
        """What an assignment declares, and an output where Pulumi exports it."""
        target, value, line, exported = assignment
        known = len(self.declarations)
        if type(value) is Call:
            self.call(value, target, False)
        else:
            self.search(value, target)
        if "." in target and self.names.framework == "cdk" and type(value) in _SET:
            self.emit_set(own_name(target), value, line)
        if target.startswith(("exports.", "module.exports.")):
            target = target.rpartition(".")[2]
            exported = True
        if exported and self.names.framework == "pulumi" and type(value) not in (Closure, Object, type(None)):
            declared = self.declarations[known:]
            if not any(each.kind in ("resource", "parameter", "provider", "module") for each in declared):
                out: list[Property] = []
                self.values.properties("value", value, line, out)
                self.declare("output", "export", target, "export", line, line, out)

    def statement(self, call: Call) -> None:
        """A call that stands as a statement."""
        self.call(call, "", True)

    def call(self, call: Call, variable: str, is_statement: bool) -> None:
        """Declares what a call makes, or looks through its arguments."""
        if id(call) in self.made:
            return
        made = self.classifier.classified(call)
        if made is not None:
            self.emit(call, made, variable)
            return
        method = call.name.rpartition(".")[2]
        if not call.constructor and self.special(call, method, variable):
            return
        if method == "promise" and type(call.receiver) is Call:  # the old AWS SDK's way to await a request
            self.emit_change(call.receiver, call.receiver.name.rpartition(".")[2], variable)
            return
        if not call.constructor and self.is_change(call, method, is_statement, variable):
            self.emit_change(call, method, variable)
            return
        if type(call.receiver) is Call:
            self.call(call.receiver, variable, is_statement and method in PLAIN_METHODS)
        elif call.receiver is not None:
            self.search(call.receiver, "")
        for arg in call.args:
            kind = type(arg)
            if kind is not str and kind is not Ref:
                self.search(arg, "")

    def is_change(self, call: Call, method: str, is_statement: bool, variable: str) -> bool:
        """Whether a method call is worth a declaration of its own."""
        if self.names.framework == "script":
            return is_script_call(call, method)
        return is_change(call, method, is_statement, variable, self.names, self.functions)

    def canonical(self, made: Made) -> str:
        """The canonical type of what a call declares; only cloud resources have one of their own."""
        if made.kind in ("resource", "data", "provider"):
            return canonical_type(self.names.framework, made.type, made.module)
        return made.type

    def search(self, value: object, variable: str) -> None:
        """Looks for calls that declare something inside any value."""
        kind = type(value)
        if kind is Call:
            self.call(value, variable, False)  # type: ignore[arg-type]
        elif kind is Object:
            for entry in value.entries:  # type: ignore[attr-defined]
                child = entry[1]
                if type(child) is not str and type(child) is not Ref:
                    self.search(child, "")
        elif kind is Array:
            for item in value.items:  # type: ignore[attr-defined]
                if type(item) is not str:
                    self.search(item, "")
        elif kind is Ref or kind is Text:
            for part in value.parts:  # type: ignore[attr-defined]
                self.search(part, variable)
        elif kind is Closure:
            self.search(value.result, "")  # type: ignore[attr-defined]
        elif kind is Fallback:
            self.fallback(value, variable)  # type: ignore[arg-type]

    def fallback(self, value: Fallback, variable: str) -> None:
        """A parameter that is read with a default beside it keeps that default."""
        known = len(self.declarations)
        self.search(value.value, variable)
        default = value.default
        if type(value.value) is Call and len(self.declarations) == known + 1:
            last = self.declarations[-1]
            if last.kind == "parameter" and not any(each.path == "default" for each in last.properties):
                shown = self.values.scalar(default)
                self.declarations[-1] = Declaration(
                    last.kind, last.type, last.name, last.canonical_type, last.line, last.line_end,
                    (*last.properties, Property("default", shown, last.line)),
                    last.artifact, last.dialect, last.variable, last.owner,
                )  # fmt: skip
        self.search(default, variable)

    def refer(self, call: Call) -> str:
        """The name of what a call in a value's place declares, or `` where it declares nothing."""
        name = self.made.get(id(call))
        if name is not None:
            return name
        made = self.classifier.classified(call)
        if made is not None:
            self.emit(call, made, "")
            return self.made[id(call)]
        method = call.name.rpartition(".")[2]
        if not call.constructor and self.special(call, method, ""):
            return self.made.get(id(call), "")
        return ""

    # ------------------------------------------------------ what calls declare

    def special(self, call: Call, method: str, variable: str) -> bool:
        """Calls with a meaning of their own: alarms made from metrics, tags, parameters and outputs."""
        framework = self.names.framework
        args = call.args
        if method in ("createAlarm", "create_alarm") and len(args) >= 2:
            made = Made(
                "resource", "cloudwatch.Alarm", self.classifier.identifier(args[1]), "aws-cdk-lib/aws-cloudwatch", 2
            )
            self.emit(call, made, variable)
            return True
        if method in ("add", "Add") and type(call.receiver) is Call:
            source = call.receiver
            written, _ = self.names.written(source.name.removesuffix(".of"))
            group = written.rpartition(".")[2]
            if source.name.endswith(".of") and group in ("Tags", "Aspects", "Tag"):
                self.emit_tag(call, group, source)
                return True
        if method in ("tryGetContext", "try_get_context", "getContext", "get_context") and args:
            self.emit_parameter(call, "tryGetContext", variable)
            return True
        if framework == "pulumi" and args and "." in call.name:
            if CONFIG_READ.match(method):
                receiver = own_name(call.name.rpartition(".")[0])
                if receiver in self.configs or receiver.lower().endswith(("config", "cfg")):
                    self.emit_parameter(call, "pulumi.Config", variable)
                    return True
            if method in ("export", "Export") and len(args) == 2 and call.name.count(".") == 1:
                self.emit(call, Made("output", "export", self.classifier.identifier(args[0]), "", 1), variable)
                return True
        if method in ("registerOutputs", "register_outputs") and args:
            self.emit_registered(call, args[-1])
            return True
        return False

    # ------------------------------------------------------------- emitting

    def declare(
        self, kind: str, type_: str, name: str, canonical: str, line: int, line_end: int,
        properties: list[Property], variable: str = "", owner: str = "",
    ) -> None:  # fmt: skip
        """Adds one declaration; lines are the program's own."""
        self.declarations.append(
            Declaration(
                kind, type_, name, canonical, line + self.offset, line_end + self.offset, tuple(properties),
                self.label, self.names.framework, variable, owner,
            )
        )  # fmt: skip

    def emit(self, call: Call, made: Made, variable: str) -> None:
        """Declares what `made` says, with its settings as properties."""
        kind, type_, name, _, first = made
        self.made[id(call)] = name or variable or type_
        if kind in ("resource", "provider", "data"):
            self.given.append((call, type_, first))
        out: list[Property] = []
        put = self.values.properties
        is_pulumi = self.names.framework == "pulumi"
        for index, arg in enumerate(call.args[first:]):
            if kind == "output" and type_ == "export":
                path = "value"
            elif index == 0:
                path = "" if type(arg) in (Object, Call, Closure) or self.is_settings(arg) else "[0]"
            elif index == 1 and is_pulumi:
                path = "opts"
            else:
                path = "" if type(arg) is Object else f"[{index}]"
            put(path, arg, call.line, out)
        if type(call.receiver) is Call and not self.refer(call.receiver):
            put("metric", call.receiver, call.line, out)
        elif kind == "resource" and not call.constructor:
            out.append(
                Property("metric", f"${{{own_name(call.name.rpartition('.')[0])}}}", call.line + self.offset)
            )  # fmt: skip
        canonical = self.declared[id(call)] = self.canonical(made)
        if variable and variable not in self.holders:
            self.holders[variable] = canonical
        self.declare(kind, type_, name or (variable if kind == "data" else ""), canonical, call.line, call.line_end,
                     out, variable)  # fmt: skip

    def is_settings(self, arg: object) -> bool:
        """Whether a name in the place of the settings stands for a known object."""
        return type(arg) is Ref and type(self.values.constants.get(own_name(arg.text))) is Object

    def emit_change(self, call: Call, method: str, variable: str) -> None:
        """Declares a method call on a construct."""
        receiver = call.receiver
        canonical = ""
        if type(receiver) is Call:
            self.call(receiver, "", True)
            head = call.name.rpartition(".")[0]
            owner, canonical = self.owner_of(receiver)
            shown = owner
            if id(receiver) not in self.declared:
                shown = f"{owner}.{receiver.name.rpartition('.')[2]}" if owner else receiver.name.rpartition(".")[2]
            shown = f"{shown}.{head}" if head else shown
        else:
            owner = own_name(call.name.rpartition(".")[0])
            shown = owner
        self.made[id(call)] = variable or f"{shown}.{method}"
        out: list[Property] = []
        for index, arg in enumerate(call.args):
            kind = type(arg)
            if kind is Closure:
                self.search(arg.result, "")  # type: ignore[attr-defined]
                continue
            self.values.properties("" if kind is Object else f"[{index}]", arg, call.line, out)
        canonical = canonical or self.holders.get(owner) or self.holders.get(owner.partition(".")[0], "") or method
        self.declare("call", method, f"{shown}.{method}" if shown else method, canonical, call.line, call.line_end,
                     out, variable, owner)  # fmt: skip

    def emit_set(self, target: str, value: object, line: int) -> None:
        """Declares a property that is set on a construct afterwards: `cfnBucket.replicationConfiguration = …`."""
        variable, _, name = target.rpartition(".")
        behind = self.values.constants.get(variable)
        owner = own_name(behind.text) if type(behind) is Ref else variable
        owner = owner.removesuffix(".node.defaultChild").removesuffix(".node.default_child")
        canonical = self.holders.get(owner, "")
        if canonical.startswith("AWS::"):
            out: list[Property] = []
            self.values.properties(name, value, line, out)
            self.declare("call", name, f"{owner}.{name}", canonical, line, line, out, "", owner)

    def owner_of(self, call: Call) -> tuple[str, str]:
        """What a chain of calls begins with: the name and canonical type of a declaration, or a variable's name."""
        while id(call) not in self.declared and type(call.receiver) is Call:
            call = call.receiver
        if id(call) in self.declared:
            return self.made[id(call)], self.declared[id(call)]
        return ("", "") if call.constructor else (own_name(call.name.rpartition(".")[0]), "")

    def emit_tag(self, call: Call, group: str, source: Call) -> None:
        """Declares `Tags.of(x).add(key, value)`."""
        self.made[id(call)] = f"{group}.add"
        owner = own_name(str(source.args[0].text)) if source.args and type(source.args[0]) is Ref else ""
        out: list[Property] = []
        args = call.args
        if group != "Aspects" and len(args) >= 2:
            looped = self.looped_over(call) if type(args[0]) is Ref and type(args[1]) is Ref else None
            if looped is not None:
                self.values.properties("", looped, call.line, out)
            else:
                self.values.properties(str(self.values.scalar(args[0])), args[1], call.line, out)
        else:
            for index, arg in enumerate(args):
                self.values.properties(f"[{index}]", arg, call.line, out)
        name = f"{owner}.{group}.add" if owner else f"{group}.add"
        self.declare("call", f"{group}.add", name, self.holders.get(owner, f"{group}.add"), call.line, call.line_end,
                     out, "", owner)  # fmt: skip

    def looped_over(self, call: Call) -> Object | None:
        """The known object over whose entries a loop runs that the call stands in."""
        for loop in self.program.calls:
            if loop.line <= call.line <= loop.line_end and loop.name == "forEach" and type(loop.receiver) is Call:
                source = loop.receiver
                if source.name == "Object.entries" and source.args and type(source.args[0]) is Ref:
                    known = self.values.constants.get(own_name(source.args[0].text))
                    return known if type(known) is Object else None
        return None

    def emit_parameter(self, call: Call, type_: str, variable: str) -> None:
        """Declares a setting that the program reads from its configuration."""
        name = self.classifier.identifier(call.args[0])
        self.made[id(call)] = f"{type_}({name})" if type_ == "tryGetContext" else f"config.{name}"
        out: list[Property] = []
        if len(call.args) > 1:
            self.values.properties("default", call.args[1], call.line, out)
        method = call.name.rpartition(".")[2]
        out.append(Property("method", method, call.line + self.offset))
        self.declare("parameter", type_, name, type_, call.line, call.line_end, out, variable)

    def emit_registered(self, call: Call, outputs: object) -> None:
        """Declares the outputs that a Pulumi component registers."""
        self.made[id(call)] = "registerOutputs"
        if type(outputs) is not Object:
            return
        for key, value, line in outputs.entries:
            out: list[Property] = []
            self.values.properties("value", value, line, out)
            self.declare("output", "registerOutputs", key, "registerOutputs", line, line, out)


_HABITS = (
    (
        "handlesErrors",
        ("except", "catch", "err !="),
        re.compile(r"^[ \t]*+except\b[^:\n]*+:|\bcatch[ \t]*+[({]|\bif err != nil\b", re.MULTILINE),
    ),
    (
        "logsJson",
        ("json.dumps(", "JSON.stringify(", "JsonFormatter", "powertools"),
        re.compile(
            r"\b(?:log\w{0,20}\.\w{1,20}|print|console\.\w{1,20})\(\s*+(?:json\.dumps|JSON\.stringify)\("
            r"|JsonFormatter\b|\bpowertools"
        ),
    ),
)
"""What functions may do that shows in their lines: its name, what a program without it lacks, and its pattern."""
_COMMENTS = ("#", "//", "*", "/*")


def habits_of(text: str) -> dict[str, list[int]]:
    """The lines of a program that catch an error, or look whether there is one, and those that log JSON."""
    found: dict[str, list[int]] = {}
    for habit, signs, pattern in _HABITS:
        starts: set[int] = set()
        for sign in signs:
            at = text.find(sign)
            while at >= 0:  # only the lines with a sign are searched, with the one before, where a call may begin
                begin = text.rfind("\n", 0, max(0, text.rfind("\n", 0, at))) + 1
                end = text.find("\n", at)
                end = len(text) if end < 0 else end
                starts.update([match.start() for match in pattern.finditer(text, begin, end)])
                at = text.find(sign, end)
        line, seen = 1, 0
        for start in sorted(starts):
            line += text.count("\n", seen, start)
            seen = start
            if not text[text.rfind("\n", 0, start) + 1 : start].lstrip().startswith(_COMMENTS):
                found.setdefault(habit, []).append(line)
    return found


def habits_between(habits: dict[str, list[int]], start: int, end: int, offset: int) -> list[Property]:
    """The habits of a function from a line to another, as properties: `handlesErrors`, `logsJson`."""
    out: list[Property] = []
    for habit, lines in habits.items():
        at = bisect_left(lines, start)
        if at < len(lines) and lines[at] <= end:
            out.append(Property(habit, True, lines[at] + offset))
    return out


def script(reader: Reader, program: Program, artifact: Artifact) -> None:
    """Declares the imports, functions and classes of a plain program, and the client commands it constructs."""
    modules: set[str] = set()
    for name, module, _, line in program.imports:
        if module not in modules:
            modules.add(module)
            reader.declare("import", module, name or module, module, line, line, [])
    habits = habits_of(artifact.text)
    for kind, name, line, line_end, _ in program.definitions:
        shown = habits_between(habits, line, line_end, reader.offset)
        reader.declare("function", kind, name, kind, line, line_end, shown)


def declarations(program: Program, artifact: Artifact) -> Reading:
    """What a program declares, in source order, with a problem for code that is broken or left out.

    The dialect is `cdk`, `cdktf`, `pulumi`, or `script` for a plain program, whose imports, functions and calls are
    declared instead.
    """
    framework = framework_of(program)
    reader = Reader(program, artifact, framework)
    if framework == "script":
        script(reader, program, artifact)
    problems = problems_of(program, artifact) + _flat_imports(program, artifact)
    try:
        found = reader.read()
    except RecursionError:
        message = "the code is nested too deeply to be read whole. Write nested values as constants of their own."
        problems += (problem(artifact, "too_deep", message, artifact.line_start),)
        found = tuple(reader.declarations)
    reading = Reading(found, problems, _misuses(reader, artifact, found))
    reader.values.refer = _nobody  # else the two would hold each other, and all facts, until a collection of cycles
    return reading


def _nobody(call: Call) -> str:
    return ""


def _misuses(reader: Reader, artifact: Artifact, found: tuple[Declaration, ...]) -> tuple[Misuse, ...]:
    """What the packages refuse of a program; nothing where it is nested too deeply."""
    framework = reader.names.framework
    try:
        if framework == "cdk":
            return misuses(reader.program, reader.names, artifact, reader.label)
        if framework not in ("pulumi", "cdktf"):
            return ()
        kinds = islice(kind_misuses(reader.given, artifact, reader.label, framework), MOST_MISUSES)
        if framework == "cdktf":
            imported = import_misuses(reader.program.imports, found, artifact, reader.label)
            return (*islice(imported, MOST_MISUSES), *kinds)
        variables = resource_variables(reader.program, found, artifact.text)
        named = name_misuses(reader.names, found, artifact, reader.label, variables)
        taken = output_misuses(reader.program, found, artifact, reader.label)
        return (*taken, *islice(named, MOST_MISUSES), *kinds)
    except RecursionError:
        return ()


def _flat_imports(program: Program, artifact: Artifact) -> tuple[Problem, ...]:
    """A problem where classes are imported from a package that only has modules: none of them will be there."""
    flat = [each for each in program.imports if each.module in MODULES_ONLY and each.member[:1].isupper()]
    if not flat:
        return ()
    first = flat[0]
    message = f"{first.module} has no {first.member} to import. Import each class from its own module."
    return (problem(artifact, "unknown_import", message, first.line + artifact.line_start - 1),)


def problems_of(program: Program, artifact: Artifact) -> tuple[Problem, ...]:
    """Problems for the lines that do not parse and those that say that code was left out."""
    offset = artifact.line_start - 1
    found: list[Problem] = []
    for line in program.broken_lines[:MAX_PROBLEMS_OF_A_KIND]:
        message = "the code does not parse here. Close or complete the statement; facts around it were read."
        found.append(problem(artifact, "broken_code", message, line + offset))
    for line in program.elided_lines[:MAX_PROBLEMS_OF_A_KIND]:
        message = "code is left out here. Write it in full, for what is not written cannot be judged."
        found.append(problem(artifact, "elided_code", message, line + offset))
    return tuple(found)
