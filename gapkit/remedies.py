"""Open requirements and minor issues → what a gap-analysis document says of them, with the fix cut from the ideal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple, cast

from gapkit.concepts import Concept, path_pattern
from gapkit.coverage import Judge, Measured
from gapkit.evidence import Place, place_value
from gapkit.examples import example_of, language_spoken
from gapkit.knowledge import load_yaml
from gapkit.models import Coverage, Gap, Remedy
from gapkit.resources import Item, Resource
from gapkit.severity import harm_of
from gapkit.signals import Check
from gapkit.snippets import Code, Cut, Ideal, cut_code
from gapkit.words import text_words

CUT_LIMIT = 8
EXPECTED_LIMIT = 8
IMPACT_LIMIT = 4
USEFUL_KINDS = frozenset(
    {
        "resource", "data", "module", "parameter", "condition", "mapping", "metadata", "output", "call", "job", "step",
        "rule", "local", "provider",
    }
)  # fmt: skip
_HOLE = re.compile(r"\$\{([A-Za-z][\w]*)")


@cache
def _tables() -> Mapping[str, object]:
    return load_yaml("explain.yaml")


class Target(NamedTuple):
    """A resource of the ideal, or one top-level property of it, that an open requirement lacks."""

    position: int
    head: str | None


class Workbench:
    """Both sides of a sample with what the remedies are made from."""

    def __init__(
        self, judge: Judge, gaps: Sequence[Gap], lines: Mapping[str, Sequence[str]], languages: Mapping[str, str]
    ) -> None:
        self.judge, self.gaps = judge, gaps
        self.model = judge.model.side
        self.ideal = judge.ideal.side if judge.ideal is not None else None
        self.pairs: dict[int, Resource | None] = {}
        self.source: Ideal | None = None
        self.language = language_spoken((r.declaration for r in self.model.resources), languages)
        if self.ideal is not None and judge.alignment is not None:
            counterpart = {id(i): m for i, m in judge.alignment.pairs if i is not None}
            self.pairs = {n: counterpart.get(id(r)) for n, r in enumerate(self.ideal.resources)}
            names = {d.name: d for d in self.ideal.by_name.values() if d.name}
            self.source = Ideal(lines, languages, names, frozenset(d.name for d in self.model.by_name.values()))

    # ------------------------------------------------------------ what lacks

    def targets(self, found: Measured, category: str, requirement_id: str) -> dict[Target, float]:
        """What the ideal has for a requirement and the response lacks, the surest first, with how sure it is."""
        out: dict[Target, float] = {}
        if self.ideal is None or found.reference is None:
            return out
        if category == "iam":
            for resource in self.ideal.resources:
                if "::IAM::" in resource.type and resource.kind in ("resource", "data"):
                    self._add(Place(resource, None), 2.5, out)
        own = {(c.kind, c.label, c.part): c.share for c in found.own.checks}
        for check in () if out else sorted(found.reference.checks, key=_doubt):
            if check.kind == "words" or own.get((check.kind, check.label, check.part), 0.0) >= check.share:
                continue
            for place in check.places:
                self._add(place, 4.0 - _doubt(check), out)
        for check in () if out else found.reference.checks:
            if check.kind == "words":
                for place in check.places[:2]:
                    self._add(place, check.share, out)
        for gap in () if out else self.gaps:
            spoken_of = _ideal_resource(gap, self) if gap.requirement_id == requirement_id else None
            if spoken_of is not None and gap.kind in ("missing", "different"):
                items = [i for i in spoken_of.items if gap.property_path and i.raw_path.startswith(gap.property_path)]
                self._add(Place(spoken_of, items[0] if items else None), 0.5, out)
        return dict(list(out.items())[:CUT_LIMIT])

    def _add(self, place: Place, strength: float, out: dict[Target, float]) -> None:
        assert self.judge.ideal is not None
        resource = place.resource
        position = self.judge.ideal.position.get(id(resource))
        if position is None or resource.kind not in USEFUL_KINDS:
            return
        model = self.pairs.get(position)
        if model is None and resource.kind != "metadata":
            out.setdefault(Target(position, None), strength)
        elif place.item is not None:
            head = head_of(place.item.raw_path)
            mine = {(i.path, i.value) for i in resource.items if head_of(i.raw_path) == head}
            if model is None or not mine <= model.keys:
                out.setdefault(Target(position, head), strength)

    def cuts(self, targets: Sequence[Target]) -> list[Cut]:
        """The targets as cuts; a parameter or condition comes with one property that uses it."""
        assert self.ideal is not None
        out: list[Cut] = []
        for target in targets:
            resource = self.ideal.resources[target.position]
            model = self.pairs.get(target.position)
            name = model.declaration.name if model is not None else resource.declaration.name
            out.append(Cut(resource.declaration, target.head, name))
            if resource.kind in ("parameter", "condition") and resource.declaration.dialect == "cloudformation":
                out.extend(self._use(resource.declaration.name))
        return out

    def _use(self, name: str) -> list[Cut]:
        """A property of a resource that both sides have, or of the conditions, that refers to a name."""
        assert self.ideal is not None
        wanted = re.compile(r"\b" + re.escape(name) + r"\b")
        found: list[Cut] = []
        for position, resource in enumerate(self.ideal.resources):
            model = self.pairs.get(position)
            usable = resource.kind == "condition" or (resource.kind == "resource" and model is not None)
            if not usable or resource.declaration.name == name:
                continue
            for item in resource.items:
                if wanted.search(str(item.raw_value)) and head_of(item.raw_path) != "Tags":
                    if resource.kind == "condition":
                        return [Cut(resource.declaration, None, resource.declaration.name),
                                *self._use(resource.declaration.name)]  # fmt: skip
                    assert model is not None
                    return [Cut(resource.declaration, head_of(item.raw_path), model.declaration.name)]
        return found

    def describe(self, target: Target) -> str:
        """A target as one bullet: type, name and what it holds, with its line."""
        assert self.ideal is not None
        resource = self.ideal.resources[target.position]
        declaration = resource.declaration
        subject = f"`{declaration.type}`" + (f" `{declaration.name}`" if declaration.name else "")
        items = [i for i in resource.items if target.head is None or head_of(i.raw_path) == target.head]
        shown = ", ".join(f"`{i.raw_path}` = `{_inline(place_value(i.raw_value))}`" for i in items[:3])
        line = declaration.line if target.head is None or not items else items[0].line
        return f"{subject}: {shown} (line {line} of the ideal)" if shown else f"{subject} (line {line} of the ideal)"


def head_of(raw_path: str) -> str:
    """The first segment of a property path."""
    return raw_path.split(".")[0].split("[")[0]


def _inline(text: str) -> str:
    return " ".join(text.replace("`", "'").split())[:80]


def _doubt(check: Check) -> int:
    """How little a check says of what is meant: a capability least, then a literal, then that a service is used."""
    if check.concept is None:
        return 2
    return 3 if check.concept.service else 1


# --------------------------------------------------------------- remedies


def make_remedies(
    coverages: Sequence[Coverage],
    measured: Sequence[Measured],
    bench: Workbench,
) -> tuple[Remedy, ...]:
    """A remedy for each open requirement, in the prompt's order, then one for each minor issue."""
    targets = {
        c.requirement.requirement_id: bench.targets(m, c.category, c.requirement.requirement_id)
        for c, m in zip(coverages, measured, strict=True)
        if c.status in ("missing", "partial")
    }
    closed = _gaps_of_requirements(coverages, measured, targets, bench)
    out = [
        _remedy(coverage, found, targets[coverage.requirement.requirement_id], closed, bench)
        for coverage, found in zip(coverages, measured, strict=True)
        if coverage.requirement.requirement_id in targets
    ]
    explained = {gap_id for ids in closed.values() for gap_id in ids}
    return (*out, *_minor(bench, explained))


def _remedy(
    coverage: Coverage,
    found: Measured,
    targets: Mapping[Target, float],
    closed: Mapping[str, Sequence[str]],
    bench: Workbench,
) -> Remedy:
    requirement = coverage.requirement
    failing = _failing(found)
    code = cut_code(bench.cuts(list(targets)), bench.source) if targets and bench.source is not None else None
    code = code or example_of(failing, bench.language)
    expected = [bench.describe(t) for t in list(targets)[:EXPECTED_LIMIT]]
    if not expected:
        expected = [f"{c.title}" for c in failing] or [" ".join(requirement.text.split())[:300]]
    reason = bench.judge.creation_reason if coverage.category == "iam" else ""
    harms = [f"{reason}: the deployment fails."] if reason else []
    harms += [c.harm for c in failing if c.harm and not c.service] or [harm_of(coverage.category)]
    advice = next((c.fix for c in failing if c.fix and not c.service), "")
    documents = _asks_for_documents(requirement.text) and _only_text(targets, bench)
    status = cast("Mapping[str, str]", _tables()["status"])
    return Remedy(
        requirement_id=requirement.requirement_id,
        title=requirement.title,
        status=status["documentation" if documents and coverage.status == "missing" else coverage.status],
        expected=tuple(dict.fromkeys(expected)),
        found=coverage.model_evidence if coverage.status == "partial" else (),
        impact=tuple(dict.fromkeys(h for h in harms if h))[:IMPACT_LIMIT],
        advice=advice or f"Meet the requirement: {requirement.title}.",
        reason=reason,
        code=code.text if code is not None else "",
        language=code.language if code is not None else "",
        lines=code.lines if code is not None else (),
        gap_ids=tuple(closed.get(requirement.requirement_id, ())),
    )


def _failing(found: Measured) -> list[Concept]:
    """The concepts that the response falls short of, the worst first."""
    checks = [c for c in found.own.checks if c.concept is not None and c.share < 0.75]
    checks.sort(key=lambda c: (_doubt(c), c.share))
    return list(dict.fromkeys(c.concept for c in checks if c.concept is not None))


def _asks_for_documents(text: str) -> bool:
    wanted = {w for word in cast("list[str]", _tables()["documents"]) for w in text_words(word)}
    return bool(wanted & set(text_words(text[:600])))


def _only_text(targets: Mapping[Target, float], bench: Workbench) -> bool:
    if bench.ideal is None:
        return False
    kinds = {bench.ideal.resources[t.position].kind for t in targets}
    return kinds <= {"metadata", "output"}


# ----------------------------------------------------- which gap belongs where


def _gaps_of_requirements(
    coverages: Sequence[Coverage],
    measured: Sequence[Measured],
    targets: Mapping[str, Mapping[Target, float]],
    bench: Workbench,
) -> dict[str, list[str]]:
    """The gaps that each open requirement explains: linked, targeted, of its kind, or following from those."""
    out: dict[str, list[str]] = {requirement_id: [] for requirement_id in targets}
    if bench.ideal is None:
        for gap in bench.gaps:
            if gap.requirement_id in out:
                out[gap.requirement_id].append(gap.gap_id)
        return out
    at: dict[Target, str] = {}
    sure: dict[Target, float] = {}
    for requirement_id, found in targets.items():
        for target, strength in found.items():
            if strength > sure.get(target, 0.0):
                at[target], sure[target] = requirement_id, strength
    by_category = {
        c.category: c.requirement.requirement_id for c in coverages if c.requirement.requirement_id in targets
    }
    tags = next(
        (
            c.requirement.requirement_id
            for c, m in zip(coverages, measured, strict=True)
            if c.requirement.requirement_id in targets
            and any(k.concept is not None and k.concept.across == "tags" for k in m.own.checks)
        ),
        None,
    )
    lacking: dict[str, str] = {}
    waiting: list[tuple[Gap, Resource]] = []
    for gap in bench.gaps:
        if gap.kind == "extra":
            continue
        resource = _ideal_resource(gap, bench)
        if resource is None:
            if gap.requirement_id in out:
                out[gap.requirement_id].append(gap.gap_id)
            continue
        owner = _owner(gap, resource, at, by_category, tags, bench, out)
        if owner is None:
            waiting.append((gap, resource))
        else:
            out[owner].append(gap.gap_id)
            if gap.property_path is None:
                lacking[resource.declaration.name] = owner
    for gap, resource in waiting:
        items = [i for i in resource.items if gap.property_path is None or i.raw_path.startswith(gap.property_path)]
        names = {n for i in items for n in _HOLE.findall(str(i.raw_value))}
        owner = next((lacking[n] for n in sorted(names) if n in lacking), None)
        if owner is not None:
            out[owner].append(gap.gap_id)
    return out


def _ideal_resource(gap: Gap, bench: Workbench) -> Resource | None:
    """The ideal's resource that a gap speaks of, by line."""
    if gap.ideal_line is None or bench.ideal is None:
        return None
    line = gap.ideal_line
    for resource in bench.ideal.resources:
        declaration = resource.declaration
        if declaration.line <= line <= declaration.line_end and resource.kind not in ("template", "function"):
            return resource
    return None


def _owner(
    gap: Gap,
    resource: Resource,
    at: Mapping[Target, str],
    by_category: Mapping[str, str],
    tags: str | None,
    bench: Workbench,
    out: Mapping[str, object],
) -> str | None:
    assert bench.judge.ideal is not None
    position = bench.judge.ideal.position[id(resource)]
    head = head_of(gap.property_path) if gap.property_path else None
    if tags is not None and head is not None and head.lower() in ("tags", "tag"):
        return tags
    targeted = at.get(Target(position, head))
    if targeted is not None:
        return targeted
    if gap.requirement_id in out:
        return gap.requirement_id
    if head is None and "::IAM::" in resource.type:
        return by_category.get("iam")
    return None


# ------------------------------------------------------------ minor issues


def _minor(bench: Workbench, explained: set[str]) -> list[Remedy]:
    """What goes beyond the stated requirements, by theme."""
    themes: dict[str, list[Gap]] = {}
    for gap in bench.gaps:
        if gap.gap_id in explained or gap.kind == "extra" or gap.severity in ("critical",):
            continue
        themes.setdefault(_theme(gap, bench), []).append(gap)
    out = []
    for title, gaps in themes.items():
        code = _minor_code(gaps, bench)
        out.append(
            Remedy(
                requirement_id=None,
                title=title,
                status="different" if any(g.found for g in gaps) else "missing",
                expected=tuple(dict.fromkeys(_inline(g.expected or g.title) for g in gaps)),
                found=tuple(dict.fromkeys(_inline(g.found) for g in gaps if g.found)),
                code=code.text if code is not None else "",
                language=code.language if code is not None else "",
                lines=code.lines if code is not None else (),
                gap_ids=tuple(g.gap_id for g in gaps),
            )
        )
    return out


def _theme(gap: Gap, bench: Workbench) -> str:
    path = (gap.property_path or "").replace("_", "").replace("-", "").lower()
    path = re.sub(r"\[[^\]]*\]", "", path)
    if path:
        for row in cast("list[Mapping[str, str]]", _tables()["minor"]):
            if path_pattern(row["path"]).matches(path) and (not row.get("code") or _code_lacks(gap, row, bench)):
                return row["title"]
        return f"{gap.resource_type} {head_of(gap.property_path or '')}".strip()
    return gap.title


def _code_lacks(gap: Gap, row: Mapping[str, str], bench: Workbench) -> bool:
    """Whether program text of the ideal has words of a row that the response's has not."""
    resource = _ideal_resource(gap, bench)
    if resource is None or bench.judge.ideal is None:
        return False
    model = bench.pairs.get(bench.judge.ideal.position[id(resource)])
    wanted = re.compile(row["lacks"], re.IGNORECASE)
    has = {w.lower() for i in resource.items if _same_path(i, gap) for w in wanted.findall(str(i.raw_value)[:20_000])}
    if model is None:
        return bool(has)
    own = {w.lower() for i in model.items if _same_path(i, gap) for w in wanted.findall(str(i.raw_value)[:20_000])}
    return bool(has - own)


def _same_path(item: Item, gap: Gap) -> bool:
    return item.raw_path.startswith(gap.property_path or "\0")


def _minor_code(gaps: Sequence[Gap], bench: Workbench) -> Code | None:
    if bench.source is None or bench.judge.ideal is None:
        return None
    cuts = []
    for gap in gaps[:CUT_LIMIT]:
        resource = _ideal_resource(gap, bench)
        if resource is None:
            continue
        position = bench.judge.ideal.position[id(resource)]
        model = bench.pairs.get(position)
        name = model.declaration.name if model is not None else resource.declaration.name
        cuts.append(Cut(resource.declaration, head_of(gap.property_path) if gap.property_path else None, name))
    return cut_code(cuts, bench.source) if cuts else None
