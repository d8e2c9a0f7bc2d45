"""Build gapkit/knowledge/structs-cdk.json.gz: what the types of aws-cdk-lib take, for gapkit/structs.py.

    python tools/build_structs.py PACKAGES        (see provider_packages.py for how to fetch them)

The file is a row of gzip members, one JSON object a module, so that one module is read without the others;
structs-cdk-index.json.gz says where each stands.  The shape of a record is described in gapkit/structs.py.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path

from build_types import KNOWLEDGE
from provider_packages import Jsii, cdk_types, constructs_types

PREFIX = "aws-cdk-lib."
CORE = "core"
_PRIMITIVES = {"string": "s", "number": "n", "boolean": "b", "date": "d"}
ANYTHING = "*"
# Modules that only say which interfaces there are, or that answers do not use.
_LEFT_OUT = ("interfaces", "cloud_assembly_schema")


def module_of(jsii: Jsii) -> str:
    """`aws_s3`, `core` for the package itself; a class that others stand in counts as a module."""
    return str(jsii.get("namespace", CORE if jsii["fqn"].startswith(PREFIX) else jsii["assembly"]))


# What earlier releases of the second version had, or did not ask for yet.
_EARLIER = {
    "aws_eks.ClusterOptions": {"kubectlLayer": None},
    "aws_eks.ClusterProps": {"kubectlLayer": None},
    "aws_eks.FargateClusterProps": {"kubectlLayer": None},
    "aws_ecs.AddAutoScalingGroupCapacityOptions": {"canContainersAccessInstanceRole": "b"},
    "aws_ecs.AddCapacityOptions": {"canContainersAccessInstanceRole": "b"},
    "aws_ecs.AsgCapacityProviderProps": {"canContainersAccessInstanceRole": "b"},
}
_EARLIER_TYPES = {"lambda_layer_kubectl": {"KubectlLayer": ["p", ""]}, CORE: {"ResourceEnvironment": ["p", ""]}}


class Writer:
    """Types of the assembly as short text: `s`, `[.Rule]`, `(n|core.Duration)`."""

    def __init__(self, types: Jsii) -> None:
        self.types = types

    def name(self, fqn: str, module: str) -> str:
        """A full name as seen from a module: `.Bucket` of the module's own, `core.Duration`, `constructs.Construct`."""
        found = self.types.get(fqn)
        if found is None:
            return fqn
        owner = module_of(found)
        return f".{found['name']}" if owner == module else f"{owner}.{found['name']}"

    def written(self, type_: Jsii, module: str) -> str:
        if "primitive" in type_:
            return _PRIMITIVES.get(type_["primitive"], ANYTHING)
        if "collection" in type_:
            inner = self.written(type_["collection"]["elementtype"], module)
            return f"[{inner}]" if type_["collection"]["kind"] == "array" else f"{{{inner}}}"
        if "union" in type_:
            options = sorted({self.written(option, module) for option in type_["union"]["types"]})
            return ANYTHING if ANYTHING in options else f"({'|'.join(options)})"
        if "fqn" not in type_:
            return ANYTHING
        found = self.types.get(type_["fqn"])
        if found is not None and found.get("datatype") and not _kept(found):
            return ANYTHING  # structs of L1 classes: their properties stand in the schemas
        return self.name(type_["fqn"], module)

    def properties(self, jsii: Jsii, module: str) -> str:
        earlier = _EARLIER.get(f"{module}.{jsii['name']}", {})
        rows = [
            f"{'^' if p.get('static') else ''}{p['name']}{'?' if p.get('optional') or p['name'] in earlier else ''}"
            f":{self.written(p['type'], module)}"
            for p in jsii.get("properties", ())
        ]
        return " ".join([*rows, *(f"{name}?:{type_}" for name, type_ in earlier.items() if type_)])

    def methods(self, jsii: Jsii, module: str) -> str:
        return " ".join(
            f"{'^' if m.get('static') else ''}{m['name']}({self.parameters(m, module)})"
            + (self.written(m["returns"]["type"], module) if m.get("returns") else "")
            for m in jsii.get("methods", ())
        )

    def parameters(self, callable_: Jsii, module: str) -> str:
        return ",".join(
            f"{p['name']}{'...' if p.get('variadic') else '?' if p.get('optional') else ''}"
            f":{self.written(p['type'], module)}"
            for p in callable_.get("parameters", ())
        )

    def bases(self, jsii: Jsii, module: str) -> str:
        above = [*([jsii["base"]] if "base" in jsii else ()), *jsii.get("interfaces", ())]
        return " ".join(self.name(each, module) for each in above)

    def record(self, fqn: str) -> list[str]:
        """Kind, bases, properties, then a class's initializer (`-` without one) and methods."""
        jsii = self.types[fqn]
        module = module_of(jsii)
        if jsii["kind"] == "enum":
            return ["e", "", " ".join(m["name"] for m in jsii["members"])]
        bases = self.bases(jsii, module)
        if not _kept(jsii):
            return ["l", bases]
        properties = self.properties(jsii, module)
        if jsii.get("datatype"):
            return ["s", bases, properties]
        if jsii["kind"] == "interface":
            return ["i", bases, properties, "-", self.methods(jsii, module)]
        initializer = self.initializer(fqn)
        return ["c", bases, properties, initializer, self.methods(jsii, module)]

    def initializer(self, fqn: str) -> str:
        """The parameters of the nearest initializer, `-` where a class is abstract or has none that may be called."""
        jsii = self.types[fqn]
        if jsii.get("abstract") or "initializer" not in jsii or jsii["initializer"].get("protected"):
            return "-"
        return self.parameters(jsii["initializer"], module_of(jsii))


def _kept(jsii: Jsii) -> bool:
    """Whether a type is told in full: L1 classes and what belongs to them have their schemas."""
    first = jsii["fqn"].removeprefix(PREFIX).split(".")
    return not any(part.startswith("Cfn") and part not in ("CfnOutput", "CfnParameter") for part in first[-2:]) or (
        module_of(jsii) == CORE and "." not in jsii["fqn"].removeprefix(PREFIX)
    )


def modules(types: Jsii) -> dict[str, dict[str, list[str]]]:
    """Module -> type -> record; the types that stand in a class of their own are left out where it is an L1 class."""
    writer = Writer(types)
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for fqn, jsii in sorted(types.items()):
        module = module_of(jsii)
        inner = module.rpartition(".")[2].startswith("Cfn")
        if module.split(".")[0] in _LEFT_OUT or inner:
            continue
        if not _kept(jsii) and jsii.get("datatype"):
            found[module][jsii["name"]] = ["p", ""]
            continue
        found[module][jsii["name"]] = writer.record(fqn)
    for module, records in _EARLIER_TYPES.items():
        found[module].update(records)
    return found


def main(packages: Path) -> None:
    table = modules({**cdk_types(packages), **constructs_types(packages)})
    members = []
    for module, types in sorted(table.items()):
        text = json.dumps(types, separators=(",", ":"))
        members.append((module, gzip.compress(text.encode(), 9, mtime=0)))
    index = {"names": " ".join(name for name, _ in members), "sizes": [len(packed) for _, packed in members]}
    (KNOWLEDGE / "structs-cdk.json.gz").write_bytes(b"".join(packed for _, packed in members))
    packed_index = gzip.compress(json.dumps(index, separators=(",", ":")).encode(), 9, mtime=0)
    (KNOWLEDGE / "structs-cdk-index.json.gz").write_bytes(packed_index)
    size = sum(index["sizes"]) + len(packed_index)
    print(f"structs-cdk: {sum(map(len, table.values()))} types in {len(table)} modules, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
