"""References between declarations: undeclared, asking for what is not there, circular, declared twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from gapkit.content import content_of
from gapkit.models import Declaration
from gapkit.provider_versions import provider_versions
from gapkit.schemas import attributes, outdated_runtimes, type_record
from gapkit.types import plain_name
from gapkit.validity_properties import Fault, first_by_content
from gapkit.validity_terraform import default_faults, module_faults, module_folders, provider_faults, twice_faults

_CFN_HOLE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9]*)(?:\.([A-Za-z0-9.]+))?\}")
_TF_RESOURCE = re.compile(r"(?<![\w.-])(data\.)?((?:aws|random|tls|null|time)_\w+)\.([A-Za-z_][\w-]*)(?:\.(\w+))?")
_TF_NAMED = re.compile(r"(?<![\w.-])(var|local|module)\.([A-Za-z_][\w-]*)")
# A shell's variable, which Terraform takes for one of its own unless a second `$` stands before it.
_SHELL = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
# Text that has holes of its own language: code, scripts, documents for other tools.
_OTHER_LANGUAGE = re.compile(
    r"ZipFile|UserData|InlineCode|FunctionCode|Definition|Body|BuildSpec|Template|Metadata|commands|Comment"
)
# Where more names than these lead nowhere, or more than this share, the files are an extract: nothing can be said.
_FEW, _EXTRACT_SHARE = 3, 0.25


def reference_faults(
    declarations: Sequence[Declaration], checked: Sequence[Declaration], unread: Sequence[int] = ()
) -> list[Fault]:
    """Faults in how the `checked` declarations refer to all of their side's; `unread`: lines that were not read."""
    templates: dict[str, list[Declaration]] = defaultdict(list)
    terraform: list[Declaration] = []
    faults: list[Fault] = []
    for declaration in checked:
        if declaration.dialect == "cloudformation":
            templates[declaration.artifact].append(declaration)
        elif declaration.dialect == "terraform":
            terraform.append(declaration)
        if declaration.kind == "resource" and declaration.canonical_type == "AWS::Lambda::Function":
            faults.extend(_runtime(declaration))
    for template in templates.values():
        faults.extend(_template_faults(template, bool(unread)))
    if terraform:
        faults.extend(_terraform_faults(declarations, terraform, unread))
    return faults


_RUNTIME_NAME = re.compile(r"^(?:\w+\.)*Runtime\.(\w+)$")


def _runtime(declaration: Declaration) -> Iterator[Fault]:
    for fact in declaration.properties:
        if fact.path in ("Runtime", "runtime") and isinstance(fact.value, str):
            named = _RUNTIME_NAME.match(fact.value)
            # `Runtime.PYTHON_3_8` is python3.8
            text = plain_name(named[1]) if named else fact.value
            outdated = {plain_name(name): name for name in outdated_runtimes()} if named else outdated_runtimes()
            if text in outdated:
                name = outdated[text] if named else text
                since = outdated_runtimes()[name]
                yield Fault(
                    declaration, fact.path, fact.line, "outdated_runtime",
                    f"the runtime {name} is no longer supported since {since}", "a supported runtime",
                )  # fmt: skip


# -------------------------------------------------------- CloudFormation


def _template_faults(template: Sequence[Declaration], unread: bool) -> Iterator[Fault]:
    resources = {d.name: d for d in template if d.kind == "resource"}
    names = {d.name for d in template if d.kind in ("resource", "parameter", "mapping", "condition", "rule", "module")}
    # What the transform makes of a serverless resource bears its name: `ApiStage`, `FunctionRole`.
    makers = tuple(name for name, d in resources.items() if d.type.startswith("AWS::Serverless::"))
    makers = (*makers, "Serverless") if makers else ()
    edges: dict[str, set[str]] = {}
    nowhere: list[tuple[Fault, str]] = []
    found: set[str] = set()
    for declaration in template:
        if declaration.kind not in ("resource", "output"):
            continue
        for fact in declaration.properties:
            value = fact.value
            if type(value) is not str:
                continue
            if fact.path.startswith("DependsOn"):
                found.add(value)
                if value in resources:
                    edges.setdefault(declaration.name, set()).add(value)
                elif "${" not in value and value and not value.startswith(makers):
                    message = f"{declaration.name} depends on {value}, which is not declared"
                    nowhere.append((Fault(declaration, fact.path, fact.line, "undeclared_reference", message), value))
                continue
            if "${" not in value or _OTHER_LANGUAGE.search(fact.path):
                continue
            for hole in _CFN_HOLE.finditer(value):
                name, attribute = hole[1], hole[2]
                found.add(name)
                target = resources.get(name)
                if target is not None:
                    if declaration.kind == "resource":
                        edges.setdefault(declaration.name, set()).add(name)
                    if attribute:
                        yield from _attribute_fault(declaration, fact.path, fact.line, target, attribute)
                elif (
                    name not in names
                    and name[0].isupper()
                    and hole[0] == value
                    and (attribute or "").count(".") == 0
                    and not name.startswith(makers)
                ):
                    message = f"{declaration.name} refers to {name}, which is not declared"
                    nowhere.append((Fault(declaration, fact.path, fact.line, "undeclared_reference", message), name))
    if resources and not unread:
        yield from _told_once(nowhere, found)
    yield from _circles(resources, edges)


def _attribute_fault(
    declaration: Declaration, path: str, line: int, target: Declaration, attribute: str
) -> Iterator[Fault]:
    known = attributes(target.type)
    if known is None or attribute in known or f"{attribute.partition('.')[0]}.*" in known or ".*" in known:
        return
    yield Fault(
        declaration, path, line, "unknown_attribute", f"{target.type} has no attribute {attribute} to get",
        expected=", ".join(sorted(known)[:8]),
    )  # fmt: skip


def _told_once(nowhere: list[tuple[Fault, str]], found: set[str]) -> Iterator[Fault]:
    """One fault for each undeclared name; nothing where the files turn out to be an extract."""
    of_name: dict[str, list[Fault]] = {}
    for fault, name in nowhere:
        of_name.setdefault(name, []).append(fault)
    if len(of_name) <= min(_FEW, _EXTRACT_SHARE * len(found)):
        for faults in of_name.values():
            yield first_by_content(faults)


# ------------------------------------------------------------- Terraform


def _terraform_faults(
    declarations: Sequence[Declaration], checked: Sequence[Declaration], unread: Sequence[int]
) -> Iterator[Fault]:
    resources: dict[str, Declaration] = {}
    named: dict[str, set[str]] = {"var": set(), "local": set(), "module": set()}
    kinds = {"parameter": "var", "local": "local", "module": "module"}
    for declaration in declarations:
        if declaration.dialect != "terraform":
            continue
        kind = declaration.kind
        if kind in ("resource", "data"):
            prefix = "data." if kind == "data" else ""
            resources[f"{prefix}{declaration.type}.{declaration.name}"] = declaration
        elif kind in kinds:
            named[kinds[kind]].add(declaration.name)
    twice: dict[tuple[str, str, str, str], list[Declaration]] = {}
    for declaration in checked:
        if declaration.kind in ("resource", "data"):
            key = (declaration.artifact, declaration.kind, declaration.type, declaration.name)
            twice.setdefault(key, []).append(declaration)
    again = [d for same in twice.values() if len(same) > 1 for d in sorted(same, key=content_of)[1:]]
    # Many at once are the same file shown twice, before and after a change.
    for declaration in again if len(again) <= _FEW else ():
        message = f"{declaration.type}.{declaration.name} is declared twice in one file"
        yield Fault(declaration, "", declaration.line, "duplicate_declaration", message)
    folders = module_folders(declarations)
    yield from module_faults(declarations, folders, unread)
    yield from provider_faults(declarations, folders)
    yield from twice_faults(declarations, folders)
    yield from default_faults(checked)
    complete = any(d.kind in ("provider", "terraform") for d in declarations)
    nowhere: list[tuple[Fault, str]] = []
    found: set[str] = set()
    edges: dict[str, set[str]] = {}
    for declaration in checked:
        own = f"{declaration.type}.{declaration.name}" if declaration.kind == "resource" else ""
        for fact in declaration.properties:
            value = fact.value
            if type(value) is not str or ("${" not in value and not fact.path.startswith("depends_on")):
                continue
            shell = _SHELL.search(value)
            if shell is not None and value[shell.start() - 1 : shell.start()] != "$":
                message = f"{shell[0]} refers to nothing that Terraform knows"
                meant = f"$${{{shell[1]}}} for a shell's variable"
                yield Fault(declaration, fact.path, fact.line, "undeclared_reference", message, expected=meant)
            if "var." in value or "local." in value or "module." in value:
                for reference in _TF_NAMED.finditer(value):
                    found.add(reference[0])
                    # None of a kind declared: they stand in a file that the response leaves as it is.
                    known = named[reference[1]]
                    if complete and known and reference[2] not in known:
                        message = f"{reference[0]} is used and not declared"
                        fault = Fault(declaration, fact.path, fact.line, "undeclared_reference", message)
                        nowhere.append((fault, reference[0]))
            if "_" in value:
                for reference in _TF_RESOURCE.finditer(_without_positions(value) if "[" in value else value):
                    asked = f"{reference[1] or ''}{reference[2]}.{reference[3]}"
                    found.add(asked)
                    target = resources.get(asked)
                    if target is None:
                        if reference[4]:
                            message = f"{asked} is used and not declared"
                            fault = Fault(declaration, fact.path, fact.line, "undeclared_reference", message)
                            nowhere.append((fault, asked))
                        continue
                    if own and target.kind == "resource" and not fact.path.startswith("lifecycle"):
                        edges.setdefault(own, set()).add(asked)
                    if reference[4]:
                        yield from _terraform_attribute(declaration, fact.path, fact.line, target, reference)
    if not unread:
        yield from _told_once(nowhere, found)
    yield from _circles({key: d for key, d in resources.items() if d.kind == "resource"}, edges)


_POSITION = re.compile(r"\[[^\[\]]*\]")


def _without_positions(value: str) -> str:
    """`aws_vpc.main[local.pairs[count.index].vpc].id` -> `aws_vpc.main.id`."""
    for _ in range(4):
        value, replaced = _POSITION.subn("", value)
        if not replaced:
            break
    return value


def _terraform_attribute(
    declaration: Declaration, path: str, line: int, target: Declaration, reference: re.Match[str]
) -> Iterator[Fault]:
    type_ = f"data.{target.type}" if target.kind == "data" else target.type
    if "count" in reference[4] or reference[4] in ("id", "arn"):
        return
    known = _plain_attributes(type_)
    if known is None or plain_name(reference[4]) in known or reference[4] in provider_versions().attributes:
        return
    yield Fault(
        declaration, path, line, "unknown_attribute", f"{target.type} has no attribute {reference[4]}",
        expected="",
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _plain_attributes(type_: str) -> frozenset[str] | None:
    """The plain names of what a Terraform type has; None for an unknown type."""
    record = type_record("terraform", type_)
    if record is None:
        return None
    return frozenset(plain_name(name) for group in ("p", "a") for name in record.get(group, ()))


# --------------------------------------------------------------- circles


def _circles(resources: dict[str, Declaration], edges: dict[str, set[str]]) -> Iterator[Fault]:
    """One fault for each group of resources that wait for each other, at the first of them by content."""
    for group in _strong_groups(edges):
        known = sorted((resources[name] for name in group if name in resources), key=lambda d: d.line)
        first = min(known, key=content_of, default=None)
        if first is not None:
            names = ", ".join(sorted(group))
            message = f"these wait for each other: {names}" if len(group) > 1 else f"{names} refers to itself"
            yield Fault(first, "", first.line, "circular_reference", message)


def _strong_groups(edges: dict[str, set[str]]) -> list[set[str]]:
    """Strongly connected groups with a circle in them (Tarjan, 1972), without recursion."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    open_names: list[str] = []
    is_open: set[str] = set()
    groups: list[set[str]] = []
    for root in edges:
        if root in order:
            continue
        order[root] = low[root] = len(order)
        open_names.append(root)
        is_open.add(root)
        work = [(root, iter(sorted(edges[root])))]
        while work:
            name, rest = work[-1]
            for other in rest:
                if other not in order:
                    if other not in edges:
                        continue
                    order[other] = low[other] = len(order)
                    open_names.append(other)
                    is_open.add(other)
                    work.append((other, iter(sorted(edges[other]))))
                    break
                if other in is_open:
                    low[name] = min(low[name], order[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == order[name]:
                    group: set[str] = set()
                    while True:
                        member = open_names.pop()
                        is_open.discard(member)
                        group.add(member)
                        if member == name:
                            break
                    if len(group) > 1 or name in edges.get(name, ()):
                        groups.append(group)
    return groups
