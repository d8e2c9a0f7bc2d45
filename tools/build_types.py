"""Build gapkit/knowledge/types-*.json.gz: what every dialect calls a type -> its canonical type.

    python tools/build_types.py PACKAGES        (see provider_packages.py for how to fetch them)

Names that the packages do not lead to are kept by hand in gapkit/knowledge/types.yaml.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import yaml
from provider_packages import (
    Jsii,
    cdk_types,
    cdktf_types,
    cloudformation_schemas,
    pulumi_functions,
    pulumi_resources,
    snake,
    terraform_name,
)

KNOWLEDGE = Path(__file__).parent.parent / "gapkit" / "knowledge"
Table = dict[str, str]

# How sure a Pulumi resource's Terraform name is: an equal name, or this much of arguments and words in common.
SAME_NAME, ENOUGH_IN_COMMON = 1.05, 0.7


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class TerraformNames:
    """Terraform resource -> CloudFormation type, by name and by the hand-kept exceptions."""

    def __init__(self, types: list[str], hand: dict[str, Any]) -> None:
        self._by_service: dict[str, Table] = defaultdict(dict)
        for name in types:
            if name.startswith("AWS::"):
                _, service, resource = name.split("::", 2)
                self._by_service[service][plain(resource)] = name
        self._services: dict[str, list[str]] = defaultdict(list)
        for prefix, services in hand["services"].items():
            self._services[prefix.replace("_", "")] += services
        for service in self._by_service:
            self._services[plain(service)].append(service)
        self._hand: Table = {**hand["types"], **hand["parts"]}

    def canonical(self, terraform: str) -> str:
        """The CloudFormation type, or the Terraform name itself where CloudFormation has none."""
        known = self._hand.get(terraform)
        if known:
            return known
        words = terraform.removeprefix("aws_").split("_")
        for cut in range(len(words) - 1, 0, -1):
            prefix, rest = "".join(words[:cut]), "".join(words[cut:])
            for service in self._services.get(prefix, ()):
                # `DBCluster`, `BackupVault`: CloudFormation repeats the service in some resources' names.
                for resource in (rest, prefix + rest, plain(service) + rest, "db" + rest, words[cut - 1] + rest):
                    if resource in self._by_service[service]:
                        return self._by_service[service][resource]
        return self._by_service["EC2"].get("".join(words), terraform)


def cdktf_table(types: Jsii, names: TerraformNames) -> tuple[Table, dict[str, frozenset[str]]]:
    """CDKTF class -> canonical type; and Terraform resource -> its arguments' stems."""
    table: Table = {}
    arguments: dict[str, frozenset[str]] = {}
    for jsii in types.values():
        if jsii["kind"] != "class" or jsii.get("base") not in ("cdktf.TerraformResource", "cdktf.TerraformDataSource"):
            continue
        terraform = terraform_name(jsii)
        table[jsii["name"]] = names.canonical(terraform)
        if jsii["base"] == "cdktf.TerraformResource":
            config = next((p["type"]["fqn"] for p in jsii["initializer"]["parameters"] if p["name"] == "config"), "")
            properties = types.get(config, {}).get("properties", [])
            arguments[terraform] = stems(p["name"] for p in properties)
    return table, arguments


def stem(word: str) -> str:
    """Pulumi pluralises what Terraform repeats: `statement` and `statements` count as the same word."""
    return re.sub(r"(ies|y)$", "i", word) if word.endswith(("ies", "y")) else re.sub(r"(es|s|e)$", "", word)


def stems(names: Any) -> frozenset[str]:
    return frozenset(stem(plain(name)) for name in names) - {"id", "timeout", "tagsall", "region", "tag"}


def common(one: frozenset[str] | set[str], other: frozenset[str] | set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def name_likeness(service: str, name: str, terraform: str) -> float:
    """How well `lambda` + `Function` reads as `aws_lambda_function`: 1.2 is the whole name, 1.05 the resource."""
    full, written = plain(terraform.removeprefix("aws_")), plain(name)
    if full == plain(service) + written:
        return 1.2
    if full == written:
        return SAME_NAME
    words = {stem(word) for word in f"{snake(service)}_{snake(name)}".split("_")}
    theirs = {stem(word) for word in terraform.removeprefix("aws_").split("_")}
    likeness = 2 * len(words & theirs) / (len(words) + len(theirs))
    return max(likeness, 0.75) if full.endswith(written) else likeness


def pulumi_table(packages: Path, arguments: dict[str, frozenset[str]], names: TerraformNames) -> Table:
    """`lambda.Function` -> canonical type: by name and by how many arguments both have in common."""
    resources = []
    for token, signature in pulumi_resources(packages):
        _, module, name = token.split(":")
        resources.append((module.split("/")[0], name, stems(signature)))

    def ranked(service: str, name: str, own: frozenset[str], prefixes: Counter[str]) -> list[tuple[float, float, str]]:
        usual = prefixes.most_common(1)[0][1] if prefixes else 1
        return sorted(
            (
                (
                    0.6 * common(own, theirs)
                    + 0.4 * (likeness := name_likeness(service, name, terraform))
                    + 0.3 * prefixes[terraform.split("_")[1]] / usual,
                    likeness,
                    terraform,
                )
                for terraform, theirs in arguments.items()
            ),
            reverse=True,
        )

    # First pass: which Terraform prefix each Pulumi module stands for (`rds` has `db` and `rds`).
    prefixes: dict[str, Counter[str]] = defaultdict(Counter)
    for service, name, own in resources:
        score, _, terraform = ranked(service, name, own, Counter())[0]
        if score > 0.85:
            prefixes[service][terraform.split("_")[1]] += 1
    table: Table = {}
    for service, name, own in resources:
        score, likeness, terraform = ranked(service, name, own, prefixes[service])[0]
        sure = likeness >= SAME_NAME or score >= ENOUGH_IN_COMMON
        base = re.sub(r"[vV]2$", "", name)
        if not sure and base != name and f"{service}.{base}" in table:
            table[f"{service}.{name}"] = table[f"{service}.{base}"]
            continue
        table[f"{service}.{name}"] = names.canonical(terraform if sure else f"aws_{snake(service)}_{snake(name)}")
    for token in pulumi_functions(packages):
        _, module, name = token.split(":")
        service, looked_up = module.split("/")[0], name.removeprefix("get")
        table[f"{service}.{name}"] = table.get(
            f"{service}.{looked_up}", names.canonical(f"aws_{snake(service)}_{snake(looked_up)}")
        )
    return table


def cdk_table(types: Jsii, hand: Table) -> Table:
    """`lambda.Function` -> canonical type: L1 classes say it, L2 classes share an L1's reference interface."""
    table: Table = {}
    by_interface: Table = {}
    for jsii in types.values():
        resource = jsii.get("docs", {}).get("custom", {}).get("cloudformationResource")
        if resource and jsii["kind"] == "class":
            table[_cdk_key(jsii)] = resource
            for interface in jsii.get("interfaces", ()):
                if ".interfaces." in interface:
                    by_interface.setdefault(interface, resource)
    for jsii in types.values():
        key = _cdk_key(jsii)
        if jsii["kind"] != "class" or key in table:
            continue
        ancestors = _ancestors(types, jsii["fqn"])
        found = [by_interface[name] for name in ancestors if name in by_interface]
        if "constructs.Construct" in ancestors and found and not jsii.get("abstract"):
            table[key] = found[0]
    for name, resource in table.copy().items():
        # A construct without a reference interface (`Dashboard`, `MetricFilter`) that is named like its L1 class.
        module, _, cls = name.partition(".")
        like = f"{module}.{cls.removeprefix('Cfn')}"
        if cls.startswith("Cfn") and like not in table and _is_construct(types, like):
            table[like] = resource
    for name, resource in hand.items():
        module, _, cls = name.rpartition(".")
        table[f"{cdk_module(module)}.{cls}"] = resource
    return dict(sorted(table.items()))


def _is_construct(types: Jsii, key: str) -> bool:
    return any(_cdk_key(jsii) == key and jsii["kind"] == "class" and "initializer" in jsii for jsii in types.values())


def _ancestors(types: Jsii, fqn: str) -> list[str]:
    found: list[str] = []
    queue = [fqn]
    while queue:
        name = queue.pop(0)
        if name in found:
            continue
        found.append(name)
        jsii = types.get(name, {})
        queue += [*jsii.get("interfaces", ()), *([jsii["base"]] if "base" in jsii else ())]
    return found


def cdk_module(namespace: str) -> str:
    return plain(namespace.removeprefix("aws_").replace("_alpha", "alpha"))


def _cdk_key(jsii: Jsii) -> str:
    return f"{cdk_module(jsii.get('namespace', ''))}.{jsii['name']}"


def cloudformation_table(types: list[str]) -> Table:
    """`lambda.function` -> `AWS::Lambda::Function`, for dialects that follow CloudFormation's own names."""
    return {
        ".".join((plain(name.split("::")[1]), plain(name.split("::", 2)[2]))): name
        for name in types
        if name.startswith("AWS::")
    }


def write(name: str, table: Table) -> None:
    raw = json.dumps(dict(sorted(table.items())), separators=(",", ":")).encode()
    path = KNOWLEDGE / f"types-{name}.json.gz"
    path.write_bytes(gzip.compress(raw, 9, mtime=0))
    print(f"{path.name}: {len(table)} names, {path.stat().st_size / 1000:.0f} kB")


def main(packages: Path) -> None:
    hand = yaml.safe_load((KNOWLEDGE / "types.yaml").read_text())
    types = list(cloudformation_schemas())
    unknown = sorted({
        target
        for section in ("types", "parts", "part_of", "constructs")
        for target in hand[section].values()
        if target.split("/")[0] not in types and target.startswith("AWS::")
    })  # fmt: skip
    if unknown:
        raise SystemExit(f"types.yaml names types that CloudFormation does not have: {', '.join(unknown)}")
    names = TerraformNames(types, hand)
    cdktf = cdktf_types(packages)
    cdktf_names, arguments = cdktf_table(cdktf, names)
    terraform = {terraform_name(j): "" for j in cdktf.values() if j.get("base", "").startswith("cdktf.Terraform")}
    terraform |= dict.fromkeys((*hand["types"], *hand["parts"]), "")
    pulumi = pulumi_table(packages, arguments, names)
    pulumi |= {key: names.canonical(name) for key, name in hand["pulumi"].items()}
    write("terraform", {name: c for name in terraform if (c := names.canonical(name)) != name and name})
    write("cdktf", cdktf_names)
    write("cdk", cdk_table(cdk_types(packages), hand["constructs"]))
    write("pulumi", pulumi)
    write("cloudformation", cloudformation_table(types))
    write("parts", hand["part_of"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
