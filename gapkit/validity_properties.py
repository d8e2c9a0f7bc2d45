"""Properties against a type's schema: unknown ones, missing ones, values that are not allowed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from gapkit.content import contents_of
from gapkit.fault_kinds import IN_JAVASCRIPT
from gapkit.likeness import close_names
from gapkit.models import Declaration, Property, Scalar
from gapkit.provider_versions import provider_versions
from gapkit.schemas import inner_node, number_limits, outdated_runtimes, type_record
from gapkit.types import is_cdk_module, plain_name

CHECKED_DIALECTS = frozenset({"cloudformation", "terraform", "cdk", "cdktf", "pulumi"})
_LOOKED_UP = frozenset({"terraform", "cdktf"})
_CFN_HEADS = frozenset({
    "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy", "Metadata",
    "Type", "Properties", "Description", "Fn::Transform", "Version", "Comment", "Name",
})  # fmt: skip
_TERRAFORM_HEADS = frozenset({
    "count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "timeouts", "dynamic",
    "providers", "source", "version",
})  # fmt: skip
_HOST_HEADS = frozenset({
    "opts", "options", "count", "foreach", "provider", "dependson", "lifecycle", "provisioners", "connection", "env",
})  # fmt: skip
_HEADS = {
    "cloudformation": _CFN_HEADS,
    "terraform": _TERRAFORM_HEADS,
    "pulumi": frozenset({"opts", "args", "resourcename"}),
}
# Types whose properties their author makes up.
_OPEN_TYPES = frozenset({"AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Macro"})
POSITION = re.compile(r"\[[^\]]*\]")
# Functions, spreads, loops and keys that are no names: what stands below them is not known.
_FREE = re.compile(r"Fn::|[^\w.\[\]:-]|\[\*\]|^\[|\.\.\.|^Ref$|\.Ref$|\.dynamic\b|<<|^_|\$\{|^//|#|^opts\.import")
_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1"})
_REMEMBERED = 1 << 15
LONGEST_PATH = 1000  # what is longer is no path that a type has
_MOST_PLACES = 1 << 12  # paths of one type that are remembered at a time


class Fault(NamedTuple):
    """A finding before it is put in order and judged; `circumstance` as in `knowledge/faults.yaml`."""

    declaration: Declaration
    path: str
    line: int
    code: str
    message: str
    expected: str = ""
    circumstance: str = ""


def first_by_content(faults: Sequence[Fault]) -> Fault:
    """The place at which a fault of several places is told: what they say decides, not where they stand."""
    if len(faults) == 1:
        return faults[0]
    says = contents_of(fault.declaration for fault in faults)
    return min(faults, key=lambda fault: (says[id(fault.declaration)], fault.path))


class _Place(NamedTuple):
    """What the schema says of one path: the part of it that is unknown, the scalar there, what needs siblings.

    `misfit` is the part before it that is written as one object where a list must stand, or the other way round;
    `gone` is its first name where the newest version of the package has it no longer.
    """

    unknown: str
    scalar: dict[str, Any] | None
    needs: tuple[tuple[str, str], ...]
    misfit: str = ""
    gone: str = ""


_NOWHERE = _Place("", None, ())


def property_faults(
    declarations: Sequence[Declaration], unread: Sequence[int] = (), pins_older: bool = False
) -> list[Fault]:
    """Faults of every declared resource whose type is known; `unread` are the lines of what could not be read.

    `pins_older`: a file of the response asks for an older version of pulumi-aws than the newest.
    """
    faults: list[Fault] = []
    for declaration in declarations:
        if (
            (declaration.kind == "resource" or (declaration.kind == "data" and declaration.dialect in _LOOKED_UP))
            and declaration.dialect in CHECKED_DIALECTS
            and declaration.canonical_type not in _OPEN_TYPES
        ):
            faults.extend(_faults_of(declaration, unread, pins_older))
    return _with_likely_names(_without_garbled(faults, declarations))


# More unknown properties than these in an artifact, and than every other resource has: it lost its shape on the way
# (indentation, brackets), and what was read of it is no ground for findings.
_GARBLED = 10


def _without_garbled(faults: list[Fault], declarations: Sequence[Declaration]) -> list[Fault]:
    unknown = Counter(fault.declaration.artifact for fault in faults if fault.code == "unknown_property")
    if not unknown or max(unknown.values()) <= _GARBLED:
        return faults
    resources = Counter(declaration.artifact for declaration in declarations if declaration.kind == "resource")
    garbled = {name for name, many in unknown.items() if many > max(_GARBLED, 0.5 * resources[name])}
    return [fault for fault in faults if fault.declaration.artifact not in garbled]


# A side with this many places that were left out or not read is shortened throughout: nothing is called missing.
SHORTENED = 3

# Looking for a name that is close costs far more than the check itself: no more than these, of no longer names.
_LIKELY_NAMES, _LONGEST_NAME = 50, 60


def _with_likely_names(faults: list[Fault]) -> list[Fault]:
    """The same faults; those of unknown properties say which known ones may be meant."""
    told = []
    for position, fault in enumerate(faults):
        if fault.code == "unknown_property" and position < _LIKELY_NAMES:
            names = _likely_names(fault.declaration.dialect, _table_name(fault.declaration), fault.path)
            told.append(fault._replace(expected=" or ".join(names)))
        else:
            told.append(fault)
    return told


@lru_cache(maxsize=4096)
def _likely_names(dialect: str, type_: str, path: str) -> tuple[str, ...]:
    """`Tags` of a hosted zone -> `HostedZoneTags`; names as the tables write them."""
    parent, _, name = path.rpartition(".")
    node: Any = _node_at(dialect, type_, parent)
    known: dict[str, Any] = node.get("p", {}) if isinstance(node, dict) else {}
    if dialect not in ("cloudformation", "terraform"):
        name = plain_name(name)
    if len(name) > _LONGEST_NAME:
        return ()
    close = close_names(name, known, 2, 0.6)
    lower = name.lower()
    likely: list[str] = close or [other for other in known if len(lower) > 3 and other.lower().endswith(lower)][:2]
    written: dict[str, str] = node.get("n", {}) if isinstance(node, dict) else {}
    return tuple(written.get(one, one) for one in likely)


def _faults_of(declaration: Declaration, unread: Sequence[int], pins_older: bool) -> Iterator[Fault]:
    dialect, type_, canonical = declaration.dialect, _table_name(declaration), declaration.canonical_type
    record = type_record(dialect, type_)
    if record is None or not declaration.properties or not _certain(declaration):
        return
    unknown: dict[str, Property] = {}
    gone: dict[str, Property] = {}
    misfits: dict[str, Property] = {}
    present: dict[str, set[str]] = {}
    free = False
    places = _places(dialect, type_, canonical)
    if len(places) > _MOST_PLACES:
        places.clear()
    for fact in declaration.properties:
        path = fact.path
        place = places.get(path)
        if place is None:
            place = places[path] = _place(dialect, type_, path, canonical)
        if place is _NOWHERE:
            # A part that another file, a loop or a condition fills in: the whole is not known.
            free = True
            continue
        if place.unknown:
            if fact.line in unread:
                continue
            unknown.setdefault(place.unknown, fact)
        elif place.gone and not pins_older and fact.line not in unread:
            gone.setdefault(place.gone, fact)
        elif place.scalar is not None:
            fault = _value_fault(declaration, fact, place.scalar)
            if fault is not None:
                yield fault
        if place.misfit:
            misfits.setdefault(place.misfit, fact)
        for parent, child in place.needs:
            if parent in present:
                present[parent].add(child)
            else:
                present[parent] = {child}
    circumstance = IN_JAVASCRIPT if declaration.artifact.endswith((".js", ".mjs")) else ""
    for path, fact in misfits.items():
        if fact.line not in unread and not _given_whole(declaration.properties, path):
            needed = "one object, not a list" if path.endswith("]") else "a list"
            message = f"{type_} {POSITION.sub('', path)} must be {needed}"
            yield Fault(declaration, path, fact.line, "wrong_value_type", message, needed, circumstance)
    for name, fact in unknown.items():
        message = f"{type_} has no property {name}"
        yield Fault(declaration, name, fact.line, "unknown_property", message, "", circumstance)
    for name, fact in gone.items():
        message = f"{type_} has no property {name} since version {provider_versions().newest_pulumi} of pulumi-aws"
        expected = provider_versions().instead.get(plain_name(name), "")
        yield Fault(declaration, name, fact.line, "removed_property", message, expected, circumstance)
    cut = len(unread) >= SHORTENED or any(declaration.line <= line <= declaration.line_end for line in unread)
    if not free and not cut:
        yield from _missing(declaration, present)


def _table_name(declaration: Declaration) -> str:
    """A type's name in the tables: Terraform's data sources stand there as `data.aws_ami`."""
    is_look_up = declaration.kind == "data" and declaration.dialect == "terraform"
    return f"data.{declaration.type}" if is_look_up else declaration.type


def _certain(declaration: Declaration) -> bool:
    """Whether a host-language type names its class without doubt: by module as well as by name."""
    if declaration.dialect in ("cloudformation", "terraform"):
        return True
    if declaration.dialect == "pulumi":
        # `@pulumi/eks` and other packages have clusters of their own.
        return declaration.canonical_type.startswith(("AWS::", "aws_")) and (
            declaration.type.count(".") > 1 and "aws" in declaration.type.lower().split(".")[0:3]
        )
    if declaration.artifact.endswith((".java", ".go")) or declaration.properties[0].path[:1].isupper():
        # Builders of Java and structs of Go: what stands where is read with less certainty.
        return False
    return declaration.dialect != "cdk" or is_cdk_module(declaration.type.rpartition(".")[0])


def _missing(declaration: Declaration, present: dict[str, set[str]]) -> Iterator[Fault]:
    dialect, type_ = declaration.dialect, _table_name(declaration)
    for parent, children in present.items():
        required = _required_at(dialect, type_, parent)
        absent = required - children if required else None
        if not absent:
            continue
        if parent and _given_whole(declaration.properties, parent):
            continue
        line = declaration.line
        if parent:
            line = next(fact.line for fact in declaration.properties if fact.path.startswith(parent))
        written = _node_at(dialect, type_, parent).get("n", {})
        for plain in sorted(absent):
            if _came_or_went(dialect, type_, plain):
                continue
            name = written.get(plain, plain)
            path = f"{parent}.{name}" if parent else name
            message = f"{type_} needs {path}, which is not given"
            yield Fault(declaration, path, line, "missing_property", message, expected=name)


def _given_whole(properties: Iterable[Property], parent: str) -> bool:
    """Whether an object comes as a reference, too, or in parts that a condition or loop chooses."""
    listed = f"{parent}["
    return any(
        (fact.path == parent or (fact.path.startswith(listed) and fact.path.endswith("]"))) and not _is_made(fact.value)
        for fact in properties
    )


def _is_made(value: Scalar) -> bool:
    """Whether an object is made on the spot (`new LambdaFunctionEnvironment`), so that its properties are read."""
    return type(value) is str and value.startswith("new ")


# -------------------------------------------------------------- the schema


class _Walk(NamedTuple):
    """How far a path leads into the schema; `found` ends it: the rest says nothing more."""

    node: Any
    parent: str
    needs: tuple[tuple[str, str], ...]
    found: _Place | None = None
    misfit: str = ""


@lru_cache(maxsize=4096)
def _places(dialect: str, type_: str, canonical: str) -> dict[str, _Place]:
    """What is known of a type's paths so far; filled as they come."""
    return {}


def _place(dialect: str, type_: str, path: str, canonical: str) -> _Place:
    """What the schema says of a path; _NOWHERE where the path leaves what can be told."""
    if len(path) > LONGEST_PATH or _FREE.search(path):
        return _NOWHERE
    record = type_record(dialect, type_)
    assert record is not None
    head, dot, last = path.rpartition(".")
    walk = _walk(dialect, type_, head) if dot else _Walk(record, "", ())
    misfit = walk.misfit
    if walk.found is None:
        walk = _step(walk, last, dialect, type_, record)
    if walk.found is not None:
        return walk.found
    node = walk.node
    if path.endswith("]"):
        node = inner_node(node, record.get("d", {}))
    if isinstance(node, str) and node in "sinb":
        node = {"t": node}
    scalar = node if isinstance(node, dict) and "t" in node else None
    if not dot and (limits := number_limits(canonical, plain_name(path))):
        scalar = {**(scalar or {"t": "n"}), **limits}
    return _Place("", None if scalar == {"t": "s"} and dialect != "cdktf" else scalar, walk.needs, misfit)


@lru_cache(maxsize=_REMEMBERED)
def _walk(dialect: str, type_: str, head: str) -> _Walk:
    """The way to what stands before a path's last name, which its siblings share."""
    record = type_record(dialect, type_)
    assert record is not None
    walk = _Walk(record, "", ())
    misfit = ""
    for written in head.split("."):
        walk = _step(walk, written, dialect, type_, record)
        if walk.found is not None:
            break
        if not misfit and _is_misfit(walk.node, written, dialect, type_, record):
            misfit = walk.parent
    return walk._replace(misfit=misfit) if misfit else walk


def _is_misfit(node: Any, written: str, dialect: str, type_: str, record: dict[str, Any]) -> bool:
    """Whether objects are written as a list where one must stand, or one where a list must.

    The blocks of a bucket's lifecycle are lists since version 5.86 of the AWS provider.
    """
    if dialect != "cdktf":
        return False
    content = inner_node(node, record.get("d", {}))
    if not isinstance(content, dict) or "p" not in content:
        return False
    is_list = isinstance(node, dict) and "l" in node
    return is_list != written.endswith("]")


def _step(walk: _Walk, written: str, dialect: str, type_: str, record: dict[str, Any]) -> _Walk:
    """One name further."""
    node, parent, needs = walk.node, walk.parent, walk.needs
    bare = POSITION.sub("", written) if "[" in written else written
    host = dialect not in ("cloudformation", "terraform")
    name = plain_name(bare) if host else bare
    node = inner_node(node, record.get("d", {}))
    if not isinstance(node, dict) or "t" in node:
        return _Walk(node, parent, needs, _Place("", None, needs))
    if "m" in node:
        node = node["m"]
    else:
        if node.get("q"):
            needs = (*needs, (parent, name))
        inner = node.get("p", {}).get(name)
        if inner is None:
            if (not parent and name in _heads(dialect)) or node.get("o") or "p" not in node:
                return _Walk(node, parent, needs, _Place("", None, needs))
            if not parent and _came_or_went(dialect, type_, name):
                return _Walk(node, parent, needs, _Place("", None, needs, gone=bare if dialect == "pulumi" else ""))
            unknown = f"{parent}.{bare}" if parent else bare
            return _Walk(node, parent, needs, _Place(POSITION.sub("", unknown), None, needs))
        node = inner
    return _Walk(node, f"{parent}.{written}" if parent else written, needs)


def _heads(dialect: str) -> frozenset[str]:
    return _HEADS.get(dialect, _HOST_HEADS)


@lru_cache(maxsize=_REMEMBERED)
def _required_at(dialect: str, type_: str, parent: str) -> frozenset[str]:
    node = _node_at(dialect, type_, parent)
    return frozenset(node.get("q", ())) if isinstance(node, dict) else frozenset()


def _node_at(dialect: str, type_: str, parent: str) -> Any:
    """The schema's node of a known object, "" being the type itself."""
    record = type_record(dialect, type_) or {}
    host = dialect not in ("cloudformation", "terraform")
    definitions = record.get("d", {})
    node: Any = record
    for written in parent.split(".") if parent else ():
        bare = POSITION.sub("", written)
        node = inner_node(node, definitions)
        if not isinstance(node, dict):
            return None
        node = node["m"] if "m" in node else node.get("p", {}).get(plain_name(bare) if host else bare)
    return inner_node(node, definitions)


def _came_or_went(dialect: str, type_: str, name: str) -> bool:
    """Whether only an older version of the provider, which a response may ask for, has a property."""
    if dialect == "terraform":
        return name in provider_versions().properties.get(type_, ())
    if dialect not in ("cdktf", "pulumi"):
        return False
    # Pulumi's class has Terraform's words in its module and name: `aws.apigateway.Deployment`.
    last = plain_name(type_.rpartition(".")[2])
    older = provider_versions().plain_properties
    return any(kind.endswith(last) and name in names for kind, names in older.items())


# -------------------------------------------------------------- the values


def _value_fault(declaration: Declaration, fact: Property, scalar: dict[str, Any]) -> Fault | None:
    value = fact.value
    if value is None or (type(value) is str and ("${" in value or value in ("", "[]", "{}"))):
        return None
    letter = scalar["t"]
    if letter in "in":
        return _number_fault(declaration, fact, scalar)
    if letter == "b":
        if isinstance(value, str) and value.lower() not in _TRUTHS and declaration.dialect == "cloudformation":
            return _fault(declaration, fact, "wrong_value_type", "must be true or false", "true or false")
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    allowed = scalar.get("e")
    if allowed and not _allowed(text, allowed, bool(scalar.get("i"))):
        return _enum_fault(declaration, fact, text, allowed)
    if len(text) > scalar.get("xl", len(text)):
        limit = scalar["xl"]
        return _fault(declaration, fact, "value_out_of_range", f"is longer than {limit}", f"at most {limit} characters")
    return None


def _allowed(text: str, allowed: list[Scalar], any_case: bool) -> bool:
    if any_case:
        lower = text.lower()
        return any(str(one).lower() == lower for one in allowed)
    return text in allowed or any(str(one) == text for one in allowed)


def _enum_fault(declaration: Declaration, fact: Property, text: str, allowed: list[Scalar]) -> Fault | None:
    if fact.path == "Runtime" and text in outdated_runtimes():
        return None
    some = ", ".join(str(one) for one in allowed[:12]) + (", …" if len(allowed) > 12 else "")
    return _fault(declaration, fact, "value_not_allowed", "is not one of the allowed values", some)


def _number_fault(declaration: Declaration, fact: Property, scalar: dict[str, Any]) -> Fault | None:
    value = fact.value
    if isinstance(value, bool):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        if declaration.dialect != "cloudformation":
            return None
        return _fault(declaration, fact, "wrong_value_type", "must be a number", "a number")
    if number <= 0 and declaration.dialect != "cloudformation":
        # Providers take 0 and -1 for `not set`: a log group with retention 0 keeps its events.
        return None
    allowed = scalar.get("e")
    if allowed and not any(number == one for one in allowed):
        return _enum_fault(declaration, fact, str(value), allowed)
    low, high = scalar.get("lo"), scalar.get("hi")
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = f"{'' if low is None else low}–{'' if high is None else high}".strip("–")
        if low is not None and high is None:
            bounds = f"at least {low}"
        elif low is None:
            bounds = f"at most {high}"
        return _fault(declaration, fact, "value_out_of_range", f"is outside {bounds}", bounds)
    return None


def _fault(declaration: Declaration, fact: Property, code: str, says: str, expected: str) -> Fault:
    shown = str(fact.value)
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    return Fault(
        declaration, fact.path, fact.line, code, f"{declaration.type} {fact.path} {shown} {says}", expected=expected
    )
