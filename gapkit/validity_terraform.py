"""What Terraform refuses in how files and modules go together: calls of modules, providers, what is declared twice.

A module's files are those in the folder that a local `source` leads to; all others are taken for one root module.
Nothing is said of a module whose variables or outputs are not in the response.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gapkit.content import content_of
from gapkit.models import Declaration
from gapkit.validity_properties import Fault, first_by_content

_LOCAL = re.compile(r"\.{1,2}/")
_MODULE_HEADS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})
_OUTPUT = re.compile(r"(?<![\w.-])module\.([A-Za-z_][\w-]*)(?:\[[^\[\]]*\])?\.([A-Za-z_][\w-]*)")
_ALIAS = re.compile(r"\$\{([a-z]\w*)\.([A-Za-z_][\w-]*)\}")
_REFERENCE = re.compile(r"(?<!\$)\$\{(?:[^{}]*[^\w.{}-])?(?:var|local|module|data|each|count|aws_\w+)\.[a-z_]")
_TWICE = frozenset({"parameter", "output", "local", "resource", "data", "provider", "module"})
_NAMES = {"parameter": "variable", "data": "data source", "terraform": "block"}
_FILES = (".tf", ".tf.json", ".tofu")
# More than these twice, or more than this share: the files are versions of each other, and only one is meant.
_AGAIN, _AGAIN_SHARE = 12, 0.34


def module_folders(declarations: Iterable[Declaration]) -> dict[str, str]:
    """Artifact -> the folder of the local module that it belongs to; artifacts of the root module are left out."""
    wanted: set[str] = set()
    artifacts: set[str] = set()
    for declaration in declarations:
        if declaration.dialect == "terraform":
            artifacts.add(declaration.artifact)
            if declaration.kind == "module" and _LOCAL.match(declaration.type):
                wanted.add(_place(declaration.type))
    if not wanted:
        return {}
    found = {}
    for artifact in artifacts:
        folder = _folder(artifact)
        if folder and any(folder == place or folder.endswith(f"/{place}") for place in wanted):
            found[artifact] = folder
    return found


def _folder(artifact: str) -> str:
    return artifact.rpartition("/")[0] if artifact.endswith(_FILES) else ""


def _place(source: str) -> str:
    """`../../modules/network/` -> `modules/network`."""
    return "/".join(part for part in source.partition("?")[0].split("/") if part not in ("", ".", ".."))


def module_faults(
    declarations: Sequence[Declaration], folders: Mapping[str, str], unread: Sequence[int] = ()
) -> Iterator[Fault]:
    """Arguments that a local module does not take or needs, and outputs that it does not have.

    `unread` are the lines of what was left out or could not be read: a call around one needs nothing more.
    """
    if not folders:
        return
    variables: dict[str, dict[str, bool]] = defaultdict(dict)
    outputs: dict[str, set[str]] = defaultdict(set)
    for declaration in declarations:
        folder = folders.get(declaration.artifact)
        if folder is None or declaration.dialect != "terraform":
            continue
        if declaration.kind == "parameter" and declaration.type != "tfvars":
            optional = any(fact.path.startswith("default") for fact in declaration.properties)
            variables[folder][declaration.name] = optional
        elif declaration.kind == "output":
            outputs[folder].add(declaration.name)
    calls: dict[tuple[str, str], str] = {}
    for declaration in declarations:
        if declaration.kind != "module" or declaration.dialect != "terraform":
            continue
        folder = _called(declaration, folders)
        calls[folders.get(declaration.artifact, ""), declaration.name] = folder
        if folder and variables[folder]:
            whole = not any(declaration.line <= line <= declaration.line_end for line in unread)
            yield from _argument_faults(declaration, variables[folder], whole)
    if not any(outputs[folder] for folder in calls.values() if folder):
        return
    found: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for declaration in declarations:
        if declaration.dialect != "terraform":
            continue
        home = folders.get(declaration.artifact, "")
        for fact in declaration.properties:
            if type(fact.value) is not str or "module." not in fact.value:
                continue
            for name, output in _OUTPUT.findall(fact.value):
                folder = calls.get((home, name), "")
                known = outputs[folder] if folder else ()
                if known and output not in known:
                    message = f"the module {name} has no output {output}"
                    fault = Fault(declaration, fact.path, fact.line, "unknown_attribute", message)
                    found[name, output].append(fault)
    yield from map(first_by_content, found.values())


def _called(declaration: Declaration, folders: Mapping[str, str]) -> str:
    """The folder of the module that is called, `` where it is not in the response or more than one may be meant."""
    if not _LOCAL.match(declaration.type):
        return ""
    place = _place(declaration.type)
    found = {folder for folder in folders.values() if folder == place or folder.endswith(f"/{place}")}
    return found.pop() if len(found) == 1 else ""


def _argument_faults(call: Declaration, variables: Mapping[str, bool], whole: bool) -> Iterator[Fault]:
    given: dict[str, int] = {}
    for fact in call.properties:
        given.setdefault(re.split(r"[.\[]", fact.path, maxsplit=1)[0], fact.line)
    for name, line in given.items():
        if name and name not in variables and name not in _MODULE_HEADS:
            message = f"the module {call.name} takes no argument {name}"
            yield Fault(call, name, line, "unknown_property", message)
    for name, optional in variables.items():
        if whole and not optional and name not in given:
            message = f"the module {call.name} needs {name}, which is not given"
            yield Fault(call, name, call.line, "missing_property", message, expected=name)


def provider_faults(declarations: Sequence[Declaration], folders: Mapping[str, str]) -> Iterator[Fault]:
    """Aliases of providers that no file of the root module declares, where it declares providers at all."""
    declared: dict[str, set[str]] = defaultdict(set)
    for declaration in declarations:
        if declaration.kind == "provider" and declaration.dialect == "terraform":
            declared[declaration.type].add(declaration.name)
    if not declared:
        return
    faults: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for declaration in declarations:
        if declaration.kind not in ("resource", "data", "module") or declaration.artifact in folders:
            continue
        for fact in declaration.properties:
            if fact.path != "provider" and not fact.path.startswith("providers."):
                continue
            found = _ALIAS.fullmatch(str(fact.value))
            if found and found[1] in declared and found[2] not in declared[found[1]]:
                message = f"the provider {found[1]}.{found[2]} is not declared"
                fault = Fault(declaration, fact.path, fact.line, "undeclared_reference", message)
                faults[found[1], found[2]].append(fault)
    yield from map(first_by_content, faults.values())


def twice_faults(declarations: Sequence[Declaration], folders: Mapping[str, str]) -> Iterator[Fault]:
    """What two files of one module declare under one name."""
    same: dict[tuple[str, str, str, str], list[Declaration]] = {}
    again: list[Fault] = []
    many = 0
    for declaration in declarations:
        kind, artifact, name = declaration.kind, declaration.artifact, declaration.name
        if declaration.dialect != "terraform" or not artifact.endswith(_FILES):
            continue
        if kind == "terraform":
            if not any(fact.path.startswith("required_providers") for fact in declaration.properties):
                continue
            name = "required_providers"
        elif kind not in _TWICE or declaration.type == "tfvars":
            continue
        many += 1
        type_ = declaration.type if kind in ("resource", "data", "provider") else ""
        # Folders of environments are modules of their own.
        same.setdefault((_folder(artifact), kind, type_, name), []).append(declaration)
    for (_, kind, type_, name), declared in same.items():
        if len(declared) < 2:
            continue
        other, *rest = sorted(declared, key=content_of)
        for declaration in rest:
            if declaration.artifact != other.artifact:
                full = f"{type_}.{name}" if type_ and kind != "provider" else name
                message = f"the {_NAMES.get(kind, kind)} {full} is declared in {other.artifact}, too"
                again.append(Fault(declaration, "", declaration.line, "duplicate_declaration", message))
    if len(again) <= min(_AGAIN, _AGAIN_SHARE * many):
        yield from again


def default_faults(declarations: Sequence[Declaration]) -> Iterator[Fault]:
    """Defaults of variables that are computed, and providers' aliases."""
    for declaration in declarations:
        if declaration.dialect != "terraform" or declaration.kind not in ("parameter", "provider"):
            continue
        head = "default" if declaration.kind == "parameter" else "alias"
        for fact in declaration.properties:
            value = fact.value
            if type(value) is str and "${" in value and fact.path.startswith(head) and _REFERENCE.search(value):
                what = "a variable's default" if head == "default" else "a provider's alias"
                message = f"{what} takes no references"
                yield Fault(declaration, fact.path, fact.line, "computed_constant", message, expected="a plain value")
                break
