"""Dialects: each module reads one way of writing infrastructure into declarations.

A dialect has `NAME`, `accepts(artifact)` (cheap) and `read(artifact)`; the first one that accepts an artifact reads
it.  The order matters where texts look alike: templates before pipelines, both before plain scripts.
"""

from __future__ import annotations

from types import ModuleType

from gapkit.dialects import cloudformation, go, java, pipeline, python, script, terraform, typescript
from gapkit.models import Artifact, Reading

DIALECTS: tuple[ModuleType, ...] = (
    cloudformation, pipeline, terraform, typescript, python, java, go, script,
)  # fmt: skip
_NOTHING = Reading(())


def read_artifact(artifact: Artifact) -> Reading:
    """The declarations and problems of an artifact; nothing for shell, plain text, markdown and the like."""
    for dialect in DIALECTS:
        if dialect.accepts(artifact):
            reading: Reading = dialect.read(artifact)
            return reading
    return _NOTHING
