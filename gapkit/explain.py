"""Assessment → a gap-analysis document in markdown, for a reader who saw neither response.

Every number in it comes from one `Figures`, so that the tables agree; `gapkit.failures` reads the document's detailed
gaps and minor issues back: same number, title, severity and status (`gapkit.explain_reading`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from gapkit.explain_reading import MARK
from gapkit.models import CATEGORIES, SEVERITIES, Assessment, Coverage, Gap, Remedy

__all__ = ["explain"]

OPEN = ("missing", "partial")
RANK = {name: number for number, name in enumerate(SEVERITIES)}
WORTH = {"complete": 1.0, "partial": 0.5, "missing": 0.0}
STATUS_WORDS = {"missing": "completely missing", "partial": "partially implemented"}
DEPLOYMENT_FAILS = RANK["high"]
THEMES = {
    "iam": "Permissions", "tagging-naming": "Tags and names", "multi-environment": "Environments",
    "documentation-outputs": "Documentation and outputs", "other": "Other requirements",
}  # fmt: skip
STEPS = (
    ("Immediate", "fails the deployment, loses data, opens a hole, or lacks a core capability"),
    ("High", "a stated requirement is largely unmet"),
    ("Medium", "partly unmet, or less operable"),
    ("Low", "cosmetic or documentation"),
)
UNSTATED_GROUP = "All requirements"


@dataclass(frozen=True)
class Figures:
    """An assessment counted once: what every section of the document takes its numbers from."""

    assessment: Assessment

    @cached_property
    def coverages(self) -> tuple[Coverage, ...]:
        return self.assessment.coverages

    @cached_property
    def open(self) -> list[Coverage]:
        """Missing and partial requirements, the most severe first, then in the prompt's order."""
        found = [c for c in self.coverages if c.status in OPEN]
        return sorted(found, key=lambda c: -RANK[c.severity])

    @cached_property
    def first(self) -> list[Coverage]:
        """Open requirements in the order of their fixes: what fails the deployment, then by severity."""
        return sorted(self.open, key=lambda c: (not self.fails_deployment(c), -RANK[c.severity]))

    @cached_property
    def remedies(self) -> dict[str, Remedy]:
        return {r.requirement_id: r for r in self.assessment.remedies if r.requirement_id is not None}

    @cached_property
    def minor(self) -> tuple[Remedy, ...]:
        return tuple(r for r in self.assessment.remedies if r.requirement_id is None)

    @cached_property
    def gaps(self) -> dict[str, Gap]:
        return {g.gap_id: g for g in self.assessment.gaps}

    def groups(self) -> dict[str, list[Coverage]]:
        """Requirements by the prompt's headings, in order."""
        out: dict[str, list[Coverage]] = {}
        for coverage in self.coverages:
            out.setdefault(coverage.requirement.group or UNSTATED_GROUP, []).append(coverage)
        return out

    def by_category(self) -> dict[str, list[Coverage]]:
        """Requirements by category, in the fixed order of categories."""
        out = {name: [c for c in self.coverages if c.category == name] for name in CATEGORIES}
        return {name: found for name, found in out.items() if found}

    @staticmethod
    def fails_deployment(coverage: Coverage) -> bool:
        return RANK[coverage.deployment_impact] >= DEPLOYMENT_FAILS

    def reason(self, coverage: Coverage) -> str:
        """Why a requirement's fix stands where it does: one sentence."""
        remedy = self.remedies.get(coverage.requirement.requirement_id)
        if remedy is not None and remedy.reason:
            return f"{remedy.reason}, so the deployment fails."
        if remedy is not None and remedy.impact:
            return remedy.impact[0]
        return coverage.reason


def explain(assessment: Assessment) -> str:
    """The gap-analysis document of one sample, as markdown.

    Fixes and expectations come with `assess(sample, explaining=True)`; without them the document is shorter.  What
    could not be judged is said in a section of its own.
    """
    figures = Figures(assessment)
    sections = [
        [f"# Gap analysis: {_text(assessment.sample_id) or 'unnamed sample'}", "", MARK],
        _summary(figures),
        _unjudged(figures),
        _detailed(figures),
        _minor(figures),
        _severities(figures),
        _priorities(figures),
        _training(figures),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


# ------------------------------------------------------------------ summary


def count(coverages: Iterable[Coverage], status: str) -> int:
    """How many requirements have a status."""
    return sum(c.status == status for c in coverages)


def completeness(coverages: Iterable[Coverage]) -> float | None:
    """Mean of 1 (complete), 0.5 (partial) and 0 (missing) over what could be told; None where nothing could."""
    worths = [WORTH[c.status] for c in coverages if c.status in WORTH]
    return sum(worths) / len(worths) if worths else None


def _percent(part: float, whole: float = 1.0) -> str:
    return f"{round(100 * part / whole)}%" if whole else "–"


def _summary(figures: Figures) -> list[str]:
    lines = ["## Summary", ""]
    if not figures.coverages:
        return [*lines, "No requirement was found, so nothing could be judged."]
    lines += [
        "| Requirements | Met | Partial | Missing | Cannot be told | Total | Met, percent |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = figures.groups()
    lines += [_group_row(_cell(name), found) for name, found in groups.items()]
    if len(groups) > 1:
        lines.append(_group_row("Overall", figures.coverages))
    overall = completeness(figures.coverages)
    shown = "cannot be told" if overall is None else _percent(overall)
    lines += ["", f"Overall completeness: {shown} (a partial requirement counts half).", "", _verdict(figures)]
    return lines


def _group_row(name: str, found: Sequence[Coverage]) -> str:
    counts = [count(found, s) for s in ("complete", "partial", "missing", "unverifiable")]
    return f"| {name} | " + " | ".join(map(str, counts)) + f" | {len(found)} | {_percent(counts[0], len(found))} |"


def _verdict(figures: Figures) -> str:
    broken = next((g for g in figures.assessment.gaps if g.kind == "invalid" and g.severity == "critical"), None)
    if not figures.assessment.model_artifacts:
        return "Verdict: cannot be told, since the response holds no code."
    if broken is not None:
        return f"Verdict: not ready for production, because the code does not deploy: {_text(broken.title)}."
    grave = [c for c in figures.first if RANK[c.severity] >= RANK["high"]]
    if grave:
        return f"Verdict: not ready for production, because of {_name(grave[0])}: {_lower(figures.reason(grave[0]))}"
    if not any(c.status in WORTH for c in figures.coverages):
        return "Verdict: cannot be told, since no requirement could be checked."
    if figures.open:
        return "Verdict: ready for production, since nothing critical or high is open; the gaps below remain."
    return "Verdict: ready for production, since every requirement that can be checked is met."


def _unjudged(figures: Figures) -> list[str]:
    """What the sample lacks or what could not be read."""
    assessment = figures.assessment
    lines = [f"- {_label(c)}: {_text(c.reason)}" for c in figures.coverages if c.status == "unverifiable"]
    if not assessment.model_artifacts:
        lines.append("- The response holds no code, so nothing counts as implemented.")
    if assessment.reference == "none":
        lines.append("- There is no ideal response: what is expected is the prompt's wording alone.")
    elif assessment.reference == "prose":
        lines.append("- The ideal response holds no code: no fix could be cut from it.")
    for problem in assessment.problems:
        where = ", ".join(str(w) for w in (problem.document, problem.line and f"line {problem.line}") if w)
        lines.append(f"- {_text(problem.message)}" + (f" ({_text(where)})" if where else ""))
    return ["## What could not be judged", "", *dict.fromkeys(lines)] if lines else []


# ----------------------------------------------------------------- the gaps


def _detailed(figures: Figures) -> list[str]:
    lines = ["## Detailed gaps", ""]
    if not figures.open:
        return [*lines, "None."] if figures.coverages else []
    themes: dict[str, list[Coverage]] = {}
    for coverage in figures.open:
        themes.setdefault(coverage.category, []).append(coverage)
    for category, found in themes.items():
        lines += [f"### {_theme(category)}", ""]
        for coverage in found:
            lines += [*_gap(coverage, figures), ""]
    return lines[:-1]


def _theme(category: str) -> str:
    return THEMES.get(category, category.capitalize())


def _gap(coverage: Coverage, figures: Figures) -> Iterator[str]:
    requirement = coverage.requirement
    remedy = figures.remedies.get(requirement.requirement_id)
    number = requirement.number
    yield f"#### {number}. {_text(requirement.title)}" if number else f"#### {_text(requirement.title)}"
    yield ""
    yield f"**Requirement**: {number or requirement.requirement_id}"
    yield f"**Severity**: {coverage.severity}"
    yield f"**Status**: {remedy.status if remedy else STATUS_WORDS[coverage.status]}"
    yield ""
    yield from _list("Expected", remedy.expected if remedy else (_text(requirement.text)[:300],))
    found = [_text(e) for e in coverage.model_evidence] if coverage.status == "partial" else []
    yield from _list("Found", [f"line {line}" for line in found] or ["none"])
    yield from _list("Impact", remedy.impact if remedy and remedy.impact else (coverage.reason,))
    yield f"**Fix**: {_text(remedy.advice) if remedy else 'Meet the requirement.'}"
    if remedy and remedy.code:
        yield ""
        yield from _fenced(remedy.code, remedy.language)


def _list(label: str, entries: Iterable[str]) -> Iterator[str]:
    yield f"**{label}**:"
    yield ""
    for entry in entries:
        yield f"- {_text(entry)}"
    yield ""


def _fenced(code: str, language: str) -> Iterator[str]:
    longest = max((len(run) for run in _runs(code, "`")), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from code.split("\n")
    yield fence


def _runs(text: str, mark: str) -> Iterator[str]:
    run = ""
    for character in text:
        if character == mark:
            run += character
        elif run:
            yield run
            run = ""
    if run:
        yield run


def _minor(figures: Figures) -> list[str]:
    if not figures.minor:
        return []
    lines = [
        "## Minor quality issues",
        "",
        "Beyond the stated requirements:",
        "",
        "| Aspect | Current | Ideal |",
        "|---|---|---|",
    ]
    for remedy in figures.minor:
        current = "; ".join(remedy.found) or "not there"
        lines.append(f"| {_cell(remedy.title)} | {_cell(current)} | {_cell('; '.join(remedy.expected))} |")
    return lines


# ------------------------------------------------------ severity and priority


def _severities(figures: Figures) -> list[str]:
    if not figures.open:
        return []
    lines = [
        "## Severity classification",
        "",
        "| Requirement | Title | Severity | Deployment impact | Operational impact |",
        "|---|---|---|---|---|",
    ]
    for c in figures.open:
        title = _cell(c.requirement.title)
        lines.append(f"| {_number(c)} | {title} | {c.severity} | {c.deployment_impact} | {c.operational_impact} |")
    return lines


def _step(coverage: Coverage) -> str:
    if Figures.fails_deployment(coverage) or coverage.severity == "critical":
        return "Immediate"
    return coverage.severity.capitalize()


def _priorities(figures: Figures) -> list[str]:
    if not figures.first:
        return []
    lines = ["## Priority order for fixes"]
    place = 0
    for step, meaning in STEPS:
        found = [c for c in figures.first if _step(c) == step]
        if not found:
            continue
        lines += ["", f"### {step}: {meaning}", ""]
        for coverage in found:
            place += 1
            lines.append(f"{place}. {_name(coverage)}: {_text(figures.reason(coverage))}")
    return lines


# ------------------------------------------------------------ training value


def _training(figures: Figures) -> list[str]:
    if not figures.coverages:
        return []
    lines = [
        "## Training value",
        "",
        "| Capability | Requirements | Met | Partial | Missing | Completeness |",
        "|---|---|---|---|---|---|",
    ]
    for category, found in figures.by_category().items():
        share = completeness(found)
        counts = " | ".join(str(count(found, s)) for s in ("complete", "partial", "missing"))
        shown = "–" if share is None else _percent(share)
        lines.append(f"| {_theme(category)} | {len(found)} | {counts} | {shown} |")
    lines += ["", _lesson(figures)]
    return lines


def _lesson(figures: Figures) -> str:
    """Which capabilities the response has throughout, and which it lacks throughout, in figures."""
    groups = figures.by_category()
    everywhere: Callable[[str], list[str]] = lambda status: [  # noqa: E731
        _theme(name).lower() for name, found in groups.items() if all(c.status == status for c in found)
    ]
    has, lacks = everywhere("complete"), everywhere("missing")
    total, met = len(figures.coverages), count(figures.coverages, "complete")
    text = f"The response meets {met} of {total} requirements; {len(figures.open)} teach what is missing."
    if has:
        text += f" It has {_and(has)} throughout."
    if lacks:
        text += f" It lacks {_and(lacks)} altogether."
    return text


# -------------------------------------------------------------------- words


def _number(coverage: Coverage) -> str:
    return coverage.requirement.number or coverage.requirement.requirement_id


def _name(coverage: Coverage) -> str:
    return f"requirement {_number(coverage)}, {_text(coverage.requirement.title)}"


def _label(coverage: Coverage) -> str:
    return f"Requirement {_number(coverage)}, {_text(coverage.requirement.title)}"


def _text(text: str) -> str:
    """Text on one line, that starts no heading, table or fence of its own."""
    return " ".join(text.split()).replace("```", "'''").lstrip("#|>-*+ ")


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def _lower(text: str) -> str:
    text = _text(text)
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


class _Callable(ModuleType):
    """`gapkit.explain` is this module once it is read; it is called like the function, whichever way it was reached."""

    def __call__(self, assessment: Assessment) -> str:
        return explain(assessment)


sys.modules[__name__].__class__ = _Callable
