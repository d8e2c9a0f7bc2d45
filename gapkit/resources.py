"""One side of a comparison: declarations with paths, values and references made comparable.

Logical ids and variable names never reach a comparable value: `${Queue.Arn}` becomes `${AWS::SQS::Queue.arn}`, a
parameter with a default becomes its default.  So a renamed resource is the same resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import ascii_letters
from typing import NamedTuple

from gapkit.memo import Remembered
from gapkit.models import SEVERITIES, Artifact, Declaration, Problem, Scalar
from gapkit.validity import Finding

_HOLE = re.compile(r"\$\{([^{}]*)\}")
_INDEX = re.compile(r"\[[^\]]*+(?:\]|\Z)")  # one that is not closed goes to the end: each `[` is looked at once
_KEYED = re.compile(r"^(.*)\[(\d+)\]\.(Key|Value|key|value|Name|name)$")
_NAMED = re.compile(r"[A-Za-z_](?<![\w.\"'/-][A-Za-z_])\w*(?:\.\w+)*")
# The id of a construct that an expression makes: `new Role(this, 'Role', …)`, `Role(self, "Role", …)`; without a scope
# only a resource has one (`new aws.sns.Topic("name")`): in `new ServicePrincipal("…")` the text is what counts.
_ID = re.compile(
    r"""(\bnew aws\w*\.[\w.]+\(\s*|\bnew [\w.]+\(\s*\w+,\s*|\(\s*(?:self|this|scope),\s*)[\"'`][^\"'`]*[\"'`]"""
)
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_WORD = re.compile(r"[A-Za-z0-9]+")
ATTRIBUTE_WORDS = frozenset({"id", "arn", "name", "ref", "value", "resourceid"})


class Item(NamedTuple):
    """One normalised property: path without case, separators and indices; value with canonical references."""

    path: str
    value: Scalar
    raw_path: str
    raw_value: Scalar
    line: int


@dataclass(slots=True)
class Resource:
    """A declaration made comparable; `refs` are the canonical types that its values refer to."""

    declaration: Declaration
    type: str
    kind: str
    items: tuple[Item, ...]
    refs: frozenset[str]
    ref_names: frozenset[str] = frozenset()
    keys: frozenset[tuple[str, Scalar]] = field(default_factory=frozenset)
    resolver: _Resolver | None = None
    _content: str | None = None
    _path_lines: str | None = None

    @property
    def path_lines(self) -> str:
        """All normalised paths as one text, to find out at once that a pattern matches none."""
        if self._path_lines is None:
            self._path_lines = path_lines([item[0] for item in self.items])
        return self._path_lines

    @property
    def names(self) -> frozenset[str]:
        """What others may call it by: its name and the variable that holds it."""
        return frozenset([name for name in (self.declaration.name, self.declaration.variable) if name])

    @property
    def content(self) -> str:
        """What it says, to order resources by whatever they are called and wherever they stand."""
        if self._content is None:
            self._content = "\n".join(sorted([f"{item[0]}={item[1]}" for item in self.items]))
        return self._content

    def written(self, value: Scalar) -> str | None:
        """A value that refers to something, or calls it, as it is written but for the names of resources; None for any
        other."""
        if self.resolver is None or not isinstance(value, str) or ("${" not in value and value[-1:] != ")"):
            return None
        return self.resolver.written(value)


def path_lines(paths: Iterable[str]) -> str:
    """Paths as one text: each after a line break, with a dot on either side."""
    return "".join(["\n." + (path.replace("\n", " ") if "\n" in path else path) + "." for path in paths])


def places_of(text: str, lines: str) -> list[int]:
    """The places of the paths that hold a text, as `path_lines` writes them."""
    places: list[int] = []
    at = lines.find(text)
    seen, place = 0, -1
    while at >= 0:
        place += lines.count("\n", seen, at + 1)
        seen = at + 1
        places.append(place)
        line_end = lines.find("\n", at + 1)
        at = lines.find(text, line_end) if line_end >= 0 else -1
    return places


_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)?")
_PASSING_ON = ("local", "module", "output")


def names_referred_to(values: Iterable[Scalar]) -> frozenset[str]:
    """The names that stand in values with references, each with and without what is asked of it."""
    names: set[str] = set()
    for value in values:
        if type(value) is str and "${" in value:
            for name in _NAME.findall(value):
                names.update((name, name.partition(".")[0]))
    return frozenset(names)


@dataclass(slots=True)
class Side:
    """Everything that one response declares, ready to be asked."""

    resources: tuple[Resource, ...]
    by_type: dict[str, list[Resource]]
    by_name: dict[str, Declaration]
    text: str = ""
    sources: tuple[Artifact, ...] = ()
    findings: tuple[Finding, ...] = ()
    faults: Mapping[int, str] = field(default_factory=dict)
    stops: tuple[Problem, ...] = ()
    """Where the code does not parse, or imports what is not there: what its language would stop at."""

    named_by: dict[object, object] = field(default_factory=dict)
    """What rules of knowledge find named, filled as they are asked."""

    _by_path: dict[str, list[tuple[Resource, Item]]] | None = None
    _paths: tuple[list[str], str] | None = None
    _by_kind: dict[str, list[Resource]] | None = None
    _values: str | None = None
    _passed_on: frozenset[str] | None = None

    @property
    def by_kind(self) -> dict[str, list[Resource]]:
        """The resources of each kind of declaration."""
        if self._by_kind is None:
            found: dict[str, list[Resource]] = {}
            for resource in self.resources:
                found.setdefault(resource.kind, []).append(resource)
            self._by_kind = found
        return self._by_kind

    @property
    def values(self) -> str:
        """All distinct values, resolved, in lower case, each on a line of its own after a line break."""
        if self._values is None:
            texts = dict.fromkeys([str(item[1]) for resource in self.resources for item in resource.items])
            self._values = ("\n" + "\n".join(texts)).lower()
        return self._values

    @property
    def passed_on(self) -> frozenset[str]:
        """The names in the references of what passes values on: locals, modules, outputs (not a template's: those are
        for people)."""
        if self._passed_on is None:
            self._passed_on = names_referred_to(
                item.raw_value
                for kind in _PASSING_ON
                for resource in self.by_kind.get(kind, ())
                if resource.declaration.dialect != "cloudformation"
                for item in resource.items
            )
        return self._passed_on

    @property
    def by_path(self) -> dict[str, list[tuple[Resource, Item]]]:
        """Every normalised path, with the properties that stand there."""
        if self._by_path is None:
            found: dict[str, list[tuple[Resource, Item]]] = {}
            for resource in self.resources:
                for item in resource.items:
                    found.setdefault(item[0], []).append((resource, item))
            self._by_path = found
        return self._by_path

    @property
    def paths(self) -> tuple[list[str], str]:
        """The distinct normalised paths, and all of them as one text (`path_lines`) to look patterns up in."""
        if self._paths is None:
            paths = list(self.by_path)
            self._paths = paths, path_lines(paths)
        return self._paths

    @property
    def empty(self) -> bool:
        return not self.resources


def _normalised(path: str) -> str:
    return _INDEX.sub("", path).replace("_", "").replace("-", "").replace("()", "").lower()


_normal_paths = Remembered(_normalised, 100_000)


def normal_path(path: str) -> str:
    """`VpcConfig.SubnetIds[0]`, `vpc_config.subnet_ids` → `vpcconfig.subnetids`."""
    return _normal_paths.of(path)


_TRUTHS = {"true": True, "yes": True, "enabled": True, "false": False, "no": False, "disabled": False}
_LETTERS = frozenset(ascii_letters)


def normal_scalar(value: Scalar) -> Scalar:
    """Booleans and numbers written as text become what they mean; other text loses outer blanks."""
    if isinstance(value, str):
        text = value.strip()
        if 1 < len(text) < 9:
            truth = _TRUTHS.get(text.lower())
            if truth is not None:
                return truth
        if len(text) < 20 and text[:1] not in _LETTERS and _NUMBER.match(text):
            return float(text) if "." in text else int(text)
        return text
    return value


def _reference_names(declarations: Iterable[Declaration]) -> dict[str, Declaration]:
    """What a reference may be called by: logical id, block address, host variable, construct id."""
    names: dict[str, Declaration] = {}
    for declaration in declarations:
        kind, name = declaration.kind, declaration.name
        if kind in ("call", "import", "function", "output", "metadata", "step"):
            continue
        if declaration.dialect == "terraform":
            if kind == "resource":
                names.setdefault(f"{declaration.type}.{name}", declaration)
            elif kind == "data":
                names.setdefault(f"data.{declaration.type}.{name}", declaration)
            elif kind == "parameter":
                names.setdefault(f"var.{name}", declaration)
            else:
                names.setdefault(f"{kind}.{name}", declaration)
        else:
            if declaration.variable:
                names.setdefault(declaration.variable, declaration)
            if name:
                names.setdefault(name, declaration)
    return names


_DEFAULTS = {"Default", "default", "defaultValue", "default_value", "value"}


def _default_of(declaration: Declaration) -> Scalar:
    for prop in declaration.properties:
        if prop.path in _DEFAULTS:
            return prop.value
    return None


class Sides(NamedTuple):
    """Both responses of a sample, made comparable."""

    model: Side
    ideal: Side


class _Resolver:
    """Turns the holes of one side's values into canonical references and defaults."""

    def __init__(self, names: dict[str, Declaration]) -> None:
        self.names = names
        self.calls: dict[str, str] = {}
        self.cache: dict[str, tuple[Scalar, frozenset[str], frozenset[str]]] = {}
        self.holes: dict[str, tuple[str, Scalar, str | None, str | None]] = {}

    def find(self, expression: str) -> tuple[Declaration | None, str]:
        text = expression.strip()
        for prefix in ("this.", "self.", "aws_cdk."):
            text = text.removeprefix(prefix)
        if text in self.names:
            return self.names[text], ""
        parts = text.replace("[", ".").split(".")
        for size in (4, 3, 2, 1):
            if len(parts) >= size:
                head = ".".join(parts[:size])
                if head in self.names:
                    return self.names[head], ".".join(parts[size:])
        return None, ""

    def hole(self, expression: str) -> tuple[str, Scalar, str | None, str | None]:
        """Canonical text, resolved default (None: none), canonical type and name referred to."""
        known = self.holes.get(expression)
        if known is not None:
            return known
        declaration, attribute = self.find(expression)
        result: tuple[str, Scalar, str | None, str | None]
        if declaration is None:
            fallback = expression.rpartition("|")[2].strip("\"' ") if "|" in expression else None
            text = self._nameless(expression.replace("this.", "").replace("self.", ""))
            result = ("${" + text + "}", fallback, None, None)
        elif declaration.kind in ("parameter", "local"):
            default = _default_of(declaration)
            if isinstance(default, str) and "${" in default:
                default = None
            result = ("${" + declaration.kind + "}", default, None, None)
        else:
            said = self._nameless(attribute) if "(" in attribute else attribute
            words = [w for w in _WORD.findall(said.lower()) if not w.isdigit()]
            tail = "." + words[-1] if words and words[-1] not in ATTRIBUTE_WORDS else ""
            canonical = declaration.canonical_type
            result = ("${" + canonical + tail + "}", None, canonical, declaration.name)
        self.holes[expression] = result
        return result

    def _nameless(self, expression: str) -> str:
        """An expression with the canonical types of resources for their names, and one kind of quotes."""

        def replace(match: re.Match[str]) -> str:
            declaration, attribute = self.find(match[0])
            if declaration is None or declaration.kind not in ("resource", "data", "module"):
                return match[0]
            return f"{declaration.canonical_type}.{attribute}" if attribute else declaration.canonical_type

        named = _NAMED.sub(replace, expression)
        return (_ID.sub(_before_id, named) if "(" in named else named).replace("'", '"')

    def written(self, value: str) -> str:
        """A value as it is written, but for the names of resources."""

        def replace(match: re.Match[str]) -> str:
            text, _, canonical, _ = self.hole(match[1])
            return text if canonical else match[0]

        computed = value[-1] == ")" or _is_expression(value)
        return _HOLE.sub(replace, self._nameless(value) if computed else value)

    def call(self, value: str) -> str:
        """A call in the host language, which may be given resources by their names."""
        known = self.calls.get(value)
        if known is None:
            known = self.calls[value] = self._nameless(value.strip())
        return known

    def value(self, value: Scalar) -> tuple[Scalar, frozenset[str], frozenset[str]]:
        if not isinstance(value, str):
            return value, _NONE, _NONE
        if "${" not in value:
            return normal_scalar(value), _NONE, _NONE
        written = value
        known = self.cache.get(written)
        if known is not None:
            return known
        refs: list[str] = []
        names: list[str] = []

        def replace(match: re.Match[str]) -> str:
            text, default, canonical, name = self.hole(match.group(1))
            if canonical:
                refs.append(canonical)
                names.append(name or "")
            return str(default) if default is not None and default != "" else text

        if _is_expression(value):
            value = self._nameless(value)
        text: Scalar = normal_scalar(_HOLE.sub(replace, value))
        result = (text, frozenset(refs), frozenset(names))
        self.cache[written] = result
        return result


def _before_id(match: re.Match[str]) -> str:
    return match[1]


def _is_expression(value: str) -> bool:
    """Whether a value is one expression with braces of its own."""
    return value[:2] == "${" and value[-1] == "}" and 0 < value.find("{", 2) < value.find("}")


_NONE: frozenset[str] = frozenset()
_HOSTED = frozenset({"cdk", "cdktf", "pulumi"})
_is_call = re.compile(r"(?:new\s)?[A-Za-z_][\w.]*\(").match
_KEY_ENDS = frozenset({"].Key", "].key"})
SHORT = 64
_new = tuple.__new__  # a NamedTuple's own constructor costs three times as much


def _items(declaration: Declaration, resolver: _Resolver) -> tuple[tuple[Item, ...], frozenset[str], frozenset[str]]:
    items: list[Item] = []
    refs: set[str] = set()
    names: set[str] = set()
    properties = declaration.properties
    keyed = {p[0][:-4]: p[1] for p in properties if p[0][-5:] in _KEY_ENDS and type(p[1]) is str}
    hosted = declaration.dialect in _HOSTED
    for path, value, line in properties:
        normal = normal_path(path)
        if keyed:
            if path[:-4] in keyed and path[-4:] in (".Key", ".key"):
                continue
            if path[-6:] in (".Value", ".value") and path[:-6] in keyed:
                base = path[:-6]
                key = normal_path(str(keyed[base]).replace(".", ""))
                normal = f"{normal_path(base[: base.rindex('[')])}.{key}"
        resolved = value
        if type(value) is str:
            if "${" in value:
                resolved, value_refs, value_names = resolver.value(value)
                if value_refs:
                    refs |= value_refs
                    names |= value_names
            elif path[:9] == "DependsOn":
                # A logical id without a hole around it.
                found, value_refs, value_names = resolver.value("${" + value + "}")
                if value_refs:
                    resolved = found
                    refs |= value_refs
                    names |= value_names
            elif hosted and value[-1:] == ")" and _is_call(value) is not None:
                resolved = resolver.call(value)
            else:
                resolved = normal_scalar(value) if len(value) < SHORT else value.strip()
        items.append(_new(Item, (normal, resolved, path, value, line)))
    return tuple(items), frozenset(refs) if refs else _NONE, frozenset(names) if names else _NONE


def build_side(declarations: tuple[Declaration, ...], sources: tuple[Artifact, ...] = ()) -> Side:
    """The comparable resources of one response, in source order; a repeated identical declaration counts once.

    `sources` are the artifacts that they stand in.
    """
    names = _reference_names(declarations)
    resolver = _Resolver(names)
    resources: list[Resource] = []
    by_type: dict[str, list[Resource]] = {}
    seen: set[tuple[str, str, str, frozenset[tuple[str, Scalar]]]] = set()
    for declaration in declarations:
        items, refs, ref_names = _items(declaration, resolver)
        keys = frozenset([(item[0], item[1]) for item in items])
        identity = (declaration.kind, declaration.type, declaration.name, keys)
        if identity in seen:
            continue
        seen.add(identity)
        canonical = declaration.canonical_type
        if declaration.kind == "call" and declaration.owner in names:
            canonical = names[declaration.owner].canonical_type
        resource = Resource(declaration, canonical, declaration.kind, items, refs, ref_names, keys, resolver)
        resources.append(resource)
        by_type.setdefault(canonical, []).append(resource)
    text = "\n".join([source.name.lower() for source in sources])
    return Side(tuple(resources), by_type, names, text, sources)


def written_out(resource: Resource, value: str, depth: int = 3) -> tuple[str, bool]:
    """A value with what its parameters and locals say behind it, and whether it is put together from something that
    cannot be seen."""
    texts, unseen = [value], False
    for hole in _HOLE.findall(value) if resource.resolver is not None else ():
        declaration = resource.resolver.find(hole)[0] if resource.resolver is not None else None
        if declaration is None:
            unseen = unseen or not hole.startswith(_PROVIDED)
        elif declaration.kind in ("resource", "data", "module"):
            unseen = unseen or value == f"${{{hole}}}"  # another one's name
        elif declaration.kind in ("parameter", "local", "mapping") and depth:
            for _, said, _ in declaration.properties:
                if isinstance(said, str):
                    text, hidden = written_out(resource, said, depth - 1)
                    texts.append(text)
                    unseen = unseen or hidden
    return " ".join(texts), unseen


_PROVIDED = ("AWS::", "aws_", "random_", "data.", "each.", "count.", "path.", "terraform.")

STOPPING = ("broken_code", "unknown_import")


def with_findings(side: Side, findings: tuple[Finding, ...], problems: Sequence[Problem] = ()) -> Side:
    """The side with what cannot be deployed, or cannot work, as declared, and how much of it could not be read."""
    faults: dict[int, str] = {}
    for finding in findings:
        known = faults.get(id(finding.declaration), "none")
        faults[id(finding.declaration)] = max(known, finding.severity, key=SEVERITIES.index)
    stops = tuple(problem for problem in problems if problem.code in STOPPING)
    return replace(side, findings=findings, faults=faults, stops=stops)
