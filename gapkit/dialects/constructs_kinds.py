"""What a constructor or lookup declares: the kind, the type and the id, in CDK, CDKTF and Pulumi."""

from __future__ import annotations

import re
from typing import NamedTuple

from gapkit.dialects.constructs_names import Names, canonical_type, framework_of_module, is_scope
from gapkit.dialects.constructs_values import Values
from gapkit.dialects.host import Call, Fallback, Ref, Text

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
_LOOKUP = re.compile(r"\.(?:from|import)_?\w*?(?:_?[aA]ttributes|_?[lL]ookup|Name|_name|Arn|_arn|Id|_id)(?:_?[vV]2)?$")
_PULUMI_READ = re.compile(r"\.(?:get|Get|Lookup)_?[A-Z_]?\w*$")


class Made(NamedTuple):
    """What a call declares: where its settings begin among the arguments (`first`), and the rest as in Declaration."""

    kind: str
    type: str
    name: str
    module: str
    first: int


class Classifier:
    """Tells what the constructors and lookups of one program declare."""

    __slots__ = ("names", "values")

    def __init__(self, names: Names, values: Values) -> None:
        self.names = names
        self.values = values

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
            if type(scope) is Ref and type(identifier) in (str, Text) and _LOOKUP.search(call.name):
                written, module = self.names.written(call.name.rpartition(".")[0])
                return Made("data", written, self.identifier(identifier), module, 2)
            return None
        if type(identifier) not in _ID:
            if framework == "cdktf" and call.name.endswith("Backend"):
                return Made("terraform", call.name.rpartition(".")[2], "", "", 1)
            return None
        if type(identifier) is not str and type(identifier) is not Text and (
            type(scope) is not Ref or not is_scope(scope.text)
        ):  # fmt: skip
            return None
        written, module = self.names.written(call.name)
        last = written.rpartition(".")[2]
        kind = _KINDS.get(last, "")
        if self.names.is_own(call.name):
            if call.name not in self.names.local_classes and (type(scope) is not Ref or not is_scope(scope.text)):
                return None
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
