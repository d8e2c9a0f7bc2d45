"""The facts that a requirement's concepts look for, in words, for `gapkit show --why`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gapkit.knowledge import concept_files, load_yaml_text
from gapkit.models import Coverage

_CONCEPT = re.compile(r"→ concept “(.+?)” →")
MOST_RULES = 4


def facts_looked_for(coverage: Coverage, knowledge_folder: Path | None = None) -> list[str]:
    """A line per concept of the coverage's chain: its title and the facts that its rules accept, any of them enough."""
    titles = dict.fromkeys(match[1] for step in coverage.chain for match in _CONCEPT.finditer(step))
    if not titles:
        return []
    known = {str(concept["title"]): concept for concept in _concepts(knowledge_folder)}
    return [f"{title}: {_rules(known[title])}" for title in titles if title in known]


def _concepts(folder: Path | None) -> Iterator[Mapping[str, Any]]:
    for text in concept_files(folder):
        data: Any = load_yaml_text(text)
        yield from data["concepts"]


def _rules(concept: Mapping[str, Any]) -> str:
    if concept.get("across"):
        return f"the {concept['across']} of all resources"
    if concept.get("form"):
        return f"the form of the answer ({concept['form']})"
    rules = list(concept.get("detect", ()))
    told = " or ".join(_rule(rule) for rule in rules[:MOST_RULES])
    more = f" or {len(rules) - MOST_RULES} more" if len(rules) > MOST_RULES else ""
    return f"{'none of ' if concept.get('violation') else ''}{told}{more}"


def _rule(rule: Mapping[str, Any]) -> str:
    """`AWS::SQS::Queue · redrivepolicy`, with the test of the value where there is one."""
    parts = [str(rule.get("type", "any resource"))]
    if "path" in rule:
        parts.append(str(rule["path"]) + (f" is {rule['value']}" if "value" in rule else ""))
    parts += [f"{key} {rule[key]}" for key in ("call", "refers", "kind", "name", "artifact", "count") if key in rule]
    return " · ".join(parts)
