"""Dialects: each module reads one way of writing infrastructure into declarations.

A dialect has `NAME`, `accepts(artifact)` (cheap) and `read(artifact)`; the first one that accepts an artifact reads
it.  The order matters where texts look alike: templates before pipelines, both before plain scripts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType

from gapkit.dialects import cloudformation, go, java, pipeline, python, script, terraform, typescript
from gapkit.models import Artifact, Reading

DIALECTS: tuple[ModuleType, ...] = (
    cloudformation, pipeline, terraform, typescript, python, java, go, script,
)  # fmt: skip
_NOTHING = Reading(())

# What only one language opens with, whatever the fence calls it: answers often label a program as a template.
_SIGNS = (
    ("ts", re.compile(r"^import\s[^\n]{1,300}\sfrom\s+['\"]", re.MULTILINE)),
    ("py", re.compile(r"^from\s+[\w.]+\s+import\s", re.MULTILINE)),
    ("go", re.compile(r"^package\s+\w+\s*$", re.MULTILINE)),
    ("java", re.compile(r"^package\s+[\w.]+;|^import\s+(?:static\s+)?[\w.]+;", re.MULTILINE)),
)
_TEMPLATE_LANGUAGES = frozenset({"yaml", "yml", "json", "hcl", "terraform", "tf", ""})
_OPENING = 2_000


def _rightly_labelled(artifact: Artifact) -> Artifact:
    """The artifact under the language that its opening lines show, where its fence calls a program a template."""
    if artifact.language in _TEMPLATE_LANGUAGES:
        opening = artifact.text[:_OPENING]
        if "import " in opening or "package " in opening:
            for language, sign in _SIGNS:
                if sign.search(opening):
                    return replace(artifact, language=language)
    return artifact


def read_artifact(artifact: Artifact) -> Reading:
    """The declarations and problems of an artifact; nothing for shell, plain text, markdown and the like."""
    artifact = _rightly_labelled(artifact)
    for dialect in DIALECTS:
        if dialect.accepts(artifact):
            reading: Reading = dialect.read(artifact)
            return reading
    return _NOTHING
