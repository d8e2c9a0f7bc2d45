"""Build gapkit/knowledge/schemas-*.json.gz: the properties that a type has, and what they may hold.

    python tools/build_schemas.py PACKAGES        (see provider_packages.py for how to fetch them)

Each file is a row of gzip members, one JSON record a type, so that one type is read without the others;
schemas-*-index.json.gz say where each stands.  The record's shape is described in gapkit/schemas.py.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import cfnlint
from build_types import KNOWLEDGE, _ancestors, _cdk_key
from cfnlint.schema._getatts import GetAtts
from cfnlint.schema._schema import Schema
from provider_packages import (
    Jsii,
    _wheel,
    cdk_types,
    cdktf_types,
    cloudformation_schemas,
    terraform_name,
)

Node = Any  # a record's node: see gapkit/schemas.py
Record = dict[str, Any]

ANYTHING = "*"
_PRIMITIVES = {"string": "s", "integer": "i", "number": "n", "boolean": "b"}
# Lists of values that grow faster than the schemas follow: sizes, engine versions, regions.
_LONGEST_ENUM = 120
# Runtimes are said to be out of date only where they were when the oldest samples were written.
_RUNTIMES_OF = date(2025, 1, 1)


# -------------------------------------------------------- CloudFormation


def cloudformation_record(schema: Jsii) -> Record:
    """A CloudFormation resource schema, without what a template cannot get wrong by itself."""
    definitions = schema.get("definitions", {})
    used: dict[str, Node] = {}

    def node(part: Jsii) -> Node:
        reference = part.get("$ref")
        if reference:
            name = reference.rpartition("/")[2]
            target = definitions.get(name)
            if target is None:
                return ANYTHING
            if not _is_object(target):
                return node(target)
            if name not in used:
                used[name] = {}
                used[name] = node(target)
            return ANYTHING if used[name] == ANYTHING else f"#{name}"
        kind = part.get("type")
        if isinstance(kind, list):
            # `["object", "string"]` is a JSON document; `["string", "integer"]` a scalar written either way.
            return ANYTHING if "object" in kind or "array" in kind else "s"
        if kind == "array" or ("items" in part and kind is None):
            items = part.get("items")
            return _trimmed({"l": node(items) if isinstance(items, dict) else ANYTHING, "x": part.get("maxItems")})
        if _is_object(part):
            if part.get("properties"):
                extra = part.get("additionalProperties", True) is not False or "patternProperties" in part
                return _trimmed({
                    "p": {name: node(value) for name, value in part["properties"].items()},
                    "q": sorted(part.get("required", ())),
                    "o": 1 if (extra and "additionalProperties" in part) or "patternProperties" in part else None,
                })  # fmt: skip
            patterns = part.get("patternProperties")
            if patterns and len(patterns) == 1 and isinstance(next(iter(patterns.values())), dict):
                return {"m": node(next(iter(patterns.values())))}
            return ANYTHING
        if any(key in part for key in ("oneOf", "anyOf", "allOf")) and kind is None:
            return ANYTHING
        letter = _PRIMITIVES.get(kind or "", ANYTHING)
        if letter == ANYTHING:
            return ANYTHING
        insensitive = part.get("enumCaseInsensitive")
        values = part.get("enum") or insensitive
        limits = _trimmed({
            "e": values if values and len(values) <= _LONGEST_ENUM else None,
            "i": 1 if insensitive else None,
            "lo": part.get("minimum") if letter in "in" else None,
            "hi": part.get("maximum") if letter in "in" else None,
            "xl": part.get("maxLength") if letter == "s" and part.get("maxLength", 9999) <= 512 else None,
        })  # fmt: skip
        return {"t": letter, **limits} if limits else letter

    hidden = {path.split("/")[2] for path in schema.get("readOnlyProperties", ()) if path.count("/") == 2}
    properties = {name: node(part) for name, part in schema["properties"].items() if name not in hidden}
    attributes = sorted(key.replace("\\..*", ".*") for key in GetAtts(Schema(schema)).attrs)
    return _trimmed({
        "p": properties,
        "q": sorted(schema.get("required", ())),
        "a": attributes,
        "r": sorted(hidden),
        "d": {name: value for name, value in used.items() if value != ANYTHING},
    })  # fmt: skip


def _is_object(part: Jsii) -> bool:
    return part.get("type") == "object" or ("properties" in part and "type" not in part)


def _trimmed(record: Record) -> Record:
    return {key: value for key, value in record.items() if value not in (None, [], {})}


# ------------------------------------------------------------------ jsii


class JsiiStructs:
    """Structs of a jsii assembly -> nodes; a record carries the definitions that its own nodes name."""

    def __init__(self, types: Jsii, named: Any) -> None:
        self._types, self._named = types, named

    def record(self, struct: str) -> Record:
        definitions: dict[str, Node] = {}
        return _trimmed({**self._object(struct, definitions), "d": definitions})

    def _object(self, struct: str, definitions: dict[str, Node]) -> Record:
        properties: dict[str, Node] = {}
        required: list[str] = []
        for name in reversed(_ancestors(self._types, struct)):
            for member in self._types.get(name, {}).get("properties", ()):
                written = self._named(member)
                properties[written] = self._node(member["type"], definitions)
                if not member.get("optional"):
                    required.append(written)
        return _trimmed({"p": properties, "q": sorted(set(required))})

    def _node(self, type_: Jsii, definitions: dict[str, Node]) -> Node:
        if "primitive" in type_:
            return _PRIMITIVES.get(type_["primitive"], ANYTHING)
        if "collection" in type_:
            inner = self._node(type_["collection"]["elementtype"], definitions)
            return {"l" if type_["collection"]["kind"] == "array" else "m": inner}
        if "union" in type_:
            return self._union([self._node(option, definitions) for option in type_["union"]["types"]])
        target = self._types.get(type_.get("fqn", ""), {})
        if target.get("kind") == "interface" and target.get("datatype"):
            name = target["fqn"].removeprefix("aws-cdk-lib.").removeprefix("@cdktf/provider-aws.")
            if name not in definitions:
                definitions[name] = {}
                definitions[name] = self._object(target["fqn"], definitions)
            return f"#{name}"
        return ANYTHING

    @staticmethod
    def _union(options: list[Node]) -> Node:
        known = [option for option in options if option != ANYTHING]
        # `IResolvable | boolean` is a boolean as far as a literal goes.
        return known[0] if len(known) == 1 else ANYTHING


def cdktf_name(member: Jsii) -> str:
    """The Terraform name of a CDKTF property, as its documentation links it (`…#acl_policy S3Bucket#acl_policy`)."""
    docs = member.get("docs", {})
    found = re.search(r"#(\w+) \w+#\1\}", f"{docs.get('summary', '')} {docs.get('remarks', '')}")
    return found[1] if found else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", member["name"]).lower()


def terraform_records(types: Jsii) -> dict[str, Record]:
    """Terraform resource, and `data.` + data source -> record, from the CDKTF provider's classes."""
    structs = JsiiStructs(types, cdktf_name)
    records = {}
    for jsii in types.values():
        if jsii["kind"] != "class" or jsii.get("base") not in ("cdktf.TerraformResource", "cdktf.TerraformDataSource"):
            continue
        config = next((p["type"]["fqn"] for p in jsii["initializer"]["parameters"] if p["name"] == "config"), "")
        record = structs.record(config)
        attributes = {
            re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", member["name"]).lower()
            for member in jsii.get("properties", ())
            if not member.get("static") and not member["name"].endswith("Input")
        }
        record["a"] = sorted(attributes - set(record.get("p", ())))
        data = jsii["base"] == "cdktf.TerraformDataSource"
        records[("data." if data else "") + terraform_name(jsii)] = _trimmed(record)
    return records


def cdk_records(types: Jsii) -> dict[str, Record]:
    """`lambda.Function` -> record of its props; L1 classes are CloudFormation's own and are not repeated."""
    structs = JsiiStructs(types, lambda member: member["name"])
    records = {}
    for jsii in types.values():
        if jsii["kind"] != "class" or "initializer" not in jsii or jsii.get("abstract"):
            continue
        if "cloudformationResource" in jsii.get("docs", {}).get("custom", {}):
            continue
        if "constructs.Construct" not in _ancestors(types, jsii["fqn"]):
            continue
        parameters = jsii["initializer"].get("parameters", ())
        props = next((p for p in parameters[2:] if "fqn" in p.get("type", {})), None)
        if props is not None and types.get(props["type"]["fqn"], {}).get("datatype"):
            records[_cdk_key(jsii)] = structs.record(props["type"]["fqn"])
    return records


# ---------------------------------------------------------------- Pulumi


def pulumi_records(packages: Path) -> dict[str, Record]:
    """`lambda.Function` -> record of its arguments, from the signatures of pulumi-aws's argument classes."""
    signatures: dict[str, dict[str, ast.FunctionDef]] = {}
    tokens: dict[str, tuple[str, str]] = {}
    with zipfile.ZipFile(_wheel(packages, "pulumi_aws")) as archive:
        for name in sorted(archive.namelist()):
            parts = name.split("/")
            if not name.endswith(".py") or len(parts) != 3 or parts[2].startswith("get_"):
                continue
            source = archive.read(name).decode()
            if "@pulumi.input_type" not in source:
                continue
            for item in ast.parse(source).body:
                if isinstance(item, ast.ClassDef) and item.name.endswith("Args"):
                    for member in item.body:
                        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
                            signatures.setdefault(parts[1], {})[item.name] = member
            token = re.search(r'type_token\("aws:([^/]+)/[^"]+"\)\nclass (\w+)\(pulumi.CustomResource', source)
            if token:
                tokens[f"{token[1]}.{token[2]}"] = (parts[1], token[2])
    records = {}
    for key, (module, name) in tokens.items():
        local = signatures.get(module, {})
        own = f"{name}InitArgs" if f"{name}InitArgs" in local else f"{name}Args"
        if own in local:
            definitions: dict[str, Node] = {}
            records[key] = _trimmed({**_pulumi_object(local, own, definitions), "d": definitions})
    return records


def _pulumi_object(local: dict[str, ast.FunctionDef], name: str, definitions: dict[str, Node]) -> Record:
    arguments = local[name].args
    properties, required = {}, []
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        text = ast.unparse(argument.annotation) if argument.annotation else ""
        properties[argument.arg] = _pulumi_node(text, local, definitions)
        if default is None:
            required.append(argument.arg)
    return _trimmed({"p": properties, "q": sorted(required)})


def _pulumi_node(annotation: str, local: dict[str, ast.FunctionDef], definitions: dict[str, Node]) -> Node:
    inner = re.sub(r"pulumi\.Input\[|Optional\[|\]+$", "", annotation)
    kind = "l" if inner.startswith("Sequence[") else "m" if inner.startswith("Mapping[") else ""
    found = re.search(r"'(\w+Args)'", inner)
    if "Union[" in inner:
        return ANYTHING
    if found and found[1] in local:
        name = found[1].removesuffix("Args")
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _pulumi_object(local, found[1], definitions)
        node: Node = f"#{name}"
    elif found:
        node = ANYTHING
    else:
        last = re.findall(r"_builtins\.(\w+)", inner)
        node = {"str": "s", "int": "i", "float": "n", "bool": "b"}.get(last[-1] if last else "", ANYTHING)
    return {kind: node} if kind else node


# ----------------------------------------------------------------- files


def shared(record: Record) -> Record:
    """The same record with equal definitions kept once: generators repeat a rule's statement at every depth."""
    definitions: dict[str, Node] = record.get("d", {})
    while True:
        kept: dict[str, str] = {}
        same: dict[str, str] = {}
        for name in sorted(definitions):
            text = json.dumps(definitions[name], sort_keys=True)
            if kept.setdefault(text, name) != name:
                same[name] = kept[text]
        if not same:
            break
        definitions = {name: _renamed(node, same) for name, node in definitions.items() if name not in same}
        record = {key: _renamed(value, same) if key == "p" else value for key, value in record.items()}
    short = {name: str(number) for number, name in enumerate(sorted(definitions))}
    record = {key: _renamed(value, short) if key == "p" else value for key, value in record.items()}
    return _trimmed({**record, "d": {short[name]: _renamed(node, short) for name, node in definitions.items()}})


def _renamed(node: Node, names: dict[str, str]) -> Node:
    if isinstance(node, str):
        return f"#{names.get(node[1:], node[1:])}" if node[:1] == "#" else node
    if not isinstance(node, dict) or ("t" in node and isinstance(node["t"], str) and node["t"] in "sinb"):
        return node
    return {key: value if key in ("q", "x", "o") and not isinstance(value, (dict, str)) else _renamed(value, names)
            for key, value in node.items()}  # fmt: skip


def write(name: str, records: dict[str, Record]) -> None:
    path = KNOWLEDGE / f"schemas-{name}.json.gz"
    sizes = []
    with path.open("wb") as file:
        for key in sorted(records):
            member = gzip.compress(json.dumps(shared(records[key]), separators=(",", ":")).encode() + b"\n", 9, mtime=0)
            file.write(member)
            sizes.append(len(member))
    # Types stand in the order of their names; where each begins is the sum of the sizes before it.
    index = json.dumps({"names": " ".join(sorted(records)), "sizes": sizes}, separators=(",", ":")).encode()
    (KNOWLEDGE / f"schemas-{name}-index.json.gz").write_bytes(gzip.compress(index, 9, mtime=0))
    print(f"{path.name}: {len(records)} types, {sum(sizes) / 1000:.0f} kB")


def runtimes() -> dict[str, str]:
    """Lambda runtimes that were out of date when the oldest samples were written -> since when."""
    path = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json"
    known = json.loads(path.read_text())
    return {
        name: life["deprecated"]
        for name, life in sorted(known.items())
        if life.get("deprecated") and date.fromisoformat(life["deprecated"]) < _RUNTIMES_OF
    }


def main(packages: Path) -> None:
    types = cloudformation_schemas()
    write(
        "cloudformation",
        {
            name: cloudformation_record(json.loads(path.read_text()))
            for name, path in types.items()
            if name.startswith("AWS::")
        },
    )
    write("terraform", terraform_records(cdktf_types(packages)))
    write("cdk", cdk_records(cdk_types(packages)))
    write("pulumi", pulumi_records(packages))
    (KNOWLEDGE / "runtimes.json").write_text(json.dumps(runtimes(), indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
