"""CDK, CDKTF and Pulumi programs, in any host language -> declarations.

The front ends write what they read as a `Program`; here constructor calls become resources, method calls on them
become `call` declarations, and everything else is looked through for more of these.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import NamedTuple

from gapkit.dialects.constructs_names import SCOPES, Names, canonical_type, framework_of, framework_of_module
from gapkit.dialects.constructs_values import Values, own_name
from gapkit.dialects.host import Array, Assignment, Call, Closure, Fallback, Object, Program, Ref, Text
from gapkit.dialects.tree import label_of, problem
from gapkit.models import Artifact, Declaration, Problem, Property, Reading

MAX_PROBLEMS_OF_A_KIND = 5
MAX_DECLARATIONS = 5000

_ID = (str, Text, Ref, Call, Fallback)
_KINDS = {
    "CfnOutput": "output",
    "CfnParameter": "parameter",
    "CfnCondition": "condition",
    "CfnMapping": "mapping",
    "CfnRule": "rule",
    "Stack": "module",
    "NestedStack": "module",
    "Stage": "module",
    "Construct": "module",
    "TerraformOutput": "output",
    "TerraformVariable": "parameter",
    "TerraformLocal": "local",
    "TerraformStack": "module",
    "TerraformModule": "module",
    "TerraformHclModule": "module",
    "StackReference": "data",
    "ComponentResource": "module",
}
_LOOKUP = re.compile(r"(?:\.|^)(?:from|import)_?[A-Z]?\w*(?:[aA]ttributes|[lL]ookup|[nN]ame|[aA]rn|[iI]d|V2)\w*$")
_PULUMI_READ = re.compile(r"\.(?:get|Lookup)_?[A-Z_]?\w*$")
_CONFIG_READ = re.compile(
    r"^(?:get|require|Get|Require|Try)_?(?:Secret|Number|Boolean|Bool|Object|Int|Float64|Integer)?"
    r"(?:_?(?:secret|int|float|bool|object|number|boolean))?$"
)
# Methods whose result is assigned but that change the infrastructure all the same.
_CHANGES = re.compile(
    r"^(?:add|grant|allow|attach|autoScale|auto_scale|scale|apply|configure|connect|enable|schedule|create|associate"
    r"|set|log|on[A-Z_]|bind|import|use|with|deny|default|expose|register)(?![a-z])"
)
_PLAIN_METHODS = frozenset(
    [
        "push",
        "forEach",
        "map",
        "filter",
        "reduce",
        "join",
        "split",
        "slice",
        "splice",
        "concat",
        "includes",
        "indexOf",
        "find",
        "some",
        "every",
        "sort",
        "keys",
        "values",
        "entries",
        "toString",
        "toLowerCase",
        "toUpperCase",
        "trim",
        "replace",
        "replaceAll",
        "startsWith",
        "endsWith",
        "padStart",
        "substring",
        "substr",
        "toISOString",
        "getTime",
        "stringify",
        "parse",
        "log",
        "error",
        "warn",
        "info",
        "debug",
        "then",
        "catch",
        "finally",
        "all",
        "synth",
        "registerOutputs",
        "register_outputs",
        "format",
        "append",
        "extend",
        "items",
        "strip",
        "lower",
        "upper",
        "get",
        "isPresent",
        "orElse",
        "stream",
        "collect",
        "charAt",
        "match",
        "test",
        "exec",
        "assign",
        "freeze",
        "fromEntries",
        "isArray",
        "exit",
        "cwd",
        "resolve",
        "toFixed",
        "setDate",
        "getDate",
        "getDefault",
        "print",
        "println",
        "printf",
        "Println",
        "Printf",
        "Sprintf",
        "put",
        "size",
        "getOrDefault",
        "hasOwnProperty",
        "flat",
        "flatMap",
    ]
)
_PLAIN_ROOTS = frozenset(
    [
        "console",
        "JSON",
        "Object",
        "Math",
        "Promise",
        "process",
        "fs",
        "path",
        "super",
        "expect",
        "Array",
        "Number",
        "String",
        "Date",
        "Buffer",
        "os",
        "logging",
        "logger",
        "System",
        "fmt",
        "log",
        "strings",
        "json",
        "sys",
        "re",
        "datetime",
        "uuid",
        "crypto",
        "pulumi.log",
    ]
)
_FIRST_WORD = re.compile(r"[A-Za-z_$][\w$]*")


class Made(NamedTuple):
    """What a call declares: where its settings begin among the arguments (`first`), and the rest as in Declaration."""

    kind: str
    type: str
    name: str
    module: str
    first: int


class Reader:
    """One pass over a program; `declarations` collects in the order of discovery."""

    __slots__ = (
        "artifact", "configs", "declarations", "holders", "label", "made", "names", "offset", "program", "values",
    )  # fmt: skip

    def __init__(self, program: Program, artifact: Artifact, framework: str) -> None:
        self.program = program
        self.artifact = artifact
        self.label = label_of(artifact)
        self.names = Names(program, framework)
        self.declarations: list[Declaration] = []
        self.offset = artifact.line_start - 1
        self.made: dict[int, str] = {}
        self.holders: dict[str, str] = {}
        self.configs = {"config", "cfg", "conf"}
        constants: dict[str, object] = {}
        self.values = Values(constants, self.refer, self.offset)
        for target, value, _, _ in program.assignments:
            if target in constants or target in self.holders:
                continue
            if type(value) is Call:
                made = self.classified(value)
                if made is not None:
                    self.holders[target] = canonical_type(framework, made.type, made.module)
                elif self.is_value(value):
                    constants[target] = value
                elif value.name.endswith("Config") or value.name.endswith("config.New"):
                    self.configs.add(target)
            elif type(value) is Ref:
                if " ? " in value.text or ("." in value.text and value.text[-1].isupper()):
                    constants[target] = value
            elif value is not None and type(value) is not Closure and type(value) is not Fallback:
                constants[target] = value

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
                and head not in _PLAIN_ROOTS
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
        made = self.classified(call)
        if made is not None:
            self.emit(call, made, variable)
            return
        method = call.name.rpartition(".")[2]
        if not call.constructor and self.special(call, method, variable):
            return
        if not call.constructor and self.is_change(call, method, is_statement):
            self.emit_change(call, method, variable)
            return
        if type(call.receiver) is Call:
            self.call(call.receiver, variable, is_statement and method in _PLAIN_METHODS)
        elif call.receiver is not None:
            self.search(call.receiver, "")
        for arg in call.args:
            kind = type(arg)
            if kind is not str and kind is not Ref:
                self.search(arg, "")

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
        made = self.classified(call)
        if made is not None:
            self.emit(call, made, "")
            return self.made[id(call)]
        method = call.name.rpartition(".")[2]
        if not call.constructor and self.special(call, method, ""):
            return self.made.get(id(call), "")
        return ""

    # ------------------------------------------------------ what calls declare

    def classified(self, call: Call) -> Made | None:
        """What a constructor or lookup declares, None where it declares nothing."""
        framework = self.names.framework
        if framework == "script":
            return None
        if framework == "pulumi":
            return self.in_pulumi(call)
        args = call.args
        if len(args) < 2:
            return None
        scope = args[0]
        if type(scope) is not Ref and type(scope) is not Call:
            return None
        identifier = args[1]
        if not call.constructor:
            if type(scope) is Ref and type(identifier) in _ID and _LOOKUP.search(call.name) and scope.text in SCOPES:
                written, module = self.names.written(call.name.rpartition(".")[0])
                return Made("data", written, self.identifier(identifier), module, 2)
            return None
        if type(identifier) not in _ID:
            if framework == "cdktf" and call.name.endswith("Backend"):
                return Made("terraform", call.name.rpartition(".")[2], "", "", 1)
            return None
        if type(identifier) is not str and type(identifier) is not Text and (
            type(scope) is not Ref or own_name(scope.text) not in SCOPES
        ):  # fmt: skip
            return None
        written, module = self.names.written(call.name)
        last = written.rpartition(".")[2]
        kind = _KINDS.get(last, "")
        if self.names.is_own(call.name):
            kind = "module"
        elif not kind:
            kind = "resource"
            if framework == "cdktf":
                if last.endswith("Provider") and (module.endswith("provider") or "rovider" in module or not module):
                    kind = "provider"
                elif last.startswith("Data"):
                    kind = "data"
            if "." not in call.name and not module and canonical_type(framework, written, module) == written:
                kind = "module"
        return Made(kind, written, self.identifier(identifier), module, 2)

    def in_pulumi(self, call: Call) -> Made | None:
        """What a call declares in a Pulumi program."""
        args = call.args
        name = call.name
        if not call.constructor:
            if "." not in name or not _PULUMI_READ.search(name):
                return None
            root = name.partition(".")[0]
            imported = self.names.imports.get(root)
            if root != "aws" and (imported is None or not framework_of_module(imported.module)):
                return None
            written, module = self.names.written(name)
            if written.startswith("pulumi."):
                return None
            first = 1 if args and type(args[0]) in (str, Text) else 0
            return Made("data", written, self.identifier(args[0]) if first else "", module, first)
        if not args:
            return None
        start = 1 if type(args[0]) is Ref and args[0].text == "ctx" else 0
        if len(args) <= start or type(args[start]) not in _ID:
            return None
        identifier = args[start]
        written, module = self.names.written(name)
        last = written.rpartition(".")[2]
        if written.startswith("pulumi."):
            if last not in ("StackReference", "ComponentResource") and not written.startswith("pulumi.dynamic"):
                return None
            return Made(_KINDS.get(last, "resource"), written, self.identifier(identifier), module, start + 1)
        kind = "provider" if last == "Provider" else "resource"
        if self.names.is_own(name):
            if type(identifier) not in (str, Text) or not self.is_component(name):
                return None
            kind = "module"
        elif not module and written.count(".") < 2 and kind == "resource":
            if not (
                type(identifier) in (str, Text) and len(args) > start + 1 and last.endswith(("Stack", "Component"))
            ):
                return None
            kind = "module"
        if start and last.startswith("New"):
            written = written[: -len(last)] + last[3:]
        return Made(kind, written, self.identifier(identifier), module, start + 1)

    def is_component(self, name: str) -> bool:
        """Whether a class of the program's own is a Pulumi component: by its bases, or as an import beside it."""
        if name in self.names.local_classes:
            return bool(self.names.local_classes[name])
        imported = self.names.imports.get(name.partition(".")[0])
        return imported is not None and (imported.module.startswith((".", "/", "@/")) or "." not in imported.module)

    def identifier(self, value: object) -> str:
        """A construct id as text, with holes where it is not literal."""
        if type(value) is str:
            return value
        if type(value) is Text:
            return value.text
        if type(value) is Call and value.name in ("jsii.String", "pulumi.String") and value.args:
            return self.identifier(value.args[0])
        return str(self.values.scalar(value))

    def special(self, call: Call, method: str, variable: str) -> bool:
        """Calls with a meaning of their own: alarms made from metrics, tags, parameters and outputs."""
        framework = self.names.framework
        args = call.args
        if method in ("createAlarm", "create_alarm") and len(args) >= 2:
            made = Made("resource", "cloudwatch.Alarm", self.identifier(args[1]), "aws-cdk-lib/aws-cloudwatch", 2)
            self.emit(call, made, variable)
            return True
        if method == "add" and type(call.receiver) is Call:
            source = call.receiver
            group = source.name.removesuffix(".of").rpartition(".")[2]
            if source.name.endswith(".of") and group in ("Tags", "Aspects", "Tag"):
                self.emit_tag(call, group, source)
                return True
        if method in ("tryGetContext", "try_get_context", "getContext", "get_context") and args:
            self.emit_parameter(call, "tryGetContext", variable)
            return True
        if framework == "pulumi" and args and "." in call.name:
            if _CONFIG_READ.match(method):
                receiver = own_name(call.name.rpartition(".")[0])
                if receiver in self.configs or receiver.lower().endswith(("config", "cfg")):
                    self.emit_parameter(call, "pulumi.Config", variable)
                    return True
            if method in ("export", "Export") and len(args) == 2 and call.name.count(".") == 1:
                self.emit(call, Made("output", "export", self.identifier(args[0]), "", 1), variable)
                return True
        if method in ("registerOutputs", "register_outputs") and args:
            self.emit_registered(call, args[-1])
            return True
        return False

    def is_change(self, call: Call, method: str, is_statement: bool) -> bool:
        """Whether a method call changes a construct, rather than working on plain data."""
        if self.names.framework == "script":
            return self.is_script_call(call, method)
        if method in _PLAIN_METHODS:
            return False
        name = call.name
        if type(call.receiver) is not Call:
            if "." not in name or call.receiver is not None:
                return False
            root = name.partition(".")[0]
            if root in _PLAIN_ROOTS:
                return False
            if root in ("this", "self") and name.count(".") == 1:
                return not is_statement and False
            imported = self.names.imports.get(root)
            if imported is not None and not framework_of_module(imported.module):
                return False
        if is_statement:
            return True
        return bool(_CHANGES.match(method)) and not (name[0].isupper() and call.receiver is None)

    def is_script_call(self, call: Call, method: str) -> bool:
        """Whether a plain program's call is worth naming: a client's or a library's, not the language's own."""
        name = call.name
        if "." not in name and type(call.receiver) is not Call:
            return False
        return method not in _PLAIN_METHODS and name.partition(".")[0] not in _PLAIN_ROOTS

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
        kind, type_, name, module, first = made
        self.made[id(call)] = name or variable or type_
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
        canonical = canonical_type(self.names.framework, type_, module)
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
        if type(receiver) is Call:
            self.call(receiver, "", True)
            head = call.name.rpartition(".")[0]
            owner = self.owner_of(receiver)
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
        canonical = self.holders.get(owner) or self.holders.get(owner.partition(".")[0], "") or method
        self.declare("call", method, f"{shown}.{method}" if shown else method, canonical, call.line, call.line_end,
                     out, variable, owner)  # fmt: skip

    def owner_of(self, call: Call) -> str:
        """The variable at the start of a chain of calls."""
        while type(call.receiver) is Call:
            call = call.receiver
        if call.constructor:
            return self.made.get(id(call), "")
        return own_name(call.name.rpartition(".")[0])

    def emit_tag(self, call: Call, group: str, source: Call) -> None:
        """Declares `Tags.of(x).add(key, value)`."""
        self.made[id(call)] = f"{group}.add"
        owner = own_name(str(source.args[0].text)) if source.args and type(source.args[0]) is Ref else ""
        out: list[Property] = []
        args = call.args
        if group != "Aspects" and len(args) >= 2:
            self.values.properties(str(self.values.scalar(args[0])), args[1], call.line, out)
        else:
            for index, arg in enumerate(args):
                self.values.properties(f"[{index}]", arg, call.line, out)
        name = f"{owner}.{group}.add" if owner else f"{group}.add"
        self.declare("call", f"{group}.add", name, self.holders.get(owner, f"{group}.add"), call.line, call.line_end,
                     out, "", owner)  # fmt: skip

    def emit_parameter(self, call: Call, type_: str, variable: str) -> None:
        """Declares a setting that the program reads from its configuration."""
        name = self.identifier(call.args[0])
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


def script(reader: Reader, program: Program) -> None:
    """Declares the imports, functions and classes of a plain program, and the client commands it constructs."""
    modules: set[str] = set()
    for name, module, _, line in program.imports:
        if module not in modules:
            modules.add(module)
            reader.declare("import", module, name or module, module, line, line, [])
    for kind, name, line, line_end, _ in program.definitions:
        reader.declare("function", kind, name, kind, line, line_end, [])


def declarations(program: Program, artifact: Artifact) -> Reading:
    """What a program declares, in source order, with a problem for code that is broken or left out.

    The dialect is `cdk`, `cdktf`, `pulumi`, or `script` for a plain program, whose imports, functions and calls are
    declared instead.
    """
    calls = [*program.calls, *(each.value for each in program.assignments if type(each.value) is Call)]
    framework = framework_of(program, calls)
    reader = Reader(program, artifact, framework)
    if framework == "script":
        script(reader, program)
    return Reading(reader.read(), problems_of(program, artifact))


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
