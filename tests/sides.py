"""Sides and samples made from short texts, for the tests of comparing and judging."""

from __future__ import annotations

from gapkit.dialects import read_artifact
from gapkit.models import Artifact, Sample, Source, Turn
from gapkit.resources import Side, build_side


def side_of(code: str, language: str = "yaml") -> Side:
    """One side that holds one artifact."""
    artifact = Artifact("response", "", language, code, 1, code.count("\n") + 1)
    return build_side(read_artifact(artifact).declarations)


def fenced(code: str, language: str = "yaml") -> str:
    """A response that is one code block."""
    return f"# Answer\n\n```{language}\n{code}\n```\n"


def sample_of(prompt: str, model: str, ideal: str | None, failures: str | None = None) -> Sample:
    """A single-turn sample of whole documents."""
    return Sample(
        "made/one",
        (Turn(1, Source("lib/PROMPT.md", prompt), Source("lib/MODEL_RESPONSE.md", model)),),
        Source("lib/IDEAL_RESPONSE.md", ideal) if ideal is not None else None,
        (),
        Source("lib/MODEL_FAILURES.md", failures) if failures is not None else None,
    )
