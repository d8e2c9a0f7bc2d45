"""Differences, invalid code and open requirements → ranked gaps, each with severity, category, impact and fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gapkit.compare import Difference
from gapkit.evidence import place_value
from gapkit.fault_kinds import fault_harm, fault_severity, told_apart
from gapkit.models import Coverage, Declaration, Gap, Problem
from gapkit.resources import STOPPING, Item, Resource, Side, normal_path
from gapkit.severity import (
    RANK,
    code_name,
    construct_name,
    declaration_severity,
    harm_of,
    is_plain,
    part_of,
    property_severity,
    ranking,
    type_category,
    worst,
)
from gapkit.validity import Finding

LABELS = {"resource": "resource", "data": "data source", "call": "call"}
REPEATS = 4
FAULT_LENGTH = 30  # of a message, by which faults are alike
LISTED_KINDS = frozenset({"output", "parameter", "local", "condition", "mapping", "metadata"})
LISTED_TOGETHER = 2
NAMES = 8  # that a title shows
NO_CODE = frozenset({"function", "import", "call", "local"})  # kinds that declare no infrastructure
PROGRAM = (f"{LABELS['call']} ", "module ")  # how what was found begins where it is the program's and no resource
VERBS = {
    "missing": ("lacks", "lack"),
    "different": ("differs in", "differ in"),
    "extra": ("adds", "add"),
}  # of one, of several


class Link:
    """The requirement that a resource serves, and how strongly (0–1)."""

    __slots__ = ("category", "requirement_id", "severity", "strength")

    def __init__(self, requirement_id: str, strength: float, category: str, severity: str) -> None:
        self.requirement_id = requirement_id
        self.strength = strength
        self.category = category
        self.severity = severity


def shown_type(declaration: Declaration) -> str:
    """The type as people call it: `Outputs`, `variable`, `provider.aws`; that of a resource as it is written."""
    return construct_name(declaration.dialect, declaration.kind, declaration.type)


def _type_of(resource: Resource) -> str:
    """The type as people call it; of a call, with the type that it is made on."""
    type_ = shown_type(resource.declaration)
    on_resource = resource.kind == "call" and "::" in resource.type and resource.type != type_
    return f"{resource.type}.{type_}" if on_resource else type_


def _subject(resource: Resource) -> str:
    declaration = resource.declaration
    kind = LABELS.get(declaration.kind, declaration.kind)
    type_ = _type_of(resource)
    # An output is an output, whatever its dialect calls it; a provider's or a call's type says more than its kind.
    plain = declaration.kind in LISTED_KINDS or kind in type_.split(".")
    subject = (kind if declaration.kind in LISTED_KINDS else type_) if plain else f"{kind} {type_}"
    return f"{subject} “{declaration.name}”" if declaration.name else subject


def _prefix(paths: Sequence[str]) -> str:
    """What some paths share, to the list or block that holds all of them."""
    if len(paths) == 1:
        return paths[0]
    shared = ""
    for segments in zip(*(p.split(".") for p in paths), strict=False):
        if len(set(segments)) > 1:
            names = {segment.partition("[")[0] for segment in segments}
            return f"{shared}.{names.pop()}".strip(".") if len(names) == 1 else shared or paths[0].split(".")[0]
        shared = f"{shared}.{segments[0]}" if shared else segments[0]
    return shared


def _shown_path(item: Item, resource: Resource) -> str:
    """The path as written; in a list of keys and values the key tells the place: `Tags[Team].Value`."""
    path = item.raw_path
    if path[-7:] not in ("].Value", "].value") or item.path.endswith("value"):
        return path
    stem = path[:-6]
    keys = (stem + ".Key", stem + ".key")
    key = next((p.value for p in resource.declaration.properties if p.path in keys), None)
    return path if key is None else f"{stem[: stem.rindex('[')]}[{key}]{path[-6:]}"


def _head(item: Item) -> str:
    return item.path.split(".")[0]


def _whole_severity(change: str, resource: Resource, link: Link | None) -> str:
    severity = declaration_severity(resource.kind, change)
    if change == "missing" and link and link.severity != "none" and link.strength >= 0.5:
        severity = worst((severity, link.severity)) if resource.kind == "resource" else severity
    return severity


def _whole(change: str, resource: Resource, links: Mapping[int, Link], parts: Sequence[Resource] = ()) -> Gap:
    """A gap for a declaration that one side lacks, with its parts that go with it."""
    declaration = resource.declaration
    link = links.get(id(resource))
    if link is None:
        of_parts = [links[id(part)] for part in parts if id(part) in links]
        link = min(of_parts, key=lambda each: (-each.strength, each.requirement_id), default=None)
    severity = worst(_whole_severity(change, each, links.get(id(each))) for each in (resource, *parts))
    category = link.category if link else type_category(resource.type)
    telling = sorted(resource.items, key=lambda i: -RANK[property_severity(i.path, resource.type)[0]])
    summary = ", ".join(f"{i.raw_path} = {place_value(i.raw_value)}" for i in telling[:4])
    subject = _subject(resource)
    missing = change == "missing"
    types = sorted({shown_type(part.declaration) for part in parts})
    lead = f"{'No' if missing else 'Extra'} {subject}" + (f" with its {', '.join(types)}" if types else "")
    return Gap(
        gap_id="",
        requirement_id=link.requirement_id if link else None,
        rank=0,
        title=lead[:240],
        kind=change,
        resource_type=_type_of(resource),
        canonical_type=resource.type,
        resource_name=declaration.name,
        property_path=None,
        expected=f"{subject}: {summary}" if missing else None,
        found=None if missing else f"{subject}: {summary}",
        severity=severity,
        category=category,
        impact=harm_of(category),
        fix=f"Add the {subject} as the ideal declares it."
        if missing
        else f"Check whether the {subject} is wanted; the ideal has none.",
        model_line=None if missing else declaration.line,
        ideal_line=declaration.line if missing else None,
        confidence=0.8 if link else 0.6,
    )


def _property(change: str, rows: Sequence[Difference], link: Link | None) -> Gap:
    ideal, model = rows[0].ideal, rows[0].model
    assert ideal is not None and model is not None
    severity, category = worst_property([i for r in rows if (i := r.ideal_item or r.model_item)], ideal.type)
    if change == "extra":
        severity = "low"
    wanted = [(_shown_path(r.ideal_item, ideal), r.ideal_item) for r in rows if r.ideal_item]
    present = [(_shown_path(r.model_item, model), r.model_item) for r in rows if r.model_item]
    raw = [path for path, _ in wanted or present]
    path = _prefix(raw)
    leaves = ", ".join(dict.fromkeys(p[len(path) :].strip(".") or p.rpartition(".")[2] for p in raw[:6]))
    expected = "; ".join(f"{p} = {place_value(item.raw_value)}" for p, item in wanted[:5])
    found = "; ".join(f"{p} = {place_value(item.raw_value)}" for p, item in present[:5])
    declaration = model.declaration
    type_ = _type_of(model)
    names = list(dict.fromkeys([r.model.declaration.name for r in rows if r.model is not None]))
    several = len(names) > 1
    where = ", ".join([f"“{name}”" for name in names[:NAMES]])
    where = f"{declaration.kind.capitalize()}s {where}" if several else f"{type_} {where}"
    return Gap(
        gap_id="",
        requirement_id=link.requirement_id if link else None,
        rank=0,
        title=f"{where} {VERBS[change][several]} {path or 'arguments'}" + (f" ({leaves})" if len(set(raw)) > 1 else ""),
        kind=change,
        resource_type=type_,
        canonical_type=model.type,
        resource_name=", ".join(names)[:400] if several else declaration.name,
        property_path=path,
        expected=expected or None,
        found=found or None,
        severity=severity,
        category=link.category if link and link.strength > 0.6 else category,
        impact=harm_of(category),
        fix=f"Set {expected} on {where}." if expected else f"Check whether {path} on {where} is wanted.",
        model_line=next((r.model_item.line for r in rows if r.model_item), declaration.line),
        ideal_line=next((r.ideal_item.line for r in rows if r.ideal_item), ideal.declaration.line),
        confidence=0.7,
    )


def worst_property(items: Iterable[Item], canonical_type: str) -> tuple[str, str]:
    """Severity and category of the property that matters most."""
    return max(
        (property_severity(i.path, canonical_type) for i in items),
        key=lambda pair: RANK[pair[0]],
        default=("low", "other"),
    )


def _together(change: str, resources: Sequence[Resource]) -> Gap:
    """One gap for several outputs (parameters, variables …) that one side lacks."""
    first = resources[0].declaration
    missing = change == "missing"
    names = ", ".join(r.declaration.name for r in resources)
    kind = f"{first.kind}s"
    category = "documentation-outputs" if first.kind == "output" else type_category(resources[0].type)
    return Gap(
        gap_id="",
        requirement_id=None,
        rank=0,
        title=f"{'No' if missing else 'Extra'} {kind} {names}"[:240],
        kind=change,
        resource_type=shown_type(first),
        canonical_type=None,
        resource_name=names[:400],
        property_path=None,
        expected=f"{len(resources)} {kind}: {names}"[:400] if missing else None,
        found=None if missing else f"{len(resources)} {kind}: {names}"[:400],
        severity=declaration_severity(first.kind, change),
        category=category,
        impact=harm_of(category),
        fix=f"Add the {kind} as the ideal declares them." if missing else f"Check whether these {kind} are wanted.",
        model_line=None if missing else first.line,
        ideal_line=first.line if missing else None,
        confidence=0.7,
    )


def _parts_of(resources: Sequence[Resource]) -> dict[int, list[Resource]]:
    """Of resources that one side lacks, per resource its parts: a bucket's policy, what routes a route table holds."""
    by_name: dict[str, list[Resource]] = {}
    for resource in resources:
        if resource.kind == "resource":
            for name in resource.names:
                by_name.setdefault(name, []).append(resource)
    owners: dict[int, Resource] = {}
    for resource in resources:
        owner_name = resource.declaration.owner if resource.kind == "call" else None
        if owner_name in by_name:
            owners[id(resource)] = by_name[owner_name][0]
            continue
        if resource.kind != "resource" or not resource.ref_names:
            continue
        wholes = part_of(resource.type)
        known = [
            o for name in resource.ref_names for o in by_name.get(name, ()) if o.type in wholes and o is not resource
        ]
        if known:
            owners[id(resource)] = min(
                known, key=lambda o: (wholes.index(o.type), o.content, o.declaration.artifact, o.declaration.line)
            )
    parts: dict[int, list[Resource]] = {}
    for resource in resources:
        above = [resource]
        while id(above[-1]) in owners and len(above) < len(resources):
            above.append(owners[id(above[-1])])
        if len(above) > 1:  # a method's integration goes with the API that the method is a part of
            parts.setdefault(id(above[-1]), []).append(resource)
    return parts


def difference_gaps(differences: Iterable[Difference], links: Mapping[int, Link]) -> list[Gap]:
    """A gap per whole declaration that one side lacks, and per differing top-level property of a matched one."""
    gaps: list[Gap] = []
    groups: dict[tuple[int | str, str, str], list[Difference]] = {}
    named: dict[tuple[str, str], list[Resource]] = {}
    alone: dict[str, list[Resource]] = {}
    for row in differences:
        resource = row.ideal or row.model
        assert resource is not None
        if row.ideal_item is None and row.model_item is None:
            if resource.kind in LISTED_KINDS:
                named.setdefault((resource.kind, row.change), []).append(resource)
            else:
                alone.setdefault(row.change, []).append(resource)
        else:
            item = row.ideal_item or row.model_item
            assert item is not None
            # Outputs and parameters are many and alike: one gap for all that lack a description.
            of = resource.kind if resource.kind in LISTED_KINDS else id(resource)
            groups.setdefault((of, _head(item), row.change), []).append(row)
    for (_, change), resources in named.items():
        if len(resources) > LISTED_TOGETHER:
            gaps.append(_together(change, resources))
        else:
            gaps.extend(_whole(change, r, links) for r in resources)
    for change, resources in alone.items():
        parts = _parts_of(resources)
        taken = {id(part) for each in parts.values() for part in each}
        gaps.extend(_whole(change, r, links, parts.get(id(r), ())) for r in resources if id(r) not in taken)
    for (of, _, change), rows in groups.items():
        gaps.append(_property(change, rows, links.get(of) if isinstance(of, int) else None))
    return gaps


def invalid_gaps(model: Side, ideal: Side, links: Mapping[int, Link]) -> list[Gap]:
    """A gap per finding in the response; what the ideal does in the same way is left out: it is known to work."""
    tolerated = {_tolerance(finding) for finding in ideal.findings}
    resources = {id(r.declaration): r for r in model.resources}
    gaps = []
    for finding in model.findings:
        declaration = finding.declaration
        if _tolerance(finding) in tolerated:
            continue
        resource = resources.get(id(declaration))
        link = links.get(id(resource)) if resource is not None else None
        gaps.append(
            Gap(
                gap_id="",
                requirement_id=link.requirement_id if link else None,
                rank=0,
                title=f"{declaration.type} “{declaration.name}”: {finding.message}",
                kind="invalid",
                resource_type=declaration.type,
                canonical_type=declaration.canonical_type,
                resource_name=declaration.name,
                property_path=finding.property_path or None,
                expected=finding.expected or None,
                found=finding.message,
                severity=finding.severity,
                category="deployability",
                impact=fault_harm(finding.severity),
                fix=f"Use {finding.expected}." if finding.expected else "Correct or remove it.",
                model_line=finding.line,
                ideal_line=None,
                confidence=0.9,
            )
        )
    return gaps


def _tolerance(finding: Finding) -> tuple[str, str, str, str]:
    """What two findings have in common where they are one fault."""
    said = finding.message if finding.code in told_apart() else ""
    return finding.declaration.canonical_type, normal_path(finding.property_path), finding.code, said


def empty_gaps(model: Side, ideal: Side) -> list[Gap]:
    """A gap for a response that declares nothing, where the ideal does."""
    if model.stops or not NO_CODE.issuperset(model.by_kind) or "resource" not in ideal.by_kind:
        return []
    dialects = Counter(r.declaration.dialect for r in ideal.by_kind["resource"])
    named = code_name(min(dialects, key=lambda d: (-dialects[d], d)))
    resources = ideal.by_kind["resource"]
    return [
        Gap(
            gap_id="",
            requirement_id=None,
            rank=0,
            title=f"The answer delivers no {named}, only prose",
            kind="invalid",
            resource_type=None,
            canonical_type=None,
            resource_name=None,
            property_path=None,
            expected=f"a full {named} with {len(resources)} resources",
            found="no code that declares anything",
            severity="critical",
            category="deployability",
            impact=harm_of("deployability"),
            fix=f"Answer with a complete {named}.",
            model_line=None,
            ideal_line=resources[0].declaration.line,
            confidence=0.9,
        )
    ]


STOP_TITLES = {"broken_code": "The code does not parse", "unknown_import": "The code imports what is not there"}


def stop_gaps(model: Side, ideal: Side) -> list[Gap]:
    """A gap per kind of place that a language stops at, where the ideal has none of the kind."""
    tolerated = {problem.code for problem in ideal.stops}
    gaps = []
    for code in STOPPING:
        found = [problem for problem in model.stops if problem.code == code]
        if not found or code in tolerated:
            continue
        message = found[0].message.partition(": ")[2] or found[0].message
        where = _where(found[0], model) if code == "broken_code" else ""
        gaps.append(
            Gap(
                gap_id="",
                requirement_id=None,
                rank=0,
                title=f"{STOP_TITLES[code]}{where}: {message}"[:240],
                kind="invalid",
                resource_type=None,
                canonical_type=None,
                resource_name=None,
                property_path="import" if code == "unknown_import" else None,
                expected=None,
                found=f"{len(found)} such places" if len(found) > 1 else message,
                severity=fault_severity(code),
                category="deployability",
                impact=fault_harm(fault_severity(code)),
                fix="Correct or complete the code at this line.",
                model_line=found[0].line,
                ideal_line=None,
                confidence=0.8,
            )
        )
    return gaps


def _where(problem: Problem, side: Side) -> str:
    """In which declaration a language stops (" in resource aws_lb “web”"), where the place is in one."""
    at = problem.line or 0
    around = [r for r in side.resources if r.declaration.line <= at <= r.declaration.line_end]
    if not around:
        return ""
    inmost = min(around, key=lambda r: r.declaration.line_end - r.declaration.line)
    return f" in {_subject(inmost)}"


def open_gaps(coverages: Sequence[Coverage], linked: frozenset[str]) -> list[Gap]:
    """A gap for each requirement left open that no difference speaks of: what both responses leave open."""
    gaps = []
    for coverage in coverages:
        requirement = coverage.requirement
        if coverage.status not in ("missing", "partial") or requirement.requirement_id in linked:
            continue
        gaps.append(
            Gap(
                gap_id="",
                requirement_id=requirement.requirement_id,
                rank=0,
                title=f"{coverage.status.capitalize()}: {requirement.title}",
                kind="missing",
                resource_type=None,
                canonical_type=None,
                resource_name=None,
                property_path=None,
                expected=requirement.text[:300],
                found=coverage.reason,
                severity=coverage.severity,
                category=coverage.category,
                impact=harm_of(coverage.category),
                fix=f"Meet the requirement: {requirement.title}.",
                model_line=coverage.model_lines[0][0] if coverage.model_lines else None,
                ideal_line=coverage.ideal_lines[0][0] if coverage.ideal_lines else None,
                confidence=coverage.confidence,
            )
        )
    return gaps


def _before(gap: Gap, steps: Mapping[str, float]) -> tuple[object, ...]:
    """What decides between gaps before repeats count; nowhere a name or a line."""
    path = normal_path(gap.property_path or "")
    return -RANK[gap.severity], steps[gap.kind], -gap.confidence, gap.canonical_type or "", path


def _is_fragment(gaps: Sequence[Gap]) -> bool:
    """Whether the ideal shows so little of what the response declares that what is beyond it says nothing."""
    steps = ranking()
    wholes = Counter(gap.kind for gap in gaps if not gap.property_path and gap.resource_type)
    beyond = wholes["extra"]
    return beyond >= steps["fragment_from"] and beyond > steps["fragment_share"] * (beyond + wholes["missing"])


def rank_gaps(gaps: Sequence[Gap], first: int = 1) -> tuple[Gap, ...]:
    """Gaps with ids and ranks, most severe first; the second of the same type, kind or fault steps back, so that the
    top of the list names different things."""
    steps = ranking()
    by_property: Counter[tuple[str | None, str, str]] = Counter()
    by_type: Counter[tuple[str | None, str]] = Counter()
    of_any_kind: Counter[str | None] = Counter()
    by_fault: Counter[str] = Counter()
    fragment = _is_fragment(gaps)
    keyed = []
    for number, gap in enumerate(sorted(gaps, key=lambda g: _before(g, steps))):
        head = (gap.property_path or "").split(".")[0].split("[")[0].lower()
        type_ = gap.canonical_type or gap.resource_type
        property_key, type_key = (type_, gap.kind, head), (type_, gap.kind)
        weight = steps[gap.kind] - RANK[gap.severity]
        weight += steps["same_property"] * min(by_property[property_key], REPEATS)
        weight += steps["same_type"] * min(by_type[type_key], REPEATS)
        weight += steps["any_kind"] * min(of_any_kind[type_], 2 * REPEATS)
        if gap.kind == "invalid":
            fault = (gap.found or "")[:FAULT_LENGTH]
            weight += steps["same_fault"] * min(by_fault[fault], REPEATS)
            by_fault[fault] += 1
        weight += steps["required"] * bool(gap.requirement_id) + steps["listed"] * (gap.resource_type is None)
        if gap.property_path and gap.kind != "invalid" and is_plain(normal_path(gap.property_path)):
            weight += steps["plain"]
        if (gap.found or "").startswith(PROGRAM) and gap.kind == "extra" and "::" not in (gap.canonical_type or ""):
            weight += steps["program"]
        if fragment and gap.kind == "extra":
            weight += steps["fragment"]
        by_property[property_key] += 1
        by_type[type_key] += 1
        of_any_kind[type_] += 1
        keyed.append((weight, number, gap))
    keyed.sort(key=lambda k: (k[0], k[1]))
    return tuple(
        Gap._make((f"G{number:02d}", gap.requirement_id, number, *gap[3:]))  # `_replace` takes its time
        for number, (_, _, gap) in enumerate(keyed, start=first)
    )
