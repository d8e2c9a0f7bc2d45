"""What a section of the notes is: one gap with details, a part of a gap, a holder of gaps, or no gap at all.

The questions are asked of titles, labels and neighbours; nothing here reads the sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gapkit.failures_outline import Section, read_label
from gapkit.failures_words import any_of, is_own_title

_NAMED_FOR_GAPS = re.compile(rf"\b{any_of('named_for_gaps')}\b", re.IGNORECASE)
_FOUND = re.compile(rf"\b{any_of('found')}\b", re.IGNORECASE)
_SUMMARY = re.compile(rf"\b{any_of('summaries')}\b", re.IGNORECASE)


def is_named_for_gaps(title: str) -> bool:
    """Whether a heading names gaps outright, and not only differences, risks or observations."""
    return _NAMED_FOR_GAPS.search(title) is not None


def mostly_lists(sections: Sequence[Section]) -> bool:
    """Whether most of the numbered sections are named for a kind of gap and hold bullets only."""
    listing = [
        child
        for child in sections
        if child.title
        and child.title.numbered
        and not child.children
        and not child.issue_labels + child.field_labels
        and sum(part.kind == "item" for part in child.parts) > 1
        and not any(part.kind == "paragraph" for part in child.parts)
    ]
    numbered = sum(bool(child.title and child.title.numbered) for child in sections)
    named = sum(bool(child.title and child.title.names_gaps) for child in listing)
    return len(listing) > 1 and 2 * len(listing) >= numbered and 2 * named >= len(listing)


def hold_gaps(sections: Sequence[Section]) -> bool:
    """Whether most numbered sections hold sections that read as gaps themselves."""
    numbered = [child for child in sections if child.title and child.title.numbered and child.children]
    if len(numbered) < 2:
        return False
    holders = 0
    for child in numbered:
        fields = set(field_sections(child))
        inner = [grandchild for grandchild in child.children if grandchild not in fields]
        holders += bool(inner) and not is_one_gap_with_details(child, inner, len(fields))
    return holders * 2 > len(numbered)


def has_title(root: Section) -> bool:
    """Whether the first heading is the title of the notes, over all others."""
    if not root.children:
        return False
    first = root.children[0]
    if first.title and not first.title.numbered and is_own_title(first.title.text):
        return True
    if not first.children or (first.title and first.title.numbered):
        return False
    return len(root.children) == 1 or (first.level == 1 and first.line <= 5)


def field_sections(section: Section) -> list[Section]:
    """The sub-sections that are parts of one gap ("Problem", "Root Cause", "Fix Applied"), not gaps themselves."""
    numbered = bool(section.title and section.title.numbered)
    beside = any(child.title and child.title.field and child.title.field != "issue" for child in section.children)
    return [child for child in section.children if _is_field(child, numbered or beside)]


_NAME_ISSUES = ("issue", "impact")
"""Parts of a gap that may name an issue once, and are no gaps for it."""


def _is_field(child: Section, in_company: bool) -> bool:
    """`in_company`: a plural "Issues" is a field only in a numbered section, or beside another field."""
    title = child.title
    if title is None or title.field is None or title.numbered:
        return False
    bare = (
        in_company and title.field == "issue" and not title.names_gaps and title.text.isalpha()
    )  # "Issue" and no more
    if child.issue_labels > (title.field in _NAME_ISSUES) and not bare:
        return False
    if title.field == "issue" and title.is_restatement:
        return False  # "Failure summary"
    if title.field in ("cause", "evidence", "other") and child.tells_gap:
        return False  # "Documentation and explanation"
    if title.field in ("impact", "fix", "expected"):
        return not _labelled_children(child)
    if child.children and (title.field != "issue" or title.names_gaps or any(map(_may_be_a_gap, child.children))):
        return False
    return in_company or title.field != "issue" or not title.names_gaps


def _may_be_a_gap(section: Section) -> bool:
    title = section.title
    return title is not None and (
        title.numbered or title.names_gaps or section.issue_labels > 0 or bool(section.children)
    )


def is_left_out(section: Section, lenient: bool, in_gaps: bool = False) -> bool:
    """`in_gaps`: a heading above names gaps, so that words of extras only say where they are."""
    title = section.title
    if title is None:
        return False
    if title.is_praise and not section.issue_labels and section.field_labels < 2 and not section.children:
        return True
    if title.is_restatement:
        told = section.compares or section.explains or _tells_issue(section) or "severity" in section.labels
        if title.numbered and (title.states_defect or told):
            return False
        if title.states_defect and section.issue_labels and not section.labels.isdisjoint(("fix", "impact")):
            return False  # "No alarms on metrics"
        return not lenient or not (title.names_gaps or title.states_defect)
    return (
        title.is_extra
        and not (lenient or in_gaps)
        and not title.numbered
        and not title.names_gaps
        and not title.states_defect
    )


def only_teaches(section: Section) -> bool:
    """Whether a section begins with a lesson ("**Learning**: …") and labels nothing else."""
    first = section.parts[0].label if section.parts else None
    return first == "lesson" and section.labels <= {"lesson", "other"} and not section.children


def is_told_anyway(section: Section) -> bool:
    """Whether a section that is usually left out names what was wrong, label by label."""
    title = section.title
    if title is None or title.is_restatement:
        words = title.text.lower() if title else ""
        if "impact" in words:
            return False
        if words.startswith("why"):
            return _labelled_children(section) > 1
        return _labelled_children(section) > 1 or _has_numbered_gaps(section)
    compares = section.compares and "comparison" not in title.text.lower()
    told = bool(section.issue_labels) or compares or section.explains
    return told or _labelled_children(section) > 0 or _comparing(section)


def _comparing(section: Section) -> bool:
    return any(child.compares or _comparing(child) for child in section.children)


def gaps_inside(section: Section) -> list[Section]:
    """The sub-sections of a left-out section that are named for gaps, and label them or say that they were found."""
    if section.title is None or _SUMMARY.search(section.title.text):
        return []
    return [
        child
        for child in section.children
        if child.title
        and is_named_for_gaps(child.title.text)
        and not child.title.is_restatement
        and not child.title.finds_nothing
        and (
            _tells_issue(child)
            or _labelled_children(child)
            or _has_numbered_gaps(child)
            or _lists_found(child)
            or _lists_issues(child)
        )
    ]


def _lists_found(section: Section) -> bool:
    """Whether a heading says that gaps were found ("Errors identified"), over a list of them."""
    title = section.title
    items = sum(part.kind == "item" for part in section.parts)
    return title is not None and items > 1 and _FOUND.search(title.text) is not None


def _lists_issues(section: Section) -> bool:
    """Whether bullets inside the entries of a list are labelled as issues."""
    return any(part.kind == "nested" and read_label(part.text)[0] == "issue" for part in section.parts)


def _labelled_children(section: Section) -> int:
    return sum(_tells_issue(child) or _labelled_children(child) > 0 for child in section.children)


def _tells_issue(section: Section) -> bool:
    return bool(section.issue_labels) or any(child.title and child.title.field == "issue" for child in section.children)


def _has_numbered_gaps(section: Section) -> bool:
    """Whether numbered sections with fields stand, a level too deep, under an overview."""
    return any(
        child.title is not None
        and child.title.numbered
        and (_tells_issue(child) or child.field_labels > 1)
        and not child.title.is_restatement
        and not (child.parts and child.parts[0].label == "lesson")
        for child in section.children
    )


def is_one_gap_with_details(section: Section, others: Sequence[Section], title_fields: int = 0) -> bool:
    """Whether sub-sections are the details of one gap, and no gaps themselves."""
    marked = sum(
        bool(child.title and child.title.numbered) or child.issue_labels > 0 or child.field_labels > 1
        for child in others
    )
    own = section.issue_labels > 0 or section.field_labels > 1
    if title_fields > 1 and not any(child.title and child.title.numbered for child in others):
        return bool(section.title and (section.title.numbered or section.title.states_defect))
    numbered = section.title is not None and section.title.numbered
    if own:
        return marked < 2 or (numbered and not any(child.issue_labels for child in others))
    if not numbered or marked or any(child.children for child in others):
        return False
    return not (section.title and section.title.names_gaps and _mostly_faults(others))


def _mostly_faults(sections: Sequence[Section]) -> bool:
    """Whether most headings say what is amiss: under "1. Security Failures" each of them is a gap."""
    stating = [child for child in sections if child.title and (child.title.states_defect or child.title.names_gaps)]
    return len(sections) > 1 and len(stating) * 2 > len(sections)
